/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the desk share. One thread owns all of it: the app's before desk_start, the
 * desk's afterwards. Files, in the order of an alarm:
 *     desk.c     thread, loop, the turn: drain, apply, show
 *     apply.c    one record into the cores
 *     change.c   what the cores changed: escalation, history, rows for the recorder
 *     ask.c      whose life is it: questions to resolve, answers back as records
 *     post.c     records the desk itself appends
 *     watch.c    limits that passed, silent units, the auditor
 *     view.c     console.Incident of an incident
 *     show.c     deltas, status, ticks, log-ins to the outlet
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

#define DESK_POST_BODY (LIMIT_CARD + 512) /* the largest record the desk appends: RESOLVED */
#define DESK_DELTA_BODY 49152             /* the largest console.Incident */
#define DESK_DELTAS 512                   /* blocks on their way to the outlet */
#define DESK_TOUCHED 48                   /* incidents one record can change */
#define DESK_WAITING_ANSWERS 256          /* ATTACH and REVEAL waiting for PostgreSQL */
#define DESK_ARENA (1u << 20)

/* One incident as the desk shows it. */
struct desk_item
{
    uint64_t incident; /* 0: free */
    bool dirty;        /* its newest state has not gone to the outlet */
    bool shown;        /* the outlet has it */
    bool asked;        /* a re-check is under way */
    bool has_message;  /* message[] is what went to the police: frozen (REQ B3) */
    char message[LIMIT_POLICE_TEXT];
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

enum desk_condition
{
    DESK_CONDITION_DATABASE,
    DESK_CONDITION_SCHEMA,
    DESK_CONDITION_JOURNAL,
    DESK_CONDITION_DISK_FULL,
    DESK_CONDITION_POLICE,
    DESK_CONDITION_OVERLOAD,
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

struct desk
{
    uint32_t magic;
    struct desk_options options;
    struct desk_links links;
    uv_loop_t loop;
    uv_async_t wake;
    uv_prepare_t flush;
    uv_timer_t watch;   /* limits and silent units */
    uv_timer_t tick;    /* twice a second */
    uv_timer_t stopping;
    struct waker waker;
    pthread_t thread;
    bool started;
    _Atomic bool stop;  /* set by desk_stop, read by the desk thread after a wake */
    _Atomic uint64_t turn_mono_ms; /* of the last tick; read by the watchdog, relaxed */
    _Atomic bool registry_published; /* once; read by the app thread, relaxed */
    bool replaying;
    bool closing;
    unsigned closing_left; /* resolve and record still closing */

    struct ring entries;   /* of struct flow_entry *, from the journal */
    struct flow_port port; /* to the journal */
    struct pool posts;     /* of struct flow_entry, to the journal */
    struct pool deltas;    /* of struct flow_delta, to the outlet */
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

    struct desk_waiting waiting[DESK_WAITING_ANSWERS];
    uint64_t waiting_next;
    struct desk_notice notices[DESK_CONDITION_COUNT];
    bool status_dirty;
    bool ready_sent;
    bool released;         /* the journal was told once what it need not keep */
    bool recheck_wanted;
    bool pending_wanted;   /* pending signals must be asked for again */
    uint64_t pending_from;
    uint32_t police_gateways;
    bool database_up;
    int64_t database_since_us;
    bool schema_ok;
    char schema_detail[160];
    uint64_t applied_pos;  /* newest record applied */
    unsigned ticks;
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

/* change.c */
void desk_changes(struct desk *desk, struct desk_turn *turn, const struct triage_out *out,
                  const Larwm__Journal__Action *action);
void desk_escalate(struct desk *desk, struct desk_turn *turn, const struct escalation_event *event,
                   struct escalation_out *out);
void desk_touch(struct desk *desk, struct desk_turn *turn, uint64_t incident);
/* Rows of every touched incident, then record_advance. */
void desk_record_turn(struct desk *desk, struct desk_turn *turn);
void desk_audit(struct desk *desk, const struct desk_turn *turn, const char *actor,
                const char *action, const char *subject_kind, const char *subject,
                const char *detail);
/* "1-123" for an incident id; `to` holds 32. */
void desk_reference(uint64_t incident, char to[32]);

/* ask.c */
extern const struct resolve_callbacks desk_resolve_callbacks;
void desk_ask_signal(struct desk *desk, uint64_t pos, uint64_t incident,
                     const Larwm__Journal__Signal *signal);
void desk_ask_pending(struct desk *desk);
void desk_ask_rechecks(struct desk *desk);
void desk_ask_attach(struct desk *desk, const struct flow_record *record, uint64_t incident,
                     const char *case_reference);
void desk_ask_reveal(struct desk *desk, const struct flow_record *record, uint64_t incident);

/* desk.c: hands the newest registry to intake, and frees those it gave back. */
void desk_hand_over_registry(struct desk *desk);

/* post.c: append a record; false when no block is left or the message is too large (the caller
 * tries again on a later turn). */
bool desk_post(struct desk *desk, enum record_type type, const ProtobufCMessage *message);
void desk_take_tickets(struct desk *desk);

/* watch.c */
void desk_watch_arm(struct desk *desk);
void desk_on_watch(uv_timer_t *timer);
void desk_watch_seen(struct desk *desk, const char *unit);
void desk_watch_units(struct desk *desk, const struct resolve_unit *units, unsigned count);
void desk_watch_record(struct desk *desk, const Larwm__Journal__Supervision *body);
void desk_watch_audit(struct desk *desk);

/* view.c: packs the incident into `to`; returns its size, 0 when it does not fit. */
size_t desk_view_pack(struct desk *desk, const struct triage_incident *incident,
                      const struct desk_item *item, uint8_t *to, size_t size);
/* The police text as it stands, into `to`. */
void desk_view_message(struct desk *desk, const struct triage_incident *incident, uint8_t reason,
                       int64_t now_us, char to[LIMIT_POLICE_TEXT]);

/* show.c */
struct desk_item *desk_item_of(struct desk *desk, uint64_t incident, bool make);
void desk_item_drop(struct desk *desk, uint64_t incident);
void desk_mark_dirty(struct desk *desk, uint64_t incident);
void desk_show(struct desk *desk);      /* everything dirty, as far as blocks reach */
void desk_show_tick(struct desk *desk);
void desk_show_users(struct desk *desk, const struct resolve_user *users, unsigned count);
void desk_answer(struct desk *desk, uint64_t handle, uint64_t ref, bool ok, const char *refusal,
                 const char *detail, uint64_t incident, const char *revealed);

/* condition.c */
void desk_condition_set(struct desk *desk, enum desk_condition condition, bool raised,
                        const char *detail);
void desk_condition_look(struct desk *desk); /* journal and police gateway, on each tick */
void desk_status_fill(struct desk *desk, Larwm__Console__Status *status,
                      Larwm__Console__SystemNotice *notices,
                      Larwm__Console__SystemNotice **pointers);

#endif
