/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mass loss (REQ A29): when `mass_loss_units` units of one network are late or lost within
 * `mass_loss_us`, one incident gathers them, and those that follow, until all are back or somebody
 * closes it. Incidents of them that nobody has taken are closed as gathered into it.
 *
 * A loss that is grave by itself stays visible by itself (rule R0): both paths of a home at high or
 * unknown risk gone, a unit with an alarm open or waiting, a unit whose loss somebody works on. It
 * stands in the list, too. Where a loss cannot be gathered (no network known, no room) it takes its
 * ordinary way.
 *
 * Cost: a constant for each loss and each return; the list is read from buckets by risk.
 */
#include "base/require.h"
#include "base/text.h"
#include "triage/state.h"

#include <stdio.h>
#include <string.h>

#define RECORDED_US INT64_C(1000000) /* the counts go to PostgreSQL at most so often */
#define REFERENCE 32

static void
mass_reference(uint64_t id, char to[REFERENCE])
{
    (void)snprintf(to, REFERENCE, "%u-%llu", (unsigned)(id >> 48),
                   (unsigned long long)(id & ((UINT64_C(1) << 48) - 1)));
}

static bool
mass_is_gathered(const struct unit *unit)
{
    return unit->network != 0 && unit->chain < MASS_BUCKETS;
}

/* An alarm of the unit is open, or waits for its case. */
static bool
mass_has_alarm(struct triage *triage, const struct unit *unit)
{
    const struct triage_incident *alarm = lifecycle_find(triage, unit->incident);
    return (alarm != NULL && alarm->state != INCIDENT_CLOSED) ||
           waiting_find(triage, unit->pending_pos) != NULL;
}

static bool
mass_is_grave(uint32_t priority, uint32_t risk)
{
    return priority <= PRIORITY_P2 && priority_risk_group(risk) == 0;
}

/* Must this loss have an incident of its own? */
static bool
mass_stands_alone(struct triage *triage, const struct unit *unit, const struct arrival *arrival)
{
    uint32_t priority = priority_of(arrival->view.kind, arrival->hint, unit->risk);
    return mass_is_grave(priority, unit->risk) || mass_has_alarm(triage, unit) ||
           loss_incident(triage, unit) != NULL;
}

static void
mass_count(const struct network *network, struct triage_incident *incident)
{
    uint32_t counts[2] = {network->forgotten, 0};
    for (unsigned i = 0; i < MASS_BUCKETS; i++) {
        counts[i % 2] += network->chains[i].count;
    }
    incident->mass_lost = counts[0];
    incident->mass_late = counts[1];
    incident->mass_back = network->chains[MASS_BACK].count;
}

static void
mass_close(struct triage *triage, struct triage_incident *incident, uint64_t pos,
           enum outcome outcome, struct triage_out *out)
{
    struct history_entry entry = {.pos = pos,
                                  .time_us = triage->time_us,
                                  .kind = HISTORY(CLOSED),
                                  .outcome = (uint8_t)outcome};
    history_add(incident, &entry);
    lifecycle_close(triage, incident, outcome);
    triage_change(out, TRIAGE_CHANGE_CLOSED, incident->id, 0);
}

/* The counts after a change; closes the incident, with `outcome`, when nobody is missing any more.
 */
static void
mass_settle(struct triage *triage, struct network *network, uint64_t pos, bool raised,
            enum outcome outcome, struct triage_out *out)
{
    struct triage_incident *incident = lifecycle_find(triage, network->incident);
    require(incident != NULL); /* mass_ended is told when it goes */
    mass_count(network, incident);
    if (incident->mass_lost + incident->mass_late == 0) {
        mass_close(triage, incident, pos, outcome, out);
    } else if (raised) {
        triage_change(out, TRIAGE_CHANGE_SIGNAL, incident->id, TRIAGE_WHAT_RAISED);
    } else if (triage->time_us - network->shown_us >= RECORDED_US) {
        network->shown_us = triage->time_us;
        triage_change(out, TRIAGE_CHANGE_SHOWN, incident->id, 0);
    } else {
        triage_change(out, TRIAGE_CHANGE_COUNTED, incident->id, 0);
    }
}

/* Puts a unit that is down into the list, or to its new place there. */
static bool
mass_gather(struct triage *triage, struct network *network, struct unit *unit, uint64_t pos)
{
    struct triage_incident *incident = lifecycle_find(triage, network->incident);
    uint32_t bucket = network_bucket(unit);
    uint32_t priority = priority_of(loss_kind(unit), loss_hint(unit), unit->risk);
    if (unit->network == 0 || unit->chain == MASS_BACK) {
        unit->down_us = triage->time_us;
    }
    if (!mass_is_gathered(unit) || unit->chain != bucket) {
        network_enter(triage, network, unit, bucket);
    }
    return incident != NULL &&
           resolved_raise(triage, incident, loss_kind(unit), priority, unit->risk, pos);
}

/* The own incident of a unit that is gathered now, unless it must stay: its text goes to `list`. */
static void
mass_fold(struct triage *triage, struct unit *unit, const struct triage_incident *into,
          uint64_t pos, char list[LIMIT_NOTE], struct triage_out *out)
{
    struct triage_incident *own = loss_incident(triage, unit);
    char reference[REFERENCE];
    bool room = out->changes_count < TRIAGE_CHANGES - 2; /* for it, and for the gathering one */
    if (!room || own == NULL || own->state != INCIDENT_OPEN || own->held ||
        triage->time_us - own->opened_us > triage->policy.mass_loss_us ||
        mass_is_grave(own->priority, own->risk) || mass_has_alarm(triage, unit)) {
        return;
    }
    unit->risk = own->resolve == RESOLVE_PENDING ? unit->risk : own->risk;
    mass_reference(into->id, reference);
    struct history_entry entry = {.pos = pos,
                                  .time_us = triage->time_us,
                                  .kind = HISTORY(CLOSED),
                                  .text = reference,
                                  .outcome = OUTCOME_GATHERED};
    history_add(own, &entry);
    lifecycle_close(triage, own, OUTCOME_GATHERED);
    triage_change(out, TRIAGE_CHANGE_CLOSED, own->id, 0);
    mass_reference(own->id, reference);
    size_t used = strlen(list);
    (void)snprintf(list + used, LIMIT_NOTE - used, "%s%s", used == 0 ? "" : ", ", reference);
}

/* Everybody who went down lately comes in. */
static void
mass_gather_fresh(struct triage *triage, struct network *network, struct triage_incident *incident,
                  uint64_t pos, struct triage_out *out)
{
    char list[LIMIT_NOTE] = "";
    const struct chain *fresh = &network->chains[MASS_FRESH];
    while (fresh->count > 0) {
        struct unit *unit = &triage->units[fresh->first];
        incident->signal_count++;
        mass_fold(triage, unit, incident, pos, list, out);
        (void)mass_gather(triage, network, unit, pos);
    }
    if (list[0] != '\0') {
        struct history_entry entry = {
            .pos = pos, .time_us = triage->time_us, .kind = HISTORY(GATHERED), .text = list};
        history_add(incident, &entry);
    }
}

/* False: no incident could be had. */
static bool
mass_open(struct triage *triage, struct network *network, const struct unit *unit,
          const struct arrival *arrival, struct triage_out *out)
{
    uint64_t pos = arrival->view.pos;
    uint32_t priority = priority_of(arrival->view.kind, arrival->hint, unit->risk);
    struct triage_incident *incident = lifecycle_open(triage, pos, triage->time_us, priority, out);
    if (incident == NULL) {
        return false;
    }
    network->incident = incident->id;
    network->shown_us = triage->time_us;
    network->forgotten = 0;
    incident->kind = arrival->view.kind;
    incident->risk = unit->risk;
    incident->loss = true;
    incident->technical = true;
    incident->mass = true;
    incident->resolve = RESOLVE_CHECKED; /* a network has no case to look for */
    incident->signal_badges = UINT32_C(1) << BADGE_MASS_LOSS;
    if (triage->duty_count == 0) {
        incident->signal_badges |= UINT32_C(1) << BADGE_NO_OPERATOR;
    }
    incident->badges = incident->signal_badges;
    text_copy(incident->network, sizeof(incident->network), network->name);
    struct history_entry entry = {.pos = pos,
                                  .time_us = triage->time_us,
                                  .kind = HISTORY(OPENED),
                                  .text = signal_kind_text(arrival->view.kind)};
    history_add(incident, &entry);
    mass_gather_fresh(triage, network, incident, pos, out);
    mass_count(network, incident);
    lifecycle_rank(triage, incident);
    triage_change(out, TRIAGE_CHANGE_OPENED, incident->id, 0);
    return true;
}

/* No incident gathers this network's losses yet. True: now one does, this loss included. */
static bool
mass_wait(struct triage *triage, struct network *network, struct unit *unit,
          const struct arrival *arrival, struct triage_out *out)
{
    network_expire(triage, network, triage->time_us - triage->policy.mass_loss_us);
    if (unit->network == 0) {
        unit->down_us = triage->time_us;
        network_enter(triage, network, unit, MASS_FRESH);
    }
    if (network->chains[MASS_FRESH].count < triage->policy.mass_loss_units ||
        mass_stands_alone(triage, unit,
                          arrival)) { /* the next one opens it: one id, one incident */
        return false;
    }
    return mass_open(triage, network, unit, arrival, out);
}

bool
mass_take(struct triage *triage, struct unit *unit, const struct arrival *arrival,
          const struct triage_event *event, struct triage_out *out)
{
    const Larwm__Journal__Supervision *said = event->supervision;
    uint32_t risk = (uint32_t)said->risk;
    struct network *network = network_get(triage, said->network);
    if (network == NULL) {
        return false;
    }
    if (unit->network != 0 && network != &triage->networks[unit->network - 1]) {
        struct network *before = &triage->networks[unit->network - 1];
        network_leave(triage, unit); /* it has another contract now */
        if (before->incident != 0) {
            mass_settle(triage, before, event->pos, false, OUTCOME_TECHNICAL_RESOLVED, out);
        }
        network_release(triage, before);
    }
    unit->risk = (uint8_t)(risk <= RISK_VERY_HIGH ? risk : RISK_UNKNOWN);
    bool alone = mass_stands_alone(triage, unit, arrival);
    if (network->incident == 0) {
        bool taken = mass_wait(triage, network, unit, arrival, out);
        out->gathered = taken ? network->incident : 0;
        return taken;
    }
    struct triage_incident *incident = lifecycle_find(triage, network->incident);
    incident->signal_count++;
    incident->last_signal_us = triage->time_us;
    bool raised = mass_gather(triage, network, unit, event->pos);
    mass_settle(triage, network, event->pos, raised, OUTCOME_RESTORED, out);
    out->gathered = alone ? 0 : network->incident;
    return !alone;
}

bool
mass_take_resolved(struct triage *triage, const struct arrival *arrival, const Larwm__Card *card,
                   uint64_t pos, struct triage_out *out)
{
    struct unit *unit = unit_find(triage, arrival->unit_key);
    struct card_facts facts;
    if (unit == NULL || !mass_is_gathered(unit)) {
        return false;
    }
    card_read(card, &facts);
    if (facts.case_id != 0) {
        unit->risk = facts.risk;
    }
    struct network *network = &triage->networks[unit->network - 1];
    bool alone = mass_stands_alone(triage, unit, arrival);
    bool raised = mass_gather(triage, network, unit, pos);
    mass_settle(triage, network, pos, raised, OUTCOME_RESTORED, out);
    out->gathered = alone ? 0 : network->incident;
    return !alone;
}

void
mass_take_back(struct triage *triage, struct unit *unit, uint64_t pos, struct triage_out *out)
{
    struct network *network = unit->network == 0 ? NULL : &triage->networks[unit->network - 1];
    bool down = loss_kind(unit) != SIGNAL_UNKNOWN;
    if (network == NULL || unit->chain == MASS_BACK) {
        return;
    }
    if (unit->chain == MASS_FRESH) {
        if (!down) {
            network_leave(triage, unit);
            network_release(triage, network);
        }
        return;
    }
    network_enter(triage, network, unit, down ? network_bucket(unit) : MASS_BACK);
    mass_settle(triage, network, pos, false, OUTCOME_RESTORED, out);
}

void
mass_take_out(struct triage *triage, struct unit *unit, uint64_t pos, struct triage_out *out)
{
    struct network *network = unit->network == 0 ? NULL : &triage->networks[unit->network - 1];
    if (network == NULL || unit->chain == MASS_BACK) {
        return;
    }
    bool listed = mass_is_gathered(unit);
    network_leave(triage, unit);
    if (!listed) {
        network_release(triage, network);
        return;
    }
    struct triage_incident *incident = lifecycle_find(triage, network->incident);
    require(incident != NULL);
    loss_unsupervised(triage, incident, unit, pos);
    mass_settle(triage, network, pos, false, OUTCOME_TECHNICAL_RESOLVED, out);
}

void
mass_forget(struct triage *triage, struct unit *unit)
{
    struct network *network = unit->network == 0 ? NULL : &triage->networks[unit->network - 1];
    if (network != NULL) {
        network->forgotten += mass_is_gathered(unit) ? 1 : 0;
        network_leave(triage, unit);
        network_release(triage, network);
    }
}

void
mass_ended(struct triage *triage, struct triage_incident *incident)
{
    struct network *network = incident->mass ? network_find(triage, incident->network) : NULL;
    if (network == NULL || network->incident != incident->id) {
        return;
    }
    for (unsigned i = 0; i < MASS_CHAINS; i++) {
        while (network->chains[i].count > 0) {
            network_leave(triage, &triage->units[network->chains[i].first]);
        }
    }
    network->incident = 0;
    network_release(triage, network);
}
