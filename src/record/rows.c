/* SPDX-License-Identifier: Apache-2.0 */
/* The interface's rows into effects: one function a table, columns in the order of tables.c. */
#include "record/writer.h"

#include "base/counters.h"
#include "base/require.h"
#include "base/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static const char *const history_words[] = {
    "none",
    "opened",
    "signal",
    "repeat",
    "raised",
    "resolved",
    "rechecked",
    "claimed",
    "released",
    "note",
    "viewed",
    "alert",
    "police_queued",
    "police_sent",
    "police_accepted",
    "police_rejected",
    "police_no_answer",
    "police_update",
    "police_cancel",
    "closed",
    "cancel_code",
    "attached",
    "revealed",
    "console_lost",
    "stalled",
    "police_failed",
    "gathered",
};

static const char *const police_words[] = {
    "none", "sent", "accepted", "rejected", "failed", "update_sent", "cancel_sent",
};

static const char *
word_of(const char *const *words, size_t count, int value)
{
    return value >= 0 && (size_t)value < count ? words[value] : words[0];
}

/* Begins an effect. False when PostgreSQL has it already: a replay. */
static bool
row_begin(struct record *record, enum effect_kind kind, uint64_t pos)
{
    require(pos >= record->last_pos);
    if (pos > record->last_pos) {
        record->last_pos = pos;
        record->history_idx = 0;
        record->disclosure_idx = 0;
    }
    if (record->applied_known && pos <= record->applied) {
        return false;
    }
    effect_begin(&record->draft, kind, pos);
    return true;
}

static void
row_end(struct record *record)
{
    effect_finish(&record->draft);
    if (!queue_put(&record->queue, record->draft.bytes, record->draft.size)) {
        counter_add(record_dropped, 1);
    }
}

void
record_signal(struct record *record, const struct record_signal *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_SIGNAL, row->pos)) {
        return;
    }
    effect_put_reference(draft, row->allocation); /* these four: struct effect_state */
    effect_put_reference(draft, row->case_id);
    effect_put_time(draft, 0);
    effect_put_int4(draft, 0);
    /* received_at may not be null; a record without it still has the journal's time. */
    effect_put_time(draft, row->received_us != 0 ? row->received_us : row->durable_us);
    effect_put_time(draft, row->device_time_us);
    effect_put_word(draft, protocol_text(row->protocol));
    effect_put_text(draft, row->unit);
    effect_put_bytes(draft, row->fingerprint, row->fingerprint == NULL ? 0 : LIMIT_FINGERPRINT);
    effect_put_text(draft, row->account);
    effect_put_word(draft, signal_kind_text(row->kind));
    effect_put_bool(draft, row->restore);
    effect_put_word(draft, priority_text(row->class_hint));
    effect_put_text(draft, row->code);
    effect_put_int8(draft, (int64_t)row->boot_id);
    effect_put_int8(draft, (int64_t)row->sequence);
    effect_put_word(draft, position_source_text(row->has_position ? (int)row->position_source : 0));
    effect_put_float8(draft, row->has_position ? row->latitude : NAN);
    effect_put_float8(draft, row->has_position ? row->longitude : NAN);
    effect_put_int4(draft, row->has_position ? row->accuracy_m : 0);
    effect_put_time(draft, row->has_position ? row->fix_time_us : 0);
    effect_put_int4(draft, row->battery_percent < 1000 ? row->battery_percent : 1000);
    effect_put_text(draft, row->zone);
    effect_put_text(draft, row->text);
    effect_put_int8(draft, (int64_t)row->content_hash);
    effect_put_bool(draft, row->clock_suspect);
    effect_put_bool(draft, row->credential_expired);
    effect_put_bytes(draft, row->raw, row->raw_size);
    effect_put_text(draft, row->network);
    effect_put_word(draft, path_text((int)row->path));
    row_end(record);
}

void
record_signal_state(struct record *record, const struct record_signal_state *row)
{
    struct effect_draft *draft = &record->draft;
    if (row_begin(record, EFFECT_SIGNAL_STATE, row->pos)) {
        effect_put_int8(draft, (int64_t)row->signal_pos);
        effect_put_reference(draft, row->allocation);
        effect_put_reference(draft, row->case_id);
        effect_put_time(draft, row->last_repeat_us);
        effect_put_int4(draft, row->repeats);
        row_end(record);
    }
    if (row->incident != 0) {
        record_incident_signal(record, &(struct record_incident_signal){
                                           .pos = row->pos,
                                           .incident = row->incident,
                                           .signal_pos = row->signal_pos,
                                       });
    }
}

/* "untested delayed": the statement makes an array of it. */
static void
put_badges(struct effect_draft *draft, uint64_t badges)
{
    char text[1024] = "";
    size_t used = 0;
    for (badges &= ~UINT64_C(1); badges != 0; badges &= badges - 1) {
        int badge = __builtin_ctzll(badges); /* the lowest that is left */
        const char *name = badge <= BADGE_MASS_LOSS ? badge_text(badge) : "";
        if (*name != '\0' && used > 0 && used + 1 < sizeof(text)) {
            text[used++] = ' ';
        }
        for (; *name != '\0' && used + 1 < sizeof(text); name++) {
            text[used++] = (char)tolower((unsigned char)*name);
        }
    }
    text[used] = '\0';
    effect_put_text(draft, text);
}

void
record_incident(struct record *record, const struct record_incident *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_INCIDENT, row->pos)) {
        return;
    }
    effect_put_int8(draft, (int64_t)row->id);
    effect_put_int8(draft, row->epoch);
    effect_put_word(draft, incident_state_text(row->state));
    effect_put_word(draft, priority_text(row->priority));
    effect_put_word(draft, risk_text(row->risk));
    effect_put_word(draft, signal_kind_text(row->kind));
    effect_put_text(draft, row->unit);
    effect_put_reference(draft, row->case_id);
    effect_put_text(draft, row->case_reference);
    effect_put_reference(draft, row->property);
    effect_put_text(draft, row->linked_case);
    effect_put_word(draft, resolve_status_text(row->resolve));
    effect_put_word(draft, marker_status_text(row->marker));
    effect_put_text(draft, row->marker_reference);
    effect_put_text(draft, row->owner);
    effect_put_word(draft, alert_level_text(row->alert));
    effect_put_time(draft, row->opened_us);
    effect_put_time(draft, row->last_signal_us);
    effect_put_time(draft, row->claimed_us);
    effect_put_time(draft, row->closed_us);
    effect_put_word(draft, outcome_text(row->outcome));
    effect_put_text(draft, row->police_message);
    effect_put_word(draft, escalation_state_text(row->police_state));
    effect_put_text(draft, row->police_log);
    effect_put_int4(draft, row->signal_count);
    effect_put_int4(draft, row->press_count);
    effect_put_int4(draft, row->repeat_count);
    put_badges(draft, row->badges);
    effect_put_bool(draft, row->test);
    effect_put_text(draft, row->technical);
    row_end(record);
}

void
record_incident_signal(struct record *record, const struct record_incident_signal *row)
{
    if (!row_begin(record, EFFECT_INCIDENT_SIGNAL, row->pos)) {
        return;
    }
    effect_put_int8(&record->draft, (int64_t)row->incident);
    effect_put_int8(&record->draft, (int64_t)row->signal_pos);
    row_end(record);
}

void
record_history(struct record *record, const struct record_history *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_HISTORY, row->pos)) {
        return;
    }
    effect_put_int4(draft, record->history_idx++);
    effect_put_int8(draft, (int64_t)row->incident);
    effect_put_time(draft, row->time_us);
    effect_put_word(draft, word_of(history_words, ARRAY_COUNT(history_words), row->kind));
    effect_put_text(draft, row->user);
    effect_put_text(draft, row->text);
    effect_put_word(draft, alert_level_text(row->alert));
    effect_put_word(draft, outcome_text(row->outcome));
    row_end(record);
}

void
record_escalation(struct record *record, const struct record_escalation *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_ESCALATION, row->pos)) {
        return;
    }
    effect_put_int8(draft, (int64_t)row->incident);
    effect_put_text(draft, row->message_id);
    effect_put_text(draft, row->force);
    effect_put_word(draft, escalation_state_text(row->state));
    effect_put_word(draft, escalation_reason_text(row->reason));
    effect_put_time(draft, row->unverified_since_us);
    effect_put_text(draft, row->message);
    effect_put_time(draft, row->queued_us);
    effect_put_time(draft, row->sent_us);
    effect_put_time(draft, row->answered_us);
    effect_put_text(draft, row->queued_by);
    effect_put_text(draft, row->log_number);
    effect_put_text(draft, row->rejection);
    effect_put_int4(draft, row->tries);
    effect_put_int4(draft, row->update_no);
    effect_put_int4(draft, row->update_sent);
    effect_put_bool(draft, row->cancel_wanted);
    row_end(record);
}

void
record_delivery(struct record *record, const struct record_delivery *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_DELIVERY, row->pos)) {
        return;
    }
    effect_put_int8(draft, (int64_t)row->incident);
    effect_put_text(draft, row->message_id);
    effect_put_word(draft, word_of(police_words, ARRAY_COUNT(police_words), row->event));
    effect_put_int4(draft, row->update_no);
    effect_put_time(draft, row->time_us);
    effect_put_text(draft, row->detail);
    row_end(record);
}

void
record_watch(struct record *record, const struct record_watch *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_WATCH, row->pos)) {
        return;
    }
    effect_put_time(draft, row->time_us);
    effect_put_text(draft, row->user);
    effect_put_word(draft, role_text(row->role));
    effect_put_bool(draft, row->present);
    row_end(record);
}

void
record_learned(struct record *record, const struct record_learned *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_LEARNED, row->pos)) {
        return;
    }
    effect_put_text(draft, row->unit);
    effect_put_word(draft, path_text((int)row->path));
    effect_put_int4(draft, row->interval_s);
    effect_put_time(draft, row->time_us);
    row_end(record);
}

void
record_disclosure(struct record *record, const struct record_disclosure *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_DISCLOSURE, row->pos)) {
        return;
    }
    effect_put_int4(draft, record->disclosure_idx++);
    effect_put_time(draft, row->time_us);
    effect_put_text(draft, row->actor);
    effect_put_text(draft, row->case_reference);
    effect_put_text(draft, row->incident);
    effect_put_text(draft, row->fields);
    effect_put_text(draft, row->receiver);
    effect_put_text(draft, row->reason);
    row_end(record);
}

void
record_audit(struct record *record, const struct record_audit *row)
{
    struct effect_draft *draft = &record->draft;
    if (!row_begin(record, EFFECT_AUDIT, row->pos)) {
        return;
    }
    effect_put_time(draft, row->time_us);
    effect_put_text(draft, row->actor);
    effect_put_text(draft, row->action);
    effect_put_text(draft, row->subject_kind);
    effect_put_text(draft, row->subject);
    effect_put_text(draft, row->detail == NULL || row->detail[0] == '\0' ? "{}" : row->detail);
    row_end(record);
}

void
record_advance(struct record *record, uint64_t pos)
{
    if (row_begin(record, EFFECT_ADVANCE, pos)) {
        row_end(record);
        writer_want(record);
    }
}
