/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of the journal into the cores. Happy path: unpack, triage, escalation, rows, show.
 * Failures: a body that cannot be unpacked passed its checksum, so another version wrote it: it is
 * counted, logged and stepped over; the record stays in the journal.
 */
#include "desk/internal.h"

#include "base/hash.h"

#include <string.h>

void
desk_step(struct desk *desk, struct desk_turn *turn, struct triage_event *event,
          struct triage_out *out, const Larwm__Journal__Action *action)
{
    event->pos = turn->record->pos;
    event->time_us = turn->record->time_us;
    triage_step(desk->triage, event, out);
    if (out->overload) {
        closings_note(desk->options.closings); /* a copy is its second chance */
        desk_condition_set(desk, DESK_CONDITION_OVERLOAD, true,
                           "no room for another incident: close what is finished");
    }
    desk_changes(desk, turn, out, action);
}

/* With the first person on duty, and with the last one gone, every waiting incident's limit moves.
 */
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
    desk_audit(desk, turn, "centre", "start", "node", "",
               record_json_end(detail, sizeof detail, &used));
}

static const char *
desk_action_word(Larwm__Journal__ActionKind kind)
{
    static const char *const words[] = {"none",   "next",     "claim",      "release",
                                        "note",   "escalate", "close",      "view",
                                        "attach", "reveal",   "test_window"};
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
        record_json_text(detail, sizeof detail, &used, "outcome",
                         outcome_text((int)action->outcome));
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
    desk_step(desk, turn, &event, &out, action);
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
    desk_audit(desk, turn, presence->user, presence->present ? "log_on" : "log_off", "node", "",
               NULL);
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
    const char *word =
        (unsigned)system->kind < ARRAY_COUNT(words) ? words[system->kind] : "unknown";
    char detail[320] = "";
    size_t used = 0;
    record_json_text(detail, sizeof detail, &used, "detail", system->detail);
    desk_audit(desk, turn, "centre", system->raised ? "fault" : "fault_over", "system", word,
               record_json_end(detail, sizeof detail, &used));
}

/* The journal's time never goes back. When the machine's clock was set back over a restart, the
 * journal goes on from its newest record, and limits are counted with it (journal/timeline.h), so
 * that an alarm does not wait for the clock to catch up (rule R0). */
void
desk_follow_journal(struct desk *desk, int64_t time_us)
{
    int64_t ahead_us = time_us - clock_wall_us();
    desk->applied_us = time_us;
    desk->ahead_us = ahead_us > 0 ? ahead_us : 0;
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
    struct desk_turn turn; /* `touched` is filled as far as it is counted */
    ProtobufCAllocator *allocator = &desk->record_arena.allocator;
    bool whole = false;
    turn.record = record;
    turn.touched_count = 0;
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
        case RECORD_REPEATS:
            DESK_APPLY(larwm__journal__repeats, desk_apply_repeats);
            break;
        case RECORD_ANSWERS:
            DESK_APPLY(larwm__journal__answers, desk_apply_answers);
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
    desk_follow_journal(desk, record->time_us);
    counter_add(desk_records, 1);
}
