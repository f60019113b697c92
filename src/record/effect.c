/* SPDX-License-Identifier: Apache-2.0 */
#include "record/effect.h"

#include "base/require.h"
#include "base/text.h"
#include "record/record.h"
#include "record/valid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 63 /* characters; of the vocabulary, whose words are shorter */

static void
put(struct effect_draft *draft, const void *bytes, size_t size)
{
    require(draft->size + size <= EFFECT_MAX);
    if (size > 0) {
        memcpy(draft->bytes + draft->size, bytes, size);
    }
    draft->size += size;
}

/* The next column must be of this type: a mistake here would put a name where a date belongs. */
static void
next_column(struct effect_draft *draft, enum effect_type type)
{
    require(draft->table != NULL && draft->column < draft->table->column_count);
    enum effect_type wanted = draft->table->columns[draft->column].type;
    require(wanted == type || (wanted == EFFECT_WORDS && type == EFFECT_TEXT));
    draft->column++;
}

void
effect_begin(struct effect_draft *draft, enum effect_kind kind, uint64_t pos)
{
    uint8_t kind_byte = (uint8_t)kind;
    draft->size = 4;
    draft->column = 0;
    draft->table = kind < EFFECT_KIND_COUNT ? &effect_tables[kind] : NULL;
    put(draft, &kind_byte, 1);
    put(draft, &pos, sizeof(pos));
}

void
effect_put_int8(struct effect_draft *draft, int64_t value)
{
    next_column(draft, EFFECT_INT8);
    put(draft, &value, sizeof(value));
}

void
effect_put_reference(struct effect_draft *draft, uint64_t id)
{
    next_column(draft, EFFECT_REFERENCE);
    put(draft, &id, sizeof(id));
}

void
effect_put_int4(struct effect_draft *draft, int64_t value)
{
    int32_t small = value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
    next_column(draft, EFFECT_INT4);
    put(draft, &small, sizeof(small));
}

void
effect_put_bool(struct effect_draft *draft, bool value)
{
    uint8_t byte = value ? 1 : 0;
    next_column(draft, EFFECT_BOOL);
    put(draft, &byte, 1);
}

void
effect_put_float8(struct effect_draft *draft, double value)
{
    next_column(draft, EFFECT_FLOAT8);
    put(draft, &value, sizeof(value));
}

void
effect_put_time(struct effect_draft *draft, int64_t wall_us)
{
    next_column(draft, EFFECT_TIME);
    put(draft, &wall_us, sizeof(wall_us));
}

static void
put_sized(struct effect_draft *draft, const uint8_t *bytes, size_t size)
{
    uint32_t count = (uint32_t)size;
    put(draft, &count, sizeof(count));
    put(draft, bytes, size);
}

static void
put_mended(struct effect_draft *draft, const char *text, size_t size)
{
    uint8_t valid[EFFECT_TEXT_MAX * 3];
    size = valid_copy(valid, text, size);
    if (size > EFFECT_TEXT_MAX) {
        size = EFFECT_TEXT_MAX;
        while (size > 0 && (valid[size] & 0xc0) == 0x80) {
            size--; /* never inside a character */
        }
    }
    put_sized(draft, valid, size);
}

void
effect_put_text(struct effect_draft *draft, const char *text)
{
    next_column(draft, EFFECT_TEXT);
    size_t size = text == NULL ? 0 : strnlen(text, EFFECT_TEXT_MAX);
    if (valid_is_ascii(text, size)) { /* nearly all of them */
        put_sized(draft, (const uint8_t *)text, size);
    } else {
        put_mended(draft, text, size);
    }
}

void
effect_put_word(struct effect_draft *draft, const char *word)
{
    uint32_t size = 0;
    require(draft->size + sizeof(size) + WORD_MAX <= EFFECT_MAX);
    uint8_t *count = draft->bytes + draft->size;
    uint8_t *lower = count + sizeof(size);
    for (; size < WORD_MAX && word[size] != '\0'; size++) {
        uint8_t byte = (uint8_t)word[size];
        lower[size] = (uint8_t)(byte - 'A') <= 'Z' - 'A' ? byte | 0x20 : byte;
    }
    next_column(draft, EFFECT_TEXT);
    memcpy(count, &size, sizeof(size));
    draft->size += sizeof(size) + size;
}

void
effect_put_bytes(struct effect_draft *draft, const uint8_t *bytes, size_t size)
{
    next_column(draft, EFFECT_BYTES);
    size = bytes == NULL ? 0 : size;
    put_sized(draft, bytes, size < EFFECT_TEXT_MAX ? size : EFFECT_TEXT_MAX);
}

void
effect_finish(struct effect_draft *draft)
{
    require(draft->table == NULL || draft->column == draft->table->column_count);
    uint32_t size = (uint32_t)draft->size;
    memcpy(draft->bytes, &size, sizeof(size));
}

uint32_t
effect_size(const uint8_t *effect)
{
    uint32_t size;
    memcpy(&size, effect, sizeof(size));
    return size;
}

enum effect_kind
effect_kind_of(const uint8_t *effect)
{
    return (enum effect_kind)effect[4];
}

uint64_t
effect_pos(const uint8_t *effect)
{
    uint64_t pos;
    memcpy(&pos, effect + 5, sizeof(pos));
    return pos;
}

uint64_t
effect_key(const uint8_t *effect, unsigned n)
{
    uint64_t key;
    memcpy(&key, effect + EFFECT_HEADER + (size_t)n * sizeof(key), sizeof(key));
    return key;
}

/* The first columns of a signal, and those of a signal_state behind the signal's position. */
static size_t
state_at(const uint8_t *effect)
{
    enum effect_kind kind = effect_kind_of(effect);
    require(kind == EFFECT_SIGNAL || kind == EFFECT_SIGNAL_STATE);
    return kind == EFFECT_SIGNAL ? EFFECT_HEADER : EFFECT_HEADER + 8;
}

void
effect_state_read(const uint8_t *effect, struct effect_state *ret_state)
{
    const uint8_t *at = effect + state_at(effect);
    memcpy(&ret_state->allocation, at, 8);
    memcpy(&ret_state->case_id, at + 8, 8);
    memcpy(&ret_state->last_repeat_us, at + 16, 8);
    memcpy(&ret_state->repeats, at + 24, 4);
}

void
effect_state_write(uint8_t *effect, const struct effect_state *state)
{
    uint8_t *at = effect + state_at(effect);
    memcpy(at, &state->allocation, 8);
    memcpy(at + 8, &state->case_id, 8);
    memcpy(at + 16, &state->last_repeat_us, 8);
    memcpy(at + 24, &state->repeats, 4);
}

/* One value of an effect. */
struct value
{
    int64_t number;
    double real;
    const uint8_t *bytes;
    uint32_t size;
};

static const uint8_t *
read_value(const uint8_t *at, enum effect_type type, struct value *ret_value)
{
    int32_t small;
    switch (type) {
        case EFFECT_INT8:
        case EFFECT_REFERENCE:
        case EFFECT_TIME:
            memcpy(&ret_value->number, at, 8);
            return at + 8;
        case EFFECT_FLOAT8:
            memcpy(&ret_value->real, at, 8);
            return at + 8;
        case EFFECT_INT4:
            memcpy(&small, at, 4);
            ret_value->number = small;
            return at + 4;
        case EFFECT_BOOL:
            ret_value->number = *at;
            return at + 1;
        case EFFECT_TEXT:
        case EFFECT_WORDS:
        case EFFECT_BYTES:
            memcpy(&ret_value->size, at, 4);
            ret_value->bytes = at + 4;
            return at + 4 + ret_value->size;
    }
    require(false);
    return at;
}

static void
add_value(struct pg_array *array, enum effect_type type, const struct value *value)
{
    switch (type) {
        case EFFECT_INT8:
            pg_array_add_int8(array, value->number);
            return;
        case EFFECT_REFERENCE:
            if (value->number == 0) {
                pg_array_add_null(array);
            } else {
                pg_array_add_int8(array, value->number);
            }
            return;
        case EFFECT_TIME:
            pg_array_add_time(array, value->number);
            return;
        case EFFECT_FLOAT8:
            if (isnan(value->real)) {
                pg_array_add_null(array);
            } else {
                pg_array_add_float8(array, value->real);
            }
            return;
        case EFFECT_INT4:
            pg_array_add_int4(array, (int32_t)value->number);
            return;
        case EFFECT_BOOL:
            pg_array_add_bool(array, value->number != 0);
            return;
        case EFFECT_TEXT:
        case EFFECT_WORDS:
            pg_array_add_bytes(array, value->bytes, value->size);
            return;
        case EFFECT_BYTES:
            if (value->size == 0) {
                pg_array_add_null(array);
            } else {
                pg_array_add_bytes(array, value->bytes, value->size);
            }
            return;
    }
}

void
effect_add_to(const uint8_t *effect, struct pg_array *columns)
{
    const struct effect_table *table = &effect_tables[effect_kind_of(effect)];
    const uint8_t *at = effect + EFFECT_HEADER;
    for (unsigned i = 0; i < table->column_count; i++) {
        struct value value = {0};
        at = read_value(at, table->columns[i].type, &value);
        add_value(&columns[i], table->columns[i].type, &value);
    }
}

static void
value_to_json(char *json, size_t size, size_t *used, const struct effect_column *column,
              const struct value *value)
{
    char text[EFFECT_TEXT_MAX * 3 + 1];
    size_t count = value->size < sizeof(text) - 1 ? value->size : sizeof(text) - 1;
    switch (column->type) {
        case EFFECT_TEXT:
        case EFFECT_WORDS:
            memcpy(text, value->bytes, count);
            text[count] = '\0';
            record_json_text(json, size, used, column->name, text);
            return;
        case EFFECT_BYTES:
            count = count < EFFECT_TEXT_MAX ? count : EFFECT_TEXT_MAX;
            text_from_hex_bytes(text, value->bytes, count);
            record_json_text(json, size, used, column->name, text);
            return;
        case EFFECT_FLOAT8:
            snprintf(text, sizeof(text), "%.7f", value->real);
            record_json_text(json, size, used, column->name, text);
            return;
        default:
            record_json_number(json, size, used, column->name, value->number);
            return;
    }
}

void
effect_to_json(const uint8_t *effect, char *json, size_t size)
{
    const struct effect_table *table = &effect_tables[effect_kind_of(effect)];
    const uint8_t *at = effect + EFFECT_HEADER;
    size_t used = 0;
    record_json_text(json, size, &used, "table", table->name);
    for (unsigned i = 0; i < table->column_count; i++) {
        struct value value = {0};
        at = read_value(at, table->columns[i].type, &value);
        value_to_json(json, size, &used, &table->columns[i], &value);
    }
    record_json_end(json, size, &used);
}
