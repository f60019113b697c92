/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows for PostgreSQL: every incident a record touched, as it stands after it, with the history the
 * record wrote and the police message; and, once all that is there, what the journal may drop.
 */
#include "desk/internal.h"

#include "base/hash.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

Larwm__Card *
desk_card_of(struct desk *desk, const struct triage_incident *incident)
{
    arena_reset(&desk->view_arena);
    return incident->card_size == 0 ? NULL
                                    : larwm__card__unpack(&desk->view_arena.allocator,
                                                          incident->card_size, incident->card);
}

/* The entries this record wrote: the last ones, since entries are added at the end only. Some may
 * be recorded, when a record of many parts came so far. */
static void
desk_record_history(struct desk *desk, const struct desk_turn *turn,
                    const struct triage_incident *incident, struct desk_item *item)
{
    uint32_t first = incident->history_kept;
    uint32_t recorded =
        item != NULL && item->recorded_pos == turn->record->pos ? item->recorded : 0;
    while (first > 0 && incident->history[first - 1].pos == turn->record->pos) {
        first--;
    }
    for (uint32_t i = first + recorded; i < incident->history_kept; i++) {
        const struct incident_history *entry = &incident->history[i];
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
    if (item != NULL) {
        item->recorded_pos = turn->record->pos;
        item->recorded = incident->history_kept - first;
    }
}

/* What the rows say of the card, wherever it was read: until the next card is read. */
struct references
{
    const char *linked_case;
    const char *case_reference;
    const char *marker_reference;
    const char *force;
};

static void
references_read(const Larwm__Card *card, struct references *to)
{
    *to = (struct references){"", "", "", ""};
    if (card == NULL) {
        return;
    }
    to->linked_case = card->linked_case;
    if (card->case_card != NULL) {
        to->case_reference = card->case_card->reference;
    }
    if (card->marker != NULL) {
        to->marker_reference = card->marker->reference;
    }
    if (card->force != NULL) {
        to->force = card->force->code;
    }
}

/* What does not fit is read again each time. */
static void
references_keep(struct desk_references *kept, uint32_t turn, const struct references *from)
{
    bool whole = text_copy(kept->linked_case, sizeof kept->linked_case, from->linked_case);
    whole =
        text_copy(kept->case_reference, sizeof kept->case_reference, from->case_reference) && whole;
    whole =
        text_copy(kept->marker_reference, sizeof kept->marker_reference, from->marker_reference) &&
        whole;
    whole = text_copy(kept->force, sizeof kept->force, from->force) && whole;
    kept->turn = whole ? turn : 0;
}

/* Read out of the card once for each card it has: a storm of presses changes the incident a
 * thousand times, and its card not once. */
static void
references_of(struct desk *desk, const struct triage_incident *incident, struct desk_item *item,
              struct references *to)
{
    struct desk_references *kept = item == NULL ? NULL : &item->references;
    if (kept != NULL && kept->turn != 0 && kept->turn == incident->card_turn) {
        *to = (struct references){kept->linked_case, kept->case_reference, kept->marker_reference,
                                  kept->force};
        return;
    }
    references_read(desk_card_of(desk, incident), to);
    if (kept != NULL) {
        references_keep(kept, incident->card_turn, to);
    }
}

/* The police row is written when it says something else than before: it carries the whole message,
 * and a press more does not change it. */
static bool
escalation_is_news(struct desk_item *item, const struct escalation_plan *plan, const char *force)
{
    if (item == NULL) {
        return true;
    }
    const size_t from = offsetof(struct escalation_plan, state);
    const size_t to = offsetof(struct escalation_plan, queued_by);
    _Static_assert(offsetof(struct escalation_plan, log_number) ==
                           offsetof(struct escalation_plan, queued_by) + sizeof plan->queued_by &&
                       offsetof(struct escalation_plan, rejection) + sizeof plan->rejection +
                               _Alignof(struct escalation_plan) >
                           sizeof *plan,
                   "the texts stand last, or a change of what follows them is not written");
    uint64_t hash = hash_bytes(item->has_message ? 2 : 1, (const uint8_t *)plan + from, to - from);
    hash = hash_bytes(hash, plan->queued_by, strlen(plan->queued_by));
    hash = hash_bytes(hash, plan->log_number, strlen(plan->log_number));
    hash = hash_bytes(hash, plan->rejection, strlen(plan->rejection));
    hash = hash_bytes(hash, force, strlen(force));
    bool news = hash != item->police_row;
    item->police_row = hash;
    return news;
}

static void
desk_record_escalation(struct desk *desk, const struct desk_turn *turn,
                       const struct escalation_plan *plan, struct desk_item *item,
                       const char *force)
{
    char message_id[32];
    if (plan->state == ESCALATION_NONE || !escalation_is_news(item, plan, force)) {
        return;
    }
    escalation_message_id(plan->incident, message_id);
    record_escalation(desk->record,
                      &(struct record_escalation){
                          .pos = turn->record->pos,
                          .incident = plan->incident,
                          .state = (enum escalation_state)plan->state,
                          .message_id = message_id,
                          .force = force,
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
    const struct escalation_plan *plan = desk_plan_of(desk, incident->id);
    struct desk_item *item = desk_item_of(desk, incident->id, false);
    struct references references;
    char message_id[32];
    char technical[DESK_TECHNICAL];
    references_of(desk, incident, item, &references);
    struct record_incident row = {
        .pos = turn->record->pos,
        .id = incident->id,
        .epoch = incident->epoch,
        .state = (enum incident_state)incident->state,
        .priority = (enum priority)incident->priority,
        .risk = (enum risk)incident->risk,
        .kind = (enum signal_kind)incident->kind,
        .case_id = incident->case_id,
        .case_reference = references.case_reference,
        .property = incident->property,
        .linked_case = references.linked_case,
        .marker_reference = references.marker_reference,
        .unit = incident->signals_kept > 0 ? incident_signal(incident, 0)->unit : "",
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
    if (plan != NULL && plan->state != ESCALATION_NONE) {
        escalation_message_id(incident->id, message_id);
        row.police_message = message_id;
        row.police_state = (enum escalation_state)plan->state;
        row.police_log = plan->log_number;
    }
    record_incident(desk->record, &row);
    desk_record_history(desk, turn, incident, item);
    if (plan != NULL) {
        desk_record_escalation(desk, turn, plan, item, references.force);
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
