/* SPDX-License-Identifier: Apache-2.0 */
#include "escalation/message.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1478916780000000) /* 2016-11-12 02:13:00 UTC */

struct known
{
    Larwm__Card card;
    Larwm__CaseCard person;
    Larwm__Place place;
    Larwm__Marker marker;
};

static char *hazards[] = {"knife in the kitchen", "dog"};
static char *household[] = {"girl, 4", "boy, 9"};

static void
know(struct known *known)
{
    larwm__card__init(&known->card);
    larwm__case_card__init(&known->person);
    larwm__place__init(&known->place);
    larwm__marker__init(&known->marker);
    known->card.case_card = &known->person;
    known->card.place = &known->place;
    known->card.marker = &known->marker;
    known->card.unit_status = (Larwm__UnitStatus)UNIT_IN_SERVICE;
    known->person.person_name = "Mared Invented";
    known->person.born = "1988-03-02";
    known->person.hazards = hazards;
    known->person.n_hazards = 2;
    known->person.household = household;
    known->person.n_household = 2;
    known->person.telephone = "01632 960001";
    known->person.safe_contact = "text only, Tuesday and Thursday";
    known->place.address = "1 Made-up Street";
    known->place.town = "Abertawe";
    known->place.access_notes = "back gate unlocked";
    known->marker.status = (Larwm__MarkerStatus)MARKER_ACTIVE;
    known->marker.reference = "M1";
    known->marker.valid_to_us = INT64_C(1493078400000000); /* 2017-04-25 00:00 */
}

static struct escalation_subject
subject_of(uint32_t badges)
{
    return (struct escalation_subject){
        .incident = UINT64_C(1) << 48 | 42,
        .kind = SIGNAL_PANIC,
        .badges = badges,
        .opened_us = NOW,
        .last_signal_us = NOW,
        .press_count = 1,
        .now_us = NOW,
        .telephone = "01632 960999",
    };
}

static char text[LIMIT_POLICE_TEXT];

static bool
says(const char *part)
{
    return strstr(text, part) != NULL;
}

static bool
in_order(const char *first, const char *second)
{
    const char *one = strstr(text, first);
    const char *other = strstr(text, second);
    return one != NULL && other != NULL && one < other;
}

/* S1 (3), (4) TEST, REQ B5 TEST, REQ B12 TEST, REQ B23 TEST */
Test(message, holds_what_officers_need_in_a_fixed_order)
{
    struct known known;
    know(&known);
    struct escalation_subject subject = subject_of(0);
    size_t size = escalation_message(&subject, &known.card, text);
    cr_assert_eq(size, strlen(text));
    cr_assert(says("panic alarm"));
    cr_assert(says("larwm-1-42"));
    cr_assert(says("POLICE MARKER: ACTIVE, reference M1, until 2017-04-25 00:00 UTC"));
    cr_assert(in_order("panic alarm", "POLICE MARKER"));
    cr_assert(in_order("POLICE MARKER", "1 Made-up Street, Abertawe"));
    cr_assert(in_order("1 Made-up Street", "Mared Invented"));
    cr_assert(in_order("Mared Invented", "knife in the kitchen; dog"));
    cr_assert(in_order("knife in the kitchen", "girl, 4; boy, 9"));
    cr_assert(in_order("girl, 4", "back gate unlocked"));
    cr_assert(in_order("back gate unlocked", "01632 960999"));
    cr_assert(says("DO NOT TELEPHONE THE PERSON"));
    cr_assert_not(says("01632 960001"), "a number that must not be called is not given");
}

/* S2 (3) TEST, REQ B3 TEST: never says active of what is not. */
Test(message, never_says_a_marker_is_active_unless_it_was_checked)
{
    const enum marker_status others[] = {MARKER_LAPSED, MARKER_WITHDRAWN, MARKER_NONE,
                                         MARKER_UNKNOWN};
    const char *const words[] = {"NO ACTIVE MARKER (lapsed 2017-04-25 00:00 UTC)",
                                 "NO ACTIVE MARKER (withdrawn)", "NO ACTIVE MARKER (none recorded)",
                                 "MARKER NOT CHECKED"};
    for (unsigned i = 0; i < 4; i++) {
        struct known known;
        know(&known);
        known.marker.status = (Larwm__MarkerStatus)others[i];
        struct escalation_subject subject = subject_of(0);
        escalation_message(&subject, &known.card, text);
        cr_assert(says(words[i]), "%s", text);
        cr_assert_not(says("MARKER: ACTIVE"));
    }
    struct known known;
    know(&known);
    known.marker.status = (Larwm__MarkerStatus)MARKER_UNKNOWN;
    known.marker.last_known = (Larwm__MarkerStatus)MARKER_ACTIVE;
    known.marker.last_known_us = NOW - 90 * INT64_C(1000000);
    struct escalation_subject subject = subject_of(0);
    escalation_message(&subject, &known.card, text);
    cr_assert(says("MARKER NOT CHECKED, last known active, unverified since 2016-11-12 02:11 UTC"));
    escalation_message(&subject, NULL, text);
    cr_assert(says("MARKER NOT CHECKED"));
}

/* S4 (3) TEST, REQ D24 TEST, REQ G17 TEST */
Test(message, of_a_stolen_unit_names_no_address_and_no_person)
{
    struct known known;
    know(&known);
    struct escalation_subject subject = subject_of(UINT32_C(1) << BADGE_STOLEN);
    subject.has_fix = true;
    subject.latitude = 51.62;
    subject.fix_us = NOW - 5 * INT64_C(1000000);
    escalation_message(&subject, &known.card, text);
    cr_assert(says("STOLEN"));
    cr_assert(says("POSITION: 51.62000"));
    cr_assert(says("5 s old"));
    cr_assert_not(says("Made-up"));
    cr_assert_not(says("Mared"));
    cr_assert_not(says("back gate"));
    cr_assert_not(says("M1"));
}

/* S9 (3) TEST, REQ B8 TEST: unknown is handled as yes for contact. */
Test(message, warns_when_the_perpetrator_is_or_may_be_resident)
{
    struct known known;
    struct escalation_subject subject = subject_of(0);
    know(&known);
    known.person.perpetrator_resident = (Larwm__Residence)RESIDENCE_YES;
    escalation_message(&subject, &known.card, text);
    cr_assert(says("PERPETRATOR BELIEVED RESIDENT"));
    cr_assert(says("do not call ahead"));
    known.person.perpetrator_resident = (Larwm__Residence)RESIDENCE_UNKNOWN;
    escalation_message(&subject, &known.card, text);
    cr_assert(says("do not call ahead"));
}

/* S8 (1) TEST */
Test(message, says_that_the_resident_moved_and_does_not_name_her_as_occupant)
{
    struct known known;
    struct escalation_subject subject = subject_of(UINT32_C(1) << BADGE_RESIDENT_MOVED);
    know(&known);
    escalation_message(&subject, &known.card, text);
    cr_assert(says("RESIDENT MOVED"));
    cr_assert_not(says("Mared"));
}

Test(message, says_when_nobody_was_there_and_when_it_is_a_test)
{
    struct known known;
    struct escalation_subject subject = subject_of(0);
    know(&known);
    subject.no_operator = true;
    subject.test = true;
    subject.press_count = 3;
    escalation_message(&subject, &known.card, text);
    cr_assert(says("NO OPERATOR WAS LOGGED ON"));
    cr_assert(says("TEST:"));
    cr_assert(says("pressed 3 times"));
}

Test(message, is_cut_at_the_limit_between_characters_and_keeps_the_front)
{
    struct known known;
    struct escalation_subject subject = subject_of(0);
    char *notes = malloc(6001);
    for (unsigned shift = 0; shift < 3; shift++) {
        know(&known);
        memset(notes, 'x', shift);
        for (unsigned i = shift; i + 3 <= 6000; i += 3) {
            memcpy(notes + i, "\xe2\x82\xac", 3);
        }
        notes[shift + (6000 - shift) / 3 * 3] = '\0';
        known.place.access_notes = notes;
        size_t size = escalation_message(&subject, &known.card, text);
        cr_assert_lt(size, LIMIT_POLICE_TEXT);
        cr_assert_geq(size, LIMIT_POLICE_TEXT - 4);
        cr_assert_eq(memcmp(text + size - 3, "\xe2\x82\xac", 3), 0);
        cr_assert(says("1 Made-up Street"));
    }
    free(notes);
}
