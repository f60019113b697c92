/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one record changed: each change of triage goes to escalation, each note of escalation back
 * into the incident's history, and every touched incident is shown and recorded once.
 */
#include "desk/internal.h"

#include <stdio.h>
#include <string.h>

void
desk_reference(uint64_t incident, char to[32])
{
    (void)snprintf(to, 32, "%u-%llu", (unsigned)(incident >> 48),
                   (unsigned long long)(incident & ((UINT64_C(1) << 48) - 1)));
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
        case TRIAGE_CHANGE_REMOVED:
        default:
            return false;
    }
}

void
desk_changes(struct desk *desk, struct desk_turn *turn, const struct triage_out *out,
             const Larwm__Journal__Action *action)
{
    for (uint32_t i = 0; i < out->changes_count; i++) {
        const struct triage_change *change = &out->changes[i];
        if (change->kind == TRIAGE_CHANGE_REMOVED) {
            struct escalation_out gone;
            escalation_step(desk->escalation,
                            &(struct escalation_event){.kind = ESCALATION_REMOVED,
                                                       .time_us = turn->record->time_us,
                                                       .incident = change->incident},
                            &gone);
            desk_item_drop(desk, change->incident);
            continue;
        }
        if (change->kind != TRIAGE_CHANGE_NONE) {
            desk_touch(desk, turn, change->incident);
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

static void
desk_record_history(struct desk *desk, const struct desk_turn *turn,
                    const struct triage_incident *incident)
{
    for (uint32_t i = 0; i < incident->history_kept; i++) {
        const struct incident_history *entry = &incident->history[i];
        if (entry->pos != turn->record->pos) {
            continue;
        }
        record_history(desk->record,
                       &(struct record_history){.pos = turn->record->pos,
                                                .incident = incident->id,
                                                .time_us = entry->time_us,
                                                .kind = entry->kind,
                                                .user = incident_history_user(incident, entry),
                                                .text = incident_history_text(incident, entry),
                                                .alert = (enum alert_level)entry->alert,
                                                .outcome = (enum outcome)entry->outcome});
    }
}

static void
desk_record_escalation(struct desk *desk, const struct desk_turn *turn,
                       const struct escalation_plan *plan)
{
    char message_id[32];
    const struct desk_item *item = desk_item_of(desk, plan->incident, false);
    const struct triage_incident *incident = triage_find(desk->triage, plan->incident);
    if (plan->state == ESCALATION_NONE || incident == NULL) {
        return;
    }
    struct resolve_answer answer = {.status = RESOLVE_PENDING};
    if (incident->card_size > 0 &&
        resolve_answer_from_card(incident->card, incident->card_size, &answer) != ERROR_NONE) {
        answer.force[0] = '\0';
    }
    escalation_message_id(plan->incident, message_id);
    record_escalation(desk->record, &(struct record_escalation){
                                        .pos = turn->record->pos,
                                        .incident = plan->incident,
                                        .state = (enum escalation_state)plan->state,
                                        .message_id = message_id,
                                        .force = answer.force,
                                        .reason = (enum escalation_reason)plan->reason,
                                        .unverified_since_us = plan->unverified_since_us,
                                        .message = item != NULL && item->has_message ? item->message : "",
                                        .queued_by = plan->queued_by,
                                        .queued_us = plan->queued_us,
                                        .sent_us = plan->sent_us,
                                        .answered_us = plan->answered_us,
                                        .log_number = plan->log_number,
                                        .rejection = plan->rejection,
                                        .tries = plan->tries,
                                        .update_no = plan->update_no,
                                        .update_sent = plan->update_sent,
                                        .cancel_wanted = plan->cancel_wanted});
}

static void
desk_record_one(struct desk *desk, const struct desk_turn *turn,
                const struct triage_incident *incident)
{
    const struct escalation_plan *plan = escalation_find(desk->escalation, incident->id);
    struct record_incident row = {
        .pos = turn->record->pos,
        .id = incident->id,
        .epoch = incident->epoch,
        .state = (enum incident_state)incident->state,
        .priority = (enum priority)incident->priority,
        .risk = (enum risk)incident->risk,
        .kind = (enum signal_kind)incident->kind,
        .case_id = incident->case_id,
        .property = incident->property,
        .unit = incident->signals_kept > 0 ? incident->signals[0].unit : "",
        .owner = incident->owner,
        .opened_us = incident->opened_us,
        .last_signal_us = incident->last_signal_us,
        .claimed_us = incident->claimed_us,
        .closed_us = incident->closed_us,
        .outcome = (enum outcome)incident->outcome,
        .alert = plan == NULL ? ALERT_QUEUE : (enum alert_level)plan->alert,
        .signal_count = incident->signal_count,
        .press_count = incident->press_count,
        .repeat_count = incident->repeat_count,
        .badges = incident->badges,
        .test = incident->test,
        .resolve = (enum resolve_status)incident->resolve,
        .marker = (enum marker_status)incident->marker,
    };
    record_incident(desk->record, &row);
    desk_record_history(desk, turn, incident);
    if (plan != NULL) {
        desk_record_escalation(desk, turn, plan);
    }
}

void
desk_record_turn(struct desk *desk, struct desk_turn *turn)
{
    for (unsigned i = 0; i < turn->touched_count; i++) {
        const struct triage_incident *incident = triage_find(desk->triage, turn->touched[i]);
        if (incident != NULL) {
            desk_record_one(desk, turn, incident);
        }
    }
    record_advance(desk->record, turn->record->pos);
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
