/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the desk share. One thread owns all of it: the app's before desk_start, the
 * desk's afterwards. Files, in the order of an alarm:
 *     cores.c    the cores, made with the policy of the configuration
 *     desk.c     thread, loop, the turn: drain, apply, show
 *     apply.c    one record into the cores; those about signals in apply_signal.c
 *     change.c   what the cores changed: escalation, history, rows for the recorder
 *     ask.c      whose life is it: questions to resolve, answers back as records
 *     post.c     records the desk itself appends; answers of resolve in post_answers.c
 *     boot.c     the record of our start, and who was there before it was durable
 *     watch.c    limits that passed, the auditor
 *     silent.c   silent units and paths, learned intervals
 *     mass.c     networks of units; counts of a mass loss that may wait a moment
 *     view.c     console.Incident of an incident; of a mass loss in view_mass.c
 *     record.c   rows of changed incidents for PostgreSQL, and what the journal may drop
 *     show.c     deltas, status and ticks to the outlet
 *     answer.c   results of acts to the outlet
 *     users.c    log-ins to the outlet
 *     condition.c  the centre's own condition: database, schema, journal, police gateway
 */
#ifndef DESK_INTERNAL_H
#define DESK_INTERNAL_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/pool.h"
#include "base/require.h"
#include "base/table.h"
#include "console.pb-c.h"
#include "desk/desk.h"
#include "escalation/escalation.h"
#include "escalation/message.h"
#include "journal.pb-c.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"
#include "record/record.h"
#include "resolve/resolve.h"
#include "supervision/supervision.h"
#include "triage/triage.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#define DESK_POST_BODY (LIMIT_CARD + 512)     /* the largest record the desk appends: a card's */
#define DESK_ANSWERS 64                       /* most answers of resolve in one record */
#define DESK_KEY_INCIDENT (UINT64_C(1) << 48) /* from here on a key of resolve is an incident's */
#define DESK_DELTA_BODY 49152                 /* the largest console.Incident */
#define DESK_DELTAS 512                       /* blocks on their way to the outlet */
#define DESK_TOUCHED (TRIAGE_CHANGES + 88)    /* incidents one record can change */
#define DESK_WAITING_ANSWERS 256              /* ATTACH and REVEAL waiting for PostgreSQL */
#define DESK_RESULTS (LIMIT_OUTLET_ENTRIES + DESK_WAITING_ANSWERS) /* answers not sent yet */
#define DESK_TECHNICAL 160
#define DESK_GATEWAYS 16 /* police gateways told apart */
#define DESK_ARENA (1u << 20)
#define DESK_NETWORKS 1024 /* networks told apart; units of a further one are never gathered */
#define DESK_COUNTED 8     /* incidents whose counts wait for the tick */

/* What the rows of an incident say of its card: references, no name and no address. */
struct desk_references
{
    uint32_t turn; /* triage_incident.card_turn when they were read; 0: never */
    char linked_case[64];
    char case_reference[64];
    char marker_reference[64];
    char force[16];
};

/* One incident as the desk shows it. */
struct desk_item
{
    uint64_t incident;   /* 0: free */
    bool dirty;          /* its newest state has not gone to the outlet */
    bool queued;         /* its index stands in desk.dirty: of the place, also while it is free */
    bool shown;          /* the outlet has it as open: it must hear when it goes */
    bool provisional;    /* a signal whose incident cannot be opened yet */
    bool closed;         /* it was closed, not given up */
    bool asked;          /* a re-check is under way */
    bool has_message;    /* message[] is what went to the police: frozen (REQ B3) */
    bool settled;        /* escalation has forgotten it: last is how its plan ended */
    uint32_t rank;       /* in the queue, when it was last shown */
    uint64_t police_row; /* hash of the one written last, 0: none */
    struct desk_references references;
    uint32_t recorded; /* entries of its history that record `recorded_pos` has given PostgreSQL */
    uint64_t recorded_pos;
    struct escalation_plan last;
    char message[LIMIT_POLICE_TEXT];
};

/* Answers of resolve for the next record, packed as journal.Answers. */
struct desk_answers
{
    size_t size;
    size_t first;   /* where the first Resolved begins */
    unsigned count; /* at most DESK_ANSWERS */
    bool rechecks;  /* one of them is of an incident */
    uint8_t body[DESK_POST_BODY];
};

/* Somebody waits for the answer of an ATTACH or REVEAL. */
struct desk_waiting
{
    bool used;
    uint64_t key;
    uint64_t handle;
    uint64_t ref;
    uint64_t incident;
};

/* An answer to an act, until a delta takes it to the outlet. */
struct desk_result
{
    uint64_t handle;
    uint64_t ref;
    uint64_t incident;
    const char *refusal; /* static text */
    bool ok;
    char detail[LIMIT_USER];
    char revealed[RESOLVE_HOLDER_TEXT]; /* personal data */
};

/* The directory of log-ins as it came last, packed one behind the other. */
struct desk_users
{
    uint8_t *bytes; /* of each: its size (uint32_t), then a console.Credential */
    size_t size;
    size_t at; /* what stands before it has been sent */
    bool unsent;
    bool begun; /* DELTA_CREDENTIALS_BEGIN was sent */
};

/* The networks of the units under supervision, as the registry names them. */
struct desk_networks
{
    struct table by_name;         /* hash -> index into names */
    char (*names)[LIMIT_NETWORK]; /* [0] is "": not known */
    uint32_t count;
};

/* Somebody whose coming was durable before the record of our start was. */
struct desk_present
{
    char user[LIMIT_USER]; /* "": free */
    uint32_t role;
    bool unsaid; /* must be said again */
};

enum desk_condition
{
    DESK_CONDITION_DATABASE,
    DESK_CONDITION_SCHEMA,
    DESK_CONDITION_JOURNAL,
    DESK_CONDITION_DISK_FULL,
    DESK_CONDITION_POLICE,
    DESK_CONDITION_OVERLOAD,
    DESK_CONDITION_SUPERVISION, /* more monitored units than room */
    DESK_CONDITION_RECORDER,
    DESK_CONDITION_AUDIT,
    DESK_CONDITION_COUNT
};

struct desk_notice
{
    bool raised;
    int64_t since_us;
    char detail[160]; /* no personal data */
};

/* The newest checkpoint. */
struct desk_checkpoint
{
    uint64_t pos;           /* of the newest one packed or restored */
    unsigned tick;          /* when it was packed */
    uint8_t *bytes;         /* packed, PostgreSQL is not so far yet; else NULL */
    size_t size;            /* of the newest packed */
    uint64_t rest_until_us; /* monotonic; no other is packed before */
};

struct desk
{
    uint32_t magic;
    struct desk_options options;
    struct desk_links links;
    uv_loop_t loop;
    uv_poll_t wake;
    uv_prepare_t flush;
    uv_timer_t watch; /* limits and silent units */
    uv_timer_t tick;  /* twice a second */
    uv_timer_t held;  /* until those that wait are shown */
    uv_timer_t stopping;
    struct waker waker;
    pthread_t thread;
    bool started;
    _Atomic bool stop;               /* set by desk_stop, read by the desk thread after a wake */
    _Atomic uint64_t turn_mono_ms;   /* of the last tick; read by the watchdog, relaxed */
    _Atomic bool registry_published; /* once; read by the app thread, relaxed */
    bool replaying;
    bool closing;
    unsigned closing_left; /* resolve and record still closing */

    struct ring entries;       /* of struct flow_entry *, from the journal */
    struct flow_port port;     /* to the journal */
    struct pool posts;         /* of struct flow_entry, to the journal */
    struct pool deltas;        /* of struct flow_delta, to the outlet */
    struct arena record_arena; /* the record being applied */
    struct arena view_arena;   /* the card of the incident being shown */

    struct triage *triage;
    struct escalation *escalation;
    struct supervision *supervision;
    struct resolve *resolve;
    struct record *record;
    struct registry *registry; /* newest, not yet taken by intake; NULL when taken */

    struct desk_item *items;
    uint32_t *items_free;
    uint32_t items_free_count;
    uint32_t items_count;
    struct table items_by_incident;
    uint32_t *dirty; /* indexes of dirty items, oldest first */
    uint32_t dirty_count;
    uint32_t held_count;  /* of them, the first: wait for the next look at all */
    uint64_t show_all_us; /* monotonic: when that is, at the latest */

    struct desk_result *results; /* a ring of DESK_RESULTS */
    uint32_t results_first;
    uint32_t results_count;
    struct desk_users users;
    struct desk_networks networks;
    uint64_t counted[DESK_COUNTED]; /* incidents whose counts have changed since the tick */
    uint32_t counted_count;
    struct desk_present *present; /* of LIMIT_OPERATORS */
    bool booted;                  /* the record of our start has been applied */
    bool boot_failed;             /* it could not be made durable at first */
    bool boot_wanted;             /* it must be posted again */
    bool behind;                  /* the outlet has not taken everything yet */

    struct desk_answers answers;
    struct desk_waiting waiting[DESK_WAITING_ANSWERS];
    uint64_t waiting_next;
    struct desk_notice notices[DESK_CONDITION_COUNT];
    bool status_dirty;
    bool ready_sent;
    uint64_t status_hash;             /* of the status sent last */
    bool recheck_wanted;              /* all open incidents must be asked for again */
    uint64_t recheck_after;           /* this far a round of it has come; 0: none under way */
    bool pending_wanted;              /* pending signals must be asked for again */
    uint64_t gateways[DESK_GATEWAYS]; /* hashes of the users of police gateways present */
    uint32_t police_gateways;
    bool database_up;
    int64_t database_since_us;
    bool schema_ok;
    char schema_detail[160];
    uint64_t applied_pos;  /* newest record applied */
    int64_t applied_us;    /* its time */
    uint64_t replayed_pos; /* newest record of the past */
    int64_t ahead_us;      /* the journal's time before the wall clock's; 0 when it is not */
    unsigned ticks;
    struct desk_checkpoint checkpoint;
};

#define DESK_MAGIC 0x6465736bu

/* The record being applied, and what it touched. */
struct desk_turn
{
    const struct flow_record *record;
    uint64_t touched[DESK_TOUCHED];
    unsigned touched_count;
};

/* apply.c: one record, live or replayed. */
void desk_apply(struct desk *desk, const struct flow_record *record);
/* The newest record is of this time: see there. */
void desk_follow_journal(struct desk *desk, int64_t time_us);

/* checkpoint.c */
void desk_checkpoint_look(struct desk *desk); /* on each tick, and when PostgreSQL has more */
struct sheet_writer;
void desk_save(struct desk *desk, struct sheet_writer *writer);

/* apply_signal.c */
void desk_step(struct desk *desk, struct desk_turn *turn, struct triage_event *event,
               struct triage_out *out, const Larwm__Journal__Action *action); /* apply.c */
void
desk_apply_signal(struct desk *desk, struct desk_turn *turn, const Larwm__Journal__Signal *signal);
void desk_apply_repeats(struct desk *desk, struct desk_turn *turn,
                        const Larwm__Journal__Repeats *repeats);
void desk_apply_resolved(struct desk *desk, struct desk_turn *turn,
                         const Larwm__Journal__Resolved *resolved);
void desk_apply_answers(struct desk *desk, struct desk_turn *turn,
                        const Larwm__Journal__Answers *answers);
void desk_apply_supervision(struct desk *desk, struct desk_turn *turn,
                            const Larwm__Journal__Supervision *supervision);

/* change.c */
void desk_changes(struct desk *desk, struct desk_turn *turn, const struct triage_out *out,
                  const Larwm__Journal__Action *action);
void desk_escalate(struct desk *desk, struct desk_turn *turn, const struct escalation_event *event,
                   struct escalation_out *out);
/* The plan of an incident, also after it came to its end, or NULL. */
const struct escalation_plan *desk_plan_of(struct desk *desk, uint64_t incident);
void desk_touch(struct desk *desk, struct desk_turn *turn, uint64_t incident);
void
desk_audit(struct desk *desk, const struct desk_turn *turn, const char *actor, const char *action,
           const char *subject_kind, const char *subject, const char *detail);
/* "1-123" for an incident id; `to` holds 32. */
void desk_reference(uint64_t incident, char to[32]);

/* record.c */
/* Rows of every touched incident, then record_advance. */
/* The rows of what this record touched so far; then nothing is touched. */
void desk_record_touched(struct desk *desk, struct desk_turn *turn);
void desk_record_turn(struct desk *desk, struct desk_turn *turn);
/* The card of an incident in the view arena, or NULL. */
Larwm__Card *desk_card_of(struct desk *desk, const struct triage_incident *incident);
/* Data of the incident's case was shown or sent (REQ E6); nothing when it has no case. */
void desk_record_disclosure(struct desk *desk, const struct desk_turn *turn, uint64_t incident,
                            const char *actor, const char *fields, const char *receiver,
                            const char *reason);
/* Tells the journal what it need not keep. */

/* boot.c */
void desk_boot_post(struct desk *desk);
void desk_boot_failed(struct desk *desk);
void desk_boot_applied(struct desk *desk);
void desk_boot_note_presence(struct desk *desk, const Larwm__Journal__Presence *presence);
void desk_boot_tick(struct desk *desk);

/* ask.c */
extern const struct resolve_callbacks desk_resolve_callbacks;
void desk_ask_signal(struct desk *desk, uint64_t pos, uint64_t incident,
                     const Larwm__Journal__Signal *signal);
void desk_ask_pending(struct desk *desk);
/* The signal at `pos`, if it still waits. */
void desk_ask_waiting_at(struct desk *desk, uint64_t pos);
void desk_ask_rechecks(struct desk *desk);
void desk_ask_attach(struct desk *desk, const struct flow_record *record, uint64_t incident,
                     const char *case_reference);
void desk_ask_reveal(struct desk *desk, const struct flow_record *record, uint64_t incident);

/* desk.c: hands the newest registry to intake, and frees those it gave back. */
void desk_hand_over_registry(struct desk *desk);

/* post.c: append a record; false when no block is left or the message is too large (the caller
 * tries again on a later turn). */
bool desk_post(struct desk *desk, enum record_type type, const ProtobufCMessage *message);
/* The same, of a message that is packed already. */
bool desk_post_bytes(struct desk *desk, enum record_type type, const uint8_t *bytes, size_t size);
/* post_answers.c: keeps an answer for the next record; `key` is a signal's position or an
 * incident's id. What cannot be posted in the end is asked again. */
void desk_take_answer(struct desk *desk, uint64_t key, const struct resolve_answer *answer);
/* Posts what was kept. */
void desk_flush_answers(struct desk *desk);
/* Posts the answer for an incident at once, after what was kept. False: not posted. */
bool desk_post_answer(struct desk *desk, uint64_t incident, const struct resolve_answer *answer);
/* On the next tick: all pending signals, and all open incidents when `recheck`. */
void desk_ask_again(struct desk *desk, bool recheck);
void desk_take_tickets(struct desk *desk);

/* watch.c */
/* Wall time, but never behind the journal's: limits are counted from the times of records. */
int64_t desk_now_us(const struct desk *desk);
void desk_watch_arm(struct desk *desk);
void desk_on_watch(uv_timer_t *timer);
void desk_watch_audit(struct desk *desk);

/* cores.c */
enum error desk_create_cores(struct desk *desk) MUST_USE;

/* mass.c */
enum error desk_mass_create(struct desk *desk) MUST_USE;
void desk_mass_free(struct desk *desk);
/* Network and risk of a unit in one word, for supervision to give back. */
uint32_t desk_mass_tag(struct desk *desk, const struct resolve_unit *unit);
/* .. into the record of a report. */
void
desk_mass_fill(const struct desk *desk, uint32_t tag, Larwm__Journal__Supervision *ret_supervision);
/* Counts of a mass loss changed: it is shown on the next tick, however often that happens. */
void desk_count_later(struct desk *desk, uint64_t incident);
void desk_show_counted(struct desk *desk);
/* Losses of incidents that were gathered into out->gathered now belong to that, too. */
void
desk_record_gathered(struct desk *desk, const struct desk_turn *turn, const struct triage_out *out);

/* silent.c */
void desk_silent_look(struct desk *desk); /* paths whose timer passed */
void desk_silent_seen(struct desk *desk, const Larwm__Journal__Signal *signal);
void desk_silent_units(struct desk *desk, const struct resolve_unit *units, unsigned count);
void desk_silent_record(struct desk *desk, const Larwm__Journal__Supervision *body, uint64_t pos);

/* view.c: packs the incident into `to`; returns its size, 0 when it does not fit. */
size_t desk_view_pack(struct desk *desk, const struct triage_incident *incident,
                      const struct desk_item *item, uint8_t *to, size_t size);
/* The police text as it stands, into `to`. */
void desk_view_message(struct desk *desk, const struct triage_incident *incident, uint8_t reason,
                       int64_t now_us, char to[LIMIT_POLICE_TEXT]);

/* view_mass.c: the network, counts and units of a mass loss, or NULL; until the next call. */
Larwm__Console__MassLoss *
desk_view_mass(const struct desk *desk, const struct triage_incident *incident);

/* The flapping zone or the counts of a mass loss in words, or ""; into `to`. */
const char *desk_view_technical(const struct triage_incident *incident, char to[DESK_TECHNICAL]);
/* A signal whose incident cannot be opened yet, as if it were one. */
size_t desk_view_pack_waiting(struct desk *desk, const struct triage_waiting *waiting, uint8_t *to,
                              size_t size);
/* An incident that is no more. */
size_t desk_view_pack_gone(uint64_t incident, uint8_t *to, size_t size);

/* show.c */
struct flow_delta *desk_delta(struct desk *desk, enum flow_delta_kind kind, uint64_t key);
bool desk_push(struct desk *desk, struct flow_delta *delta);
struct desk_item *desk_item_of(struct desk *desk, uint64_t incident, bool make);
void desk_item_drop(struct desk *desk, uint64_t incident);
void desk_mark_dirty(struct desk *desk, uint64_t incident);
void desk_show(struct desk *desk); /* everything dirty, as far as blocks reach */
void desk_show_tick(struct desk *desk);
/* Signals that wait too long for their incident: shown as they are (rule R0). */
void desk_show_waiting(struct desk *desk);

/* users.c */
void desk_users_take(struct desk *desk, const struct resolve_user *users, unsigned count);
void desk_users_send(struct desk *desk);
void desk_users_free(struct desk *desk);

/* answer.c: exactly one for each record of an act or of the police gateway */
void desk_answers_send(struct desk *desk);
void desk_answer(struct desk *desk, uint64_t handle, uint64_t ref, bool ok, const char *refusal,
                 const char *detail, uint64_t incident, const char *revealed);

/* condition.c */
void desk_condition_set(struct desk *desk, enum desk_condition condition, bool raised,
                        const char *detail);
void desk_condition_look(struct desk *desk); /* journal and police gateway, on each tick */
void
desk_status_fill(struct desk *desk, Larwm__Console__Status *status,
                 Larwm__Console__SystemNotice *notices, Larwm__Console__SystemNotice **pointers);

#endif
