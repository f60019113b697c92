/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway reads fields back from the text escalation/message.c writes: both ends together. */
#include "police/facts.h"

#include "escalation/message.h"

#include <criterion/criterion.h>
#include <string.h>

static char text[LIMIT_POLICE_TEXT];
static struct escalation_subject subject;
static Larwm__Card card;
static Larwm__Marker marker;
static Larwm__Place place;
static Larwm__CaseCard person;
static struct police_facts facts;

static void
begin(void)
{
    subject = (struct escalation_subject){.incident = (UINT64_C(1) << 48) | 7,
                                          .kind = SIGNAL_PANIC,
                                          .opened_us = INT64_C(1763776800000000),
                                          .last_signal_us = INT64_C(1763776800000000),
                                          .now_us = INT64_C(1763776805000000),
                                          .press_count = 1};
    larwm__card__init(&card);
    larwm__marker__init(&marker);
    larwm__place__init(&place);
    larwm__case_card__init(&person);
    card.marker = &marker;
    card.place = &place;
    card.case_card = &person;
    place.address = (char *)(uintptr_t) "1 Invented Road";
    person.person_name = (char *)(uintptr_t) "Nia Dychmygol";
    marker.reference = (char *)(uintptr_t) "M-1";
}

static void
reading(void)
{
    (void)escalation_message(&subject, &card, text);
    police_facts_read(text, &facts);
}

static bool
line(const char *label, const char *wanted)
{
    struct police_span span = police_facts_line(text, label);
    return span.text != NULL && span.size == strlen(wanted) &&
           memcmp(span.text, wanted, span.size) == 0;
}

TestSuite(police_facts, .init = begin);

/* REQ B3 TEST */
Test(police_facts, each_marker_status_is_read_back_as_it_was)
{
    static const enum marker_status statuses[] = {MARKER_UNKNOWN, MARKER_NONE, MARKER_ACTIVE,
                                                  MARKER_LAPSED, MARKER_WITHDRAWN};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        marker.status = (Larwm__MarkerStatus)statuses[i];
        marker.valid_to_us = INT64_C(1764000000000000);
        reading();
        cr_expect_eq(facts.marker, statuses[i], "%s", marker_status_text((int)statuses[i]));
    }
    marker.status = LARWM__MARKER_STATUS__MARKER_ACTIVE;
    reading();
    cr_expect_str_eq(facts.marker_reference, "M-1");
    marker.status = LARWM__MARKER_STATUS__MARKER_UNKNOWN;
    marker.last_known = LARWM__MARKER_STATUS__MARKER_ACTIVE;
    marker.last_known_us = INT64_C(1763770000000000);
    reading();
    cr_expect_eq(facts.marker, MARKER_UNKNOWN);
    cr_expect(facts.marker_last_active);
    cr_expect_str_eq(facts.marker_reference, "M-1");
}

Test(police_facts, each_kind_of_attack_and_alarm_is_read_back)
{
    static const enum signal_kind kinds[] = {
        SIGNAL_PANIC,  SIGNAL_DURESS,     SIGNAL_HOLDUP,     SIGNAL_MEDICAL, SIGNAL_FIRE,
        SIGNAL_TAMPER, SIGNAL_INTRUSION,  SIGNAL_FALL,       SIGNAL_GAS,     SIGNAL_NO_ACTIVITY,
        SIGNAL_JAM,    SIGNAL_WRONG_CODE, SIGNAL_UNREADABLE, SIGNAL_UNKNOWN};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        subject.kind = (uint8_t)kinds[i];
        reading();
        cr_expect_eq(facts.kind, kinds[i], "%s", signal_kind_text((int)kinds[i]));
    }
}

Test(police_facts, position_person_place_and_labels_are_read_back)
{
    subject.has_fix = true;
    subject.latitude = 51.6208;
    subject.longitude = -3.9432;
    subject.accuracy_m = 12;
    subject.fix_us = subject.now_us;
    subject.no_operator = true;
    subject.test = true;
    reading();
    cr_expect(facts.has_position && facts.no_operator && facts.test);
    cr_expect_float_eq(facts.latitude, 51.6208, 1e-5);
    cr_expect_float_eq(facts.longitude, -3.9432, 1e-5);
    cr_expect_eq(facts.accuracy_m, 12);
    cr_expect(line("ADDRESS: ", "1 Invented Road"));
    cr_expect(line("PERSON: ", "Nia Dychmygol"));
}

Test(police_facts, without_a_fix_there_is_no_position)
{
    reading();
    cr_expect(!facts.has_position && !facts.no_operator && !facts.test);
    police_facts_read("", &facts);
    cr_expect(!facts.has_position && facts.kind == SIGNAL_UNKNOWN &&
              facts.marker == MARKER_UNKNOWN);
    police_facts_read("POSITION: nan, 999.0", &facts);
    cr_expect(!facts.has_position);
}
