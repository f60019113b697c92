/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "triage/history.h"

#include <criterion/criterion.h>
#include <string.h>

/* REQ A21 TEST: S7: several alarms of one home are one incident, raised; the flat next door is not.
 */
Test(correlation, alarms_of_one_home_are_one_incident_and_flats_never_merge)
{
    struct rig *rig = rig_new();
    struct test_card home;
    struct test_card flat;
    test_card_init(&home, 1, 100);
    test_card_init(&flat, 2, 101);
    uint64_t id = rig_press(rig, "HUB-1", SIGNAL_INTRUSION, &home);
    cr_assert_eq(rig_find(rig, id)->priority, PRIORITY_P2);
    rig_wait(rig, 5 * SECOND);
    cr_assert_eq(rig_press(rig, "HUB-1", SIGNAL_PANIC, &home), id);
    cr_assert_eq(rig_find(rig, id)->priority, PRIORITY_P1);
    cr_assert_eq(rig_find(rig, id)->kind, SIGNAL_PANIC);
    cr_assert(rig_what(rig, id) & TRIAGE_WHAT_RAISED);
    rig_wait(rig, 4 * SECOND);
    cr_assert_eq(rig_press(rig, "SKY-101", SIGNAL_PANIC, &home), id,
                 "another unit of the same home");
    uint64_t other = rig_press(rig, "HUB-2", SIGNAL_PANIC, &flat);
    cr_assert_neq(other, id);
    cr_assert_eq(rig_find(rig, id)->signal_count, 3);
    cr_assert_eq(rig_find(rig, id)->press_count, 2);
    cr_assert_eq(rig_history(rig, id, HISTORY(RAISED)), 1);
    rig_act(rig, "Olwen", ROLE_OPERATOR, LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM, id);
    cr_assert(rig_close(rig, "Olwen", id, OUTCOME_PERSON_SAFE).ok);
    cr_assert_eq(rig_find(rig, other)->state, INCIDENT_OPEN, "closing one leaves the other");
    rig_free(rig);
}

Test(correlation, another_unit_of_the_home_after_the_window_opens_its_own)
{
    struct rig *rig = rig_new();
    struct test_card home;
    test_card_init(&home, 1, 100);
    uint64_t id = rig_press(rig, "HUB-1", SIGNAL_PANIC, &home);
    rig_wait(rig, 10 * MINUTE);
    cr_assert_eq(rig_press(rig, "SKY-101", SIGNAL_PANIC, &home), id);
    rig_wait(rig, 10 * MINUTE + 1);
    cr_assert_neq(rig_press(rig, "HUB-1B", SIGNAL_PANIC, &home), id);
    rig_free(rig);
}

Test(correlation, a_second_person_in_the_home_has_an_incident_of_her_own_linked_to_the_first)
{
    struct rig *rig = rig_new();
    struct test_card mared;
    struct test_card sian;
    test_card_init(&mared, 1, 100);
    test_card_init(&sian, 2, 100);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &mared);
    uint64_t other = rig_press(rig, "SKY-2", SIGNAL_PANIC, &sian);
    cr_assert_neq(id, other);
    cr_assert_eq(rig_find(rig, other)->linked, id);
    cr_assert_eq(rig_find(rig, other)->case_id, 2);
    rig_free(rig);
}

/* REQ A28 TEST: a press never sinks into a technical incident. */
Test(correlation, a_press_never_joins_a_technical_incident)
{
    struct rig *rig = rig_new();
    struct test_card home;
    test_card_init(&home, 1, 100);
    uint64_t battery = rig_press(rig, "SKY-1", SIGNAL_LOW_BATTERY, &home);
    cr_assert_eq(rig_find(rig, battery)->priority, PRIORITY_P4);
    uint64_t panic = rig_press(rig, "SKY-1", SIGNAL_PANIC, &home);
    cr_assert_neq(panic, battery);
    cr_assert_eq(rig_find(rig, panic)->priority, PRIORITY_P1);
    cr_assert_eq(rig_press(rig, "SKY-1", SIGNAL_FAULT, &home), battery);
    rig_free(rig);
}

Test(correlation, a_press_after_closing_opens_a_new_incident)
{
    struct rig *rig = rig_new();
    struct test_card home;
    test_card_init(&home, 1, 100);
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &home);
    rig_claim(rig, "Olwen", id, 0);
    cr_assert(rig_close(rig, "Olwen", id, OUTCOME_PERSON_SAFE).ok);
    cr_assert_neq(rig_press(rig, "SKY-1", SIGNAL_PANIC, &home), id);
    rig_free(rig);
}

/* S3 TEST: a unit lent again never shows one person's press under another's name. */
Test(correlation, an_alarm_from_an_earlier_loan_stays_apart_from_the_present_holders)
{
    struct rig *rig = rig_new();
    struct test_card bethan;
    struct test_card earlier;
    test_card_init(&bethan, 2, 100);
    test_card_init(&earlier, 9, 9);
    test_card_clear_case(&earlier);
    test_card_badge(&earlier, BADGE_EARLIER_ALLOCATION);
    uint64_t now = rig_press(rig, "SKY-07", SIGNAL_PANIC, &bethan);
    uint64_t old = rig_press(rig, "SKY-07", SIGNAL_PANIC, &earlier);
    cr_assert_neq(now, old);
    cr_assert_eq(rig_find(rig, old)->case_id, 0);
    cr_assert_eq(rig_find(rig, old)->priority, PRIORITY_P1);
    cr_assert_eq(rig_press(rig, "SKY-07", SIGNAL_PANIC, &bethan), now);
    rig_free(rig);
}

Test(correlation, a_press_whose_case_could_not_be_looked_up_joins_the_open_incident_of_its_unit)
{
    struct rig *rig = rig_new();
    struct test_card home;
    struct test_card blind;
    test_card_init(&home, 1, 100);
    test_card_init(&blind, 0, 0);
    test_card_clear_case(&blind);
    blind.card.status = (Larwm__ResolveStatus)RESOLVE_UNKNOWN;
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &home);
    cr_assert_eq(rig_press(rig, "SKY-1", SIGNAL_PANIC, &blind), id);
    cr_assert_eq(rig_find(rig, id)->case_id, 1, "what is known stays on the screen");
    rig_free(rig);
}

/* S4 TEST: every state of a unit gives a P1; none has a case it should not have. */
Test(correlation, a_press_of_a_returned_lost_stolen_or_unknown_unit_is_a_p1_with_its_badge)
{
    const enum badge badges[] = {BADGE_UNALLOCATED,  BADGE_LOST,    BADGE_STOLEN,
                                 BADGE_UNREGISTERED, BADGE_RETIRED, BADGE_QUARANTINE,
                                 BADGE_CASE_CLOSED};
    const char *const units[] = {"U-0", "U-1", "U-2", "U-3", "U-4", "U-5", "U-6"};
    struct rig *rig = rig_new();
    for (unsigned i = 0; i < 7; i++) {
        struct test_card card;
        test_card_init(&card, 0, 0);
        test_card_clear_case(&card);
        test_card_badge(&card, badges[i]);
        uint64_t id = rig_press(rig, units[i], SIGNAL_PANIC, &card);
        const struct triage_incident *incident = rig_find(rig, id);
        cr_assert_eq(incident->priority, PRIORITY_P1);
        cr_assert(incident_has_badge(incident, badges[i]));
        cr_assert_eq(incident->unit_blocked, i < 4);
    }
    cr_assert_eq(triage_open_count(rig->triage), 7);
    rig_free(rig);
}

Test(correlation, a_recheck_replaces_the_card_says_so_and_only_raises)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 100);
    card.person.risk = (Larwm__Risk)RISK_STANDARD;
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    uint32_t rank = rig_find(rig, id)->rank;
    rig_recheck(rig, id, &card);
    cr_assert_eq(rig_history(rig, id, HISTORY(RECHECKED)), 0, "nothing changed");
    card.marker.status = (Larwm__MarkerStatus)MARKER_LAPSED;
    card.person.risk = (Larwm__Risk)RISK_VERY_HIGH;
    rig_recheck(rig, id, &card);
    cr_assert_eq(rig_history(rig, id, HISTORY(RECHECKED)), 1);
    cr_assert(rig_what(rig, id) & TRIAGE_WHAT_CARD);
    cr_assert_eq(rig_find(rig, id)->marker, MARKER_LAPSED);
    cr_assert_lt(rig_find(rig, id)->rank, rank);
    card.person.risk = (Larwm__Risk)RISK_STANDARD;
    rig_recheck(rig, id, &card);
    cr_assert_eq(rig_find(rig, id)->risk, RISK_VERY_HIGH, "never lowered while open");
    rig_free(rig);
}

Test(correlation, a_recheck_that_knows_less_does_not_take_the_case_off_the_screen)
{
    struct rig *rig = rig_new();
    struct test_card card;
    struct test_card blind;
    test_card_init(&card, 1, 100);
    test_card_init(&blind, 0, 0);
    test_card_clear_case(&blind);
    blind.card.status = (Larwm__ResolveStatus)RESOLVE_UNKNOWN;
    uint64_t id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    rig_recheck(rig, id, &blind);
    cr_assert_eq(rig_find(rig, id)->case_id, 1);
    cr_assert_neq(rig_find(rig, id)->card_size, 0);
    rig_free(rig);
}

Test(correlation, the_card_comes_back_as_it_went_in)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 100);
    const struct triage_incident *incident =
        rig_find(rig, rig_press(rig, "SKY-1", SIGNAL_PANIC, &card));
    Larwm__Card *back = larwm__card__unpack(NULL, incident->card_size, incident->card);
    cr_assert_not_null(back);
    cr_assert_str_eq(back->case_card->person_name, "Mared Invented");
    larwm__card__free_unpacked(back, NULL);
    rig_free(rig);
}

Test(correlation, a_full_pool_gives_a_press_the_place_of_a_lesser_alarm)
{
    struct triage_limits limits = {
        .incidents = 2, .pending = 8, .units = 8, .zones = 2, .users = 2};
    struct triage_policy policy = triage_policy_default();
    struct rig *rig = rig_new_with(&limits, &policy);
    struct test_card card[4];
    for (unsigned i = 0; i < 4; i++) {
        test_card_init(&card[i], i + 1, i + 1);
    }
    uint64_t first = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card[0]);
    uint64_t fault = rig_press(rig, "SKY-2", SIGNAL_FAULT, &card[1]);
    uint64_t second = rig_press(rig, "SKY-3", SIGNAL_PANIC, &card[2]);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_REMOVED, fault));
    cr_assert_null(triage_find(rig->triage, fault));
    uint64_t pos = rig_signal(rig, "SKY-4", SIGNAL_PANIC);
    rig_resolve(rig, pos, &card[3]);
    cr_assert(rig->out.overload);
    cr_assert(rig->out.resolve, "it stays waiting and is asked for again");
    rig_claim(rig, "Olwen", first, 0);
    rig_close(rig, "Olwen", first, OUTCOME_PERSON_SAFE);
    rig_resolve(rig, pos, &card[3]);
    cr_assert_not(rig->out.overload);
    cr_assert_eq(triage_open_count(rig->triage), 2);
    cr_assert_not_null(triage_find(rig->triage, second));
    rig_free(rig);
}
