/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits and the route table (REQ B3). An automatic push needs a case (an address to go to), a
 * unit that is where it belongs, and no refusal of the police by the person; everything else is for
 * an operator to decide. A marker that could not be checked counts as it was last known, and is
 * named so. For fire, gas, medical help and inactivity the police are not the first help: no push
 * at once, but an alarm nobody takes still goes to them, better somebody than nobody.
 */
#include "base/require.h"
#include "escalation/state.h"

#define SECOND_US INT64_C(1000000)

struct escalation_policy
escalation_policy_default(void)
{
    return (struct escalation_policy){
        .classes =
            {
                [PRIORITY_NONE] = {300 * SECOND_US, 900 * SECOND_US, 1800 * SECOND_US, false},
                [PRIORITY_P1] = {20 * SECOND_US, 40 * SECOND_US, 120 * SECOND_US, true},
                [PRIORITY_P2] = {90 * SECOND_US, 180 * SECOND_US, 300 * SECOND_US, false},
                [PRIORITY_P3] = {300 * SECOND_US, 900 * SECOND_US, 1800 * SECOND_US, false},
                [PRIORITY_P4] = {900 * SECOND_US, 3600 * SECOND_US, 14400 * SECOND_US, false},
                [PRIORITY_P5] = {900 * SECOND_US, 3600 * SECOND_US, 14400 * SECOND_US, false},
            },
        .no_operator_grace_us = 5 * SECOND_US,
        .police_answer_us = 15 * SECOND_US,
        .update_gap_us = 30 * SECOND_US,
    };
}

const struct escalation_class *
policy_class(const struct escalation *escalation, const struct escalation_plan *plan)
{
    uint32_t priority = plan->facts.test ? PRIORITY_NONE : plan->facts.priority;
    return &escalation->policy.classes[priority <= PRIORITY_P5 ? priority : PRIORITY_P1];
}

bool
escalation_may_push(const struct escalation_facts *facts)
{
    return facts->case_attached && facts->consent != CONSENT_NO && !facts->unit_blocked &&
           !facts->test && !facts->technical;
}

static bool
policy_police_first(uint32_t kind)
{
    return kind != SIGNAL_FIRE && kind != SIGNAL_GAS && kind != SIGNAL_MEDICAL &&
           kind != SIGNAL_NO_ACTIVITY;
}

enum escalation_reason
policy_reason_at_once(const struct escalation_facts *facts)
{
    if (facts->priority != PRIORITY_P1 || !escalation_may_push(facts) ||
        !policy_police_first(facts->kind)) {
        return REASON_NONE;
    }
    if (facts->marker == MARKER_ACTIVE) {
        return REASON_MARKER_ACTIVE;
    }
    if (facts->marker == MARKER_UNKNOWN && facts->marker_last_known == MARKER_ACTIVE) {
        return REASON_MARKER_UNVERIFIED;
    }
    return REASON_NONE;
}

static void
policy_due(struct escalation_plan *plan, uint32_t kind, int64_t from_us, int64_t due_us)
{
    plan->due_kind = kind;
    plan->due_from_us = from_us;
    plan->due_us = due_us;
}

void
policy_set_due(const struct escalation *escalation, struct escalation_plan *plan)
{
    const struct escalation_class *limits = policy_class(escalation, plan);
    int64_t waiting = plan->waiting_from_us;
    if (plan->closed) {
        policy_due(plan, TIMER(NONE), 0, 0);
        return;
    }
    if (plan->claimed) {
        policy_due(plan, TIMER(STALLED), plan->moved_us,
                   plan->moved_us + limits->stalled_us * ((int64_t)plan->stalled + 1));
        return;
    }
    if (plan->waited == 0) {
        policy_due(plan, TIMER(UNCLAIMED_ALL), waiting, waiting + limits->all_us);
    } else if (plan->waited == 1) {
        policy_due(plan, TIMER(UNCLAIMED_SUPERVISOR), waiting, waiting + limits->supervisor_us);
    } else {
        int64_t from = waiting + limits->supervisor_us;
        policy_due(plan, TIMER(STALLED), from,
                   from + limits->stalled_us * ((int64_t)plan->stalled + 1));
    }
    int64_t absent = escalation->absent_since_us + escalation->policy.no_operator_grace_us;
    int64_t alone = waiting > absent ? waiting : absent;
    if (escalation->duty == 0 && limits->push && !plan->duty_asked && alone < plan->due_us) {
        policy_due(plan, TIMER(NO_OPERATOR), waiting, alone);
    }
}

int64_t
policy_next(const struct escalation *escalation, const struct escalation_plan *plan,
            uint32_t *ret_kind)
{
    int64_t next = plan->due_us == 0 ? INT64_MAX : plan->due_us;
    *ret_kind = plan->due_kind;
    if (plan->answer_due_us != 0 && plan->answer_due_us < next) {
        next = plan->answer_due_us;
        *ret_kind = TIMER(POLICE_ANSWER);
    }
    bool gone = plan->state == ESCALATION_SENT || plan->state == ESCALATION_ACCEPTED ||
                plan->state == ESCALATION_NO_ANSWER;
    int64_t update = plan->update_us + escalation->policy.update_gap_us;
    if (plan->update_what != 0 && gone && !plan->closed && update < next) {
        next = update;
        *ret_kind = TIMER(POLICE_ANSWER);
    }
    return next;
}

uint64_t
escalation_audit(const struct escalation *escalation, int64_t now_us, int64_t slack_us)
{
    for (uint32_t at = 0; at < escalation->used_max; at++) {
        const struct escalation_plan *plan = &escalation->plans[at];
        bool open = plan->incident != 0 && !plan->closed;
        if (open && (plan->due_us == 0 || plan->due_us + slack_us < now_us)) {
            return plan->incident;
        }
    }
    return 0;
}
