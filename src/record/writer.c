/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: connected -> the schema fits, statements prepared, applied position read -> a batch
 * of whole records -> committed -> consumed, on_position -> the next batch, made of everything that
 * came meanwhile.
 *
 * Failures: connection lost with a batch in flight -> not known whether it is committed: the
 * position is read again and what is at or below it is dropped. A row is there already -> the same
 * batch again, each row written only when it is not. A row refused for what it says ->
 * batches are halved until one record is left, its effects are sent one a statement, the refused
 * one is parked in larwm.record_refused, and batches grow again. Any other refusal (rights, schema,
 * read-only server) -> pause, then connect anew.
 *
 * On close: the batch in flight is waited for by record.c.
 */
#include "record/writer.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/stages.h"

#include <stdio.h>
#include <string.h>

#define RECORDS_MAX 4096
#define PAUSE_MS 1000
#define PAUSE_CONFLICT_MS 50
/* A commit costs PostgreSQL an fdatasync on what may be the journal's disk, and a larger batch
 * costs less a press, also because more of it can be condensed: effects gather for a moment,
 * counted from the batch before, unless many wait. */
#define LINGER_MS 40
#define LINGER_BYTES (1u << 20) /* some 4,000 effects */
/* What a batch touches it finds by its key. Left alone PostgreSQL plans anew for each batch, arrays
 * and all, and reads whole tables that were small when it last looked. */
static const char *const sql_settings[] = {
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
};
#define SQLSTATE_UNIQUE "23505"
#define SQLSTATE_MOVED "LW001" /* larwm.applied_move: somebody else moved it */

static void
tell(struct record *record, bool up)
{
    if (!record->told || record->up != up) {
        record->told = true;
        record->up = up;
        record->callbacks.on_database(record->callbacks.data, up);
    }
}

static void
writer_pause(struct record *record, uint64_t pause_ms)
{
    record->state = WRITER_PAUSED;
    if (!record->closing) {
        uv_timer_start(&record->timer, writer_on_timer, pause_ms, 0);
    }
}

/* May another try succeed with the same rows? Classes 22 and 23 are about what a row says, 54 about
 * its size, P0 comes from a function that checks it. */
static bool
is_about_rows(const char *sqlstate)
{
    return strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 ||
           strncmp(sqlstate, "54", 2) == 0 || strncmp(sqlstate, "P0", 2) == 0;
}

static void
tell_refused(struct record *record, const uint8_t *effect, const char *sqlstate)
{
    const char *table = effect == NULL ? "record" : effect_tables[effect_kind_of(effect)].name;
    counter_add(record_refused, 1);
    log_error("record", "position %llu: PostgreSQL refuses a row of %s: SQLSTATE %s",
              (unsigned long long)record->batch.to, table, sqlstate);
    record->callbacks.on_refused(record->callbacks.data, record->batch.to, table, sqlstate);
}

static void
rows_refused(struct record *record, const struct pglink_outcome *outcome)
{
    struct batch *batch = &record->batch;
    if (!batch->again && strcmp(outcome->sqlstate, SQLSTATE_UNIQUE) == 0) {
        batch->again = true;
    } else if (batch->single) {
        const uint8_t *effect = batch_mark_refused(batch, outcome->statement, outcome->sqlstate);
        tell_refused(record, effect, outcome->sqlstate);
    } else if (batch->records == 1) {
        batch->single = true;
        batch_forget_refused(batch);
    } else {
        record->records_max = batch->records / 2;
    }
    record->state = WRITER_READY;
    writer_pump(record);
}

static void
batch_refused(struct record *record, const struct pglink_outcome *outcome)
{
    counter_add(record_failures, 1);
    if (strcmp(outcome->sqlstate, SQLSTATE_MOVED) == 0) {
        /* A batch of an earlier connection was committed after we had read the position. */
        log_warning("record", "the applied position was moved by another connection");
        record->state = WRITER_DOWN;
        pglink_drop(record->link, "reading the applied position again");
    } else if (strncmp(outcome->sqlstate, "40", 2) == 0) {
        writer_pause(record, PAUSE_CONFLICT_MS);
    } else if (is_about_rows(outcome->sqlstate)) {
        rows_refused(record, outcome);
    } else {
        log_error("record", "PostgreSQL refuses batches: SQLSTATE %s", outcome->sqlstate);
        tell(record, false);
        writer_pause(record, PAUSE_MS);
    }
}

/* After `linger_ms`, or at once when much waits. */
static void
writer_soon(struct record *record, uint64_t linger_ms)
{
    if (record->state != WRITER_READY || record->closing) {
        return;
    }
    if (record->batch.single || record_backlog_bytes(record) >= LINGER_BYTES) {
        uv_timer_stop(&record->timer);
        writer_pump(record);
    } else if (!uv_is_active((uv_handle_t *)&record->timer)) {
        uv_timer_start(&record->timer, writer_on_timer, linger_ms, 0);
    }
}

/* False: there is no reason to. */
static bool
writer_rest(struct record *record, uint64_t taken_us)
{
    const struct queue *queue = &record->queue;
    uint64_t most = (queue->spool >= 0 ? queue->spool_max : queue->memory_max) / 2;
    uint64_t rest_us =
        pace_rest_us(&record->pace, clock_mono_us(), taken_us, record_backlog_bytes(record), most);
    if (rest_us == 0 || record->closing) {
        return false;
    }
    counter_add(record_rests, 1);
    record->state = WRITER_RESTING;
    uv_timer_start(&record->timer, writer_on_timer, rest_us / 1000 + 1, 0);
    return true;
}

static void
batch_committed(struct record *record)
{
    struct batch *batch = &record->batch;
    record->applied = batch->to;
    counter_add(recorded, batch->records);
    uint64_t taken_us = clock_mono_us() - record->sent_mono_us;
    stage_add(STAGE_RECORD, taken_us, batch->records);
    queue_consume(&record->queue, &batch->end);
    batch->again = false;
    if (batch->single) {
        batch->single = false;
    } else if (record->records_max < RECORDS_MAX) {
        record->records_max =
            record->records_max * 2 < RECORDS_MAX ? record->records_max * 2 : RECORDS_MAX;
    }
    record->state = WRITER_READY;
    tell(record, true);
    record->callbacks.on_position(record->callbacks.data, record->applied);
    if (writer_rest(record, taken_us)) {
        return;
    }
    writer_soon(record,
                batch->cut || taken_us >= LINGER_MS * 1000 ? 0 : LINGER_MS - taken_us / 1000);
}

static void
batch_on_end(void *data, const struct pglink_outcome *outcome)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    require(record->state == WRITER_SENDING);
    if (outcome->lost) {
        /* Perhaps it was too much for a slow server: try less, and grow again. */
        counter_add(record_failures, 1);
        record->records_max = record->batch.records > 1 ? record->batch.records / 2 : 1;
        record->state = WRITER_DOWN;
    } else if (outcome->ok) {
        batch_committed(record);
    } else {
        batch_refused(record, outcome);
    }
    if (record->closing) {
        record_close_step(record, false);
    }
}

void
writer_pump(struct record *record)
{
    struct batch *batch = &record->batch;
    if (record->state != WRITER_READY || record->closing || pglink_room(record->link) == 0) {
        return;
    }
    unsigned records_max = batch->single ? 1 : record->records_max;
    if (!batch_collect(batch, &record->queue, record->applied, records_max, record->effects_max)) {
        queue_consume(&record->queue, &batch->end);
        return;
    }
    const struct pglink_handler handler = {.data = record, .on_end = batch_on_end};
    bool whole = batch_put(batch, record->link, record->node);
    record->state = WRITER_SENDING;
    record->sent_mono_us = clock_mono_us();
    if (!whole) {
        /* Half a batch must never be committed. */
        pglink_drop(record->link, "out of memory for a batch");
    }
    pglink_end(record->link, &handler);
}

void
writer_want(struct record *record)
{
    writer_soon(record, LINGER_MS);
}

static void
position_on_result(void *data, unsigned statement, const PGresult *result)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    if (statement == 0) {
        record->version = pg_read_int8(result, 0, 0);
    } else if (PQntuples(result) == 1) {
        record->read_position = pg_read_int8(result, 0, 0);
    }
}

static void
position_on_end(void *data, const struct pglink_outcome *outcome)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    if (outcome->lost || record->closing) {
        return;
    }
    if (!outcome->ok || record->version != RECORD_SCHEMA_VERSION) {
        log_error("record", "the schema does not fit (version %lld, SQLSTATE %s)",
                  (long long)record->version, outcome->ok ? "none" : outcome->sqlstate);
        tell(record, false);
        writer_pause(record, PAUSE_MS);
        return;
    }
    record->applied = (uint64_t)record->read_position;
    record->applied_known = true;
    record->batch.again = false;
    record->batch.single = false; /* the record it was about may be committed */
    record->state = WRITER_READY;
    tell(record, true);
    record->callbacks.on_position(record->callbacks.data, record->applied);
    writer_want(record);
}

/* The position comes last: when it has come, all statements are prepared. */
void
writer_on_up(void *data)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    const struct pglink_handler handler = {
        .data = record,
        .on_result = position_on_result,
        .on_end = position_on_end,
    };
    uint8_t node[4];
    struct pglink_params params = {0};
    pg_write_int4(node, (int32_t)record->node);
    pglink_param(&params, node, sizeof(node));
    record->state = WRITER_DOWN;
    record->version = 0;
    record->read_position = 0;
    pglink_query(record->link, "SELECT larwm.schema_version()", NULL);
    for (unsigned i = 0; i < sizeof(sql_settings) / sizeof(sql_settings[0]); i++) {
        pglink_query(record->link, sql_settings[i], NULL);
    }
    batch_prepare_statements(record->link);
    pglink_query(record->link, "SELECT larwm.applied_read($1::int4)", &params);
    pglink_end(record->link, &handler);
}

void
writer_on_down(void *data)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    record->state = WRITER_DOWN;
    if (!record->closing) {
        uv_timer_stop(&record->timer);
        tell(record, false);
    }
}

void
writer_on_notify(void *data, const char *channel, const char *payload)
{
}

/* After a moment of gathering, or a pause: a conflict is tried again as it is, anything else on a
 * new connection. */
void
writer_on_timer(uv_timer_t *timer)
{
    struct record *record = checked_cast(timer->data, struct record, RECORD_MAGIC);
    if (record->closing) {
        record_close_step(record, true); /* its limit has passed */
    } else if (record->state == WRITER_PAUSED) {
        if (record->up) {
            record->state = WRITER_READY;
            writer_pump(record);
        } else {
            record->state = WRITER_DOWN;
            pglink_drop(record->link, "trying again after a refusal");
        }
    } else if (record->state == WRITER_READY || record->state == WRITER_RESTING) {
        record->state = WRITER_READY;
        writer_pump(record); /* effects have gathered long enough, or the rest is over */
    }
}
