/* SPDX-License-Identifier: Apache-2.0 */
/* Late, lost and back: a unit with two paths. The unit with one is in test_signal.c. */
#include "support.h"

#include <criterion/criterion.h>
#include <string.h>

#define UNIT "PAN-1"
#define HEARD_US INT64_C(1478916700000000)

/* One record of supervision about a path of UNIT; gives its position. */
static uint64_t
say(struct rig *rig, enum signal_kind kind, enum path path, bool both)
{
    Larwm__Journal__Supervision said = LARWM__JOURNAL__SUPERVISION__INIT;
    said.unit = UNIT;
    said.kind = (Larwm__SignalKind)kind;
    said.path = (Larwm__Path)path;
    said.both = both;
    said.interval_s = path == PATH_MAIN ? 85 : 890;
    said.last_seen_us = HEARD_US;
    said.other_seen_us = HEARD_US + 1;
    return rig_supervision(rig, &said);
}

/* The same with its case known at once; gives the incident. */
static uint64_t
say_resolved(struct rig *rig, enum signal_kind kind, enum path path, bool both,
             const struct test_card *card)
{
    uint64_t pos = say(rig, kind, path, both);
    cr_assert(rig->out.resolve);
    rig_resolve(rig, pos, card);
    for (uint32_t i = 0; i < rig->out.changes_count; i++) {
        if (rig->out.changes[i].kind == TRIAGE_CHANGE_OPENED ||
            rig->out.changes[i].kind == TRIAGE_CHANGE_SIGNAL) {
            return rig->out.changes[i].incident;
        }
    }
    return 0;
}

/* REQ A28 TEST: one path lost is the lesser thing, and says which path works. */
Test(loss, a_lost_main_path_names_itself_and_the_backup_that_works)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t id = say_resolved(rig, SIGNAL_PATH_LOST, PATH_MAIN, false, &card);
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(incident->kind, SIGNAL_PATH_LOST);
    cr_assert_eq(incident->priority, PRIORITY_P3, "the risk is high");
    cr_assert_eq(incident->paths[0].state, PATH_STATE_LOST);
    cr_assert_eq(incident->paths[0].last_seen_us, HEARD_US);
    cr_assert_eq(incident->paths[0].interval_s, 85);
    cr_assert_eq(incident->paths[1].state, PATH_STATE_WORKING);
    cr_assert_eq(incident->paths[1].last_seen_us, HEARD_US + 1);
    cr_assert_eq(incident_signal(incident, 0)->path, PATH_MAIN);
    rig_free(rig);
}

/* REQ A28 TEST: whoever cuts both paths is the graver thing, at any risk. */
Test(loss, the_second_path_lost_raises_the_same_incident)
{
    static const enum risk risks[] = {RISK_STANDARD, RISK_MEDIUM, RISK_HIGH, RISK_UNKNOWN};
    for (unsigned i = 0; i < 4; i++) {
        struct rig *rig = rig_new();
        struct test_card card;
        test_card_init(&card, 1, 1);
        card.person.risk = (Larwm__Risk)risks[i];
        uint64_t id = say_resolved(rig, SIGNAL_PATH_LATE, PATH_MAIN, false, &card);
        cr_assert_eq(rig_find(rig, id)->priority, PRIORITY_P4);
        cr_assert_eq(say_resolved(rig, SIGNAL_PATH_LOST, PATH_MAIN, false, &card), id);
        uint32_t alone = rig_find(rig, id)->priority;
        cr_assert_eq(rig_find(rig, id)->kind, SIGNAL_PATH_LOST);
        cr_assert_eq(say_resolved(rig, SIGNAL_UNIT_LOST, PATH_BACKUP, true, &card), id);
        const struct triage_incident *incident = rig_find(rig, id);
        cr_assert_eq(incident->kind, SIGNAL_UNIT_LOST);
        cr_assert_eq(incident->priority, PRIORITY_P2);
        cr_assert_lt(incident->priority, alone);
        cr_assert_eq(incident->paths[0].state, PATH_STATE_LOST);
        cr_assert_eq(incident->paths[1].state, PATH_STATE_LOST);
        cr_assert_eq(triage_open_count(rig->triage), 1, "raised, not doubled");
        rig_free(rig);
    }
}

/* REQ A28 TEST: closed by itself when every path is back, and not before. */
Test(loss, the_incident_closes_when_both_paths_are_back)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t id = say_resolved(rig, SIGNAL_PATH_LOST, PATH_MAIN, false, &card);
    (void)say_resolved(rig, SIGNAL_UNIT_LOST, PATH_BACKUP, true, &card);
    (void)say(rig, SIGNAL_PATH_RESTORED, PATH_BACKUP, false);
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN, "the main path is still lost");
    cr_assert_eq(rig_find(rig, id)->paths[1].state, PATH_STATE_WORKING);
    cr_assert_eq(rig_find(rig, id)->priority, PRIORITY_P2, "never lowered");
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_SHOWN, id));
    (void)say(rig, SIGNAL_PATH_RESTORED, PATH_MAIN, false);
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_CLOSED);
    cr_assert_eq(rig_find(rig, id)->outcome, OUTCOME_RESTORED);
    rig_free(rig);
}

Test(loss, a_restored_path_closes_no_alarm_and_no_other_units_incident)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t panic = rig_press(rig, UNIT, SIGNAL_PANIC, &card);
    uint64_t loss = say_resolved(rig, SIGNAL_PATH_LOST, PATH_BACKUP, false, &card);
    cr_assert_neq(loss, panic);
    rig_supervise(rig, "PAN-2", SIGNAL_UNIT_LOST);
    rig_resolve(rig, rig->pos, &card);
    cr_assert_eq(triage_open_count(rig->triage), 3);
    (void)say(rig, SIGNAL_PATH_RESTORED, PATH_BACKUP, false);
    cr_assert_eq(rig_find(rig, loss)->state, INCIDENT_CLOSED);
    cr_assert_eq(triage_open_count(rig->triage), 2);
    cr_assert_eq(rig_find(rig, panic)->state, INCIDENT_OPEN);
    rig_free(rig);
}

Test(loss, a_path_that_is_back_before_the_case_is_known_opens_nothing)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t late = say(rig, SIGNAL_PATH_LATE, PATH_MAIN, false);
    uint64_t lost = say(rig, SIGNAL_PATH_LOST, PATH_MAIN, false);
    (void)say(rig, SIGNAL_PATH_RESTORED, PATH_MAIN, false);
    rig_resolve(rig, late, &card);
    rig_resolve(rig, lost, &card);
    cr_assert_eq(triage_open_count(rig->triage), 0, "neither of the two");
    rig_free(rig);
}

/* Half of it is over: the other half is not. */
Test(loss, a_lost_unit_of_which_one_path_is_back_before_the_case_is_known_is_still_shown)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t lost = say(rig, SIGNAL_UNIT_LOST, PATH_BACKUP, true);
    (void)say(rig, SIGNAL_PATH_RESTORED, PATH_BACKUP, false);
    rig_resolve(rig, lost, &card);
    const struct triage_incident *incident = triage_each(rig->triage, NULL);
    cr_assert_not_null(incident);
    cr_assert_eq(incident->paths[0].state, PATH_STATE_LOST);
    cr_assert_eq(incident->paths[1].state, PATH_STATE_WORKING);
    rig_free(rig);
}

Test(loss, a_learned_interval_is_no_news)
{
    struct rig *rig = rig_new();
    (void)say(rig, SIGNAL_UNKNOWN, PATH_MAIN, false);
    cr_assert_not(rig->out.resolve);
    cr_assert_eq(rig->out.changes_count, 0);
    (void)say(rig, SIGNAL_PANIC, PATH_MAIN, false); /* nothing supervision may say */
    cr_assert_not(rig->out.resolve);
    rig_free(rig);
}

/* A lost path an operator has closed: the other path's loss must be seen all the same. */
Test(loss, after_an_operator_closed_the_first_loss_the_second_opens_its_own)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t id = say_resolved(rig, SIGNAL_PATH_LOST, PATH_MAIN, false, &card);
    rig_presence(rig, "nia", ROLE_OPERATOR, true);
    cr_assert(rig_claim(rig, "nia", id, 0).ok);
    cr_assert(rig_close(rig, "nia", id, OUTCOME_TECHNICAL_RESOLVED).ok);
    uint64_t next = say_resolved(rig, SIGNAL_UNIT_LOST, PATH_BACKUP, true, &card);
    cr_assert_neq(next, id);
    cr_assert_eq(rig_find(rig, next)->priority, PRIORITY_P2);
    rig_free(rig);
}
