/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What supervision knows from the journal, as a table of a checkpoint, and back: paths that are
 * late or lost, and intervals learned. The rest comes from the registry. Field numbers are for
 * ever.
 */
#include "base/require.h"
#include "base/sheet.h"
#include "supervision/state.h"

#include <string.h>

static const struct sheet_field fields[] = {
    SHEET_FIELD(1, struct row, id),          SHEET_FIELD(2, struct row, path),
    SHEET_FIELD(3, struct row, state),       SHEET_FIELD(4, struct row, learned_s),
    SHEET_FIELD(5, struct row, learned_pos),
};
static const struct sheet_kind kind = {"supervision", fields, ARRAY_COUNT(fields)};

void
supervision_save(const struct supervision *supervision, struct sheet_writer *writer)
{
    sheet_begin(writer, &kind);
    for (uint32_t at = 0; at < supervision->used_max; at++) {
        const struct row *row = &supervision->rows[at];
        if (row->id[0] != '\0' && (row->state != SUPERVISION_OK || row->learned_s != 0)) {
            sheet_add(writer, row);
        }
    }
    sheet_end(writer);
}

bool
supervision_load(struct supervision *supervision, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct row from;
    sheet_find(reader, &kind, &cursor);
    while (sheet_next(&cursor, &from)) {
        bool sound = memchr(from.id, 0, sizeof from.id) != NULL && from.id[0] != '\0' &&
                     (from.path == PATH_MAIN || from.path == PATH_BACKUP) &&
                     from.state <= SUPERVISION_LOST;
        struct row *row = sound && row_find(supervision, from.id, (enum path)from.path) == NULL
                              ? row_add(supervision, from.id, (enum path)from.path)
                              : NULL;
        if (row == NULL) {
            return false;
        }
        row_uncount(supervision, row);
        row->state = from.state;
        row->asked = from.state;
        row->learned_s = from.learned_s;
        row->learned_pos = from.learned_pos;
        row_count(supervision, row);
    }
    return true;
}
