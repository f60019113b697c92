/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When each path of each unit was last heard, and at which rate it sends link tests. Two words a
 * path, found by the unit's slot: written by the intake thread that reads the unit's frame, read by
 * the desk when the path's timer expires. Nothing of it enters a ring or the journal, so a storm of
 * heartbeats delays no alarm.
 *
 * Concurrency: last_seen_note from any intake thread, the readers from the desk. Everything is
 * relaxed and pairs with nothing: a word is whole or of another moment, and supervision looks
 * again. Two threads that hear one path at the same instant (a panel with two connections) may lose
 * one gap of a run: learning then takes one link test longer.
 *
 * Limit: LIMIT_UNITS slots; pages that no unit uses take no memory.
 */
#ifndef FLOW_LAST_SEEN_H
#define FLOW_LAST_SEEN_H

#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LAST_SEEN_PATHS 2
#define LAST_SEEN_GAP_MS_MIN 7500 /* less is a link test sent again, not an interval */
#define LAST_SEEN_GAP_MS_MAX UINT64_C(2592000000) /* 30 days */
#define LAST_SEEN_RUN_MAX 255
#define LAST_SEEN_AHEAD_US INT64_C(60000000) /* further ahead a timestamp was of a fast clock */

/* Link tests that came at about the same distance, one after the other. */
struct last_seen_run
{
    uint32_t gap_ms; /* the longest of them: silence before the link test; 0: none yet */
    uint32_t count;  /* gaps that agree within a quarter, the first one included */
};

struct last_seen
{
    _Atomic uint64_t slots[LIMIT_UNITS];  /* main path: monotonic ms, 0 = not since start */
    _Atomic uint64_t backup[LIMIT_UNITS]; /* back-up path */
    _Atomic uint64_t runs[LAST_SEEN_PATHS][LIMIT_UNITS];  /* count << 32 | gap_ms */
    _Atomic int64_t stamps[LAST_SEEN_PATHS][LIMIT_UNITS]; /* newest timestamp a key vouches for */
};

/* The path was heard at `now_ms`; `poll`: by a link test (NULL). A slot or path that does not exist
 * is left alone. Any intake thread. */
void
last_seen_note(struct last_seen *seen, uint32_t slot, enum path path, bool poll, uint64_t now_ms);

/*
 * Is a timestamp of the path, vouched for by its key, newer than every one before it? A recording's
 * is not, however often it is sent. `fresh`: it agrees with our clock; then it counts also after
 * times that lay ahead of `now_us` (the panel's clock was fast and has been set). Times in
 * microseconds since 1970. True: it is remembered. Any intake thread; two of them at the same
 * instant may both be told true.
 */
bool last_seen_advance(struct last_seen *seen, uint32_t slot, enum path path, int64_t stamp_us,
                       bool fresh, int64_t now_us);

/* Monotonic ms at which the path was heard; 0: not since start, or no such path. Any thread. */
uint64_t last_seen_ms(const struct last_seen *seen, uint32_t slot, enum path path);
struct last_seen_run last_seen_run(const struct last_seen *seen, uint32_t slot, enum path path);

/* Pure: the run after one more gap. A gap that disagrees begins another. */
struct last_seen_run last_seen_run_next(struct last_seen_run run, uint64_t gap_ms);

#endif
