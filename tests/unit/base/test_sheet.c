/* SPDX-License-Identifier: Apache-2.0 */
#include "base/require.h"
#include "base/sheet.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct old_row
{
    uint32_t count;
    char name[8];
};
static const struct sheet_field old_fields[] = {
    SHEET_FIELD(1, struct old_row, count),
    SHEET_FIELD(2, struct old_row, name),
};
static const struct sheet_kind old_kind = {"row", old_fields, ARRAY_COUNT(old_fields)};

/* A later version: wider, longer, in another order, with a member more. */
struct new_row
{
    char name[16];
    int64_t added;
    uint64_t count;
    uint32_t untouched;
};
static const struct sheet_field new_fields[] = {
    SHEET_FIELD(3, struct new_row, added),
    SHEET_FIELD(2, struct new_row, name),
    SHEET_FIELD(1, struct new_row, count),
};
static const struct sheet_kind new_kind = {"row", new_fields, ARRAY_COUNT(new_fields)};
static const struct sheet_kind other_kind = {"other", old_fields, ARRAY_COUNT(old_fields)};

static void
write_three(struct sheet_writer *writer)
{
    *writer = (struct sheet_writer){0};
    sheet_begin_bytes(writer, "text");
    sheet_add_bytes(writer, "alarm ", 6);
    sheet_add_bytes(writer, "receiving", 9);
    sheet_end(writer);
    sheet_begin(writer, &old_kind);
    sheet_add(writer, &(struct old_row){7, "seven"});
    sheet_add(writer, &(struct old_row){UINT32_MAX, "12345678"});
    sheet_end(writer);
    sheet_begin(writer, &other_kind);
    sheet_end(writer);
    cr_assert(!writer->failed);
}

Test(sheet, reads_back_what_it_wrote)
{
    struct sheet_writer writer;
    struct sheet_reader reader;
    struct sheet_cursor cursor;
    struct old_row row;
    size_t size = 0;
    write_three(&writer);
    cr_assert(sheet_open(&reader, writer.bytes, writer.size));
    const uint8_t *text = sheet_bytes(&reader, "text", &size);
    cr_assert_eq(size, 15);
    cr_assert_eq(memcmp(text, "alarm receiving", 15), 0);
    sheet_find(&reader, &old_kind, &cursor);
    cr_assert(sheet_next(&cursor, &row));
    cr_assert_eq(row.count, 7);
    cr_assert_str_eq(row.name, "seven");
    cr_assert(sheet_next(&cursor, &row));
    cr_assert_eq(row.count, UINT32_MAX);
    cr_assert(!sheet_next(&cursor, &row));
    sheet_find(&reader, &other_kind, &cursor);
    cr_assert(!sheet_next(&cursor, &row), "a table without rows");
    cr_assert_null(sheet_bytes(&reader, "row", &size), "a table with fields is not bytes");
    sheet_free(&writer);
}

Test(sheet, a_later_version_reads_what_an_earlier_one_wrote_and_the_other_way_round)
{
    struct sheet_writer writer;
    struct sheet_reader reader;
    struct sheet_cursor cursor;
    struct new_row row;
    memset(&row, 0xA5, sizeof row);
    write_three(&writer);
    cr_assert(sheet_open(&reader, writer.bytes, writer.size));
    sheet_find(&reader, &new_kind, &cursor);
    cr_assert(sheet_next(&cursor, &row));
    cr_assert_eq(row.count, 7);
    cr_assert_str_eq(row.name, "seven");
    cr_assert_eq(row.added, 0, "what is missing reads as zero");
    cr_assert_eq(row.untouched, 0xA5A5A5A5u, "what has no field is left alone");
    sheet_free(&writer);

    struct old_row old;
    writer = (struct sheet_writer){0};
    sheet_begin(&writer, &new_kind);
    sheet_add(&writer, &(struct new_row){.name = "seventeen", .added = -1, .count = 17});
    sheet_end(&writer);
    cr_assert(sheet_open(&reader, writer.bytes, writer.size));
    sheet_find(&reader, &old_kind, &cursor);
    cr_assert(sheet_next(&cursor, &old));
    cr_assert_eq(old.count, 17);
    cr_assert_eq(memcmp(old.name, "seventee", 8), 0, "as much as there is room for");
    sheet_free(&writer);
}

Test(sheet, every_cut_and_every_flipped_byte_is_refused_or_read_within_bounds)
{
    struct sheet_writer writer;
    struct sheet_reader reader;
    struct sheet_cursor cursor;
    struct old_row row;
    unsigned refused = 0;
    write_three(&writer);
    for (size_t size = 0; size < writer.size; size++) {
        uint8_t *cut = malloc(size + 1); /* of its own, so that the sanitizer sees its end */
        memcpy(cut, writer.bytes, size);
        refused += sheet_open(&reader, cut, size) ? 0 : 1;
        free(cut);
    }
    cr_assert_eq(refused, writer.size - 3, "whole tables alone are a sheet: none, one, two");
    for (size_t at = 0; at < writer.size; at++) {
        uint8_t *copy = malloc(writer.size);
        memcpy(copy, writer.bytes, writer.size);
        copy[at] ^= 0xFF;
        if (sheet_open(&reader, copy, writer.size)) {
            sheet_find(&reader, &old_kind, &cursor);
            for (unsigned rows = 0; sheet_next(&cursor, &row); rows++) {
                cr_assert_lt(rows, 100);
            }
        }
        free(copy);
    }
    sheet_free(&writer);
}
