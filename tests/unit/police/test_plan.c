/* SPDX-License-Identifier: Apache-2.0 */
#include "police/plan.h"

#include <criterion/criterion.h>

static struct police_view view;
static struct police_memory memory;

static void
begin(void)
{
    view = (struct police_view){.state = ESCALATION_QUEUED};
    memory = (struct police_memory){.primary = 0};
}

static void
expect(enum police_step step, uint32_t number)
{
    struct police_plan plan = police_plan_next(&view, &memory);
    cr_expect_eq(plan.step, step, "step %d, not %d", (int)plan.step, (int)step);
    cr_expect_eq(plan.number, number, "number %u, not %u", plan.number, number);
}

TestSuite(police_plan, .init = begin);

Test(police_plan, a_queued_message_is_sent_and_then_asked_about)
{
    expect(POLICE_STEP_SEND, 0);
    memory.handed_over = true;
    expect(POLICE_STEP_POLL, 0);
    memory.answered = true;
    expect(POLICE_STEP_NONE, 0);
}

/* REQ E5 TEST */
Test(police_plan, after_a_restart_a_sent_message_is_asked_about_not_sent_again)
{
    view.state = ESCALATION_SENT;
    expect(POLICE_STEP_POLL, 0);
    memory.lost = true; /* unless the control room does not know it */
    expect(POLICE_STEP_SEND, 0);
}

Test(police_plan, without_an_answer_the_gateway_keeps_asking)
{
    view.state = ESCALATION_NO_ANSWER;
    expect(POLICE_STEP_POLL, 0);
}

Test(police_plan, nothing_happens_without_an_escalation_or_after_a_rejection)
{
    static const enum escalation_state states[] = {ESCALATION_NONE, ESCALATION_ACCEPTED,
                                                   ESCALATION_REJECTED, ESCALATION_CANCELLED};
    for (unsigned i = 0; i < 4; i++) {
        view.state = states[i];
        expect(POLICE_STEP_NONE, 0);
    }
}

Test(police_plan, only_the_newest_update_goes_and_only_once)
{
    view.state = ESCALATION_ACCEPTED;
    view.answered_before = true;
    view.update_no = 3;
    view.update_sent = 1;
    expect(POLICE_STEP_UPDATE, 3);
    memory.update_done = 3;
    expect(POLICE_STEP_NONE, 0);
    view.update_no = 4;
    expect(POLICE_STEP_UPDATE, 4);
}

Test(police_plan, an_update_waits_until_the_alert_has_gone)
{
    view.update_no = 1;
    expect(POLICE_STEP_SEND, 0);
    view.state = ESCALATION_SENT;
    expect(POLICE_STEP_UPDATE, 1);
    memory.update_failed = true; /* the answer is asked for while the update waits */
    expect(POLICE_STEP_POLL, 0);
}

Test(police_plan, a_stand_down_goes_before_everything_and_once)
{
    view.state = ESCALATION_SENT;
    view.cancel_wanted = true;
    view.update_no = 1;
    expect(POLICE_STEP_CANCEL, 0);
    memory.cancel_done = true;
    expect(POLICE_STEP_NONE, 0);
}

Test(police_plan, a_message_withdrawn_while_on_its_way_is_listened_for)
{
    memory.tried = true;
    view.state = ESCALATION_CANCELLED;
    expect(POLICE_STEP_LISTEN, 0);
    memory.tried = false; /* it never arrived */
    expect(POLICE_STEP_NONE, 0);
}

/* REQ E5 TEST: one Alert; asking again is an update of it. */
Test(police_plan, asking_again_after_a_rejection_sends_an_update_that_waits_for_a_decision)
{
    memory.answered = true;
    view.state = ESCALATION_REJECTED;
    view.answered_before = true;
    expect(POLICE_STEP_NONE, 0);
    view.state = ESCALATION_QUEUED;
    view.update_no = 1;
    expect(POLICE_STEP_SEND, 1);
    memory.handed_over = true;
    memory.update_done = 1;
    view.state = ESCALATION_SENT;
    view.update_sent = 1;
    expect(POLICE_STEP_POLL, 1);
}

Test(police_plan, after_a_restart_a_repeated_request_is_asked_about_by_its_number)
{
    view = (struct police_view){
        .state = ESCALATION_SENT, .answered_before = true, .update_no = 2, .update_sent = 2};
    expect(POLICE_STEP_POLL, 2);
}
