/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>

Test(pool, gives_each_block_once_and_null_when_empty)
{
    struct pool pool;
    cr_assert_eq(pool_init(&pool, 3, 10), ERROR_NONE);
    void *first = pool_take(&pool);
    void *second = pool_take(&pool);
    void *third = pool_take(&pool);
    cr_assert(first != second && second != third && first != third);
    cr_assert_null(pool_take(&pool));
    pool_give(&pool, second);
    cr_assert_eq(pool_take(&pool), second);
    pool_free(&pool);
}

Test(pool, a_foreign_block_stops_the_process, .signal = SIGABRT)
{
    struct pool pool;
    char foreign[64];
    cr_assert_eq(pool_init(&pool, 2, 64), ERROR_NONE);
    (void)pool_take(&pool);
    pool_give(&pool, foreign);
}

struct errand
{
    struct pool pool;
    struct ring there;
    unsigned rounds;
};

static void *
give_back(void *data)
{
    struct errand *errand = data;
    for (unsigned done = 0; done < errand->rounds;) {
        void *block;
        if (ring_pop(&errand->there, &block)) {
            pool_return(&errand->pool, block);
            done += 1;
        }
    }
    return NULL;
}

Test(pool, blocks_cross_a_thread_and_all_come_home)
{
    struct errand errand = {.rounds = 200000};
    cr_assert_eq(pool_init(&errand.pool, 64, 128), ERROR_NONE);
    cr_assert_eq(ring_init(&errand.there, 64, sizeof(void *)), ERROR_NONE);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, give_back, &errand), 0);
    for (unsigned sent = 0; sent < errand.rounds;) {
        void *block = pool_take(&errand.pool);
        if (block != NULL) {
            cr_assert(ring_push(&errand.there, &block));
            sent += 1;
        }
    }
    pthread_join(thread, NULL);
    cr_assert_eq(pool_available(&errand.pool), 64);
    ring_free(&errand.there);
    pool_free(&errand.pool);
}
