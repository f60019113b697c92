/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of sql/deploy/alarms.sql as the recorder writes them. Each statement takes one array a
 * column and does nothing to a row that is there already, or replaces an older state by a newer:
 * writing a batch twice does not change what the first time left.
 */
#include "record/effect.h"

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

/* An incident's id is node << 48 | number. */
#define NODE_OF(id) "(" id " >> 48)::int4"
#define NUMBER_OF(id) "(" id " & 281474976710655)"

static const struct effect_column signal_columns[] = {
    {"received_at", EFFECT_TIME},
    {"device_at", EFFECT_TIME},
    {"protocol", EFFECT_TEXT},
    {"unit", EFFECT_TEXT},
    {"fingerprint", EFFECT_BYTES},
    {"account", EFFECT_TEXT},
    {"kind", EFFECT_TEXT},
    {"restore", EFFECT_BOOL},
    {"class_hint", EFFECT_TEXT},
    {"code", EFFECT_TEXT},
    {"boot_id", EFFECT_INT8},
    {"sequence", EFFECT_INT8},
    {"position_source", EFFECT_TEXT},
    {"latitude", EFFECT_FLOAT8},
    {"longitude", EFFECT_FLOAT8},
    {"accuracy_m", EFFECT_INT4},
    {"fix_at", EFFECT_TIME},
    {"battery_percent", EFFECT_INT4},
    {"zone", EFFECT_TEXT},
    {"text", EFFECT_TEXT},
    {"content_hash", EFFECT_INT8},
    {"clock_suspect", EFFECT_BOOL},
    {"credential_expired", EFFECT_BOOL},
    {"raw", EFFECT_BYTES},
    {"network", EFFECT_TEXT},
    {"path", EFFECT_TEXT},
};
static const char signal_sql[] =
    "INSERT INTO larwm.signal (node, pos, received_at, device_at, protocol, unit, fingerprint,"
    " account, kind, restore, class_hint, code, boot_id, sequence, position_source, latitude,"
    " longitude, accuracy_m, fix_at, battery_percent, zone, text, content_hash, clock_suspect,"
    " credential_expired, raw, network, path)"
    " SELECT $1::int4, x.* FROM unnest($2::int8[], $3::timestamptz[], $4::timestamptz[],"
    " $5::text[], $6::text[], $7::bytea[], $8::text[], $9::text[], $10::bool[], $11::text[],"
    " $12::text[], $13::int8[], $14::int8[], $15::text[], $16::float8[], $17::float8[],"
    " $18::int4[], $19::timestamptz[], $20::int4[], $21::text[], $22::text[], $23::int8[],"
    " $24::bool[], $25::bool[], $26::bytea[], $27::text[], $28::text[]) x"
    " ON CONFLICT (node, pos) DO NOTHING";

static const struct effect_column signal_state_columns[] = {
    {"signal_pos", EFFECT_INT8}, {"allocation_id", EFFECT_INT8},  {"case_id", EFFECT_INT8},
    {"repeats", EFFECT_INT4},    {"last_repeat_at", EFFECT_TIME},
};
static const char signal_state_sql[] =
    "UPDATE larwm.signal s SET"
    " allocation_id = coalesce(y.allocation_id, s.allocation_id),"
    " case_id = coalesce(y.case_id, s.case_id),"
    " repeats = greatest(s.repeats, y.repeats),"
    " last_repeat_at = greatest(s.last_repeat_at, y.last_repeat_at)"
    " FROM (SELECT x.signal_pos,"
    " (array_agg(x.allocation_id ORDER BY x.no DESC) FILTER (WHERE x.allocation_id <> 0))[1]"
    " AS allocation_id,"
    " (array_agg(x.case_id ORDER BY x.no DESC) FILTER (WHERE x.case_id <> 0))[1] AS case_id,"
    " max(x.repeats) AS repeats, max(x.last_repeat_at) AS last_repeat_at"
    " FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int4[], $7::timestamptz[])"
    " WITH ORDINALITY AS x (pos, signal_pos, allocation_id, case_id, repeats, last_repeat_at, no)"
    " GROUP BY x.signal_pos) y"
    " WHERE s.node = $1::int4 AND s.pos = y.signal_pos";

static const struct effect_column incident_columns[] = {
    {"id", EFFECT_INT8},
    {"epoch", EFFECT_INT8},
    {"state", EFFECT_TEXT},
    {"priority", EFFECT_TEXT},
    {"risk", EFFECT_TEXT},
    {"kind", EFFECT_TEXT},
    {"unit", EFFECT_TEXT},
    {"case_id", EFFECT_INT8},
    {"case_reference", EFFECT_TEXT},
    {"property_id", EFFECT_INT8},
    {"linked_case", EFFECT_TEXT},
    {"resolve", EFFECT_TEXT},
    {"marker_status", EFFECT_TEXT},
    {"marker_reference", EFFECT_TEXT},
    {"owner", EFFECT_TEXT},
    {"alert", EFFECT_TEXT},
    {"opened_at", EFFECT_TIME},
    {"last_signal_at", EFFECT_TIME},
    {"claimed_at", EFFECT_TIME},
    {"closed_at", EFFECT_TIME},
    {"outcome", EFFECT_TEXT},
    {"police_message", EFFECT_TEXT},
    {"police_state", EFFECT_TEXT},
    {"police_log", EFFECT_TEXT},
    {"signal_count", EFFECT_INT4},
    {"press_count", EFFECT_INT4},
    {"repeat_count", EFFECT_INT4},
    {"badges", EFFECT_TEXT},
    {"test", EFFECT_BOOL},
    {"technical", EFFECT_TEXT},
};
/* Several states of one incident may be in a batch: the newest counts. */
static const char incident_sql[] =
    "INSERT INTO larwm.incident AS i (node, no, pos, epoch, state, priority, risk, kind, unit,"
    " case_id, case_reference, property_id, linked_case, resolve, marker_status,"
    " marker_reference, owner, alert, opened_at, last_signal_at, claimed_at, closed_at, outcome,"
    " police_message, police_state, police_log, signal_count, press_count, repeat_count, badges,"
    " test, technical)"
    " SELECT DISTINCT ON (x.id) " NODE_OF("x.id") ", " NUMBER_OF(
        "x.id") ", x.pos, x.epoch,"
                " x.state, x.priority, x.risk, x.kind, x.unit, nullif(x.case_id, 0), "
                "x.case_reference,"
                " nullif(x.property_id, 0), x.linked_case, x.resolve, x.marker_status, "
                "x.marker_reference,"
                " x.owner, x.alert, x.opened_at, x.last_signal_at, x.claimed_at, x.closed_at, "
                "x.outcome,"
                " x.police_message, x.police_state, x.police_log, x.signal_count, x.press_count,"
                " x.repeat_count, string_to_array(x.badges, ' '), x.test, x.technical"
                " FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::text[], $6::text[], "
                "$7::text[],"
                " $8::text[], $9::text[], $10::int8[], $11::text[], $12::int8[], $13::text[], "
                "$14::text[],"
                " $15::text[], $16::text[], $17::text[], $18::text[], $19::timestamptz[],"
                " $20::timestamptz[], $21::timestamptz[], $22::timestamptz[], $23::text[], "
                "$24::text[],"
                " $25::text[], $26::text[], $27::int4[], $28::int4[], $29::int4[], $30::text[], "
                "$31::bool[],"
                " $32::text[]) WITH ORDINALITY AS x (pos, id, epoch, state, priority, risk, kind, "
                "unit,"
                " case_id, case_reference, property_id, linked_case, resolve, marker_status,"
                " marker_reference, owner, alert, opened_at, last_signal_at, claimed_at, "
                "closed_at, outcome,"
                " police_message, police_state, police_log, signal_count, press_count, "
                "repeat_count, badges,"
                " test, technical, ord)"
                " WHERE $1::int4 IS NOT NULL"
                " ORDER BY x.id, x.ord DESC"
                " ON CONFLICT (node, no) DO UPDATE SET pos = excluded.pos, epoch = excluded.epoch,"
                " state = excluded.state, priority = excluded.priority, risk = excluded.risk,"
                " kind = excluded.kind, unit = excluded.unit, case_id = excluded.case_id,"
                " case_reference = excluded.case_reference, property_id = excluded.property_id,"
                " linked_case = excluded.linked_case, resolve = excluded.resolve,"
                " marker_status = excluded.marker_status, marker_reference = "
                "excluded.marker_reference,"
                " owner = excluded.owner, alert = excluded.alert, opened_at = excluded.opened_at,"
                " last_signal_at = excluded.last_signal_at, claimed_at = excluded.claimed_at,"
                " closed_at = excluded.closed_at, outcome = excluded.outcome,"
                " police_message = excluded.police_message, police_state = excluded.police_state,"
                " police_log = excluded.police_log, signal_count = excluded.signal_count,"
                " press_count = excluded.press_count, repeat_count = excluded.repeat_count,"
                " badges = excluded.badges, test = excluded.test, technical = excluded.technical,"
                " recorded_at = clock_timestamp()"
                " WHERE excluded.pos >= i.pos";

static const struct effect_column incident_signal_columns[] = {
    {"id", EFFECT_INT8},
    {"signal_pos", EFFECT_INT8},
};
static const char incident_signal_sql[] =
    "INSERT INTO larwm.incident_signal (node, no, pos)"
    " SELECT " NODE_OF("x.id") ", " NUMBER_OF(
        "x.id") ", x.signal_pos"
                " FROM unnest($2::int8[], $3::int8[], $4::int8[]) AS x (pos, id, signal_pos)"
                " WHERE $1::int4 IS NOT NULL ON CONFLICT (node, no, pos) DO NOTHING";

static const struct effect_column history_columns[] = {
    {"idx", EFFECT_INT4},   {"id", EFFECT_INT8},       {"at", EFFECT_TIME},
    {"kind", EFFECT_TEXT},  {"username", EFFECT_TEXT}, {"text", EFFECT_TEXT},
    {"alert", EFFECT_TEXT}, {"outcome", EFFECT_TEXT},
};
static const char history_sql[] =
    "INSERT INTO larwm.incident_history (node, pos, idx, no, at, kind, username, text, alert,"
    " outcome)"
    " SELECT $1::int4, x.pos, x.idx, " NUMBER_OF(
        "x.id") ", x.at, x.kind, x.username, x.text,"
                " x.alert, x.outcome FROM unnest($2::int8[], $3::int4[], $4::int8[], "
                "$5::timestamptz[],"
                " $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])"
                " AS x (pos, idx, id, at, kind, username, text, alert, outcome)"
                " ON CONFLICT (node, pos, idx) DO NOTHING";

static const struct effect_column escalation_columns[] = {
    {"id", EFFECT_INT8},          {"message_id", EFFECT_TEXT},    {"force", EFFECT_TEXT},
    {"state", EFFECT_TEXT},       {"reason", EFFECT_TEXT},        {"unverified_since", EFFECT_TIME},
    {"message", EFFECT_TEXT},     {"queued_at", EFFECT_TIME},     {"sent_at", EFFECT_TIME},
    {"answered_at", EFFECT_TIME}, {"queued_by", EFFECT_TEXT},     {"log_number", EFFECT_TEXT},
    {"rejection", EFFECT_TEXT},   {"tries", EFFECT_INT4},         {"update_no", EFFECT_INT4},
    {"update_sent", EFFECT_INT4}, {"cancel_wanted", EFFECT_BOOL},
};
static const char escalation_sql[] =
    "INSERT INTO larwm.escalation AS e (node, no, pos, message_id, force, state, reason,"
    " unverified_since, message, queued_at, sent_at, answered_at, queued_by, log_number,"
    " rejection, tries, update_no, update_sent, cancel_wanted)"
    " SELECT DISTINCT ON (x.id) " NODE_OF("x.id") ", " NUMBER_OF(
        "x.id") ", x.pos,"
                " x.message_id, x.force, x.state, x.reason, x.unverified_since, x.message, "
                "x.queued_at,"
                " x.sent_at, x.answered_at, x.queued_by, x.log_number, x.rejection, x.tries, "
                "x.update_no,"
                " x.update_sent, x.cancel_wanted"
                " FROM unnest($2::int8[], $3::int8[], $4::text[], $5::text[], $6::text[], "
                "$7::text[],"
                " $8::timestamptz[], $9::text[], $10::timestamptz[], $11::timestamptz[], "
                "$12::timestamptz[],"
                " $13::text[], $14::text[], $15::text[], $16::int4[], $17::int4[], $18::int4[], "
                "$19::bool[])"
                " WITH ORDINALITY AS x (pos, id, message_id, force, state, reason, "
                "unverified_since, message,"
                " queued_at, sent_at, answered_at, queued_by, log_number, rejection, tries, "
                "update_no,"
                " update_sent, cancel_wanted, ord)"
                " WHERE $1::int4 IS NOT NULL"
                " ORDER BY x.id, x.ord DESC"
                " ON CONFLICT (node, no) DO UPDATE SET pos = excluded.pos, message_id = "
                "excluded.message_id,"
                " force = excluded.force, state = excluded.state, reason = excluded.reason,"
                " unverified_since = excluded.unverified_since, message = excluded.message,"
                " queued_at = excluded.queued_at, sent_at = excluded.sent_at,"
                " answered_at = excluded.answered_at, queued_by = excluded.queued_by,"
                " log_number = excluded.log_number, rejection = excluded.rejection, tries = "
                "excluded.tries,"
                " update_no = excluded.update_no, update_sent = excluded.update_sent,"
                " cancel_wanted = excluded.cancel_wanted"
                " WHERE excluded.pos >= e.pos";

static const struct effect_column delivery_columns[] = {
    {"id", EFFECT_INT8},        {"message_id", EFFECT_TEXT}, {"event", EFFECT_TEXT},
    {"update_no", EFFECT_INT4}, {"at", EFFECT_TIME},         {"detail", EFFECT_TEXT},
};
static const char delivery_sql[] =
    "INSERT INTO larwm.delivery (node, pos, no, message_id, event, update_no, at, detail)"
    " SELECT $1::int4, x.pos, " NUMBER_OF(
        "x.id") ", x.message_id, x.event, x.update_no, x.at,"
                " x.detail FROM unnest($2::int8[], $3::int8[], $4::text[], $5::text[], $6::int4[],"
                " $7::timestamptz[], $8::text[]) AS x (pos, id, message_id, event, update_no, at, "
                "detail)"
                " ON CONFLICT (node, pos) DO NOTHING";

static const struct effect_column watch_columns[] = {
    {"at", EFFECT_TIME},
    {"username", EFFECT_TEXT},
    {"role", EFFECT_TEXT},
    {"present", EFFECT_BOOL},
};
static const char watch_sql[] =
    "INSERT INTO larwm.watch_log (node, pos, at, username, role, present)"
    " SELECT $1::int4, x.* FROM unnest($2::int8[], $3::timestamptz[], $4::text[], $5::text[],"
    " $6::bool[]) x ON CONFLICT (node, pos) DO NOTHING";

static const struct effect_column learned_columns[] = {
    {"unit", EFFECT_TEXT},
    {"path", EFFECT_TEXT},
    {"interval_s", EFFECT_INT4},
    {"at", EFFECT_TIME},
};
static const char learned_sql[] =
    "SELECT larwm.learned_many($1::int4, $2::int8[], $3::text[], $4::text[], $5::int4[],"
    " $6::timestamptz[])";

static const struct effect_column disclosure_columns[] = {
    {"idx", EFFECT_INT4},      {"at", EFFECT_TIME},
    {"actor", EFFECT_TEXT},    {"case_reference", EFFECT_TEXT},
    {"incident", EFFECT_TEXT}, {"fields", EFFECT_TEXT},
    {"receiver", EFFECT_TEXT}, {"reason", EFFECT_TEXT},
};
static const char disclosure_sql[] =
    "INSERT INTO larwm.disclosure (node, pos, idx, at, actor, case_reference, incident, fields,"
    " receiver, reason)"
    " SELECT $1::int4, x.pos, x.idx, x.at, x.actor, x.case_reference, x.incident,"
    " string_to_array(x.fields, ' '), x.receiver, x.reason"
    " FROM unnest($2::int8[], $3::int4[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],"
    " $8::text[], $9::text[], $10::text[])"
    " AS x (pos, idx, at, actor, case_reference, incident, fields, receiver, reason)"
    " ON CONFLICT (node, pos, idx) DO NOTHING";

static const struct effect_column audit_columns[] = {
    {"at", EFFECT_TIME},           {"actor", EFFECT_TEXT},   {"action", EFFECT_TEXT},
    {"subject_kind", EFFECT_TEXT}, {"subject", EFFECT_TEXT}, {"detail", EFFECT_TEXT},
};
static const char audit_sql[] =
    "SELECT larwm.audit_append_many('node-' || $1::int4, $3::timestamptz[], $4::text[],"
    " $5::text[], $6::text[], $7::text[], $8::text[]) WHERE $2::int8[] IS NOT NULL";

#define TABLE(kind, lower)                                                                         \
    [kind] = {#lower, lower##_sql, lower##_columns, (unsigned)COUNT(lower##_columns)}

const struct effect_table effect_tables[EFFECT_KIND_COUNT] = {
    TABLE(EFFECT_SIGNAL, signal),     TABLE(EFFECT_SIGNAL_STATE, signal_state),
    TABLE(EFFECT_INCIDENT, incident), TABLE(EFFECT_INCIDENT_SIGNAL, incident_signal),
    TABLE(EFFECT_HISTORY, history),   TABLE(EFFECT_ESCALATION, escalation),
    TABLE(EFFECT_DELIVERY, delivery), TABLE(EFFECT_WATCH, watch),
    TABLE(EFFECT_LEARNED, learned),   TABLE(EFFECT_DISCLOSURE, disclosure),
    TABLE(EFFECT_AUDIT, audit),
};
