/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "triage/history.h"

#include <criterion/criterion.h>
#include <string.h>

#define ACT(word) LARWM__JOURNAL__ACTION_KIND__ACTION_##word

static struct test_card card;

static struct rig *
rig_with_press(uint64_t *ret_id)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    *ret_id = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    return rig;
}

/* REQ E4 TEST: S1 (5): one owner, the other is told who. */
Test(action, a_claim_has_one_winner_and_the_loser_is_told_who)
{
    uint64_t id = 0;
    struct rig *rig = rig_with_press(&id);
    cr_assert(rig_claim(rig, "Olwen", id, 1).ok);
    cr_assert_eq(rig_find(rig, id)->epoch, 2);
    struct triage_result result = rig_claim(rig, "Bryn", id, 1);
    cr_assert_not(result.ok);
    cr_assert_eq(result.refusal, TRIAGE_REFUSED_TAKEN);
    cr_assert_str_eq(result.detail, "Olwen");
    cr_assert_str_eq(rig_find(rig, id)->owner, "Olwen");
    cr_assert(rig_claim(rig, "Olwen", id, 1).ok, "saying it twice does no harm");
    cr_assert_eq(rig_find(rig, id)->epoch, 2);
    rig_free(rig);
}

Test(action, a_claim_from_an_older_screen_is_stale)
{
    uint64_t id = 0;
    struct rig *rig = rig_with_press(&id);
    rig_claim(rig, "Olwen", id, 1);
    rig_act(rig, "Olwen", ROLE_OPERATOR, ACT(RELEASE), id);
    cr_assert_eq(rig_claim(rig, "Bryn", id, 1).refusal, TRIAGE_REFUSED_STALE);
    cr_assert_eq(rig_find(rig, id)->state, INCIDENT_OPEN);
    cr_assert(rig_claim(rig, "Bryn", id, 3).ok);
    rig_free(rig);
}

static struct triage_result
act_as_seen(struct rig *rig, uint32_t kind, uint64_t id, uint32_t epoch)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = (Larwm__Journal__ActionKind)kind;
    action.user = "Olwen";
    action.role = (Larwm__Role)ROLE_OPERATOR;
    action.incident = id;
    action.epoch = epoch;
    action.target = "SW-2026-0001";
    action.outcome = (Larwm__Outcome)OUTCOME_PERSON_SAFE;
    return rig_action(rig, &action);
}

/* REQ E4 TEST: what an owner decided on an older state of the incident is not done. */
Test(action, an_act_from_an_older_screen_is_stale)
{
    static const uint32_t kinds[] = {ACT(CLOSE), ACT(RELEASE), ACT(ATTACH)};
    uint64_t id = 0;
    struct rig *rig = rig_with_press(&id);
    rig_claim(rig, "Olwen", id, 1);
    rig_act(rig, "Olwen", ROLE_OPERATOR, ACT(RELEASE), id);
    cr_assert(rig_claim(rig, "Olwen", id, 3).ok); /* and now it is at 4 */
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(act_as_seen(rig, kinds[i], id, 2).refusal, TRIAGE_REFUSED_STALE);
        cr_assert_eq(rig_find(rig, id)->state, INCIDENT_CLAIMED);
        cr_assert_eq(rig_find(rig, id)->epoch, 4);
    }
    cr_assert(act_as_seen(rig, ACT(CLOSE), id, 4).ok);
    rig_free(rig);
}

Test(action, next_gives_the_gravest_then_riskiest_then_oldest)
{
    struct rig *rig = rig_new();
    struct test_card cards[4];
    const enum risk risks[] = {RISK_VERY_HIGH, RISK_STANDARD, RISK_MEDIUM, RISK_UNKNOWN};
    const char *const units[] = {"U-0", "U-1", "U-2", "U-3"};
    uint64_t ids[4];
    for (unsigned i = 0; i < 4; i++) {
        test_card_init(&cards[i], i + 1, i + 1);
        cards[i].person.risk = (Larwm__Risk)risks[i];
        ids[i] = rig_press(rig, units[i], i == 0 ? SIGNAL_INTRUSION : SIGNAL_PANIC, &cards[i]);
        rig_wait(rig, SECOND);
    }
    const unsigned expected[] = {3, 2, 1, 0}; /* an unknown risk ranks with high: REQ B6 TEST */
    for (unsigned i = 0; i < 4; i++) {
        struct triage_result result = rig_act(rig, "Olwen", ROLE_OPERATOR, ACT(NEXT), 0);
        cr_assert(result.ok);
        cr_assert_eq(result.incident, ids[expected[i]]);
    }
    cr_assert_eq(rig_act(rig, "Olwen", ROLE_OPERATOR, ACT(NEXT), 0).refusal,
                 TRIAGE_REFUSED_NOTHING_WAITING);
    rig_free(rig);
}

/* S1 (7): no outcome, no closing. */
Test(action, closing_needs_an_outcome_and_the_owner)
{
    uint64_t id = 0;
    struct rig *rig = rig_with_press(&id);
    cr_assert_eq(rig_close(rig, "Olwen", id, OUTCOME_FALSE).refusal, TRIAGE_REFUSED_NOT_OWNER);
    rig_claim(rig, "Olwen", id, 0);
    cr_assert_eq(rig_close(rig, "Olwen", id, OUTCOME_NONE).refusal, TRIAGE_REFUSED_OUTCOME_MISSING);
    cr_assert_eq(rig_close(rig, "Bryn", id, OUTCOME_FALSE).refusal, TRIAGE_REFUSED_NOT_OWNER);
    cr_assert_eq(rig_close(rig, "Olwen", id, (enum outcome)99).refusal, TRIAGE_REFUSED_BAD_REQUEST);
    cr_assert_eq(rig_close(rig, "Olwen", id, OUTCOME_RESTORED).refusal, TRIAGE_REFUSED_BAD_REQUEST);
    cr_assert(rig_close(rig, "Olwen", id, OUTCOME_POLICE_ATTENDED).ok);
    cr_assert_eq(rig_find(rig, id)->outcome, OUTCOME_POLICE_ATTENDED);
    cr_assert_eq(rig_close(rig, "Olwen", id, OUTCOME_FALSE).refusal, TRIAGE_REFUSED_ALREADY_CLOSED);
    cr_assert_eq(rig_claim(rig, "Bryn", id, 0).refusal, TRIAGE_REFUSED_ALREADY_CLOSED);
    cr_assert_eq(rig_find(rig, id)->signals_kept, 1, "closing keeps everything");
    rig_free(rig);
}

Test(action, only_the_roles_of_the_table_may_act)
{
    uint64_t id = 0;
    struct rig *rig = rig_with_press(&id);
    const enum role outside[] = {ROLE_NONE,        ROLE_ADMINISTRATOR, ROLE_POLICE_GATEWAY,
                                 ROLE_WEB_GATEWAY, ROLE_TOOL,          (enum role)40};
    for (unsigned i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
        for (int kind = ACT(NEXT); kind <= ACT(CLOSE); kind++) {
            cr_assert_eq(rig_act(rig, "Someone", outside[i], kind, id).refusal,
                         TRIAGE_REFUSED_NOT_ALLOWED);
        }
    }
    cr_assert_eq(rig_act(rig, "Olwen", ROLE_OPERATOR, ACT(REVEAL), id).refusal,
                 TRIAGE_REFUSED_NOT_ALLOWED);
    cr_assert(rig_act(rig, "Sioned", ROLE_SUPERVISOR, ACT(REVEAL), id).ok);
    cr_assert_eq(rig_act(rig, "Olwen", ROLE_OPERATOR, ACT(TEST_WINDOW), 0).refusal,
                 TRIAGE_REFUSED_NOT_ALLOWED);
    cr_assert_eq(rig_act(rig, "Olwen", ROLE_OPERATOR, 12345, id).refusal,
                 TRIAGE_REFUSED_BAD_REQUEST);
    cr_assert_eq(rig_act(rig, "", ROLE_OPERATOR, ACT(NEXT), id).refusal,
                 TRIAGE_REFUSED_BAD_REQUEST);
    cr_assert_eq(rig_act(rig, "Olwen", ROLE_OPERATOR, ACT(NOTE), 42).refusal,
                 TRIAGE_REFUSED_NOT_FOUND);
    rig_free(rig);
}

Test(action, attaching_names_the_case_and_asks_for_its_card)
{
    struct rig *rig = rig_new();
    struct test_card stock;
    test_card_init(&stock, 0, 0);
    test_card_clear_case(&stock);
    test_card_badge(&stock, BADGE_UNALLOCATED);
    test_card_init(&card, 7, 70);
    uint64_t id = rig_press(rig, "SKY-03", SIGNAL_PANIC, &stock);
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = "Olwen";
    action.role = (Larwm__Role)ROLE_OPERATOR;
    action.kind = ACT(ATTACH);
    action.incident = id;
    cr_assert_eq(rig_action(rig, &action).refusal, TRIAGE_REFUSED_BAD_REQUEST);
    action.target = "GW-2016-0001";
    cr_assert(rig_action(rig, &action).ok);
    cr_assert(rig->out.resolve);
    cr_assert_eq(rig->out.resolve_incident, id);
    cr_assert_str_eq(rig_find(rig, id)->attached, "GW-2016-0001");
    rig_recheck(rig, id, &card);
    cr_assert_eq(rig_find(rig, id)->case_id, 7);
    cr_assert_not(rig_find(rig, id)->unit_blocked);
    rig_free(rig);
}

static struct triage_result
rig_test_window(struct rig *rig, const char *unit, uint32_t minutes)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = "Sioned";
    action.role = (Larwm__Role)ROLE_SUPERVISOR;
    action.kind = ACT(TEST_WINDOW);
    action.target = (char *)unit;
    action.minutes = minutes;
    return rig_action(rig, &action);
}

/* REQ A23 TEST */
Test(action, a_press_in_a_test_window_is_at_the_bottom_and_the_next_after_it_is_real)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    cr_assert_eq(rig_test_window(rig, "SKY-1", 16).refusal, TRIAGE_REFUSED_BAD_REQUEST);
    cr_assert_eq(rig_test_window(rig, "SKY-1", 0).refusal, TRIAGE_REFUSED_BAD_REQUEST);
    cr_assert(rig_test_window(rig, "SKY-1", 15).ok);
    uint64_t test = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    cr_assert(incident_has_badge(rig_find(rig, test), BADGE_TEST));
    cr_assert_eq(rig_find(rig, test)->priority, PRIORITY_P1);
    struct test_card other;
    test_card_init(&other, 2, 200);
    uint64_t fault = rig_press(rig, "SKY-2", SIGNAL_FAULT, &other);
    cr_assert_gt(rig_find(rig, test)->rank, rig_find(rig, fault)->rank);
    uint64_t duress = rig_press(rig, "SKY-1", SIGNAL_DURESS, &card);
    cr_assert_neq(duress, test, "duress is real, window or not");
    cr_assert_not(rig_find(rig, duress)->test);
    rig_claim(rig, "Olwen", test, 0);
    cr_assert(rig_close(rig, "Olwen", test, OUTCOME_PLANNED_TEST).ok);
    uint64_t real = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    cr_assert_not(rig_find(rig, real)->test, "test done: this one is real");
    rig_free(rig);
}

Test(action, a_test_window_ends_by_itself)
{
    struct rig *rig = rig_new();
    test_card_init(&card, 1, 100);
    cr_assert(rig_test_window(rig, "SKY-1", 5).ok);
    uint64_t test = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    rig_wait(rig, 5 * MINUTE);
    uint64_t real = rig_press(rig, "SKY-1", SIGNAL_PANIC, &card);
    cr_assert_neq(real, test);
    cr_assert_not(rig_find(rig, real)->test);
    rig_free(rig);
}

Test(action, a_long_history_keeps_the_opening_and_the_newest)
{
    uint64_t id = 0;
    struct rig *rig = rig_with_press(&id);
    char note[1500];
    memset(note, 'n', sizeof(note) - 1);
    note[sizeof(note) - 1] = '\0';
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = "Olwen";
    action.role = (Larwm__Role)ROLE_OPERATOR;
    action.kind = ACT(NOTE);
    action.incident = id;
    action.text = note;
    for (unsigned i = 0; i < 200; i++) {
        note[0] = (char)('a' + (char)(i % 26));
        cr_assert(rig_action(rig, &action).ok);
    }
    const struct triage_incident *incident = rig_find(rig, id);
    cr_assert_eq(incident->history_kept, LIMIT_INCIDENT_HISTORY);
    cr_assert_eq(incident->history[0].kind, HISTORY(OPENED));
    const struct incident_history *last = &incident->history[incident->history_kept - 1];
    cr_assert_str_eq(incident_history_user(incident, last), "Olwen");
    cr_assert_str_eq(incident_history_text(incident, last), note);
    for (uint32_t i = 0; i < incident->history_kept; i++) {
        const struct incident_history *entry = &incident->history[i];
        cr_assert_leq(entry->text_at + entry->text_size, incident->history_text_used);
    }
    rig_free(rig);
}
