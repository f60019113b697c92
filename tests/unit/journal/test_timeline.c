/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/timeline.h"

#include <criterion/criterion.h>

#define S INT64_C(1000000)
#define NOON (INT64_C(1700000000) * S)

Test(timeline, follows_the_clock)
{
    struct journal_timeline timeline = {0};
    cr_assert_eq(journal_timeline_next(&timeline, NOON), NOON);
    cr_assert_eq(journal_timeline_next(&timeline, NOON), NOON);
    cr_assert_eq(journal_timeline_next(&timeline, NOON + 3600 * S), NOON + 3600 * S);
}

/* R0 TEST: limits counted in it pass as they should while the clock is behind. */
Test(timeline, goes_on_after_a_clock_that_was_set_back_and_meets_it_again)
{
    struct journal_timeline timeline = {.newest_us = NOON};
    int64_t wall_us = NOON - 600 * S; /* set back while the daemon was down */
    cr_assert_eq(journal_timeline_next(&timeline, wall_us), NOON);
    int64_t before_us = NOON;
    for (unsigned second = 1; second <= 600 * 64; second++) {
        int64_t now_us = journal_timeline_next(&timeline, wall_us + second * S);
        cr_assert_geq(now_us, wall_us + second * S, "never behind the clock");
        cr_assert_geq(now_us - before_us, S - S / 60, "never slow");
        cr_assert_leq(now_us - before_us, S, "never ahead of itself");
        before_us = now_us;
    }
    cr_assert_eq(before_us, wall_us + 600 * 64 * S);
}

Test(timeline, a_clock_set_ahead_is_followed_at_once)
{
    struct journal_timeline timeline = {.newest_us = NOON};
    cr_assert_eq(journal_timeline_next(&timeline, NOON + 3600 * S), NOON + 3600 * S);
}
