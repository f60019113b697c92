/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hand-off between two threads: push, wake; look again, sleep. Nobody here sleeps with a limit,
 * so a wake-up that is lost once stops the test for ever; its deadline then fails it.
 */
#include "base/ring.h"
#include "base/waker.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#define FOREVER (-1)
#define ROUNDS 30000u

struct side
{
    struct ring ring; /* to this side */
    struct waker waker;
    unsigned chance;
};

static struct side ping;
static struct side pong;

static bool
has_number(void *data)
{
    struct side *side = data;
    return ring_count(&side->ring) > 0;
}

/* Looks for a while before it sleeps, each time for another: so the other side's push meets every
 * step of falling asleep, not only the sleep. */
static unsigned
wait_for_number(struct side *side)
{
    unsigned number = 0;
    side->chance = side->chance * 1103515245u + 12345u;
    unsigned looks = (side->chance >> 8 & 0xffff) >> (side->chance >> 24 & 15);
    while (looks > 0 && !has_number(side)) {
        looks--;
    }
    while (!ring_pop(&side->ring, &number)) {
        waker_sleep(&side->waker, FOREVER, has_number, side);
    }
    return number;
}

static void
send_number(struct side *to, unsigned number)
{
    if (!ring_push(&to->ring, &number)) {
        abort();
    }
    waker_wake(&to->waker);
}

static void *
answer_each(void *data)
{
    (void)data;
    for (unsigned i = 0; i < ROUNDS; i++) {
        send_number(&ping, wait_for_number(&pong) + 1);
    }
    return NULL;
}

static void
side_init(struct side *side)
{
    cr_assert_eq(ring_init(&side->ring, 4, sizeof(unsigned)), ERROR_NONE);
    cr_assert_eq(waker_init_eventfd(&side->waker), ERROR_NONE);
}

static void
side_free(struct side *side)
{
    waker_free(&side->waker);
    ring_free(&side->ring);
}

Test(waker, no_wake_up_is_lost_between_a_push_and_a_sleep, .timeout = 25)
{
    pthread_t thread;
    side_init(&ping);
    side_init(&pong);
    cr_assert_eq(pthread_create(&thread, NULL, answer_each, NULL), 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        send_number(&pong, i);
        cr_assert_eq(wait_for_number(&ping), i + 1);
    }
    (void)pthread_join(thread, NULL);
    side_free(&ping);
    side_free(&pong);
}

Test(waker, a_wake_up_before_the_sleep_is_kept, .timeout = 25)
{
    side_init(&ping);
    send_number(&ping, 7); /* nobody sleeps: nothing is written, the ring says it */
    waker_sleep(&ping.waker, FOREVER, has_number, &ping);
    cr_assert_eq(wait_for_number(&ping), 7);
    side_free(&ping);
}

/* The owner's last look, and right behind it the push of the other side. */
static bool
look_then_push(void *data)
{
    struct side *side = data;
    bool found = has_number(side);
    if (!found) {
        send_number(side, 7);
    }
    return found;
}

Test(waker, a_push_right_after_the_last_look_wakes_the_sleeper, .timeout = 25)
{
    side_init(&ping);
    waker_sleep(&ping.waker, FOREVER, look_then_push, &ping);
    cr_assert_eq(wait_for_number(&ping), 7);
    side_free(&ping);
}

/* The same with a loop at one end: it sleeps in epoll, and what it takes it takes at once. */
struct loop_side
{
    uv_loop_t loop;
    uv_poll_t wake;
    struct waker waker;
    struct ring ring;
    unsigned taken;
};

static struct loop_side looped;

static void
answer_from_loop(uv_poll_t *poll, int status, int events)
{
    unsigned number;
    cr_assert(status == 0 && events == UV_READABLE);
    waker_take(&looped.waker);
    while (ring_pop(&looped.ring, &number)) {
        looped.taken += 1;
        send_number(&ping, number + 1);
    }
    if (looped.taken == ROUNDS) {
        uv_close((uv_handle_t *)poll, NULL);
    }
}

static void *
run_loop(void *data)
{
    (void)uv_run(&looped.loop, UV_RUN_DEFAULT);
    return data;
}

Test(waker, no_wake_up_of_a_loop_is_lost, .timeout = 25)
{
    pthread_t thread;
    side_init(&ping);
    cr_assert_eq(ring_init(&looped.ring, 4, sizeof(unsigned)), ERROR_NONE);
    cr_assert_eq(uv_loop_init(&looped.loop), 0);
    cr_assert_eq(waker_init_poll(&looped.waker, &looped.loop, &looped.wake, answer_from_loop),
                 ERROR_NONE);
    cr_assert_eq(pthread_create(&thread, NULL, run_loop, NULL), 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        cr_assert(ring_push(&looped.ring, &i));
        waker_wake(&looped.waker);
        cr_assert_eq(wait_for_number(&ping), i + 1);
    }
    (void)pthread_join(thread, NULL);
    cr_assert_eq(uv_loop_close(&looped.loop), 0);
    waker_free(&looped.waker);
    ring_free(&looped.ring);
    side_free(&ping);
}

static void
count_wake_ups(uv_poll_t *poll, int status, int events)
{
    cr_assert(status == 0 && events == UV_READABLE);
    waker_take(&looped.waker);
    looped.taken += 1;
    (void)poll;
}

Test(waker, many_wake_ups_before_a_loop_turns_are_one, .timeout = 25)
{
    cr_assert_eq(uv_loop_init(&looped.loop), 0);
    cr_assert_eq(waker_init_poll(&looped.waker, &looped.loop, &looped.wake, count_wake_ups),
                 ERROR_NONE);
    for (unsigned round = 1; round <= 3; round++) {
        for (unsigned i = 0; i < 10; i++) {
            waker_wake(&looped.waker);
        }
        (void)uv_run(&looped.loop, UV_RUN_NOWAIT);
        (void)uv_run(&looped.loop, UV_RUN_NOWAIT);
        cr_assert_eq(looped.taken, round);
    }
    uv_close((uv_handle_t *)&looped.wake, NULL);
    (void)uv_run(&looped.loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&looped.loop), 0);
    waker_free(&looped.waker);
}
