/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supervision: which path of which unit has been silent too long (REQ A28). A pure core. Heartbeats
 * do not come here: intake writes two words a path (flow/last_seen.h), and when a path's timer
 * expires the desk reads them and asks. A storm of heartbeats costs nothing; a fleet of a million
 * units is never scanned.
 *
 * A unit has a main path and may have a back-up path, each with its own interval, timer and state.
 * One of two paths silent is PATH_LATE or PATH_LOST, the lesser thing; when the other is lost too,
 * or is not supervised, it is UNIT_LOST: whoever cuts one path may cut both.
 *
 * The interval of a path is the configured one, or else the one learned from its link tests, or
 * else `fallback_s`. Learned is
 *     the first interval there is (three gaps that agree within a quarter), and
 *     a shorter one (by a quarter or more), at once;
 *     never a longer one: clear-text link tests can be forged, and one who stretches the interval
 *     hides a cut. A report then says at which rate the panel calls, and a person decides.
 *
 * Time is the monotonic clock in milliseconds. The desk's turn:
 *
 *     while (supervision_expire(supervision, now_ms, &unit)) {
 *         event = {SUPERVISION_EXPIRED, .unit = unit.id, .path = unit.path, .last_seen_ms = ..};
 *         supervision_step(supervision, &event, &out);
 *         if (out.report) append RECORD_SUPERVISION(out.*)
 *     }
 *
 * and for each RECORD_SUPERVISION, live or replayed, a SUPERVISION_RECORD event. Only that record
 * changes OK, LATE, LOST or the learned interval, so a restart repeats no report and learns nothing
 * twice. A report whose record does not come is made again at the path's next expiry. So a unit
 * that is late or lost stays known after its removal until the record of that has come: who shows
 * it as lost must learn that nobody waits for it any more.
 *
 * Limit: `units` paths; a path beyond it is not supervised and out.overload is set
 * (SYSTEM_OVERLOAD). One owner thread (the desk).
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
    uint32_t late_permille;  /* [1500] of the interval, and the jitter: late */
    uint32_t lost_permille;  /* [2500] of the interval, and the jitter: lost */
    uint32_t jitter_ms;      /* [2000] what a network may add to an interval */
    uint32_t recheck_ms_max; /* [5000] a late or lost path is looked at again at least this often */
    uint32_t recheck_ms_min; /* [500] and at most this often */
    uint32_t learn_gaps;     /* [3] gaps that must agree */
    uint32_t learn_s_min;    /* [10] what agrees below it is taken as this */
    uint32_t learn_s_max;    /* [86400] a longer interval is for a person to set */
    uint32_t learn_look_ms;  /* [30000] how often a path without an interval is looked at .. */
    uint32_t learn_unheard_ms; /* [300000] .. and before it was first heard */
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
    SUPERVISION_CONFIGURE, /* unit, path, slot, interval_s, fallback_s, learned_*, now_ms */
    SUPERVISION_REMOVE,  /* unit, now_ms: no longer monitored, by any path; reported of one that is
                            late or lost (out.ended) */
    SUPERVISION_EXPIRED, /* unit, path, last_seen_ms, other_seen_ms, gap_ms, gaps, now_* */
    SUPERVISION_SEEN,    /* the same: a signal came by the path; may report it restored */
    SUPERVISION_RECORD,  /* unit, path, report, both, ended, learned_s, learned_pos, now_ms */
};

struct supervision_event
{
    enum supervision_event_kind kind;
    const char *unit;       /* unit identifier; lives for the call */
    enum path path;         /* PATH_NONE is the main path */
    uint32_t slot;          /* of the last-seen table */
    uint32_t tag;           /* CONFIGURE: the caller's own, given back with each report */
    uint32_t interval_s;    /* configured: 1 .. 2592000; 0: to be learned */
    uint32_t fallback_s;    /* until something is learned; 0: not supervised until then */
    uint32_t learned_s;     /* CONFIGURE: as recorded; RECORD: as learned now; 0: nothing */
    uint64_t learned_pos;   /* journal position of the record that said so; the newest counts */
    uint64_t last_seen_ms;  /* of the path, monotonic; 0 = not since start */
    uint64_t other_seen_ms; /* of the other path */
    uint32_t gap_ms;        /* the longest of the path's newest gaps that agree, and */
    uint32_t gaps;          /* how many they are */
    uint64_t now_ms;        /* monotonic */
    int64_t now_us;         /* wall time, for the report */
    uint8_t report;         /* SIGNAL_UNIT_*, SIGNAL_PATH_*; SIGNAL_UNKNOWN: learned_s alone */
    bool both;
    bool ended; /* RECORD: the unit is no longer supervised */
    bool alone; /* CONFIGURE: the unit has no other path (any more) */
};

struct supervision_out
{
    bool report;         /* append a RECORD_SUPERVISION: */
    uint8_t report_kind; /* SIGNAL_UNIT_*, SIGNAL_PATH_*; SIGNAL_UNKNOWN: learned_s alone */
    enum path path;      /* PATH_NONE: the unit has one path */
    bool both;           /* UNIT_LOST of a unit with two paths */
    bool ended;          /* late or lost, and no longer supervised; report_kind is SIGNAL_UNKNOWN */
    char unit[LIMIT_UNIT_ID];
    int64_t last_seen_us;  /* wall time, 0 = not since start */
    int64_t other_seen_us; /* of the other path; 0 also when there is none */
    uint32_t interval_s;
    uint32_t observed_s; /* the panel calls at this slower rate; 0: it does not */
    uint32_t learned_s;  /* not 0: the path's interval from now on */
    uint32_t tag;        /* as configured */
    bool overload;       /* CONFIGURE: no room */
};

struct supervision_unit
{
    char id[LIMIT_UNIT_ID];
    enum path path; /* PATH_MAIN, PATH_BACKUP */
    uint32_t slot;
};

/* How a path stands. */
struct supervision_path
{
    enum supervision_state state;
    uint32_t slot;
    uint32_t interval_s; /* in force; 0: none yet */
    uint32_t learned_s;  /* 0: nothing learned */
};

struct supervision;

/* Everything is allocated here; `units` 1..LIMIT_UNITS paths, about 140 bytes each.
 * ERROR_MEMORY. */
enum error supervision_create(uint32_t units, const struct supervision_policy *policy,
                              uint64_t now_ms, struct supervision **ret_supervision) MUST_USE;
void supervision_free(struct supervision *supervision);
void supervision_step(struct supervision *supervision, const struct supervision_event *event,
                      struct supervision_out *out);
/* One path whose timer has passed; the caller must follow with SUPERVISION_EXPIRED, which arms it
 * again. False when none is left. */
bool supervision_expire(struct supervision *supervision, uint64_t now_ms,
                        struct supervision_unit *ret_unit);
/* When to call supervision_expire next (never later than the earliest timer); UINT64_MAX: nothing.
 */
uint64_t supervision_next_ms(const struct supervision *supervision);
/* Paths late; units lost (every supervised path of them); paths with an interval. */
uint32_t supervision_late_count(const struct supervision *supervision);
uint32_t supervision_lost_count(const struct supervision *supervision);
uint32_t supervision_unit_count(const struct supervision *supervision);
/* Is any path late or lost? When none is, no signal can bring one back. */
bool supervision_any_down(const struct supervision *supervision);
/* False when the path is not known. */
bool supervision_find(const struct supervision *supervision, const char *unit, enum path path,
                      struct supervision_path *ret_path);
/* What is known from the journal, as a table of a checkpoint, and back into one that was just made.
 * A load that answers false leaves it unusable. */
struct sheet_writer;
struct sheet_reader;
void supervision_save(const struct supervision *supervision, struct sheet_writer *writer);
bool supervision_load(struct supervision *supervision, const struct sheet_reader *reader) MUST_USE;
/* Over the states and intervals of all paths (not the timers). */
uint64_t supervision_hash(const struct supervision *supervision);

#endif
