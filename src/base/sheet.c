/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sheet.h"

#include "base/cursor.h"
#include "base/require.h"

#include <stdlib.h>
#include <string.h>

#define AT_ROWS (SHEET_NAME + 4 + 4)
#define HEAD (AT_ROWS + 8)
#define FIELD 4
#define ROOM_MIN 65536u

/* Room for `size` more bytes, or NULL. */
static uint8_t *
sheet_grow(struct sheet_writer *writer, size_t size)
{
    if (writer->failed) {
        return NULL;
    }
    if (size > writer->room - writer->size) {
        size_t room = writer->room < ROOM_MIN ? ROOM_MIN : writer->room;
        while (room - writer->size < size) {
            room *= 2;
        }
        uint8_t *bytes = realloc(writer->bytes, room);
        if (bytes == NULL) {
            free(writer->bytes);
            *writer =
                (struct sheet_writer){.failed = true, .open = writer->open, .kind = writer->kind};
            return NULL;
        }
        writer->bytes = bytes;
        writer->room = room;
    }
    uint8_t *at = writer->bytes + writer->size;
    writer->size += size;
    return at;
}

void
sheet_reserve(struct sheet_writer *writer, size_t size)
{
    if (sheet_grow(writer, size) != NULL) {
        writer->size -= size;
    }
}

static size_t
sheet_row_size(const struct sheet_kind *kind)
{
    size_t size = 0;
    for (unsigned i = 0; i < kind->fields_count; i++) {
        size += kind->fields[i].size;
    }
    return size;
}

static void
sheet_head(struct sheet_writer *writer, const char *name, unsigned fields, size_t row_size)
{
    size_t length = strlen(name);
    require(length < SHEET_NAME);
    uint8_t *head = sheet_grow(writer, HEAD);
    if (head != NULL) {
        struct cursor cursor = cursor_over(head + SHEET_NAME, HEAD - SHEET_NAME);
        memset(head, 0, SHEET_NAME);
        memcpy(head, name, length);
        cursor_write_le32(&cursor, (uint32_t)fields);
        cursor_write_le32(&cursor, (uint32_t)row_size);
        cursor_write_le64(&cursor, 0);
        writer->rows_at = (size_t)(head - writer->bytes) + AT_ROWS;
    }
}

void
sheet_begin(struct sheet_writer *writer, const struct sheet_kind *kind)
{
    require(!writer->open && kind->fields_count <= SHEET_FIELDS_MAX);
    writer->kind = kind;
    writer->open = true;
    sheet_head(writer, kind->name, kind->fields_count, sheet_row_size(kind));
    for (unsigned i = 0; i < kind->fields_count; i++) {
        uint8_t *field = sheet_grow(writer, FIELD);
        if (field != NULL) {
            struct cursor cursor = cursor_over(field, FIELD);
            cursor_write_le16(&cursor, kind->fields[i].number);
            cursor_write_le16(&cursor, kind->fields[i].size);
        }
    }
}

static void
sheet_count(struct sheet_writer *writer, uint64_t rows)
{
    struct cursor from = cursor_over_const(writer->bytes + writer->rows_at, 8);
    struct cursor to = cursor_over(writer->bytes + writer->rows_at, 8);
    cursor_write_le64(&to, cursor_read_le64(&from) + rows);
}

void
sheet_add(struct sheet_writer *writer, const void *row)
{
    const struct sheet_kind *kind = writer->kind;
    require(writer->open && kind != NULL);
    uint8_t *to = sheet_grow(writer, sheet_row_size(kind));
    for (unsigned i = 0; to != NULL && i < kind->fields_count; i++) {
        memcpy(to, (const uint8_t *)row + kind->fields[i].offset, kind->fields[i].size);
        to += kind->fields[i].size;
    }
    if (to != NULL) {
        sheet_count(writer, 1);
    }
}

void
sheet_begin_bytes(struct sheet_writer *writer, const char *name)
{
    require(!writer->open);
    writer->open = true;
    sheet_head(writer, name, 0, 1);
}

void
sheet_add_bytes(struct sheet_writer *writer, const void *data, size_t size)
{
    require(writer->open && writer->kind == NULL);
    uint8_t *to = sheet_grow(writer, size);
    if (to != NULL && size > 0) {
        memcpy(to, data, size);
        sheet_count(writer, size);
    }
}

void
sheet_end(struct sheet_writer *writer)
{
    require(writer->open);
    writer->open = false;
    writer->kind = NULL;
}

void
sheet_free(struct sheet_writer *writer)
{
    free(writer->bytes);
    *writer = (struct sheet_writer){0};
}

/* The bytes of the row's fields must be those of the row; of a table of bytes a row is one. */
static bool
sheet_is_sound(struct cursor fields, const struct sheet_cursor *table)
{
    size_t sum = table->fields_count == 0 ? 1 : 0;
    for (unsigned i = 0; i < table->fields_count; i++) {
        (void)cursor_read_le16(&fields);
        sum += cursor_read_le16(&fields);
    }
    return sum == table->row_size && sum > 0;
}

/* The table at `at`, and what follows it; false when there is none that is whole. */
static bool
sheet_table(const struct sheet_reader *reader, size_t at, struct sheet_cursor *ret_table,
            size_t *ret_next)
{
    struct cursor cursor = cursor_over_const(reader->bytes + at, reader->size - at);
    const uint8_t *name = cursor_read_bytes(&cursor, SHEET_NAME);
    uint64_t fields = cursor_read_le32(&cursor);
    uint64_t row_size = cursor_read_le32(&cursor);
    uint64_t rows = cursor_read_le64(&cursor);
    if (cursor.failed || name[SHEET_NAME - 1] != 0 || fields * FIELD > cursor_left(&cursor)) {
        return false;
    }
    const uint8_t *first = cursor_read_bytes(&cursor, (size_t)fields * FIELD);
    *ret_table = (struct sheet_cursor){.fields = first,
                                       .fields_count = (unsigned)fields,
                                       .row_size = (size_t)row_size,
                                       .left = rows};
    if (!sheet_is_sound(cursor_over_const(first, (size_t)fields * FIELD), ret_table) ||
        rows > cursor_left(&cursor) / row_size) {
        return false;
    }
    *ret_next = reader->size - cursor_left(&cursor) + (size_t)(rows * row_size);
    ret_table->next = reader->bytes + (reader->size - cursor_left(&cursor));
    return true;
}

bool
sheet_open(struct sheet_reader *reader, const void *bytes, size_t size)
{
    *reader = (struct sheet_reader){bytes, size};
    struct sheet_cursor cursor;
    for (size_t at = 0; at < size;) {
        if (!sheet_table(reader, at, &cursor, &at)) {
            return false;
        }
    }
    return true;
}

static bool
sheet_seek(const struct sheet_reader *reader, const char *name, struct sheet_cursor *ret_cursor)
{
    for (size_t at = 0; at < reader->size;) {
        const char *found = (const char *)reader->bytes + at;
        if (!sheet_table(reader, at, ret_cursor, &at)) {
            return false;
        }
        if (strcmp(found, name) == 0) {
            return true;
        }
    }
    return false;
}

void
sheet_find(const struct sheet_reader *reader, const struct sheet_kind *kind,
           struct sheet_cursor *ret_cursor)
{
    if (!sheet_seek(reader, kind->name, ret_cursor) || ret_cursor->fields_count == 0) {
        *ret_cursor = (struct sheet_cursor){0};
    }
    ret_cursor->kind = kind;
}

static const struct sheet_field *
sheet_field_of(const struct sheet_kind *kind, unsigned number)
{
    for (unsigned i = 0; i < kind->fields_count; i++) {
        if (kind->fields[i].number == number) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

bool
sheet_next(struct sheet_cursor *cursor, void *row)
{
    const struct sheet_kind *kind = cursor->kind;
    if (cursor->left == 0) {
        return false;
    }
    for (unsigned i = 0; i < kind->fields_count; i++) {
        memset((uint8_t *)row + kind->fields[i].offset, 0, kind->fields[i].size);
    }
    const uint8_t *from = cursor->next;
    struct cursor fields = cursor_over_const(cursor->fields, (size_t)cursor->fields_count * FIELD);
    for (unsigned i = 0; i < cursor->fields_count; i++) {
        unsigned number = cursor_read_le16(&fields);
        size_t size = cursor_read_le16(&fields);
        bool same_place = i < kind->fields_count && kind->fields[i].number == number;
        const struct sheet_field *to = same_place ? &kind->fields[i] : sheet_field_of(kind, number);
        if (to != NULL) {
            memcpy((uint8_t *)row + to->offset, from, size < to->size ? size : to->size);
        }
        from += size;
    }
    cursor->next = from;
    cursor->left--;
    return true;
}

const uint8_t *
sheet_bytes(const struct sheet_reader *reader, const char *name, size_t *ret_size)
{
    struct sheet_cursor cursor;
    if (!sheet_seek(reader, name, &cursor) || cursor.fields_count != 0) {
        return NULL;
    }
    *ret_size = (size_t)cursor.left;
    return cursor.next;
}
