/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stages.h"

#include <criterion/criterion.h>
#include <string.h>

Test(stages, buckets_follow_one_another_without_gap_and_within_an_eighth)
{
    uint64_t lower = 0;
    for (unsigned bucket = 0; bucket < STAGE_BUCKETS; bucket++) {
        uint64_t upper = stage_upper_us(bucket);
        cr_assert(upper >= lower, "bucket %u", bucket);
        cr_assert_eq(stage_bucket(lower), bucket);
        cr_assert_eq(stage_bucket(upper), bucket);
        cr_assert((upper - lower) * 8 <= upper, "bucket %u", bucket);
        lower = upper + 1;
    }
    cr_assert_eq(stage_bucket(UINT64_MAX), STAGE_BUCKETS - 1);
}

Test(stages, a_batch_counts_once_for_each_of_its_records)
{
    stage_add(STAGE_JOURNAL_SYNC, 100, 3);
    stage_add(STAGE_JOURNAL_SYNC, 5, 0);
    cr_expect_eq(stage_times[STAGE_JOURNAL_SYNC].sum_us, 300);
    cr_expect_eq(stage_times[STAGE_JOURNAL_SYNC].counts[stage_bucket(100)], 3);
    cr_expect_eq(stage_times[STAGE_JOURNAL_SYNC].counts[stage_bucket(5)], 0);
}

Test(stages, a_time_that_began_at_an_unknown_moment_is_not_counted)
{
    stage_between(STAGE_TICKET, 0, 50);
    stage_between(STAGE_TICKET, 60, 50); /* clocks of two threads may be read out of order */
    stage_between(STAGE_TICKET, 40, 50);
    cr_expect_eq(stage_times[STAGE_TICKET].counts[0], 1);
    cr_expect_eq(stage_times[STAGE_TICKET].counts[10], 1);
    cr_expect_eq(stage_times[STAGE_TICKET].sum_us, 10);
}

Test(stages, percentiles_are_monotone_and_within_an_eighth_above_the_value)
{
    uint64_t counts[STAGE_BUCKETS];
    uint64_t state = 11;
    for (int round = 0; round < 200; round++) {
        uint64_t greatest = 0;
        memset(counts, 0, sizeof counts);
        for (int i = 0; i < 500; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            uint64_t us = (state >> 30) % (UINT64_C(1) << (1 + (state >> 20) % 26));
            counts[stage_bucket(us)] += 1;
            greatest = us > greatest ? us : greatest;
        }
        uint64_t last = 0;
        for (int share = 0; share <= 1000; share++) {
            uint64_t us = stage_percentile_us(counts, STAGE_BUCKETS, share / 1000.0);
            cr_assert(us >= last);
            last = us;
        }
        cr_assert(last >= greatest && last - greatest <= greatest / 8 + 1);
    }
    memset(counts, 0, sizeof counts);
    cr_assert_eq(stage_percentile_us(counts, STAGE_BUCKETS, 0.5), 0);
}

Test(stages, each_has_a_name_and_a_sentence)
{
    for (unsigned i = 0; i < STAGE_COUNT; i++) {
        cr_expect(strlen(stage_name((enum stage)i)) > 3);
        cr_expect(strlen(stage_text((enum stage)i)) > 10);
    }
    cr_expect_str_eq(stage_name(STAGE_COUNT), "?");
}
