/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/rate.h"

#include <criterion/criterion.h>

static const struct rate ten = {.per_s = 10, .burst = 20};

Test(rate, a_full_bucket_gives_its_burst_and_no_more)
{
    struct rate_level level = {0};
    for (unsigned i = 0; i < 20; i++) {
        cr_assert_eq(rate_spend(&ten, &level, 0, 5000), 0, "token %u", i);
    }
    cr_assert_eq(rate_spend(&ten, &level, 0, 5000), 100);
}

Test(rate, tokens_come_back_at_the_rate)
{
    struct rate_level level = {0};
    unsigned taken = 0;
    for (uint64_t now_ms = 5000; now_ms < 15000; now_ms++) {
        taken += rate_spend(&ten, &level, 0, now_ms) == 0 ? 1 : 0;
    }
    cr_assert_eq(taken, 20 + 99); /* the burst, then one every 100 ms */
}

Test(rate, the_wait_it_names_is_enough_and_not_too_long)
{
    struct rate_level level = {0};
    while (rate_spend(&ten, &level, 0, 5000) == 0) {
    }
    uint32_t wait_ms = rate_spend(&ten, &level, 0, 5030);
    cr_assert_eq(wait_ms, 70);
    cr_assert_neq(rate_spend(&ten, &level, 0, 5030 + wait_ms - 1), 0);
    cr_assert_eq(rate_spend(&ten, &level, 0, 5030 + wait_ms), 0);
}

Test(rate, lesser_frames_leave_the_reserve)
{
    struct rate_level level = {0};
    for (unsigned i = 0; i < 10; i++) {
        cr_assert_eq(rate_spend(&ten, &level, 10, 5000), 0);
    }
    cr_assert_neq(rate_spend(&ten, &level, 10, 5000), 0);
    cr_assert_eq(rate_spend(&ten, &level, 0, 5000), 0);
}

Test(rate, no_rate_is_no_limit)
{
    struct rate off = {0};
    struct rate_level level = {0};
    for (unsigned i = 0; i < 1000; i++) {
        cr_assert_eq(rate_spend(&off, &level, 0, 5000), 0);
    }
}

Test(rate, a_clock_that_stands_or_an_hour_that_passed_breaks_nothing)
{
    struct rate_level level = {0};
    cr_assert_eq(rate_spend(&ten, &level, 0, 5000), 0);
    cr_assert_eq(rate_spend(&ten, &level, 0, 4000), 0);
    cr_assert_eq(rate_spend(&ten, &level, 0, UINT64_MAX / 2), 0);
    cr_assert_eq(level.tokens_m, 19000);
}

Test(rate, each_key_has_its_own_bucket)
{
    struct rate_table table;
    cr_assert_eq(rate_table_init(&table, 64), ERROR_NONE);
    while (rate_spend(&ten, rate_table_level(&table, 7), 0, 5000) == 0) {
    }
    cr_assert_eq(rate_spend(&ten, rate_table_level(&table, 8), 0, 5000), 0);
    cr_assert_neq(rate_spend(&ten, rate_table_level(&table, 7), 0, 5000), 0);
    rate_table_free(&table);
}

Test(rate, a_full_table_forgets_the_key_longest_not_seen)
{
    struct rate_table table;
    cr_assert_eq(rate_table_init(&table, RATE_SET), ERROR_NONE); /* one set */
    for (uint64_t key = 1; key <= RATE_SET; key++) {
        while (rate_spend(&ten, rate_table_level(&table, key), 0, 5000 + key) == 0) {
        }
    }
    cr_assert_eq(rate_spend(&ten, rate_table_level(&table, 99), 0, 5010), 0); /* takes 1's place */
    for (uint64_t key = 2; key <= RATE_SET; key++) {
        cr_assert_neq(rate_spend(&ten, rate_table_level(&table, key), 0, 5011), 0);
    }
    rate_table_free(&table);
}
