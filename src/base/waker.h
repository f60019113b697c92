/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wakes a thread that may sleep, once per batch: a wake-up costs about 30 us, a ring hop 0.1 us. It
 * is an eventfd, in two forms: one the owner sleeps on (the journal's threads), one a loop polls.
 *
 *                | waker_wake | waker_sleep  | waker_take
 *     any thread |    yes     |      no      |     no
 *     the owner  |    yes     | sleeping one | polled one
 *
 * Not uv_async_t: with that the woken thread spins until the waking one has left uv_async_send, and
 * the kernel likes to run the woken one in place of the waking one, there and then. On a busy
 * machine that cost milliseconds, and a tenth of a receipt's processor time.
 *
 * `asleep` and `pending` pair with the producer's ring tail: the owner sets asleep (clears
 * pending), then looks at its rings once more; the producer pushes, then reads asleep (sets
 * pending). All sequentially consistent.
 */
#ifndef BASE_WAKER_H
#define BASE_WAKER_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

struct waker
{
    int eventfd;          /* -1: none */
    bool polled;          /* by a loop */
    _Atomic bool asleep;  /* not polled: the owner sleeps, or is about to */
    _Atomic bool pending; /* polled: it was woken and has not taken that yet */
};

enum error waker_init_eventfd(struct waker *waker) MUST_USE;
/* `poll` becomes a handle of the loop; its callback begins with waker_take. The caller sets its
 * data and closes it before waker_free. After an error it is no handle. */
enum error
waker_init_poll(struct waker *waker, uv_loop_t *loop, uv_poll_t *poll, uv_poll_cb on_wake) MUST_USE;
void waker_free(struct waker *waker);
void waker_wake(struct waker *waker);
/* Polled: the owner takes the wake-up, before it looks at its rings. */
void waker_take(struct waker *waker);
/* Not polled: sleeps until woken or `limit_ms` passed, unless has_work(data) is true. */
void waker_sleep(struct waker *waker, int limit_ms, bool (*has_work)(void *data), void *data);

#endif
