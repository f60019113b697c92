/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one police message of an incident (REQ B3, E5), as a table of states. Nothing here sends: the
 * police gateway reads QUEUED, update_no and cancel_wanted, and reports what it did. Its reports
 * may come late, twice, or out of order; each is taken for what it still can change.
 */
#include "base/require.h"
#include "base/states.h"
#include "base/text.h"
#include "escalation/state.h"

#include <stdio.h>
#include <string.h>

/* A message withdrawn before it was reported as sent may have been on its way: listen this long. */
#define WITHDRAWN_US INT64_C(60000000)

static const char *const state_names[] = {"NONE",     "QUEUED",    "SENT",     "ACCEPTED",
                                          "REJECTED", "NO_ANSWER", "CANCELLED"};
static const uint32_t state_successors[] = {
    [ESCALATION_NONE] = STATES_TO(ESCALATION_QUEUED),
    [ESCALATION_QUEUED] = STATES_TO(ESCALATION_SENT) | STATES_TO(ESCALATION_ACCEPTED) |
                          STATES_TO(ESCALATION_REJECTED) | STATES_TO(ESCALATION_CANCELLED),
    [ESCALATION_SENT] = STATES_TO(ESCALATION_ACCEPTED) | STATES_TO(ESCALATION_REJECTED) |
                        STATES_TO(ESCALATION_NO_ANSWER) | STATES_TO(ESCALATION_CANCELLED),
    [ESCALATION_ACCEPTED] = STATES_TO(ESCALATION_CANCELLED),
    [ESCALATION_REJECTED] = STATES_TO(ESCALATION_QUEUED) | STATES_TO(ESCALATION_ACCEPTED),
    [ESCALATION_NO_ANSWER] = STATES_TO(ESCALATION_ACCEPTED) | STATES_TO(ESCALATION_REJECTED) |
                             STATES_TO(ESCALATION_CANCELLED),
    [ESCALATION_CANCELLED] = 0,
};
static const struct states police = {"police message", state_names, state_successors, 7};

static bool
police_may(const struct escalation_plan *plan, unsigned to)
{
    return states_may_move(&police, plan->state, to);
}

static bool
police_is_gone(const struct escalation_plan *plan)
{
    return plan->state == ESCALATION_SENT || plan->state == ESCALATION_ACCEPTED ||
           plan->state == ESCALATION_NO_ANSWER;
}

bool
police_is_busy(const struct escalation_plan *plan)
{
    return plan->state == ESCALATION_QUEUED || plan->state == ESCALATION_SENT ||
           plan->state == ESCALATION_NO_ANSWER || plan->cancel_wanted || plan->answer_due_us != 0;
}

static void
police_copy(char *to, size_t size, const char *from)
{
    memset(to, 0, size); /* the state is hashed */
    text_copy(to, size, from);
}

void
police_queue(struct escalation *escalation, struct escalation_plan *plan,
             enum escalation_reason reason, const char *user, struct escalation_out *out)
{
    bool automatic = reason != REASON_OPERATOR;
    if (!police_may(plan, ESCALATION_QUEUED) || (automatic && plan->state != ESCALATION_NONE)) {
        return; /* one message for each incident; after a rejection only a person asks again */
    }
    states_move(&police, &plan->state, ESCALATION_QUEUED);
    plan->reason = (uint8_t)reason;
    plan->unverified_since_us =
        reason == REASON_MARKER_UNVERIFIED ? plan->facts.marker_last_known_us : 0;
    plan->no_operator = escalation->duty == 0;
    plan->queued_us = escalation->time_us;
    plan->answer_due_us = escalation->time_us + escalation->policy.police_answer_us;
    police_copy(plan->queued_by, sizeof(plan->queued_by), user);
    out->queued = true;
    escalation_note(plan, HISTORY(POLICE_QUEUED), user, escalation_reason_text((int)reason), out);
}

void
police_ask(struct escalation *escalation, struct escalation_plan *plan, const char *user,
           const char *text, struct escalation_out *out)
{
    bool reason_given = text != NULL && text[0] != '\0';
    if (plan->closed) {
        out->refusal = ESCALATION_REFUSED_ALREADY_CLOSED;
    } else if (!police_may(plan, ESCALATION_QUEUED)) {
        out->refusal = ESCALATION_REFUSED_ALREADY_SENT;
    } else if (plan->facts.consent == CONSENT_NO && !reason_given) {
        out->refusal = ESCALATION_REFUSED_BAD_REQUEST; /* REQ G3: a reason is mandatory */
    } else {
        if (plan->state == ESCALATION_REJECTED) { /* again, under the same id */
            plan->update_no++;
            plan->tries++;
        }
        police_queue(escalation, plan, REASON_OPERATOR, user, out);
        if (reason_given) {
            escalation_note(plan, HISTORY(NOTE), user, text, out);
        }
    }
}

void
police_want_update(struct escalation *escalation, struct escalation_plan *plan, uint32_t what,
                   struct escalation_out *out)
{
    const uint32_t telling = ESCALATION_WHAT_PRESS | ESCALATION_WHAT_RAISED |
                             ESCALATION_WHAT_POSITION | ESCALATION_WHAT_CARD;
    what = (what & telling) | plan->update_what;
    bool possible = police_is_gone(plan) || plan->state == ESCALATION_QUEUED;
    if (what == 0 || !possible || plan->closed) {
        return;
    }
    plan->update_what = what;
    if (plan->state == ESCALATION_QUEUED ||
        escalation->time_us - plan->update_us < escalation->policy.update_gap_us) {
        return; /* goes with the message, or when the gap is over */
    }
    plan->update_what = 0;
    plan->update_us = escalation->time_us;
    plan->update_no++;
    char number[16];
    snprintf(number, sizeof(number), "%u", plan->update_no);
    escalation_note(plan, HISTORY(POLICE_UPDATE), NULL, number, out);
}

static bool
police_outcome_cancels(uint32_t outcome)
{
    return outcome == OUTCOME_FALSE || outcome == OUTCOME_PLANNED_TEST ||
           outcome == OUTCOME_STOCK_HANDLING;
}

void
police_close(struct escalation *escalation, struct escalation_plan *plan, uint32_t outcome,
             struct escalation_out *out)
{
    plan->update_what = 0;
    if (!police_outcome_cancels(outcome)) {
        return; /* what is queued still goes */
    }
    if (plan->state == ESCALATION_QUEUED && plan->sent_us == 0) {
        states_move(&police, &plan->state, ESCALATION_CANCELLED);
        plan->answer_due_us = escalation->time_us + WITHDRAWN_US;
        escalation_note(plan, HISTORY(POLICE_CANCEL), NULL, "not sent", out);
    } else if (police_is_gone(plan) || plan->state == ESCALATION_QUEUED) {
        plan->cancel_wanted = true;
        plan->answer_due_us = 0;
        escalation_note(plan, HISTORY(POLICE_CANCEL), NULL, outcome_text((int)outcome), out);
    }
}

static void
police_sent(struct escalation *escalation, struct escalation_plan *plan, const char *text,
            struct escalation_out *out)
{
    if (plan->state == ESCALATION_CANCELLED && plan->sent_us == 0) {
        plan->sent_us = escalation->time_us; /* it had gone after all: take it back */
        plan->cancel_wanted = true;
        plan->answer_due_us = 0;
        escalation_note(plan, HISTORY(POLICE_SENT), NULL, text, out);
        return;
    }
    if (!police_may(plan, ESCALATION_SENT)) {
        return;
    }
    states_move(&police, &plan->state, ESCALATION_SENT);
    plan->sent_us = escalation->time_us;
    plan->update_us = escalation->time_us;
    plan->call_by_phone = false;
    plan->update_sent = plan->update_no;
    plan->answer_due_us =
        plan->cancel_wanted ? 0 : escalation->time_us + escalation->policy.police_answer_us;
    escalation_note(plan, HISTORY(POLICE_SENT), NULL, text, out);
}

static void
police_accepted(struct escalation *escalation, struct escalation_plan *plan, const char *text,
                struct escalation_out *out)
{
    if (text != NULL && text[0] != '\0') {
        police_copy(plan->log_number, sizeof(plan->log_number), text);
    }
    if (!police_may(plan, ESCALATION_ACCEPTED)) {
        return; /* said twice, or withdrawn meanwhile: the number is kept */
    }
    states_move(&police, &plan->state, ESCALATION_ACCEPTED);
    plan->sent_us = plan->sent_us == 0 ? escalation->time_us : plan->sent_us;
    plan->update_us = plan->update_us == 0 ? plan->sent_us : plan->update_us;
    plan->answered_us = escalation->time_us;
    plan->answer_due_us = 0;
    plan->call_by_phone = false;
    escalation_note(plan, HISTORY(POLICE_ACCEPTED), NULL, text, out);
}

static void
police_rejected(struct escalation *escalation, struct escalation_plan *plan, const char *text,
                struct escalation_out *out)
{
    bool of_update = plan->state == ESCALATION_ACCEPTED;
    if (!of_update && !police_may(plan, ESCALATION_REJECTED)) {
        return;
    }
    if (!of_update) {
        states_move(&police, &plan->state, ESCALATION_REJECTED);
        plan->answered_us = escalation->time_us;
        plan->answer_due_us = 0;
        plan->cancel_wanted = false; /* nothing to take back */
        plan->update_what = 0;
    }
    police_copy(plan->rejection, sizeof(plan->rejection), text);
    plan->call_by_phone = true;
    escalation_note(plan, HISTORY(POLICE_REJECTED), NULL, text, out);
}

static void
police_cancel_sent(struct escalation_plan *plan, const char *text, struct escalation_out *out)
{
    if (!plan->cancel_wanted) {
        return;
    }
    plan->cancel_wanted = false;
    plan->answer_due_us = 0;
    if (police_may(plan, ESCALATION_CANCELLED)) {
        states_move(&police, &plan->state, ESCALATION_CANCELLED);
    }
    escalation_note(plan, HISTORY(POLICE_CANCEL), NULL, text, out);
}

void
police_event(struct escalation *escalation, struct escalation_plan *plan,
             const struct escalation_event *event, struct escalation_out *out)
{
    switch (event->police) {
        case POLICE(SENT):
            police_sent(escalation, plan, event->text, out);
            break;
        case POLICE(ACCEPTED):
            police_accepted(escalation, plan, event->text, out);
            break;
        case POLICE(REJECTED):
            police_rejected(escalation, plan, event->text, out);
            break;
        case POLICE(FAILED):
            plan->tries++;
            plan->call_by_phone = plan->call_by_phone || plan->state == ESCALATION_QUEUED;
            escalation_note(plan, plan->tries <= 3 ? HISTORY(POLICE_FAILED) : 0, NULL, event->text,
                            out);
            break;
        case POLICE(UPDATE_SENT):
            if (event->update_no > plan->update_sent && event->update_no <= plan->update_no) {
                plan->update_sent = event->update_no;
            }
            break;
        case POLICE(CANCEL_SENT):
            police_cancel_sent(plan, event->text, out);
            break;
        default:
            return;
    }
    police_want_update(escalation, plan, 0, out);
}

void
police_timer(struct escalation *escalation, struct escalation_plan *plan, int64_t due_us,
             struct escalation_out *out)
{
    if (plan->answer_due_us != 0 && plan->answer_due_us <= due_us) {
        plan->answer_due_us = 0;
        if (plan->state == ESCALATION_SENT) {
            states_move(&police, &plan->state, ESCALATION_NO_ANSWER);
        }
        if (plan->state == ESCALATION_NO_ANSWER || plan->state == ESCALATION_QUEUED) {
            plan->call_by_phone = true; /* still queued: the gateway keeps trying */
            escalation_note(plan, HISTORY(POLICE_NO_ANSWER), NULL, NULL, out);
        }
    }
    police_want_update(escalation, plan, 0, out);
}
