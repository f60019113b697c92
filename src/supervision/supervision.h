/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supervision: which unit has been silent too long (REQ A28). A pure core. Heartbeats do not come
 * here: intake writes one slot a unit, and when a unit's timer expires the desk reads that slot and
 * asks. A storm of heartbeats costs nothing; a fleet of a million units is never scanned.
 *
 * Time is the monotonic clock in milliseconds. The desk's turn:
 *
 *     while (supervision_expire(supervision, now_ms, &unit)) {
 *         event = {SUPERVISION_EXPIRED, .unit = unit.id, .last_seen_ms = slots[unit.slot], ..};
 *         supervision_step(supervision, &event, &out);
 *         if (out.report) append RECORD_SUPERVISION(out.*)
 *     }
 *
 * and for each RECORD_SUPERVISION, live or replayed, a SUPERVISION_RECORD event. Only that record
 * changes OK, LATE or LOST, so a restart repeats no report. A report whose record does not come
 * is made again at the unit's next expiry.
 *
 * Limit: `units`; a unit beyond it is not supervised and out.overload is set (SYSTEM_OVERLOAD).
 * One owner thread (the desk).
 */
#ifndef SUPERVISION_SUPERVISION_H
#define SUPERVISION_SUPERVISION_H

#include "base/error.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

/* supervision_policy_default() gives the values in brackets. */
struct supervision_policy
{
    uint32_t late_permille;  /* [1500] of the interval: late */
    uint32_t lost_permille;  /* [2500] of the interval: lost */
    uint32_t recheck_ms_max; /* [5000] a late or lost unit is looked at again at least this often */
    uint32_t recheck_ms_min; /* [500] and at most this often */
};

struct supervision_policy supervision_policy_default(void);

enum supervision_state
{
    SUPERVISION_OK,
    SUPERVISION_LATE,
    SUPERVISION_LOST,
};

enum supervision_event_kind
{
    SUPERVISION_CONFIGURE, /* unit, slot, interval_s, now_ms: monitored from now, or changed */
    SUPERVISION_REMOVE,    /* unit: no longer monitored (returned, retired); no report */
    SUPERVISION_EXPIRED,   /* unit, last_seen_ms, now_ms, now_us */
    SUPERVISION_SEEN,   /* unit, last_seen_ms, now_ms, now_us: a signal came; may report RESTORED */
    SUPERVISION_RECORD, /* unit, report, now_ms: from RECORD_SUPERVISION */
};

struct supervision_event
{
    enum supervision_event_kind kind;
    const char *unit;      /* unit identifier; lives for the call */
    uint32_t slot;         /* of the last-seen table */
    uint32_t interval_s;   /* 1 .. 604800 */
    uint64_t last_seen_ms; /* monotonic; 0 = not since start */
    uint64_t now_ms;       /* monotonic */
    int64_t now_us;        /* wall time, for the report */
    uint8_t report;        /* SIGNAL_UNIT_LATE, _LOST, _RESTORED */
};

struct supervision_out
{
    bool report;         /* append a RECORD_SUPERVISION: */
    uint8_t report_kind; /* SIGNAL_UNIT_LATE, _LOST, _RESTORED */
    char unit[LIMIT_UNIT_ID];
    int64_t last_seen_us; /* wall time, 0 = not since start */
    uint32_t interval_s;
    bool overload; /* CONFIGURE: no room */
};

struct supervision_unit
{
    char id[LIMIT_UNIT_ID];
    uint32_t slot;
};

struct supervision;

/* Everything is allocated here; `units` 1..LIMIT_UNITS, about 100 bytes each. ERROR_MEMORY. */
enum error supervision_create(uint32_t units, const struct supervision_policy *policy,
                              uint64_t now_ms, struct supervision **ret_supervision) MUST_USE;
void supervision_free(struct supervision *supervision);
void supervision_step(struct supervision *supervision, const struct supervision_event *event,
                      struct supervision_out *out);
/* One unit whose timer has passed; the caller must follow with SUPERVISION_EXPIRED, which arms it
 * again. False when none is left. */
bool supervision_expire(struct supervision *supervision, uint64_t now_ms,
                        struct supervision_unit *ret_unit);
/* When to call supervision_expire next (never later than the earliest timer); UINT64_MAX: nothing.
 */
uint64_t supervision_next_ms(const struct supervision *supervision);
/* Units late, lost, and monitored at all. */
uint32_t supervision_late_count(const struct supervision *supervision);
uint32_t supervision_lost_count(const struct supervision *supervision);
uint32_t supervision_unit_count(const struct supervision *supervision);
/* False when the unit is not known. */
bool supervision_find(const struct supervision *supervision, const char *unit,
                      enum supervision_state *ret_state);
/* Over the states and intervals of all units (not the timers). */
uint64_t supervision_hash(const struct supervision *supervision);

#endif
