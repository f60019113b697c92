/* SPDX-License-Identifier: Apache-2.0 */
/* REQ A20 TEST: an answer may name the incident that holds its card already (decision 0019), and
 * nobody can tell from what the operator sees; when in doubt the signal goes on waiting. */
#include "support.h"

#include <criterion/criterion.h>

TestSuite(as_before, .timeout = 60);

static uint64_t
holder_of(struct rig *rig, uint64_t pos, const struct test_card *card)
{
    uint8_t packed[LIMIT_CARD];
    cr_assert_leq(larwm__card__get_packed_size(&card->card), sizeof packed);
    return triage_as_before(rig->triage, pos, packed, larwm__card__pack(&card->card, packed));
}

static void
answer_naming(struct rig *rig, uint64_t pos, uint64_t holder, uint32_t card_turn,
              const struct test_card *card)
{
    Larwm__Journal__Resolved resolved = LARWM__JOURNAL__RESOLVED__INIT;
    resolved.signal_pos = pos;
    resolved.as_before = holder;
    resolved.card_turn = card_turn;
    resolved.checked_us = card->card.checked_us;
    resolved.badges = card->card.badges;
    resolved.n_badges = card->card.n_badges;
    struct triage_event event = {.kind = TRIAGE_RESOLVED, .resolved = &resolved};
    rig->pos += 1;
    event.pos = rig->pos;
    event.time_us = rig->now;
    triage_step(rig->triage, &event, &rig->out);
}

/* As the desk does: names the holder when there is one. True: it did. */
static bool
answer_as_desk(struct rig *rig, uint64_t pos, const struct test_card *card)
{
    uint64_t holder = holder_of(rig, pos, card);
    if (holder == 0) {
        rig_resolve(rig, pos, card);
        return false;
    }
    answer_naming(rig, pos, holder, triage_find(rig->triage, holder)->card_turn, card);
    return true;
}

/* A unit pressed, got its card and pressed again: the second waits, and an answer could name the
 * incident of the first. */
struct pressed_again
{
    uint64_t incident;  /* of the first press */
    uint32_t card_turn; /* of its card */
    uint64_t pos;       /* of the second press */
};

static struct pressed_again
press_again(struct rig *rig, struct test_card *card)
{
    test_card_init(card, 7, 70);
    struct pressed_again again = {.incident = rig_press(rig, "SKY-101", SIGNAL_PANIC, card)};
    again.card_turn = triage_find(rig->triage, again.incident)->card_turn;
    rig_wait(rig, 30 * SECOND);
    again.pos = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    cr_assert_eq(holder_of(rig, again.pos, card), again.incident);
    return again;
}

static bool
is_waiting(struct rig *rig, uint64_t pos)
{
    struct triage_waiting waiting;
    return triage_pending_at(rig->triage, pos, &waiting);
}

static uint32_t
next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static const enum signal_kind kinds[] = {
    SIGNAL_PANIC,     SIGNAL_TAMPER, SIGNAL_INTRUSION,   SIGNAL_LOW_BATTERY,
    SIGNAL_INTRUSION, SIGNAL_FALL,   SIGNAL_NO_ACTIVITY, SIGNAL_FAULT,
};

static void
close_all(struct rig *rig)
{
    const struct triage_incident *incident = NULL;
    while ((incident = triage_each(rig->triage, incident)) != NULL) {
        if (incident->state != INCIDENT_CLOSED) {
            cr_assert(rig_claim(rig, "nia", incident->id, 0).ok);
            cr_assert(rig_close(rig, "nia", incident->id, OUTCOME_PERSON_SAFE).ok);
        }
    }
}

/* The card of unit `who`: it changes now and then, its badges and its time always do. */
static void
card_for(struct test_card *card, uint32_t who, uint32_t number, uint32_t step)
{
    test_card_init(card, 1 + who / 2, 1 + who / 2);
    card->card.checked_us = START + step;
    card->card.silent = who % 2 == 0;
    card->person.risk = (Larwm__Risk)(step / 150 % 5);
    if (number % 3 == 0) {
        test_card_badge(card, BADGE_AWAY_FROM_HOME);
    }
    if (number % 11 == 0) {
        card->card.status = LARWM__RESOLVE_STATUS__RESOLVE_CACHED;
    }
    if (number % 29 == 0) {
        test_card_clear_case(card);
    }
}

Test(as_before, named_and_carried_cards_give_the_same_state)
{
    struct rig *carried = rig_new();
    struct rig *named = rig_new();
    uint32_t state = 7;
    unsigned count = 0;
    rig_presence(carried, "nia", ROLE_OPERATOR, true);
    rig_presence(named, "nia", ROLE_OPERATOR, true);
    for (uint32_t step = 1; step <= 1500; step++) {
        uint32_t number = next_number(&state);
        uint32_t who = number % 6;
        const char *units[] = {"SKY-101", "SKY-102", "SKY-103", "HUB-201", "HUB-202", "GPS-301"};
        struct test_card card;
        card_for(&card, who, next_number(&state), step);
        enum signal_kind kind = kinds[next_number(&state) % 8];
        uint64_t pos = rig_signal(carried, units[who], kind);
        cr_assert_eq(rig_signal(named, units[who], kind), pos);
        if (carried->out.resolve) {
            rig_resolve(carried, pos, &card);
            count += answer_as_desk(named, pos, &card) ? 1 : 0;
        }
        cr_assert_eq(triage_hash(named->triage), triage_hash(carried->triage), "step %u", step);
        rig_wait(carried, SECOND * (1 + number % 40));
        rig_wait(named, SECOND * (1 + number % 40));
        if (step % 50 == 0) { /* so that others begin, and are raised */
            close_all(carried);
            close_all(named);
        }
    }
    cr_assert_gt(count, 200, "only %u answers named their card", count);
    rig_free(carried);
    rig_free(named);
}

Test(as_before, only_time_and_badges_may_differ)
{
    struct rig *rig = rig_new();
    struct test_card card;
    struct pressed_again again = press_again(rig, &card);
    card.card.checked_us += 5 * SECOND;
    test_card_badge(&card, BADGE_AWAY_FROM_HOME);
    cr_assert_eq(holder_of(rig, again.pos, &card), again.incident);

    struct test_card other = card;
    other.card.case_card = &other.person;
    other.person.perpetrator = "another car";
    cr_assert_eq(holder_of(rig, again.pos, &other), 0, "any text of the case");
    other = card;
    other.card.silent = !card.card.silent;
    cr_assert_eq(holder_of(rig, again.pos, &other), 0, "what the receipt may sound like");
    other = card;
    other.card.linked_case = "GW-2026-0009";
    cr_assert_eq(holder_of(rig, again.pos, &other), 0, "a field more, at the end");
    other = card;
    other.card.force = NULL;
    cr_assert_eq(holder_of(rig, again.pos, &other), 0, "a field less");
    rig_free(rig);
}

Test(as_before, a_closed_incident_says_nothing_and_the_signal_waits)
{
    struct rig *rig = rig_new();
    struct test_card card;
    struct pressed_again again = press_again(rig, &card);

    rig_presence(rig, "nia", ROLE_OPERATOR, true);
    cr_assert(rig_claim(rig, "nia", again.incident, 0).ok);
    cr_assert(rig_close(rig, "nia", again.incident, OUTCOME_PERSON_SAFE).ok);
    answer_naming(rig, again.pos, again.incident, again.card_turn, &card);
    cr_assert(rig->out.resolve, "asked again");
    cr_assert_eq(rig->out.resolve_pos, again.pos);
    cr_assert(is_waiting(rig, again.pos));
    cr_assert_eq(holder_of(rig, again.pos, &card), 0, "the next answer brings the card");
    rig_resolve(rig, again.pos, &card);
    cr_assert_not(is_waiting(rig, again.pos));
    cr_assert_eq(triage_open_count(rig->triage), 1, "the press has an incident of its own");
    rig_free(rig);
}

Test(as_before, a_card_that_was_replaced_meanwhile_says_nothing)
{
    struct rig *rig = rig_new();
    struct test_card card;
    struct test_card other;
    struct pressed_again again = press_again(rig, &card);

    test_card_init(&other, 8, 80);
    rig_recheck(rig, again.incident, &other);
    answer_naming(rig, again.pos, again.incident, again.card_turn, &card);
    cr_assert(rig->out.resolve);
    cr_assert(is_waiting(rig, again.pos), "it is not to be taken for somebody else's (S3)");
    rig_free(rig);
}

Test(as_before, an_incident_nobody_knows_says_nothing)
{
    struct rig *rig = rig_new();
    struct test_card card;
    test_card_init(&card, 7, 70);
    uint64_t pos = rig_signal(rig, "SKY-101", SIGNAL_PANIC);
    answer_naming(rig, pos, UINT64_C(1) << 48 | 9999, 1, &card);
    cr_assert(rig->out.resolve);
    cr_assert(is_waiting(rig, pos));
    rig_free(rig);
}
