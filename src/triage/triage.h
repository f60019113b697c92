/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Triage: from signals to incidents, and who holds them. A pure core: every change comes in through
 * triage_step with its time in the event; no I/O, clock, allocation, log or chance after creation.
 * The same events in the same order give the same state (triage_hash), so state is a fold over the
 * journal.
 *
 * The desk's loop for one journal record:
 *
 *     struct triage_event event = {.kind = .., .pos = record->pos, .time_us = record->time_us,
 *                                  .signal = unpacked};
 *     triage_step(triage, &event, &out);
 *     if (out.resolve) { ask resolve for out.resolve_pos / out.resolve_incident; }
 *     for each out.changes[i]: escalation_step, show the incident, record it
 *     for each note of escalation: triage_step with TRIAGE_REMARK
 *     when out.answered: answer the actor from out.result
 *
 * Limits (struct triage_limits) and what happens there:
 *   incidents  the oldest closed one goes first; when all are open, a signal takes the place of the
 *              unclaimed incident that ranks last if that is of a lesser class (change REMOVED; its
 *              signals are in PostgreSQL); otherwise it stays pending, out.overload is set and the
 *              desk asks resolve again
 *   pending    when full, a signal opens its incident at once, without a case, and is then
 * re-checked units      the unit unheard for longest is forgotten: a retransmission of its last
 * signal would then show as a press again; nothing is ever hidden by forgetting zones      as
 * units, for the counting of changes only
 *
 * One owner thread (the desk).
 */
#ifndef TRIAGE_TRIAGE_H
#define TRIAGE_TRIAGE_H

#include "base/error.h"
#include "journal.pb-c.h"
#include "triage/incident.h"

struct triage_limits
{
    uint32_t incidents; /* open, and closed ones still kept; about 24 KiB each, touched when used */
    uint32_t pending;   /* signals waiting for case and marker; about 1 KiB each */
    uint32_t units;     /* units remembered for retransmission, about 1 KiB each */
    uint32_t zones;     /* zones counted for flapping */
    uint32_t users;     /* users present at once */
};

/* Times in microseconds. triage_policy_default() gives the values in brackets. */
struct triage_policy
{
    int64_t repeat_native_us; /* [24 h] same boot, sequence and content: a retransmission */
    /* [10 min] the same for DC-09, whose sequence begins again: when the device time is the same
     * too, or .. */
    int64_t repeat_dc09_us;
    int64_t repeat_retry_us; /* .. [60 s] within this of the first copy; see repeat.c */
    int64_t again_us;        /* [1 s] since the answer to a signal: the unit's next joins unasked */
    int64_t correlate_us;    /* [10 min] since the last signal: joins the open incident (A21) */
    uint32_t flapping_edges; /* [10] changes of one zone, at most 15 .. */
    int64_t flapping_window_us; /* [5 min] .. within this: the next one is flapping */
    int64_t flapping_report_us; /* [1 s] the count of a flapping zone is shown at most this often */
    int64_t presence_grace_us;  /* [10 s] an owner's console is gone this long: the claim falls */
    int64_t closed_keep_us;     /* [10 min] a closed incident answers ALREADY_CLOSED this long */
    int64_t delayed_us;         /* [2 min] device time older than this: badge DELAYED */
    uint32_t test_minutes_max;  /* [15] longest test window (A23) */
    uint32_t mass_loss_units;   /* [20] units of one network, 2 to LIMIT_MASS_LOSS_UNITS, .. */
    int64_t mass_loss_us;       /* [5 min] .. late or lost within this: one incident (A29) */
};

struct triage_policy triage_policy_default(void);

/* The record type decides the kind; TRIAGE_REMARK alone has no record of its own. */
enum triage_event_kind
{
    TRIAGE_BOOT,     /* RECORD_BOOT: presence is forgotten; claims stay for presence_grace_us */
    TRIAGE_SIGNAL,   /* RECORD_SIGNAL */
    TRIAGE_RESOLVED, /* RECORD_RESOLVED */
    TRIAGE_ACTION,   /* RECORD_ACTION */
    TRIAGE_TIMER,    /* RECORD_TIMER; kinds other than TIMER_PRESENCE are no business of triage */
    TRIAGE_PRESENCE, /* RECORD_PRESENCE */
    TRIAGE_SUPERVISION, /* RECORD_SUPERVISION */
    TRIAGE_REPEATS, /* one signal of RECORD_REPEATS: copies counted by intake; of an unknown signal:
                       nothing */
    TRIAGE_REMARK,  /* escalation_note: an entry for an incident's history, or `held` changed */
};

struct triage_remark
{
    uint64_t incident;
    uint32_t history; /* larwm.console.HistoryKind; 0: only `held` */
    const char *user; /* or NULL */
    const char *text; /* or NULL */
    uint8_t alert;    /* enum alert_level */
    bool held;        /* escalation still needs the incident: keep it visible when closed */
};

/* Pointers live for the call. Exactly the one named by `kind` is set. */
struct triage_event
{
    enum triage_event_kind kind;
    uint64_t pos;    /* of the record; of the record being applied for a TRIAGE_REMARK */
    int64_t time_us; /* wall time of the record: never goes back */
    union
    {
        const Larwm__Journal__Signal *signal;
        const Larwm__Journal__Resolved *resolved;
        const Larwm__Journal__Action *action;
        const Larwm__Journal__Timer *timer;
        const Larwm__Journal__Presence *presence;
        const Larwm__Journal__Supervision *supervision;
        const Larwm__Journal__Repeat *repeat;
        const struct triage_remark *remark;
    };
};

enum triage_change_kind
{
    TRIAGE_CHANGE_NONE,
    TRIAGE_CHANGE_OPENED, /* a new incident */
    TRIAGE_CHANGE_SIGNAL, /* something came for an open incident; `what` says what */
    TRIAGE_CHANGE_CLAIMED,
    TRIAGE_CHANGE_RELEASED, /* by its owner, a supervisor, or because the console is gone */
    TRIAGE_CHANGE_ACTED,    /* the owner did something: note, view, attach, reveal */
    TRIAGE_CHANGE_ESCALATE, /* an operator asks for the police; escalation answers */
    TRIAGE_CHANGE_CLOSED,
    TRIAGE_CHANGE_SHOWN,   /* only the view changed (repeat, count of a flapping zone, remark) */
    TRIAGE_CHANGE_COUNTED, /* only counts of a mass loss changed: show them soon, not at once */
    TRIAGE_CHANGE_REMOVED, /* the incident left the pool: triage_find no longer knows it */
};

/* Bits of triage_change.what; the same bits as ESCALATION_WHAT_*. */
#define TRIAGE_WHAT_PRESS 0x01    /* pressed again */
#define TRIAGE_WHAT_RAISED 0x02   /* priority went up */
#define TRIAGE_WHAT_POSITION 0x04 /* a newer fix */
#define TRIAGE_WHAT_CARD 0x08     /* case, place, marker or hazards changed, or became known */
#define TRIAGE_WHAT_CANCEL 0x10   /* a cancel or restore code came */

struct triage_change
{
    enum triage_change_kind kind;
    uint64_t incident;
    uint32_t what;
};

enum triage_refusal
{
    TRIAGE_REFUSED_NOT,
    TRIAGE_REFUSED_TAKEN, /* result.detail: who holds it */
    TRIAGE_REFUSED_STALE, /* the actor saw an older epoch */
    TRIAGE_REFUSED_OUTCOME_MISSING,
    TRIAGE_REFUSED_NOT_ALLOWED, /* the role may not */
    TRIAGE_REFUSED_NOT_FOUND,
    TRIAGE_REFUSED_NOTHING_WAITING,
    TRIAGE_REFUSED_NOT_OWNER, /* result.detail: who holds it */
    TRIAGE_REFUSED_ALREADY_CLOSED,
    TRIAGE_REFUSED_BAD_REQUEST,
    TRIAGE_REFUSED_ONE_PERSON, /* a mass loss is about a network */
};

/* "TAKEN", "STALE", ..: the code of Result.refusal; "" for NOT. Any thread. */
const char *triage_refusal_text(enum triage_refusal refusal);

struct triage_result
{
    bool ok;
    enum triage_refusal refusal;
    char detail[LIMIT_USER];
    uint64_t incident; /* acted on; for NEXT the one claimed */
};

/* Swept 4, flapping shown 8, gathered LIMIT_MASS_LOSS_UNITS, and the incident itself with what had
 * to go for it. */
#define TRIAGE_FOLLOWERS 16 /* signals of a unit that wait for the answer to one before them */
#define TRIAGE_CHANGES (24 + LIMIT_MASS_LOSS_UNITS)

struct triage_out
{
    /* Ask resolve about this signal (RESOLVED then carries resolve_pos, or resolve_incident when
     * that is not 0). Only live: a replay has the RESOLVED record, or asks triage_pending
     * afterwards. */
    bool resolve;
    uint64_t resolve_pos;
    uint64_t resolve_incident;
    /* Retransmissions: counted on `repeat_of`, otherwise nothing new. */
    bool repeat;
    uint64_t repeat_of;     /* position of the first copy */
    uint32_t repeats;       /* of it so far, these included; stops at INT32_MAX */
    int64_t last_repeat_us; /* when the newest of them came */
    /* A signal that joined without a question: what the answer just before it said. */
    bool again;
    uint64_t allocation;
    uint64_t case_id;
    bool follows; /* a signal that waits for the answer to the one before it, without a question */
    /* RESOLVED: signals of the unit that waited for this answer, too, and are in the same incident
     * now; positions. */
    uint32_t followers_count;
    uint64_t followers[TRIAGE_FOLLOWERS];
    bool overload;     /* no incident could be had: SYSTEM_OVERLOAD */
    uint64_t gathered; /* the loss went into this incident of its network; else 0 */
    bool answered;     /* `result` answers an action; a change ESCALATE leaves the last word to
                          escalation_out.result */
    struct triage_result result;
    uint32_t changes_count;
    struct triage_change changes[TRIAGE_CHANGES]; /* the rest is not written: it must stand last */
};

struct triage;

/* Everything is allocated here. `node` 1..LIMIT_NODES. ERROR_MEMORY. */
enum error triage_create(const struct triage_limits *limits, const struct triage_policy *policy,
                         uint32_t node, struct triage **ret_triage) MUST_USE;
void triage_free(struct triage *triage);

/* The open incident that holds this very card, but for checked_us and badges, and that the unit of
 * the waiting signal at `pos` took part in last; 0 none. Only a card that was checked. The answer
 * may name it (Resolved.as_before) with the card_turn it has now. */
uint64_t
triage_as_before(const struct triage *triage, uint64_t pos, const uint8_t *card, size_t size);

/* Applies one event and overwrites *out. Nothing in an event can stop the process. */
void triage_step(struct triage *triage, const struct triage_event *event, struct triage_out *out);

/* The incident, open or closed and still kept, or NULL. */
const struct triage_incident *triage_find(const struct triage *triage, uint64_t incident);
/* Walks all kept incidents in order of opening: NULL begins, NULL ends. */
const struct triage_incident *
triage_each(const struct triage *triage, const struct triage_incident *previous);
/* A unit of a mass loss, late or lost. */
struct triage_mass_unit
{
    char unit[LIMIT_UNIT_ID];
    uint8_t risk;         /* enum risk of its holder */
    uint8_t kind;         /* enum signal_kind: UNIT_* or PATH_*, LATE or LOST */
    int64_t down_us;      /* record time of the first loss */
    int64_t last_seen_us; /* 0 not since start */
    uint64_t incident;    /* open, of the unit's loss alone; 0 none */
};
/* Those of an open mass loss, the highest risk first, lost before late, then the longest down; at
 * most `room`. Returns how many. */
uint32_t triage_mass_units(const struct triage *triage, const struct triage_incident *incident,
                           struct triage_mass_unit *to, uint32_t room);
/* Incidents not closed. */
uint32_t triage_open_count(const struct triage *triage);
/* Operators and supervisors on duty. */
uint32_t triage_duty_count(const struct triage *triage);

/* A signal that waits for its RESOLVED, oldest first; `after` 0 begins. The desk asks resolve for
 * each once after a replay, and again for one older than its deadline. Returns false at the end.
 * Incidents whose `resolve` is RESOLVE_PENDING (triage_each) want a re-check besides. */
struct triage_waiting
{
    uint64_t pos;
    int64_t time_us; /* of the signal's record */
    int64_t device_time_us;
    char unit[LIMIT_UNIT_ID]; /* may be "" */
    uint32_t badges;          /* bit (1 << enum badge): those of the signal itself */
    uint8_t kind;             /* enum signal_kind */
    bool has_fix;             /* `latitude`, `longitude` hold */
    double latitude;
    double longitude;
    uint32_t accuracy_m;
};
bool
triage_pending(const struct triage *triage, uint64_t after, struct triage_waiting *ret_waiting);
/* The one whose record is at `pos`; false when it does not wait. */
bool
triage_pending_at(const struct triage *triage, uint64_t pos, struct triage_waiting *ret_waiting);

/* Deadlines: call with the present time until false, and append a RECORD_TIMER for each. One whose
 * record is not applied within a second is given again, so a failed append loses nothing. The
 * present time may go back (watch.c: the machine's clock has caught up with the journal). */
struct triage_timer
{
    uint64_t incident;
    uint32_t kind; /* larwm.journal.TimerKind */
    int64_t due_us;
};
bool triage_take_due(struct triage *triage, int64_t now_us, struct triage_timer *ret_timer);
/* When to call triage_take_due next; INT64_MAX when nothing runs. */
int64_t triage_next_due_us(const struct triage *triage);

/* The folded state as tables of a checkpoint, and back into a triage that was just made with limits
 * no smaller. A load that answers false leaves it unusable: free it. */
struct sheet_writer;
struct sheet_reader;
/* `pos`: of the newest record applied. */
void triage_save(const struct triage *triage, uint64_t pos, struct sheet_writer *writer);
bool triage_load(struct triage *triage, const struct sheet_reader *reader) MUST_USE;

/* Over the whole folded state; for tests and for comparing a replay with the original. */
uint64_t triage_hash(const struct triage *triage);

#endif
