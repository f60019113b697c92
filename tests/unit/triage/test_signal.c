/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "triage/history.h"

#include <criterion/criterion.h>
#include <string.h>

/* REQ A1 TEST, REQ A24 TEST: S1 (1): one incident, one signal, three repeats. */
Test(signal, a_press_sent_again_is_counted_and_opens_nothing)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_PANIC);
    uint64_t pos = rig_send(rig, &signal);
    rig_wait(rig, 2 * SECOND);
    rig_send(rig, &signal); /* still waiting for the case */
    cr_assert(rig->out.repeat);
    cr_assert_not(rig->out.resolve);
    cr_assert_eq(rig->out.repeat_of, pos);
    rig_resolve(rig, pos, &card);
    rig_send(rig, &signal);
    rig_wait(rig, 4 * SECOND);
    rig_send(rig, &signal);
    uint64_t id = UINT64_C(1) << 48 | pos;
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(triage_open_count(rig->triage), 1);
    cr_assert_eq(incident->signal_count, 1);
    cr_assert_eq(incident->press_count, 1);
    cr_assert_eq(incident->repeat_count, 3);
    cr_assert_eq(incident_signal(incident, 0)->repeats, 3);
    cr_assert_eq(rig_history(rig, id, HISTORY(REPEAT)), 1, "one line, however many");
    rig_free(rig);
}

Test(signal, the_same_sequence_with_other_content_or_another_boot_is_a_new_press)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_PANIC);
    rig_resolve(rig, rig_send(rig, &signal), &card);
    signal.content_hash++;
    rig_resolve(rig, rig_send(rig, &signal), &card);
    signal.boot_id++;
    rig_resolve(rig, rig_send(rig, &signal), &card);
    const struct triage_incident *incident = triage_each(rig->triage, NULL);
    cr_assert_eq(incident->press_count, 3);
    cr_assert_eq(incident->repeat_count, 0);
    cr_assert(rig_what(rig, incident->id) & TRIAGE_WHAT_PRESS);
    rig_free(rig);
}

Test(signal, a_dc09_sequence_seen_ten_minutes_ago_is_a_new_signal)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "HUB-1", SIGNAL_PANIC);
    signal.boot_id = 0;
    rig_resolve(rig, rig_send(rig, &signal), &card);
    rig_wait(rig, 10 * MINUTE);
    rig_send(rig, &signal);
    cr_assert(rig->out.repeat);
    rig_wait(rig, 1);
    rig_send(rig, &signal);
    cr_assert_not(rig->out.repeat);
    cr_assert(rig->out.resolve);
    rig_free(rig);
}

Test(signal, forgetting_a_unit_only_shows_a_press_again_and_hides_nothing)
{
    struct triage_limits limits = {
        .incidents = 8, .pending = 8, .units = 2, .zones = 2, .users = 2};
    struct triage_policy policy = triage_policy_default();
    struct rig *rig = rig_new_with(&limits, &policy);
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "SKY-1", SIGNAL_PANIC);
    rig_resolve(rig, rig_send(rig, &signal), &card);
    rig_signal(rig, "SKY-2", SIGNAL_TEST);
    rig_signal(rig, "SKY-3", SIGNAL_TEST);
    rig_send(rig, &signal);
    cr_assert_not(rig->out.repeat);
    cr_assert(rig->out.resolve);
    rig_free(rig);
}

Test(signal, unreadable_frames_of_nobody_are_each_shown_and_only_the_same_bytes_repeat)
{
    struct rig *rig = rig_new();
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "", SIGNAL_UNREADABLE);
    signal.boot_id = 0;
    signal.sequence = 0;
    signal.content_hash = 5;
    uint8_t first[] = "one frame";
    uint8_t second[] = "another one";
    signal.raw = (ProtobufCBinaryData){sizeof(first), first};
    rig_send(rig, &signal);
    cr_assert(rig->out.resolve);
    signal.raw = (ProtobufCBinaryData){sizeof(second), second};
    rig_send(rig, &signal);
    cr_assert_not(rig->out.repeat);
    cr_assert(rig->out.resolve);
    rig_send(rig, &signal);
    cr_assert(rig->out.repeat);
    rig_free(rig);
}

Test(signal, information_is_recorded_and_opens_nothing)
{
    struct rig *rig = rig_new();
    const enum signal_kind kinds[] = {SIGNAL_TEST,     SIGNAL_OPEN_CLOSE, SIGNAL_BYPASS,
                                      SIGNAL_POSITION, SIGNAL_CANCEL,     SIGNAL_UNIT_RESTORED};
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        rig_signal(rig, "SKY-101", kinds[i]);
        cr_assert_not(rig->out.resolve);
        cr_assert_eq(rig->out.changes_count, 0);
    }
    rig_zone(rig, "SKY-101", SIGNAL_PANIC, "", true);
    cr_assert_not(rig->out.resolve, "the restore of a panic zone is no press");
    rig_free(rig);
}

/* S4, design: cancel and restore codes never close or lower a P1. */
Test(signal, a_cancel_code_is_written_down_and_changes_nothing_else)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t id = rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    uint32_t rank = rig_find(rig, id)->rank;
    rig_signal(rig, "SKY-101", SIGNAL_CANCEL);
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(incident->state, INCIDENT_OPEN);
    cr_assert_eq(incident->priority, PRIORITY_P1);
    cr_assert_eq(incident->rank, rank);
    cr_assert(incident_has_badge(incident, BADGE_CANCEL_RECEIVED));
    cr_assert_eq(rig_history(rig, id, HISTORY(CANCEL_CODE)), 1);
    cr_assert(rig_what(rig, id) & TRIAGE_WHAT_CANCEL);
    rig_free(rig);
}

/* REQ G18 TEST: the registry may say that a sound is safe there; a silent code knows better. */
Test(signal, one_silent_code_makes_its_incident_silent_for_good)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    card.card.silent = false;
    uint64_t id = rig_press(rig, "HUB-1", SIGNAL_PANIC, &card);
    cr_assert_not(rig_find(rig, id)->receipt_silent);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "HUB-1", SIGNAL_PANIC);
    signal.silent = true;
    rig_resolve(rig, rig_send(rig, &signal), &card);
    cr_assert(rig_find(rig, id)->receipt_silent);
    rig_recheck(rig, id, &card);
    cr_assert(rig_find(rig, id)->receipt_silent, "a newer card does not take it back");
    test_card_init(&card, 2, 2);
    card.card.silent = false;
    id = rig_press(rig, "HUB-2", SIGNAL_DURESS, &card);
    cr_assert(rig_find(rig, id)->receipt_silent);
    rig_free(rig);
}

Test(signal, a_cancel_or_a_fix_that_comes_before_the_case_is_known_is_not_lost)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t pos = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    rig_signal(rig, "SKY-101", SIGNAL_CANCEL);
    Larwm__Journal__Signal signal;
    Larwm__Position fix = LARWM__POSITION__INIT;
    fix.source = (Larwm__PositionSource)POSITION_GNSS;
    fix.latitude = 51.6;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_POSITION);
    signal.position = &fix;
    rig_send(rig, &signal);
    rig_resolve(rig, pos, &card);
    const struct triage_incident *incident = triage_each(rig->triage, NULL);
    cr_assert(incident_has_badge(incident, BADGE_CANCEL_RECEIVED));
    cr_assert_eq(incident->position.source, POSITION_GNSS);
    cr_assert_float_eq(incident->position.latitude, 51.6, 1e-9);
    rig_free(rig);
}

/* REQ A2 TEST: a later fix updates the same incident; an older one does not replace it. */
Test(signal, a_later_fix_updates_the_incident_and_an_older_one_does_not)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t id = rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    Larwm__Journal__Signal signal;
    Larwm__Position fix = LARWM__POSITION__INIT;
    fix.source = (Larwm__PositionSource)POSITION_GNSS;
    fix.fix_time_us = rig->now;
    fix.latitude = 51.0;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_POSITION);
    signal.position = &fix;
    rig_send(rig, &signal);
    cr_assert(rig_what(rig, id) & TRIAGE_WHAT_POSITION);
    fix.fix_time_us -= MINUTE;
    fix.latitude = 52.0;
    signal.sequence++;
    rig_send(rig, &signal);
    cr_assert_eq(rig_what(rig, id) & TRIAGE_WHAT_POSITION, 0);
    cr_assert_float_eq(rig_find(rig, id)->position.latitude, 51.0, 1e-9);
    rig_free(rig);
}

/* REQ A28 TEST: late, lost, restored: a technical incident of its own, closed by itself. */
Test(signal, a_lost_unit_opens_a_technical_incident_that_its_return_closes)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t panic = rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    rig_supervise(rig, "SKY-101", SIGNAL_UNIT_LATE);
    uint64_t late = rig->pos;
    rig_resolve(rig, late, &card);
    uint64_t loss = rig->out.changes[0].incident;
    cr_assert_neq(loss, panic);
    cr_assert_eq(rig_find(rig, loss)->priority, PRIORITY_P4);
    rig_supervise(rig, "SKY-101", SIGNAL_UNIT_LOST);
    rig_resolve(rig, rig->pos, &card);
    cr_assert_eq(rig_find(rig, loss)->priority, PRIORITY_P3, "lost, and the risk is high");
    rig_supervise(rig, "SKY-101", SIGNAL_UNIT_RESTORED);
    cr_assert_eq(rig_find(rig, loss)->state, INCIDENT_CLOSED);
    cr_assert_eq(rig_find(rig, loss)->outcome, OUTCOME_RESTORED);
    cr_assert_eq(rig_find(rig, panic)->state, INCIDENT_OPEN);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_CLOSED, loss));
    rig_free(rig);
}

Test(signal, a_lost_unit_at_standard_risk_is_technical)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    card.person.risk = (Larwm__Risk)RISK_STANDARD;
    rig_supervise(rig, "SKY-101", SIGNAL_UNIT_LOST);
    rig_resolve(rig, rig->pos, &card);
    cr_assert_eq(triage_each(rig->triage, NULL)->priority, PRIORITY_P4);
    rig_free(rig);
}

/* Rule R0: too much waiting never holds back a press. */
Test(signal, when_too_many_wait_a_press_opens_its_incident_at_once)
{
    struct triage_limits limits = {
        .incidents = 8, .pending = 1, .units = 8, .zones = 2, .users = 2};
    struct triage_policy policy = triage_policy_default();
    struct rig *rig = rig_new_with(&limits, &policy);
    struct test_card card;
    test_card_init(&card, 2, 2);
    rig_signal(rig, "SKY-1", SIGNAL_PANIC);
    uint64_t pos = rig_signal(rig, "SKY-2", SIGNAL_PANIC);
    cr_assert(rig->out.resolve);
    uint64_t id = rig->out.resolve_incident;
    cr_assert_eq(id, UINT64_C(1) << 48 | pos);
    cr_assert_eq(rig_find(rig, id)->priority, PRIORITY_P1);
    cr_assert_eq(rig_find(rig, id)->resolve, RESOLVE_PENDING);
    rig_recheck(rig, id, &card);
    cr_assert_eq(rig_find(rig, id)->case_id, 2);
    cr_assert_eq(rig_history(rig, id, HISTORY(RESOLVED)), 1);
    rig_free(rig);
}

Test(signal, numbers_outside_every_list_do_no_harm)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    Larwm__Position fix = LARWM__POSITION__INIT;
    fix.source = (Larwm__PositionSource)99;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_PANIC);
    signal.kind = (Larwm__SignalKind)1234;
    signal.class_hint = (Larwm__Priority)77;
    signal.battery_percent = 4000000000u;
    signal.position = &fix;
    card.card.status = (Larwm__ResolveStatus)55;
    card.person.risk = (Larwm__Risk)66;
    card.marker.status = (Larwm__MarkerStatus)88;
    rig_resolve(rig, rig_send(rig, &signal), &card);
    const struct triage_incident *incident = triage_each(rig->triage, NULL);
    cr_assert_eq(incident->kind, SIGNAL_UNKNOWN);
    cr_assert_eq(incident->priority, PRIORITY_P2, "not known: shown, never dropped");
    cr_assert_eq(incident->marker, MARKER_UNKNOWN);
    rig_free(rig);
}

/* The recorder writes the entries of the record being applied: each must carry its position. */
Test(signal, every_history_entry_carries_the_position_of_the_record_that_wrote_it)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_INTRUSION);
    uint64_t pos = rig_send(rig, &signal);
    rig_resolve(rig, pos, &card);
    const struct triage_incident *incident = triage_each(rig->triage, NULL);
    cr_assert_eq(incident->pos, pos, "named after its signal");
    for (uint32_t i = 0; i < incident->history_kept; i++) {
        cr_assert_eq(incident->history[i].pos, rig->pos);
    }
    rig_send(rig, &signal);
    cr_assert_eq(incident->history[incident->history_kept - 1].kind, HISTORY(REPEAT));
    cr_assert_eq(incident->history[incident->history_kept - 1].pos, rig->pos);
    uint32_t before = incident->history_kept;
    rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    for (uint32_t i = before; i < incident->history_kept; i++) {
        cr_assert_eq(incident->history[i].pos, rig->pos);
    }
    rig_free(rig);
}
