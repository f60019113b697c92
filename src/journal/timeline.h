/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time of records. It never goes back, also over a restart, and it never stands still: when the
 * machine's clock was set back while the daemon was down, it goes on from the newest record, a
 * sixty-fourth slower than the clock until the clock has caught up. Limits are counted in it, and a
 * time that stood still would let every limit pass at once and none of them settle
 * (docs/decisions/0010). Pure; one owner, the journal's thread.
 */
#ifndef JOURNAL_TIMELINE_H
#define JOURNAL_TIMELINE_H

#include <stdint.h>

struct journal_timeline
{
    int64_t newest_us; /* microseconds since 1970 UTC; 0: no record yet */
    int64_t wall_us;   /* the clock at that moment; 0: newest_us was recovered */
};

/* The time of the next record, never before the one before it. `wall_us`: the clock now, which does
 * not go back while the daemon runs (base/clock.h). */
int64_t journal_timeline_next(struct journal_timeline *timeline, int64_t wall_us);

#endif
