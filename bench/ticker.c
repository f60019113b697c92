/* SPDX-License-Identifier: Apache-2.0 */
#include "ticker.h"

#include <sys/timerfd.h>
#include <unistd.h>

static void
ticker_on_readable(uv_poll_t *poll, int status, int events)
{
    struct ticker *ticker = poll->data;
    uint64_t rings;
    (void)status;
    (void)events;
    if (read(ticker->fd, &rings, sizeof rings) == (ssize_t)sizeof rings) {
        ticker->on_time(ticker->data);
    }
}

bool
ticker_init(uv_loop_t *loop, struct ticker *ticker, void (*on_time)(void *data), void *data)
{
    ticker->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    ticker->on_time = on_time;
    ticker->data = data;
    if (ticker->fd < 0 || uv_poll_init(loop, &ticker->poll, ticker->fd) != 0) {
        return false;
    }
    ticker->poll.data = ticker;
    return uv_poll_start(&ticker->poll, UV_READABLE, ticker_on_readable) == 0;
}

void
ticker_set(struct ticker *ticker, uint64_t mono_us)
{
    struct itimerspec when = {.it_value = {.tv_sec = (time_t)(mono_us / 1000000u),
                                           .tv_nsec = (long)(mono_us % 1000000u) * 1000}};
    (void)timerfd_settime(ticker->fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
ticker_on_closed(uv_handle_t *handle)
{
    struct ticker *ticker = handle->data;
    (void)close(ticker->fd);
    ticker->fd = -1;
}

void
ticker_close(struct ticker *ticker)
{
    uv_close((uv_handle_t *)&ticker->poll, ticker_on_closed);
}
