/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an incident, as a table, and its place in the pool. Closing keeps the incident for a
 * while (it still answers ALREADY_CLOSED) and as long as its police message is unfinished.
 */
#include "base/require.h"
#include "base/states.h"
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

#define SWEEP_MAX 4 /* incidents removed in one step */

static const char *const state_names[] = {"NONE", "OPEN", "CLAIMED", "CLOSED"};
static const uint32_t state_successors[] = {
    [INCIDENT_NONE] = STATES_TO(INCIDENT_OPEN),
    [INCIDENT_OPEN] = STATES_TO(INCIDENT_CLAIMED) | STATES_TO(INCIDENT_CLOSED) |
                      STATES_TO(INCIDENT_NONE), /* given up for a graver one */
    [INCIDENT_CLAIMED] = STATES_TO(INCIDENT_OPEN) | STATES_TO(INCIDENT_CLOSED),
    [INCIDENT_CLOSED] = STATES_TO(INCIDENT_NONE),
};
static const struct states lifecycle = {"incident", state_names, state_successors, 4};

struct triage_incident *
lifecycle_find(struct triage *triage, uint64_t id)
{
    uint32_t at = 0;
    return table_get(&triage->by_id, id, &at) ? &triage->incidents[at] : NULL;
}

uint32_t
lifecycle_index(const struct triage *triage, const struct triage_incident *incident)
{
    return (uint32_t)(incident - triage->incidents);
}

static void
lifecycle_queue(struct triage *triage, const struct triage_incident *incident)
{
    struct queue_row *row = &triage->queue[lifecycle_index(triage, incident)];
    row->id = incident->state == INCIDENT_NONE ? 0 : incident->id;
    row->opened_us = incident->opened_us;
    row->rank = incident->rank;
    row->state = incident->state;
}

void
lifecycle_rank(struct triage *triage, struct triage_incident *incident)
{
    incident->rank = priority_rank(incident->priority, incident->risk, incident->test);
    lifecycle_queue(triage, incident);
}

static void
lifecycle_remove(struct triage *triage, struct triage_incident *incident, struct triage_out *out)
{
    uint32_t at = lifecycle_index(triage, incident);
    triage_change(out, TRIAGE_CHANGE_REMOVED, incident->id, 0);
    if (incident->state == INCIDENT_CLOSED) {
        chain_remove(&triage->closed, triage->closed_links, at);
    } else {
        triage->open_count--;
        flapping_ended(triage, incident);
        mass_ended(triage, incident);
    }
    correlation_leave(triage, incident);
    wheel_disarm(&triage->presence, at);
    table_remove(&triage->by_id, incident->id);
    chain_remove(&triage->order, triage->order_links, at);
    states_move(&lifecycle, &incident->state, INCIDENT_NONE);
    lifecycle_queue(triage, incident);
    triage->free_incidents[triage->free_count++] = at;
}

/* The oldest closed incident that nobody needs, for its place. False when there is none. */
static bool
lifecycle_drop_closed(struct triage *triage, struct triage_out *out)
{
    for (uint32_t at = triage->closed.first; at != NO_INDEX; at = triage->closed_links[at].next) {
        if (!triage->incidents[at].held) {
            lifecycle_remove(triage, &triage->incidents[at], out);
            return true;
        }
    }
    return false;
}

/* Every place is held by an open incident: the unclaimed one that ranks last gives way to a graver
 * class, never to its own. */
static bool
lifecycle_displace(struct triage *triage, uint32_t priority, struct triage_out *out)
{
    uint32_t worst = NO_INDEX;
    for (uint32_t at = 0; at < triage->used_max; at++) {
        const struct queue_row *row = &triage->queue[at];
        if (row->state == INCIDENT_OPEN && triage->incidents[at].priority > priority &&
            !triage->incidents[at].held &&
            (worst == NO_INDEX || row->rank > triage->queue[worst].rank ||
             (row->rank == triage->queue[worst].rank && row->id > triage->queue[worst].id))) {
            worst = at;
        }
    }
    if (worst == NO_INDEX) {
        return false;
    }
    lifecycle_remove(triage, &triage->incidents[worst], out);
    return true;
}

struct triage_incident *
lifecycle_open(struct triage *triage, uint64_t pos, int64_t time_us, uint32_t priority,
               struct triage_out *out)
{
    if (triage->free_count == 0 && !lifecycle_drop_closed(triage, out) &&
        !lifecycle_displace(triage, priority, out)) {
        return NULL;
    }
    uint32_t at = triage->free_incidents[--triage->free_count];
    struct triage_incident *incident = &triage->incidents[at];
    triage->used_max = at >= triage->used_max ? at + 1 : triage->used_max;
    memset(incident, 0, sizeof(*incident));
    incident->id = (uint64_t)triage->node << 48 | pos;
    incident->pos = pos;
    incident->epoch = 1;
    incident->opened_us = time_us;
    incident->last_signal_us = time_us;
    incident->priority = (uint8_t)priority;
    incident->receipt_silent = true;
    states_move(&lifecycle, &incident->state, INCIDENT_OPEN);
    bool put = table_put(&triage->by_id, incident->id, at);
    require(put); /* as many places as incidents */
    chain_append(&triage->order, triage->order_links, at);
    triage->open_count++;
    return incident;
}

void
lifecycle_restore(struct triage *triage, struct triage_incident *incident)
{
    uint32_t at = lifecycle_index(triage, incident);
    require(triage->free_count > 0 && triage->free_incidents[triage->free_count - 1] == at);
    triage->free_count--;
    triage->used_max = at >= triage->used_max ? at + 1 : triage->used_max;
    bool put = table_put(&triage->by_id, incident->id, at);
    require(put); /* as many places as incidents */
    chain_append(&triage->order, triage->order_links, at);
    triage->open_count += incident->state != INCIDENT_CLOSED ? 1 : 0;
    lifecycle_queue(triage, incident);
    lifecycle_set_presence(triage, incident, incident->presence_due_us);
}

static void
lifecycle_set_owner(struct triage_incident *incident, const char *user, int64_t time_us)
{
    memset(incident->owner, 0, sizeof(incident->owner));
    text_copy(incident->owner, sizeof(incident->owner), user);
    incident->claimed_us = time_us;
    incident->epoch++;
}

void
lifecycle_claim(struct triage *triage, struct triage_incident *incident, const char *user)
{
    states_move(&lifecycle, &incident->state, INCIDENT_CLAIMED);
    lifecycle_set_owner(incident, user, triage->time_us);
    lifecycle_queue(triage, incident);
}

void
lifecycle_release(struct triage *triage, struct triage_incident *incident)
{
    states_move(&lifecycle, &incident->state, INCIDENT_OPEN);
    lifecycle_set_owner(incident, "", 0);
    lifecycle_set_presence(triage, incident, 0);
    lifecycle_queue(triage, incident);
}

void
lifecycle_close(struct triage *triage, struct triage_incident *incident, uint32_t outcome)
{
    correlation_leave(triage, incident);
    flapping_ended(triage, incident);
    mass_ended(triage, incident);
    states_move(&lifecycle, &incident->state, INCIDENT_CLOSED);
    incident->outcome = (uint8_t)outcome;
    incident->closed_us = triage->time_us;
    incident->epoch++;
    lifecycle_set_presence(triage, incident, 0);
    lifecycle_queue(triage, incident);
    triage->open_count--;
    chain_append(&triage->closed, triage->closed_links, lifecycle_index(triage, incident));
}

void
lifecycle_set_presence(struct triage *triage, struct triage_incident *incident, int64_t due_us)
{
    uint32_t at = lifecycle_index(triage, incident);
    incident->presence_due_us = due_us;
    if (due_us == 0) {
        wheel_disarm(&triage->presence, at);
    } else {
        wheel_arm(&triage->presence, at, (uint64_t)(due_us + 999) / 1000);
    }
}

void
lifecycle_sweep(struct triage *triage, struct triage_out *out)
{
    for (unsigned i = 0; i < SWEEP_MAX && triage->closed.first != NO_INDEX; i++) {
        uint32_t at = triage->closed.first;
        struct triage_incident *incident = &triage->incidents[at];
        if (triage->time_us - incident->closed_us < triage->policy.closed_keep_us) {
            return;
        }
        if (incident->held) { /* look at it again later, after the others */
            chain_remove(&triage->closed, triage->closed_links, at);
            chain_append(&triage->closed, triage->closed_links, at);
            incident->closed_us = triage->time_us;
        } else {
            lifecycle_remove(triage, incident, out);
        }
    }
}
