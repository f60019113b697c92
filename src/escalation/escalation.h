/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escalation: how long an incident may wait, and when and how the police are told. A pure core like
 * triage: time in the event, no I/O, the same events give the same state (escalation_hash).
 *
 * One plan for each incident, from its opening until it is closed and its police message has come
 * to its end. The desk turns each triage_change into one event here (same incident, same `what`
 * bits), and each escalation_note back into a TRIAGE_REMARK.
 *
 * Police message (REQ B3, E5): one for each incident for ever, under "larwm-<node>-<number>".
 *
 *     NONE -> QUEUED -> SENT -> ACCEPTED          closed as false, planned test or stock handling:
 *                         |---> REJECTED              QUEUED -> CANCELLED (it never goes)
 *                         '---> NO_ANSWER             SENT, ACCEPTED -> cancel_wanted -> CANCELLED
 *     REJECTED -> QUEUED: only when an operator asks again, as the next update of the same id
 *     NO_ANSWER -> ACCEPTED or REJECTED: a late answer counts
 *
 * Limit: `plans`; with as many as triage has incidents, and REMOVED passed on, it cannot run out
 * before triage does. When it does, out.overload is set (SYSTEM_OVERLOAD).
 * One owner thread (the desk).
 */
#ifndef ESCALATION_ESCALATION_H
#define ESCALATION_ESCALATION_H

#include "base/error.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Limits of one class; microseconds, 0 = none. */
struct escalation_class
{
    int64_t all_us;        /* unclaimed: to all consoles */
    int64_t supervisor_us; /* unclaimed: to the supervisor */
    int64_t stalled_us;    /* claimed and nothing done: the auditor speaks (cannot be 0) */
    bool push;             /* the automatic police push exists in this class */
};

/* escalation_policy_default() gives: P1 20 s, 40 s, 120 s, push; P2 90 s, 180 s, 300 s; P3 300 s,
 * 900 s, 1800 s; P4 and P5 900 s, 3600 s, 4 h; test 300 s, 900 s, 1800 s; no push below P1. */
struct escalation_policy
{
    struct escalation_class
        classes[6];               /* by enum priority; [PRIORITY_NONE] is for test incidents */
    int64_t no_operator_grace_us; /* [5 s] after a start or after the last one left */
    int64_t police_answer_us;     /* [15 s] then: telephone */
    int64_t update_gap_us;        /* [30 s] between two updates of one message */
};

struct escalation_policy escalation_policy_default(void);

/* What escalation has to know of an incident: the fields of the same name in struct
 * triage_incident. */
struct escalation_facts
{
    uint8_t priority;          /* enum priority */
    uint8_t kind;              /* enum signal_kind, the gravest */
    uint8_t marker;            /* enum marker_status */
    uint8_t marker_last_known; /* enum marker_status, when marker is UNKNOWN */
    int64_t marker_last_known_us;
    uint8_t consent;    /* enum consent */
    bool case_attached; /* case_id != 0 */
    bool unit_blocked;  /* unit lost, stolen, unregistered or unallocated: no automatic push */
    bool test;
    bool technical;
};

enum escalation_event_kind
{
    ESCALATION_BOOT,     /* RECORD_BOOT: nobody is on duty; the grace begins */
    ESCALATION_OPENED,   /* incident, facts */
    ESCALATION_SIGNAL,   /* incident, facts, what */
    ESCALATION_CLAIMED,  /* incident, user */
    ESCALATION_RELEASED, /* incident */
    ESCALATION_ACTED,    /* incident */
    ESCALATION_ASKED,    /* incident, user, text (the reason): an operator asks for the police */
    ESCALATION_CLOSED,   /* incident, outcome */
    ESCALATION_REMOVED,  /* incident: triage gave it up (TRIAGE_CHANGE_REMOVED); forget the plan */
    ESCALATION_TIMER,    /* incident, timer, due_us: from RECORD_TIMER */
    ESCALATION_POLICE,   /* incident, police, text (detail), update_no: from RECORD_POLICE */
    ESCALATION_DUTY,     /* duty: operators and supervisors now on duty (triage_duty_count) */
};

/* Bits of `what`, as in triage.h. */
#define ESCALATION_WHAT_PRESS 0x01
#define ESCALATION_WHAT_RAISED 0x02
#define ESCALATION_WHAT_POSITION 0x04
#define ESCALATION_WHAT_CARD 0x08
#define ESCALATION_WHAT_CANCEL 0x10

struct escalation_event
{
    enum escalation_event_kind kind;
    int64_t time_us; /* of the record */
    uint64_t incident;
    struct escalation_facts facts;
    uint32_t what;
    const char *user; /* or NULL; lives for the call */
    const char *text; /* or NULL; lives for the call */
    uint8_t outcome;  /* enum outcome */
    uint32_t timer;   /* larwm.journal.TimerKind */
    int64_t due_us;
    uint32_t police; /* larwm.journal.PoliceEvent */
    uint32_t update_no;
    uint32_t duty;
};

/* One plan: the escalation half of console.Incident. */
struct escalation_plan
{
    uint64_t incident;
    struct escalation_facts facts;
    bool claimed;
    bool closed;
    uint8_t alert;   /* enum alert_level: never lowered while open */
    uint8_t waited;  /* unclaimed limits passed since waiting_from_us: 0, 1 (all), 2 (supervisor) */
    bool duty_asked; /* the limit "nobody on duty" has spoken since waiting_from_us */
    int64_t waiting_from_us; /* opened, raised to P1 or released: the unclaimed limits count from
                                here */
    int64_t moved_us;        /* the last thing somebody did */
    int64_t due_us;          /* the countdown shown, 0 none */
    int64_t due_from_us;
    uint32_t due_kind; /* larwm.journal.TimerKind */
    uint32_t stalled;  /* times the auditor spoke since it last moved */

    uint8_t state;               /* enum escalation_state */
    uint8_t reason;              /* enum escalation_reason */
    int64_t unverified_since_us; /* reason MARKER_UNVERIFIED: when the marker was last known */
    bool no_operator;            /* nobody was on duty when it was queued */
    int64_t queued_us;
    int64_t sent_us;
    int64_t answered_us;
    int64_t answer_due_us; /* 0 when not waiting for an answer */
    uint32_t tries;        /* hand-overs that failed, and repeated asks after a rejection */
    uint32_t update_no;    /* updates wanted so far */
    uint32_t update_sent;
    int64_t update_us;    /* of the newest update wanted */
    uint32_t update_what; /* what waits for the next update, 0 nothing */
    bool cancel_wanted;
    bool call_by_phone;         /* rejected, no answer, or pushing is not possible */
    char queued_by[LIMIT_USER]; /* "" when automatic */
    char log_number[64];
    char rejection[160];
};

/* For the incident's history (TRIAGE_REMARK) and the audit trail. */
struct escalation_note
{
    uint64_t incident;
    uint32_t history; /* larwm.console.HistoryKind; 0: only `held` changed */
    uint8_t alert;    /* enum alert_level */
    bool held;        /* the plan still has something to do: keep the incident visible */
    char user[LIMIT_USER];
    char text[160];
};

enum escalation_refusal
{
    ESCALATION_REFUSED_NOT,
    ESCALATION_REFUSED_NOT_FOUND,
    ESCALATION_REFUSED_ALREADY_SENT, /* the message has gone, or is on its way */
    ESCALATION_REFUSED_ALREADY_CLOSED,
    ESCALATION_REFUSED_BAD_REQUEST, /* consent is NO and no reason was given (REQ G3) */
};

/* "ALREADY_SENT", ..; "" for NOT. Any thread. */
const char *escalation_refusal_text(enum escalation_refusal refusal);

#define ESCALATION_NOTES 8

struct escalation_out
{
    bool answered; /* ESCALATION_ASKED only: `refusal` is the answer */
    enum escalation_refusal refusal;
    bool plan_changed; /* the view of `incident` changed, even without a note */
    bool overload;     /* OPENED: no plan was free, so nothing watches this incident */
    bool queued;       /* the message was queued now: build its text (message.h) */
    bool settled;      /* the plan came to its end and is forgotten: `last` is how it stood */
    uint64_t incident;
    uint32_t notes_count;
    struct escalation_note notes[ESCALATION_NOTES]; /* the rest is not written */
    struct escalation_plan last;                    /* only when `settled` */
};

struct escalation;

/* Everything is allocated here. ERROR_MEMORY. */
enum error escalation_create(uint32_t plans, const struct escalation_policy *policy,
                             struct escalation **ret_escalation) MUST_USE;
void escalation_free(struct escalation *escalation);

/* Applies one event and overwrites *out. Nothing in an event can stop the process. */
void escalation_step(struct escalation *escalation, const struct escalation_event *event,
                     struct escalation_out *out);

/* The plan, or NULL. */
const struct escalation_plan *
escalation_find(const struct escalation *escalation, uint64_t incident);
/* Would the automatic push be allowed for these facts? For the console's prompt. */
bool escalation_may_push(const struct escalation_facts *facts);
/* "larwm-<node>-<number>" of an incident; `to` holds 32. */
void escalation_message_id(uint64_t incident, char to[32]);

/* Deadlines, as in triage.h: call with the present time until false, append a RECORD_TIMER for
 * each. The present time may go back (watch.c: the machine's clock has caught up with the journal).
 */
struct escalation_timer
{
    uint64_t incident;
    uint32_t kind; /* larwm.journal.TimerKind */
    int64_t due_us;
};
bool escalation_take_due(struct escalation *escalation, int64_t now_us,
                         struct escalation_timer *ret_timer);
int64_t escalation_next_due_us(const struct escalation *escalation);

/* The auditor: does every open incident have a limit that lies at most `slack_us` in the past?
 * Returns the first that has not, or 0. Walks all plans: a few times a minute, not every turn. */
uint64_t escalation_audit(const struct escalation *escalation, int64_t now_us, int64_t slack_us);

/* The folded state as tables of a checkpoint, and back into one that was just made. A load that
 * answers false leaves it unusable. */
struct sheet_writer;
struct sheet_reader;
struct sheet_cursor;
struct sheet_kind;
void escalation_save(const struct escalation *escalation, struct sheet_writer *writer);
bool escalation_load(struct escalation *escalation, const struct sheet_reader *reader) MUST_USE;
/* One plan, for who keeps a copy: its table, and the next row; false at the end, and for what
 * cannot be a plan. */
extern const struct sheet_kind escalation_plan_kind;
bool escalation_plan_load(struct sheet_cursor *cursor, struct escalation_plan *ret_plan) MUST_USE;

/* Over the whole folded state. */
uint64_t escalation_hash(const struct escalation *escalation);

#endif
