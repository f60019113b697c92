/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

static struct desk *
desk_with_sent(void)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_ACTIVE));
    desk_do(desk, 1, ESCALATION_CLAIMED);
    desk_police(desk, 1, POLICE(SENT), NULL);
    return desk;
}

/* S1 (6) TEST, REQ E5 TEST */
Test(police, an_answer_keeps_the_log_number)
{
    struct desk *desk = desk_with_sent();
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_SENT);
    desk_wait(desk, 5 * SECOND);
    desk_police(desk, 1, POLICE(ACCEPTED), "LOG-0042");
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_ACCEPTED);
    cr_assert_str_eq(desk_plan(desk, 1)->log_number, "LOG-0042");
    desk_police(desk, 1, POLICE(ACCEPTED), "LOG-0042");
    cr_assert_eq(desk->history[HISTORY(POLICE_ACCEPTED)], 1, "said twice, written once");
    desk_wait(desk, 60 * SECOND);
    cr_assert_eq(desk->history[HISTORY(POLICE_NO_ANSWER)], 0);
    desk_free(desk);
}

Test(police, no_answer_in_time_asks_for_the_telephone_and_a_late_answer_counts)
{
    struct desk *desk = desk_with_sent();
    desk_wait(desk, 14 * SECOND);
    cr_assert_not(desk_plan(desk, 1)->call_by_phone);
    desk_wait(desk, 2 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NO_ANSWER);
    cr_assert(desk_plan(desk, 1)->call_by_phone);
    desk_wait(desk, 30 * SECOND);
    desk_police(desk, 1, POLICE(ACCEPTED), "LOG-1");
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_ACCEPTED);
    cr_assert_not(desk_plan(desk, 1)->call_by_phone);
    desk_free(desk);
}

Test(police, a_message_that_does_not_leave_asks_for_the_telephone_and_still_goes)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_ACTIVE));
    desk_wait(desk, 16 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_QUEUED);
    cr_assert(desk_plan(desk, 1)->call_by_phone);
    desk_police(desk, 1, POLICE(FAILED), "no route");
    cr_assert_eq(desk_plan(desk, 1)->tries, 1);
    desk_police(desk, 1, POLICE(SENT), NULL);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_SENT);
    cr_assert_not(desk_plan(desk, 1)->call_by_phone);
    desk_free(desk);
}

Test(police, after_a_rejection_an_operator_may_ask_again_under_the_same_id)
{
    struct desk *desk = desk_with_sent();
    cr_assert_eq(desk_ask(desk, 1, NULL), ESCALATION_REFUSED_ALREADY_SENT);
    desk_police(desk, 1, POLICE(REJECTED), "wrong force");
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_REJECTED);
    cr_assert_str_eq(desk_plan(desk, 1)->rejection, "wrong force");
    cr_assert(desk_plan(desk, 1)->call_by_phone);
    desk_signal(desk, 1, desk_facts(MARKER_ACTIVE), ESCALATION_WHAT_PRESS);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_REJECTED, "never again by itself");
    cr_assert_eq(desk_ask(desk, 1, NULL), ESCALATION_REFUSED_NOT);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_QUEUED);
    cr_assert_eq(desk_plan(desk, 1)->update_no, 1);
    desk_free(desk);
}

Test(police, after_a_rejection_nothing_goes_again_by_itself_even_when_nobody_is_there)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_ACTIVE));
    desk_police(desk, 1, POLICE(SENT), NULL);
    desk_police(desk, 1, POLICE(REJECTED), "malformed");
    desk_wait(desk, 60 * SECOND);
    desk_duty(desk, 0);
    desk_signal(desk, 1, desk_facts(MARKER_ACTIVE), ESCALATION_WHAT_PRESS);
    desk_wait(desk, 60 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_REJECTED);
    cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_SUPERVISOR);
    cr_assert_eq(desk->history[HISTORY(POLICE_QUEUED)], 1);
    desk_free(desk);
}

/* S7 (2) TEST: one message, then updates under the same id, not more often than the gap. */
Test(police, what_comes_later_is_an_update_and_not_more_often_than_the_gap)
{
    struct desk *desk = desk_with_sent();
    struct escalation_facts facts = desk_facts(MARKER_ACTIVE);
    desk_wait(desk, 1 * SECOND);
    desk_signal(desk, 1, facts, ESCALATION_WHAT_PRESS);
    cr_assert_eq(desk_plan(desk, 1)->update_no, 0);
    desk_wait(desk, 30 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->update_no, 1, "when the gap was over, by itself");
    desk_signal(desk, 1, facts, ESCALATION_WHAT_POSITION);
    desk_signal(desk, 1, facts, ESCALATION_WHAT_POSITION);
    desk_wait(desk, 28 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->update_no, 1);
    desk_wait(desk, 2 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->update_no, 2);
    desk_signal(desk, 1, facts, ESCALATION_WHAT_CANCEL);
    desk_wait(desk, 60 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->update_no, 2, "a cancel code is not told to the police");
    desk_step(desk, &(struct escalation_event){.kind = ESCALATION_POLICE,
                                               .incident = 1,
                                               .police = POLICE(UPDATE_SENT),
                                               .update_no = 2});
    cr_assert_eq(desk_plan(desk, 1)->update_sent, 2);
    cr_assert_eq(desk->history[HISTORY(POLICE_QUEUED)], 1);
    desk_free(desk);
}

Test(police, closing_as_false_takes_back_what_had_gone)
{
    struct desk *desk = desk_with_sent();
    desk_police(desk, 1, POLICE(ACCEPTED), "LOG-1");
    desk_close(desk, 1, OUTCOME_FALSE);
    cr_assert(desk_plan(desk, 1)->cancel_wanted);
    cr_assert(desk->out.notes[desk->out.notes_count - 1].held);
    desk_police(desk, 1, POLICE(CANCEL_SENT), NULL);
    cr_assert_null(escalation_find(desk->escalation, 1), "finished");
    cr_assert_not(desk->out.notes[desk->out.notes_count - 1].held);
    desk_free(desk);
}

Test(police, closing_as_false_before_it_went_withdraws_it_even_when_it_had_just_gone)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_ACTIVE));
    desk_close(desk, 1, OUTCOME_PLANNED_TEST);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_CANCELLED);
    desk_police(desk, 1, POLICE(SENT), NULL); /* was on its way */
    cr_assert(desk_plan(desk, 1)->cancel_wanted);
    desk_police(desk, 1, POLICE(CANCEL_SENT), NULL);
    cr_assert_null(escalation_find(desk->escalation, 1));
    desk_open(desk, 2, desk_facts(MARKER_ACTIVE));
    desk_close(desk, 2, OUTCOME_FALSE);
    desk_wait(desk, 62 * SECOND);
    cr_assert_null(escalation_find(desk->escalation, 2), "it never went");
    desk_free(desk);
}

Test(police, closing_with_any_other_outcome_lets_a_queued_message_go)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_ACTIVE));
    desk_close(desk, 1, OUTCOME_NO_CONTACT);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_QUEUED);
    cr_assert_not(desk_plan(desk, 1)->cancel_wanted);
    desk_police(desk, 1, POLICE(SENT), NULL);
    desk_police(desk, 1, POLICE(ACCEPTED), "LOG-9");
    cr_assert_null(escalation_find(desk->escalation, 1));
    desk_open(desk, 2, desk_facts(MARKER_NONE));
    desk_close(desk, 2, OUTCOME_PERSON_SAFE);
    cr_assert_null(escalation_find(desk->escalation, 2), "nothing to send: finished at once");
    desk_free(desk);
}

Test(police, reports_in_any_order_and_about_nothing_do_no_harm)
{
    for (uint32_t first = 0; first < 8; first++) {
        for (uint32_t second = 0; second < 8; second++) {
            for (uint32_t third = 0; third < 8; third++) {
                struct desk *desk = desk_new();
                desk_police(desk, 1, first, "x");
                desk_open(desk, 1, desk_facts(first % 2 == 0 ? MARKER_ACTIVE : MARKER_NONE));
                desk_police(desk, 1, first, "x");
                desk_police(desk, 1, second, NULL);
                desk_close(desk, 1, second % 2 == 0 ? OUTCOME_FALSE : OUTCOME_PERSON_SAFE);
                desk_police(desk, 1, third, "y");
                desk_ask(desk, 1, "again");
                desk_wait(desk, 2 * SECOND);
                cr_assert_leq(desk->history[HISTORY(POLICE_QUEUED)], 1);
                desk_free(desk);
            }
        }
    }
}
