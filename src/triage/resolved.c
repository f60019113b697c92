/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RESOLVED: whose life it is. A waiting signal opens or joins an incident; an incident that is open
 * takes the newer card. Priority and risk only go up.
 */
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

static void
resolved_note(struct triage *triage, struct triage_incident *incident, uint64_t pos, uint32_t kind,
              const char *text)
{
    struct history_entry entry = {
        .pos = pos, .time_us = triage->time_us, .kind = kind, .text = text};
    history_add(incident, &entry);
}

bool
resolved_raise(struct triage *triage, struct triage_incident *incident, uint32_t kind,
               uint32_t priority, uint32_t risk, uint64_t pos)
{
    bool raised = priority < incident->priority;
    bool graver_kind = raised || loss_is_graver(kind, incident->kind) ||
                       (priority == incident->priority && priority_rule(kind)->attack &&
                        !priority_rule(incident->kind)->attack);
    if (graver_kind) {
        incident->kind = (uint8_t)kind;
    }
    if (raised) {
        incident->priority = (uint8_t)priority;
        resolved_note(triage, incident, pos, HISTORY(RAISED), priority_text((int)priority));
    }
    incident->risk = (uint8_t)priority_graver_risk(incident->risk, risk);
    lifecycle_rank(triage, incident);
    return raised;
}

/* Newer than what is known? A fix without a time is as old as its arrival. */
static bool
resolved_take_fix(struct triage_incident *incident, const struct incident_position *position)
{
    if (position->source == POSITION_NONE) {
        return false;
    }
    const struct incident_position *known = &incident->position;
    bool older = known->source != POSITION_NONE && known->fix_us != 0 && position->fix_us != 0 &&
                 position->fix_us < known->fix_us;
    if (older) {
        return false;
    }
    memcpy(&incident->position, position, sizeof(*position));
    return true;
}

static uint32_t
resolved_add_signal(struct triage_incident *incident, const struct arrival *arrival)
{
    const struct incident_signal *signal = &arrival->view;
    bool press = history_is_press(signal);
    history_add_signal(incident, signal);
    incident->signal_count++;
    incident->repeat_count += signal->repeats;
    incident->press_count += press ? 1 : 0;
    incident->silent = incident->silent || arrival->silent;
    incident->receipt_silent = incident->receipt_silent || arrival->silent;
    incident->signal_badges |= arrival->signal_badges;
    incident->badges |= arrival->signal_badges;
    if (arrival->time_us > incident->last_signal_us) {
        incident->last_signal_us = arrival->time_us;
    }
    uint32_t what = press && incident->press_count > 1 ? TRIAGE_WHAT_PRESS : 0;
    return what | (resolved_take_fix(incident, &arrival->position) ? TRIAGE_WHAT_POSITION : 0);
}

static void
resolved_note_recent(struct triage *triage, const struct arrival *arrival,
                     const struct triage_incident *incident)
{
    struct unit *unit = unit_find(triage, arrival->unit_key);
    repeat_note_incident(unit, arrival->view.pos, incident->id, true);
    correlation_note_unit(triage, (struct triage_incident *)incident, arrival->unit_key);
}

static void
resolved_cancel(struct triage *triage, struct triage_incident *incident, uint64_t pos)
{
    incident->signal_badges |= UINT32_C(1) << BADGE_CANCEL_RECEIVED;
    incident->badges |= UINT32_C(1) << BADGE_CANCEL_RECEIVED;
    resolved_note(triage, incident, pos, HISTORY(CANCEL_CODE), NULL);
}

void
resolved_take_cancel(struct triage *triage, struct triage_incident *incident,
                     const struct arrival *arrival, bool badge, struct triage_out *out)
{
    resolved_add_signal(incident, arrival);
    if (badge) {
        resolved_cancel(triage, incident, arrival->view.pos);
    } else {
        resolved_note(triage, incident, arrival->view.pos, HISTORY(CANCEL_CODE),
                      arrival->view.zone);
    }
    triage_change(out, TRIAGE_CHANGE_SIGNAL, incident->id, TRIAGE_WHAT_CANCEL);
}

void
resolved_take_position(struct triage *triage, struct triage_incident *incident,
                       const struct incident_position *position, struct triage_out *out)
{
    if (resolved_take_fix(incident, position)) {
        triage_change(out, TRIAGE_CHANGE_SIGNAL, incident->id, TRIAGE_WHAT_POSITION);
    }
}

static void
resolved_start_flapping(struct triage *triage, struct triage_incident *incident,
                        const struct arrival *arrival)
{
    struct zone *zone = flapping_find(triage, arrival->zone_key);
    incident->flapping = true;
    incident->flap_key = arrival->zone_key;
    incident->flap_from_us = arrival->time_us;
    text_copy(incident->flap_unit, sizeof(incident->flap_unit), arrival->view.unit);
    text_copy(incident->flap_zone, sizeof(incident->flap_zone), arrival->view.zone);
    incident->signal_badges |= UINT32_C(1) << BADGE_FLAPPING;
    if (zone != NULL) {
        zone->incident = incident->id;
        zone->reported_us = triage->time_us;
        incident->flap_edges = zone->total;
    }
}

static void
resolved_open(struct triage *triage, const struct arrival *arrival, const Larwm__Card *card,
              const struct card_facts *facts, uint32_t priority, uint64_t pos,
              struct triage_incident *incident)
{
    incident->kind = arrival->view.kind;
    incident->risk = facts->risk;
    incident->test = arrival->test;
    incident->loss = arrival->loss;
    incident->technical = arrival->loss || arrival->flapping || priority >= PRIORITY_P3;
    if (arrival->test) {
        incident->signal_badges |= UINT32_C(1) << BADGE_TEST;
    }
    if (triage->duty_count == 0) {
        incident->signal_badges |= UINT32_C(1) << BADGE_NO_OPERATOR;
    }
    if (arrival->flapping) {
        resolved_start_flapping(triage, incident, arrival);
    }
    struct history_entry opened = {.pos = pos,
                                   .time_us = arrival->time_us,
                                   .kind = HISTORY(OPENED),
                                   .text = signal_kind_text(arrival->view.kind)};
    history_add(incident, &opened);
    resolved_add_signal(incident, arrival);
    incident->badges = incident->signal_badges;
    if (card != NULL) {
        card_apply(incident, card, facts);
        resolved_note(triage, incident, pos, HISTORY(RESOLVED), NULL);
    }
    lifecycle_rank(triage, incident);
}

/* Whose card does the operator see? The first, unless the newer one is graver or better founded. */
static bool
resolved_card_is_better(const struct triage_incident *incident, const struct card_facts *facts,
                        bool raised)
{
    if (facts->case_id == 0 && incident->case_id != 0) {
        return false;
    }
    return incident->card_size == 0 || raised || (facts->case_id != 0 && incident->case_id == 0) ||
           (facts->resolve == RESOLVE_CHECKED && incident->resolve != RESOLVE_CHECKED);
}

/* Replaces the card; true when what people must hear about changed. */
static bool
resolved_replace_card(struct triage *triage, struct triage_incident *incident,
                      const Larwm__Card *card, const struct card_facts *facts, uint64_t pos)
{
    bool first = incident->resolve == RESOLVE_PENDING;
    bool changed = incident->card_hash != facts->hash;
    correlation_leave(triage, incident);
    card_apply(incident, card, facts);
    correlation_link(triage, incident);
    correlation_enter(triage, incident);
    if (first) {
        resolved_note(triage, incident, pos, HISTORY(RESOLVED), NULL);
    } else if (changed) {
        resolved_note(triage, incident, pos, HISTORY(RECHECKED),
                      marker_status_text(incident->marker));
    }
    return changed;
}

static uint32_t
resolved_list(struct triage_incident *incident, const struct arrival *arrival, uint64_t pos)
{
    struct history_entry entry = {.pos = pos,
                                  .time_us = arrival->time_us,
                                  .kind = HISTORY(SIGNAL),
                                  .text = signal_kind_text(arrival->view.kind)};
    history_add(incident, &entry);
    return resolved_add_signal(incident, arrival);
}

static void
resolved_join(struct triage *triage, struct triage_incident *incident,
              const struct arrival *arrival, struct answer_card *answer,
              const struct card_facts *facts, uint32_t priority, uint64_t pos,
              struct triage_out *out)
{
    uint32_t what = resolved_list(incident, arrival, pos);
    bool raised = resolved_raise(triage, incident, arrival->view.kind, priority, facts->risk, pos);
    what |= raised ? TRIAGE_WHAT_RAISED : 0;
    bool better = resolved_card_is_better(incident, facts, raised);
    const Larwm__Card *card = better ? answer_card_take(answer) : NULL;
    if (card != NULL && resolved_replace_card(triage, incident, card, facts, pos)) {
        what |= TRIAGE_WHAT_CARD;
    }
    triage_change(out, TRIAGE_CHANGE_SIGNAL, incident->id, what);
}

uint32_t
resolved_join_again(struct triage *triage, struct triage_incident *incident,
                    const struct arrival *arrival, uint64_t pos)
{
    uint32_t what = resolved_list(incident, arrival, pos);
    uint32_t priority = priority_of(arrival->view.kind, arrival->hint, incident->risk);
    (void)resolved_raise(triage, incident, arrival->view.kind, priority, incident->risk, pos);
    resolved_note_recent(triage, arrival, incident);
    if (arrival->cancelled) {
        resolved_cancel(triage, incident, pos);
    }
    return what;
}

static struct triage_incident *
resolved_place_answer(struct triage *triage, const struct arrival *arrival,
                      struct answer_card *answer, const struct card_facts *facts, uint64_t pos,
                      struct triage_out *out)
{
    uint32_t priority = arrival->flapping
                            ? PRIORITY_P4
                            : priority_of(arrival->view.kind, arrival->hint, facts->risk);
    struct triage_incident *incident = correlation_find(triage, arrival, facts, priority);
    if (incident != NULL) {
        resolved_join(triage, incident, arrival, answer, facts, priority, pos, out);
    } else {
        const Larwm__Card *card = answer_card_take(answer);
        incident = lifecycle_open(triage, arrival->view.pos, arrival->time_us, priority, out);
        if (incident == NULL) {
            out->overload = true;
            return NULL;
        }
        resolved_open(triage, arrival, card, facts, priority, pos, incident);
        correlation_link(triage, incident);
        correlation_enter(triage, incident);
        triage_change(out, TRIAGE_CHANGE_OPENED, incident->id, 0);
    }
    resolved_note_recent(triage, arrival, incident);
    again_note(triage, arrival, facts, incident);
    loss_placed(triage, arrival, incident);
    if (arrival->cancelled) {
        resolved_cancel(triage, incident, pos);
    }
    return incident;
}

struct triage_incident *
resolved_place(struct triage *triage, const struct arrival *arrival, const Larwm__Card *card,
               uint64_t pos, struct triage_out *out)
{
    struct answer_card answer = {.card = card};
    struct card_facts facts;
    card_read(card, &facts);
    return resolved_place_answer(triage, arrival, &answer, &facts, pos, out);
}

/* A re-check of an open incident. An answer that knows less than the present one (the database went
 * away in between) does not take the case off the screen. */
static void
resolved_recheck(struct triage *triage, struct triage_incident *incident, const Larwm__Card *card,
                 uint64_t pos, struct triage_out *out)
{
    struct card_facts facts;
    card_read(card, &facts);
    bool knows_less =
        facts.case_id == 0 && incident->case_id != 0 && facts.resolve != RESOLVE_CHECKED;
    if (card == NULL || incident->state == INCIDENT_CLOSED || knows_less) {
        return;
    }
    uint32_t what = 0;
    if (resolved_replace_card(triage, incident, card, &facts, pos)) {
        what |= TRIAGE_WHAT_CARD;
    }
    uint32_t priority =
        incident->flapping ? PRIORITY_P4 : priority_of(incident->kind, PRIORITY_NONE, facts.risk);
    if (resolved_raise(triage, incident, incident->kind, priority, facts.risk, pos)) {
        what |= TRIAGE_WHAT_RAISED;
    }
    triage_change(out, TRIAGE_CHANGE_SIGNAL, incident->id, what);
}

void
resolved_step(struct triage *triage, const struct triage_event *event, struct triage_out *out)
{
    const Larwm__Journal__Resolved *resolved = event->resolved;
    struct triage_incident *incident = lifecycle_find(triage, resolved->incident);
    if (incident != NULL) {
        resolved_recheck(triage, incident, resolved->card, event->pos, out);
        return;
    }
    struct arrival *arrival = waiting_find(triage, resolved->signal_pos);
    if (arrival == NULL) {
        return; /* answered before: the first answer opened the incident */
    }
    if (arrival->loss && loss_is_over(triage, arrival)) { /* the unit is back already */
        waiting_remove(triage, resolved->signal_pos);
        return;
    }
    struct answer_card answer;
    struct card_facts facts;
    if (!answer_card_of(triage, resolved, &answer, &facts)) { /* asked for again: it may wait */
        out->resolve = true;
        out->resolve_pos = resolved->signal_pos;
        return;
    }
    if (arrival->loss &&
        mass_take_resolved(triage, arrival, answer_card_take(&answer), event->pos, out)) {
        waiting_remove(triage, resolved->signal_pos);
        answer_card_free(&answer);
        return;
    }
    incident = resolved_place_answer(triage, arrival, &answer, &facts, event->pos, out);
    answer_card_free(&answer);
    if (incident == NULL) {
        out->resolve = true;
        out->resolve_pos = resolved->signal_pos;
    } else {
        again_place(triage, arrival, incident, event->pos, out);
        waiting_remove(triage, resolved->signal_pos);
    }
}
