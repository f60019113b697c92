/* SPDX-License-Identifier: Apache-2.0 */
/* What a card means for the rules, and what may be said when PostgreSQL did not answer. */
#include "resolve/card.h"
#include "resolve/marker.h"

#include "base/text.h"

#include <string.h>

static void
answer_take_case(struct resolve_answer *answer, const Larwm__CaseCard *c)
{
    if (c == NULL) {
        return;
    }
    answer->has_case = true;
    answer->case_id = c->id;
    answer->case_open = c->open;
    answer->risk = (enum risk)c->risk;
    answer->consent = (enum consent)c->police_consent;
    answer->perpetrator_resident = (enum residence)c->perpetrator_resident;
}

static void
answer_take_place(struct resolve_answer *answer, const Larwm__Place *place)
{
    if (place == NULL) {
        return;
    }
    answer->property = place->property;
    answer->home_latitude = place->latitude;
    answer->home_longitude = place->longitude;
    answer->has_home = place->latitude != 0 || place->longitude != 0;
}

static void
answer_take_card(struct resolve_answer *answer, const Larwm__Card *card)
{
    answer->status = (enum resolve_status)card->status;
    answer->unit_status = (enum unit_status)card->unit_status;
    answer->allocation = card->allocation;
    answer->checked_us = card->checked_us;
    answer->mobile = card->unit_mobile;
    answer->silent = card->silent;
    for (size_t i = 0; i < card->n_badges; i++) {
        if ((unsigned)card->badges[i] < 64) {
            answer->badges |= BADGE_BIT((unsigned)card->badges[i]);
        }
    }
    answer_take_case(answer, card->case_card);
    answer_take_place(answer, card->place);
    if (card->marker != NULL) {
        answer->marker = (enum marker_status)card->marker->status;
        answer->marker_last_known = (enum marker_status)card->marker->last_known;
        answer->marker_last_known_us = card->marker->last_known_us;
    }
    if (card->force != NULL) {
        text_copy(answer->force, sizeof(answer->force), card->force->code);
    }
}

enum error
resolve_answer_from_card(const uint8_t *card, size_t size, struct resolve_answer *ret_answer)
{
    Larwm__Card *unpacked = larwm__card__unpack(NULL, size, card);
    if (unpacked == NULL) {
        return ERROR_MALFORMED;
    }
    memset(ret_answer, 0, sizeof(*ret_answer));
    answer_take_card(ret_answer, unpacked);
    ret_answer->card = card;
    ret_answer->card_size = size;
    larwm__card__free_unpacked(unpacked, NULL);
    return ERROR_NONE;
}

/* The status the marker had when last seen, carried forward to the event time: it may have run out
 * since. Whether it was withdrawn since could not be checked, so the status itself is UNKNOWN. */
static void
marker_make_unverified(Larwm__Marker *marker, int64_t checked_us, int64_t event_us)
{
    const struct marker_validity validity = {
        .valid_from_us = marker->valid_from_us,
        .valid_to_us = marker->valid_to_us,
        .exists = marker->status != LARWM__MARKER_STATUS__MARKER_NONE &&
                  marker->status != LARWM__MARKER_STATUS__MARKER_UNKNOWN,
        .withdrawn = marker->status == LARWM__MARKER_STATUS__MARKER_WITHDRAWN,
    };
    if (marker->status != LARWM__MARKER_STATUS__MARKER_UNKNOWN) {
        marker->last_known = (Larwm__MarkerStatus)marker_status_at(&validity, event_us);
        marker->last_known_us = checked_us;
    }
    marker->status = LARWM__MARKER_STATUS__MARKER_UNKNOWN;
}

static bool
card_has_badge(const Larwm__Card *card, enum badge badge)
{
    for (size_t i = 0; i < card->n_badges; i++) {
        if ((int)card->badges[i] == (int)badge) {
            return true;
        }
    }
    return false;
}

static void
facts_of_card(struct badge_facts *facts, const Larwm__Card *card)
{
    facts->known = card->unit_status != LARWM__UNIT_STATUS__UNIT_UNREGISTERED;
    facts->unit_status = (enum unit_status)card->unit_status;
    facts->mobile = card->unit_mobile;
    facts->allocated = card->allocation != 0;
    facts->resident_moved = card_has_badge(card, BADGE_RESIDENT_MOVED);
    facts->has_case = card->case_card != NULL;
    facts->case_open = facts->has_case && card->case_card->open;
    if (card->place != NULL) {
        facts->home_latitude = card->place->latitude;
        facts->home_longitude = card->place->longitude;
        facts->has_home = facts->home_latitude != 0 || facts->home_longitude != 0;
    }
}

static size_t
pack_unknown(const struct known_unit *unit, const struct resolve_question *question,
             uint8_t to[LIMIT_CARD])
{
    struct badge_facts facts = {0};
    Larwm__Badge badges[64];
    Larwm__Marker marker;
    Larwm__Card card;
    larwm__card__init(&card);
    larwm__marker__init(&marker);
    card.status = LARWM__RESOLVE_STATUS__RESOLVE_UNKNOWN;
    card.unit = (char *)(uintptr_t)question->unit;
    card.silent = true;
    card.marker = &marker; /* UNKNOWN, never checked */
    /* The directory knows the unit, but no card of it was ever seen: who holds it is not known, and
     * "unallocated" would be saying so. */
    card_facts_of_question(&facts, question);
    facts.known = unit != NULL;
    facts.unit_status = unit != NULL ? unit->status : UNIT_UNREGISTERED;
    facts.allocated = true;
    card.unit_status = (Larwm__UnitStatus)facts.unit_status;
    card.unit_mobile = unit != NULL && unit->mobile;
    card.allocation = unit != NULL ? unit->holder : 0;
    card_set_badges(&card, badges, badges_of(&facts));
    return card_pack(&card, to);
}

/* Was the device time before the present holder had the unit? Then the card must not name them,
 * and nobody else can be named without PostgreSQL (S3). */
static bool
is_before_holder(const struct known_unit *unit, const struct resolve_question *question)
{
    return unit->holder != 0 && unit->held_from_us != 0 &&
           badges_clock_is_believed(question->device_time_us, question->received_us,
                                    question->clock_suspect) &&
           question->device_time_us < unit->held_from_us;
}

size_t
card_pack_last_known(const struct known_unit *unit, const struct resolve_question *question,
                     uint8_t to[LIMIT_CARD])
{
    Larwm__Card *card = NULL;
    if (unit != NULL && unit->card != NULL) {
        card = larwm__card__unpack(NULL, unit->card->size, unit->card->bytes);
    }
    if (card == NULL) {
        return pack_unknown(unit, question, to);
    }
    struct badge_facts facts = {0};
    Larwm__Badge badges[64];
    facts_of_card(&facts, card);
    card_facts_of_question(&facts, question);

    /* Copies of each message: what is changed in them must not be freed with the unpacked card. */
    Larwm__Card shown = *card;
    Larwm__CaseCard case_card;
    Larwm__Place place;
    Larwm__Marker none;
    larwm__marker__init(&none);
    Larwm__Marker marker = card->marker != NULL ? *card->marker : none;
    if (card->case_card != NULL) {
        case_card = *card->case_card;
        shown.case_card = &case_card;
    }
    if (card->place != NULL) {
        place = *card->place;
        shown.place = &place;
    }
    shown.status = LARWM__RESOLVE_STATUS__RESOLVE_CACHED;
    if (is_before_holder(unit, question)) {
        facts.earlier_allocation = true;
        facts.has_case = false;
        facts.has_home = false;
        facts.resident_moved = false;
        shown.case_card = NULL;
        shown.place = NULL;
        shown.allocation = 0;
        marker = none;
    }
    bool believed = badges_clock_is_believed(question->device_time_us, question->received_us,
                                             question->clock_suspect);
    marker_make_unverified(&marker, card->checked_us,
                           believed ? question->device_time_us : question->received_us);
    shown.marker = &marker;
    card_set_badges(&shown, badges, badges_of(&facts));
    size_t size = card_pack(&shown, to);
    larwm__card__free_unpacked(card, NULL);
    return size;
}

size_t
card_pack_again(const struct known_unit *unit, const struct resolve_question *question,
                uint8_t to[LIMIT_CARD])
{
    bool recent = question->device_time_us == 0 ||
                  question->received_us - question->device_time_us < BADGES_DELAYED_US;
    if (unit->card == NULL || !recent || is_before_holder(unit, question)) {
        return 0;
    }
    Larwm__Card *card = larwm__card__unpack(NULL, unit->card->size, unit->card->bytes);
    if (card == NULL) {
        return 0;
    }
    struct badge_facts facts = {0};
    Larwm__Badge badges[64];
    Larwm__Card shown = *card;
    facts_of_card(&facts, card);
    card_facts_of_question(&facts, question);
    card_set_badges(&shown, badges, badges_of(&facts));
    size_t size = card_pack(&shown, to);
    larwm__card__free_unpacked(card, NULL);
    return size;
}
