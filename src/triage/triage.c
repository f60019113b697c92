/* SPDX-License-Identifier: Apache-2.0 */
#include "triage/triage.h"

#include "base/require.h"
#include "triage/state.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define RETRY_MS 1000

struct triage_policy
triage_policy_default(void)
{
    return (struct triage_policy){
        .repeat_native_us = 24 * 3600 * SECOND_US,
        .repeat_dc09_us = 600 * SECOND_US,
        .repeat_retry_us = 60 * SECOND_US,
        .again_us = SECOND_US,
        .correlate_us = 600 * SECOND_US,
        .flapping_edges = 10,
        .flapping_window_us = 300 * SECOND_US,
        .flapping_report_us = SECOND_US,
        .presence_grace_us = 10 * SECOND_US,
        .closed_keep_us = 600 * SECOND_US,
        .delayed_us = 120 * SECOND_US,
        .test_minutes_max = 15,
        .mass_loss_units = 20,
        .mass_loss_us = 300 * SECOND_US,
    };
}

const char *
triage_refusal_text(enum triage_refusal refusal)
{
    static const char *const texts[] = {
        [TRIAGE_REFUSED_NOT] = "",
        [TRIAGE_REFUSED_TAKEN] = "TAKEN",
        [TRIAGE_REFUSED_STALE] = "STALE",
        [TRIAGE_REFUSED_OUTCOME_MISSING] = "OUTCOME_MISSING",
        [TRIAGE_REFUSED_NOT_ALLOWED] = "NOT_ALLOWED",
        [TRIAGE_REFUSED_NOT_FOUND] = "NOT_FOUND",
        [TRIAGE_REFUSED_NOTHING_WAITING] = "NOTHING_WAITING",
        [TRIAGE_REFUSED_NOT_OWNER] = "NOT_OWNER",
        [TRIAGE_REFUSED_ALREADY_CLOSED] = "ALREADY_CLOSED",
        [TRIAGE_REFUSED_BAD_REQUEST] = "BAD_REQUEST",
        [TRIAGE_REFUSED_ONE_PERSON] = "ONE_PERSON",
    };
    return (unsigned)refusal < ARRAY_COUNT(texts) ? texts[refusal] : "?";
}

static enum error
triage_make_tables(struct triage *triage)
{
    const struct triage_limits *limits = &triage->limits;
    const struct
    {
        struct table *table;
        uint32_t capacity;
    } tables[] = {
        {&triage->by_id, limits->incidents},        {&triage->by_place, limits->incidents},
        {&triage->by_property, limits->incidents},  {&triage->by_unit, limits->units},
        {&triage->by_zone, limits->zones},          {&triage->by_pending, limits->pending},
        {&triage->by_network, LIMIT_NETWORKS_DOWN},
    };
    for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
        enum error error = table_init(tables[i].table, tables[i].capacity);
        if (error != ERROR_NONE) {
            return error;
        }
    }
    return wheel_init(&triage->presence, limits->incidents, 0);
}

/* calloc gives pages only when they are touched: a large limit costs nothing until it is used. */
static enum error
triage_make_arrays(struct triage *triage)
{
    const struct triage_limits *limits = &triage->limits;
    triage->incidents = calloc(limits->incidents, sizeof(triage->incidents[0]));
    triage->queue = calloc(limits->incidents, sizeof(triage->queue[0]));
    triage->order_links = calloc(limits->incidents, sizeof(triage->order_links[0]));
    triage->closed_links = calloc(limits->incidents, sizeof(triage->closed_links[0]));
    triage->free_incidents = calloc(limits->incidents, sizeof(triage->free_incidents[0]));
    triage->units = calloc(limits->units, sizeof(triage->units[0]));
    triage->unit_links = calloc(limits->units, sizeof(triage->unit_links[0]));
    triage->mass_links = calloc(limits->units, sizeof(triage->mass_links[0]));
    triage->networks = calloc(LIMIT_NETWORKS_DOWN, sizeof(triage->networks[0]));
    triage->zones = calloc(limits->zones, sizeof(triage->zones[0]));
    triage->zone_links = calloc(limits->zones, sizeof(triage->zone_links[0]));
    triage->pending = calloc(limits->pending, sizeof(triage->pending[0]));
    triage->pending_links = calloc(limits->pending, sizeof(triage->pending_links[0]));
    triage->free_pending = calloc(limits->pending, sizeof(triage->free_pending[0]));
    triage->users = calloc(limits->users, sizeof(triage->users[0]));
    triage->places = calloc(LIMIT_REPEAT_POSITIONS, sizeof(triage->places[0]));
    bool all = triage->incidents && triage->queue && triage->order_links && triage->closed_links &&
               triage->free_incidents && triage->units && triage->unit_links && triage->zones &&
               triage->zone_links && triage->pending && triage->pending_links &&
               triage->free_pending && triage->users && triage->places && triage->mass_links &&
               triage->networks;
    return all ? ERROR_NONE : ERROR_MEMORY;
}

static void
triage_make_free_lists(struct triage *triage)
{
    chain_clear(&triage->order);
    chain_clear(&triage->closed);
    chain_clear(&triage->units_used);
    chain_clear(&triage->units_held);
    chain_clear(&triage->zones_used);
    chain_clear(&triage->pending_used);
    for (uint32_t at = triage->limits.incidents; at-- > 0;) {
        triage->free_incidents[triage->free_count++] = at;
    }
    for (uint32_t at = triage->limits.pending; at-- > 0;) {
        triage->free_pending[triage->free_pending_count++] = at;
    }
}

enum error
triage_create(const struct triage_limits *limits, const struct triage_policy *policy, uint32_t node,
              struct triage **ret_triage)
{
    require(limits->incidents > 0 && limits->pending > 0 && limits->units > 0 &&
            limits->zones > 0 && limits->users > 0);
    require(node >= 1 && node <= LIMIT_NODES);
    require(policy->mass_loss_units >= 2 && policy->mass_loss_units <= LIMIT_MASS_LOSS_UNITS);
    require(policy->flapping_edges >= 1 && policy->flapping_edges < ZONE_EDGES);
    struct triage *triage = calloc(1, sizeof(*triage));
    if (triage == NULL) {
        return ERROR_MEMORY;
    }
    triage->limits = *limits;
    triage->policy = *policy;
    triage->node = node;
    enum error error = triage_make_arrays(triage);
    if (error == ERROR_NONE) {
        error = triage_make_tables(triage);
    }
    if (error != ERROR_NONE) {
        triage_free(triage);
        return error;
    }
    triage_make_free_lists(triage);
    *ret_triage = triage;
    return ERROR_NONE;
}

void
triage_free(struct triage *triage)
{
    if (triage == NULL) {
        return;
    }
    free(triage->incidents);
    free(triage->queue);
    free(triage->order_links);
    free(triage->closed_links);
    free(triage->free_incidents);
    free(triage->units);
    free(triage->unit_links);
    free(triage->zones);
    free(triage->zone_links);
    free(triage->pending);
    free(triage->pending_links);
    free(triage->free_pending);
    free(triage->users);
    free(triage->places);
    free(triage->mass_links);
    free(triage->networks);
    table_free(&triage->by_id);
    table_free(&triage->by_place);
    table_free(&triage->by_property);
    table_free(&triage->by_unit);
    table_free(&triage->by_zone);
    table_free(&triage->by_pending);
    table_free(&triage->by_network);
    wheel_free(&triage->presence);
    free(triage);
}

void
triage_change(struct triage_out *out, enum triage_change_kind kind, uint64_t incident,
              uint32_t what)
{
    require(out->changes_count < TRIAGE_CHANGES); /* the sweeps are bounded so that it fits */
    out->changes[out->changes_count++] = (struct triage_change){kind, incident, what};
}

static void
triage_remark_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    const struct triage_remark *remark = event->remark;
    struct triage_incident *incident = lifecycle_find(triage, remark->incident);
    if (incident == NULL) {
        return;
    }
    incident->held = remark->held;
    if (remark->history != 0) {
        struct history_entry entry = {.pos = event->pos,
                                      .time_us = event->time_us,
                                      .kind = remark->history,
                                      .user = remark->user,
                                      .text = remark->text,
                                      .alert = remark->alert};
        history_add(incident, &entry);
    }
    triage_change(out, TRIAGE_CHANGE_SHOWN, incident->id, 0);
}

static void
triage_dispatch(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    switch (event->kind) {
        case TRIAGE_BOOT:
            presence_boot(triage);
            break;
        case TRIAGE_SIGNAL:
            signal_step(triage, event, out);
            break;
        case TRIAGE_RESOLVED:
            resolved_step(triage, event, out);
            break;
        case TRIAGE_ACTION:
            action_step(triage, event, out);
            break;
        case TRIAGE_TIMER:
            presence_timer_step(triage, event, out);
            break;
        case TRIAGE_PRESENCE:
            presence_step(triage, event);
            break;
        case TRIAGE_SUPERVISION:
            loss_step(triage, event, out);
            break;
        case TRIAGE_REPEATS:
            repeat_step(triage, event, out);
            break;
        case TRIAGE_REMARK:
            triage_remark_step(triage, event, out);
            break;
    }
}

void
triage_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    memset(out, 0, offsetof(struct triage_out, changes)); /* of those only what is counted */
    triage->time_us = event->time_us > triage->time_us ? event->time_us : triage->time_us;
    if (event->kind != TRIAGE_REMARK) {
        flapping_flush(triage, out);
        lifecycle_sweep(triage, out);
    }
    triage_dispatch(triage, event, out);
}

const struct triage_incident *
triage_find(const struct triage *triage, uint64_t incident)
{
    uint32_t at = 0;
    return table_get(&triage->by_id, incident, &at) ? &triage->incidents[at] : NULL;
}

const struct triage_incident *
triage_each(const struct triage *triage, const struct triage_incident *previous)
{
    uint32_t at = triage->order.first;
    if (previous != NULL) {
        at = triage->order_links[previous - triage->incidents].next;
    }
    return at == NO_INDEX ? NULL : &triage->incidents[at];
}

uint32_t
triage_open_count(const struct triage *triage)
{
    return triage->open_count;
}

uint32_t
triage_duty_count(const struct triage *triage)
{
    return triage->duty_count;
}

bool
triage_take_due(struct triage *triage, int64_t now_us, struct triage_timer *ret_timer)
{
    uint64_t now_ms = now_us < 0 ? 0 : (uint64_t)now_us / 1000;
    uint32_t at = 0;
    wheel_turn_back(&triage->presence, now_ms);
    if (!wheel_expire(&triage->presence, now_ms, &at)) {
        return false;
    }
    const struct triage_incident *incident = &triage->incidents[at];
    *ret_timer = (struct triage_timer){incident->id, LARWM__JOURNAL__TIMER_KIND__TIMER_PRESENCE,
                                       incident->presence_due_us};
    wheel_arm(&triage->presence, at, now_ms + RETRY_MS);
    return true;
}

int64_t
triage_next_due_us(const struct triage *triage)
{
    uint64_t next = wheel_next(&triage->presence);
    return next > (uint64_t)INT64_MAX / 1000 ? INT64_MAX : (int64_t)next * 1000;
}
