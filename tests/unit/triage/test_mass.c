/* SPDX-License-Identifier: Apache-2.0 */
/* Many units of one network lost at once are one incident (REQ A29 TEST). Units are invented. */
#include "support.h"

#include "base/sheet.h"
#include "triage/checkpoint.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENOUGH 5u /* units of one network */
#define WITHIN (300 * SECOND)
#define ROAMING "roaming SIM"

static struct rig *
mass_rig(uint32_t units)
{
    struct triage_limits limits = {
        .incidents = 64, .pending = 32, .units = units, .zones = 4, .users = 8};
    struct triage_policy policy = triage_policy_default();
    policy.mass_loss_units = ENOUGH;
    return rig_new_with(&limits, &policy);
}

/* One record about the only path of unit U-<number>. */
static uint64_t
tell(struct rig *rig, unsigned number, enum signal_kind kind, const char *network, enum risk risk)
{
    char unit[LIMIT_UNIT_ID];
    (void)snprintf(unit, sizeof unit, "U-%u", number);
    Larwm__Journal__Supervision said = LARWM__JOURNAL__SUPERVISION__INIT;
    said.unit = unit;
    said.kind = (Larwm__SignalKind)kind;
    said.network = (char *)(uintptr_t)network;
    said.risk = (Larwm__Risk)risk;
    said.last_seen_us = START - MINUTE;
    return rig_supervision(rig, &said);
}

static uint64_t
lose(struct rig *rig, unsigned number, enum risk risk)
{
    return tell(rig, number, SIGNAL_UNIT_LOST, ROAMING, risk);
}

/* The loss and the answer whose it is; gives the incident it opened, 0 none. */
static uint64_t
lose_resolved(struct rig *rig, unsigned number, enum risk risk)
{
    struct test_card card;
    test_card_init(&card, 100 + number, 100 + number);
    card.person.risk = (Larwm__Risk)risk;
    uint64_t pos = lose(rig, number, risk);
    if (rig->out.resolve) {
        rig_resolve(rig, pos, &card);
    }
    for (uint32_t i = 0; i < rig->out.changes_count; i++) {
        if (rig->out.changes[i].kind == TRIAGE_CHANGE_OPENED) {
            return rig->out.changes[i].incident;
        }
    }
    return 0;
}

/* Unit U-<number> is no longer supervised. */
static void
take_out(struct rig *rig, unsigned number)
{
    char unit[LIMIT_UNIT_ID];
    (void)snprintf(unit, sizeof unit, "U-%u", number);
    Larwm__Journal__Supervision said = LARWM__JOURNAL__SUPERVISION__INIT;
    said.unit = unit;
    said.ended = true;
    (void)rig_supervision(rig, &said);
}

static void
restore(struct rig *rig, unsigned number)
{
    (void)tell(rig, number, SIGNAL_UNIT_RESTORED, ROAMING, RISK_STANDARD);
}

/* The open incident of the network, or NULL; that there are not two of it. */
static const struct triage_incident *
gathering(const struct rig *rig)
{
    const struct triage_incident *incident = NULL;
    const struct triage_incident *found = NULL;
    while ((incident = triage_each(rig->triage, incident)) != NULL) {
        if (incident->mass && incident->state != INCIDENT_CLOSED) {
            cr_assert_null(found, "one of them");
            found = incident;
        }
    }
    return found;
}

/* Units 1 .. ENOUGH at standard risk: the incident they opened. */
static uint64_t
open_mass(struct rig *rig)
{
    for (unsigned i = 1; i <= ENOUGH; i++) {
        (void)lose_resolved(rig, i, RISK_STANDARD);
    }
    cr_assert_not_null(gathering(rig));
    return gathering(rig)->id;
}

Test(mass, fewer_units_than_enough_have_incidents_of_their_own)
{
    struct rig *rig = mass_rig(64);
    for (unsigned i = 1; i < ENOUGH; i++) {
        cr_assert_neq(lose_resolved(rig, i, RISK_HIGH), 0);
    }
    cr_assert_null(gathering(rig));
    cr_assert_eq(triage_open_count(rig->triage), ENOUGH - 1);
    rig_free(rig);
}

Test(mass, enough_units_of_one_network_are_one_incident_and_theirs_are_gathered_into_it)
{
    struct rig *rig = mass_rig(64);
    uint64_t own[ENOUGH] = {0};
    for (unsigned i = 1; i < ENOUGH; i++) {
        own[i] = lose_resolved(rig, i, RISK_STANDARD);
    }
    (void)lose(rig, ENOUGH, RISK_STANDARD);
    cr_assert_not(rig->out.resolve, "it needs no case");
    const struct triage_incident *incident = gathering(rig);
    cr_assert_eq(rig->out.gathered, incident->id);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_OPENED, incident->id));
    cr_assert_eq(triage_open_count(rig->triage), 1);
    cr_assert_eq(incident->mass_lost, ENOUGH);
    cr_assert_eq(incident->signal_count, ENOUGH);
    cr_assert_eq(incident->priority, PRIORITY_P4);
    cr_assert_str_eq(incident->network, ROAMING);
    cr_assert(incident_has_badge(incident, BADGE_MASS_LOSS));
    cr_assert_eq(rig_history(rig, incident->id, HISTORY(GATHERED)), 1);
    for (unsigned i = 1; i < ENOUGH; i++) {
        const struct triage_incident *gone = rig_find(rig, own[i]);
        cr_assert_eq(gone->state, INCIDENT_CLOSED);
        cr_assert_eq(gone->outcome, OUTCOME_GATHERED);
        const struct incident_history *last = &gone->history[gone->history_kept - 1];
        char reference[32];
        (void)snprintf(reference, sizeof reference, "1-%llu", (unsigned long long)incident->pos);
        cr_assert_str_eq(incident_history_text(gone, last), reference);
        cr_assert(rig_changed(rig, TRIAGE_CHANGE_CLOSED, own[i]));
    }
    rig_free(rig);
}

Test(mass, losses_that_wait_for_their_case_when_it_opens_go_into_it_when_the_answer_comes)
{
    struct rig *rig = mass_rig(64);
    uint64_t waiting[ENOUGH];
    for (unsigned i = 1; i <= ENOUGH; i++) {
        waiting[i - 1] = lose(rig, i, RISK_STANDARD);
    }
    uint64_t id = gathering(rig)->id;
    struct test_card card;
    test_card_init(&card, 7, 7);
    card.person.risk = LARWM__RISK__RISK_VERY_HIGH;
    for (unsigned i = 0; i + 1 < ENOUGH; i++) {
        rig_resolve(rig, waiting[i], &card);
        cr_assert_eq(rig->out.gathered, id);
    }
    cr_assert_eq(triage_open_count(rig->triage), 1);
    cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH);
    cr_assert_eq(rig_find(rig, id)->priority, PRIORITY_P3, "the card knew the risk better");
    rig_free(rig);
}

Test(mass, other_networks_slow_losses_and_units_that_came_back_do_not_count)
{
    struct rig *rig = mass_rig(64);
    for (unsigned i = 1; i < ENOUGH; i++) {
        (void)lose(rig, i, RISK_STANDARD);
    }
    (void)tell(rig, 20, SIGNAL_UNIT_LOST, "another", RISK_STANDARD);
    (void)tell(rig, 21, SIGNAL_UNIT_LOST, "", RISK_STANDARD);
    cr_assert_null(gathering(rig));
    restore(rig, 1);
    (void)lose(rig, 30, RISK_STANDARD);
    cr_assert_null(gathering(rig), "one is back");
    rig_wait(rig, WITHIN + SECOND);
    (void)lose(rig, 31, RISK_STANDARD);
    cr_assert_null(gathering(rig), "the others were lost long ago");
    rig_free(rig);
}

Test(mass, further_losses_join_and_the_highest_risk_stands_first)
{
    static const enum risk risks[] = {RISK_MEDIUM, RISK_VERY_HIGH, RISK_UNKNOWN, RISK_HIGH};
    struct rig *rig = mass_rig(64);
    uint64_t id = open_mass(rig);
    for (unsigned i = 0; i < 4; i++) {
        (void)lose(rig, 10 + i, risks[i]);
        cr_assert_eq(rig->out.gathered, id);
        cr_assert_not(rig->out.resolve);
    }
    (void)tell(rig, 20, SIGNAL_UNIT_LATE, ROAMING, RISK_VERY_HIGH);
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(triage_open_count(rig->triage), 1);
    cr_assert_eq(incident->mass_lost, ENOUGH + 4);
    cr_assert_eq(incident->mass_late, 1);
    cr_assert_eq(incident->priority, PRIORITY_P3, "as the gravest in it");
    cr_assert_eq(incident->risk, RISK_VERY_HIGH);
    struct triage_mass_unit units[6];
    cr_assert_eq(triage_mass_units(rig->triage, incident, units, 6), 6, "as many as there is room");
    static const char *const expected[] = {"U-11", "U-20", "U-13", "U-12", "U-10", "U-1"};
    for (unsigned i = 0; i < 6; i++) {
        cr_assert_str_eq(units[i].unit, expected[i]);
    }
    cr_assert_eq(units[1].kind, SIGNAL_UNIT_LATE);
    cr_assert_eq(units[0].last_seen_us, START - MINUTE);
    rig_free(rig);
}

Test(mass, it_closes_itself_when_all_are_back_and_not_before)
{
    struct rig *rig = mass_rig(64);
    uint64_t id = open_mass(rig);
    for (unsigned i = 1; i < ENOUGH; i++) {
        restore(rig, i);
        cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN);
        cr_assert_eq(rig_find(rig, id)->mass_back, i);
        cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH - i);
    }
    (void)lose(rig, 1, RISK_STANDARD); /* lost again */
    cr_assert_eq(rig_find(rig, id)->mass_back, ENOUGH - 2);
    cr_assert_eq(rig_find(rig, id)->mass_lost, 2);
    restore(rig, 1);
    restore(rig, ENOUGH);
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_CLOSED);
    cr_assert_eq(rig_find(rig, id)->outcome, OUTCOME_RESTORED);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_CLOSED, id));
    cr_assert_neq(lose_resolved(rig, 1, RISK_STANDARD), 0, "the next loss is its own again");
    rig_free(rig);
}

/* Rule R0 TEST */
Test(mass, a_grave_loss_and_one_with_an_open_alarm_stay_visible_by_themselves)
{
    struct rig *rig = mass_rig(64);
    struct test_card card;
    test_card_init(&card, 7, 7);
    uint64_t alarm = rig_press(rig, "U-40", SIGNAL_PANIC, &card);
    (void)rig_signal(rig, "U-41", SIGNAL_PANIC); /* still waits for its case */
    uint64_t id = open_mass(rig);
    uint64_t both = 0;
    Larwm__Journal__Supervision said = LARWM__JOURNAL__SUPERVISION__INIT;
    said.unit = "U-42";
    said.kind = LARWM__SIGNAL_KIND__SIGNAL_UNIT_LOST;
    said.network = ROAMING;
    said.path = LARWM__PATH__PATH_MAIN;
    said.both = true;
    said.risk = LARWM__RISK__RISK_HIGH;
    both = rig_supervision(rig, &said);
    cr_assert(rig->out.resolve, "it takes its ordinary way, too");
    rig_resolve(rig, both, &card);
    const struct triage_incident *own = rig_find(rig, UINT64_C(1) << 48 | both);
    cr_assert_eq(own->priority, PRIORITY_P2);
    cr_assert_not(own->mass);
    cr_assert_neq(lose_resolved(rig, 40, RISK_STANDARD), 0, "its alarm is open");
    cr_assert_neq(lose_resolved(rig, 41, RISK_STANDARD), 0, "its alarm waits");
    cr_assert_eq(rig_find(rig, alarm)->state, INCIDENT_OPEN);
    cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH + 3, "they are in the list all the same");
    struct triage_mass_unit first;
    (void)triage_mass_units(rig->triage, rig_find(rig, id), &first, 1);
    cr_assert_str_eq(first.unit, "U-42");
    cr_assert_eq(first.incident, own->id);
    restore(rig, 40);
    cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH + 2);
    cr_assert_eq(rig_find(rig, alarm)->state, INCIDENT_OPEN, "no return closes an alarm");
    rig_free(rig);
}

Test(mass, an_incident_somebody_works_on_stays_and_an_old_one_too)
{
    struct rig *rig = mass_rig(64);
    uint64_t old = lose_resolved(rig, 50, RISK_STANDARD);
    rig_wait(rig, WITHIN + SECOND);
    uint64_t owned = lose_resolved(rig, 1, RISK_STANDARD);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    cr_assert(rig_claim(rig, "Olwen", owned, 1).ok);
    for (unsigned i = 2; i <= ENOUGH; i++) {
        (void)lose_resolved(rig, i, RISK_STANDARD);
    }
    uint64_t id = gathering(rig)->id;
    cr_assert_eq(rig_find(rig, owned)->state, INCIDENT_CLAIMED);
    cr_assert_eq(rig_find(rig, old)->state, INCIDENT_OPEN);
    cr_assert_eq(triage_open_count(rig->triage), 3);
    restore(rig, 1);
    cr_assert_eq(rig_find(rig, owned)->outcome, OUTCOME_RESTORED);
    cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH - 1);
    rig_free(rig);
}

Test(mass, after_an_operator_closed_it_a_loss_is_seen_again)
{
    struct rig *rig = mass_rig(64);
    uint64_t id = open_mass(rig);
    rig_presence(rig, "Olwen", ROLE_OPERATOR, true);
    cr_assert(rig_claim(rig, "Olwen", id, 1).ok);
    static const int of_a_person[] = {LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE,
                                      LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH,
                                      LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL};
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(rig_act(rig, "Sioned", ROLE_SUPERVISOR, of_a_person[i], id).refusal,
                     TRIAGE_REFUSED_ONE_PERSON);
    }
    cr_assert(rig_close(rig, "Olwen", id, OUTCOME_TECHNICAL_RESOLVED).ok);
    cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH, "as it stood at closing");
    cr_assert_neq(lose_resolved(rig, 60, RISK_STANDARD), 0);
    restore(rig, 1);
    for (unsigned i = 61; i < 60 + ENOUGH; i++) {
        (void)lose_resolved(rig, i, RISK_STANDARD);
    }
    cr_assert_neq(gathering(rig)->id, id);
    cr_assert_eq(gathering(rig)->mass_lost, ENOUGH);
    rig_free(rig);
}

/* REQ A29 TEST: who is no longer supervised is neither lost nor back. */
Test(mass, a_unit_taken_out_of_supervision_leaves_the_list_and_is_not_called_back)
{
    struct rig *rig = mass_rig(64);
    uint64_t id = open_mass(rig);
    (void)lose(rig, 9, RISK_STANDARD);
    take_out(rig, 2);
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(incident->mass_lost, ENOUGH);
    cr_assert_eq(incident->mass_back, 0);
    const struct incident_history *last = &incident->history[incident->history_kept - 1];
    cr_assert_eq(last->kind, HISTORY(UNSUPERVISED));
    cr_assert_str_eq(incident_history_text(incident, last), "U-2");
    struct triage_mass_unit units[8];
    uint32_t count = triage_mass_units(rig->triage, incident, units, 8);
    cr_assert_eq(count, ENOUGH);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_str_neq(units[i].unit, "U-2");
    }
    take_out(rig, 2);
    take_out(rig, 50);
    cr_assert_eq(rig->out.changes_count, 0, "nothing was known of it");
    cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH);
    static const unsigned others[] = {1, 3, 4, 5, 9};
    for (unsigned i = 0; i < ENOUGH; i++) {
        cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN);
        restore(rig, others[i]);
    }
    cr_assert_eq(rig_find(rig, id)->outcome, OUTCOME_RESTORED, "the last was back");
    rig_free(rig);
}

Test(mass, when_the_last_is_taken_out_it_closes_and_does_not_say_restored)
{
    struct rig *rig = mass_rig(64);
    uint64_t id = open_mass(rig);
    restore(rig, 1);
    for (unsigned i = 2; i <= ENOUGH; i++) {
        cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN);
        take_out(rig, i);
    }
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_CLOSED);
    cr_assert_eq(rig_find(rig, id)->outcome, OUTCOME_TECHNICAL_RESOLVED);
    cr_assert_eq(rig_find(rig, id)->mass_back, 1);
    for (unsigned i = 2; i < ENOUGH + 1; i++) { /* supervised again, and lost again */
        (void)lose_resolved(rig, i, RISK_STANDARD);
    }
    cr_assert_null(gathering(rig), "four are not enough");
    rig_free(rig);
}

/* Rule R0 TEST */
Test(mass, a_loss_of_its_own_stays_open_when_the_unit_is_taken_out)
{
    struct rig *rig = mass_rig(64);
    uint64_t own = lose_resolved(rig, 1, RISK_STANDARD);
    for (unsigned i = 2; i < ENOUGH; i++) {
        (void)lose_resolved(rig, i, RISK_STANDARD);
    }
    take_out(rig, 1);
    cr_assert_eq(rig_find(rig, own)->state, INCIDENT_OPEN, "a person closes it");
    cr_assert_eq(rig_history(rig, own, HISTORY(UNSUPERVISED)), 1);
    cr_assert_eq(rig_find(rig, own)->paths[0].state, PATH_STATE_NONE);
    (void)lose(rig, 30, RISK_STANDARD);
    cr_assert_null(gathering(rig), "it does not count as one lost lately");
    rig_free(rig);
}

/* REQ A29 TEST: one that is lost is the one unheard for longest, and must not be forgotten. */
Test(mass, units_of_an_open_mass_loss_are_remembered_whoever_else_is_heard)
{
    struct rig *rig = mass_rig(8);
    uint64_t id = open_mass(rig);
    for (unsigned i = 0; i < 50; i++) {
        (void)tell(rig, 70 + i, SIGNAL_UNIT_LATE, "another", RISK_STANDARD);
        (void)tell(rig, 70 + i, SIGNAL_UNIT_RESTORED, "another", RISK_STANDARD);
    }
    for (unsigned i = 1; i <= ENOUGH; i++) {
        cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN);
        cr_assert_eq(rig_find(rig, id)->mass_lost, ENOUGH + 1 - i);
        restore(rig, i);
    }
    cr_assert_eq(rig_find(rig, id)->outcome, OUTCOME_RESTORED);
    rig_free(rig);
}

/* Rule R0 TEST: nothing of it is thought to be back because it was forgotten. */
Test(mass, a_unit_for_which_there_was_no_row_still_counts_as_lost)
{
    struct rig *rig = mass_rig(8);
    uint64_t id = open_mass(rig);
    for (unsigned i = ENOUGH + 1; i <= 12; i++) {
        (void)lose(rig, i, RISK_STANDARD);
    }
    cr_assert_eq(rig_find(rig, id)->mass_lost, 12);
    for (unsigned i = 12; i >= 1; i--) {
        restore(rig, i);
    }
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN);
    uint32_t left = rig_find(rig, id)->mass_lost;
    cr_assert_geq(left, 4);
    (void)lose(rig, 90, RISK_STANDARD);
    cr_assert_eq(rig_find(rig, id)->mass_lost, left + 1);
    rig_free(rig);
}

Test(mass, a_few_rows_are_left_for_those_who_press)
{
    struct rig *rig = mass_rig(16);
    (void)open_mass(rig);
    for (unsigned i = ENOUGH + 1; i <= 40; i++) {
        (void)lose(rig, i, RISK_STANDARD);
    }
    uint64_t first = rig_signal(rig, "U-90", SIGNAL_PANIC);
    (void)rig_signal(rig, "U-91", SIGNAL_PANIC);
    rig_repeats(rig, first, 1, rig->now);
    cr_assert(rig->out.repeat, "a copy of it is known as one");
    rig_free(rig);
}

/* Rule R0 TEST */
Test(mass, without_room_for_its_incident_a_loss_takes_its_ordinary_way)
{
    struct triage_limits limits = {
        .incidents = 1, .pending = 32, .units = 64, .zones = 4, .users = 8};
    struct triage_policy policy = triage_policy_default();
    policy.mass_loss_units = 2;
    struct rig *rig = rig_new_with(&limits, &policy);
    struct test_card card;
    test_card_init(&card, 7, 7);
    (void)rig_press(rig, "U-40", SIGNAL_PANIC, &card);
    (void)lose(rig, 1, RISK_STANDARD);
    (void)lose(rig, 2, RISK_STANDARD);
    cr_assert(rig->out.resolve, "it waits for its own");
    cr_assert_eq(rig->out.gathered, 0);
    rig_free(rig);
}

Test(mass, ten_thousand_losses_change_one_incident_and_are_counted)
{
    struct rig *rig = mass_rig(16384);
    uint64_t waiting = 0;
    for (unsigned i = 1; i <= 10000; i++) {
        rig_wait(rig, 100);
        (void)lose(rig, i, i % 7 == 0 ? RISK_HIGH : RISK_STANDARD);
        waiting += rig->out.resolve ? 1 : 0;
        cr_assert_leq(rig->out.changes_count, 1);
    }
    cr_assert_eq(waiting, ENOUGH - 1, "those before it opened");
    cr_assert_eq(triage_open_count(rig->triage), 1);
    cr_assert_eq(gathering(rig)->mass_lost, 10000);
    cr_assert_leq(gathering(rig)->history_kept, 4);
    rig_free(rig);
}

/* A checkpoint, and the same events after it: the same state (docs/decisions/0015). */
static void
churn(struct rig *rig, uint32_t *seed, unsigned steps)
{
    static const char *const networks[] = {ROAMING, "second", "third"};
    static const enum signal_kind kinds[] = {SIGNAL_UNIT_LATE, SIGNAL_UNIT_LOST, SIGNAL_UNIT_LOST,
                                             SIGNAL_UNIT_RESTORED};
    for (unsigned i = 0; i < steps; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        uint32_t number = *seed >> 8;
        unsigned unit = number % 40;
        rig_wait(rig, (int64_t)(number % 20) * SECOND);
        if (number / 8192 % 9 == 0) {
            take_out(rig, unit);
            continue;
        }
        (void)tell(rig, unit, kinds[number / 64 % 4], networks[unit % 3],
                   (enum risk)(number / 1024 % 5));
        if (rig->out.resolve && number % 3 != 0) {
            struct test_card card;
            test_card_init(&card, 100 + unit, 100 + unit);
            rig_resolve(rig, rig->pos, &card);
        }
    }
}

Test(mass, a_checkpoint_holds_it_and_goes_on_the_same)
{
    for (uint32_t seed = 1; seed <= 20; seed++) {
        uint32_t number = seed;
        uint32_t again = seed;
        struct rig *rig = mass_rig(32);
        struct rig *replayed = mass_rig(32);
        struct rig *restored = mass_rig(32);
        churn(rig, &number, 200);
        churn(replayed, &again, 200);
        cr_assert_eq(triage_hash(rig->triage), triage_hash(replayed->triage), "a replay");
        struct sheet_writer writer = {0};
        struct sheet_reader reader;
        triage_save(rig->triage, rig->pos, &writer);
        cr_assert(sheet_open(&reader, writer.bytes, writer.size));
        cr_assert(triage_load(restored->triage, &reader));
        cr_assert_eq(triage_hash(rig->triage), triage_hash(restored->triage), "as it was");
        restored->pos = rig->pos;
        restored->now = rig->now;
        again = number;
        churn(rig, &number, 200);
        churn(restored, &again, 200);
        cr_assert_eq(triage_hash(rig->triage), triage_hash(restored->triage), "and goes on");
        sheet_free(&writer);
        rig_free(rig);
        rig_free(replayed);
        rig_free(restored);
    }
}
