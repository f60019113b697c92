/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An effect as bytes: one row for one table, in the order of the table's columns, so that queue,
 * spool, batches and the parking of a refused row need to know nothing but the column list.
 *
 * Layout, in the machine's byte order (it never leaves the machine nor outlives the process):
 * u32 size of all of it, u8 kind, u64 position, then the values: 8 bytes for INT8, REFERENCE, TIME
 * and FLOAT8, 4 for INT4, 1 for BOOL, u32 size and the bytes for TEXT, WORDS and BYTES.
 */
#ifndef RECORD_EFFECT_H
#define RECORD_EFFECT_H

#include "base/pgvalue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EFFECT_MAX 163840    /* bytes: every column a text of EFFECT_TEXT_MAX, and some */
#define EFFECT_TEXT_MAX 4096 /* of one text or bytes value; longer ones are cut */
#define EFFECT_COLUMNS_MAX 34
#define EFFECT_SQL_MAX 8192 /* of one table's statement */
#define EFFECT_HEADER 13

/* In the order in which a batch writes them: what is referred to comes first. */
enum effect_kind
{
    EFFECT_SIGNAL,
    EFFECT_SIGNAL_STATE,
    EFFECT_INCIDENT,
    EFFECT_INCIDENT_SIGNAL,
    EFFECT_HISTORY,
    EFFECT_ESCALATION,
    EFFECT_DELIVERY,
    EFFECT_WATCH,
    EFFECT_LEARNED,
    EFFECT_DISCLOSURE,
    EFFECT_AUDIT,
    EFFECT_KIND_COUNT,
    EFFECT_ADVANCE = 255, /* closes the record at its position */
};

enum effect_type
{
    EFFECT_INT8,
    EFFECT_REFERENCE, /* int8; 0 is null */
    EFFECT_INT4,
    EFFECT_BOOL,
    EFFECT_FLOAT8, /* NaN is null */
    EFFECT_TIME,   /* 0 is null */
    EFFECT_TEXT,
    EFFECT_WORDS, /* text; its words, between spaces, become a text[] */
    EFFECT_BYTES, /* empty is null */
};

struct effect_column
{
    const char *name;
    enum effect_type type;
};

/* Parameters of `sql`: $1 the node (int4), $2 the positions (int8[]), $3... one array a column.
 * Lists that follow from the columns stand in it as
 *   @rows     a query that makes rows x (pos and the columns, by name) of the arrays
 *   @columns  names of pos and the columns, without `id`
 *   @values   x.pos and the values of these columns
 *   @newer    pos = excluded.pos and so on for these columns
 *   @id       node and number out of `id`
 *   @once     "a row that is there already stays": left out in the first of two statements */
struct effect_table
{
    const char *name; /* of the table, also of the prepared statement */
    const char *once; /* the prepared statement with @once */
    const char *sql;
    const struct effect_column *columns;
    unsigned column_count;
};

extern const struct effect_table effect_tables[EFFECT_KIND_COUNT];

/* The statement of a kind with its lists filled in, with or without @once. */
void effect_sql(enum effect_kind kind, bool once, char text[EFFECT_SQL_MAX]);

/* Building one. Values must be put in the order and of the types of the table's columns. */
struct effect_draft
{
    uint8_t bytes[EFFECT_MAX];
    size_t size;
    const struct effect_table *table;
    unsigned column;
};

void effect_begin(struct effect_draft *draft, enum effect_kind kind, uint64_t pos);
void effect_put_int8(struct effect_draft *draft, int64_t value);
void effect_put_reference(struct effect_draft *draft, uint64_t id);
void effect_put_int4(struct effect_draft *draft, int64_t value); /* kept within int4 */
void effect_put_bool(struct effect_draft *draft, bool value);
void effect_put_float8(struct effect_draft *draft, double value);
void effect_put_time(struct effect_draft *draft, int64_t wall_us);
void effect_put_text(struct effect_draft *draft, const char *text); /* NULL is ""; also WORDS */
/* For TEXT in lower case. */
void effect_put_word(struct effect_draft *draft, const char *word);
void effect_put_bytes(struct effect_draft *draft, const uint8_t *bytes, size_t size);
/* Fills in the size; all columns must have been put. */
void effect_finish(struct effect_draft *draft);

uint32_t effect_size(const uint8_t *effect);
enum effect_kind effect_kind_of(const uint8_t *effect);
uint64_t effect_pos(const uint8_t *effect);

/* What can become known of a signal after it, as both its own effect and a SIGNAL_STATE hold it. */
struct effect_state
{
    int64_t allocation;     /* 0 = not known */
    int64_t case_id;        /* 0 = not known */
    int64_t last_repeat_us; /* 0 = none */
    int32_t repeats;
};

/* Reads it; `effect` is a SIGNAL or a SIGNAL_STATE. */
void effect_state_read(const uint8_t *effect, struct effect_state *ret_state);
/* Writes it over what a SIGNAL or SIGNAL_STATE says. */
void effect_state_write(uint8_t *effect, const struct effect_state *state);
/* The n-th value (0 or 1) of an effect whose first columns are INT8: a key. */
uint64_t effect_key(const uint8_t *effect, unsigned n);

/* Adds the values of one effect to one array a column. */
void effect_add_to(const uint8_t *effect, struct pg_array *columns);
/* The effect as a JSON object, for larwm.record_refused; into `json` (NUL-terminated). */
void effect_to_json(const uint8_t *effect, char *json, size_t size);

#endif
