/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values to and from PostgreSQL in its binary form: arrays for set-based statements, and readers
 * for results. Binary needs no quoting, so text from units and people cannot become SQL.
 * Any thread, one object one thread.
 */
#ifndef BASE_PGVALUE_H
#define BASE_PGVALUE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Element types by PostgreSQL's fixed oids (catalogue pg_type). */
enum pg_oid
{
    PG_OID_BOOL = 16,
    PG_OID_BYTEA = 17,
    PG_OID_INT8 = 20,
    PG_OID_INT4 = 23,
    PG_OID_TEXT = 25,
    PG_OID_FLOAT8 = 701,
    PG_OID_TIMESTAMPTZ = 1184,
};

/* A one-dimensional array under construction. A failed allocation is remembered: check `failed`
 * once, before sending. Its bytes are reused by the next pg_array_begin. */
struct pg_array
{
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    unsigned count;
    bool failed;
};

void pg_array_begin(struct pg_array *array, enum pg_oid element);
void pg_array_add_null(struct pg_array *array);
void pg_array_add_bool(struct pg_array *array, bool value);
void pg_array_add_int4(struct pg_array *array, int32_t value);
void pg_array_add_int8(struct pg_array *array, int64_t value);
void pg_array_add_float8(struct pg_array *array, double value);
/* Microseconds since 1970 UTC; 0 becomes null. */
void pg_array_add_time(struct pg_array *array, int64_t wall_us);
/* For text and bytea; the caller made sure that text is valid UTF-8 without NUL. */
void pg_array_add_bytes(struct pg_array *array, const void *bytes, size_t size);
/* Completes the header; afterwards bytes[0..size) is the parameter. */
void pg_array_finish(struct pg_array *array);
void pg_array_free(struct pg_array *array);

/* One scalar in binary form, for a parameter. */
void pg_write_int8(uint8_t to[8], int64_t value);
void pg_write_int4(uint8_t to[4], int32_t value);
void pg_write_time(uint8_t to[8], int64_t wall_us);

/*
 * Readers of a binary result. Null, a missing column or an unexpected size gives 0, false or "":
 * a result that does not fit cannot hurt us.
 */
bool pg_read_bool(const PGresult *result, int row, int column);
int64_t pg_read_int8(const PGresult *result, int row, int column); /* also int4 columns */
double pg_read_float8(const PGresult *result, int row, int column);
int64_t pg_read_time(const PGresult *result, int row, int column); /* microseconds since 1970 */
/* Lives as long as the result. */
const char *pg_read_text(const PGresult *result, int row, int column);
const uint8_t *pg_read_bytes(const PGresult *result, int row, int column, size_t *ret_size);
bool pg_read_is_null(const PGresult *result, int row, int column);

/* Walks a one-dimensional array value. */
struct pg_items
{
    const uint8_t *at;
    const uint8_t *end;
    unsigned left;
};

struct pg_items pg_read_items(const PGresult *result, int row, int column);
/* The next element that is not null, not NUL-terminated; NULL at the end. */
const uint8_t *pg_next_item(struct pg_items *items, size_t *ret_size);

#endif
