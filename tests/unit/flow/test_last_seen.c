/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/last_seen.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(last_seen, each_path_has_its_own_word)
{
    struct last_seen *seen = calloc(1, sizeof(*seen));
    last_seen_note(seen, 7, PATH_MAIN, false, 1000);
    last_seen_note(seen, 7, PATH_BACKUP, false, 2000);
    cr_assert_eq(last_seen_ms(seen, 7, PATH_MAIN), 1000);
    cr_assert_eq(last_seen_ms(seen, 7, PATH_BACKUP), 2000);
    cr_assert_eq(last_seen_ms(seen, 8, PATH_MAIN), 0);
    free(seen);
}

Test(last_seen, no_path_and_no_slot_is_nobodys_sign_of_life)
{
    struct last_seen *seen = calloc(1, sizeof(*seen));
    last_seen_note(seen, 7, PATH_NONE, true, 1000);
    last_seen_note(seen, 7, (enum path)3, true, 1000);
    last_seen_note(seen, 0, PATH_MAIN, true, 1000);
    last_seen_note(seen, LIMIT_UNITS, PATH_MAIN, true, 1000);
    cr_assert_eq(last_seen_ms(seen, 7, PATH_MAIN), 0);
    cr_assert_eq(last_seen_ms(seen, 7, PATH_BACKUP), 0);
    cr_assert_eq(last_seen_ms(seen, 0, PATH_MAIN), 0);
    cr_assert_eq(last_seen_ms(seen, LIMIT_UNITS, PATH_MAIN), 0);
    free(seen);
}

Test(last_seen, link_tests_are_timed_from_the_last_message_of_any_kind)
{
    struct last_seen *seen = calloc(1, sizeof(*seen));
    last_seen_note(seen, 7, PATH_MAIN, false, 100000); /* an event restarts the panel's timer */
    last_seen_note(seen, 7, PATH_MAIN, true, 160000);
    last_seen_note(seen, 7, PATH_MAIN, false, 190000);
    last_seen_note(seen, 7, PATH_MAIN, true, 250000);
    struct last_seen_run run = last_seen_run(seen, 7, PATH_MAIN);
    cr_assert_eq(run.gap_ms, 60000);
    cr_assert_eq(run.count, 2);
    cr_assert_eq(last_seen_run(seen, 7, PATH_BACKUP).count, 0);
    free(seen);
}

Test(last_seen, gaps_agree_within_a_quarter_and_the_longest_is_kept)
{
    struct last_seen_run run = last_seen_run_next((struct last_seen_run){0}, 60000);
    run = last_seen_run_next(run, 45000);
    cr_assert_eq(run.count, 2);
    cr_assert_eq(run.gap_ms, 60000);
    run = last_seen_run_next(run, 75000);
    cr_assert_eq(run.count, 3);
    cr_assert_eq(run.gap_ms, 75000);
    run = last_seen_run_next(run, 56000);
    cr_assert_eq(run.count, 1, "more than a quarter shorter: another run");
    cr_assert_eq(run.gap_ms, 56000);
}

Test(last_seen, what_is_no_interval_leaves_or_ends_the_run)
{
    struct last_seen_run run = {.gap_ms = 60000, .count = 2};
    cr_assert_eq(last_seen_run_next(run, LAST_SEEN_GAP_MS_MIN - 1).count, 2, "sent again");
    cr_assert_eq(last_seen_run_next(run, LAST_SEEN_GAP_MS_MAX + 1).count, 0, "away for a month");
    run.count = LAST_SEEN_RUN_MAX;
    cr_assert_eq(last_seen_run_next(run, 60000).count, LAST_SEEN_RUN_MAX);
}

#define NOON_US INT64_C(1795000000000000)
#define SECOND_US INT64_C(1000000)

/* REQ A28 TEST: a recording is no sign of life. */
Test(last_seen, a_timestamp_counts_once_and_only_forwards)
{
    struct last_seen *seen = calloc(1, sizeof(*seen));
    cr_assert(last_seen_advance(seen, 7, PATH_MAIN, NOON_US, true, NOON_US));
    cr_assert_not(last_seen_advance(seen, 7, PATH_MAIN, NOON_US, true, NOON_US + SECOND_US));
    cr_assert_not(last_seen_advance(seen, 7, PATH_MAIN, NOON_US - SECOND_US, true, NOON_US));
    cr_assert(last_seen_advance(seen, 7, PATH_MAIN, NOON_US + SECOND_US, true, NOON_US));
    cr_assert(last_seen_advance(seen, 7, PATH_BACKUP, NOON_US, true, NOON_US), "each path alone");
    cr_assert(last_seen_advance(seen, 8, PATH_MAIN, NOON_US, true, NOON_US), "each unit alone");
    cr_assert_not(last_seen_advance(seen, 0, PATH_MAIN, NOON_US, true, NOON_US));
    cr_assert_not(last_seen_advance(seen, 7, PATH_NONE, NOON_US + 9 * SECOND_US, true, NOON_US));
    free(seen);
}

Test(last_seen, a_slow_clock_that_goes_counts_and_one_that_was_fast_may_be_set)
{
    struct last_seen *seen = calloc(1, sizeof(*seen));
    int64_t slow_us = NOON_US - 3600 * SECOND_US;
    cr_assert(last_seen_advance(seen, 7, PATH_MAIN, slow_us, false, NOON_US));
    cr_assert(last_seen_advance(seen, 7, PATH_MAIN, slow_us + SECOND_US, false, NOON_US));
    cr_assert(last_seen_advance(seen, 7, PATH_MAIN, NOON_US + 3600 * SECOND_US, false, NOON_US));
    cr_assert_not(last_seen_advance(seen, 7, PATH_MAIN, slow_us, false, NOON_US), "a recording");
    cr_assert(last_seen_advance(seen, 7, PATH_MAIN, NOON_US, true, NOON_US), "set by our NAK");
    cr_assert_not(last_seen_advance(seen, 7, PATH_MAIN, NOON_US, true, NOON_US));
    free(seen);
}
