/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of sql/deploy/alarms.sql as the recorder writes them. Each statement takes one array a
 * column and does nothing to a row that is there already, or replaces an older state by a newer:
 * writing a batch twice does not change what the first time left. Only @once of the three tables
 * that grow most is left out at first, because the applied position keeps rows from coming twice
 * and looking for each costs; the batch is sent with it should one be there all the same.
 */
#include "record/effect.h"

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

static const struct effect_column signal_columns[] = {
    {"allocation_id", EFFECT_REFERENCE}, /* these four: struct effect_state */
    {"case_id", EFFECT_REFERENCE},
    {"last_repeat_at", EFFECT_TIME},
    {"repeats", EFFECT_INT4},
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
    "INSERT INTO larwm.signal (node, @columns) SELECT $1::int4, @values FROM (@rows) x @once";

static const struct effect_column signal_state_columns[] = {
    {"signal_pos", EFFECT_INT8},   {"allocation_id", EFFECT_REFERENCE},
    {"case_id", EFFECT_REFERENCE}, {"last_repeat_at", EFFECT_TIME},
    {"repeats", EFFECT_INT4},
};
/* The rows are found one by one through the key and joined by their place: the planner cannot begin
 * at the other end, with every signal of the node. */
static const char signal_state_sql[] =
    "UPDATE larwm.signal s SET"
    " allocation_id = coalesce(y.allocation_id, s.allocation_id),"
    " case_id = coalesce(y.case_id, s.case_id),"
    " repeats = greatest(s.repeats, y.repeats),"
    " last_repeat_at = greatest(s.last_repeat_at, y.last_repeat_at)"
    " FROM (SELECT x.*, (SELECT t.ctid FROM larwm.signal t"
    " WHERE t.node = $1::int4 AND t.pos = x.signal_pos) AS place FROM (@rows) x) y"
    " WHERE s.ctid = y.place";

static const struct effect_column incident_columns[] = {
    {"id", EFFECT_INT8},
    {"epoch", EFFECT_INT8},
    {"state", EFFECT_TEXT},
    {"priority", EFFECT_TEXT},
    {"risk", EFFECT_TEXT},
    {"kind", EFFECT_TEXT},
    {"unit", EFFECT_TEXT},
    {"case_id", EFFECT_REFERENCE},
    {"case_reference", EFFECT_TEXT},
    {"property_id", EFFECT_REFERENCE},
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
    {"badges", EFFECT_WORDS},
    {"test", EFFECT_BOOL},
    {"technical", EFFECT_TEXT},
};
/* A batch holds one state of each incident, its newest (condense.h). */
static const char incident_sql[] =
    "INSERT INTO larwm.incident AS i (node, no, @columns) SELECT @id, @values FROM (@rows) x"
    " WHERE $1::int4 IS NOT NULL ON CONFLICT (node, no) DO UPDATE SET @newer,"
    " recorded_at = clock_timestamp() WHERE excluded.pos >= i.pos";

static const struct effect_column incident_signal_columns[] = {
    {"id", EFFECT_INT8},
    {"signal_pos", EFFECT_INT8},
};
static const char incident_signal_sql[] =
    "INSERT INTO larwm.incident_signal (node, no, pos) SELECT @id, x.signal_pos FROM (@rows) x"
    " WHERE $1::int4 IS NOT NULL @once";

static const struct effect_column history_columns[] = {
    {"idx", EFFECT_INT4},   {"id", EFFECT_INT8},       {"at", EFFECT_TIME},
    {"kind", EFFECT_TEXT},  {"username", EFFECT_TEXT}, {"text", EFFECT_TEXT},
    {"alert", EFFECT_TEXT}, {"outcome", EFFECT_TEXT},
};
static const char history_sql[] =
    "INSERT INTO larwm.incident_history (node, no, @columns) SELECT @id, @values FROM (@rows) x"
    " WHERE $1::int4 IS NOT NULL @once";

static const struct effect_column escalation_columns[] = {
    {"id", EFFECT_INT8},          {"message_id", EFFECT_TEXT},    {"force", EFFECT_TEXT},
    {"state", EFFECT_TEXT},       {"reason", EFFECT_TEXT},        {"unverified_since", EFFECT_TIME},
    {"message", EFFECT_TEXT},     {"queued_at", EFFECT_TIME},     {"sent_at", EFFECT_TIME},
    {"answered_at", EFFECT_TIME}, {"queued_by", EFFECT_TEXT},     {"log_number", EFFECT_TEXT},
    {"rejection", EFFECT_TEXT},   {"tries", EFFECT_INT4},         {"update_no", EFFECT_INT4},
    {"update_sent", EFFECT_INT4}, {"cancel_wanted", EFFECT_BOOL},
};
static const char escalation_sql[] =
    "INSERT INTO larwm.escalation AS e (node, no, @columns) SELECT @id, @values FROM (@rows) x"
    " WHERE $1::int4 IS NOT NULL ON CONFLICT (node, no) DO UPDATE SET @newer"
    " WHERE excluded.pos >= e.pos";

static const struct effect_column delivery_columns[] = {
    {"id", EFFECT_INT8},        {"message_id", EFFECT_TEXT}, {"event", EFFECT_TEXT},
    {"update_no", EFFECT_INT4}, {"at", EFFECT_TIME},         {"detail", EFFECT_TEXT},
};
static const char delivery_sql[] =
    "INSERT INTO larwm.delivery (node, no, @columns) SELECT @id, @values FROM (@rows) x"
    " WHERE $1::int4 IS NOT NULL ON CONFLICT (node, pos) DO NOTHING";

static const struct effect_column watch_columns[] = {
    {"at", EFFECT_TIME},
    {"username", EFFECT_TEXT},
    {"role", EFFECT_TEXT},
    {"present", EFFECT_BOOL},
};
static const char watch_sql[] =
    "INSERT INTO larwm.watch_log (node, @columns) SELECT $1::int4, @values FROM (@rows) x"
    " ON CONFLICT (node, pos) DO NOTHING";

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
    {"incident", EFFECT_TEXT}, {"fields", EFFECT_WORDS},
    {"receiver", EFFECT_TEXT}, {"reason", EFFECT_TEXT},
};
static const char disclosure_sql[] =
    "INSERT INTO larwm.disclosure (node, @columns) SELECT $1::int4, @values FROM (@rows) x"
    " ON CONFLICT (node, pos, idx) DO NOTHING";

static const struct effect_column audit_columns[] = {
    {"at", EFFECT_TIME},           {"actor", EFFECT_TEXT},   {"action", EFFECT_TEXT},
    {"subject_kind", EFFECT_TEXT}, {"subject", EFFECT_TEXT}, {"detail", EFFECT_TEXT},
};
static const char audit_sql[] =
    "SELECT larwm.audit_append_many('node-' || $1::int4, $3::timestamptz[], $4::text[],"
    " $5::text[], $6::text[], $7::text[], $8::text[]) WHERE $2::int8[] IS NOT NULL";

#define TABLE(kind, lower)                                                                         \
    [kind] = {#lower, #lower "_once", lower##_sql, lower##_columns,                                \
              (unsigned)COUNT(lower##_columns)}

const struct effect_table effect_tables[EFFECT_KIND_COUNT] = {
    TABLE(EFFECT_SIGNAL, signal),     TABLE(EFFECT_SIGNAL_STATE, signal_state),
    TABLE(EFFECT_INCIDENT, incident), TABLE(EFFECT_INCIDENT_SIGNAL, incident_signal),
    TABLE(EFFECT_HISTORY, history),   TABLE(EFFECT_ESCALATION, escalation),
    TABLE(EFFECT_DELIVERY, delivery), TABLE(EFFECT_WATCH, watch),
    TABLE(EFFECT_LEARNED, learned),   TABLE(EFFECT_DISCLOSURE, disclosure),
    TABLE(EFFECT_AUDIT, audit),
};
