/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cards: from a row of larwm.resolve() to a packed larwm.Card, and from the last known card to the
 * one that may be shown when PostgreSQL did not answer. No I/O; the desk's thread.
 */
#ifndef RESOLVE_CARD_H
#define RESOLVE_CARD_H

#include "card.pb-c.h"
#include "resolve/badges.h"
#include "resolve/known.h"
#include "resolve/resolve.h"

#include <libpq-fe.h>

/* The columns asked of larwm.resolve() and larwm.resolve_case(), in this order. */
#define CARD_COLUMN_LIST(X)                                                                        \
    X(idx)                                                                                         \
    X(known)                                                                                       \
    X(unit)                                                                                        \
    X(unit_status)                                                                                 \
    X(unit_model)                                                                                  \
    X(unit_mobile)                                                                                 \
    X(silent)                                                                                      \
    X(allocation_id)                                                                               \
    X(earlier_allocation)                                                                          \
    X(linked_case)                                                                                 \
    X(case_id)                                                                                     \
    X(case_reference)                                                                              \
    X(category)                                                                                    \
    X(case_open)                                                                                   \
    X(risk)                                                                                        \
    X(risk_assessed_at)                                                                            \
    X(person_name)                                                                                 \
    X(alias)                                                                                       \
    X(born)                                                                                        \
    X(telephone)                                                                                   \
    X(language)                                                                                    \
    X(needs)                                                                                       \
    X(safe_contact)                                                                                \
    X(may_call)                                                                                    \
    X(may_text)                                                                                    \
    X(may_speak)                                                                                   \
    X(code_word)                                                                                   \
    X(cover_story)                                                                                 \
    X(hazards)                                                                                     \
    X(perpetrator_resident)                                                                        \
    X(perpetrator)                                                                                 \
    X(household)                                                                                   \
    X(police_consent)                                                                              \
    X(wishes)                                                                                      \
    X(safety_plan)                                                                                 \
    X(marac_at)                                                                                    \
    X(orders)                                                                                      \
    X(safe_contact_reviewed_at)                                                                    \
    X(property_id)                                                                                 \
    X(address)                                                                                     \
    X(town)                                                                                        \
    X(postcode)                                                                                    \
    X(access_notes)                                                                                \
    X(latitude)                                                                                    \
    X(longitude)                                                                                   \
    X(confidential)                                                                                \
    X(authority)                                                                                   \
    X(tenure)                                                                                      \
    X(resident_moved)                                                                              \
    X(marker_status)                                                                               \
    X(marker_reference)                                                                            \
    X(marker_kind)                                                                                 \
    X(marker_text)                                                                                 \
    X(marker_valid_from)                                                                           \
    X(marker_valid_to)                                                                             \
    X(marker_review_by)                                                                            \
    X(marker_force)                                                                                \
    X(marker_withdrawn_reason)                                                                     \
    X(force_code)                                                                                  \
    X(force_name)                                                                                  \
    X(force_telephone)

enum card_column
{
#define X(name) CARD_COLUMN_##name,
    CARD_COLUMN_LIST(X)
#undef X
        CARD_COLUMN_COUNT
};

#define CARD_ITEMS_MAX 24 /* hazards; household members */
#define CARD_ITEM 256     /* one of them, with the closing NUL */

/* A card under construction: every message it is made of, and room for list items. Texts point
 * into the result it is read from. */
struct card_draft
{
    Larwm__Card card;
    Larwm__CaseCard case_card;
    Larwm__Place place;
    Larwm__Marker marker;
    Larwm__Force force;
    Larwm__Badge badges[64];
    char *hazard_pointers[CARD_ITEMS_MAX];
    char *household_pointers[CARD_ITEMS_MAX];
    char hazards[CARD_ITEMS_MAX][CARD_ITEM];
    char household[CARD_ITEMS_MAX][CARD_ITEM];
    struct badge_facts facts; /* the records' half */
};

/* Reads one row; `checked_us` is when the answer came. `draft` lives as long as `result`. */
void card_draft_read(struct card_draft *draft, const PGresult *result, int row, int64_t checked_us);

/* The signal's half of the facts. */
void card_facts_of_question(struct badge_facts *facts, const struct resolve_question *question);

/* Sets card->badges from bits; `badges` holds 64. */
void card_set_badges(Larwm__Card *card, Larwm__Badge badges[64], uint64_t bits);

/*
 * Packs `card` into `to`. A card over LIMIT_CARD is made to fit by replacing its long texts, the
 * least urgent first, with a note that they are too long, so name, address, hazards, safe contact
 * and marker always fit. Returns the size.
 */
size_t card_pack(Larwm__Card *card, uint8_t to[LIMIT_CARD]);

/* The card of a unit nobody knows. Returns the size. */
size_t card_pack_unregistered(const struct resolve_question *question, int64_t now_us,
                              uint8_t to[LIMIT_CARD]);

/*
 * The card from the last known record: RESOLVE_CACHED with the marker UNKNOWN and its last known
 * status at the event time, or RESOLVE_UNKNOWN when there is none. `unit` may be NULL.
 * A device time before the present holder had the unit withholds the case (S3). Returns the size.
 */
size_t card_pack_last_known(const struct known_unit *unit, const struct resolve_question *question,
                            uint8_t to[LIMIT_CARD]);

/*
 * The card PostgreSQL gave a moment ago, for another signal of the same unit: everything as
 * checked, the badges of this signal. Returns the size, or 0 when that card cannot speak for it: an
 * event of an earlier time may be somebody else's.
 */
size_t card_pack_again(const struct known_unit *unit, const struct resolve_question *question,
                       uint8_t to[LIMIT_CARD]);

/* The value whose word this is, compared without regard to case; `otherwise` when none is. */
int card_word(const char *word, const char *(*text)(int), int count, int otherwise);

#endif
