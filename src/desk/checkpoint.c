/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folded state, kept, so that a start replays only what came after it and the journal need not
 * keep the rest (docs/decisions/0015). Without it a replay that begins in the midst does not know
 * who was on duty, which unit is being tested, which signal joined an incident that began earlier.
 *
 * Happy path: after enough records the state is packed, waits until PostgreSQL has everything up to
 * its position, and goes to the journal's helper thread.
 * Failures: PostgreSQL away: the packed state waits, one only, and the journal keeps its records.
 * No memory: tried again with the next records.
 */
#include "desk/internal.h"

#include "base/require.h"
#include "base/sheet.h"

#include <stdlib.h>
#include <string.h>

#define CHECKPOINT_TICKS 1200u      /* ten minutes: then fewer records will do .. */
#define CHECKPOINT_RECORDS_MIN 100u /* .. but not for a handful */
#define CHECKPOINT_REST 100u        /* times as long as packing took: no other before */

struct checkpoint_desk
{
    uint64_t pos; /* newest record in it */
    int64_t time_us;
};

static const struct sheet_field desk_fields[] = {
    SHEET_FIELD(1, struct checkpoint_desk, pos),
    SHEET_FIELD(2, struct checkpoint_desk, time_us),
};
static const struct sheet_kind desk_kind = {"desk", desk_fields, ARRAY_COUNT(desk_fields)};

/* What an item knows that cannot be computed again. `last` is a table of its own. */
static const struct sheet_field item_fields[] = {
    SHEET_FIELD(1, struct desk_item, incident),    SHEET_FIELD(2, struct desk_item, closed),
    SHEET_FIELD(3, struct desk_item, has_message), SHEET_FIELD(4, struct desk_item, settled),
    SHEET_FIELD(5, struct desk_item, message),     SHEET_FIELD(6, struct desk_item, police_row),
};
static const struct sheet_kind item_kind = {"item", item_fields, ARRAY_COUNT(item_fields)};

static struct sheet_kind
settled_kind(void)
{
    return (struct sheet_kind){"settled", escalation_plan_kind.fields,
                               escalation_plan_kind.fields_count};
}

static void
desk_save_items(struct desk *desk, struct sheet_writer *writer)
{
    const struct triage_incident *incident = NULL;
    struct sheet_kind settled = settled_kind();
    sheet_begin(writer, &item_kind);
    while ((incident = triage_each(desk->triage, incident)) != NULL) {
        const struct desk_item *item = desk_item_of(desk, incident->id, false);
        if (item != NULL &&
            (item->closed || item->has_message || item->settled || item->police_row != 0)) {
            sheet_add(writer, item);
        }
    }
    sheet_end(writer);
    sheet_begin(writer, &settled);
    while ((incident = triage_each(desk->triage, incident)) != NULL) {
        const struct desk_item *item = desk_item_of(desk, incident->id, false);
        if (item != NULL && item->settled) {
            sheet_add(writer, &item->last);
        }
    }
    sheet_end(writer);
}

void
desk_save(struct desk *desk, struct sheet_writer *writer)
{
    sheet_begin(writer, &desk_kind);
    sheet_add(writer, &(struct checkpoint_desk){desk->applied_pos, desk->applied_us});
    sheet_end(writer);
    triage_save(desk->triage, desk->applied_pos, writer);
    escalation_save(desk->escalation, writer);
    supervision_save(desk->supervision, writer);
    desk_save_items(desk, writer);
}

static bool
desk_load_items(struct desk *desk, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct sheet_kind settled = settled_kind();
    struct desk_item row;
    sheet_find(reader, &item_kind, &cursor);
    while (sheet_next(&cursor, &row)) {
        struct desk_item *item = desk_item_of(desk, row.incident, false);
        if (item == NULL || memchr(row.message, 0, sizeof row.message) == NULL) {
            return false;
        }
        item->closed = row.closed;
        item->has_message = row.has_message;
        item->settled = row.settled;
        item->police_row = row.police_row;
        memcpy(item->message, row.message, sizeof item->message);
    }
    sheet_find(reader, &settled, &cursor);
    while (cursor.left > 0) {
        struct escalation_plan plan;
        struct desk_item *item =
            escalation_plan_load(&cursor, &plan) ? desk_item_of(desk, plan.incident, false) : NULL;
        if (item == NULL || !item->settled) {
            return false;
        }
        item->last = plan;
    }
    return true;
}

enum error
desk_restore(struct desk *desk, uint64_t pos, const uint8_t *bytes, size_t size)
{
    struct sheet_reader reader;
    struct sheet_cursor cursor;
    struct checkpoint_desk row;
    const struct triage_incident *incident = NULL;
    require(!desk->started && desk->applied_pos == 0);
    if (!sheet_open(&reader, bytes, size)) {
        return ERROR_DAMAGED;
    }
    sheet_find(&reader, &desk_kind, &cursor);
    if (!sheet_next(&cursor, &row) || row.pos != pos || !triage_load(desk->triage, &reader) ||
        !escalation_load(desk->escalation, &reader) ||
        !supervision_load(desk->supervision, &reader)) {
        return ERROR_UNSUPPORTED;
    }
    while ((incident = triage_each(desk->triage, incident)) != NULL) {
        desk_mark_dirty(desk, incident->id);
    }
    if (!desk_load_items(desk, &reader)) {
        return ERROR_UNSUPPORTED;
    }
    desk->applied_pos = desk->replayed_pos = desk->checkpoint.pos = pos;
    desk_follow_journal(desk, row.time_us);
    return ERROR_NONE;
}

void
desk_restore_nothing(struct desk *desk)
{
    struct escalation_out out;
    escalation_step(desk->escalation,
                    &(struct escalation_event){.kind = ESCALATION_DUTY, .duty = 1}, &out);
}

static bool
desk_checkpoint_due(const struct desk *desk)
{
    uint64_t records = desk->applied_pos - desk->checkpoint.pos;
    if (desk->checkpoint.pos == 0) { /* the first one at once: from then on every start has one */
        return desk->applied_pos > 0;
    }
    if (clock_mono_us() < desk->checkpoint.rest_until_us) {
        return false;
    }
    bool late = desk->ticks - desk->checkpoint.tick >= CHECKPOINT_TICKS;
    /* on a full disk each one may let the journal go on */
    bool full = desk->notices[DESK_CONDITION_DISK_FULL].raised;
    unsigned enough = full ? 1 : desk->options.checkpoint_records;
    return records >= enough || (late && records >= CHECKPOINT_RECORDS_MIN);
}

/* The desk does nothing else meanwhile, so it spends a hundredth of its time on it at most: with
 * ten thousand incidents open the state has a hundred megabytes. */
static void
desk_checkpoint_pack(struct desk *desk)
{
    struct sheet_writer writer = {0};
    uint64_t began_us = clock_mono_us();
    desk->checkpoint.pos = desk->applied_pos;
    desk->checkpoint.tick = desk->ticks;
    sheet_reserve(&writer, desk->checkpoint.size + desk->checkpoint.size / 4);
    desk_save(desk, &writer);
    uint64_t took_us = clock_mono_us() - began_us;
    desk->checkpoint.rest_until_us = began_us + CHECKPOINT_REST * took_us;
    if (writer.failed) {
        log_error("desk", "no memory for a checkpoint: the journal keeps its records");
        return;
    }
    desk->checkpoint.bytes = writer.bytes;
    desk->checkpoint.size = writer.size;
    counter_add(checkpoints, 1);
    log_info("desk", "state after record %llu packed: %zu bytes in %llu us",
             (unsigned long long)desk->applied_pos, writer.size, (unsigned long long)took_us);
}

void
desk_checkpoint_look(struct desk *desk)
{
    struct desk_checkpoint *checkpoint = &desk->checkpoint;
    if (checkpoint->bytes == NULL && desk_checkpoint_due(desk)) {
        desk_checkpoint_pack(desk);
    }
    if (checkpoint->bytes != NULL && record_applied(desk->record) >= checkpoint->pos) {
        desk->links.checkpoint(desk->links.data, checkpoint->pos, checkpoint->bytes,
                               checkpoint->size);
        checkpoint->bytes = NULL;
    }
}
