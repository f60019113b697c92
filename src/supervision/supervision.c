/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One timer a path. While all is well it stands at "late" after the last time the path was heard;
 * when it passes, the desk looks at the path's words, and mostly the timer just moves on. A late or
 * lost path is looked at more often, so that its return is seen soon.
 */
#include "supervision/supervision.h"

#include "base/text.h"
#include "supervision/state.h"

#include <string.h>

#define REPORT_AGAIN_MS 5000
#define INTERVAL_MAX_S 2592000

struct supervision_policy
supervision_policy_default(void)
{
    return (struct supervision_policy){
        .late_permille = 1500,
        .lost_permille = 2500,
        .jitter_ms = 2000,
        .recheck_ms_max = 5000,
        .recheck_ms_min = 500,
        .learn_gaps = 3,
        .learn_s_min = 10,
        .learn_s_max = 86400,
        .learn_look_ms = 30000,
        .learn_unheard_ms = 300000,
    };
}

static bool
supervision_is_id(const char *id)
{
    return id != NULL && id[0] != '\0' && strlen(id) < LIMIT_UNIT_ID;
}

static enum path
supervision_path_of(enum path path)
{
    return path == PATH_BACKUP ? PATH_BACKUP : PATH_MAIN;
}

/* Silence after which the path is late (or lost): of its interval, and what the network may add. */
static uint64_t
supervision_limit_ms(const struct supervision *supervision, const struct row *row,
                     uint32_t permille)
{
    return (uint64_t)row_interval_s(row) * permille + supervision->policy.jitter_ms;
}

/* When a late or lost path is looked at again: a tenth of its interval, within bounds. */
static uint64_t
supervision_recheck_ms(const struct supervision *supervision, const struct row *row)
{
    uint64_t tenth = (uint64_t)row_interval_s(row) * 100;
    if (tenth > supervision->policy.recheck_ms_max || row_interval_s(row) == 0) {
        return supervision->policy.recheck_ms_max;
    }
    return tenth < supervision->policy.recheck_ms_min ? supervision->policy.recheck_ms_min : tenth;
}

/* A directory that was read before the newest record was applied does not undo it. */
static void
supervision_take_learned(struct row *row, uint32_t learned_s, uint64_t pos)
{
    if (pos >= row->learned_pos) {
        row->learned_pos = pos;
        row->learned_s = learned_s;
        row->learn_asked_ms = 0;
    }
}

static uint64_t
supervision_first_ms(const struct supervision *supervision, const struct row *row)
{
    if (row->state != SUPERVISION_OK) {
        return supervision_recheck_ms(supervision, row);
    }
    return row->configured_s == 0 && row->learned_s == 0
               ? supervision->policy.learn_look_ms
               : supervision_limit_ms(supervision, row, supervision->policy.late_permille);
}

static void
supervision_configure(struct supervision *supervision, const struct supervision_event *event,
                      struct supervision_out *out)
{
    enum path path = supervision_path_of(event->path);
    if (event->interval_s > INTERVAL_MAX_S || event->fallback_s > INTERVAL_MAX_S) {
        return;
    }
    struct row *row = row_find(supervision, event->unit, path);
    if (row == NULL) {
        row = row_add(supervision, event->unit, path);
        if (row == NULL) {
            out->overload = true;
            return;
        }
    }
    if (event->alone && row_other(supervision, row) != NULL) {
        row_drop(supervision, row_other(supervision, row));
    }
    uint32_t before_s = row_interval_s(row);
    bool watched = row->watched;
    row_uncount(supervision, row);
    row->slot = event->slot;
    row->tag = event->tag;
    row->configured_s = event->interval_s;
    row->fallback_s = event->fallback_s;
    row->watched = true;
    row->leaving = false;
    supervision_take_learned(row, event->learned_s, event->learned_pos);
    row_count(supervision, row);
    if (!watched || (before_s == 0 && row_interval_s(row) != 0)) {
        row->since_ms = event->now_ms;
        wheel_arm(&supervision->wheel, row_index(supervision, row),
                  event->now_ms + supervision_first_ms(supervision, row));
    } else if (before_s != row_interval_s(row)) {
        wheel_arm(&supervision->wheel, row_index(supervision, row), event->now_ms);
    } /* else: a registry that was read again does not start the silence anew */
}

/* A path in LATE or LOST is only restored by being heard, not by a longer interval or a restart:
 * after a start nothing has been heard, and what was lost stays lost until it calls. */
static uint8_t
supervision_wanted(const struct supervision *supervision, const struct row *row, uint64_t heard_ms,
                   const struct supervision_event *event)
{
    uint64_t silent_ms = event->now_ms > heard_ms ? event->now_ms - heard_ms : 0;
    uint8_t wanted = SUPERVISION_OK;
    if (row_interval_s(row) == 0) {
        wanted = SUPERVISION_OK;
    } else if (silent_ms >=
               supervision_limit_ms(supervision, row, supervision->policy.lost_permille)) {
        wanted = SUPERVISION_LOST;
    } else if (silent_ms >=
               supervision_limit_ms(supervision, row, supervision->policy.late_permille)) {
        wanted = SUPERVISION_LATE;
    }
    bool heard_since = event->last_seen_ms != 0 && event->last_seen_ms >= row->silent_ms;
    return wanted < row->state && !heard_since ? row->state : wanted;
}

/* A path whose interval is still to be learned is looked at about as often as it calls. */
static uint64_t
supervision_learn_ms(const struct supervision *supervision, const struct supervision_event *event)
{
    const struct supervision_policy *policy = &supervision->policy;
    if (event->last_seen_ms == 0) {
        return policy->learn_unheard_ms;
    }
    return event->gaps != 0 && event->gap_ms < policy->learn_look_ms ? event->gap_ms
                                                                     : policy->learn_look_ms;
}

static void
supervision_arm(struct supervision *supervision, const struct row *row, uint8_t wanted,
                uint64_t heard_ms, const struct supervision_event *event)
{
    const struct supervision_policy *policy = &supervision->policy;
    uint64_t due = event->now_ms + supervision_recheck_ms(supervision, row);
    bool well = row->state == SUPERVISION_OK && row->asked == SUPERVISION_OK;
    uint64_t learn = event->now_ms + supervision_learn_ms(supervision, event);
    uint64_t limit = 0;
    if (row_interval_s(row) == 0) {
        limit = learn;
    } else if (wanted == SUPERVISION_OK) {
        limit = heard_ms + supervision_limit_ms(supervision, row, policy->late_permille);
    } else if (wanted == SUPERVISION_LATE) {
        limit = heard_ms + supervision_limit_ms(supervision, row, policy->lost_permille);
    }
    due = well && wanted == SUPERVISION_OK ? limit : due;
    due = limit != 0 && limit < due ? limit : due;
    if (row->configured_s == 0 && row->learned_s == 0 && learn < due) {
        due = learn;
    }
    if ((row->state != row->asked || row->learn_asked_ms != 0) &&
        due > event->now_ms + REPORT_AGAIN_MS) {
        due = event->now_ms + REPORT_AGAIN_MS;
    }
    wheel_arm(&supervision->wheel, row_index(supervision, row), due);
}

static int64_t
supervision_wall_us(const struct supervision_event *event, uint64_t seen_ms)
{
    return seen_ms == 0 || seen_ms > event->now_ms
               ? 0
               : event->now_us - (int64_t)(event->now_ms - seen_ms) * 1000;
}

static uint8_t
supervision_kind(const struct row *row, const struct row *other, uint8_t wanted)
{
    static const uint8_t unit_kinds[] = {SIGNAL_UNIT_RESTORED, SIGNAL_UNIT_LATE, SIGNAL_UNIT_LOST};
    static const uint8_t path_kinds[] = {SIGNAL_PATH_RESTORED, SIGNAL_PATH_LATE, SIGNAL_PATH_LOST};
    bool two = other != NULL && other->watched && row_interval_s(other) != 0;
    bool all = !two || (wanted == SUPERVISION_LOST && other->asked == SUPERVISION_LOST);
    return all ? unit_kinds[wanted] : path_kinds[wanted];
}

static void
supervision_fill(const struct supervision *supervision, const struct row *row,
                 const struct supervision_event *event, struct supervision_out *out)
{
    bool has_other = row_other(supervision, row) != NULL;
    out->report = true;
    out->path = has_other || row->path == PATH_BACKUP ? row->path : PATH_NONE;
    out->interval_s = row_interval_s(row);
    out->tag = row->tag;
    out->last_seen_us = supervision_wall_us(event, event->last_seen_ms);
    out->other_seen_us = has_other ? supervision_wall_us(event, event->other_seen_ms) : 0;
    text_copy(out->unit, sizeof(out->unit), row->id);
}

static void
supervision_report(const struct supervision *supervision, struct row *row, uint8_t wanted,
                   const struct supervision_event *event, struct supervision_out *out)
{
    const struct row *other = row_other(supervision, row);
    if (wanted != SUPERVISION_OK) {
        row->silent_ms = event->now_ms;
        out->observed_s = learn_observed_s(&supervision->policy, row, event);
    }
    row->asked = wanted;
    row->asked_ms = event->now_ms;
    out->report_kind = supervision_kind(row, other, wanted);
    out->both = out->report_kind == SIGNAL_UNIT_LOST && other != NULL && other->watched &&
                row_interval_s(other) != 0;
    supervision_fill(supervision, row, event, out);
}

/* Reported and not recorded within five seconds: again. */
static void
supervision_learn(const struct supervision *supervision, struct row *row,
                  const struct supervision_event *event, struct supervision_out *out)
{
    uint32_t learned_s = learn_interval_s(&supervision->policy, row, event);
    bool asked = row->learn_asked_ms != 0 && event->now_ms - row->learn_asked_ms < REPORT_AGAIN_MS;
    if (learned_s != 0 && !asked) {
        row->learn_asked_ms = event->now_ms;
        out->learned_s = learned_s;
        supervision_fill(supervision, row, event, out);
    } else if (learned_s == 0) {
        row->learn_asked_ms = 0;
    }
}

/* The unit left while it was late or lost: said until the record of it comes. */
static void
supervision_report_end(struct supervision *supervision, struct row *row,
                       const struct supervision_event *event, struct supervision_out *out)
{
    row->asked_ms = event->now_ms;
    supervision_fill(supervision, row, event, out);
    out->path = PATH_NONE; /* the whole unit */
    out->ended = true;
    wheel_arm(&supervision->wheel, row_index(supervision, row), event->now_ms + REPORT_AGAIN_MS);
}

static void
supervision_look(struct supervision *supervision, const struct supervision_event *event,
                 struct supervision_out *out)
{
    struct row *row = row_find(supervision, event->unit, supervision_path_of(event->path));
    if (row != NULL && row->leaving) {
        supervision_report_end(supervision, row, event, out);
    }
    if (row == NULL || !row->watched) {
        return;
    }
    uint64_t heard_ms = event->last_seen_ms > row->since_ms ? event->last_seen_ms : row->since_ms;
    uint8_t wanted = supervision_wanted(supervision, row, heard_ms, event);
    bool softer = wanted == SUPERVISION_LATE && row->state == SUPERVISION_LOST;
    bool asked = wanted == row->asked && event->now_ms - row->asked_ms < REPORT_AGAIN_MS;
    if (wanted != row->state && !softer && !asked) {
        supervision_report(supervision, row, wanted, event, out);
    }
    supervision_learn(supervision, row, event, out);
    supervision_arm(supervision, row, wanted, heard_ms, event);
}

static void
supervision_set(struct supervision *supervision, struct row *row, uint8_t state, uint64_t now_ms)
{
    row_uncount(supervision, row);
    row->state = state;
    row->asked = state;
    row_count(supervision, row);
    if (row->watched && state != SUPERVISION_OK) { /* so that its return is seen soon */
        wheel_arm(&supervision->wheel, row_index(supervision, row),
                  now_ms + supervision_recheck_ms(supervision, row));
    }
}

static void
supervision_record_state(struct supervision *supervision, const struct supervision_event *event,
                         struct row *row)
{
    uint8_t report = event->report;
    bool lost = report == SIGNAL_UNIT_LOST || report == SIGNAL_PATH_LOST;
    bool late = report == SIGNAL_UNIT_LATE || report == SIGNAL_PATH_LATE;
    uint8_t state = lost ? SUPERVISION_LOST : late ? SUPERVISION_LATE : SUPERVISION_OK;
    struct row *other = row_other(supervision, row);
    supervision_set(supervision, row, state, event->now_ms);
    if (report == SIGNAL_UNIT_LOST && event->both && other == NULL) {
        other = row_add(supervision, row->id, row->path == PATH_MAIN ? PATH_BACKUP : PATH_MAIN);
    }
    if (other != NULL && report == SIGNAL_UNIT_LOST && event->both) {
        supervision_set(supervision, other, SUPERVISION_LOST, event->now_ms);
    } else if (other != NULL && report == SIGNAL_UNIT_RESTORED) {
        supervision_set(supervision, other, SUPERVISION_OK, event->now_ms);
    }
}

/* NULL: no path of the unit is known. */
static struct row *
supervision_any(const struct supervision *supervision, const char *unit)
{
    struct row *row = row_find(supervision, unit, PATH_MAIN);
    return row != NULL ? row : row_find(supervision, unit, PATH_BACKUP);
}

/* The record of the end. Who is supervised again meanwhile begins anew. */
static void
supervision_ended(struct supervision *supervision, struct row *row, uint64_t now_ms)
{
    if (!row->watched) {
        row_drop(supervision, row);
        return;
    }
    supervision_set(supervision, row, SUPERVISION_OK, now_ms);
    row->since_ms = now_ms;
    wheel_arm(&supervision->wheel, row_index(supervision, row),
              now_ms + supervision_first_ms(supervision, row));
}

static void
supervision_record_end(struct supervision *supervision, const struct supervision_event *event)
{
    for (enum path path = PATH_MAIN; path <= PATH_BACKUP; path++) {
        struct row *row = row_find(supervision, event->unit, path);
        if (row != NULL) {
            supervision_ended(supervision, row, event->now_ms);
        }
    }
}

static void
supervision_record(struct supervision *supervision, const struct supervision_event *event)
{
    if (event->ended) {
        supervision_record_end(supervision, event);
        return;
    }
    enum path path = supervision_path_of(event->path);
    struct row *row = row_find(supervision, event->unit, path);
    if (row == NULL) { /* replayed before the registry is read */
        row = row_add(supervision, event->unit, path);
    }
    if (row == NULL) {
        return;
    }
    if (event->report != SIGNAL_UNKNOWN) {
        supervision_record_state(supervision, event, row);
    }
    if (event->learned_s != 0) {
        row_uncount(supervision, row);
        supervision_take_learned(row, event->learned_s, event->learned_pos);
        row_count(supervision, row);
    }
    if (row->watched && event->learned_s != 0) {
        wheel_arm(&supervision->wheel, row_index(supervision, row), event->now_ms);
    }
    if (!row->watched && row->state == SUPERVISION_OK && row->learned_s == 0) {
        row_drop(supervision, row); /* nothing left to remember */
    }
}

static bool
supervision_is_down(const struct row *row)
{
    return row->state != SUPERVISION_OK || row->asked != SUPERVISION_OK;
}

static void
supervision_leave(struct supervision *supervision, struct row *row, bool leaving)
{
    row_uncount(supervision, row);
    row->watched = false;
    row->leaving = leaving;
    row_count(supervision, row);
    wheel_disarm(&supervision->wheel, row_index(supervision, row));
}

static void
supervision_remove(struct supervision *supervision, const struct supervision_event *event,
                   struct supervision_out *out)
{
    struct row *row = supervision_any(supervision, event->unit);
    struct row *other = row == NULL ? NULL : row_other(supervision, row);
    if (row == NULL) {
        return;
    }
    if (supervision_is_down(row) || (other != NULL && supervision_is_down(other))) {
        bool asked = row->leaving && event->now_ms - row->asked_ms < REPORT_AGAIN_MS;
        if (!asked) {
            supervision_leave(supervision, row, true);
            if (other != NULL) {
                supervision_leave(supervision, other, false);
            }
            supervision_report_end(supervision, row, event, out);
        }
        return;
    }
    if (other != NULL) {
        row_drop(supervision, other);
    }
    row_drop(supervision, row);
}

void
supervision_step(struct supervision *supervision, const struct supervision_event *event,
                 struct supervision_out *out)
{
    memset(out, 0, sizeof(*out));
    if (!supervision_is_id(event->unit)) {
        return;
    }
    struct row *row = NULL;
    switch (event->kind) {
        case SUPERVISION_CONFIGURE:
            supervision_configure(supervision, event, out);
            break;
        case SUPERVISION_REMOVE:
            supervision_remove(supervision, event, out);
            break;
        case SUPERVISION_EXPIRED:
            supervision_look(supervision, event, out);
            break;
        case SUPERVISION_SEEN:
            row = row_find(supervision, event->unit, supervision_path_of(event->path));
            if (row != NULL && row->state != SUPERVISION_OK) {
                supervision_look(supervision, event, out);
            }
            break;
        case SUPERVISION_RECORD:
            supervision_record(supervision, event);
            break;
    }
}

bool
supervision_expire(struct supervision *supervision, uint64_t now_ms,
                   struct supervision_unit *ret_unit)
{
    uint32_t at = 0;
    if (!wheel_expire(&supervision->wheel, now_ms, &at)) {
        return false;
    }
    const struct row *row = &supervision->rows[at];
    memcpy(ret_unit->id, row->id, sizeof(ret_unit->id));
    ret_unit->slot = row->slot;
    ret_unit->path = (enum path)row->path;
    /* Should the caller not follow up, the path is not forgotten. */
    wheel_arm(&supervision->wheel, at, now_ms + REPORT_AGAIN_MS);
    return true;
}

uint64_t
supervision_next_ms(const struct supervision *supervision)
{
    return wheel_next(&supervision->wheel);
}

bool
supervision_find(const struct supervision *supervision, const char *unit, enum path path,
                 struct supervision_path *ret_path)
{
    const struct row *row =
        supervision_is_id(unit) ? row_find(supervision, unit, supervision_path_of(path)) : NULL;
    if (row == NULL) {
        return false;
    }
    *ret_path = (struct supervision_path){.state = (enum supervision_state)row->state,
                                          .slot = row->slot,
                                          .interval_s = row_interval_s(row),
                                          .learned_s = row->learned_s};
    return true;
}
