/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "triage/history.h"

#include <criterion/criterion.h>

static struct test_card card;

/* REQ A5 TEST: a console that is gone gives its alarms back to the queue. */
Test(presence, a_console_that_stays_away_loses_its_claims)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    cr_assert_not(incident_has_badge(rig_find(rig, id), BADGE_NO_OPERATOR));
    rig_claim(rig, "Olwen", id, 0);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, false);
    cr_assert_eq(triage_duty_count(rig->triage), 0);
    cr_assert_leq(triage_next_due_us(rig->triage), rig->now + 10 * SECOND);
    rig_wait(rig, 10 * SECOND - 1);
    rig_timers(rig);
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_CLAIMED);
    rig_wait(rig, 1001);
    rig_timers(rig);
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN);
    cr_assert_eq(rig_history(rig, id, HISTORY(CONSOLE_LOST)), 1);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_RELEASED, id));
    rig_free(rig);
}

Test(presence, a_console_that_comes_back_in_time_keeps_them)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    rig_claim(rig, "Olwen", id, 0);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, false);
    rig_wait(rig, 5 * SECOND);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    rig_wait(rig, MINUTE);
    rig_timers(rig);
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_CLAIMED);
    rig_free(rig);
}

Test(presence, after_a_start_claims_wait_for_their_owner_and_then_fall)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    struct test_card other;
    test_card_init(&other, 2, 200);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    rig_presence(rig, "Bryn", ROLE_OPERATOR, true);
    uint64_t hers = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    uint64_t his = rig_press(rig, "SKY-2", SIGNAL_PANIC, &other);
    rig_claim(rig, "Olwen", hers, 0);
    rig_claim(rig, "Bryn", his, 0);
    rig_boot(rig);
    cr_assert_eq(triage_duty_count(rig->triage), 0);
    rig_wait(rig, 3 * SECOND);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    rig_wait(rig, 8 * SECOND);
    rig_timers(rig);
    cr_assert_eq(rig_find(rig, hers)->state, INCIDENT_CLAIMED);
    cr_assert_eq(rig_find(rig, his)->state, INCIDENT_OPEN);
    rig_free(rig);
}

Test(presence, gateways_and_tools_are_not_on_duty)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    rig_presence(rig, "police", ROLE_POLICE_GATEWAY, true);
    rig_presence(rig, "tool", ROLE_TOOL, true);
    cr_assert_eq(triage_duty_count(rig->triage), 0);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    cr_assert(incident_has_badge(rig_find(rig, id), BADGE_NO_OPERATOR));
    rig_presence(rig, "Sioned", ROLE_SUPERVISOR, true);
    rig_presence(rig, "Sioned", ROLE_SUPERVISOR, true);
    cr_assert_eq(triage_duty_count(rig->triage), 1);
    rig_presence(rig, "Sioned", ROLE_SUPERVISOR, false);
    rig_presence(rig, "Sioned", ROLE_SUPERVISOR, false);
    cr_assert_eq(triage_duty_count(rig->triage), 0);
    rig_free(rig);
}

Test(presence, a_deadline_is_given_again_until_its_record_is_applied)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    rig_claim(rig, "Olwen", id, 0);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, false);
    rig_wait(rig, 11 * SECOND);
    struct triage_timer timer;
    cr_assert(triage_take_due(rig->triage, rig->now, &timer));
    cr_assert_eq(timer.incident, id);
    cr_assert_not(triage_take_due(rig->triage, rig->now, &timer), "its record is on the way");
    rig_wait(rig, SECOND);
    cr_assert(triage_take_due(rig->triage, rig->now, &timer), "the record never came");
    rig_free(rig);
}

/* R0 TEST: see the same of escalation: a time that falls back must not ask without end. */
Test(presence, a_time_that_went_back_gives_a_deadline_once)
{
    struct rig *rig = rig_new();
    struct triage_timer timer;
    test_card_init(&card, 1, 100);
    cr_assert_not(triage_take_due(rig->triage, rig->now + 472 * SECOND, &timer));
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    rig_claim(rig, "Olwen", id, 0);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, false);
    cr_assert_not(triage_take_due(rig->triage, rig->now, &timer));
    rig_wait(rig, 11 * SECOND);
    cr_assert(triage_take_due(rig->triage, rig->now, &timer));
    cr_assert_eq(timer.incident, id);
    cr_assert_not(triage_take_due(rig->triage, rig->now, &timer));
    rig_free(rig);
}

Test(presence, a_closed_incident_leaves_after_its_time_unless_its_police_message_is_unfinished)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    rig_claim(rig, "Olwen", id, 0);
    rig_close(rig, "Olwen", id, OUTCOME_PERSON_SAFE);
    struct triage_remark remark = {.incident = id, .held = true};
    struct triage_event event = {
        .kind = TRIAGE_REMARK, .pos = rig->pos, .time_us = rig->now, .remark = &remark};
    triage_step(rig->triage, &event, &rig->out);
    rig_wait(rig, 11 * MINUTE);
    rig_signal(rig, "OTHER", SIGNAL_TEST);
    cr_assert_not_null(triage_find(rig->triage, id));
    remark.held = false;
    triage_step(rig->triage, &event, &rig->out);
    rig_wait(rig, 11 * MINUTE);
    rig_signal(rig, "OTHER", SIGNAL_TEST);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_REMOVED, id));
    cr_assert_null(triage_find(rig->triage, id));
    rig_free(rig);
}
