/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recorder: writes the effects of journal records to PostgreSQL in batches, exactly once.
 *
 * The desk hands over plain rows ("effects") while it applies a record, then closes the record with
 * record_advance(pos). A batch holds the effects of whole records and moves larwm.applied_position
 * from the position it found to the last record's, in the same transaction; so after a lost
 * connection or an unknown commit the recorder reads the position and sends again only what is
 * above it, and at a start the desk may replay everything: effects at or below the applied position
 * are dropped.
 *
 * Thread: the desk's loop owns it; nothing blocks. All strings are copied; text that is not valid
 * UTF-8 is made valid (bytes that are not become U+FFFD, NUL and what follows is cut).
 *
 * Full: effects wait in memory up to options.memory_bytes, then in a spool file up to
 * options.spool_bytes. The spool is not synced and is deleted at start, because the journal can
 * make it again. When that is full too or the file fails, the recorder stops taking: what follows
 * is dropped here, the applied position stays, the journal therefore keeps those records, and
 * a restart replays them (on_condition says so).
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "base/error.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Every `pos` is the journal position of the record whose effect this is; positions never go back.
 * Times are microseconds since 1970 UTC, 0 = none (stored as null). Strings may be NULL (= ""). */

struct record_signal
{
    uint64_t pos;       /* key with the node */
    int64_t durable_us; /* journal time of the record */
    enum protocol protocol;
    const char *unit;
    const uint8_t *fingerprint; /* 32 bytes or NULL */
    const char *account;
    enum signal_kind kind;
    bool restore;
    enum priority class_hint;
    const char *code;
    uint64_t boot_id;
    uint64_t sequence;
    int64_t device_time_us;
    int64_t received_us;
    bool has_position;
    enum position_source position_source;
    double latitude;
    double longitude;
    uint32_t accuracy_m;
    int64_t fix_time_us;
    uint32_t battery_percent;
    const char *zone;
    const char *text;
    uint64_t content_hash;
    bool clock_suspect;
    bool credential_expired;
    const uint8_t *raw;
    size_t raw_size;
    const char *network;
    enum path path;      /* PATH_NONE: it proves nothing about a path */
    uint64_t allocation; /* 0: not known yet, or none; record_signal_state says it later */
    uint64_t case_id;    /* the same */
};

/* The interval of a path, as its link tests showed it. */
struct record_learned
{
    uint64_t pos;
    int64_t time_us;
    const char *unit;
    enum path path;      /* PATH_MAIN, PATH_BACKUP */
    uint32_t interval_s; /* not 0 */
};

/* What became known about a signal later: by its resolution or by a retransmission. */
struct record_signal_state
{
    uint64_t pos;        /* of the record that made it known */
    uint64_t signal_pos; /* of the signal */
    uint64_t incident;   /* 0 = none */
    uint64_t allocation; /* 0 = not known (what is stored stays) */
    uint64_t case_id;    /* 0 = not known (what is stored stays) */
    uint32_t repeats;    /* retransmissions counted so far; never goes down */
    int64_t last_repeat_us;
};

/* An incident as it stands after the record. */
struct record_incident
{
    uint64_t pos;
    uint64_t id; /* node << 48 | number */
    uint32_t epoch;
    enum incident_state state;
    enum priority priority;
    enum risk risk;
    enum signal_kind kind;
    uint64_t case_id; /* 0 = none */
    const char *case_reference;
    uint64_t property;       /* 0 = none */
    const char *linked_case; /* of a lost or stolen unit: the case to notify */
    const char *unit;        /* of the signal that opened it */
    const char *owner;
    int64_t opened_us;
    int64_t last_signal_us;
    int64_t claimed_us;
    int64_t closed_us;
    enum outcome outcome;
    enum alert_level alert;
    uint32_t signal_count;
    uint32_t press_count;
    uint32_t repeat_count;
    uint64_t badges; /* bit n: enum badge n */
    bool test;
    enum resolve_status resolve;
    enum marker_status marker; /* as shown */
    const char *marker_reference;
    const char *technical;      /* units of a mass loss, or the flapping zone */
    const char *police_message; /* message id, "" = none */
    enum escalation_state police_state;
    const char *police_log;
};

struct record_incident_signal
{
    uint64_t pos;
    uint64_t incident;
    uint64_t signal_pos;
};

/* One line of an incident's history. Its key is (node, pos, n-th history line of that record). */
struct record_history
{
    uint64_t pos;
    uint64_t incident;
    int64_t time_us;
    int kind; /* larwm.console.HistoryKind */
    const char *user;
    const char *text;
    enum alert_level alert;
    enum outcome outcome;
};

/* The police message of an incident as it stands after the record: one row an incident. */
struct record_escalation
{
    uint64_t pos;
    uint64_t incident;
    enum escalation_state state;
    const char *message_id;
    const char *force; /* code, "" = none */
    enum escalation_reason reason;
    int64_t unverified_since_us;
    const char *message;
    const char *queued_by;
    int64_t queued_us;
    int64_t sent_us;
    int64_t answered_us;
    const char *log_number;
    const char *rejection;
    uint32_t tries;
    uint32_t update_no;
    uint32_t update_sent;
    bool cancel_wanted;
};

/* One thing the police gateway reported about a message. */
struct record_delivery
{
    uint64_t pos;
    uint64_t incident;
    const char *message_id;
    int64_t time_us;
    int event; /* larwm.journal.PoliceEvent */
    uint32_t update_no;
    const char *detail;
};

/* One line of the hash-chained audit trail of this node. */
struct record_audit
{
    uint64_t pos;
    int64_t time_us;
    const char *actor;
    const char *action;       /* "claim", "view", ... */
    const char *subject_kind; /* "incident", "unit", ... */
    const char *subject;      /* reference */
    const char *detail;       /* a JSON object as text, or NULL = {} ; see record_json_text */
};

/* Data of a case was shown or sent (REQ E6). Its key is (node, pos, n-th disclosure of that
 * record). Tasks that follow from an incident (risk review, marker renewal) are raised by
 * PostgreSQL itself when the incident's row is written (sql/deploy/tasks.sql). */
struct record_disclosure
{
    uint64_t pos;
    int64_t time_us;
    const char *actor;
    const char *case_reference;
    const char *incident; /* reference, "1-123" */
    const char *fields;   /* names of the field sets, separated by spaces; never their content */
    const char *receiver; /* user, force or agency */
    const char *reason;
};

/* An operator came on watch or left it. */
struct record_watch
{
    uint64_t pos;
    int64_t time_us;
    const char *user;
    enum role role;
    bool present;
};

struct record_callbacks
{
    void *data;
    /* Everything up to and including `pos` is in PostgreSQL. Also called once when the position was
     * first read. */
    void (*on_position)(void *data, uint64_t pos);
    /* PostgreSQL takes batches, or does not. On every change. */
    void (*on_database)(void *data, bool up);
    /* PostgreSQL refused this effect for what it says (a constraint); it is parked in
     * larwm.record_refused and the rest goes on. `table` and `code` (SQLSTATE): no personal data.
     */
    void (*on_refused)(void *data, uint64_t pos, const char *table, const char *code);
    /* ok false: the recorder stopped taking (spool full or failed); true never follows. */
    void (*on_condition)(void *data, bool ok, const char *detail);
};

struct record_options
{
    const char *conninfo;   /* libpq; a socket folder or hostaddr: a host name would block in DNS */
    uint32_t node;          /* 1..LIMIT_NODES */
    const char *spool_path; /* file; "" or NULL = no spool: memory_bytes is the end */
    uint64_t memory_bytes;  /* 0 = 64 MiB */
    uint64_t spool_bytes;   /* 0 = 4 GiB */
    uint32_t batch_rows;    /* 0 = 4096: about so many effects a transaction */
    uint32_t silence_ms;    /* 0 = 5000: a server silent so long on a batch is down */
};

struct record;

/* Makes the object; deletes an old spool. ERROR_MEMORY, ERROR_CONFIG (conninfo). Desk thread. */
enum error
record_open(uv_loop_t *loop, const struct record_options *options,
            const struct record_callbacks *callbacks, struct record **ret_record) MUST_USE;
/* Begins to connect. Effects may be handed over before and after. */
void record_start(struct record *record);

/* One effect each. Never fails: see "Full" above. Desk thread. */
void record_signal(struct record *record, const struct record_signal *row);
void record_signal_state(struct record *record, const struct record_signal_state *row);
void record_incident(struct record *record, const struct record_incident *row);
void record_incident_signal(struct record *record, const struct record_incident_signal *row);
void record_history(struct record *record, const struct record_history *row);
void record_escalation(struct record *record, const struct record_escalation *row);
void record_delivery(struct record *record, const struct record_delivery *row);
void record_audit(struct record *record, const struct record_audit *row);
void record_disclosure(struct record *record, const struct record_disclosure *row);
void record_watch(struct record *record, const struct record_watch *row);
void record_learned(struct record *record, const struct record_learned *row);

/* The record at `pos` has no further effects. Call for every record, also those without any, so
 * that the applied position follows the journal. */
void record_advance(struct record *record, uint64_t pos);

/* Position up to which everything is in PostgreSQL, as last read or written; 0 until known. */
uint64_t record_applied(const struct record *record);
/* Effects waiting, in bytes (memory and spool). */
uint64_t record_backlog_bytes(const struct record *record);
bool record_is_up(const struct record *record);

/* Waits for what is in flight up to `limit_ms`, closes, deletes the spool, calls on_closed from the
 * loop. What was not written is replayed at the next start. */
void
record_close(struct record *record, uint32_t limit_ms, void (*on_closed)(void *data), void *data);

/* Appends `"name":"value"` to a JSON object under construction in `json` (starting as ""),
 * escaped and made valid; what does not fit is left out whole. Finish with record_json_end. */
void record_json_text(char *json, size_t size, size_t *used, const char *name, const char *value);
void record_json_number(char *json, size_t size, size_t *used, const char *name, int64_t value);
const char *record_json_end(char *json, size_t size, size_t *used);

#endif
