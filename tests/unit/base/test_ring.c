/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>

struct pair
{
    uint64_t number;
    uint64_t twice;
};

Test(ring, holds_at_least_what_was_asked_and_then_says_full)
{
    struct ring ring;
    cr_assert_eq(ring_init(&ring, 4, sizeof(uint64_t)), ERROR_NONE);
    uint64_t number = 0;
    while (ring_push(&ring, &number)) {
        number += 1;
        cr_assert(number < 100);
    }
    cr_assert(number >= 4);
    cr_assert_eq(ring_count(&ring), number);
    uint64_t popped;
    for (uint64_t expected = 0; expected < number; expected++) {
        cr_assert(ring_pop(&ring, &popped));
        cr_assert_eq(popped, expected);
    }
    cr_assert(!ring_pop(&ring, &popped));
    ring_free(&ring);
}

static void *
push_all(void *data)
{
    for (uint64_t number = 1; number <= 500000;) {
        struct pair pair = {number, 2 * number};
        if (ring_push(data, &pair)) {
            number += 1;
        }
    }
    return NULL;
}

Test(ring, keeps_order_and_content_between_two_threads)
{
    struct ring ring;
    cr_assert_eq(ring_init(&ring, 256, sizeof(struct pair)), ERROR_NONE);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, push_all, &ring), 0);
    for (uint64_t expected = 1; expected <= 500000;) {
        struct pair pair;
        if (ring_pop(&ring, &pair)) {
            cr_assert_eq(pair.number, expected);
            cr_assert_eq(pair.twice, 2 * expected);
            expected += 1;
        }
    }
    pthread_join(thread, NULL);
    ring_free(&ring);
}
