/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit that signals again mostly gets the card it got before. Its answer then names the incident
 * that holds that card instead of carrying it (docs/decisions/0019).
 *
 * Happy path: the desk asks which incident holds the very card (triage_as_before); the record names
 * it and which of its cards it was; applied, the facts are read from what that incident holds.
 * Failures: the incident is gone, closed or has another card by the time the record is applied: the
 * signal goes on waiting and is asked for again. Only the state at that record counts, so a replay
 * decides the same.
 */
#include "triage/state.h"

static bool
as_before_holds(const struct triage_incident *incident)
{
    return incident != NULL && incident->state != INCIDENT_CLOSED && !incident->mass &&
           incident->card_size != 0 && incident->card_turn != 0 &&
           incident->resolve == RESOLVE_CHECKED;
}

uint64_t
triage_as_before(const struct triage *triage, uint64_t pos, const uint8_t *card, size_t size)
{
    struct triage *mine = (struct triage *)triage; /* the finders change nothing */
    const struct arrival *arrival = waiting_find(mine, pos);
    const struct unit *unit = arrival == NULL ? NULL : unit_find(mine, arrival->unit_key);
    if (unit == NULL || arrival->loss) {
        return 0;
    }
    uint64_t ids[2] = {arrival->test ? unit->test_incident : unit->incident, unit->technical};
    for (unsigned i = 0; i < 2; i++) {
        const struct triage_incident *incident = triage_find(triage, ids[i]);
        if (as_before_holds(incident) &&
            card_is_same(incident->card, incident->card_size, card, size)) {
            return incident->id;
        }
    }
    return 0;
}

bool
answer_card_of(struct triage *triage, const Larwm__Journal__Resolved *resolved,
               struct answer_card *ret_card, struct card_facts *ret_facts)
{
    *ret_card = (struct answer_card){.card = resolved->card};
    if (resolved->card != NULL || resolved->as_before == 0) {
        card_read(resolved->card, ret_facts);
        return true;
    }
    const struct triage_incident *holder = triage_find(triage, resolved->as_before);
    if (!as_before_holds(holder) || holder->card_turn != resolved->card_turn) {
        return false;
    }
    ret_card->named = resolved;
    ret_card->holder = holder;
    return card_read_again(holder, resolved->badges, resolved->n_badges, ret_facts);
}

const Larwm__Card *
answer_card_take(struct answer_card *card)
{
    if (card->holder == NULL) {
        return card->card;
    }
    card->unpacked = larwm__card__unpack(NULL, card->holder->card_size, card->holder->card);
    card->holder = NULL;
    if (card->unpacked != NULL) {
        card->shown = *card->unpacked;
        card->shown.checked_us = card->named->checked_us;
        card->shown.n_badges = card->named->n_badges;
        card->shown.badges = card->named->badges;
        card->card = &card->shown;
    }
    return card->card;
}

void
answer_card_free(struct answer_card *card)
{
    if (card->unpacked != NULL) {
        larwm__card__free_unpacked(card->unpacked, NULL);
        card->unpacked = NULL;
    }
}
