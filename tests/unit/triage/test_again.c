/* SPDX-License-Identifier: Apache-2.0 */
/* A unit that signals again a moment after it was answered (docs/decisions/0017). */
#include "support.h"
#include "triage/history.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define MOMENT (SECOND / 5)

static struct rig *
again_rig(struct test_card *card)
{
    struct triage_limits limits = {
        .incidents = 32, .pending = 16, .units = 32, .zones = 16, .users = 8};
    struct triage_policy policy = triage_policy_default();
    test_card_init(card, 1, 1);
    return rig_new_with(&limits, &policy);
}

/* REQ A21 TEST: pressed again: one incident, counted, listed, shown, and nothing asked. */
Test(again, a_press_a_moment_after_the_answer_joins_unasked)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    uint64_t id = rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    rig_wait(rig, MOMENT);
    uint64_t pos = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert(rig->out.again);
    cr_assert_not(rig->out.resolve);
    cr_assert_eq(rig->out.allocation, card.card.allocation);
    cr_assert_eq(rig->out.case_id, 1);
    cr_assert(rig_changed(rig, TRIAGE_CHANGE_SIGNAL, id));
    cr_assert(rig_what(rig, id) & TRIAGE_WHAT_PRESS);
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(incident->press_count, 2);
    cr_assert_eq(incident_signal(incident, 1)->pos, pos);
    cr_assert_eq(rig_history(rig, id, HISTORY(SIGNAL)), 1);
    struct triage_waiting waiting;
    cr_assert_not(triage_pending(rig->triage, 0, &waiting), "it waits for nothing");
    rig_free(rig);
}

/* REQ A24 TEST: what joined unasked is recognised when it is sent again. */
Test(again, a_copy_of_one_that_joined_unasked_is_counted_on_it)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    uint64_t id = rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_PANIC);
    uint64_t pos = rig_send(rig, &signal);
    rig_wait(rig, MOMENT);
    rig_send(rig, &signal);
    cr_assert(rig->out.repeat);
    cr_assert_eq(rig->out.repeat_of, pos);
    cr_assert_eq(incident_signal(rig_find(rig, id), 1)->repeats, 1);
    cr_assert_eq(rig_find(rig, id)->press_count, 2);
    rig_free(rig);
}

Test(again, the_answer_is_good_for_a_second)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    rig_wait(rig, SECOND - 1);
    rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert(rig->out.again, "and what joins unasked makes it no younger");
    rig_wait(rig, 1);
    rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert_not(rig->out.again);
    cr_assert(rig->out.resolve);
    rig_free(rig);
}

/* One press, then what `change` makes of the next: it must be asked for. */
static void
again_expect_asked(const char *why, void (*before)(struct test_card *card),
                   void (*change)(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal))
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    if (before != NULL) {
        before(&card);
    }
    uint64_t id = rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    rig_wait(rig, MOMENT);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_PANIC);
    if (change != NULL) {
        change(rig, id, &signal);
    }
    rig_send(rig, &signal);
    cr_assert_not(rig->out.again, "%s", why);
    cr_assert(rig->out.resolve, "%s", why);
    rig_free(rig);
}

static void
from_the_last_known_record(struct test_card *card)
{
    card->card.status = LARWM__RESOLVE_STATUS__RESOLVE_CACHED;
}

static void
of_an_earlier_holder(struct test_card *card)
{
    test_card_badge(card, BADGE_EARLIER_ALLOCATION);
}

static void
of_another_unit(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal)
{
    signal->unit = (char *)"SKY-102";
}

static void
sent_a_while_ago(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal)
{
    signal->device_time_us -= 2 * SECOND;
}

static void
with_a_doubted_clock(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal)
{
    signal->clock_suspect = true;
}

static void
after_it_was_closed(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal)
{
    rig_presence(rig, "anwen", ROLE_OPERATOR, true);
    cr_assert(rig_claim(rig, "anwen", id, 0).ok);
    cr_assert(rig_close(rig, "anwen", id, OUTCOME_PERSON_SAFE).ok);
}

static void
after_the_case_changed(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal)
{
    struct test_card other;
    test_card_init(&other, 2, 1);
    rig_recheck(rig, id, &other);
}

static void
graver_than_the_incident(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal)
{
    ((struct triage_incident *)rig_find(rig, id))->priority = PRIORITY_P2;
}

static void
behind_one_that_is_asked_for(struct rig *rig, uint64_t id, Larwm__Journal__Signal *signal)
{
    Larwm__Journal__Signal first;
    rig_signal_init(rig, &first, "SKY-101", SIGNAL_PANIC);
    first.device_time_us -= 2 * SECOND;
    rig_send(rig, &first);
    cr_assert(rig->out.resolve);
}

Test(again, in_doubt_it_is_asked)
{
    again_expect_asked("answered from the last known record", from_the_last_known_record, NULL);
    again_expect_asked("an earlier holder", of_an_earlier_holder, NULL);
    again_expect_asked("another unit", NULL, of_another_unit);
    again_expect_asked("sent a while ago", NULL, sent_a_while_ago);
    again_expect_asked("a doubted clock", NULL, with_a_doubted_clock);
    again_expect_asked("the incident is closed", NULL, after_it_was_closed);
    again_expect_asked("the incident has another case", NULL, after_the_case_changed);
    again_expect_asked("graver than the incident", NULL, graver_than_the_incident);
    again_expect_asked("an older one was sent earlier", NULL, behind_one_that_is_asked_for);
}

/* REQ A21 TEST: pressed three times before PostgreSQL has answered the first. */
Test(again, what_comes_before_the_answer_is_placed_by_it)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    uint64_t first = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert(rig->out.resolve);
    uint64_t positions[2];
    for (unsigned i = 0; i < 2; i++) {
        rig_wait(rig, SECOND / 20);
        positions[i] = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
        cr_assert(rig->out.follows);
        cr_assert_not(rig->out.resolve);
    }
    rig_resolve(rig, first, &card);
    cr_assert_eq(rig->out.followers_count, 2);
    cr_assert_arr_eq(rig->out.followers, positions, sizeof(positions));
    const struct triage_incident *incident = rig_find(rig, UINT64_C(1) << 48 | first);
    cr_assert_eq(incident->press_count, 3);
    cr_assert_eq(incident_signal(incident, 2)->pos, positions[1]);
    cr_assert(rig_what(rig, incident->id) & TRIAGE_WHAT_PRESS);
    struct triage_waiting waiting;
    cr_assert_not(triage_pending(rig->triage, 0, &waiting));
    rig_free(rig);
}

/* Rule R0: the answer never came into the journal, and the one behind it is asked for itself. */
Test(again, one_that_waits_for_another_is_among_those_that_wait)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    uint64_t first = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    uint64_t second = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert(rig->out.follows);
    struct triage_waiting waiting;
    cr_assert(triage_pending(rig->triage, first, &waiting));
    cr_assert_eq(waiting.pos, second);
    rig_resolve(rig, second, &card);
    const struct triage_incident *incident = rig_find(rig, UINT64_C(1) << 48 | second);
    cr_assert_eq(incident->press_count, 1);
    rig_resolve(rig, first, &card);
    cr_assert_eq(rig->out.followers_count, 0);
    cr_assert_eq(incident->press_count, 2, "each once");
    rig_free(rig);
}

Test(again, no_more_than_sixteen_wait_for_one_answer)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    struct triage_limits limits = {
        .incidents = 32, .pending = 64, .units = 32, .zones = 16, .users = 8};
    struct triage_policy policy = triage_policy_default();
    rig_free(rig);
    rig = rig_new_with(&limits, &policy);
    uint64_t first = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    for (unsigned i = 0; i < TRIAGE_FOLLOWERS; i++) {
        rig_signal(rig, "SKY-101", SIGNAL_PANIC);
        cr_assert(rig->out.follows);
    }
    uint64_t next = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert_not(rig->out.follows);
    cr_assert(rig->out.resolve);
    rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert(rig->out.follows, "it waits for the newer one");
    rig_resolve(rig, first, &card);
    rig_resolve(rig, next, &card);
    cr_assert_eq(rig->out.followers_count, 1);
    const struct triage_incident *incident = rig_find(rig, UINT64_C(1) << 48 | first);
    cr_assert_eq(incident->press_count, TRIAGE_FOLLOWERS + 3);
    rig_free(rig);
}

/* A cancel goes to the newest press; it closes nothing. */
Test(again, a_cancel_behind_them_is_shown)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    uint64_t first = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    rig_signal(rig, "SKY-101", SIGNAL_CANCEL);
    rig_resolve(rig, first, &card);
    const struct triage_incident *incident = rig_find(rig, UINT64_C(1) << 48 | first);
    cr_assert(incident_has_badge(incident, BADGE_CANCEL_RECEIVED));
    cr_assert_eq(incident->state, INCIDENT_OPEN);
    rig_free(rig);
}

static void
again_expect_no_follower(const char *why, void (*change)(Larwm__Journal__Signal *signal))
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    rig_wait(rig, MOMENT);
    Larwm__Journal__Signal signal;
    rig_signal_init(rig, &signal, "SKY-101", SIGNAL_PANIC);
    change(&signal);
    rig_send(rig, &signal);
    cr_assert_not(rig->out.follows, "%s", why);
    cr_assert(rig->out.resolve, "%s", why);
    rig_free(rig);
}

static void
other_kind(Larwm__Journal__Signal *signal)
{
    signal->kind = (Larwm__SignalKind)SIGNAL_DURESS;
}

static void
other_class(Larwm__Journal__Signal *signal)
{
    signal->class_hint = (Larwm__Priority)PRIORITY_P2;
}

static void
earlier(Larwm__Journal__Signal *signal)
{
    signal->device_time_us -= 2 * SECOND;
}

static void
other_unit(Larwm__Journal__Signal *signal)
{
    signal->unit = (char *)"SKY-102";
}

static void
expired(Larwm__Journal__Signal *signal)
{
    signal->credential_expired = true;
}

Test(again, in_doubt_it_does_not_wait_for_another)
{
    again_expect_no_follower("another kind", other_kind);
    again_expect_no_follower("another class", other_class);
    again_expect_no_follower("sent a while ago", earlier);
    again_expect_no_follower("another unit", other_unit);
    again_expect_no_follower("an expired certificate", expired);
}

/* REQ A23 TEST: a test incident takes in nothing real, and a technical one no press. */
Test(again, a_press_does_not_sink_into_what_is_no_alarm)
{
    struct test_card card;
    struct rig *rig = again_rig(&card);
    uint64_t technical = rig_press(rig, "SKY-101", SIGNAL_LOW_BATTERY, &card);
    uint64_t pos = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert_not(rig->out.again);
    cr_assert(rig->out.resolve);
    rig_resolve(rig, pos, &card);
    cr_assert_neq(rig_find(rig, UINT64_C(1) << 48 | pos), NULL);
    cr_assert_eq(rig_find(rig, technical)->signal_count, 1);
    rig_free(rig);
}

/* The state that a checkpoint carries includes the answer: both go on alike. */
Test(again, two_that_saw_the_same_records_are_in_the_same_state)
{
    struct test_card card;
    struct rig *one = again_rig(&card);
    struct rig *two = again_rig(&card);
    rig_press(one, "SKY-101", SIGNAL_PANIC, &card);
    rig_press(two, "SKY-101", SIGNAL_PANIC, &card);
    rig_signal(one, "SKY-101", SIGNAL_PANIC);
    cr_assert_neq(triage_hash(one->triage), triage_hash(two->triage));
    rig_signal(two, "SKY-101", SIGNAL_PANIC);
    cr_assert_eq(triage_hash(one->triage), triage_hash(two->triage));
    rig_free(one);
    rig_free(two);
}
