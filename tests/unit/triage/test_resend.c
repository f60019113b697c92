/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resend or new press: each line of docs/wire-dc09.md "Resend or new press". The sender is a panel:
 * boot 0, a sequence that panels use again. REQ A24 TEST, REQ R0 TEST
 */
#include "support.h"
#include "triage/history.h"

#include <criterion/criterion.h>
#include <string.h>

struct scene
{
    struct rig *rig;
    struct test_card card;
    Larwm__Journal__Signal signal;
    uint64_t pos;      /* of the first copy */
    uint64_t incident; /* it opened */
};

static uint64_t
scene_id(uint64_t pos)
{
    return UINT64_C(1) << 48 | pos;
}

/* A panel's first signal, not resolved yet. */
static void
scene_begin(struct scene *scene, enum signal_kind kind)
{
    memset(scene, 0, sizeof(*scene));
    scene->rig = rig_new();
    test_card_init(&scene->card, 1, 1);
    rig_signal_init(scene->rig, &scene->signal, "HUB-1", kind);
    scene->signal.protocol = (Larwm__Protocol)PROTOCOL_DC09;
    scene->signal.boot_id = 0;
    scene->signal.account = "1111";
    scene->pos = rig_send(scene->rig, &scene->signal);
    scene->incident = scene_id(scene->pos);
}

static void
scene_open(struct scene *scene, enum signal_kind kind)
{
    scene_begin(scene, kind);
    cr_assert(scene->rig->out.resolve);
    rig_resolve(scene->rig, scene->pos, &scene->card);
    cr_assert_eq(rig_find(scene->rig, scene->incident)->state, INCIDENT_OPEN);
}

static void
scene_close(struct scene *scene)
{
    rig_presence(scene->rig, "nia", ROLE_OPERATOR, true);
    cr_assert(rig_claim(scene->rig, "nia", scene->incident, 0).ok);
    cr_assert(rig_close(scene->rig, "nia", scene->incident, OUTCOME_PERSON_SAFE).ok);
}

/* True when triage takes it for a copy of the first. */
static bool
scene_again(struct scene *scene, int64_t later_us)
{
    rig_wait(scene->rig, later_us);
    rig_send(scene->rig, &scene->signal);
    cr_assert(!scene->rig->out.repeat || scene->rig->out.repeat_of == scene->pos);
    return scene->rig->out.repeat;
}

Test(resend, the_same_sequence_content_and_time_is_a_resend_for_ten_minutes)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_PANIC);
    cr_assert(scene_again(&scene, SECOND));
    cr_assert(scene_again(&scene, 599 * SECOND));
    const struct triage_incident *incident = rig_find(scene.rig, scene.incident);
    cr_assert_eq(incident->signal_count, 1);
    cr_assert_eq(incident->repeat_count, 2);
    cr_assert_eq(incident_signal(incident, 0)->repeats, 2);
    cr_assert_eq(incident_signal(incident, 0)->last_repeat_us, scene.rig->now);
    cr_assert(rig_changed(scene.rig, TRIAGE_CHANGE_SHOWN, scene.incident));
    cr_assert_not(scene_again(&scene, 1), "beyond the window");
    cr_assert(scene.rig->out.resolve);
    rig_free(scene.rig);
}

Test(resend, no_time_in_either_copy_counts_as_the_same_time)
{
    struct scene scene;
    scene_begin(&scene, SIGNAL_PANIC);
    rig_free(scene.rig);
    scene.rig = rig_new();
    scene.signal.device_time_us = 0;
    scene.pos = rig_send(scene.rig, &scene.signal);
    rig_resolve(scene.rig, scene.pos, &scene.card);
    cr_assert(scene_again(&scene, 500 * SECOND));
    scene.signal.device_time_us = scene.rig->now;
    cr_assert_not(scene_again(&scene, 0), "a time in one copy only is another time");
    rig_free(scene.rig);
}

Test(resend, a_copy_stamped_anew_is_a_resend_for_a_minute_after_the_first)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_PANIC);
    for (unsigned i = 0; i < 3; i++) { /* each stamps the time of sending */
        scene.signal.device_time_us += 20 * SECOND;
        cr_assert(scene_again(&scene, 20 * SECOND));
    }
    scene.signal.device_time_us += 1;
    cr_assert_not(scene_again(&scene, 1));
    cr_assert(scene.rig->out.resolve);
    rig_resolve(scene.rig, scene.rig->pos, &scene.card);
    const struct triage_incident *incident = rig_find(scene.rig, scene.incident);
    cr_assert_eq(incident->press_count, 2, "shown as pressed again");
    cr_assert_eq(incident->repeat_count, 3);
    cr_assert(rig_what(scene.rig, scene.incident) & TRIAGE_WHAT_PRESS);
    rig_free(scene.rig);
}

Test(resend, a_panel_that_sets_its_clock_after_a_nak_is_one_signal_still_labelled)
{
    struct scene scene;
    scene_begin(&scene, SIGNAL_PANIC);
    rig_free(scene.rig);
    scene.rig = rig_new();
    scene.signal.device_time_us = scene.rig->now - 26 * 3600 * SECOND;
    scene.signal.clock_suspect = true;
    scene.pos = rig_send(scene.rig, &scene.signal);
    scene.signal.device_time_us = scene.rig->now;
    scene.signal.clock_suspect = false;
    cr_assert(scene_again(&scene, 2 * SECOND));
    rig_resolve(scene.rig, scene.pos, &scene.card);
    const struct triage_incident *incident = rig_find(scene.rig, scene_id(scene.pos));
    cr_assert(incident_has_badge(incident, BADGE_CLOCK_SUSPECT));
    cr_assert_eq(incident->repeat_count, 1);
    rig_free(scene.rig);
}

Test(resend, a_copy_after_the_operator_closed_is_a_new_incident)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_PANIC);
    cr_assert(scene_again(&scene, SECOND));
    scene_close(&scene);
    cr_assert_not(scene_again(&scene, SECOND), "in doubt it is a new press");
    cr_assert(scene.rig->out.resolve);
    uint64_t second = scene.rig->pos;
    rig_resolve(scene.rig, second, &scene.card);
    cr_assert_eq(rig_find(scene.rig, scene_id(second))->state, INCIDENT_OPEN);
    cr_assert_eq(rig_find(scene.rig, scene.incident)->repeat_count, 1);
    rig_send(scene.rig, &scene.signal);
    cr_assert(scene.rig->out.repeat, "and from then on a copy is one of that");
    cr_assert_eq(scene.rig->out.repeat_of, second);
    rig_free(scene.rig);
}

Test(resend, a_restart_that_counts_from_the_same_number_is_a_new_press_on_the_open_incident)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_PANIC);
    scene.signal.device_time_us += 61 * SECOND;
    cr_assert_not(scene_again(&scene, 61 * SECOND));
    uint64_t second = scene.rig->pos;
    rig_resolve(scene.rig, second, &scene.card);
    cr_assert_eq(rig_find(scene.rig, scene.incident)->press_count, 2);
    rig_send(scene.rig, &scene.signal);
    cr_assert_eq(scene.rig->out.repeat_of, second, "a copy of the newer press, not of the older");
    scene.signal.device_time_us -= 61 * SECOND;
    cr_assert(scene_again(&scene, SECOND), "a late copy of the older one is of the older one");
    rig_free(scene.rig);
}

Test(resend, other_content_under_the_same_sequence_is_always_new)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_PANIC);
    scene.signal.content_hash++;
    cr_assert_not(scene_again(&scene, 0));
    cr_assert(scene.rig->out.resolve);
    rig_free(scene.rig);
}

/* A dialler of many premises: the accounts share the certificate, each has its own sequence. */
Test(resend, another_account_behind_the_same_certificate_is_never_a_resend)
{
    struct scene scene;
    uint8_t fingerprint[LIMIT_FINGERPRINT] = {7};
    scene_begin(&scene, SIGNAL_PANIC);
    rig_free(scene.rig);
    scene.rig = rig_new();
    scene.signal.unit = "";
    scene.signal.fingerprint = (ProtobufCBinaryData){sizeof(fingerprint), fingerprint};
    scene.pos = rig_send(scene.rig, &scene.signal);
    scene.signal.account = "2222";
    cr_assert_not(scene_again(&scene, SECOND));
    cr_assert(scene.rig->out.resolve);
    scene.signal.account = "1111";
    cr_assert(scene_again(&scene, SECOND));
    rig_free(scene.rig);
}

Test(resend, information_opens_nothing_and_is_a_resend_within_the_window)
{
    const enum signal_kind kinds[] = {SIGNAL_TEST, SIGNAL_OPEN_CLOSE, SIGNAL_CANCEL};
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct scene scene;
        scene_begin(&scene, kinds[i]);
        cr_assert(scene_again(&scene, 600 * SECOND));
        cr_assert_eq(scene.rig->out.repeats, 1, "counted, though nothing shows it");
        cr_assert_not(scene_again(&scene, 1));
        rig_free(scene.rig);
    }
}

Test(resend, a_cancel_sent_twice_is_one_line_on_the_incident_with_its_count)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_PANIC);
    scene.signal.kind = (Larwm__SignalKind)SIGNAL_CANCEL;
    scene.signal.sequence++;
    uint64_t cancel = rig_send(scene.rig, &scene.signal);
    rig_send(scene.rig, &scene.signal);
    cr_assert_eq(scene.rig->out.repeat_of, cancel);
    const struct triage_incident *incident = rig_find(scene.rig, scene.incident);
    cr_assert_eq(incident->signal_count, 2);
    cr_assert_eq(incident_signal(incident, 1)->repeats, 1);
    cr_assert_eq(incident->state, INCIDENT_OPEN);
    rig_free(scene.rig);
}

Test(resend, an_unreadable_frame_is_a_resend_only_with_the_same_bytes_and_while_it_is_open)
{
    struct scene scene;
    uint8_t bytes[] = "one frame";
    uint8_t other[] = "two frame";
    scene_begin(&scene, SIGNAL_PANIC);
    rig_free(scene.rig);
    scene.rig = rig_new();
    scene.signal.kind = (Larwm__SignalKind)SIGNAL_UNREADABLE;
    scene.signal.device_time_us = 0;
    scene.signal.raw = (ProtobufCBinaryData){sizeof(bytes), bytes};
    scene.pos = rig_send(scene.rig, &scene.signal);
    scene.incident = scene_id(scene.pos);
    rig_resolve(scene.rig, scene.pos, &scene.card);
    cr_assert(scene_again(&scene, SECOND));
    scene.signal.raw.data = other;
    cr_assert_not(scene_again(&scene, SECOND), "encrypted anew: nobody can tell");
    scene.signal.raw.data = bytes;
    scene_close(&scene);
    cr_assert_not(scene_again(&scene, SECOND));
    rig_free(scene.rig);
}

/* Nobody can see the first: the resend is its second chance. */
Test(resend, a_press_that_found_no_room_anywhere_is_new_when_it_comes_again)
{
    struct triage_limits limits = {
        .incidents = 1, .pending = 1, .units = 8, .zones = 2, .users = 2};
    struct triage_policy policy = triage_policy_default();
    struct scene scene;
    scene_begin(&scene, SIGNAL_PANIC);
    rig_free(scene.rig);
    scene.rig = rig_new_with(&limits, &policy);
    uint64_t held = rig_signal(scene.rig, "SKY-1", SIGNAL_PANIC);
    rig_resolve(scene.rig, held, &scene.card);
    uint64_t waits = rig_signal(scene.rig, "SKY-2", SIGNAL_PANIC);
    rig_send(scene.rig, &scene.signal);
    cr_assert(scene.rig->out.overload);
    rig_send(scene.rig, &scene.signal);
    cr_assert_not(scene.rig->out.repeat);
    struct test_card other;
    test_card_init(&other, 1, 1);
    rig_resolve(scene.rig, waits, &other);
    cr_assert_not(scene_again(&scene, SECOND));
    cr_assert(scene.rig->out.resolve, "now there is room to wait");
    scene.pos = scene.rig->pos;
    cr_assert(scene_again(&scene, SECOND));
    rig_free(scene.rig);
}

Test(resend, a_copy_of_a_displaced_incident_is_new)
{
    struct triage_limits limits = {
        .incidents = 1, .pending = 4, .units = 8, .zones = 2, .users = 2};
    struct triage_policy policy = triage_policy_default();
    struct scene scene;
    scene_begin(&scene, SIGNAL_FAULT);
    rig_free(scene.rig);
    scene.rig = rig_new_with(&limits, &policy);
    scene.pos = rig_send(scene.rig, &scene.signal);
    rig_resolve(scene.rig, scene.pos, &scene.card);
    struct test_card other;
    test_card_init(&other, 2, 2);
    rig_press(scene.rig, "SKY-1", SIGNAL_PANIC, &other);
    cr_assert_null(triage_find(scene.rig->triage, scene_id(scene.pos)));
    cr_assert_not(scene_again(&scene, SECOND));
    rig_free(scene.rig);
}

Test(resend, a_copy_of_a_chattering_zones_change_is_no_change_until_its_incident_is_closed)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_INTRUSION);
    scene.signal.zone = "1/001";
    uint64_t chatter = 0;
    for (unsigned i = 0; i < 12; i++) {
        scene.signal.sequence++;
        scene.signal.restore = i % 2 == 1;
        uint64_t pos = rig_send(scene.rig, &scene.signal);
        if (scene.rig->out.resolve) {
            rig_resolve(scene.rig, pos, &scene.card);
            const struct triage_incident *incident = triage_find(scene.rig->triage, scene_id(pos));
            chatter = incident != NULL && incident->flapping ? incident->id : chatter;
        }
        scene.pos = pos;
    }
    cr_assert_neq(chatter, 0);
    cr_assert(scene_again(&scene, 2 * SECOND), "not one change more");
    cr_assert_eq(rig_find(scene.rig, chatter)->flap_edges, 12);
    scene.incident = chatter;
    scene_close(&scene);
    cr_assert_not(scene_again(&scene, SECOND));
    rig_free(scene.rig);
}

/* Its numbers are for life. */
Test(resend, a_native_retransmission_is_one_whatever_became_of_its_incident)
{
    struct scene scene;
    scene_begin(&scene, SIGNAL_PANIC);
    rig_free(scene.rig);
    scene.rig = rig_new();
    scene.signal.boot_id = 9;
    scene.pos = rig_send(scene.rig, &scene.signal);
    scene.incident = scene_id(scene.pos);
    rig_resolve(scene.rig, scene.pos, &scene.card);
    scene.signal.device_time_us += SECOND;
    cr_assert(scene_again(&scene, 3600 * SECOND));
    scene_close(&scene);
    cr_assert(scene_again(&scene, SECOND));
    cr_assert_not(scene_again(&scene, 24 * 3600 * SECOND));
    rig_free(scene.rig);
}

/* A clock set back makes record time stand still: nothing is hidden by it for longer. */
Test(resend, a_clock_set_back_leaves_a_copy_a_copy_and_a_press_after_closing_a_press)
{
    struct scene scene;
    scene_open(&scene, SIGNAL_PANIC);
    cr_assert(scene_again(&scene, -3600 * SECOND));
    scene_close(&scene);
    cr_assert_not(scene_again(&scene, SECOND));
    rig_free(scene.rig);
}
