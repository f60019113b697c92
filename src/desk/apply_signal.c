/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records about signals into the cores: what a unit sent, whose it is, and that a unit fell silent
 * or came back.
 */
#include "desk/internal.h"

/* Whose it is stands in it when nobody had to be asked. */
static void
desk_record_signal(struct desk *desk, const struct desk_turn *turn,
                   const Larwm__Journal__Signal *signal, const struct triage_out *out)
{
    const Larwm__Position *position = signal->position;
    bool has_position =
        position != NULL && position->source != LARWM__POSITION_SOURCE__POSITION_NONE;
    struct record_signal row = {
        .pos = turn->record->pos,
        .durable_us = turn->record->time_us,
        .protocol = (enum protocol)signal->protocol,
        .unit = signal->unit,
        .fingerprint =
            signal->fingerprint.len == LIMIT_FINGERPRINT ? signal->fingerprint.data : NULL,
        .account = signal->account,
        .kind = (enum signal_kind)signal->kind,
        .restore = signal->restore,
        .class_hint = (enum priority)signal->class_hint,
        .code = signal->code,
        .boot_id = signal->boot_id,
        .sequence = signal->sequence,
        .device_time_us = signal->device_time_us,
        .received_us = signal->received_us,
        .has_position = has_position,
        .battery_percent = signal->battery_percent,
        .zone = signal->zone,
        .text = signal->text,
        .content_hash = signal->content_hash,
        .clock_suspect = signal->clock_suspect,
        .credential_expired = signal->credential_expired,
        .raw = signal->raw.data,
        .raw_size = signal->raw.len,
        .network = signal->network,
        .path = (enum path)signal->path,
        .allocation = out->allocation,
        .case_id = out->case_id,
    };
    if (has_position) {
        row.position_source = (enum position_source)position->source;
        row.latitude = position->latitude;
        row.longitude = position->longitude;
        row.accuracy_m = position->accuracy_m;
        row.fix_time_us = position->fix_time_us;
    }
    record_signal(desk->record, &row);
}

/* Repeats of a signal as the incident that this record touched knows them; 0 when it is pending. */
static uint32_t
desk_repeats_of(const struct desk *desk, const struct desk_turn *turn, uint64_t signal_pos)
{
    for (unsigned i = 0; i < turn->touched_count; i++) {
        const struct triage_incident *incident = triage_find(desk->triage, turn->touched[i]);
        for (uint32_t at = 0; incident != NULL && at < incident->signals_kept; at++) {
            if (incident_signal(incident, at)->pos == signal_pos) {
                return incident_signal(incident, at)->repeats;
            }
        }
    }
    return 0;
}

/* The incident a signal opened or joined, 0 none. Other changes may stand before it: a flapping
 * zone's count that was due, an old incident that left, a network's that lists it besides. */
static uint64_t
desk_joined(const struct desk *desk, const struct triage_out *out)
{
    if (out->gathered != 0) {
        return out->gathered;
    }
    for (uint32_t i = 0; i < out->changes_count; i++) {
        if (out->changes[i].kind == TRIAGE_CHANGE_OPENED ||
            out->changes[i].kind == TRIAGE_CHANGE_SIGNAL) {
            const struct triage_incident *incident =
                triage_find(desk->triage, out->changes[i].incident);
            if (incident != NULL && !incident->mass) {
                return incident->id;
            }
        }
    }
    return 0;
}

static void
desk_record_joined(struct desk *desk, const struct desk_turn *turn, const struct triage_out *out,
                   uint64_t signal_pos)
{
    uint64_t incident = desk_joined(desk, out);
    if (incident != 0) {
        record_incident_signal(desk->record,
                               &(struct record_incident_signal){.pos = turn->record->pos,
                                                                .incident = incident,
                                                                .signal_pos = signal_pos});
    }
}

/* A signal that was shown as it came has its incident now, perhaps under another id. */
static void
desk_end_provisional(struct desk *desk, uint64_t signal_pos)
{
    uint64_t id = (uint64_t)desk->options.node << 48 | signal_pos;
    struct desk_item *item = desk_item_of(desk, id, false);
    if (item == NULL || !item->provisional) {
        return;
    }
    item->provisional = false;
    if (triage_find(desk->triage, id) == NULL) {
        desk_item_drop(desk, id);
    }
}

static void
desk_record_repeats(struct desk *desk, const struct desk_turn *turn, const struct triage_out *out)
{
    record_signal_state(desk->record,
                        &(struct record_signal_state){.pos = turn->record->pos,
                                                      .signal_pos = out->repeat_of,
                                                      .repeats = out->repeats,
                                                      .last_repeat_us = out->last_repeat_us});
}

/* Whose the signal is, and which incident has it. */
static void
desk_record_whose(struct desk *desk, const struct desk_turn *turn, uint64_t signal_pos,
                  uint64_t incident, uint64_t allocation, uint64_t case_id)
{
    record_signal_state(desk->record, &(struct record_signal_state){
                                          .pos = turn->record->pos,
                                          .signal_pos = signal_pos,
                                          .incident = incident,
                                          .repeats = desk_repeats_of(desk, turn, signal_pos),
                                          .allocation = allocation,
                                          .case_id = case_id});
}

void
desk_apply_signal(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__Signal *signal)
{
    struct triage_event event = {.kind = TRIAGE_SIGNAL, .signal = signal};
    struct triage_out out;
    desk_step(desk, turn, &event, &out, NULL);
    if (out.repeat) {
        counter_add(desk_repeats, 1);
        desk_record_repeats(desk, turn, &out);
    } else {
        desk_record_signal(desk, turn, signal, &out);
        desk_record_joined(desk, turn, &out, turn->record->pos);
    }
    if (turn->record->live) {
        counter_add(joined_unasked, out.again || out.follows ? 1 : 0);
        desk_silent_seen(desk, signal);
        if (out.resolve) {
            desk_ask_signal(desk, out.resolve_pos, out.resolve_incident, signal);
        }
    }
}

void
desk_apply_repeats(struct desk *desk, struct desk_turn *turn,
                   const Larwm__Journal__Repeats *repeats)
{
    for (size_t i = 0; i < repeats->n_signals; i++) {
        struct triage_event event = {.kind = TRIAGE_REPEATS, .repeat = repeats->signals[i]};
        struct triage_out out;
        desk_step(desk, turn, &event, &out, NULL);
        if (out.repeat) {
            counter_add(desk_repeats, event.repeat->count);
            desk_record_repeats(desk, turn, &out);
        }
        if (turn->touched_count > DESK_TOUCHED - TRIAGE_CHANGES) { /* room for the next one's */
            desk_record_touched(desk, turn);
        }
    }
}

/* Whose it is, from the card of the answer or of the incident it names: before the record is
 * applied, which may change that one. False: it brings no card. */
static bool
desk_answer_says(const struct desk *desk, const Larwm__Journal__Resolved *resolved,
                 uint64_t *ret_allocation, uint64_t *ret_case)
{
    const Larwm__Card *card = resolved->card;
    if (card != NULL) {
        *ret_allocation = card->allocation;
        *ret_case = card->case_card == NULL ? 0 : card->case_card->id;
        return true;
    }
    const struct triage_incident *holder =
        resolved->as_before == 0 ? NULL : triage_find(desk->triage, resolved->as_before);
    if (holder == NULL || holder->card_turn != resolved->card_turn) {
        return false;
    }
    *ret_allocation = holder->allocation;
    *ret_case = holder->case_id;
    return true;
}

void
desk_apply_resolved(struct desk *desk, struct desk_turn *turn,
                    const Larwm__Journal__Resolved *resolved)
{
    struct triage_event event = {.kind = TRIAGE_RESOLVED, .resolved = resolved};
    struct triage_out out;
    uint64_t allocation = 0;
    uint64_t case_id = 0;
    bool answered = desk_answer_says(desk, resolved, &allocation, &case_id);
    desk_step(desk, turn, &event, &out, NULL);
    if (out.resolve && !out.overload) { /* the card it named is not there any more */
        if (turn->record->live) {
            counter_add(resolve_as_before_gone, 1);
            desk_ask_waiting_at(desk, resolved->signal_pos);
        }
        return;
    }
    if (resolved->signal_pos != 0 && answered) {
        uint64_t incident = desk_joined(desk, &out);
        desk_record_whose(desk, turn, resolved->signal_pos, incident, allocation, case_id);
        for (uint32_t i = 0; i < out.followers_count; i++) {
            desk_record_whose(desk, turn, out.followers[i], incident, allocation, case_id);
        }
    }
    if (out.overload) { /* it still waits: asked for again when the auditor looks */
        return;
    }
    desk_end_provisional(desk, resolved->signal_pos);
    for (uint32_t i = 0; i < out.followers_count; i++) {
        desk_end_provisional(desk, out.followers[i]);
    }
    struct desk_item *item =
        resolved->incident == 0 ? NULL : desk_item_of(desk, resolved->incident, false);
    if (item != NULL) {
        item->asked = false;
    }
}

void
desk_apply_answers(struct desk *desk, struct desk_turn *turn,
                   const Larwm__Journal__Answers *answers)
{
    for (size_t i = 0; i < answers->n_answers; i++) {
        desk_apply_resolved(desk, turn, answers->answers[i]);
        if (turn->touched_count > DESK_TOUCHED - TRIAGE_CHANGES) { /* room for the next one's */
            desk_record_touched(desk, turn);
        }
    }
}

/* The interval of a path as its link tests showed it: into PostgreSQL, where the directory finds it
 * at the next start. */
static void
desk_record_learned(struct desk *desk, const struct desk_turn *turn,
                    const Larwm__Journal__Supervision *supervision)
{
    record_learned(desk->record,
                   &(struct record_learned){.pos = turn->record->pos,
                                            .time_us = turn->record->time_us,
                                            .unit = supervision->unit,
                                            .path = supervision->path == LARWM__PATH__PATH_BACKUP
                                                        ? PATH_BACKUP
                                                        : PATH_MAIN,
                                            .interval_s = supervision->learned_s});
}

void
desk_apply_supervision(struct desk *desk, struct desk_turn *turn,
                       const Larwm__Journal__Supervision *supervision)
{
    struct triage_event event = {.kind = TRIAGE_SUPERVISION, .supervision = supervision};
    struct triage_out out;
    desk_silent_record(desk, supervision, turn->record->pos);
    if (supervision->learned_s != 0) {
        desk_record_learned(desk, turn, supervision);
    }
    if (supervision->kind == LARWM__SIGNAL_KIND__SIGNAL_UNKNOWN && !supervision->ended) {
        return; /* that alone */
    }
    desk_step(desk, turn, &event, &out, NULL);
    if (supervision->ended) {
        desk->status_dirty = true;
        return; /* nobody sent anything */
    }
    Larwm__Journal__Signal signal = LARWM__JOURNAL__SIGNAL__INIT;
    signal.protocol = LARWM__PROTOCOL__PROTOCOL_CENTRE;
    signal.unit = supervision->unit;
    signal.kind = supervision->kind;
    signal.received_us = turn->record->time_us;
    signal.network = supervision->network;
    signal.path = supervision->path;
    desk_record_signal(desk, turn, &signal, &out);
    desk_record_joined(desk, turn, &out, turn->record->pos);
    desk_record_gathered(desk, turn, &out);
    if (turn->record->live && out.resolve) {
        desk_ask_signal(desk, out.resolve_pos, out.resolve_incident, &signal);
    }
    desk->status_dirty = true;
}
