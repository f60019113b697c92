/* SPDX-License-Identifier: Apache-2.0 */
/* Statements in flight: what is sent to PostgreSQL for questions, and what its rows become. */
#include "resolve/lookup_batch.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/stages.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_MAGIC 0x62617463

/* One statement in flight. */
struct lookup_batch
{
    uint32_t magic;
    struct lookup *lookup;
    unsigned count;
    bool counted;     /* in lookup->statements */
    uint64_t sent_ms; /* monotonic */
    struct lookup_item *items[RESOLVE_BATCH_MAX];
};

#define X(name) #name ", "
/* The list ends with a constant so that the comma of the last column has something after it. */
#define COLUMNS CARD_COLUMN_LIST(X) "0"
static const char sql_resolve[] =
    "SELECT " COLUMNS " FROM larwm.resolve($1::text[], $2::timestamptz[], $3::timestamptz[])";
static const char sql_resolve_case[] =
    "SELECT " COLUMNS " FROM larwm.resolve_case($1::text, $2::text, $3::timestamptz)";
#undef COLUMNS
#undef X
static const char sql_last_holder[] = "SELECT larwm.last_holder($1::text, $2::timestamptz)";

void
lookup_prepare_statements(struct lookup *lookup)
{
    pglink_prepare(lookup->link, "resolve", sql_resolve);
    pglink_prepare(lookup->link, "resolve_case", sql_resolve_case);
    pglink_prepare(lookup->link, "last_holder", sql_last_holder);
}

/* Keeps the card for the day PostgreSQL is away. Only a card as of now may be kept: one for an
 * earlier event time may be about somebody else. */
static void
keep_card(struct lookup *lookup, const char *id, uint64_t asked_ms)
{
    struct known_unit *unit = known_find(lookup->known, id);
    if (unit == NULL || lookup->draft.facts.earlier_allocation || !lookup->draft.facts.known) {
        return;
    }
    uint8_t bytes[LIMIT_CARD];
    Larwm__Badge badges[64];
    Larwm__Card card = lookup->draft.card;
    card_set_badges(&card, badges,
                    lookup->draft.facts.resident_moved ? BADGE_BIT(BADGE_RESIDENT_MOVED) : 0);
    size_t size = card_pack(&card, bytes);
    struct blob *blob = blob_new(bytes, size);
    if (blob != NULL) {
        known_set_card(unit, blob);
        unit->card_ms = asked_ms;
        *lookup->dirty = true;
    }
}

static void
take_row(struct lookup *lookup, struct lookup_item *item, const PGresult *result, int row,
         uint64_t asked_ms)
{
    struct badge_facts facts;
    uint8_t bytes[LIMIT_CARD];
    struct resolve_answer answer;
    card_draft_read(&lookup->draft, result, row, clock_wall_us());
    const struct resolve_question *question = &item->question;
    if (item->kind == LOOKUP_UNIT &&
        (question->device_time_us == 0 ||
         question->received_us - question->device_time_us < BADGES_DELAYED_US)) {
        keep_card(lookup, question->unit, asked_ms);
    }
    facts = lookup->draft.facts;
    card_facts_of_question(&facts, question);
    card_set_badges(&lookup->draft.card, lookup->draft.badges, badges_of(&facts));
    size_t size = card_pack(&lookup->draft.card, bytes);
    enum error error = resolve_answer_from_card(bytes, size, &answer);
    require(error == ERROR_NONE);
    if (!item->answered) {
        stage_between(STAGE_RESOLVE, item->asked_us, clock_mono_us());
    }
    if (item->kind == LOOKUP_CASE) {
        if (!item->answered) {
            lookup->callbacks.on_case(lookup->callbacks.data, question->key, ERROR_NONE, &answer);
        }
    } else if (item->answered) {
        counter_add(resolve_late, 1);
        lookup->callbacks.on_late_answer(lookup->callbacks.data, question->key, &answer);
    } else {
        lookup->callbacks.on_answer(lookup->callbacks.data, question->key, &answer);
    }
}

static void
batch_on_units(void *data, unsigned statement, const PGresult *result)
{
    struct lookup_batch *batch = checked_cast(data, struct lookup_batch, BATCH_MAGIC);
    for (int row = 0; row < PQntuples(result); row++) {
        int64_t idx = pg_read_int8(result, row, CARD_COLUMN_idx);
        if (idx < 1 || idx > batch->count || batch->items[idx - 1] == NULL) {
            continue;
        }
        struct lookup_item *item = batch->items[idx - 1];
        batch->items[idx - 1] = NULL;
        lookup_item_settle(batch->lookup, item);
        take_row(batch->lookup, item, result, row, batch->sent_ms);
        lookup_item_free(batch->lookup, item);
    }
}

/* ATTACH and REVEAL: one question a statement. */
static void
batch_on_single(void *data, unsigned statement, const PGresult *result)
{
    struct lookup_batch *batch = checked_cast(data, struct lookup_batch, BATCH_MAGIC);
    struct lookup *lookup = batch->lookup;
    struct lookup_item *item = batch->items[0];
    batch->items[0] = NULL;
    lookup_item_settle(lookup, item);
    if (item->answered) {
        lookup_item_free(lookup,
                         item); /* it was answered at its deadline; an act is not answered twice */
        return;
    }
    bool found = PQntuples(result) > 0 && !pg_read_is_null(result, 0, 0);
    if (item->kind == LOOKUP_CASE && found) {
        take_row(lookup, item, result, 0, 0);
    } else if (item->kind == LOOKUP_CASE) {
        lookup->callbacks.on_case(lookup->callbacks.data, item->question.key, ERROR_NOT_FOUND,
                                  NULL);
    } else {
        lookup->callbacks.on_holder(lookup->callbacks.data, item->question.key,
                                    found ? ERROR_NONE : ERROR_NOT_FOUND,
                                    found ? pg_read_text(result, 0, 0) : NULL);
    }
    lookup_item_free(lookup, item);
}

static void
batch_on_end(void *data, const struct pglink_outcome *outcome)
{
    struct lookup_batch *batch = checked_cast(data, struct lookup_batch, BATCH_MAGIC);
    struct lookup *lookup = batch->lookup;
    for (unsigned i = 0; i < batch->count; i++) {
        struct lookup_item *item = batch->items[i];
        if (item == NULL) {
            continue;
        }
        lookup_item_settle(lookup, item);
        if (!item->answered) {
            lookup_answer_without(lookup, item, ERROR_DATABASE);
        }
        lookup_item_free(lookup, item);
    }
    if (batch->counted) {
        lookup->statements -= 1;
        lookup->overdue = false;
    }
    lookup->callbacks.on_answers_end(lookup->callbacks.data);
    if (lookup->owed && outcome->ok) {
        lookup->owed = false;
        lookup->callbacks.on_changed(lookup->callbacks.data, "late");
    }
    lookup_arm_deadline(lookup);
    lookup_wake(lookup);
    if (!outcome->ok && !outcome->lost) {
        log_error("resolve", "PostgreSQL refused a look-up: SQLSTATE %s", outcome->sqlstate);
        lookup->on_statement_refused(lookup->refused_data, outcome->sqlstate);
    }
    batch->magic = 0;
    free(batch);
}

struct lookup_batch *
lookup_batch_new(struct lookup *lookup)
{
    struct lookup_batch *batch = calloc(1, sizeof(*batch));
    if (batch != NULL) {
        batch->magic = BATCH_MAGIC;
        batch->lookup = lookup;
    }
    return batch;
}

/* PostgreSQL decides by this instant; null: by when it was received. */
static int64_t
event_time_us(const struct resolve_question *question)
{
    return badges_clock_is_believed(question->device_time_us, question->received_us,
                                    question->clock_suspect)
               ? question->device_time_us
               : 0;
}

static void
units_begin(struct lookup *lookup)
{
    pg_array_begin(&lookup->units, PG_OID_TEXT);
    pg_array_begin(&lookup->at, PG_OID_TIMESTAMPTZ);
    pg_array_begin(&lookup->received, PG_OID_TIMESTAMPTZ);
}

static void
units_add(struct lookup *lookup, const char *unit, int64_t at_us, int64_t received_us)
{
    pg_array_add_bytes(&lookup->units, unit, strlen(unit));
    pg_array_add_time(&lookup->at, at_us);
    pg_array_add_time(&lookup->received, received_us);
}

static bool
units_send(struct lookup *lookup, const struct pglink_handler *handler)
{
    struct pglink_params params = {0};
    pg_array_finish(&lookup->units);
    pg_array_finish(&lookup->at);
    pg_array_finish(&lookup->received);
    if (lookup->units.failed || lookup->at.failed || lookup->received.failed) {
        return false;
    }
    pglink_param(&params, lookup->units.bytes, lookup->units.size);
    pglink_param(&params, lookup->at.bytes, lookup->at.size);
    pglink_param(&params, lookup->received.bytes, lookup->received.size);
    pglink_execute(lookup->link, "resolve", &params);
    pglink_end(lookup->link, handler);
    return true;
}

void
lookup_batch_send(struct lookup *lookup, struct lookup_batch *batch)
{
    const struct pglink_handler handler = {
        .data = batch,
        .on_result = batch_on_units,
        .on_end = batch_on_end,
    };
    units_begin(lookup);
    batch->sent_ms = clock_mono_ms();
    for (unsigned i = 0; i < batch->count; i++) {
        const struct resolve_question *question = &batch->items[i]->question;
        units_add(lookup, question->unit, event_time_us(question), question->received_us);
    }
    batch->counted = true;
    lookup->statements += 1;
    lookup_gather_sent(lookup, batch->count);
    if (!units_send(lookup, &handler)) {
        lookup_batch_lose(batch);
    }
}

void
lookup_batch_lose(struct lookup_batch *batch)
{
    const struct pglink_outcome lost = {.lost = true};
    batch_on_end(batch, &lost);
}

bool
lookup_batch_add(struct lookup_batch *batch, struct lookup_item *item)
{
    batch->items[batch->count++] = item;
    return batch->count == RESOLVE_BATCH_MAX;
}

void
lookup_send_single(struct lookup *lookup, struct lookup_item *item)
{
    struct lookup_batch *batch = lookup_batch_new(lookup);
    if (batch == NULL) {
        lookup_item_settle(lookup, item);
        lookup_answer_without(lookup, item, ERROR_MEMORY);
        lookup_item_free(lookup, item);
        return;
    }
    const struct pglink_handler handler = {
        .data = batch,
        .on_result = batch_on_single,
        .on_end = batch_on_end,
    };
    const struct resolve_question *question = &item->question;
    uint8_t at[8];
    struct pglink_params params = {0};
    batch->items[batch->count++] = item;
    if (item->kind == LOOKUP_CASE) {
        pg_write_time(at, question->received_us);
        pglink_param(&params, item->case_reference, strlen(item->case_reference));
    } else {
        pg_write_time(at, question->device_time_us);
    }
    pglink_param(&params, question->unit, strlen(question->unit));
    pglink_param(&params, at, sizeof(at));
    pglink_execute(lookup->link, item->kind == LOOKUP_CASE ? "resolve_case" : "last_holder",
                   &params);
    pglink_end(lookup->link, &handler);
}

static void
refresh_on_result(void *data, unsigned statement, const PGresult *result)
{
    struct lookup *lookup = data;
    for (int row = 0; row < PQntuples(result); row++) {
        card_draft_read(&lookup->draft, result, row, clock_wall_us());
        keep_card(lookup, lookup->draft.card.unit, 0);
    }
}

static void
refresh_on_end(void *data, const struct pglink_outcome *outcome)
{
    struct lookup *lookup = data;
    lookup_wake(lookup);
    lookup->on_refreshed(lookup->refreshed_data, outcome->ok);
}

bool
lookup_refresh(struct lookup *lookup, struct known_unit *const *units, unsigned count)
{
    const struct pglink_handler handler = {
        .data = lookup,
        .on_result = refresh_on_result,
        .on_end = refresh_on_end,
    };
    require(count <= LOOKUP_REFRESH_BATCH);
    if (!lookup->usable || pglink_room(lookup->link) == 0) {
        return false;
    }
    int64_t now_us = clock_wall_us();
    units_begin(lookup);
    for (unsigned i = 0; i < count; i++) {
        units_add(lookup, units[i]->id, 0, now_us);
    }
    return units_send(lookup, &handler);
}
