/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of plain rows packed one behind the other, for state that outlives the program that wrote
 * it. Each table names its fields by number with their sizes, so a later version that has more of
 * them, or wider ones, still reads what an earlier one wrote (docs/journal-format.md, checkpoints).
 *
 * One table: name (16 bytes, NUL-filled), u32 fields, u32 bytes of a row, u64 rows, then for each
 * field u16 number and u16 bytes, then the rows. Little-endian, nothing aligned. Each name stands
 * once. What is not known is passed over; what is missing reads as zeros.
 *
 * Pure. Writing allocates; reading points into the caller's bytes.
 */
#ifndef BASE_SHEET_H
#define BASE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHEET_NAME 16
#define SHEET_FIELDS_MAX 128

/* A member of a struct. `number` names it for ever: a number is never used again for another. */
struct sheet_field
{
    uint16_t number; /* 1.. */
    uint16_t size;   /* bytes */
    uint32_t offset; /* in the struct */
};
#define SHEET_FIELD(number, type, member)                                                          \
    {                                                                                              \
        (number), (uint16_t)sizeof(((type *)NULL)->member), (uint32_t)offsetof(type, member)       \
    }

struct sheet_kind
{
    const char *name; /* at most SHEET_NAME - 1 bytes */
    const struct sheet_field *fields;
    unsigned fields_count; /* at most SHEET_FIELDS_MAX */
};

struct sheet_writer
{
    uint8_t *bytes; /* the caller's to free; NULL at the beginning, and after a failure */
    size_t size;
    size_t room;
    bool failed;                   /* no memory: nothing is added any more */
    size_t rows_at;                /* of the table being written: where its number of rows stands */
    bool open;                     /* a table is being written */
    const struct sheet_kind *kind; /* NULL: of bytes */
};

/* Makes room for `size` more bytes at once. Not needed; saves copying. */
void sheet_reserve(struct sheet_writer *writer, size_t size);
/* One table at a time: begin, each row, end. */
void sheet_begin(struct sheet_writer *writer, const struct sheet_kind *kind);
void sheet_add(struct sheet_writer *writer, const void *row);
void sheet_end(struct sheet_writer *writer);
/* The same for a table without fields, whose rows are bytes: begin, any number of pieces, end. */
void sheet_begin_bytes(struct sheet_writer *writer, const char *name);
void sheet_add_bytes(struct sheet_writer *writer, const void *data, size_t size);
void sheet_free(struct sheet_writer *writer);

struct sheet_reader
{
    const uint8_t *bytes;
    size_t size;
};

/* The rows of one table, while they are read. */
struct sheet_cursor
{
    const struct sheet_kind *kind;
    const uint8_t *fields; /* as written */
    unsigned fields_count;
    size_t row_size;
    const uint8_t *next;
    uint64_t left; /* rows not read yet */
};

/* False: the bytes are no sheet. */
bool sheet_open(struct sheet_reader *reader, const void *bytes, size_t size);
/* A table that is not there has no rows. */
void sheet_find(const struct sheet_reader *reader, const struct sheet_kind *kind,
                struct sheet_cursor *ret_cursor);
/* Sets the members of `row` that have a field and zeroes them where nothing was written; other
 * bytes are left alone. False at the end. */
bool sheet_next(struct sheet_cursor *cursor, void *row);
/* The bytes of sheet_add_bytes; NULL when not there. */
const uint8_t *sheet_bytes(const struct sheet_reader *reader, const char *name, size_t *ret_size);

#endif
