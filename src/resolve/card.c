/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/card.h"

#include "base/pgvalue.h"
#include "base/require.h"

#include <string.h>
#include <strings.h>

#define TOO_LONG "(too long to show: see the case record)"

int
card_word(const char *word, const char *(*text)(int), int count, int otherwise)
{
    for (int value = 0; value < count; value++) {
        if (strcasecmp(word, text(value)) == 0) {
            return value;
        }
    }
    return otherwise;
}

/* One row being read: what the readers of base/pgvalue.h need besides the column. */
struct row
{
    const PGresult *result;
    int number;
};

/* protobuf-c wants char *; it never writes through it when packing. */
static char *
row_text(const struct row *row, enum card_column column)
{
    return (char *)(uintptr_t)pg_read_text(row->result, row->number, (int)column);
}

static int64_t
row_time(const struct row *row, enum card_column column)
{
    return pg_read_time(row->result, row->number, (int)column);
}

static uint64_t
row_id(const struct row *row, enum card_column column)
{
    return (uint64_t)pg_read_int8(row->result, row->number, (int)column);
}

static bool
row_bool(const struct row *row, enum card_column column)
{
    return pg_read_bool(row->result, row->number, (int)column);
}

static size_t
row_list(const struct row *row, enum card_column column, char items[][CARD_ITEM], char **pointers)
{
    struct pg_items list = pg_read_items(row->result, row->number, (int)column);
    size_t count = 0;
    size_t size;
    const uint8_t *item;
    while (count < CARD_ITEMS_MAX && (item = pg_next_item(&list, &size)) != NULL) {
        if (size >= CARD_ITEM) {
            size = CARD_ITEM - 1;
            while (size > 0 && (item[size] & 0xc0) == 0x80) {
                size--; /* never cut inside a character */
            }
        }
        memcpy(items[count], item, size);
        items[count][size] = '\0';
        pointers[count] = items[count];
        count++;
    }
    return count;
}

static void
read_case(struct card_draft *draft, const struct row *row)
{
    Larwm__CaseCard *c = &draft->case_card;
    larwm__case_card__init(c);
    c->id = row_id(row, CARD_COLUMN_case_id);
    if (c->id == 0) {
        return;
    }
    draft->card.case_card = c;
    c->reference = row_text(row, CARD_COLUMN_case_reference);
    c->category = row_text(row, CARD_COLUMN_category);
    c->open = row_bool(row, CARD_COLUMN_case_open);
    c->risk = (Larwm__Risk)card_word(row_text(row, CARD_COLUMN_risk), risk_text, RISK_VERY_HIGH + 1,
                                     RISK_UNKNOWN);
    c->risk_assessed_us = row_time(row, CARD_COLUMN_risk_assessed_at);
    c->person_name = row_text(row, CARD_COLUMN_person_name);
    c->alias = row_text(row, CARD_COLUMN_alias);
    c->born = row_text(row, CARD_COLUMN_born);
    c->telephone = row_text(row, CARD_COLUMN_telephone);
    c->language = row_text(row, CARD_COLUMN_language);
    c->needs = row_text(row, CARD_COLUMN_needs);
    c->safe_contact = row_text(row, CARD_COLUMN_safe_contact);
    c->may_call = row_bool(row, CARD_COLUMN_may_call);
    c->may_text = row_bool(row, CARD_COLUMN_may_text);
    c->may_speak = row_bool(row, CARD_COLUMN_may_speak);
    c->code_word = row_text(row, CARD_COLUMN_code_word);
    c->cover_story = row_text(row, CARD_COLUMN_cover_story);
    c->n_hazards = row_list(row, CARD_COLUMN_hazards, draft->hazards, draft->hazard_pointers);
    c->hazards = draft->hazard_pointers;
    c->perpetrator_resident =
        (Larwm__Residence)card_word(row_text(row, CARD_COLUMN_perpetrator_resident), residence_text,
                                    RESIDENCE_YES + 1, RESIDENCE_UNKNOWN);
    c->perpetrator = row_text(row, CARD_COLUMN_perpetrator);
    c->n_household =
        row_list(row, CARD_COLUMN_household, draft->household, draft->household_pointers);
    c->household = draft->household_pointers;
    c->police_consent =
        (Larwm__Consent)card_word(row_text(row, CARD_COLUMN_police_consent), consent_text,
                                  CONSENT_NO + 1, CONSENT_NOT_RECORDED);
    c->wishes = row_text(row, CARD_COLUMN_wishes);
    c->safety_plan = row_text(row, CARD_COLUMN_safety_plan);
    c->marac_us = row_time(row, CARD_COLUMN_marac_at);
    c->orders = row_text(row, CARD_COLUMN_orders);
    c->safe_contact_reviewed_us = row_time(row, CARD_COLUMN_safe_contact_reviewed_at);
}

static void
read_place(struct card_draft *draft, const struct row *row)
{
    Larwm__Place *p = &draft->place;
    larwm__place__init(p);
    p->property = row_id(row, CARD_COLUMN_property_id);
    if (p->property == 0) {
        return;
    }
    draft->card.place = p;
    p->address = row_text(row, CARD_COLUMN_address);
    p->town = row_text(row, CARD_COLUMN_town);
    p->postcode = row_text(row, CARD_COLUMN_postcode);
    p->access_notes = row_text(row, CARD_COLUMN_access_notes);
    p->latitude = pg_read_float8(row->result, row->number, CARD_COLUMN_latitude);
    p->longitude = pg_read_float8(row->result, row->number, CARD_COLUMN_longitude);
    p->confidential = row_bool(row, CARD_COLUMN_confidential);
    p->authority = row_text(row, CARD_COLUMN_authority);
    p->tenure = row_text(row, CARD_COLUMN_tenure);
}

static void
read_marker(struct card_draft *draft, const struct row *row)
{
    Larwm__Marker *m = &draft->marker;
    larwm__marker__init(m);
    draft->card.marker = m;
    m->status =
        (Larwm__MarkerStatus)card_word(row_text(row, CARD_COLUMN_marker_status), marker_status_text,
                                       MARKER_WITHDRAWN + 1, MARKER_UNKNOWN);
    m->reference = row_text(row, CARD_COLUMN_marker_reference);
    m->kind = row_text(row, CARD_COLUMN_marker_kind);
    m->text = row_text(row, CARD_COLUMN_marker_text);
    m->valid_from_us = row_time(row, CARD_COLUMN_marker_valid_from);
    m->valid_to_us = row_time(row, CARD_COLUMN_marker_valid_to);
    m->review_us = row_time(row, CARD_COLUMN_marker_review_by);
    m->force = row_text(row, CARD_COLUMN_marker_force);
    m->withdrawn_reason = row_text(row, CARD_COLUMN_marker_withdrawn_reason);
    larwm__force__init(&draft->force);
    draft->force.code = row_text(row, CARD_COLUMN_force_code);
    draft->force.name = row_text(row, CARD_COLUMN_force_name);
    draft->force.telephone = row_text(row, CARD_COLUMN_force_telephone);
    if (draft->force.code[0] != '\0') {
        draft->card.force = &draft->force;
    }
}

static void
read_facts(struct card_draft *draft, const struct row *row)
{
    struct badge_facts *facts = &draft->facts;
    memset(facts, 0, sizeof(*facts));
    facts->known = row_bool(row, CARD_COLUMN_known);
    facts->unit_status = (enum unit_status)draft->card.unit_status;
    facts->mobile = draft->card.unit_mobile;
    facts->allocated = draft->card.allocation != 0;
    facts->earlier_allocation = row_bool(row, CARD_COLUMN_earlier_allocation);
    facts->resident_moved = row_bool(row, CARD_COLUMN_resident_moved);
    facts->has_case = draft->card.case_card != NULL;
    facts->case_open = facts->has_case && draft->case_card.open;
    facts->home_latitude = draft->place.latitude;
    facts->home_longitude = draft->place.longitude;
    facts->has_home =
        draft->card.place != NULL && (facts->home_latitude != 0 || facts->home_longitude != 0);
}

void
card_draft_read(struct card_draft *draft, const PGresult *result, int number, int64_t checked_us)
{
    const struct row row = {.result = result, .number = number};
    Larwm__Card *card = &draft->card;
    larwm__card__init(card);
    card->status = LARWM__RESOLVE_STATUS__RESOLVE_CHECKED;
    card->checked_us = checked_us;
    card->unit = row_text(&row, CARD_COLUMN_unit);
    card->unit_model = row_text(&row, CARD_COLUMN_unit_model);
    card->unit_status =
        (Larwm__UnitStatus)card_word(row_text(&row, CARD_COLUMN_unit_status), unit_status_text,
                                     UNIT_RETIRED + 1, UNIT_UNREGISTERED);
    card->unit_mobile = row_bool(&row, CARD_COLUMN_unit_mobile);
    card->allocation = row_id(&row, CARD_COLUMN_allocation_id);
    card->linked_case = row_text(&row, CARD_COLUMN_linked_case);
    card->silent = row_bool(&row, CARD_COLUMN_silent) || !row_bool(&row, CARD_COLUMN_known);
    read_case(draft, &row);
    read_place(draft, &row);
    read_marker(draft, &row);
    read_facts(draft, &row);
}

void
card_facts_of_question(struct badge_facts *facts, const struct resolve_question *question)
{
    facts->has_fix = question->has_fix;
    facts->latitude = question->latitude;
    facts->longitude = question->longitude;
    facts->accuracy_m = question->accuracy_m;
    facts->fix_time_us = question->fix_time_us;
    facts->device_time_us = question->device_time_us;
    facts->received_us = question->received_us;
    facts->clock_suspect = question->clock_suspect;
    facts->credential_expired = question->credential_expired;
    facts->unreadable = question->unreadable;
}

void
card_set_badges(Larwm__Card *card, Larwm__Badge badges[64], uint64_t bits)
{
    card->n_badges = 0;
    card->badges = badges;
    for (unsigned badge = 0; badge < 64; badge++) {
        if ((bits & BADGE_BIT(badge)) != 0) {
            badges[card->n_badges++] = (Larwm__Badge)badge;
        }
    }
}

/* Replaces one text when the card is still too large. */
static void
shorten(const Larwm__Card *card, char **text)
{
    if (larwm__card__get_packed_size(card) > LIMIT_CARD && strlen(*text) > sizeof(TOO_LONG)) {
        *text = (char *)(uintptr_t)TOO_LONG;
    }
}

static void
card_make_fit(Larwm__Card *card)
{
    Larwm__CaseCard *c = card->case_card;
    if (c != NULL) {
        shorten(card, &c->safety_plan);
        shorten(card, &c->orders);
        shorten(card, &c->cover_story);
        shorten(card, &c->perpetrator);
        shorten(card, &c->wishes);
        if (larwm__card__get_packed_size(card) > LIMIT_CARD && c->n_household > 4) {
            c->n_household = 4;
        }
        shorten(card, &c->needs);
    }
    if (card->marker != NULL) {
        shorten(card, &card->marker->withdrawn_reason);
        shorten(card, &card->marker->text);
    }
    if (card->place != NULL) {
        shorten(card, &card->place->access_notes);
    }
    if (c != NULL) {
        shorten(card, &c->safe_contact);
        while (larwm__card__get_packed_size(card) > LIMIT_CARD && c->n_hazards > 4) {
            c->n_hazards--;
        }
        shorten(card, &c->category);
        shorten(card, &c->telephone);
        shorten(card, &c->code_word);
        shorten(card, &c->alias);
        shorten(card, &c->person_name);
    }
    if (card->place != NULL) {
        shorten(card, &card->place->address);
        shorten(card, &card->place->town);
    }
}

size_t
card_pack(Larwm__Card *card, uint8_t to[LIMIT_CARD])
{
    if (larwm__card__get_packed_size(card) > LIMIT_CARD) {
        card_make_fit(card);
    }
    if (larwm__card__get_packed_size(card) > LIMIT_CARD) {
        /* Somebody filled every reference with kilobytes: the labels still come through. */
        card->case_card = NULL;
        card->place = NULL;
        card->marker = NULL;
        card->force = NULL;
        card->unit_model = (char *)(uintptr_t)TOO_LONG;
        card->linked_case = (char *)(uintptr_t) "";
        card->status = LARWM__RESOLVE_STATUS__RESOLVE_UNKNOWN;
    }
    require(larwm__card__get_packed_size(card) <= LIMIT_CARD);
    return larwm__card__pack(card, to);
}

size_t
card_pack_unregistered(const struct resolve_question *question, int64_t now_us,
                       uint8_t to[LIMIT_CARD])
{
    struct badge_facts facts = {0};
    Larwm__Badge badges[64];
    Larwm__Marker marker;
    Larwm__Card card;
    larwm__card__init(&card);
    larwm__marker__init(&marker);
    card_facts_of_question(&facts, question);
    card_set_badges(&card, badges, badges_of(&facts));
    card.status = LARWM__RESOLVE_STATUS__RESOLVE_CHECKED;
    card.checked_us = now_us;
    card.unit = (char *)(uintptr_t)question->unit;
    card.silent = true;
    /* There is no place a marker could be on. */
    marker.status = LARWM__MARKER_STATUS__MARKER_NONE;
    card.marker = &marker;
    return card_pack(&card, to);
}
