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

void
waker_init_async(struct waker *waker, uv_async_t *async)
{
    *waker = (struct waker){.async = async, .eventfd = -1};
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
     * may still stand in this processor's store buffer while libuv reads "a call is pending" of a
     * call the loop is just about to take back: the work would lie there until the next wake-up. */
    atomic_thread_fence(memory_order_seq_cst);
    if (waker->async != NULL) {
        /* libuv keeps its own pending flag: a second call before the loop turns costs one load. */
        int sent = uv_async_send(waker->async);
        require(sent == 0);
        return;
    }
    /* Pairs with the store in waker_sleep: either the sleeper sees our work, or we see it asleep.
     */
    if (atomic_load(&waker->asleep)) {
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
    uint64_t count;
    ssize_t taken = read(waker->eventfd, &count, sizeof count);
    (void)taken; /* EAGAIN: nobody woke us */
}
