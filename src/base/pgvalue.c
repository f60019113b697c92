/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pgvalue.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* PostgreSQL counts microseconds from 2000-01-01. */
#define EPOCH_SHIFT_US INT64_C(946684800000000)
#define HEADER_SIZE 20 /* dimensions, has-null, element type, count, lower bound */

static uint8_t *
array_room(struct pg_array *array, size_t size)
{
    if (array->failed) {
        return NULL;
    }
    if (array->capacity - array->size < size) {
        size_t capacity = array->capacity < 1024 ? 1024 : array->capacity;
        while (capacity - array->size < size) {
            capacity *= 2;
        }
        uint8_t *bytes = realloc(array->bytes, capacity);
        if (bytes == NULL) {
            array->failed = true;
            return NULL;
        }
        array->bytes = bytes;
        array->capacity = capacity;
    }
    uint8_t *room = array->bytes + array->size;
    array->size += size;
    return room;
}

static void
put_u32(uint8_t *to, uint32_t value)
{
    uint32_t big = htobe32(value);
    memcpy(to, &big, sizeof(big));
}

void
pg_array_begin(struct pg_array *array, enum pg_oid element)
{
    array->size = 0;
    array->count = 0;
    array->failed = false;
    uint8_t *header = array_room(array, HEADER_SIZE);
    if (header != NULL) {
        put_u32(header, 1);
        put_u32(header + 4, 0);
        put_u32(header + 8, (uint32_t)element);
        put_u32(header + 12, 0);
        put_u32(header + 16, 1);
    }
}

void
pg_array_add_null(struct pg_array *array)
{
    uint8_t *room = array_room(array, 4);
    if (room != NULL) {
        put_u32(room, UINT32_MAX);
        put_u32(array->bytes + 4, 1);
        array->count++;
    }
}

void
pg_array_add_bytes(struct pg_array *array, const void *bytes, size_t size)
{
    uint8_t *room = array_room(array, 4 + size);
    if (room != NULL) {
        put_u32(room, (uint32_t)size);
        if (size > 0) {
            memcpy(room + 4, bytes, size);
        }
        array->count++;
    }
}

void
pg_array_add_bool(struct pg_array *array, bool value)
{
    uint8_t byte = value ? 1 : 0;
    pg_array_add_bytes(array, &byte, 1);
}

void
pg_array_add_int4(struct pg_array *array, int32_t value)
{
    uint8_t bytes[4];
    pg_write_int4(bytes, value);
    pg_array_add_bytes(array, bytes, sizeof(bytes));
}

void
pg_array_add_int8(struct pg_array *array, int64_t value)
{
    uint8_t bytes[8];
    pg_write_int8(bytes, value);
    pg_array_add_bytes(array, bytes, sizeof(bytes));
}

void
pg_array_add_float8(struct pg_array *array, double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    pg_array_add_int8(array, bits);
}

void
pg_array_add_time(struct pg_array *array, int64_t wall_us)
{
    if (wall_us == 0) {
        pg_array_add_null(array);
        return;
    }
    uint8_t bytes[8];
    pg_write_time(bytes, wall_us);
    pg_array_add_bytes(array, bytes, sizeof(bytes));
}

void
pg_array_finish(struct pg_array *array)
{
    if (array->failed) {
        return;
    }
    put_u32(array->bytes + 12, array->count);
    if (array->count == 0) {
        /* An empty array has no dimensions. */
        put_u32(array->bytes, 0);
        array->size = 12;
    }
}

void
pg_array_free(struct pg_array *array)
{
    free(array->bytes);
    memset(array, 0, sizeof(*array));
}

void
pg_write_int8(uint8_t to[8], int64_t value)
{
    uint64_t big = htobe64((uint64_t)value);
    memcpy(to, &big, sizeof(big));
}

void
pg_write_int4(uint8_t to[4], int32_t value)
{
    put_u32(to, (uint32_t)value);
}

/* PostgreSQL knows no time before 4713 BC and no later than 294276: what a broken clock may say
 * is kept inside years people understand, so that it cannot refuse a row. */
void
pg_write_time(uint8_t to[8], int64_t wall_us)
{
    const int64_t limit_us = INT64_C(8000) * 365 * 86400 * 1000000;
    if (wall_us > limit_us) {
        wall_us = limit_us;
    }
    if (wall_us < -limit_us / 8) {
        wall_us = -limit_us / 8;
    }
    pg_write_int8(to, wall_us - EPOCH_SHIFT_US);
}

static const uint8_t *
field(const PGresult *result, int row, int column, int *ret_size)
{
    if (column < 0 || column >= PQnfields(result) || row >= PQntuples(result) ||
        PQgetisnull(result, row, column)) {
        return NULL;
    }
    *ret_size = PQgetlength(result, row, column);
    return (const uint8_t *)PQgetvalue(result, row, column);
}

static uint64_t
get_big(const uint8_t *bytes, int size)
{
    uint64_t value = 0;
    for (int i = 0; i < size; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

bool
pg_read_bool(const PGresult *result, int row, int column)
{
    int size = 0;
    const uint8_t *bytes = field(result, row, column, &size);
    return bytes != NULL && size == 1 && bytes[0] != 0;
}

int64_t
pg_read_int8(const PGresult *result, int row, int column)
{
    int size = 0;
    const uint8_t *bytes = field(result, row, column, &size);
    if (bytes == NULL || (size != 8 && size != 4)) {
        return 0;
    }
    uint64_t value = get_big(bytes, size);
    return size == 4 ? (int64_t)(int32_t)(uint32_t)value : (int64_t)value;
}

double
pg_read_float8(const PGresult *result, int row, int column)
{
    int size = 0;
    const uint8_t *bytes = field(result, row, column, &size);
    if (bytes == NULL || size != 8) {
        return 0;
    }
    uint64_t bits = get_big(bytes, 8);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

int64_t
pg_read_time(const PGresult *result, int row, int column)
{
    int size = 0;
    const uint8_t *bytes = field(result, row, column, &size);
    if (bytes == NULL || size != 8) {
        return 0;
    }
    int64_t value = (int64_t)get_big(bytes, 8);
    /* "infinity" and "-infinity" mean no end and no beginning: none. */
    if (value == INT64_MAX || value == INT64_MIN) {
        return 0;
    }
    return value + EPOCH_SHIFT_US;
}

const char *
pg_read_text(const PGresult *result, int row, int column)
{
    int size = 0;
    const uint8_t *bytes = field(result, row, column, &size);
    return bytes == NULL ? "" : (const char *)bytes; /* libpq ends every value with NUL */
}

const uint8_t *
pg_read_bytes(const PGresult *result, int row, int column, size_t *ret_size)
{
    int size = 0;
    const uint8_t *bytes = field(result, row, column, &size);
    *ret_size = bytes == NULL ? 0 : (size_t)size;
    return bytes;
}

bool
pg_read_is_null(const PGresult *result, int row, int column)
{
    int size = 0;
    return field(result, row, column, &size) == NULL;
}

struct pg_items
pg_read_items(const PGresult *result, int row, int column)
{
    int size = 0;
    const uint8_t *bytes = field(result, row, column, &size);
    struct pg_items items = {0};
    if (bytes != NULL && size >= HEADER_SIZE && get_big(bytes, 4) == 1) {
        items.at = bytes + HEADER_SIZE;
        items.end = bytes + size;
        items.left = (unsigned)get_big(bytes + 12, 4);
    }
    return items;
}

const uint8_t *
pg_next_item(struct pg_items *items, size_t *ret_size)
{
    while (items->left > 0 && items->end - items->at >= 4) {
        uint32_t size = (uint32_t)get_big(items->at, 4);
        items->at += 4;
        items->left--;
        if (size == UINT32_MAX) {
            continue;
        }
        if (size > (size_t)(items->end - items->at)) {
            break;
        }
        const uint8_t *item = items->at;
        items->at += size;
        *ret_size = size;
        return item;
    }
    return NULL;
}
