/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one record changed: each change of triage goes to escalation, each note of escalation back
 * into the incident's history, and every touched incident is shown and recorded once.
 */
#include "desk/internal.h"

#include "base/text.h"

void
desk_reference(uint64_t incident, char to[32])
{
    char *end = text_put_number(to, incident >> 48);
    *end = '-';
    (void)text_put_number(end + 1, incident & ((UINT64_C(1) << 48) - 1));
}

void
desk_touch(struct desk *desk, struct desk_turn *turn, uint64_t incident)
{
    for (unsigned i = 0; i < turn->touched_count; i++) {
        if (turn->touched[i] == incident) {
            return;
        }
    }
    if (turn->touched_count < DESK_TOUCHED) {
        turn->touched[turn->touched_count] = incident;
        turn->touched_count += 1;
    }
    desk_mark_dirty(desk, incident);
}

static struct escalation_facts
desk_facts(const struct triage_incident *incident)
{
    return (struct escalation_facts){
        .priority = incident->priority,
        .kind = incident->kind,
        .marker = incident->marker,
        .marker_last_known = incident->marker_last_known,
        .marker_last_known_us = incident->marker_last_known_us,
        .consent = incident->consent,
        .case_attached = incident->case_id != 0,
        .unit_blocked = incident->unit_blocked,
        .test = incident->test,
        .technical = incident->technical,
    };
}

/* The text that goes to the control room is fixed at the moment it is queued: what the operator saw
 * is what the officers get, also after a restart. */
static void
desk_freeze_message(struct desk *desk, const struct desk_turn *turn, uint64_t id)
{
    const struct triage_incident *incident = triage_find(desk->triage, id);
    const struct escalation_plan *plan = escalation_find(desk->escalation, id);
    struct desk_item *item = desk_item_of(desk, id, true);
    if (incident == NULL || plan == NULL || item == NULL) {
        return;
    }
    desk_view_message(desk, incident, plan->reason, turn->record->time_us, item->message);
    item->has_message = true;
}

static void
desk_note(struct desk *desk, struct desk_turn *turn, const struct escalation_note *note)
{
    struct triage_remark remark = {
        .incident = note->incident,
        .history = note->history,
        .user = note->user,
        .text = note->text,
        .alert = note->alert,
        .held = note->held,
    };
    struct triage_event event = {.kind = TRIAGE_REMARK,
                                 .pos = turn->record->pos,
                                 .time_us = turn->record->time_us,
                                 .remark = &remark};
    struct triage_out out;
    triage_step(desk->triage, &event, &out);
    desk_touch(desk, turn, note->incident);
}

const struct escalation_plan *
desk_plan_of(struct desk *desk, uint64_t incident)
{
    const struct escalation_plan *plan = escalation_find(desk->escalation, incident);
    if (plan != NULL) {
        return plan;
    }
    const struct desk_item *item = desk_item_of(desk, incident, false);
    return item != NULL && item->settled ? &item->last : NULL;
}

void
desk_escalate(struct desk *desk, struct desk_turn *turn, const struct escalation_event *event,
              struct escalation_out *out)
{
    escalation_step(desk->escalation, event, out);
    if (out->overload) {
        desk_condition_set(desk, DESK_CONDITION_OVERLOAD, true,
                           "no room for another incident: close what is finished");
    }
    if (out->plan_changed) {
        desk_touch(desk, turn, out->incident);
    }
    struct desk_item *item = out->settled ? desk_item_of(desk, out->incident, true) : NULL;
    if (item != NULL) {
        item->settled = true;
        item->last = out->last;
    }
    for (uint32_t i = 0; i < out->notes_count; i++) {
        desk_note(desk, turn, &out->notes[i]);
        if (out->notes[i].history == LARWM__CONSOLE__HISTORY_KIND__HISTORY_POLICE_QUEUED) {
            desk_freeze_message(desk, turn, out->notes[i].incident);
        }
    }
}

/* The event escalation hears of a change, or false when it is none of its business. */
static bool
desk_event_of(const struct desk *desk, const struct triage_change *change,
              const Larwm__Journal__Action *action, struct escalation_event *event)
{
    const struct triage_incident *incident = triage_find(desk->triage, change->incident);
    event->incident = change->incident;
    event->what = change->what;
    if (incident != NULL) {
        event->facts = desk_facts(incident);
        event->outcome = incident->outcome;
        event->user = incident->owner;
    }
    switch (change->kind) {
        case TRIAGE_CHANGE_OPENED:
            event->kind = ESCALATION_OPENED;
            return incident != NULL;
        case TRIAGE_CHANGE_SIGNAL:
            event->kind = ESCALATION_SIGNAL;
            return incident != NULL;
        case TRIAGE_CHANGE_CLAIMED:
            event->kind = ESCALATION_CLAIMED;
            return true;
        case TRIAGE_CHANGE_RELEASED:
            event->kind = ESCALATION_RELEASED;
            return true;
        case TRIAGE_CHANGE_ACTED:
            event->kind = ESCALATION_ACTED;
            return true;
        case TRIAGE_CHANGE_CLOSED:
            event->kind = ESCALATION_CLOSED;
            event->user = action == NULL ? "" : action->user;
            return true;
        case TRIAGE_CHANGE_NONE:
        case TRIAGE_CHANGE_ESCALATE: /* apply.c: it has an answer to give */
        case TRIAGE_CHANGE_SHOWN:
        case TRIAGE_CHANGE_COUNTED:
        case TRIAGE_CHANGE_REMOVED:
        default:
            return false;
    }
}

/* An open incident gave its place to a graver one: that is written down. */
static void
desk_given_up(struct desk *desk, const struct desk_turn *turn, uint64_t incident)
{
    const struct desk_item *item = desk_item_of(desk, incident, false);
    char reference[32];
    if (item == NULL || item->closed) {
        return;
    }
    desk_reference(incident, reference);
    desk_audit(desk, turn, "centre", "give_up", "incident", reference, NULL);
}

void
desk_changes(struct desk *desk, struct desk_turn *turn, const struct triage_out *out,
             const Larwm__Journal__Action *action)
{
    for (uint32_t i = 0; i < out->changes_count; i++) {
        const struct triage_change *change = &out->changes[i];
        if (change->kind == TRIAGE_CHANGE_CLOSED || change->kind == TRIAGE_CHANGE_REMOVED) {
            closings_note(desk->options.closings);
        }
        if (change->kind == TRIAGE_CHANGE_REMOVED) {
            struct escalation_out gone;
            escalation_step(desk->escalation,
                            &(struct escalation_event){.kind = ESCALATION_REMOVED,
                                                       .time_us = turn->record->time_us,
                                                       .incident = change->incident},
                            &gone);
            desk_given_up(desk, turn, change->incident);
            desk_item_drop(desk, change->incident);
            continue;
        }
        if (change->kind == TRIAGE_CHANGE_COUNTED) {
            desk_count_later(desk, change->incident);
            continue;
        }
        if (change->kind != TRIAGE_CHANGE_NONE) {
            desk_touch(desk, turn, change->incident);
        }
        struct desk_item *item = desk_item_of(desk, change->incident, false);
        if (item != NULL && change->kind == TRIAGE_CHANGE_CLOSED) {
            item->closed = true;
        }
        counter_add(incidents_opened, change->kind == TRIAGE_CHANGE_OPENED ? 1 : 0);
        counter_add(incidents_closed, change->kind == TRIAGE_CHANGE_CLOSED ? 1 : 0);
        struct escalation_event event = {.time_us = turn->record->time_us};
        struct escalation_out escalated;
        if (desk_event_of(desk, change, action, &event)) {
            desk_escalate(desk, turn, &event, &escalated);
        }
    }
}

void
desk_audit(struct desk *desk, const struct desk_turn *turn, const char *actor, const char *action,
           const char *subject_kind, const char *subject, const char *detail)
{
    record_audit(desk->record, &(struct record_audit){.pos = turn->record->pos,
                                                      .time_us = turn->record->time_us,
                                                      .actor = actor,
                                                      .action = action,
                                                      .subject_kind = subject_kind,
                                                      .subject = subject,
                                                      .detail = detail});
}
