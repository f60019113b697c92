/* SPDX-License-Identifier: Apache-2.0 */
#include "base/waker.h"

#include "base/require.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum error
waker_init_eventfd(struct waker *waker)
{
    *waker = (struct waker){.eventfd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    return waker->eventfd < 0 ? ERROR_IO : ERROR_NONE;
}

enum error
waker_init_poll(struct waker *waker, uv_loop_t *loop, uv_poll_t *poll, uv_poll_cb on_wake)
{
    enum error error = waker_init_eventfd(waker);
    if (error != ERROR_NONE) {
        return error;
    }
    waker->polled = true;
    if (uv_poll_init(loop, poll, waker->eventfd) != 0) {
        waker_free(waker);
        return ERROR_IO;
    }
    int status = uv_poll_start(poll, UV_READABLE, on_wake);
    require(status == 0); /* it only notes what is wanted */
    return ERROR_NONE;
}

static void
waker_empty(struct waker *waker)
{
    uint64_t count;
    ssize_t taken = read(waker->eventfd, &count, sizeof count);
    (void)taken; /* EAGAIN: nobody woke us */
}

void
waker_take(struct waker *waker)
{
    waker_empty(waker);
    /* Whoever pushed and saw it pending pushed before this; whoever comes later writes. */
    atomic_store(&waker->pending, false);
    atomic_thread_fence(memory_order_seq_cst);
}

void
waker_free(struct waker *waker)
{
    if (waker->eventfd >= 0) {
        (void)close(waker->eventfd);
        waker->eventfd = -1;
    }
}

void
waker_wake(struct waker *waker)
{
    /* Work that was pushed is seen before anything about the sleeper is read. Without it the push
     * may still stand in this processor's store buffer while we read what the owner is about to
     * change: the work would lie there until the next wake-up. */
    atomic_thread_fence(memory_order_seq_cst);
    /* Pairs with the store in waker_sleep or waker_take: either the owner sees our work, or we see
     * it asleep, or that nobody has woken it since. */
    if (waker->polled ? !atomic_exchange(&waker->pending, true) : atomic_load(&waker->asleep)) {
        uint64_t one = 1;
        ssize_t written = write(waker->eventfd, &one, sizeof one);
        (void)written; /* EAGAIN: it is readable already */
    }
}

void
waker_sleep(struct waker *waker, int limit_ms, bool (*has_work)(void *data), void *data)
{
    atomic_store(&waker->asleep, true);
    atomic_thread_fence(memory_order_seq_cst);
    if (!has_work(data)) {
        struct pollfd poll_for = {.fd = waker->eventfd, .events = POLLIN};
        (void)poll(&poll_for, 1, limit_ms);
    }
    atomic_store(&waker->asleep, false);
    waker_empty(waker);
}
