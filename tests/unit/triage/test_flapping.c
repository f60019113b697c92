/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "triage/history.h"
#include "triage/priority.h"

#include <criterion/criterion.h>
#include <string.h>

/* REQ A6 TEST: S6: 240 openings in ten minutes: one P2, one P4, and the panic is untouched. */
Test(flapping, a_chattering_door_is_one_p2_and_one_p4_and_a_press_rises_above_them)
{
    struct rig *rig = rig_new();
    struct test_card home;
    test_card_init(&home, 1, 100);
    uint64_t panic = 0;
    uint64_t flapping = 0;
    uint64_t intrusion = 0;
    unsigned shown = 0;
    for (unsigned edge = 0; edge < 480; edge++) {
        rig_zone(rig, "HUB-1", SIGNAL_INTRUSION, "back door", edge % 2 == 1);
        for (uint32_t i = 0; i < rig->out.changes_count; i++) {
            shown += flapping != 0 && rig->out.changes[i].incident == flapping ? 1 : 0;
        }
        if (rig->out.resolve) {
            rig_resolve(rig, rig->pos, &home);
            uint64_t id = rig->out.changes[0].incident;
            bool is_flapping = rig_find(rig, id)->flapping;
            intrusion = is_flapping ? intrusion : id;
            flapping = is_flapping ? id : flapping;
        }
        if (edge == 288) {
            panic = rig_press(rig, "HUB-1", SIGNAL_PANIC, &home);
        }
        rig_wait(rig, 1250000);
    }
    rig_signal(rig, "OTHER", SIGNAL_TEST); /* any later step shows the last count */
    cr_assert_eq(triage_open_count(rig->triage), 2);
    cr_assert_eq(panic, intrusion, "it raises the open P2 of the same home");
    cr_assert_eq(rig_find(rig, panic)->priority, PRIORITY_P1);
    cr_assert_eq(rig_find(rig, flapping)->priority, PRIORITY_P4);
    cr_assert(incident_has_badge(rig_find(rig, flapping), BADGE_FLAPPING));
    cr_assert_eq(rig_find(rig, flapping)->flap_edges, 480);
    cr_assert_str_eq(rig_find(rig, flapping)->flap_zone, "back door");
    cr_assert_leq(shown, 600);
    rig_free(rig);
}

Test(flapping, the_count_is_shown_at_most_once_a_second_and_the_last_one_is_shown)
{
    struct rig *rig = rig_new();
    struct test_card home;
    test_card_init(&home, 1, 100);
    unsigned shown = 0;
    for (unsigned edge = 0; edge < 500; edge++) {
        rig_zone(rig, "HUB-1", SIGNAL_INTRUSION, "door", edge % 2 == 1);
        for (uint32_t i = 0; i < rig->out.changes_count; i++) {
            shown += rig->out.changes[i].kind == TRIAGE_CHANGE_SHOWN ? 1 : 0;
        }
        if (rig->out.resolve) {
            rig_resolve(rig, rig->pos, &home);
        }
        rig_wait(rig, 20000); /* ten seconds in all */
    }
    cr_assert_leq(shown, 11);
    rig_wait(rig, SECOND);
    rig_signal(rig, "OTHER", SIGNAL_TEST);
    const struct triage_incident *incident = NULL;
    while ((incident = triage_each(rig->triage, incident)) != NULL && !incident->flapping) {
    }
    cr_assert_eq(incident->flap_edges, 500);
    rig_free(rig);
}

Test(flapping, ends_when_the_zone_was_quiet_and_the_next_opening_is_an_alarm_again)
{
    struct rig *rig = rig_new();
    struct test_card home;
    test_card_init(&home, 1, 100);
    for (unsigned edge = 0; edge < 12; edge++) {
        rig_zone(rig, "HUB-1", SIGNAL_INTRUSION, "door", edge % 2 == 1);
        if (rig->out.resolve) {
            rig_resolve(rig, rig->pos, &home);
        }
    }
    rig_zone(rig, "HUB-1", SIGNAL_INTRUSION, "door", false);
    cr_assert_not(rig->out.resolve);
    rig_zone(rig, "HUB-1", SIGNAL_INTRUSION, "window", false);
    cr_assert(rig->out.resolve, "another zone of the unit is heard");
    rig_wait(rig, 5 * MINUTE + 1);
    rig_zone(rig, "HUB-1", SIGNAL_INTRUSION, "door", false);
    cr_assert(rig->out.resolve);
    rig_free(rig);
}

/* Rule R0: no press is ever taken for chatter. */
Test(flapping, no_attack_kind_is_ever_suppressed)
{
    for (uint32_t kind = 0; kind <= SIGNAL_CREDENTIAL_FAULT; kind++) {
        const struct priority_rule *rule = priority_rule(kind);
        cr_assert(!rule->attack || !rule->flaps);
        cr_assert(rule->base != PRIORITY_P1 || !rule->flaps);
        if (rule->attack) {
            struct rig *rig = rig_new();
            struct test_card home;
            test_card_init(&home, 1, 100);
            for (unsigned i = 0; i < 50; i++) {
                rig_signal(rig, "SKY-1", (enum signal_kind)kind);
                cr_assert(rig->out.resolve);
                rig_resolve(rig, rig->pos, &home);
            }
            cr_assert_eq(triage_each(rig->triage, NULL)->press_count, 50);
            rig_free(rig);
        }
    }
}
