/* SPDX-License-Identifier: Apache-2.0 */
#include "escalation/escalation.h"

#include "base/hash.h"
#include "base/require.h"
#include "base/text.h"
#include "escalation/state.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 1000

const char *
escalation_refusal_text(enum escalation_refusal refusal)
{
    static const char *const texts[] = {
        [ESCALATION_REFUSED_NOT] = "",
        [ESCALATION_REFUSED_NOT_FOUND] = "NOT_FOUND",
        [ESCALATION_REFUSED_ALREADY_SENT] = "ALREADY_SENT",
        [ESCALATION_REFUSED_ALREADY_CLOSED] = "ALREADY_CLOSED",
        [ESCALATION_REFUSED_BAD_REQUEST] = "BAD_REQUEST",
    };
    return (unsigned)refusal < ARRAY_COUNT(texts) ? texts[refusal] : "?";
}

enum error
escalation_create(uint32_t plans, const struct escalation_policy *policy,
                  struct escalation **ret_escalation)
{
    require(plans > 0);
    for (unsigned i = 0; i < ARRAY_COUNT(policy->classes); i++) {
        require(policy->classes[i].stalled_us > 0); /* the auditor cannot be switched off */
    }
    struct escalation *escalation = calloc(1, sizeof(*escalation));
    if (escalation == NULL) {
        return ERROR_MEMORY;
    }
    escalation->policy = *policy;
    escalation->count = plans;
    escalation->plans = calloc(plans, sizeof(escalation->plans[0]));
    escalation->free = calloc(plans, sizeof(escalation->free[0]));
    if (escalation->plans == NULL || escalation->free == NULL ||
        table_init(&escalation->by_incident, plans) != ERROR_NONE ||
        wheel_init(&escalation->wheel, plans, 0) != ERROR_NONE) {
        escalation_free(escalation);
        return ERROR_MEMORY;
    }
    for (uint32_t at = plans; at-- > 0;) {
        escalation->free[escalation->free_count++] = at;
    }
    *ret_escalation = escalation;
    return ERROR_NONE;
}

void
escalation_free(struct escalation *escalation)
{
    if (escalation != NULL) {
        free(escalation->plans);
        free(escalation->free);
        table_free(&escalation->by_incident);
        wheel_free(&escalation->wheel);
        free(escalation);
    }
}

static struct escalation_plan *
escalation_plan(const struct escalation *escalation, uint64_t incident)
{
    uint32_t at = 0;
    return table_get(&escalation->by_incident, incident, &at) ? &escalation->plans[at] : NULL;
}

const struct escalation_plan *
escalation_find(const struct escalation *escalation, uint64_t incident)
{
    return escalation_plan(escalation, incident);
}

void
escalation_message_id(uint64_t incident, char to[32])
{
    static const char prefix[] = "larwm-";
    memcpy(to, prefix, sizeof prefix - 1);
    char *end = text_put_number(to + sizeof prefix - 1, incident >> 48);
    *end = '-';
    text_put_number(end + 1, incident & ((UINT64_C(1) << 48) - 1));
}

void
escalation_note(const struct escalation_plan *plan, uint32_t history, const char *user,
                const char *text, struct escalation_out *out)
{
    require(out->notes_count < ESCALATION_NOTES); /* a step writes at most five */
    struct escalation_note *note = &out->notes[out->notes_count++];
    memset(note, 0, sizeof(*note));
    note->incident = plan->incident;
    note->history = history;
    note->alert = plan->alert;
    note->held = police_is_busy(plan);
    text_copy(note->user, sizeof(note->user), user);
    text_copy(note->text, sizeof(note->text), text);
    out->plan_changed = true;
}

static void
escalation_schedule(struct escalation *escalation, struct escalation_plan *plan)
{
    uint32_t at = (uint32_t)(plan - escalation->plans);
    uint32_t kind = 0;
    policy_set_due(escalation, plan);
    int64_t next = policy_next(escalation, plan, &kind);
    if (next == INT64_MAX) {
        wheel_disarm(&escalation->wheel, at);
    } else {
        wheel_arm(&escalation->wheel, at, (uint64_t)(next + 999) / 1000);
    }
}

static void
escalation_drop(struct escalation *escalation, struct escalation_plan *plan)
{
    uint32_t at = (uint32_t)(plan - escalation->plans);
    wheel_disarm(&escalation->wheel, at);
    table_remove(&escalation->by_incident, plan->incident);
    memset(plan, 0, sizeof(*plan));
    escalation->free[escalation->free_count++] = at;
}

/* The bare limits, and the police at once where the route table says so. */
static void
escalation_review(struct escalation *escalation, struct escalation_plan *plan,
                  struct escalation_out *out)
{
    enum escalation_reason reason = policy_reason_at_once(&plan->facts);
    if (reason != REASON_NONE && plan->state == ESCALATION_NONE) {
        police_queue(escalation, plan, reason, NULL, out);
    }
}

static void
escalation_alert(struct escalation_plan *plan, enum alert_level alert, const char *text,
                 struct escalation_out *out)
{
    if (alert > plan->alert) {
        plan->alert = (uint8_t)alert;
    }
    escalation_note(plan, HISTORY(ALERT), NULL, text, out);
}

/* Nobody took it: the supervisor, and the police where nobody may object (REQ A5, B3). */
static void
escalation_unanswered(struct escalation *escalation, struct escalation_plan *plan,
                      enum escalation_reason reason, struct escalation_out *out)
{
    const struct escalation_class *limits = policy_class(escalation, plan);
    plan->waited = 2;
    escalation_alert(plan, ALERT_SUPERVISOR, reason == REASON_NO_OPERATOR ? "NO_OPERATOR" : NULL,
                     out);
    if (!limits->push || plan->state != ESCALATION_NONE) {
        return;
    }
    if (escalation_may_push(&plan->facts)) {
        police_queue(escalation, plan, reason, NULL, out);
    } else {
        plan->call_by_phone = true;
    }
}

static void
escalation_nobody(struct escalation *escalation, struct escalation_plan *plan,
                  struct escalation_out *out)
{
    plan->duty_asked = true;
    escalation_unanswered(escalation, plan, REASON_NO_OPERATOR, out);
}

/* Nobody on duty and no grace left: at once, not by a timer (S1). */
static void
escalation_check_duty(struct escalation *escalation, struct escalation_plan *plan,
                      struct escalation_out *out)
{
    policy_set_due(escalation, plan);
    if (plan->due_kind == TIMER(NO_OPERATOR) && plan->due_us <= escalation->time_us) {
        escalation_nobody(escalation, plan, out);
    }
}

/* A plan, all zeros but for its incident; NULL when there is no room. */
static struct escalation_plan *
escalation_add(struct escalation *escalation, uint64_t incident)
{
    if (escalation->free_count == 0) {
        return NULL;
    }
    uint32_t at = escalation->free[--escalation->free_count];
    bool put = table_put(&escalation->by_incident, incident, at);
    require(put); /* as many places as plans */
    escalation->used_max = at >= escalation->used_max ? at + 1 : escalation->used_max;
    struct escalation_plan *plan = &escalation->plans[at];
    memset(plan, 0, sizeof(*plan));
    plan->incident = incident;
    return plan;
}

bool
escalation_restore(struct escalation *escalation, const struct escalation_plan *from)
{
    struct escalation_plan *plan = escalation_plan(escalation, from->incident) == NULL
                                       ? escalation_add(escalation, from->incident)
                                       : NULL;
    if (plan == NULL) {
        return false;
    }
    memcpy(plan, from, sizeof *plan);
    escalation_schedule(escalation, plan);
    return true;
}

static void
escalation_open(struct escalation *escalation, const struct escalation_event *event,
                struct escalation_out *out)
{
    if (event->incident == 0 || escalation_plan(escalation, event->incident) != NULL) {
        return;
    }
    struct escalation_plan *plan = escalation_add(escalation, event->incident);
    if (plan == NULL) {
        out->overload = true;
        return;
    }
    memcpy(&plan->facts, &event->facts, sizeof(plan->facts));
    plan->waiting_from_us = escalation->time_us;
    plan->moved_us = escalation->time_us;
    out->plan_changed = true;
    escalation_review(escalation, plan, out);
    escalation_check_duty(escalation, plan, out);
    escalation_schedule(escalation, plan);
}

static void
escalation_signal(struct escalation *escalation, struct escalation_plan *plan,
                  const struct escalation_event *event, struct escalation_out *out)
{
    bool to_p1 = event->facts.priority == PRIORITY_P1 && plan->facts.priority != PRIORITY_P1;
    memcpy(&plan->facts, &event->facts, sizeof(plan->facts));
    if (to_p1 && !plan->claimed) { /* the limits of a P1 begin now */
        plan->waiting_from_us = escalation->time_us;
        plan->waited = 0;
        plan->stalled = 0;
    }
    police_want_update(escalation, plan, event->what, out); /* nothing, while nothing is queued */
    escalation_review(escalation, plan, out);
    if (plan->claimed) {
        return;
    }
    if (plan->waited == 2 && policy_class(escalation, plan)->push &&
        escalation_may_push(&plan->facts)) { /* the case became known after the limit had passed */
        police_queue(escalation, plan, plan->duty_asked ? REASON_NO_OPERATOR : REASON_UNANSWERED,
                     NULL, out);
    }
    escalation_check_duty(escalation, plan, out);
}

static void
escalation_claim(struct escalation *escalation, struct escalation_plan *plan, bool claimed,
                 struct escalation_out *out)
{
    plan->claimed = claimed;
    plan->moved_us = escalation->time_us;
    plan->stalled = 0;
    out->plan_changed = true;
    if (!claimed) {
        plan->waiting_from_us = escalation->time_us;
        plan->waited = 0;
        plan->duty_asked = false;
        escalation_check_duty(escalation, plan, out);
    }
}

/* The auditor: open, and nothing moved within the limit. Said once in the history; the countdown
 * starts again each time, so it never falls silent for good. */
static void
escalation_stall(struct escalation_plan *plan, struct escalation_out *out)
{
    plan->stalled++;
    plan->alert = ALERT_SUPERVISOR;
    escalation_note(plan, plan->stalled == 1 ? HISTORY(STALLED) : 0, NULL, NULL, out);
}

static void
escalation_timer(struct escalation *escalation, struct escalation_plan *plan,
                 const struct escalation_event *event, struct escalation_out *out)
{
    if (event->timer == TIMER(POLICE_ANSWER)) {
        police_timer(escalation, plan, event->due_us, out);
        return;
    }
    policy_set_due(escalation, plan);
    if (plan->closed || event->timer != plan->due_kind || event->due_us < plan->due_us) {
        return; /* passed by since it was asked */
    }
    switch (event->timer) {
        case TIMER(UNCLAIMED_ALL):
            plan->waited = 1;
            escalation_alert(plan, ALERT_ALL_CONSOLES, NULL, out);
            break;
        case TIMER(UNCLAIMED_SUPERVISOR):
            escalation_unanswered(escalation, plan, REASON_UNANSWERED, out);
            break;
        case TIMER(NO_OPERATOR):
            escalation_nobody(escalation, plan, out);
            break;
        case TIMER(STALLED):
            escalation_stall(plan, out);
            break;
        default:
            break;
    }
}

static void
escalation_close(struct escalation *escalation, struct escalation_plan *plan,
                 const struct escalation_event *event, struct escalation_out *out)
{
    if (plan->closed) {
        return;
    }
    plan->closed = true;
    police_close(escalation, plan, event->outcome, out);
    escalation_note(plan, 0, NULL, NULL, out); /* says whether the incident is still needed */
}

/* Forgets the plan once it is closed and its message has come to its end. */
static void
escalation_settle(struct escalation *escalation, struct escalation_plan *plan,
                  struct escalation_out *out)
{
    if (!plan->closed || police_is_busy(plan)) {
        escalation_schedule(escalation, plan);
        return;
    }
    escalation_note(plan, 0, NULL, NULL, out);
    policy_set_due(escalation, plan); /* closed: no countdown is left */
    out->settled = true;
    out->last = *plan;
    escalation_drop(escalation, plan);
}

static void
escalation_on_plan(struct escalation *escalation, struct escalation_plan *plan,
                   const struct escalation_event *event, struct escalation_out *out)
{
    if (plan->closed && event->kind != ESCALATION_POLICE && event->kind != ESCALATION_TIMER &&
        event->kind != ESCALATION_ASKED) {
        return;
    }
    switch (event->kind) {
        case ESCALATION_SIGNAL:
            escalation_signal(escalation, plan, event, out);
            break;
        case ESCALATION_CLAIMED:
            escalation_claim(escalation, plan, true, out);
            break;
        case ESCALATION_RELEASED:
            escalation_claim(escalation, plan, false, out);
            break;
        case ESCALATION_ACTED:
            plan->moved_us = escalation->time_us;
            plan->stalled = 0;
            break;
        case ESCALATION_ASKED:
            plan->moved_us = escalation->time_us;
            police_ask(escalation, plan, event->user, event->text, out);
            break;
        case ESCALATION_CLOSED:
            escalation_close(escalation, plan, event, out);
            break;
        case ESCALATION_TIMER:
            escalation_timer(escalation, plan, event, out);
            break;
        case ESCALATION_POLICE:
            out->plan_changed = true;
            police_event(escalation, plan, event, out);
            break;
        default:
            break;
    }
    escalation_settle(escalation, plan, out);
}

/* The count of people on duty changed: every waiting plan counts anew. */
static void
escalation_set_duty(struct escalation *escalation, uint32_t duty)
{
    if (duty == 0 && escalation->duty != 0) {
        escalation->absent_since_us = escalation->time_us;
    }
    escalation->duty = duty;
    for (uint32_t at = 0; at < escalation->used_max; at++) {
        struct escalation_plan *plan = &escalation->plans[at];
        if (plan->incident != 0 && !plan->closed && !plan->claimed) {
            escalation_schedule(escalation, plan);
        }
    }
}

void
escalation_step(struct escalation *escalation, const struct escalation_event *event,
                struct escalation_out *out)
{
    memset(out, 0, offsetof(struct escalation_out, notes)); /* they, and `last`, when there are */
    out->incident = event->incident;
    out->answered = event->kind == ESCALATION_ASKED;
    if (event->time_us > escalation->time_us) {
        escalation->time_us = event->time_us;
    }
    struct escalation_plan *plan = escalation_plan(escalation, event->incident);
    if (event->kind == ESCALATION_BOOT) {
        escalation->absent_since_us = escalation->time_us;
        escalation_set_duty(escalation, 0);
    } else if (event->kind == ESCALATION_DUTY) {
        escalation_set_duty(escalation, event->duty);
    } else if (event->kind == ESCALATION_OPENED) {
        escalation_open(escalation, event, out);
    } else if (event->kind == ESCALATION_REMOVED) {
        if (plan != NULL) {
            escalation_drop(escalation, plan);
        }
    } else if (plan != NULL) {
        escalation_on_plan(escalation, plan, event, out);
    } else if (event->kind == ESCALATION_ASKED) {
        out->refusal = ESCALATION_REFUSED_NOT_FOUND;
    }
}

bool
escalation_take_due(struct escalation *escalation, int64_t now_us,
                    struct escalation_timer *ret_timer)
{
    uint64_t now_ms = now_us < 0 ? 0 : (uint64_t)now_us / 1000;
    wheel_turn_back(&escalation->wheel, now_ms);
    for (uint32_t at; wheel_expire(&escalation->wheel, now_ms, &at);) {
        const struct escalation_plan *plan = &escalation->plans[at];
        uint32_t kind = 0;
        int64_t due_us = policy_next(escalation, plan, &kind);
        if (due_us == INT64_MAX) {
            continue;
        }
        wheel_arm(&escalation->wheel, at,
                  now_ms + RETRY_MS); /* until its record has been applied */
        *ret_timer = (struct escalation_timer){plan->incident, kind, due_us};
        return true;
    }
    return false;
}

int64_t
escalation_next_due_us(const struct escalation *escalation)
{
    uint64_t next = wheel_next(&escalation->wheel);
    return next > (uint64_t)INT64_MAX / 1000 ? INT64_MAX : (int64_t)next * 1000;
}

uint64_t
escalation_hash(const struct escalation *escalation)
{
    uint64_t hash = 1;
    for (uint32_t at = 0; at < escalation->used_max; at++) { /* wherever a plan stands */
        const struct escalation_plan *plan = &escalation->plans[at];
        hash += plan->incident == 0 ? 0 : hash_bytes(1, plan, sizeof(*plan));
    }
    hash = hash_bytes(hash, &escalation->duty, sizeof(escalation->duty));
    return hash_bytes(hash, &escalation->absent_since_us, sizeof(escalation->absent_since_us));
}
