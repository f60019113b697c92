/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of the journal into the cores. Happy path: unpack, triage, escalation, rows, show.
 * Failures: a body that cannot be unpacked passed its checksum, so another version wrote it: it is
 * counted, logged and stepped over; the record stays in the journal.
 */
#include "desk/internal.h"

#include "base/hash.h"

#include <string.h>

static void
desk_step(struct desk *desk, struct desk_turn *turn, struct triage_event *event,
          struct triage_out *out, const Larwm__Journal__Action *action)
{
    event->pos = turn->record->pos;
    event->time_us = turn->record->time_us;
    triage_step(desk->triage, event, out);
    if (out->overload) {
        desk_condition_set(desk, DESK_CONDITION_OVERLOAD, true,
                           "no room for another incident: close what is finished");
    }
    desk_changes(desk, turn, out, action);
}

/* With the first person on duty, and with the last one gone, every waiting incident's limit moves. */
static void
desk_show_limits(struct desk *desk)
{
    const struct triage_incident *incident = NULL;
    while ((incident = triage_each(desk->triage, incident)) != NULL) {
        if (incident->state == INCIDENT_OPEN) {
            desk_mark_dirty(desk, incident->id);
        }
    }
}

static void
desk_apply_boot(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__Boot *boot)
{
    struct triage_event event = {.kind = TRIAGE_BOOT};
    struct triage_out out;
    struct escalation_out escalated;
    struct escalation_event start = {.kind = ESCALATION_BOOT, .time_us = turn->record->time_us};
    char detail[128] = "";
    size_t used = 0;
    desk_step(desk, turn, &event, &out, NULL);
    desk_escalate(desk, turn, &start, &escalated);
    desk->police_gateways = 0;
    desk_show_limits(desk);
    if (turn->record->live) {
        desk_boot_applied(desk);
    }
    record_json_text(detail, sizeof detail, &used, "version", boot->version);
    desk_audit(desk, turn, "centre", "start", "node", "", record_json_end(detail, sizeof detail, &used));
}

static void
desk_record_signal(struct desk *desk, const struct desk_turn *turn,
                   const Larwm__Journal__Signal *signal)
{
    const Larwm__Position *position = signal->position;
    bool has_position = position != NULL && position->source != LARWM__POSITION_SOURCE__POSITION_NONE;
    struct record_signal row = {
        .pos = turn->record->pos,
        .durable_us = turn->record->time_us,
        .protocol = (enum protocol)signal->protocol,
        .unit = signal->unit,
        .fingerprint = signal->fingerprint.len == LIMIT_FINGERPRINT ? signal->fingerprint.data : NULL,
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
            if (incident->signals[at].pos == signal_pos) {
                return incident->signals[at].repeats;
            }
        }
    }
    return 0;
}

/* The incident a signal opened or joined, 0 none. Other changes may stand before it: a flapping
 * zone's count that was due, an old incident that left. */
static uint64_t
desk_joined(const struct triage_out *out)
{
    for (uint32_t i = 0; i < out->changes_count; i++) {
        if (out->changes[i].kind == TRIAGE_CHANGE_OPENED ||
            out->changes[i].kind == TRIAGE_CHANGE_SIGNAL) {
            return out->changes[i].incident;
        }
    }
    return 0;
}

static void
desk_record_joined(struct desk *desk, const struct desk_turn *turn, const struct triage_out *out,
                   uint64_t signal_pos)
{
    uint64_t incident = desk_joined(out);
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
desk_apply_signal(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__Signal *signal)
{
    struct triage_event event = {.kind = TRIAGE_SIGNAL, .signal = signal};
    struct triage_out out;
    desk_step(desk, turn, &event, &out, NULL);
    if (out.repeat) {
        counter_add(desk_repeats, 1);
        record_signal_state(desk->record, &(struct record_signal_state){
                                              .pos = turn->record->pos,
                                              .signal_pos = out.repeat_of,
                                              .repeats = desk_repeats_of(desk, turn, out.repeat_of),
                                              .last_repeat_us = turn->record->time_us});
    } else {
        desk_record_signal(desk, turn, signal);
        desk_record_joined(desk, turn, &out, turn->record->pos);
    }
    if (turn->record->live) {
        desk_watch_seen(desk, signal->unit);
        if (out.resolve) {
            desk_ask_signal(desk, out.resolve_pos, out.resolve_incident, signal);
        }
    }
}

static void
desk_apply_resolved(struct desk *desk, struct desk_turn *turn,
                    const Larwm__Journal__Resolved *resolved)
{
    struct triage_event event = {.kind = TRIAGE_RESOLVED, .resolved = resolved};
    struct triage_out out;
    desk_step(desk, turn, &event, &out, NULL);
    const Larwm__Card *card = resolved->card;
    if (resolved->signal_pos != 0 && card != NULL) {
        record_signal_state(
            desk->record,
            &(struct record_signal_state){
                .pos = turn->record->pos,
                .signal_pos = resolved->signal_pos,
                .incident = desk_joined(&out),
                .repeats = desk_repeats_of(desk, turn, resolved->signal_pos),
                .allocation = card->allocation,
                .case_id = card->case_card == NULL ? 0 : card->case_card->id});
        desk_record_joined(desk, turn, &out, resolved->signal_pos);
    }
    if (out.overload) { /* it still waits: asked for again when the auditor looks */
        return;
    }
    desk_end_provisional(desk, resolved->signal_pos);
    struct desk_item *item =
        resolved->incident == 0 ? NULL : desk_item_of(desk, resolved->incident, false);
    if (item != NULL) {
        item->asked = false;
    }
}

static const char *
desk_action_word(Larwm__Journal__ActionKind kind)
{
    static const char *const words[] = {"none",   "next",  "claim", "release", "note",  "escalate",
                                        "close",  "view",  "attach", "reveal", "test_window"};
    return (unsigned)kind < ARRAY_COUNT(words) ? words[kind] : "unknown";
}

/* The audit line of an act: who, what, on what, and how it ended (REQ E4, E6). */
static void
desk_audit_action(struct desk *desk, const struct desk_turn *turn,
                  const Larwm__Journal__Action *action, uint64_t incident, bool ok,
                  const char *refusal)
{
    char reference[32] = "";
    char detail[512] = "";
    size_t used = 0;
    if (incident != 0) {
        desk_reference(incident, reference);
    }
    record_json_text(detail, sizeof detail, &used, "result", ok ? "ok" : refusal);
    record_json_text(detail, sizeof detail, &used, "role", role_text((int)action->role));
    if (action->target != NULL && action->target[0] != '\0') {
        record_json_text(detail, sizeof detail, &used, "target", action->target);
    }
    if (action->outcome != LARWM__OUTCOME__OUTCOME_NONE) {
        record_json_text(detail, sizeof detail, &used, "outcome", outcome_text((int)action->outcome));
    }
    desk_audit(desk, turn, action->user, desk_action_word(action->kind),
               incident != 0 ? "incident" : "unit", incident != 0 ? reference : action->target,
               record_json_end(detail, sizeof detail, &used));
}

/* Opening the card and naming the holder are disclosures (REQ E6). */
static void
desk_disclose_action(struct desk *desk, const struct desk_turn *turn,
                     const Larwm__Journal__Action *action)
{
    if (action->kind == LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW) {
        desk_record_disclosure(desk, turn, action->incident, action->user, "card", action->user,
                               "alarm");
    } else if (action->kind == LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL) {
        desk_record_disclosure(desk, turn, action->incident, action->user, "holder", action->user,
                               action->text);
    }
}

static void
desk_apply_action(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__Action *action)
{
    struct triage_event event = {.kind = TRIAGE_ACTION, .action = action};
    struct triage_out out;
    const struct flow_record *record = turn->record;
    desk_step(desk, turn, &event, &out, NULL);
    struct triage_result result = out.result;
    const char *refusal = triage_refusal_text(result.refusal);
    bool asked = false;
    for (uint32_t i = 0; i < out.changes_count; i++) {
        asked = asked || out.changes[i].kind == TRIAGE_CHANGE_ESCALATE;
    }
    if (asked) { /* escalation has the last word */
        struct escalation_out escalated;
        desk_escalate(desk, turn,
                      &(struct escalation_event){.kind = ESCALATION_ASKED,
                                                 .time_us = record->time_us,
                                                 .incident = result.incident,
                                                 .user = action->user,
                                                 .text = action->text},
                      &escalated);
        result.ok = escalated.refusal == ESCALATION_REFUSED_NOT;
        refusal = escalation_refusal_text(escalated.refusal);
    }
    if (!result.ok) {
        counter_add(actions_refused, 1);
    }
    desk_audit_action(desk, turn, action, result.incident != 0 ? result.incident : action->incident,
                      result.ok, refusal);
    if (result.ok) {
        desk_disclose_action(desk, turn, action);
    }
    if (!record->live || record->handle == 0) {
        return;
    }
    if (result.ok && action->kind == LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH) {
        desk_ask_attach(desk, record, result.incident, action->target);
    } else if (result.ok && action->kind == LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL) {
        desk_ask_reveal(desk, record, result.incident);
    } else {
        desk_answer(desk, record->handle, record->ref, result.ok, refusal, result.detail,
                    result.incident, NULL);
    }
}

static void
desk_apply_timer(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__Timer *timer)
{
    struct triage_event event = {.kind = TRIAGE_TIMER, .timer = timer};
    struct triage_out out;
    struct escalation_out escalated;
    desk_step(desk, turn, &event, &out, NULL);
    desk_escalate(desk, turn,
                  &(struct escalation_event){.kind = ESCALATION_TIMER,
                                             .time_us = turn->record->time_us,
                                             .incident = timer->incident,
                                             .timer = (uint32_t)timer->kind,
                                             .due_us = timer->due_us},
                  &escalated);
}

/* Several gateways may be connected: one that leaves does not take the others with it. */
static void
desk_note_gateway(struct desk *desk, const Larwm__Journal__Presence *presence)
{
    uint64_t name = hash_bytes(1, presence->user, strlen(presence->user));
    uint32_t at = 0;
    while (at < desk->police_gateways && desk->gateways[at] != name) {
        at += 1;
    }
    bool known = at < desk->police_gateways;
    if (presence->present && !known && at < DESK_GATEWAYS) {
        desk->gateways[at] = name;
        desk->police_gateways += 1;
    } else if (!presence->present && known) {
        desk->police_gateways -= 1;
        desk->gateways[at] = desk->gateways[desk->police_gateways];
    }
    desk->status_dirty = true;
}

static void
desk_apply_presence(struct desk *desk, struct desk_turn *turn,
                    const Larwm__Journal__Presence *presence)
{
    struct triage_event event = {.kind = TRIAGE_PRESENCE, .presence = presence};
    struct triage_out out;
    struct escalation_out escalated;
    if (turn->record->live) {
        desk_boot_note_presence(desk, presence);
    }
    if (presence->role == LARWM__ROLE__ROLE_POLICE_GATEWAY) {
        desk_note_gateway(desk, presence);
        return;
    }
    uint32_t before = triage_duty_count(desk->triage);
    desk_step(desk, turn, &event, &out, NULL);
    desk_escalate(desk, turn,
                  &(struct escalation_event){.kind = ESCALATION_DUTY,
                                             .time_us = turn->record->time_us,
                                             .duty = triage_duty_count(desk->triage)},
                  &escalated);
    if ((before == 0) != (triage_duty_count(desk->triage) == 0)) {
        desk_show_limits(desk);
    }
    record_watch(desk->record, &(struct record_watch){.pos = turn->record->pos,
                                                      .time_us = turn->record->time_us,
                                                      .user = presence->user,
                                                      .role = (enum role)presence->role,
                                                      .present = presence->present});
    desk_audit(desk, turn, presence->user, presence->present ? "log_on" : "log_off", "node", "", NULL);
    desk->status_dirty = true;
}

static void
desk_apply_supervision(struct desk *desk, struct desk_turn *turn,
                       const Larwm__Journal__Supervision *supervision)
{
    struct triage_event event = {.kind = TRIAGE_SUPERVISION, .supervision = supervision};
    struct triage_out out;
    desk_watch_record(desk, supervision);
    desk_step(desk, turn, &event, &out, NULL);
    Larwm__Journal__Signal signal = LARWM__JOURNAL__SIGNAL__INIT;
    signal.protocol = LARWM__PROTOCOL__PROTOCOL_CENTRE;
    signal.unit = supervision->unit;
    signal.kind = supervision->kind;
    signal.received_us = turn->record->time_us;
    signal.network = supervision->network;
    desk_record_signal(desk, turn, &signal);
    if (turn->record->live && out.resolve) {
        desk_ask_signal(desk, out.resolve_pos, out.resolve_incident, &signal);
    }
    desk->status_dirty = true;
}

static void
desk_apply_police(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__Police *police)
{
    struct escalation_out escalated;
    char reference[32];
    char detail[512] = "";
    size_t used = 0;
    desk_reference(police->incident, reference);
    bool known = escalation_find(desk->escalation, police->incident) != NULL;
    desk_escalate(desk, turn,
                  &(struct escalation_event){.kind = ESCALATION_POLICE,
                                             .time_us = turn->record->time_us,
                                             .incident = police->incident,
                                             .police = (uint32_t)police->event,
                                             .text = police->detail,
                                             .update_no = police->update_no},
                  &escalated);
    if (police->incident >> 48 == desk->options.node) { /* rows carry this node's number */
        record_delivery(desk->record, &(struct record_delivery){.pos = turn->record->pos,
                                                                .incident = police->incident,
                                                                .message_id = police->message_id,
                                                                .time_us = turn->record->time_us,
                                                                .event = (int)police->event,
                                                                .update_no = police->update_no,
                                                                .detail = police->detail});
    }
    if (police->event == LARWM__JOURNAL__POLICE_EVENT__POLICE_SENT ||
        police->event == LARWM__JOURNAL__POLICE_EVENT__POLICE_UPDATE_SENT) {
        desk_record_disclosure(desk, turn, police->incident, "police-gateway", "police_message",
                               NULL, "alarm");
    }
    /* REQ E6: what went to whom. */
    record_json_text(detail, sizeof detail, &used, "message", police->message_id);
    record_json_number(detail, sizeof detail, &used, "event", (int64_t)police->event);
    record_json_text(detail, sizeof detail, &used, "answer", police->detail);
    desk_audit(desk, turn, "police-gateway", "police_message", "incident", reference,
               record_json_end(detail, sizeof detail, &used));
    if (turn->record->live && turn->record->handle != 0) {
        desk_answer(desk, turn->record->handle, turn->record->ref, known, known ? "" : "NOT_FOUND",
                    NULL, police->incident, NULL);
    }
}

static void
desk_apply_system(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__System *system)
{
    static const char *const words[] = {"none",      "database",       "schema",  "journal",
                                        "disk_full", "police_gateway", "overload"};
    const char *word = (unsigned)system->kind < ARRAY_COUNT(words) ? words[system->kind] : "unknown";
    char detail[320] = "";
    size_t used = 0;
    record_json_text(detail, sizeof detail, &used, "detail", system->detail);
    desk_audit(desk, turn, "centre", system->raised ? "fault" : "fault_over", "system", word,
               record_json_end(detail, sizeof detail, &used));
}

/* Somebody may wait for an answer to it. */
static void
desk_refuse(struct desk *desk, const struct flow_record *record)
{
    if (record->live && (record->type == RECORD_ACTION || record->type == RECORD_POLICE)) {
        desk_answer(desk, record->handle, record->ref, false, "MALFORMED", NULL, 0, NULL);
    }
}

/* Unpacks the body as the message of `prefix` and applies it, or leaves `whole` false. */
#define DESK_APPLY(prefix, function)                                                               \
    do {                                                                                           \
        void *body_ = prefix##__unpack(allocator, record->size, record->body);                     \
        whole = body_ != NULL;                                                                     \
        if (whole) {                                                                               \
            function(desk, &turn, body_);                                                          \
        }                                                                                          \
    } while (0)

void
desk_apply(struct desk *desk, const struct flow_record *record)
{
    struct desk_turn turn = {.record = record};
    ProtobufCAllocator *allocator = &desk->record_arena.allocator;
    bool whole = false;
    arena_reset(&desk->record_arena);
    switch (record->type) {
        case RECORD_BOOT:
            DESK_APPLY(larwm__journal__boot, desk_apply_boot);
            break;
        case RECORD_SIGNAL:
            DESK_APPLY(larwm__journal__signal, desk_apply_signal);
            break;
        case RECORD_RESOLVED:
            DESK_APPLY(larwm__journal__resolved, desk_apply_resolved);
            break;
        case RECORD_ACTION:
            DESK_APPLY(larwm__journal__action, desk_apply_action);
            break;
        case RECORD_TIMER:
            DESK_APPLY(larwm__journal__timer, desk_apply_timer);
            break;
        case RECORD_PRESENCE:
            DESK_APPLY(larwm__journal__presence, desk_apply_presence);
            break;
        case RECORD_SUPERVISION:
            DESK_APPLY(larwm__journal__supervision, desk_apply_supervision);
            break;
        case RECORD_POLICE:
            DESK_APPLY(larwm__journal__police, desk_apply_police);
            break;
        case RECORD_SYSTEM:
            DESK_APPLY(larwm__journal__system, desk_apply_system);
            break;
        case RECORD_NONE:
        case RECORD_TYPE_COUNT:
        default:
            break;
    }
    if (!whole) {
        log_error("desk", "record %llu of type %d cannot be read by this version",
                  (unsigned long long)record->pos, (int)record->type);
        desk_refuse(desk, record);
    }
    desk_record_turn(desk, &turn);
    desk->applied_pos = record->pos;
    int64_t ahead_us = record->time_us - clock_wall_us();
    desk->ahead_us = ahead_us > desk->ahead_us ? ahead_us : desk->ahead_us;
    counter_add(desk_records, 1);
}
