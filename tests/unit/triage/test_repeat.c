/* SPDX-License-Identifier: Apache-2.0 */
/* Resend or new press. The senders are panels: boot 0, a sequence that panels reuse. */
#include "support.h"
#include "triage/history.h"

#include <criterion/criterion.h>
#include <string.h>

static void
panel_signal(struct rig *rig, Larwm__Journal__Signal *signal, uint64_t sequence)
{
    rig_signal_init(rig, signal, "HUB-1", SIGNAL_PANIC);
    signal->protocol = (Larwm__Protocol)PROTOCOL_DC09;
    signal->boot_id = 0;
    signal->sequence = sequence;
}

Test(repeat, counted_copies_are_added_to_the_signal_they_name)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    panel_signal(rig, &signal, 1);
    uint64_t pos = rig_send(rig, &signal);
    rig_wait(rig, SECOND);
    rig_repeats(rig, pos, 2, rig->now - 10); /* still waiting for the case */
    cr_assert(rig->out.repeat);
    cr_assert_eq(rig->out.repeats, 2);
    rig_resolve(rig, pos, &card);
    rig_wait(rig, SECOND);
    rig_repeats(rig, pos, 40, rig->now - 20);
    uint64_t id = UINT64_C(1) << 48 | pos;
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(rig->out.repeat_of, pos);
    cr_assert_eq(rig->out.repeats, 42);
    cr_assert_eq(rig->out.last_repeat_us, rig->now - 20);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_SHOWN, id));
    cr_assert_eq(incident->signal_count, 1);
    cr_assert_eq(incident->repeat_count, 42);
    cr_assert_eq(incident_signal(incident, 0)->repeats, 42);
    cr_assert_eq(incident_signal(incident, 0)->last_repeat_us, rig->now - 20);
    cr_assert_eq(rig_history(rig, id, HISTORY(REPEAT)), 1, "one line, however many");
    rig_free(rig);
}

Test(repeat, counted_copies_of_a_copy_belong_to_the_first)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    panel_signal(rig, &signal, 1);
    uint64_t first = rig_send(rig, &signal);
    rig_resolve(rig, first, &card);
    rig_wait(rig, 20 * SECOND);
    uint64_t copy = rig_send(rig, &signal);
    cr_assert(rig->out.repeat);
    rig_repeats(rig, copy, 3, rig->now);
    cr_assert_eq(rig->out.repeat_of, first);
    cr_assert_eq(rig->out.repeats, 4);
    cr_assert_eq(rig_find(rig, UINT64_C(1) << 48 | first)->repeat_count, 4);
    rig_free(rig);
}

Test(repeat, counted_copies_of_information_are_counted_though_nothing_is_open)
{
    struct rig *rig = rig_new();
    uint64_t pos = rig_signal(rig, "HUB-1", SIGNAL_TEST);
    rig_repeats(rig, pos, 5, rig->now);
    cr_assert(rig->out.repeat);
    cr_assert_eq(rig->out.repeats, 5);
    cr_assert_eq(rig->out.changes_count, 0);
    rig_free(rig);
}

Test(repeat, counted_copies_of_a_signal_nobody_knows_change_nothing)
{
    struct rig *rig = rig_new();
    uint64_t pos = rig_signal(rig, "HUB-1", SIGNAL_PANIC);
    const uint64_t wrong[] = {0, pos + 1, pos + 5, pos + LIMIT_REPEAT_POSITIONS, UINT64_MAX};
    uint64_t before = triage_hash(rig->triage);
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        rig_repeats(rig, wrong[i], 7, rig->now);
        cr_assert_not(rig->out.repeat);
        cr_assert_eq(rig->out.changes_count, 0);
    }
    rig_repeats(rig, pos, 0, rig->now);
    cr_assert_not(rig->out.repeat);
    cr_assert_eq(triage_hash(rig->triage), before);
    rig_free(rig);
}

Test(repeat, counted_copies_of_a_forgotten_unit_are_not_given_to_the_one_in_its_place)
{
    struct triage_limits limits = {
        .incidents = 8, .pending = 8, .units = 1, .zones = 2, .users = 2};
    struct triage_policy policy = triage_policy_default();
    struct rig *rig = rig_new_with(&limits, &policy);
    uint64_t pos = rig_signal(rig, "HUB-1", SIGNAL_PANIC);
    rig_signal(rig, "HUB-2", SIGNAL_PANIC);
    rig_repeats(rig, pos, 7, rig->now);
    cr_assert_not(rig->out.repeat);
    rig_free(rig);
}

Test(repeat, counts_and_times_beyond_all_reason_do_no_harm)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 1, 1);
    Larwm__Journal__Signal signal;
    panel_signal(rig, &signal, 1);
    uint64_t pos = rig_send(rig, &signal);
    rig_resolve(rig, pos, &card);
    rig_repeats(rig, pos, UINT32_MAX, INT64_MAX);
    rig_repeats(rig, pos, UINT32_MAX, INT64_MIN);
    cr_assert_eq(rig->out.repeats, INT32_MAX);
    cr_assert_eq(rig->out.last_repeat_us, rig->now);
    const struct triage_incident *incident = rig_find(rig, UINT64_C(1) << 48 | pos);
    cr_assert_eq(incident->repeat_count, INT32_MAX);
    cr_assert_eq(incident_signal(incident, 0)->repeats, INT32_MAX);
    rig_free(rig);
}
