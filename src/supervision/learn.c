/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a panel's link tests say about its interval. Shorter is believed, longer is shown: a forged
 * link test can keep a path alive while it comes, and must not be able to do more than that.
 */
#include "supervision/state.h"

#define QUARTERS 4

static uint32_t
learn_seconds(uint32_t gap_ms)
{
    return (uint32_t)(((uint64_t)gap_ms + 999) / 1000);
}

uint32_t
learn_interval_s(const struct supervision_policy *policy, const struct row *row,
                 const struct supervision_event *event)
{
    uint32_t interval_s = row_interval_s(row);
    uint32_t seen_s = learn_seconds(event->gap_ms);
    if (row->configured_s != 0 || event->gaps < policy->learn_gaps || seen_s == 0 ||
        seen_s > policy->learn_s_max) {
        return 0;
    }
    seen_s = seen_s < policy->learn_s_min ? policy->learn_s_min : seen_s;
    bool shorter = (uint64_t)seen_s * QUARTERS <= (uint64_t)interval_s * (QUARTERS - 1);
    return interval_s == 0 || shorter ? seen_s : 0;
}

uint32_t
learn_observed_s(const struct supervision_policy *policy, const struct row *row,
                 const struct supervision_event *event)
{
    uint32_t interval_s = row_interval_s(row);
    uint32_t seen_s = learn_seconds(event->gap_ms);
    bool slower = (uint64_t)seen_s * QUARTERS >= (uint64_t)interval_s * (QUARTERS + 1);
    return event->gaps >= policy->learn_gaps && interval_s != 0 && slower ? seen_s : 0;
}
