/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's interface: opening, looking, closing. Rows come in through rows.c and go to
 * PostgreSQL through writer.c. */
#include "record/writer.h"

#include "base/log.h"
#include "base/require.h"

#include <stdlib.h>
#include <string.h>

static void
on_queue_stopped(void *data, const char *detail)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    record->callbacks.on_condition(record->callbacks.data, false, detail);
}

static void
on_queue_readable(void *data)
{
    writer_pump(checked_cast(data, struct record, RECORD_MAGIC));
}

static uint64_t
or_default(uint64_t value, uint64_t otherwise)
{
    return value != 0 ? value : otherwise;
}

static enum error
open_parts(struct record *record, const struct record_options *options)
{
    const struct pglink_options link_options = {
        .conninfo = options->conninfo,
        .name = "larwmd-record",
        .silence_ms = (uint32_t)or_default(options->silence_ms, 5000),
    };
    const struct pglink_callbacks link_callbacks = {
        .data = record,
        .on_up = writer_on_up,
        .on_down = writer_on_down,
        .on_notify = writer_on_notify,
    };
    enum error error = pglink_check(options->conninfo);
    if (error != ERROR_NONE) {
        return error;
    }
    error = queue_init(&record->queue, record->loop,
                       or_default(options->memory_bytes, UINT64_C(64) << 20), options->spool_path,
                       or_default(options->spool_bytes, UINT64_C(4) << 30));
    if (error != ERROR_NONE) {
        return error;
    }
    record->queue.data = record;
    record->queue.on_stopped = on_queue_stopped;
    record->queue.on_readable = on_queue_readable;
    return pglink_open(record->loop, &link_options, &link_callbacks, &record->link);
}

enum error
record_open(uv_loop_t *loop, const struct record_options *options,
            const struct record_callbacks *callbacks, struct record **ret_record)
{
    require(options->node >= 1 && options->node <= LIMIT_NODES);
    struct record *record = calloc(1, sizeof(*record));
    if (record == NULL) {
        return ERROR_MEMORY;
    }
    record->magic = RECORD_MAGIC;
    record->loop = loop;
    record->callbacks = *callbacks;
    record->node = options->node;
    pace_open(&record->pace, "/proc/pressure/cpu");
    record->effects_max = (unsigned)or_default(options->batch_rows, 4096);
    record->records_max = record->effects_max;
    record->parts_open = 3;
    enum error error = open_parts(record, options);
    if (error != ERROR_NONE) {
        free(record);
        return error;
    }
    uv_timer_init(loop, &record->timer);
    record->timer.data = record;
    *ret_record = record;
    return ERROR_NONE;
}

void
record_start(struct record *record)
{
    pglink_start(record->link);
}

uint64_t
record_applied(const struct record *record)
{
    return record->applied;
}

uint64_t
record_backlog_bytes(const struct record *record)
{
    return record->queue.bytes;
}

bool
record_is_up(const struct record *record)
{
    return record->up && !record->closing;
}

/* Closing: batch in flight (or the limit) -> link -> timer and queue -> gone. */
static void
on_part_closed(void *data)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    if (--record->parts_open > 0) {
        return;
    }
    void (*on_closed)(void *data_of_caller) = record->on_closed;
    void *closed_data = record->closed_data;
    batch_free(&record->batch);
    pace_close(&record->pace);
    record->magic = 0;
    free(record);
    on_closed(closed_data);
}

static void
on_timer_closed(uv_handle_t *handle)
{
    on_part_closed(handle->data);
}

static void
on_link_closed(void *data)
{
    struct record *record = checked_cast(data, struct record, RECORD_MAGIC);
    record->link = NULL;
    uv_close((uv_handle_t *)&record->timer, on_timer_closed);
    queue_close(&record->queue, on_part_closed, record);
    on_part_closed(record);
}

void
record_close_step(struct record *record, bool force)
{
    if ((force || record->state != WRITER_SENDING) && !record->link_closing) {
        record->link_closing = true;
        uv_timer_stop(&record->timer);
        pglink_close(record->link, on_link_closed, record);
    }
}

void
record_close(struct record *record, uint32_t limit_ms, void (*on_closed)(void *data), void *data)
{
    if (record->state == WRITER_RESTING) {
        record->state = WRITER_READY;
    }
    writer_pump(record); /* what was gathering goes now */
    record->closing = true;
    record->on_closed = on_closed;
    record->closed_data = data;
    uv_timer_start(&record->timer, writer_on_timer, limit_ms, 0);
    record_close_step(record, false);
}
