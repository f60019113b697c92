/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

/* REQ B3 TEST, REQ A8 TEST: S1: marker active: the police at once, once. */
Test(escalation, an_attack_with_an_active_marker_goes_to_the_police_at_once)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_ACTIVE));
    cr_assert(desk->out.queued);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_QUEUED);
    cr_assert_eq(desk_plan(desk, 1)->reason, REASON_MARKER_ACTIVE);
    cr_assert_str_eq(desk_plan(desk, 1)->queued_by, "");
    desk_signal(desk, 1, desk_facts(MARKER_ACTIVE), ESCALATION_WHAT_PRESS);
    cr_assert_not(desk->out.queued);
    cr_assert_eq(desk_ask(desk, 1, NULL), ESCALATION_REFUSED_ALREADY_SENT);
    desk_wait(desk, 300 * SECOND);
    cr_assert_eq(desk->history[HISTORY(POLICE_QUEUED)], 1);
    desk_free(desk);
}

/* S2 TEST: (4) no automatic push without an active marker until 40 s; (c) UNKNOWN last known
 * ACTIVE. */
Test(escalation, without_an_active_marker_the_push_waits_for_an_operator_or_the_limit)
{
    const enum marker_status others[] = {MARKER_LAPSED, MARKER_WITHDRAWN, MARKER_NONE,
                                         MARKER_UNKNOWN};
    for (unsigned i = 0; i < 4; i++) {
        struct desk *desk = desk_new();
        desk_open(desk, 1, desk_facts(others[i]));
        cr_assert_not(desk->out.queued);
        desk_wait(desk, 39 * SECOND);
        cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NONE);
        cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_ALL_CONSOLES);
        desk_wait(desk, 2 * SECOND);
        cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_QUEUED);
        cr_assert_eq(desk_plan(desk, 1)->reason, REASON_UNANSWERED);
        cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_SUPERVISOR);
        desk_free(desk);
    }
}

Test(escalation, a_marker_last_known_active_pushes_at_once_and_says_since_when)
{
    struct desk *desk = desk_new();
    struct escalation_facts facts = desk_facts(MARKER_UNKNOWN);
    facts.marker_last_known = MARKER_ACTIVE;
    facts.marker_last_known_us = START;
    desk_open(desk, 1, facts);
    cr_assert_eq(desk_plan(desk, 1)->reason, REASON_MARKER_UNVERIFIED);
    cr_assert_eq(desk_plan(desk, 1)->unverified_since_us, START);
    desk_free(desk);
}

/* S4 TEST, REQ G3 TEST: never automatically for these, however long; the operator may. */
Test(escalation, a_unit_out_of_place_a_refusal_or_a_test_is_never_pushed_automatically)
{
    for (unsigned i = 0; i < 4; i++) {
        struct desk *desk = desk_new();
        struct escalation_facts facts = desk_facts(MARKER_ACTIVE);
        facts.unit_blocked = i == 0;
        facts.case_attached = i != 1;
        facts.consent = i == 2 ? CONSENT_NO : CONSENT_YES;
        facts.test = i == 3;
        desk_open(desk, 1, facts);
        desk_duty(desk, 0);
        desk_wait(desk, 1800 * SECOND);
        cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NONE);
        cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_SUPERVISOR);
        if (i == 2) {
            cr_assert_eq(desk_ask(desk, 1, ""), ESCALATION_REFUSED_BAD_REQUEST);
            cr_assert_eq(desk_ask(desk, 1, "screams heard"), ESCALATION_REFUSED_NOT);
        } else {
            cr_assert_eq(desk_ask(desk, 1, NULL), ESCALATION_REFUSED_NOT);
        }
        cr_assert_eq(desk_plan(desk, 1)->reason, REASON_OPERATOR);
        cr_assert_str_eq(desk_plan(desk, 1)->queued_by, "Olwen");
        desk_free(desk);
    }
}

/* S1 (11) TEST, REQ A5 TEST */
Test(escalation, with_nobody_on_duty_the_push_is_immediate)
{
    struct desk *desk = desk_new();
    desk_duty(desk, 0);
    desk_wait(desk, 60 * SECOND);
    desk_open(desk, 1, desk_facts(MARKER_NONE));
    cr_assert(desk->out.queued);
    cr_assert_eq(desk_plan(desk, 1)->reason, REASON_NO_OPERATOR);
    cr_assert(desk_plan(desk, 1)->no_operator);
    cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_SUPERVISOR);
    desk_free(desk);
}

Test(escalation, after_a_start_and_after_the_last_one_left_there_is_a_short_grace)
{
    struct desk *desk = desk_new();
    desk_boot(desk);
    desk_open(desk, 1, desk_facts(MARKER_NONE));
    cr_assert_eq(desk_plan(desk, 1)->due_kind, LARWM__JOURNAL__TIMER_KIND__TIMER_NO_OPERATOR);
    desk_wait(desk, 4 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NONE);
    desk_duty(desk, 1);
    desk_wait(desk, 10 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NONE, "somebody came in time");
    desk_duty(desk, 0);
    desk_wait(desk, 6 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->reason, REASON_NO_OPERATOR);
    desk_free(desk);
}

Test(escalation, a_claim_stops_the_limits_and_a_release_starts_them_again)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_NONE));
    desk_wait(desk, 19 * SECOND);
    desk_do(desk, 1, ESCALATION_CLAIMED);
    desk_wait(desk, 60 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_QUEUE);
    desk_do(desk, 1, ESCALATION_RELEASED);
    desk_wait(desk, 19 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_QUEUE);
    desk_wait(desk, 22 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->reason, REASON_UNANSWERED);
    desk_free(desk);
}

Test(escalation, an_owner_who_does_nothing_is_noticed)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_NONE));
    desk_do(desk, 1, ESCALATION_CLAIMED);
    desk_wait(desk, 100 * SECOND);
    desk_do(desk, 1, ESCALATION_ACTED);
    desk_wait(desk, 119 * SECOND);
    cr_assert_eq(desk->history[HISTORY(STALLED)], 0);
    desk_wait(desk, 2 * SECOND);
    cr_assert_eq(desk->history[HISTORY(STALLED)], 1);
    cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_SUPERVISOR);
    desk_wait(desk, 600 * SECOND);
    cr_assert_eq(desk->history[HISTORY(STALLED)], 1, "said once");
    cr_assert_geq(desk_plan(desk, 1)->stalled, 5, "and not forgotten");
    desk_free(desk);
}

Test(escalation, a_p2_raised_to_p1_gets_the_limits_and_the_route_of_a_p1)
{
    struct desk *desk = desk_new();
    struct escalation_facts facts = desk_facts(MARKER_ACTIVE);
    facts.priority = PRIORITY_P2;
    facts.kind = SIGNAL_INTRUSION;
    desk_open(desk, 1, facts);
    desk_wait(desk, 60 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NONE);
    desk_signal(desk, 1, desk_facts(MARKER_ACTIVE), ESCALATION_WHAT_RAISED);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_QUEUED);
    cr_assert_eq(desk_plan(desk, 1)->due_us, desk->now + 20 * SECOND);
    desk_free(desk);
}

Test(escalation, a_case_known_only_after_the_limit_still_goes_to_the_police)
{
    struct desk *desk = desk_new();
    struct escalation_facts facts = desk_facts(MARKER_UNKNOWN);
    facts.case_attached = false;
    desk_open(desk, 1, facts);
    desk_wait(desk, 60 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NONE);
    cr_assert(desk_plan(desk, 1)->call_by_phone);
    desk_signal(desk, 1, desk_facts(MARKER_NONE), ESCALATION_WHAT_CARD);
    cr_assert_eq(desk_plan(desk, 1)->reason, REASON_UNANSWERED);
    desk_free(desk);
}

Test(escalation, a_lesser_alarm_alerts_later_and_never_pushes)
{
    struct desk *desk = desk_new();
    struct escalation_facts facts = desk_facts(MARKER_ACTIVE);
    facts.priority = PRIORITY_P2;
    desk_duty(desk, 0);
    desk_wait(desk, 60 * SECOND);
    desk_open(desk, 1, facts);
    desk_wait(desk, 89 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_QUEUE);
    desk_wait(desk, 92 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->alert, ALERT_SUPERVISOR);
    desk_wait(desk, 1800 * SECOND);
    cr_assert_eq(desk_plan(desk, 1)->state, ESCALATION_NONE);
    desk_free(desk);
}

Test(escalation, a_timer_that_was_passed_by_does_nothing)
{
    struct desk *desk = desk_new();
    desk_open(desk, 1, desk_facts(MARKER_NONE));
    int64_t due = desk_plan(desk, 1)->due_us;
    desk_do(desk, 1, ESCALATION_CLAIMED);
    desk->now = due;
    uint64_t before = escalation_hash(desk->escalation);
    desk_step(desk,
              &(struct escalation_event){.kind = ESCALATION_TIMER,
                                         .incident = 1,
                                         .timer = LARWM__JOURNAL__TIMER_KIND__TIMER_UNCLAIMED_ALL,
                                         .due_us = due});
    cr_assert_eq(escalation_hash(desk->escalation), before);
    cr_assert_eq(desk->out.notes_count, 0);
    desk_free(desk);
}

Test(escalation, names_its_message_after_node_and_number)
{
    char id[32];
    escalation_message_id(UINT64_C(3) << 48 | 123, id);
    cr_assert_str_eq(id, "larwm-3-123");
}

Test(escalation, says_when_no_plan_is_free_and_gives_up_a_removed_one)
{
    struct desk *desk = desk_new();
    for (uint64_t incident = 1; incident <= 64; incident++) {
        desk_open(desk, incident, desk_facts(MARKER_NONE));
        cr_assert_not(desk->out.overload);
    }
    desk_open(desk, 65, desk_facts(MARKER_ACTIVE));
    cr_assert(desk->out.overload);
    desk_do(desk, 7, ESCALATION_REMOVED);
    desk_open(desk, 65, desk_facts(MARKER_ACTIVE));
    cr_assert_not(desk->out.overload);
    cr_assert(desk->out.queued);
    desk_free(desk);
}

/* R0 TEST: the desk's time falls back when the machine's clock has caught up with the journal
 * (desk/watch.c). Limits armed then must neither be asked for without end nor come early. */
Test(escalation, a_time_that_went_back_gives_each_limit_once_and_not_early)
{
    struct desk *desk = desk_new();
    struct escalation_timer timer;
    desk_open(desk, 1, desk_facts(MARKER_NONE));
    cr_assert_not(escalation_take_due(desk->escalation, desk->now + 15 * SECOND, &timer));
    desk_close(desk, 1, OUTCOME_PERSON_SAFE);
    cr_assert_not(escalation_take_due(desk->escalation, desk->now + 472 * SECOND, &timer));
    desk_open(desk, 2, desk_facts(MARKER_NONE));
    cr_assert_not(escalation_take_due(desk->escalation, desk->now + 19 * SECOND, &timer));
    cr_assert(escalation_take_due(desk->escalation, desk->now + 20 * SECOND, &timer));
    cr_assert_eq(timer.incident, 2);
    cr_assert_not(escalation_take_due(desk->escalation, desk->now + 20 * SECOND, &timer));
    desk_free(desk);
}
