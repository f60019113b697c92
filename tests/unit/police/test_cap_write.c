/* SPDX-License-Identifier: Apache-2.0 */
#include "police/cap.h"

#include "support.h"

#include <criterion/criterion.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char document[CAP_DOCUMENT];
static char second[CAP_DOCUMENT];

static size_t
written(const struct support *support, enum police_kind kind, uint32_t update_no, char *to)
{
    struct police_notice notice;
    size_t size = 0;
    cr_assert(police_notice_fill(&support->incident, kind, update_no, &notice));
    cr_assert_eq(cap_write(&notice, SUPPORT_SENDER, SUPPORT_ADDRESS, to, &size), ERROR_NONE);
    cr_assert_eq(strlen(to), size);
    return size;
}

static bool
holds(const char *words)
{
    return strstr(document, words) != NULL;
}

/* The text from an opening to its closing tag, for what must not be in it. */
static const char *
element(const char *name, char to[1024])
{
    char open[64];
    char end[64];
    (void)snprintf(open, sizeof open, "<%s>", name);
    (void)snprintf(end, sizeof end, "</%s>", name);
    const char *from = strstr(document, open);
    const char *until = from == NULL ? NULL : strstr(from, end);
    cr_assert_not_null(until, "%s", name);
    (void)snprintf(to, 1024, "%.*s", (int)(until - from - (int)strlen(open)), from + strlen(open));
    return to;
}

static xmlSchemaPtr
schema(void)
{
    const char *shared = getenv("LARWM_SHARED");
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/data/CAP-v1.2.xsd",
                   shared != NULL ? shared : LARWM_SOURCE_ROOT "/../shared");
    if (access(path, R_OK) != 0) {
        cr_skip("the CAP schema (CAP-v1.2.xsd) is not beside the project's folder");
    }
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(path);
    xmlSchemaPtr read = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    cr_assert_not_null(read);
    return read;
}

static int
judged(xmlSchemaPtr by, size_t size)
{
    xmlDocPtr parsed = xmlReadMemory(document, (int)size, NULL, NULL, XML_PARSE_NONET);
    cr_assert_not_null(parsed);
    xmlSchemaValidCtxtPtr check = xmlSchemaNewValidCtxt(by);
    int verdict = xmlSchemaValidateDoc(check, parsed);
    xmlSchemaFreeValidCtxt(check);
    xmlFreeDoc(parsed);
    return verdict;
}

/* REQ E5 TEST */
Test(cap_write, every_kind_of_document_is_valid_against_the_schema)
{
    struct support support;
    xmlSchemaPtr by = schema();
    support_incident(&support);
    cr_expect_eq(judged(by, written(&support, POLICE_ALERT, 0, document)), 0);
    cr_expect_eq(judged(by, written(&support, POLICE_UPDATE, 1, document)), 0);
    cr_expect_eq(judged(by, written(&support, POLICE_CANCEL, 0, document)), 0);
    support.escalation.message = (char *)(uintptr_t) "no line of this is known\n\x01\xff";
    cr_expect_eq(judged(by, written(&support, POLICE_ALERT, 0, document)), 0);
    /* the check itself can fail */
    size_t size = written(&support, POLICE_ALERT, 0, document);
    memcpy(strstr(document, "+00:00</sent>"), "+0000Z", 6);
    cr_expect_neq(judged(by, size), 0);
    xmlSchemaFree(by);
}

/* REQ E5 TEST */
Test(cap_write, the_alert_is_the_same_document_whatever_the_incident_has_become)
{
    struct support support;
    support_incident(&support);
    written(&support, POLICE_ALERT, 0, document);
    support.incident.press_count = 9;
    support.incident.kind = LARWM__SIGNAL_KIND__SIGNAL_DURESS;
    support.incident.last_signal_us += 90000000;
    support.incident.position = &support.view;
    support.view.position = &support.position;
    support.position.latitude = 52.0;
    support.escalation.state = LARWM__ESCALATION_STATE__ESCALATION_NO_ANSWER;
    support.escalation.tries = 4;
    support.escalation.update_no = 3;
    written(&support, POLICE_ALERT, 0, second);
    cr_assert_str_eq(document, second);
}

Test(cap_write, sent_is_the_second_it_was_queued_with_a_numeric_offset)
{
    struct support support;
    support_incident(&support);
    written(&support, POLICE_ALERT, 0, document);
    cr_expect(holds("<sent>" SUPPORT_SENT "</sent>"));
    cr_expect(holds("<identifier>larwm-1-7</identifier>"));
    cr_expect(holds("<addresses>" SUPPORT_ADDRESS "</addresses>"));
    cr_expect(holds("<incidents>1-7</incidents>"));
}

/* REQ E4, G17 TEST */
Test(cap_write, identity_and_address_stand_in_parameters_only)
{
    struct support support;
    char text[1024];
    static const char *const open_elements[] = {"headline", "description", "areaDesc", "event"};
    support_incident(&support);
    written(&support, POLICE_ALERT, 0, document);
    for (size_t i = 0; i < 4; i++) {
        element(open_elements[i], text);
        cr_expect(strstr(text, "Nia") == NULL && strstr(text, "Invented") == NULL, "%s",
                  open_elements[i]);
    }
    cr_expect(holds("<scope>Private</scope>"));
    cr_expect(holds("<valueName>caseName</valueName>\n      <value>Nia Dychmygol"));
    cr_expect(holds("<value>1 Invented Road &lt;rear&gt;, Aberdychmygol, ZZ1 1ZZ</value>"));
    cr_expect(holds("Treat as urgent &amp; do not phone ahead"));
}

/* REQ B3 TEST */
Test(cap_write, a_marker_is_active_only_where_the_message_says_so)
{
    struct support support;
    support_incident(&support);
    written(&support, POLICE_ALERT, 0, document);
    cr_expect(holds("<valueName>markerStatus</valueName>\n      <value>ACTIVE</value>"));
    cr_expect(holds("<valueName>markerReference</valueName>\n      <value>SWP-2025-17</value>"));
    static const char *const others[][2] = {
        {"PERSONAL ATTACK: x\nNO ACTIVE MARKER (lapsed 2025-01-01 00:00 UTC)\n", "LAPSED"},
        {"PERSONAL ATTACK: x\nNO ACTIVE MARKER (withdrawn)\n", "WITHDRAWN"},
        {"PERSONAL ATTACK: x\nNO ACTIVE MARKER (none recorded)\n", "NONE"},
        {"PERSONAL ATTACK: x\nMARKER NOT CHECKED: whether there is one is not known\n", "UNKNOWN"},
        {"PERSONAL ATTACK: x\n", "UNKNOWN"},
        {"PERSONAL ATTACK: x\nMARKER NOT CHECKED, last known active, unverified since "
         "2025-11-22 01:00 UTC, reference A-1\nMarker text: POLICE MARKER: ACTIVE\n",
         "UNKNOWN"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char wanted[128];
        support.escalation.message = (char *)(uintptr_t)others[i][0];
        written(&support, POLICE_ALERT, 0, document);
        (void)snprintf(wanted, sizeof wanted,
                       "<valueName>markerStatus</valueName>\n      <value>%s</value>",
                       others[i][1]);
        cr_expect(holds(wanted), "%s", others[i][0]);
    }
    cr_expect(holds("<valueName>markerReference</valueName>\n      <value>A-1</value>"));
}

Test(cap_write, unverified_since_and_no_operator_are_parameters)
{
    struct support support;
    support_incident(&support);
    support.escalation.reason = LARWM__ESCALATION_REASON__REASON_MARKER_UNVERIFIED;
    support.escalation.unverified_since_us = SUPPORT_QUEUED_US;
    support.escalation.message = (char *)(uintptr_t) "FALL or person down\nNO OPERATOR WAS LOGGED "
                                                     "ON: sent automatically, not verified.\n";
    written(&support, POLICE_ALERT, 0, document);
    cr_expect(holds("<valueName>markerUnverifiedSince</valueName>\n      <value>" SUPPORT_SENT));
    cr_expect(holds("<valueName>noOperator</valueName>\n      <value>true</value>"));
    cr_expect(holds("<event>Fall alarm</event>"));
    cr_expect(!holds("<eventCode>") && !holds("<circle>"));
}

Test(cap_write, the_position_is_a_circle_in_kilometres)
{
    struct support support;
    support_incident(&support);
    written(&support, POLICE_ALERT, 0, document);
    cr_expect(holds("<circle>51.62080,-3.94320 0.012</circle>"));
    cr_expect(holds("<valueName>SIA-DC03</valueName>\n      <value>PA</value>"));
    cr_expect(holds("<valueName>SIA-DC05</valueName>\n      <value>120</value>"));
}

Test(cap_write, updates_and_cancel_refer_to_the_alert_and_are_not_earlier)
{
    struct support support;
    support_incident(&support);
    support_history(&support, LARWM__CONSOLE__HISTORY_KIND__HISTORY_POLICE_QUEUED,
                    SUPPORT_QUEUED_US, "");
    support_history(&support, LARWM__CONSOLE__HISTORY_KIND__HISTORY_POLICE_UPDATE,
                    SUPPORT_QUEUED_US + 60000000, "2");
    written(&support, POLICE_UPDATE, 2, document);
    cr_expect(holds("<identifier>larwm-1-7-u2</identifier>"));
    cr_expect(holds("<msgType>Update</msgType>"));
    cr_expect(holds("<sent>2025-11-22T02:01:00+00:00</sent>"));
    cr_expect(holds("<references>" SUPPORT_SENDER ",larwm-1-7," SUPPORT_SENT "</references>"));
    support.incident.outcome = LARWM__OUTCOME__OUTCOME_FALSE;
    written(&support, POLICE_CANCEL, 0, document);
    cr_expect(holds("<identifier>larwm-1-7-c</identifier>"));
    cr_expect(holds("<msgType>Cancel</msgType>"));
    cr_expect(holds("<note>Stand down: closed by the alarm centre as: false alarm.</note>"));
    cr_expect(holds("<sent>" SUPPORT_SENT "</sent>"), "the last signal was before the message");
    cr_expect(!holds("Nia") && !holds("Invented"));
}

Test(cap_write, asking_again_after_a_rejection_refers_to_the_first_alert)
{
    struct support support;
    support_incident(&support);
    support_history(&support, LARWM__CONSOLE__HISTORY_KIND__HISTORY_POLICE_QUEUED,
                    SUPPORT_QUEUED_US, "");
    support.escalation.queued_us = SUPPORT_QUEUED_US + 120000000;
    written(&support, POLICE_UPDATE, 1, document);
    cr_expect(holds("<sent>2025-11-22T02:02:00+00:00</sent>"));
    cr_expect(holds(",larwm-1-7," SUPPORT_SENT "</references>"));
}

Test(cap_write, names_cap_cannot_carry_are_refused)
{
    struct support support;
    struct police_notice notice;
    size_t size = 0;
    static const char *const bad[] = {"", "a b", "a,b", "a<b", "a&b", "a\nb", "\xc3\xa9"};
    support_incident(&support);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect(!cap_name_is_valid(bad[i]), "%s", bad[i]);
        support.escalation.message_id = (char *)(uintptr_t)bad[i];
        cr_expect(!police_notice_fill(&support.incident, POLICE_ALERT, 0, &notice));
    }
    support_incident(&support);
    cr_assert(police_notice_fill(&support.incident, POLICE_ALERT, 0, &notice));
    cr_expect_eq(cap_write(&notice, "two words", SUPPORT_ADDRESS, document, &size),
                 ERROR_MALFORMED);
    cr_expect_eq(cap_write(&notice, SUPPORT_SENDER, "a,b", document, &size), ERROR_MALFORMED);
    cr_expect(!cap_name_is_valid(NULL));
}

Test(cap_write, the_longest_message_fits_in_the_worst_case)
{
    struct support support;
    static char longest[LIMIT_POLICE_TEXT];
    memset(longest, '&', sizeof longest - 1);
    memcpy(longest, "ADDRESS: ", 9);
    support_incident(&support);
    support.escalation.message = longest;
    cr_expect(written(&support, POLICE_ALERT, 0, document) < CAP_DOCUMENT);
}
