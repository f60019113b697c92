/* SPDX-License-Identifier: Apache-2.0 */
#include "larwm/limits.h"
#include "larwm/vocabulary.h"
#include "outlet/check.h"

#include <criterion/criterion.h>
#include <string.h>

static Larwm__Journal__Action
action_of(Larwm__Journal__ActionKind kind)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = kind;
    action.incident = 1;
    action.text = "text";
    action.target = "GW-2026-0001";
    action.minutes = 5;
    return action;
}

static const char *
refusal_of(const Larwm__Journal__Action *action)
{
    const char *detail = NULL;
    const char *refusal = check_action(action, &detail);
    cr_expect_eq(refusal == NULL, detail == NULL, "every refusal says what to mend");
    return refusal;
}

Test(check, every_action_with_all_it_needs_passes)
{
    for (int kind = 1; kind <= LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW; kind++) {
        Larwm__Journal__Action action = action_of((Larwm__Journal__ActionKind)kind);
        cr_expect_null(refusal_of(&action), "kind %d", kind);
    }
}

Test(check, an_action_without_its_incident_is_refused_except_next_and_test_window)
{
    for (int kind = 1; kind <= LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW; kind++) {
        Larwm__Journal__Action action = action_of((Larwm__Journal__ActionKind)kind);
        action.incident = 0;
        bool needs_none = kind == LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT ||
                          kind == LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW;
        cr_expect_eq(refusal_of(&action) == NULL, needs_none, "kind %d", kind);
    }
}

Test(check, a_note_of_the_limit_passes_and_one_byte_more_is_refused)
{
    char note[LIMIT_NOTE + 2];
    memset(note, 'n', sizeof note);
    note[LIMIT_NOTE] = '\0';
    Larwm__Journal__Action action = action_of(LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE);
    action.text = note;
    cr_expect_null(refusal_of(&action));
    note[LIMIT_NOTE] = 'n';
    note[LIMIT_NOTE + 1] = '\0';
    cr_expect_str_eq(refusal_of(&action), "BAD_REQUEST");
}

Test(check, text_that_is_not_utf8_is_refused)
{
    Larwm__Journal__Action action = action_of(LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE);
    action.text = "\xff\xfe";
    cr_expect_str_eq(refusal_of(&action), "BAD_REQUEST");
}

Test(check, kinds_and_outcomes_outside_the_vocabulary_are_refused)
{
    Larwm__Journal__Action action = action_of((Larwm__Journal__ActionKind)0);
    cr_expect_not_null(refusal_of(&action));
    action = action_of((Larwm__Journal__ActionKind)11);
    cr_expect_not_null(refusal_of(&action));
    action = action_of(LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE);
    action.outcome = (Larwm__Outcome)10;
    cr_expect_not_null(refusal_of(&action));
}

Test(check, a_close_without_an_outcome_is_left_to_the_desk)
{
    Larwm__Journal__Action action = action_of(LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE);
    action.outcome = LARWM__OUTCOME__OUTCOME_NONE;
    cr_expect_null(refusal_of(&action));
}

/* REQ A23 TEST */
Test(check, a_test_window_lasts_one_to_fifteen_minutes)
{
    Larwm__Journal__Action action = action_of(LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW);
    action.minutes = 0;
    cr_expect_not_null(refusal_of(&action));
    action.minutes = 15;
    cr_expect_null(refusal_of(&action));
    action.minutes = 16;
    cr_expect_not_null(refusal_of(&action));
}

Test(check, a_hello_needs_version_one_a_user_and_a_role)
{
    Larwm__Console__Hello hello = LARWM__CONSOLE__HELLO__INIT;
    const char *detail;
    hello.version = 1;
    hello.user = "carys";
    hello.role = LARWM__ROLE__ROLE_OPERATOR;
    cr_expect_null(check_hello(&hello, &detail));
    hello.version = 2;
    cr_expect_str_eq(check_hello(&hello, &detail), "VERSION");
    hello.version = 1;
    hello.role = LARWM__ROLE__ROLE_NONE;
    cr_expect_str_eq(check_hello(&hello, &detail), "BAD_REQUEST");
    hello.role = (Larwm__Role)7;
    cr_expect_str_eq(check_hello(&hello, &detail), "BAD_REQUEST");
}

Test(check, a_user_name_is_short_utf8_without_control_characters)
{
    char longest[LIMIT_USER + 1];
    memset(longest, 'u', sizeof longest);
    longest[LIMIT_USER - 1] = '\0';
    cr_expect(check_user_name(longest));
    longest[LIMIT_USER - 1] = 'u';
    longest[LIMIT_USER] = '\0';
    cr_expect_not(check_user_name(longest));
    cr_expect_not(check_user_name(""));
    cr_expect_not(check_user_name("a\nb"));
    cr_expect_not(check_user_name("a\x7f"));
    cr_expect_not(check_user_name("\xc3"));
    cr_expect(check_user_name("siân"));
}

Test(check, a_police_report_needs_an_incident_and_an_event)
{
    Larwm__Journal__Police police = LARWM__JOURNAL__POLICE__INIT;
    const char *detail;
    cr_expect_not_null(check_police(&police, &detail));
    police.incident = 5;
    cr_expect_not_null(check_police(&police, &detail));
    police.event = LARWM__JOURNAL__POLICE_EVENT__POLICE_ACCEPTED;
    cr_expect_null(check_police(&police, &detail));
    char text[CHECK_DETAIL_MAX + 2];
    memset(text, 'd', sizeof text);
    text[CHECK_DETAIL_MAX + 1] = '\0';
    police.detail = text;
    cr_expect_not_null(check_police(&police, &detail));
}

Test(check, a_user_name_has_no_control_character_of_one_byte_or_of_two)
{
    cr_expect(check_user_name("si\xc3\xa2n"));
    cr_expect(check_user_name("\xc2\xa0"));
    cr_expect_not(check_user_name("a\x1b[2J"));
    cr_expect_not(check_user_name("a\x7f"));
    cr_expect_not(check_user_name("a\xc2\x9b"));
    cr_expect_not(check_user_name("\xc2\x85"
                                  "a"));
}
