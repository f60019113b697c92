/* SPDX-License-Identifier: Apache-2.0 */
#include "police/cap.h"

#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "<?xml version=\"1.0\"?>\n<alert xmlns=\"" CAP_NAMESPACE "\">"
#define FIRST                                                                                      \
    "<identifier>ack-1</identifier><sender>room@test.invalid</sender>"                             \
    "<sent>2025-11-22T02:00:01+00:00</sent><status>Actual</status>"
#define SCOPE "<scope>Private</scope><addresses>gateway@larwm.test.invalid</addresses>"
#define TRIPLE SUPPORT_SENDER ",larwm-1-7," SUPPORT_SENT
#define REFERENCES "<references>" TRIPLE "</references>"
#define ACK(note, references) HEAD FIRST "<msgType>Ack</msgType>" SCOPE note references "</alert>"

static const struct cap_reference ours = {
    .sender = SUPPORT_SENDER, .identifier = "larwm-1-7", .sent_us = SUPPORT_QUEUED_US};

static struct cap_answer answer;
static const char *why;

static enum error
reading(const char *text)
{
    why = NULL;
    return cap_read(text, strlen(text), &ours, &answer, &why);
}

TestSuite(cap_read, .init = cap_init);

Test(cap_read, an_ack_gives_the_log_number)
{
    cr_assert_eq(reading(ACK("<note> DEMO-0001\n</note>", REFERENCES)), ERROR_NONE);
    cr_expect(answer.accepted);
    cr_expect_str_eq(answer.note, "DEMO-0001");
}

Test(cap_read, an_error_gives_the_reason_on_one_line)
{
    cr_assert_eq(reading(HEAD FIRST "<msgType>Error</msgType>" SCOPE
                                    "<note>response\nwithdrawn &amp; closed</note>" REFERENCES
                                    "</alert>"),
                 ERROR_NONE);
    cr_expect(!answer.accepted);
    cr_expect_str_eq(answer.note, "response withdrawn & closed");
}

/* U+009B and U+0085: a terminal obeys them, and a line would end. */
Test(cap_read, control_characters_of_two_bytes_reach_no_terminal)
{
    cr_assert_eq(reading(ACK("<note>a\xc2\x9b"
                             "2J&#x85;b \xc3\xa9</note>",
                             REFERENCES)),
                 ERROR_NONE);
    cr_expect_str_eq(answer.note, "a  2J  b \xc3\xa9");
}

Test(cap_read, our_triple_may_stand_among_others)
{
    cr_expect_eq(reading(ACK("<note>1</note>",
                             "<references>a,b,2025-11-22T02:00:00+00:00 " TRIPLE "</references>")),
                 ERROR_NONE);
}

Test(cap_read, an_answer_that_refers_to_something_else_is_not_ours)
{
    static const char *const others[] = {
        ACK("<note>1</note>",
            "<references>" SUPPORT_SENDER ",larwm-1-8," SUPPORT_SENT "</references>"),
        ACK("<note>1</note>",
            "<references>other@test.invalid,larwm-1-7," SUPPORT_SENT "</references>"),
        ACK("<note>1</note>",
            "<references>" SUPPORT_SENDER ",larwm-1-7,2025-11-22T02:00:09+00:00</references>"),
        ACK("<note>1</note>", "<references>" TRIPLE "9</references>"),
        ACK("<note>1</note>", ""),
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cr_expect_eq(reading(others[i]), ERROR_NOT_FOUND, "%zu", i);
        cr_expect_not_null(why);
    }
}

Test(cap_read, neither_ack_nor_error_is_no_answer)
{
    cr_expect_eq(reading(HEAD FIRST "<msgType>Update</msgType>" SCOPE REFERENCES "</alert>"),
                 ERROR_UNSUPPORTED);
}

Test(cap_read, a_rejection_needs_a_reason)
{
    cr_expect_eq(
        reading(HEAD FIRST "<msgType>Error</msgType>" SCOPE "<note> </note>" REFERENCES "</alert>"),
        ERROR_MALFORMED);
}

Test(cap_read, malformed_answers_are_refused)
{
    static const char *const bad[] = {
        "",
        "nonsense",
        "<alert>half an ans",
        "<html><body>502 Bad Gateway</body></html>",
        /* another namespace, none, and the older CAP */
        "<alert>" FIRST "<msgType>Ack</msgType>" SCOPE REFERENCES "</alert>",
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.1\">" FIRST
        "<msgType>Ack</msgType>" SCOPE REFERENCES "</alert>",
        /* out of order, twice, unknown, stray text */
        HEAD FIRST SCOPE "<msgType>Ack</msgType>" REFERENCES "</alert>",
        ACK(REFERENCES, "<note>1</note>"),
        ACK("<note>1</note><note>2</note>", REFERENCES),
        ACK("<noise>1</noise>", REFERENCES),
        ACK("stray", REFERENCES),
        /* missing and wrong parts */
        HEAD "<sender>a</sender><sent>2025-11-22T02:00:01+00:00</sent><status>Actual</status>"
             "<msgType>Ack</msgType>" SCOPE REFERENCES "</alert>",
        HEAD "<identifier>a b</identifier><sender>a</sender><sent>2025-11-22T02:00:01+00:00</sent>"
             "<status>Actual</status><msgType>Ack</msgType>" SCOPE REFERENCES "</alert>",
        HEAD "<identifier>a</identifier><sender>a</sender><sent>2025-11-22T02:00:01Z</sent>"
             "<status>Actual</status><msgType>Ack</msgType>" SCOPE REFERENCES "</alert>",
        HEAD FIRST "<msgType>Ack</msgType>" REFERENCES "</alert>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect_eq(reading(bad[i]), ERROR_MALFORMED, "%zu", i);
        cr_expect_not_null(why);
    }
}

Test(cap_read, entities_and_document_types_are_never_followed)
{
    static const char *const hostile[] = {
        "<!DOCTYPE alert [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><alert xmlns=\"" CAP_NAMESPACE
        "\">" FIRST "<msgType>Ack</msgType>" SCOPE "<note>&e;</note>" REFERENCES "</alert>",
        "<!DOCTYPE alert [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><alert xmlns=\"" CAP_NAMESPACE "\">" FIRST
        "<msgType>Ack</msgType>" SCOPE "<note>&c;</note>" REFERENCES "</alert>",
        "<!DOCTYPE alert SYSTEM \"http://127.0.0.1:1/x.dtd\"><alert xmlns=\"" CAP_NAMESPACE
        "\">" FIRST "<msgType>Ack</msgType>" SCOPE REFERENCES "</alert>",
        "<!DOCTYPE alert><alert xmlns=\"" CAP_NAMESPACE "\">" FIRST
        "<msgType>Ack</msgType>" SCOPE REFERENCES "</alert>",
        ACK("<note>&nosuch;</note>", REFERENCES),
    };
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        cr_expect_eq(reading(hostile[i]), ERROR_MALFORMED, "%zu", i);
    }
}

Test(cap_read, a_huge_or_deep_answer_is_refused)
{
    size_t size = CAP_ANSWER + 1;
    char *huge = malloc(size + 1);
    cr_assert_not_null(huge);
    memset(huge, ' ', size);
    huge[size] = '\0';
    cr_expect_eq(cap_read(huge, size, &ours, &answer, &why), ERROR_TOO_LARGE);
    static char deep[8192];
    size_t used = (size_t)snprintf(deep, sizeof deep, "%s",
                                   HEAD FIRST "<msgType>Ack</msgType>" SCOPE REFERENCES "<info>");
    for (int i = 0; i < 100; i++) {
        used += (size_t)snprintf(deep + used, sizeof deep - used, "<x>");
    }
    for (int i = 0; i < 100; i++) {
        used += (size_t)snprintf(deep + used, sizeof deep - used, "</x>");
    }
    (void)snprintf(deep + used, sizeof deep - used, "</info></alert>");
    cr_expect_eq(reading(deep), ERROR_MALFORMED);
    free(huge);
}

Test(cap_read, every_beginning_and_every_single_damage_of_an_answer_is_survived)
{
    static const char whole[] = ACK("<note>DEMO-0001</note>", REFERENCES);
    char copy[sizeof whole];
    size_t survived = 0;
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        cr_expect_neq(cap_read(whole, size, &ours, &answer, &why), ERROR_NONE);
    }
    for (size_t i = 0; i < sizeof whole - 1; i++) {
        memcpy(copy, whole, sizeof whole);
        copy[i] = (char)(copy[i] ^ 0x80);
        survived += cap_read(copy, sizeof whole - 1, &ours, &answer, &why) < ERROR_COUNT ? 1 : 0;
        copy[i] = '\0';
        survived += cap_read(copy, sizeof whole - 1, &ours, &answer, &why) < ERROR_COUNT ? 1 : 0;
    }
    cr_expect_eq(survived, 2 * (sizeof whole - 1));
}

Test(cap_read, a_long_note_is_cut_at_a_whole_character)
{
    static char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, "%s",
                                   HEAD FIRST "<msgType>Ack</msgType>" SCOPE "<note>a");
    for (int i = 0; i < 300; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "\xc5\xb5");
    }
    (void)snprintf(text + used, sizeof text - used, "%s", "</note>" REFERENCES "</alert>");
    cr_assert_eq(reading(text), ERROR_NONE);
    cr_expect_eq(strlen(answer.note), 255);
}
