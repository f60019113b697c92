/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose life it is: unit -> allocation at the event time -> case -> place -> marker, asked of
 * PostgreSQL with a deadline, and answered from the last known record when it does not answer.
 * Keeps the directory (units, credentials, accounts, users, forces) and a local snapshot of all of
 * it, so that a daemon started without PostgreSQL still knows who may call and who holds what.
 *
 * Thread: the desk's loop owns it and every callback runs there. Nothing here blocks: libpq is
 * non-blocking, the snapshot file is written on libuv's thread pool from a copy. Only resolve_start
 * reads a file (the snapshot) before it returns.
 *
 * Limits: LIMIT_PENDING_SIGNALS questions waiting; RESOLVE_BATCH_MAX questions in one statement;
 * LIMIT_CARD bytes of card; LIMIT_UNITS slots.
 */
#ifndef RESOLVE_RESOLVE_H
#define RESOLVE_RESOLVE_H

#include "base/error.h"
#include "flow/registry.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define RESOLVE_BATCH_MAX 256
#define RESOLVE_SCHEMA_VERSION 3 /* larwm.schema_version() this program fits */
#define RESOLVE_FORCE 24         /* force code with the closing NUL */
#define RESOLVE_CASE_REFERENCE 64
#define RESOLVE_HOLDER_TEXT 512

/* One signal's question. Copied by resolve_ask. */
struct resolve_question
{
    uint64_t key;             /* the caller's, comes back with the answer; need not be unique */
    char unit[LIMIT_UNIT_ID]; /* unit identifier, or "" when the registry did not know it */
    int64_t device_time_us;   /* event time as the unit gave it, microseconds UTC; 0 = none */
    int64_t received_us;      /* when the centre had it, microseconds UTC */
    double latitude;          /* of the fix, degrees; meaningful when has_fix */
    double longitude;
    uint32_t accuracy_m; /* radius of the fix, 0 when the unit did not say */
    int64_t fix_time_us; /* when the fix was taken, 0 = not said (counts as live) */
    bool has_fix;
    bool clock_suspect; /* intake doubted the unit's clock: device_time_us is not used */
    bool credential_expired;
    bool unreadable; /* the frame could not be decoded */
};

/* What the rules decide by. Derived from the card alone (resolve_answer_from_card), so that a
 * replay of RECORD_RESOLVED gives exactly what the live answer gave. */
struct resolve_answer
{
    enum resolve_status status;
    enum unit_status unit_status;
    uint64_t allocation;  /* 0: nobody holds the unit at the event time */
    uint64_t case_id;     /* 0 when has_case is false */
    uint64_t property;    /* 0 when no place is known */
    enum risk risk;       /* RISK_UNKNOWN without a case */
    enum consent consent; /* to police attendance */
    enum residence perpetrator_resident;
    enum marker_status marker;            /* MARKER_UNKNOWN when it could not be checked */
    enum marker_status marker_last_known; /* meaningful when marker is MARKER_UNKNOWN */
    int64_t marker_last_known_us;         /* when that was checked; 0 never */
    int64_t checked_us;                   /* when PostgreSQL said what the card says; 0 never */
    char force[RESOLVE_FORCE];            /* code of the force a message would go to, or "" */
    uint64_t badges;                      /* bit n set: enum badge n */
    double home_latitude;                 /* of the place, meaningful when has_home */
    double home_longitude;
    bool has_home;
    bool has_case;
    bool case_open;
    bool mobile;         /* the unit follows the person */
    bool silent;         /* receipts and calls must be silent; true when not known */
    const uint8_t *card; /* packed larwm.Card; lives for the call */
    size_t card_size;    /* 1..LIMIT_CARD */
};

/* How often one path of a unit is heard. */
struct resolve_path
{
    bool used;            /* the unit has it */
    uint32_t interval_s;  /* configured; 0: learned from link tests */
    uint32_t fallback_s;  /* until learned; 0: none */
    uint32_t learned_s;   /* 0: nothing yet */
    uint64_t learned_pos; /* journal position of the record that said so, or that a person undid */
};

/* One unit, for supervision. Strings live for the call. */
struct resolve_unit
{
    const char *unit;
    const char *network; /* SIM supplier or network, "" when not known */
    uint32_t slot;       /* in struct last_seen, stable per unit while the daemon runs */
    uint32_t interval_s; /* heartbeat interval, 0 when not monitored */
    enum risk risk;      /* of the current holder; RISK_UNKNOWN when nobody holds it */
    enum unit_status status;
    bool monitored; /* heartbeats are expected of it, or its interval is to be learned */
    struct resolve_path paths[2]; /* main (always used), back-up */
};

/* One console user, for log-in. Strings live for the call. Never logged. */
struct resolve_user
{
    const char *user;
    const char *display_name;
    const char *password_hash; /* argon2id, libsodium's string form */
    const uint8_t *totp_secret;
    size_t totp_size; /* 0: not enrolled */
    enum role role;
    bool disabled;
    const char *language; /* "cy", "en" */
};

struct resolve_force
{
    const char *code;
    const char *name;
    const char *telephone;
    const char *cap_endpoint;
};

/* All called on the desk's loop; `data` is the one below; none may be NULL. None is called from
 * inside resolve_ask, resolve_ask_case or resolve_ask_holder: answers always come later. */
struct resolve_callbacks
{
    void *data;
    /* Exactly once for each resolve_ask, within the deadline. */
    void (*on_answer)(void *data, uint64_t key, const struct resolve_answer *answer);
    /* PostgreSQL answered a question after its deadline had been answered from the last known
     * record: a better answer to the same key. At most once a question. */
    void (*on_late_answer)(void *data, uint64_t key, const struct resolve_answer *answer);
    /* After those two: no further ones come in this turn of the loop, or of this statement. */
    void (*on_answers_end)(void *data);
    /* Exactly once for each resolve_ask_case. `answer` is NULL unless error is ERROR_NONE;
     * ERROR_NOT_FOUND: no such case; ERROR_DATABASE, ERROR_TIMEOUT, ERROR_SCHEMA: not answered. */
    void (*on_case)(void *data, uint64_t key, enum error error,
                    const struct resolve_answer *answer);
    /* Exactly once for each resolve_ask_holder. `text` ("name, case reference, from - to") is
     * personal data, NULL unless error is ERROR_NONE. */
    void (*on_holder)(void *data, uint64_t key, enum error error, const char *text);
    /* A new registry; the callee owns it (and calls registry_free when nobody reads it). */
    void (*on_registry)(void *data, struct registry *registry);
    /* The whole list each time; what is not in it is gone. */
    void (*on_units)(void *data, const struct resolve_unit *units, unsigned count);
    void (*on_users)(void *data, const struct resolve_user *users, unsigned count);
    void (*on_forces)(void *data, const struct resolve_force *forces, unsigned count);
    /* larwm_changed was notified: "directory", "case", "marker" or "allocation". Debounced: at most
     * once per payload in options.refresh_ms. "late": PostgreSQL answers after all, and some were
     * answered meanwhile without being asked of it; at most once a statement. Ask again for open
     * incidents. */
    void (*on_changed)(void *data, const char *what);
    /* PostgreSQL answers or does not. Called on every change, and once after resolve_start when it
     * is known. On true with resolve_is_up(), ask again for open incidents. */
    void (*on_database)(void *data, bool up);
    /* The schema was looked at; called before on_database(true) and when the verdict changes.
     * When it does not fit, the database counts as up but nothing is asked of it: answers come from
     * the snapshot. `detail` says what to run; no personal data. */
    void (*on_schema)(void *data, bool ok, const char *detail);
};

struct resolve_options
{
    const char *conninfo; /* libpq; a socket folder or hostaddr: a host name would block in DNS */
    const char *snapshot_path; /* file, made with mode 0600; "" or NULL = none */
    uint32_t deadline_ms; /* 0 = 250: longest wait for PostgreSQL before the last known answer */
    uint32_t refresh_ms;  /* 0 = 200: debounce of notices */
    uint32_t silence_ms;  /* 0 = 2000: a server silent so long on a request is down */
    uint32_t snapshot_ms; /* 0 = 10000: least time between two writes of the snapshot */
    uint32_t reload_s;    /* 0 = 300: directory and cards are read again without a notice */
};

struct resolve;

/*
 * Makes the object. Does not connect and reads nothing yet.
 * Returns ERROR_MEMORY; ERROR_CONFIG when conninfo cannot be parsed. Desk thread, before the loop.
 */
enum error
resolve_open(uv_loop_t *loop, const struct resolve_options *options,
             const struct resolve_callbacks *callbacks, struct resolve **ret_resolve) MUST_USE;

/* Loads the snapshot file when there is one and publishes what it gave (on_registry, on_units,
 * on_users, on_forces, from inside this call), then begins to connect. A damaged or foreign
 * snapshot is refused, logged and counted, and the daemon goes on without it. */
void resolve_start(struct resolve *resolve);

/*
 * Asks for one signal. Any unit, "" included. The question is copied. Every accepted question is
 * answered once through on_answer, never from inside this call.
 * Returns ERROR_FULL when LIMIT_PENDING_SIGNALS are waiting (then resolve_answer_unresolved gives
 * the caller a truthful card at once).
 */
enum error resolve_ask(struct resolve *resolve, const struct resolve_question *question) MUST_USE;

/* ATTACH: the card of a case by its reference, as if its holder had pressed `question->unit` at
 * question->received_us. ERROR_FULL as above. */
enum error resolve_ask_case(struct resolve *resolve, const char *case_reference,
                            const struct resolve_question *question) MUST_USE;

/* REVEAL: who held the unit at `at_us` (microseconds UTC), or last before it. */
enum error
resolve_ask_holder(struct resolve *resolve, uint64_t key, const char *unit, int64_t at_us) MUST_USE;

/* The answer from the last known record alone, at once: RESOLVE_CACHED, or RESOLVE_UNKNOWN, or for
 * a unit the registry does not know RESOLVE_CHECKED with BADGE_UNREGISTERED. `card` is filled and
 * ret_answer->card points to it. */
void resolve_answer_unresolved(struct resolve *resolve, const struct resolve_question *question,
                               uint8_t card[LIMIT_CARD], struct resolve_answer *ret_answer);

/* True while PostgreSQL answers and its schema fits. */
bool resolve_is_up(const struct resolve *resolve);

/* Stops everything, answers what is waiting from the last known record, writes the snapshot if it
 * changed, then calls on_closed from the loop; the object is gone when it is called. */
void resolve_close(struct resolve *resolve, void (*on_closed)(void *data), void *data);

/*
 * Pure: the decision fields of a packed card. Used by the fold for live and replayed records alike.
 * Returns ERROR_MALFORMED when `card` is not a larwm.Card. ret_answer->card points to `card`.
 */
enum error resolve_answer_from_card(const uint8_t *card, size_t size,
                                    struct resolve_answer *ret_answer) MUST_USE;

#endif
