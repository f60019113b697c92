/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_clock.h"

#include "base/clock.h"

struct dc09_clock_policy
dc09_clock_default(void)
{
    return (struct dc09_clock_policy){
        .behind_s_max = 40, .ahead_s_max = 20, .nak_encrypted = true, .nak_clear = false};
}

struct dc09_clock_verdict
dc09_clock_judge(const struct dc09_clock_policy *policy, const struct dc09_message *message,
                 int64_t received_us, bool nak_before)
{
    struct dc09_clock_verdict verdict = {.alive = true};

    if (message->time_state == DC09_TIME_ABSENT) {
        /* Encrypted frames must carry one. A panel without a clock cannot use ours: no NAK. */
        verdict.suspect = message->encrypted;
        return verdict;
    }
    if (message->time_state == DC09_TIME_VALID) {
        verdict.ahead_us = message->time_us - received_us;
        verdict.suspect = verdict.ahead_us > policy->ahead_s_max * US_PER_S ||
                          verdict.ahead_us < -(policy->behind_s_max * US_PER_S);
    } else {
        verdict.suspect = true;
    }
    if (verdict.suspect && !nak_before) {
        verdict.nak = message->encrypted ? policy->nak_encrypted : policy->nak_clear;
        verdict.alive = !message->encrypted;
    }
    return verdict;
}
