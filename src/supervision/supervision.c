/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One timer a unit. While all is well it stands at "late" after the last time the unit was heard;
 * when it passes, the desk looks at the unit's slot, and mostly the timer just moves on. A late or
 * lost unit is looked at more often, so that its return is seen soon.
 */
#include "supervision/supervision.h"

#include "base/hash.h"
#include "base/require.h"
#include "base/table.h"
#include "base/text.h"
#include "base/wheel.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 8 /* places tried for one identifier: hashes of 64 bits hardly ever meet */
#define REPORT_AGAIN_MS 5000
#define INTERVAL_MAX_S 604800

struct unit
{
    char id[LIMIT_UNIT_ID]; /* "" free */
    uint64_t since_ms;      /* monitored since: silence is counted from here until first heard */
    uint64_t asked_ms;      /* when the report was made */
    uint32_t slot;
    uint32_t interval_s; /* 0: known from the journal only, not monitored (yet) */
    uint8_t state;       /* enum supervision_state */
    uint8_t asked;       /* the state a report was made for and no record has come, else `state` */
};

struct supervision
{
    struct supervision_policy policy;
    struct unit *units;
    uint32_t *free;
    uint32_t free_count;
    uint32_t count;
    uint32_t monitored;
    uint32_t late;
    uint32_t lost;
    struct table by_id;
    struct wheel wheel;
};

struct supervision_policy
supervision_policy_default(void)
{
    return (struct supervision_policy){
        .late_permille = 1500,
        .lost_permille = 2500,
        .recheck_ms_max = 5000,
        .recheck_ms_min = 500,
    };
}

enum error
supervision_create(uint32_t units, const struct supervision_policy *policy, uint64_t now_ms,
                   struct supervision **ret_supervision)
{
    require(units > 0 && units <= LIMIT_UNITS);
    require(policy->late_permille < policy->lost_permille && policy->recheck_ms_min > 0);
    struct supervision *supervision = calloc(1, sizeof(*supervision));
    if (supervision == NULL) {
        return ERROR_MEMORY;
    }
    supervision->policy = *policy;
    supervision->count = units;
    supervision->units = calloc(units, sizeof(supervision->units[0]));
    supervision->free = calloc(units, sizeof(supervision->free[0]));
    if (supervision->units == NULL || supervision->free == NULL ||
        table_init(&supervision->by_id, units) != ERROR_NONE ||
        wheel_init(&supervision->wheel, units, now_ms) != ERROR_NONE) {
        supervision_free(supervision);
        return ERROR_MEMORY;
    }
    for (uint32_t at = units; at-- > 0;) {
        supervision->free[supervision->free_count++] = at;
    }
    *ret_supervision = supervision;
    return ERROR_NONE;
}

void
supervision_free(struct supervision *supervision)
{
    if (supervision != NULL) {
        free(supervision->units);
        free(supervision->free);
        table_free(&supervision->by_id);
        wheel_free(&supervision->wheel);
        free(supervision);
    }
}

static uint64_t
supervision_key(const char *id, unsigned probe)
{
    return hash_bytes(probe + 1, id, strlen(id));
}

static struct unit *
supervision_unit(const struct supervision *supervision, const char *id)
{
    for (unsigned probe = 0; probe < PROBES; probe++) {
        uint32_t at = 0;
        if (table_get(&supervision->by_id, supervision_key(id, probe), &at) &&
            strcmp(supervision->units[at].id, id) == 0) {
            return &supervision->units[at];
        }
    }
    return NULL;
}

static bool
supervision_is_id(const char *id)
{
    return id != NULL && id[0] != '\0' && strlen(id) < LIMIT_UNIT_ID;
}

/* Makes room for a unit; NULL when there is none. */
static struct unit *
supervision_add(struct supervision *supervision, const char *id)
{
    uint32_t other = 0;
    if (supervision->free_count == 0) {
        return NULL;
    }
    for (unsigned probe = 0; probe < PROBES; probe++) {
        uint64_t key = supervision_key(id, probe);
        uint32_t at = supervision->free[supervision->free_count - 1];
        if (table_get(&supervision->by_id, key, &other) ||
            !table_put(&supervision->by_id, key, at)) {
            continue;
        }
        supervision->free_count--;
        struct unit *unit = &supervision->units[at];
        memset(unit, 0, sizeof(*unit));
        text_copy(unit->id, sizeof(unit->id), id);
        return unit;
    }
    return NULL;
}

static uint32_t
supervision_at(const struct supervision *supervision, const struct unit *unit)
{
    return (uint32_t)(unit - supervision->units);
}

static void
supervision_drop(struct supervision *supervision, struct unit *unit)
{
    uint32_t at = supervision_at(supervision, unit);
    for (unsigned probe = 0; probe < PROBES; probe++) {
        uint64_t key = supervision_key(unit->id, probe);
        uint32_t found = 0;
        if (table_get(&supervision->by_id, key, &found) && found == at) {
            table_remove(&supervision->by_id, key);
        }
    }
    wheel_disarm(&supervision->wheel, at);
    memset(unit, 0, sizeof(*unit));
    supervision->free[supervision->free_count++] = at;
}

static void
supervision_count(struct supervision *supervision, const struct unit *unit, uint32_t by)
{
    supervision->late += unit->state == SUPERVISION_LATE ? by : 0;
    supervision->lost += unit->state == SUPERVISION_LOST ? by : 0;
    supervision->monitored += unit->interval_s != 0 ? by : 0;
}

static uint64_t
supervision_share(const struct unit *unit, uint32_t permille)
{
    return (uint64_t)unit->interval_s * permille;
}

/* When a late or lost unit is looked at again: a tenth of its interval, within bounds. */
static uint64_t
supervision_recheck(const struct supervision *supervision, const struct unit *unit)
{
    uint64_t tenth = (uint64_t)unit->interval_s * 100;
    if (tenth > supervision->policy.recheck_ms_max) {
        return supervision->policy.recheck_ms_max;
    }
    return tenth < supervision->policy.recheck_ms_min ? supervision->policy.recheck_ms_min : tenth;
}

static void
supervision_configure(struct supervision *supervision, const struct supervision_event *event,
                      struct supervision_out *out)
{
    if (event->interval_s == 0 || event->interval_s > INTERVAL_MAX_S) {
        return;
    }
    struct unit *unit = supervision_unit(supervision, event->unit);
    if (unit == NULL) {
        unit = supervision_add(supervision, event->unit);
    }
    if (unit == NULL) {
        out->overload = true;
        return;
    }
    bool same = unit->interval_s == event->interval_s && unit->slot == event->slot;
    if (same) {
        return; /* a registry that was read again does not start the silence anew */
    }
    bool first = unit->interval_s == 0;
    unit->slot = event->slot;
    unit->interval_s = event->interval_s;
    uint64_t due = event->now_ms;
    if (first) {
        unit->since_ms = event->now_ms;
        supervision->monitored++;
        due += unit->state == SUPERVISION_OK
                   ? supervision_share(unit, supervision->policy.late_permille)
                   : supervision_recheck(supervision, unit);
    }
    wheel_arm(&supervision->wheel, supervision_at(supervision, unit), due);
}

static uint8_t
supervision_wanted(const struct supervision *supervision, const struct unit *unit,
                   uint64_t heard_ms, uint64_t now_ms)
{
    uint64_t silent_ms = now_ms > heard_ms ? now_ms - heard_ms : 0;
    if (silent_ms >= supervision_share(unit, supervision->policy.lost_permille)) {
        return SUPERVISION_LOST;
    }
    return silent_ms >= supervision_share(unit, supervision->policy.late_permille)
               ? SUPERVISION_LATE
               : SUPERVISION_OK;
}

static void
supervision_arm(struct supervision *supervision, const struct unit *unit, uint8_t wanted,
                uint64_t heard_ms, uint64_t now_ms)
{
    uint64_t due = now_ms + supervision_recheck(supervision, unit);
    uint64_t limit = 0;
    if (wanted == SUPERVISION_OK) {
        limit = heard_ms + supervision_share(unit, supervision->policy.late_permille);
        due = unit->state == SUPERVISION_OK && unit->asked == SUPERVISION_OK ? limit : due;
    } else if (wanted == SUPERVISION_LATE) {
        limit = heard_ms + supervision_share(unit, supervision->policy.lost_permille);
    }
    due = limit != 0 && limit < due ? limit : due;
    if (unit->state != unit->asked && due > now_ms + REPORT_AGAIN_MS) {
        due = now_ms + REPORT_AGAIN_MS;
    }
    wheel_arm(&supervision->wheel, supervision_at(supervision, unit), due);
}

static void
supervision_report(struct unit *unit, uint8_t wanted, const struct supervision_event *event,
                   struct supervision_out *out)
{
    static const uint8_t kinds[] = {SIGNAL_UNIT_RESTORED, SIGNAL_UNIT_LATE, SIGNAL_UNIT_LOST};
    unit->asked = wanted;
    unit->asked_ms = event->now_ms;
    out->report = true;
    out->report_kind = kinds[wanted];
    out->interval_s = unit->interval_s;
    text_copy(out->unit, sizeof(out->unit), unit->id);
    if (event->last_seen_ms != 0 && event->last_seen_ms <= event->now_ms) {
        out->last_seen_us = event->now_us - (int64_t)(event->now_ms - event->last_seen_ms) * 1000;
    }
}

/* A unit in LATE or LOST is only restored by being heard, not by a longer interval or a restart:
 * after a start nothing has been heard, and what was lost stays lost until it calls. */
static void
supervision_look(struct supervision *supervision, const struct supervision_event *event,
                 struct supervision_out *out)
{
    struct unit *unit = supervision_unit(supervision, event->unit);
    if (unit == NULL || unit->interval_s == 0) {
        return;
    }
    bool heard = event->last_seen_ms != 0;
    uint64_t heard_ms =
        heard && event->last_seen_ms > unit->since_ms ? event->last_seen_ms : unit->since_ms;
    uint8_t wanted = supervision_wanted(supervision, unit, heard_ms, event->now_ms);
    if (!heard && wanted < unit->state) {
        wanted = unit->state;
    }
    bool softer = wanted == SUPERVISION_LATE && unit->state == SUPERVISION_LOST;
    bool asked = wanted == unit->asked && event->now_ms - unit->asked_ms < REPORT_AGAIN_MS;
    if (wanted != unit->state && !softer && !asked) {
        supervision_report(unit, wanted, event, out);
    }
    supervision_arm(supervision, unit, wanted, heard_ms, event->now_ms);
}

static void
supervision_record(struct supervision *supervision, const struct supervision_event *event)
{
    struct unit *unit = supervision_unit(supervision, event->unit);
    uint8_t state = event->report == SIGNAL_UNIT_LOST   ? SUPERVISION_LOST
                    : event->report == SIGNAL_UNIT_LATE ? SUPERVISION_LATE
                                                        : SUPERVISION_OK;
    if (unit == NULL) {
        unit = supervision_add(supervision, event->unit); /* replayed before the registry is read */
    }
    if (unit == NULL) {
        return;
    }
    supervision_count(supervision, unit, UINT32_MAX); /* minus one */
    unit->state = state;
    unit->asked = state;
    supervision_count(supervision, unit, 1);
    if (unit->interval_s == 0 && state == SUPERVISION_OK) {
        supervision_drop(supervision, unit); /* nothing left to remember */
    }
}

void
supervision_step(struct supervision *supervision, const struct supervision_event *event,
                 struct supervision_out *out)
{
    memset(out, 0, sizeof(*out));
    if (!supervision_is_id(event->unit)) {
        return;
    }
    struct unit *unit = NULL;
    switch (event->kind) {
        case SUPERVISION_CONFIGURE:
            supervision_configure(supervision, event, out);
            break;
        case SUPERVISION_REMOVE:
            unit = supervision_unit(supervision, event->unit);
            if (unit != NULL) {
                supervision_count(supervision, unit, UINT32_MAX);
                supervision_drop(supervision, unit);
            }
            break;
        case SUPERVISION_EXPIRED:
            supervision_look(supervision, event, out);
            break;
        case SUPERVISION_SEEN:
            unit = supervision_unit(supervision, event->unit);
            if (unit != NULL && unit->state != SUPERVISION_OK) {
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
    const struct unit *unit = &supervision->units[at];
    memcpy(ret_unit->id, unit->id, sizeof(ret_unit->id));
    ret_unit->slot = unit->slot;
    /* Should the caller not follow up, the unit is not forgotten. */
    wheel_arm(&supervision->wheel, at, now_ms + REPORT_AGAIN_MS);
    return true;
}

uint64_t
supervision_next_ms(const struct supervision *supervision)
{
    return wheel_next(&supervision->wheel);
}

uint32_t
supervision_late_count(const struct supervision *supervision)
{
    return supervision->late;
}

uint32_t
supervision_lost_count(const struct supervision *supervision)
{
    return supervision->lost;
}

uint32_t
supervision_unit_count(const struct supervision *supervision)
{
    return supervision->monitored;
}

bool
supervision_find(const struct supervision *supervision, const char *unit,
                 enum supervision_state *ret_state)
{
    const struct unit *found = supervision_is_id(unit) ? supervision_unit(supervision, unit) : NULL;
    if (found == NULL) {
        return false;
    }
    *ret_state = (enum supervision_state)found->state;
    return true;
}

uint64_t
supervision_hash(const struct supervision *supervision)
{
    uint64_t hash = 1;
    for (uint32_t at = 0; at < supervision->count; at++) {
        const struct unit *unit = &supervision->units[at];
        if (unit->id[0] != '\0') {
            uint64_t parts[3] = {unit->state, unit->interval_s, unit->slot};
            hash = hash_bytes(hash, unit->id, strlen(unit->id));
            hash = hash_bytes(hash, parts, sizeof(parts));
        }
    }
    return hash;
}
