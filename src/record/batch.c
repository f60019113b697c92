/* SPDX-License-Identifier: Apache-2.0 */
#include "record/batch.h"

#include "base/require.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX (4u << 20) /* of effects in one transaction, about */
#define JSON_MAX (EFFECT_MAX * 2)

static const char *const statement_move = "applied_move";
static const char *const statement_park = "record_refused";

static const char sql_move[] = "SELECT larwm.applied_move($1::int4, $2::int8, $3::int8)";
static const char sql_park[] = "INSERT INTO larwm.record_refused (node, pos, error, effect)"
                               " VALUES ($1::int4, $2::int8, $3::text, $4::text::jsonb)";

static const enum pg_oid oids[] = {
    [EFFECT_INT8] = PG_OID_INT8,     [EFFECT_REFERENCE] = PG_OID_INT8,
    [EFFECT_INT4] = PG_OID_INT4,     [EFFECT_BOOL] = PG_OID_BOOL,
    [EFFECT_FLOAT8] = PG_OID_FLOAT8, [EFFECT_TIME] = PG_OID_TIMESTAMPTZ,
    [EFFECT_TEXT] = PG_OID_TEXT,     [EFFECT_WORDS] = PG_OID_TEXT,
    [EFFECT_BYTES] = PG_OID_BYTEA,
};

static bool
batch_grow(struct batch *batch)
{
    unsigned capacity = batch->capacity == 0 ? 4096 : batch->capacity * 2;
    const uint8_t **effects = realloc(batch->effects, capacity * sizeof(*effects));
    if (effects == NULL) {
        return false;
    }
    batch->effects = effects;
    uint8_t *kinds = realloc(batch->kinds, capacity);
    if (kinds == NULL) {
        return false;
    }
    batch->kinds = kinds;
    char(*refused)[6] = realloc(batch->refused, capacity * sizeof(*refused));
    if (refused == NULL) {
        return false;
    }
    batch->refused = refused;
    unsigned *statements = realloc(batch->statements, capacity * sizeof(*statements));
    if (statements == NULL) {
        return false;
    }
    batch->statements = statements;
    memset(batch->refused + batch->capacity, 0,
           (capacity - batch->capacity) * sizeof(*batch->refused));
    batch->capacity = capacity;
    return true;
}

/* Takes one effect in; false when there is no memory. */
static bool
batch_add(struct batch *batch, const uint8_t *effect, unsigned at)
{
    if (at == batch->capacity && !batch_grow(batch)) {
        return false;
    }
    batch->effects[at] = effect;
    batch->kinds[at] = (uint8_t)effect_kind_of(effect);
    return true;
}

bool
batch_collect(struct batch *batch, struct queue *queue, uint64_t applied, unsigned records_max,
              unsigned effects_max)
{
    struct queue_place place = {0};
    unsigned pending = 0; /* effects of the record being read */
    size_t bytes = 0;
    batch->count = 0;
    batch->records = 0;
    batch->from = applied;
    batch->to = applied;
    batch->end = (struct queue_place){0};
    batch->cut = true;
    while (batch->records < records_max && batch->count < effects_max && bytes < BYTES_MAX) {
        const uint8_t *effect = queue_next(queue, &place);
        if (effect == NULL) {
            batch->cut = false;
            break;
        }
        if (effect_pos(effect) <= applied) {
            if (pending == 0 && batch->records == 0) {
                batch->end = place;
            }
            continue;
        }
        if (effect_kind_of(effect) != EFFECT_ADVANCE) {
            if (!batch_add(batch, effect, batch->count + pending)) {
                break;
            }
            pending++;
            bytes += effect_size(effect);
            continue;
        }
        batch->count += pending;
        pending = 0;
        batch->records++;
        batch->to = effect_pos(effect);
        batch->end = place;
    }
    return batch->records > 0;
}

void
batch_forget_refused(struct batch *batch)
{
    if (batch->refused != NULL) {
        memset(batch->refused, 0, batch->capacity * sizeof(*batch->refused));
    }
}

void
batch_prepare_statements(struct pglink *link)
{
    pglink_prepare(link, statement_move, sql_move);
    pglink_prepare(link, statement_park, sql_park);
    for (unsigned kind = 0; kind < EFFECT_KIND_COUNT; kind++) {
        char sql[EFFECT_SQL_MAX];
        effect_sql((enum effect_kind)kind, false, sql);
        pglink_prepare(link, effect_tables[kind].name, sql);
        effect_sql((enum effect_kind)kind, true, sql);
        pglink_prepare(link, effect_tables[kind].once, sql);
    }
}

static void
rows_begin(struct batch *batch, enum effect_kind kind)
{
    const struct effect_table *table = &effect_tables[kind];
    pg_array_begin(&batch->positions, PG_OID_INT8);
    for (unsigned i = 0; i < table->column_count; i++) {
        pg_array_begin(&batch->columns[i], oids[table->columns[i].type]);
    }
}

static void
rows_add(struct batch *batch, const uint8_t *effect)
{
    pg_array_add_int8(&batch->positions, (int64_t)effect_pos(effect));
    effect_add_to(effect, batch->columns);
}

static bool
rows_put(struct batch *batch, struct pglink *link, uint32_t node, enum effect_kind kind)
{
    const struct effect_table *table = &effect_tables[kind];
    struct pglink_params params = {0};
    uint8_t node_bytes[4];
    pg_write_int4(node_bytes, (int32_t)node);
    pglink_param(&params, node_bytes, sizeof(node_bytes));
    pg_array_finish(&batch->positions);
    pglink_param(&params, batch->positions.bytes, batch->positions.size);
    bool failed = batch->positions.failed;
    for (unsigned i = 0; i < table->column_count; i++) {
        pg_array_finish(&batch->columns[i]);
        failed = failed || batch->columns[i].failed;
        pglink_param(&params, batch->columns[i].bytes, batch->columns[i].size);
    }
    if (failed) {
        return false;
    }
    pglink_execute(link, batch->again || batch->single ? table->once : table->name, &params);
    return true;
}

static void
put_move(const struct batch *batch, struct pglink *link, uint32_t node)
{
    struct pglink_params params = {0};
    uint8_t node_bytes[4];
    uint8_t from[8];
    uint8_t to[8];
    pg_write_int4(node_bytes, (int32_t)node);
    pg_write_int8(from, (int64_t)batch->from);
    pg_write_int8(to, (int64_t)batch->to);
    pglink_param(&params, node_bytes, sizeof(node_bytes));
    pglink_param(&params, from, sizeof(from));
    pglink_param(&params, to, sizeof(to));
    pglink_execute(link, statement_move, &params);
}

static bool
put_parked(struct pglink *link, uint32_t node, const uint8_t *effect, const char *sqlstate)
{
    char *json = malloc(JSON_MAX);
    if (json == NULL) {
        return false;
    }
    struct pglink_params params = {0};
    uint8_t node_bytes[4];
    uint8_t pos[8];
    effect_to_json(effect, json, JSON_MAX);
    pg_write_int4(node_bytes, (int32_t)node);
    pg_write_int8(pos, (int64_t)effect_pos(effect));
    pglink_param(&params, node_bytes, sizeof(node_bytes));
    pglink_param(&params, pos, sizeof(pos));
    pglink_param(&params, sqlstate, strlen(sqlstate));
    pglink_param(&params, json, strlen(json));
    pglink_execute(link, statement_park, &params);
    free(json);
    return true;
}

static bool
put_single(struct batch *batch, struct pglink *link, uint32_t node, unsigned i)
{
    const uint8_t *effect = batch->effects[i];
    const char *refused = batch->refused[i];
    if (strcmp(refused, "-") == 0) {
        return true;
    }
    batch->statements[batch->statement_count++] = i;
    if (refused[0] != '\0') {
        return put_parked(link, node, effect, refused);
    }
    rows_begin(batch, effect_kind_of(effect));
    rows_add(batch, effect);
    return rows_put(batch, link, node, effect_kind_of(effect));
}

/* Effect `i` as condensing left it. */
static void
rows_add_condensed(struct batch *batch, unsigned i)
{
    const uint8_t *effect = batch->effects[i];
    if (batch->condense.entries[i].changed) {
        memcpy(batch->changed, effect, effect_size(effect));
        effect_state_write(batch->changed, &batch->condense.entries[i].state);
        effect = batch->changed;
    }
    rows_add(batch, effect);
}

static bool
put_kind(struct batch *batch, struct pglink *link, uint32_t node, enum effect_kind kind)
{
    bool any = false;
    for (unsigned i = 0; i < batch->count; i++) {
        if (batch->kinds[i] != kind) {
            continue;
        }
        if (batch->single) {
            if (!put_single(batch, link, node, i)) {
                return false;
            }
            continue;
        }
        if (batch->condense.entries[i].left_out) {
            continue;
        }
        if (!any) {
            rows_begin(batch, kind);
            any = true;
        }
        rows_add_condensed(batch, i);
    }
    return !any || rows_put(batch, link, node, kind);
}

bool
batch_put(struct batch *batch, struct pglink *link, uint32_t node)
{
    if (!batch->single &&
        !condense_effects(&batch->condense, batch->effects, batch->count, !batch->again)) {
        return false;
    }
    batch->statement_count = 0;
    put_move(batch, link, node);
    for (unsigned kind = 0; kind < EFFECT_KIND_COUNT; kind++) {
        if (!put_kind(batch, link, node, (enum effect_kind)kind)) {
            return false;
        }
    }
    return true;
}

/* A first refusal parks the effect; when even that is refused, it is left out. */
static void
mark(struct batch *batch, unsigned i, const char *sqlstate)
{
    if (batch->refused[i][0] != '\0') {
        memcpy(batch->refused[i], "-", 2);
    } else {
        memcpy(batch->refused[i], sqlstate, 5);
        batch->refused[i][5] = '\0';
    }
}

const uint8_t *
batch_mark_refused(struct batch *batch, unsigned statement, const char *sqlstate)
{
    require(batch->single);
    if (statement >= 1 && statement <= batch->statement_count) {
        unsigned i = batch->statements[statement - 1];
        mark(batch, i, sqlstate);
        return batch->effects[i];
    }
    for (unsigned i = 0; i < batch->count; i++) {
        mark(batch, i, sqlstate);
    }
    return NULL;
}

void
batch_free(struct batch *batch)
{
    free(batch->effects);
    free(batch->kinds);
    free(batch->refused);
    free(batch->statements);
    condense_free(&batch->condense);
    pg_array_free(&batch->positions);
    for (unsigned i = 0; i < EFFECT_COLUMNS_MAX; i++) {
        pg_array_free(&batch->columns[i]);
    }
    memset(batch, 0, sizeof(*batch));
}
