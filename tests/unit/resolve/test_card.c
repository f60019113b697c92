/* SPDX-License-Identifier: Apache-2.0 */
/* What may be said when PostgreSQL did not answer, and that a card always fits. */
#include "resolve/card.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define CHECKED_US INT64_C(1700000000000000)
#define EVENT_US (CHECKED_US + INT64_C(90) * 1000000)

static struct resolve_question
question(void)
{
    return (struct resolve_question){.unit = "SKY-101", .received_us = EVENT_US};
}

/* A unit whose card was last checked 90 s before the press. */
static struct known_unit
unit_with_marker(Larwm__MarkerStatus status, int64_t valid_to_us)
{
    struct known_unit unit = {
        .id = "SKY-101",
        .status = UNIT_IN_SERVICE,
        .mobile = true,
        .holder = 9,
        .held_from_us = CHECKED_US - INT64_C(1000000000),
    };
    Larwm__Card card = LARWM__CARD__INIT;
    Larwm__CaseCard case_card = LARWM__CASE_CARD__INIT;
    Larwm__Place place = LARWM__PLACE__INIT;
    Larwm__Marker marker = LARWM__MARKER__INIT;
    uint8_t bytes[LIMIT_CARD];
    card.status = LARWM__RESOLVE_STATUS__RESOLVE_CHECKED;
    card.checked_us = CHECKED_US;
    card.unit = (char *)"SKY-101";
    card.unit_status = LARWM__UNIT_STATUS__UNIT_IN_SERVICE;
    card.allocation = 9;
    card.case_card = &case_card;
    case_card.id = 3;
    case_card.open = true;
    case_card.reference = (char *)"SW-1";
    card.place = &place;
    place.property = 4;
    card.marker = &marker;
    marker.status = status;
    marker.valid_to_us = valid_to_us;
    marker.valid_from_us = 1;
    unit.card = blob_new(bytes, card_pack(&card, bytes));
    return unit;
}

static struct resolve_answer
answer_of(struct known_unit *unit, const struct resolve_question *asked)
{
    static uint8_t bytes[LIMIT_CARD];
    struct resolve_answer answer;
    size_t size = card_pack_last_known(unit, asked, bytes);
    cr_assert_eq(resolve_answer_from_card(bytes, size, &answer), ERROR_NONE);
    return answer;
}

/* S2 TEST (c) */
Test(card, a_marker_last_seen_active_is_unknown_with_its_last_value_and_age)
{
    struct known_unit unit = unit_with_marker(LARWM__MARKER_STATUS__MARKER_ACTIVE, 0);
    struct resolve_question asked = question();
    struct resolve_answer answer = answer_of(&unit, &asked);
    cr_assert_eq(answer.status, RESOLVE_CACHED);
    cr_assert_eq(answer.marker, MARKER_UNKNOWN);
    cr_assert_eq(answer.marker_last_known, MARKER_ACTIVE);
    cr_assert_eq(answer.marker_last_known_us, CHECKED_US);
    cr_assert(answer.has_case);
    cr_assert_eq(answer.badges, 0);
    blob_release(unit.card);
}

Test(card, a_marker_that_ran_out_meanwhile_is_last_known_as_lapsed)
{
    struct known_unit unit = unit_with_marker(LARWM__MARKER_STATUS__MARKER_ACTIVE, EVENT_US);
    struct resolve_question asked = question();
    cr_assert_eq(answer_of(&unit, &asked).marker_last_known, MARKER_LAPSED);
    asked.received_us = EVENT_US - 1;
    cr_assert_eq(answer_of(&unit, &asked).marker_last_known, MARKER_ACTIVE);
    blob_release(unit.card);
    unit = unit_with_marker(LARWM__MARKER_STATUS__MARKER_WITHDRAWN, 0);
    asked = question();
    cr_assert_eq(answer_of(&unit, &asked).marker_last_known, MARKER_WITHDRAWN);
    cr_assert_eq(answer_of(&unit, &asked).marker, MARKER_UNKNOWN);
    blob_release(unit.card);
}

/* S3 TEST (b), with the database away. */
Test(card, a_press_dated_before_the_present_holder_names_nobody)
{
    struct known_unit unit = unit_with_marker(LARWM__MARKER_STATUS__MARKER_ACTIVE, 0);
    struct resolve_question asked = question();
    asked.device_time_us = unit.held_from_us - 1;
    struct resolve_answer answer = answer_of(&unit, &asked);
    cr_assert(answer.badges & BADGE_BIT(BADGE_EARLIER_ALLOCATION));
    cr_assert_not(answer.has_case);
    cr_assert_eq(answer.property, 0);
    cr_assert_eq(answer.marker_last_known, MARKER_UNKNOWN);
    asked.clock_suspect = true; /* a clock nobody believes says nothing about the holder */
    cr_assert(answer_of(&unit, &asked).has_case);
    blob_release(unit.card);
}

Test(card, a_unit_never_seen_in_the_database_is_unknown_and_not_called_unallocated)
{
    struct known_unit unit = {.id = "SKY-101", .status = UNIT_STOLEN};
    struct resolve_question asked = question();
    struct resolve_answer answer = answer_of(&unit, &asked);
    cr_assert_eq(answer.status, RESOLVE_UNKNOWN);
    cr_assert_eq(answer.badges, BADGE_BIT(BADGE_STOLEN));
    cr_assert_eq(answer.marker, MARKER_UNKNOWN);
    cr_assert(answer.silent);
    answer = answer_of(NULL, &asked);
    cr_assert_eq(answer.badges, BADGE_BIT(BADGE_UNREGISTERED));
}

Test(card, a_card_with_far_too_much_text_still_fits_and_keeps_what_matters)
{
    char *long_text = malloc(100000);
    memset(long_text, 'x', 99999);
    long_text[99999] = '\0';
    Larwm__Card card = LARWM__CARD__INIT;
    Larwm__CaseCard case_card = LARWM__CASE_CARD__INIT;
    Larwm__Place place = LARWM__PLACE__INIT;
    uint8_t bytes[LIMIT_CARD];
    char *hazard = (char *)"dog";
    card.case_card = &case_card;
    card.place = &place;
    case_card.person_name = (char *)"Mared";
    case_card.hazards = &hazard;
    case_card.n_hazards = 1;
    case_card.safety_plan = long_text;
    case_card.wishes = long_text;
    case_card.orders = long_text;
    place.access_notes = long_text;
    place.address = (char *)"1 Stryd";
    size_t size = card_pack(&card, bytes);
    cr_assert_leq(size, LIMIT_CARD);
    Larwm__Card *back = larwm__card__unpack(NULL, size, bytes);
    cr_assert_str_eq(back->case_card->person_name, "Mared");
    cr_assert_str_eq(back->place->address, "1 Stryd");
    cr_assert_eq(back->case_card->n_hazards, 1);
    cr_assert(strstr(back->case_card->safety_plan, "too long") != NULL);
    larwm__card__free_unpacked(back, NULL);
    case_card.reference = long_text;
    cr_assert_leq(card_pack(&card, bytes), LIMIT_CARD);
    free(long_text);
}

Test(card, bytes_that_are_no_card_are_malformed)
{
    struct resolve_answer answer;
    const uint8_t junk[] = {0x0a, 0xff, 0x01};
    cr_assert_eq(resolve_answer_from_card(junk, sizeof(junk), &answer), ERROR_MALFORMED);
}
