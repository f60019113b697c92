/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows for PostgreSQL: every incident a record touched, as it stands after it, with the history the
 * record wrote and the police message; and, once all that is there, what the journal may drop.
 */
#include "desk/internal.h"

#include <string.h>

Larwm__Card *
desk_card_of(struct desk *desk, const struct triage_incident *incident)
{
    arena_reset(&desk->view_arena);
    return incident->card_size == 0 ? NULL
                                    : larwm__card__unpack(&desk->view_arena.allocator,
                                                          incident->card_size, incident->card);
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
                       const struct escalation_plan *plan, const Larwm__Card *card)
{
    char message_id[32];
    const struct desk_item *item = desk_item_of(desk, plan->incident, false);
    if (plan->state == ESCALATION_NONE) {
        return;
    }
    escalation_message_id(plan->incident, message_id);
    record_escalation(desk->record,
                      &(struct record_escalation){
                          .pos = turn->record->pos,
                          .incident = plan->incident,
                          .state = (enum escalation_state)plan->state,
                          .message_id = message_id,
                          .force = card == NULL || card->force == NULL ? "" : card->force->code,
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

/* What the row says of the card: references and numbers, no name and no address. */
static void
desk_record_card(struct record_incident *row, const Larwm__Card *card)
{
    if (card == NULL) {
        return;
    }
    row->linked_case = card->linked_case;
    if (card->case_card != NULL) {
        row->case_reference = card->case_card->reference;
    }
    if (card->marker != NULL) {
        row->marker_reference = card->marker->reference;
    }
}

static void
desk_record_one(struct desk *desk, const struct desk_turn *turn,
                const struct triage_incident *incident)
{
    const struct escalation_plan *plan = desk_plan_of(desk, incident->id);
    const Larwm__Card *card = desk_card_of(desk, incident);
    char message_id[32];
    char technical[DESK_TECHNICAL];
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
        .technical = desk_view_technical(incident, technical),
    };
    desk_record_card(&row, card);
    if (plan != NULL && plan->state != ESCALATION_NONE) {
        escalation_message_id(incident->id, message_id);
        row.police_message = message_id;
        row.police_state = (enum escalation_state)plan->state;
        row.police_log = plan->log_number;
    }
    record_incident(desk->record, &row);
    desk_record_history(desk, turn, incident);
    if (plan != NULL) {
        desk_record_escalation(desk, turn, plan, card);
    }
}

void
desk_record_touched(struct desk *desk, struct desk_turn *turn)
{
    for (unsigned i = 0; i < turn->touched_count; i++) {
        const struct triage_incident *incident = triage_find(desk->triage, turn->touched[i]);
        if (incident != NULL) {
            desk_record_one(desk, turn, incident);
        }
    }
    turn->touched_count = 0;
}

void
desk_record_turn(struct desk *desk, struct desk_turn *turn)
{
    desk_record_touched(desk, turn);
    record_advance(desk->record, turn->record->pos);
}

void
desk_record_disclosure(struct desk *desk, const struct desk_turn *turn, uint64_t incident,
                       const char *actor, const char *fields, const char *receiver,
                       const char *reason)
{
    const struct triage_incident *found = triage_find(desk->triage, incident);
    const Larwm__Card *card = found == NULL ? NULL : desk_card_of(desk, found);
    char reference[32];
    if (card == NULL || card->case_card == NULL) {
        return;
    }
    if (receiver == NULL) { /* the force the message goes to */
        receiver = card->force == NULL ? "" : card->force->code;
    }
    desk_reference(incident, reference);
    record_disclosure(desk->record,
                      &(struct record_disclosure){.pos = turn->record->pos,
                                                  .time_us = turn->record->time_us,
                                                  .actor = actor,
                                                  .case_reference = card->case_card->reference,
                                                  .incident = reference,
                                                  .fields = fields,
                                                  .receiver = receiver,
                                                  .reason = reason});
}
