/* SPDX-License-Identifier: Apache-2.0 */
/* REQ R0 TEST: no verdict here drops a signal; it labels it and chooses the answer. */
#include "intake/dc09_clock.h"

#include <criterion/criterion.h>

#define NOON INT64_C(1795348800000000)
#define SECOND INT64_C(1000000)

static struct dc09_clock_verdict
judge(bool encrypted, int64_t ahead_s, bool nak_before)
{
    struct dc09_clock_policy policy = dc09_clock_default();
    struct dc09_message message = {
        .encrypted = encrypted, .time_state = DC09_TIME_VALID, .time_us = NOON + ahead_s * SECOND};

    return dc09_clock_judge(&policy, &message, NOON, nak_before);
}

Test(dc09_clock, believes_a_clock_within_forty_seconds_behind_and_twenty_ahead)
{
    static const int64_t inside[] = {-40, -1, 0, 20};
    static const int64_t outside[] = {-41, 21, -86400 * 365 * 12, 86400};

    for (int i = 0; i < 4; i++) {
        cr_assert(!judge(true, inside[i], false).suspect);
        cr_assert(!judge(true, inside[i], false).nak);
        cr_assert(judge(true, outside[i], false).suspect);
        cr_assert_eq(judge(true, outside[i], false).ahead_us, outside[i] * SECOND);
    }
}

Test(dc09_clock, answers_an_encrypted_frame_outside_the_window_with_nak_once)
{
    cr_assert(judge(true, 60, false).nak);
    cr_assert(!judge(true, 60, true).nak, "a fleet that cannot set its clock must not loop");
    cr_assert(judge(true, 60, true).suspect);
}

Test(dc09_clock, takes_a_clear_timestamp_as_advice_only)
{
    cr_assert(judge(false, 60, false).suspect);
    cr_assert(!judge(false, 60, false).nak);
    cr_assert(judge(false, 60, false).alive);
}

Test(dc09_clock, an_old_encrypted_link_test_is_no_sign_of_life)
{
    cr_assert(!judge(true, -3600, false).alive);
    cr_assert(judge(true, -3600, true).alive);
    cr_assert(judge(true, -10, false).alive);
}

Test(dc09_clock, a_missing_timestamp_is_suspect_only_where_it_is_mandatory)
{
    struct dc09_clock_policy policy = dc09_clock_default();
    struct dc09_message message = {.encrypted = true};

    struct dc09_clock_verdict verdict = dc09_clock_judge(&policy, &message, NOON, false);
    cr_assert(verdict.suspect);
    cr_assert(!verdict.nak, "a panel without a clock cannot use ours");
    message.encrypted = false;
    verdict = dc09_clock_judge(&policy, &message, NOON, false);
    cr_assert(!verdict.suspect);
}

Test(dc09_clock, an_impossible_timestamp_is_treated_as_a_wrong_one)
{
    struct dc09_clock_policy policy = dc09_clock_default();
    struct dc09_message message = {.encrypted = true, .time_state = DC09_TIME_INVALID};

    struct dc09_clock_verdict verdict = dc09_clock_judge(&policy, &message, NOON, false);
    cr_assert(verdict.suspect && verdict.nak);
    cr_assert_eq(verdict.ahead_us, 0);
}

Test(dc09_clock, follows_the_policy_of_the_unit)
{
    struct dc09_clock_policy policy = {.behind_s_max = 300, .ahead_s_max = 300, .nak_clear = true};
    struct dc09_message message = {.time_state = DC09_TIME_VALID, .time_us = NOON - 200 * SECOND};

    cr_assert(!dc09_clock_judge(&policy, &message, NOON, false).suspect);
    message.time_us = NOON - 400 * SECOND;
    cr_assert(dc09_clock_judge(&policy, &message, NOON, false).nak);
    message.encrypted = true;
    cr_assert(!dc09_clock_judge(&policy, &message, NOON, false).nak);
}
