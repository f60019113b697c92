/* SPDX-License-Identifier: Apache-2.0 */
/* What triage takes out of a card: the facts that decide, and the card itself, packed, to be shown.
 */
#include "base/hash.h"
#include "triage/state.h"

#include <string.h>

static uint8_t
card_enum(int value, int max)
{
    return value >= 0 && value <= max ? (uint8_t)value : 0;
}

static uint64_t
card_hash_text(uint64_t hash, const char *text)
{
    return text == NULL ? hash_bytes(hash, "", 1) : hash_bytes(hash, text, strlen(text) + 1);
}

static uint64_t
card_hash_marker(uint64_t hash, const Larwm__Marker *marker)
{
    if (marker == NULL) {
        return hash_bytes(hash, "", 1);
    }
    int64_t numbers[3] = {(int64_t)marker->status, (int64_t)marker->last_known,
                          marker->valid_to_us};
    hash = hash_bytes(hash, numbers, sizeof(numbers));
    return card_hash_text(hash, marker->reference);
}

/* Over what the police and the operator must hear about when it changes. */
static uint64_t
card_hash(const Larwm__Card *card)
{
    uint64_t hash = card_hash_marker(17, card->marker);
    const Larwm__CaseCard *person = card->case_card;
    if (person != NULL) {
        int64_t numbers[3] = {(int64_t)person->id, (int64_t)person->perpetrator_resident,
                              (int64_t)person->police_consent};
        hash = hash_bytes(hash, numbers, sizeof(numbers));
        for (size_t i = 0; i < person->n_hazards; i++) {
            hash = card_hash_text(hash, person->hazards[i]);
        }
    }
    if (card->place != NULL) {
        hash = hash_bytes(hash, &card->place->property, sizeof(card->place->property));
        hash = card_hash_text(hash, card->place->address);
        hash = card_hash_text(hash, card->place->access_notes);
    }
    return hash;
}

static uint32_t
card_badge_bits(const Larwm__Badge *list, size_t count)
{
    uint32_t badges = 0;
    for (size_t i = 0; i < count; i++) {
        int badge = (int)list[i];
        if (badge > BADGE_NONE && badge <= BADGE_MASS_LOSS) {
            badges |= UINT32_C(1) << badge;
        }
    }
    return badges;
}

static bool
card_unit_blocked(uint32_t badges, uint8_t unit_status)
{
    const uint32_t blocking = UINT32_C(1) << BADGE_LOST | UINT32_C(1) << BADGE_STOLEN |
                              UINT32_C(1) << BADGE_UNREGISTERED | UINT32_C(1) << BADGE_UNALLOCATED;
    return (badges & blocking) != 0 || unit_status == UNIT_LOST || unit_status == UNIT_STOLEN;
}

void
card_read(const Larwm__Card *card, struct card_facts *ret_facts)
{
    struct card_facts facts = {.resolve = RESOLVE_PENDING, .silent = true};
    if (card != NULL) {
        facts.resolve = card_enum((int)card->status, RESOLVE_UNKNOWN);
        facts.allocation = card->allocation;
        facts.badges = card_badge_bits(card->badges, card->n_badges);
        facts.unit_status = card_enum((int)card->unit_status, UNIT_RETIRED);
        facts.unit_blocked = card_unit_blocked(facts.badges, facts.unit_status);
        facts.silent = card->silent;
        facts.hash = card_hash(card);
    }
    if (card != NULL && card->case_card != NULL) {
        facts.case_id = card->case_card->id;
        facts.risk = card_enum((int)card->case_card->risk, RISK_VERY_HIGH);
        facts.consent = card_enum((int)card->case_card->police_consent, CONSENT_NO);
    }
    if (card != NULL && card->place != NULL) {
        facts.property = card->place->property;
    }
    if (card != NULL && card->marker != NULL) {
        facts.marker = card_enum((int)card->marker->status, MARKER_WITHDRAWN);
        facts.marker_last_known = card_enum((int)card->marker->last_known, MARKER_WITHDRAWN);
        facts.marker_last_known_us = card->marker->last_known_us;
    }
    *ret_facts = facts;
}

bool
card_read_again(const struct triage_incident *incident, const Larwm__Badge *badges,
                size_t badges_count, struct card_facts *ret_facts)
{
    uint32_t risk = 0;
    bool silent = true;
    if (!card_peek(incident->card, incident->card_size, &silent, &risk)) {
        return false;
    }
    uint32_t bits = card_badge_bits(badges, badges_count);
    *ret_facts = (struct card_facts){
        .case_id = incident->case_id,
        .property = incident->property,
        .allocation = incident->allocation,
        .hash = incident->card_hash,
        .marker_last_known_us = incident->marker_last_known_us,
        .badges = bits,
        .resolve = incident->resolve,
        .risk = card_enum((int)risk, RISK_VERY_HIGH),
        .unit_status = incident->unit_status,
        .marker = incident->marker,
        .marker_last_known = incident->marker_last_known,
        .consent = incident->consent,
        .unit_blocked = card_unit_blocked(bits, incident->unit_status),
        .silent = silent,
    };
    return true;
}

void
card_apply(struct triage_incident *incident, const Larwm__Card *card,
           const struct card_facts *facts)
{
    incident->case_id = facts->case_id;
    incident->property = facts->property;
    incident->allocation = facts->allocation;
    incident->resolve = facts->resolve;
    incident->unit_status = facts->unit_status;
    incident->unit_blocked = facts->unit_blocked;
    incident->marker = facts->marker;
    incident->marker_last_known = facts->marker_last_known;
    incident->marker_last_known_us = facts->marker_last_known_us;
    incident->consent = facts->consent;
    incident->card_hash = facts->hash;
    incident->receipt_silent = facts->silent || incident->silent;
    incident->badges = incident->signal_badges | facts->badges;
    incident->card_turn++;
    size_t size = larwm__card__get_packed_size(card);
    if (size <= LIMIT_CARD) {
        incident->card_size = (uint32_t)larwm__card__pack(card, incident->card);
    } else {
        incident->card_size = 0; /* resolve keeps cards within the limit; better none than half */
    }
}
