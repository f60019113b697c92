/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/timeline.h"

#define SLOWER_PARTS 64

int64_t
journal_timeline_next(struct journal_timeline *timeline, int64_t wall_us)
{
    int64_t passed_us = timeline->wall_us == 0 ? 0 : wall_us - timeline->wall_us;
    int64_t own_us =
        timeline->newest_us + (passed_us > 0 ? passed_us - passed_us / SLOWER_PARTS : 0);
    timeline->newest_us = wall_us > own_us ? wall_us : own_us;
    timeline->wall_us = wall_us;
    return timeline->newest_us;
}
