/* SPDX-License-Identifier: Apache-2.0 */
#include "client/console_wire.h"

#include "base/require.h"
#include "base/varint.h"
#include "larwm/limits.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16384u

void
console_reader_free(struct console_reader *reader)
{
    free(reader->data);
    *reader = (struct console_reader){0};
}

void
console_reader_reset(struct console_reader *reader)
{
    reader->used = 0;
    reader->taken = 0;
}

/* The length before the frame at hand; 0 while it is not complete. */
static size_t
length_at_hand(const struct console_reader *reader)
{
    if (reader->used - reader->taken < CONSOLE_LENGTH) {
        return 0;
    }
    const uint8_t *at = reader->data + reader->taken;
    return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

enum error
console_reader_room(struct console_reader *reader, uint8_t **ret_room, size_t *ret_size)
{
    if (reader->taken > 0) {
        reader->used -= reader->taken;
        memmove(reader->data, reader->data + reader->taken, reader->used);
        reader->taken = 0;
    }
    size_t wanted = CONSOLE_LENGTH + length_at_hand(reader);
    require(wanted <= CONSOLE_LENGTH + LIMIT_CONSOLE_FRAME);
    wanted = wanted < ROOM_FIRST ? ROOM_FIRST : wanted;
    if (reader->capacity < wanted) {
        uint8_t *data = realloc(reader->data, wanted);
        if (data == NULL) {
            return ERROR_MEMORY;
        }
        reader->data = data;
        reader->capacity = wanted;
    }
    *ret_room = reader->data + reader->used;
    *ret_size = reader->capacity - reader->used;
    return ERROR_NONE;
}

void
console_reader_fed(struct console_reader *reader, size_t size)
{
    require(size <= reader->capacity - reader->used);
    reader->used += size;
}

enum error
console_reader_next(struct console_reader *reader, const uint8_t **ret_frame, size_t *ret_size)
{
    if (reader->used - reader->taken < CONSOLE_LENGTH) {
        return ERROR_AGAIN;
    }
    size_t length = length_at_hand(reader);
    if (length == 0) {
        return ERROR_MALFORMED;
    }
    if (length > LIMIT_CONSOLE_FRAME) {
        return ERROR_TOO_LARGE;
    }
    if (reader->used - reader->taken - CONSOLE_LENGTH < length) {
        return ERROR_AGAIN;
    }
    *ret_frame = reader->data + reader->taken + CONSOLE_LENGTH;
    *ret_size = length;
    reader->taken += CONSOLE_LENGTH + length;
    return ERROR_NONE;
}

void
console_put_length(uint8_t to[CONSOLE_LENGTH], size_t size)
{
    to[0] = (uint8_t)(size >> 24);
    to[1] = (uint8_t)(size >> 16);
    to[2] = (uint8_t)(size >> 8);
    to[3] = (uint8_t)size;
}

/* A walk over the fields of one packed message. */
struct field_walk
{
    const uint8_t *at;
    const uint8_t *end;
    unsigned field;
    uint64_t value;       /* varint fields */
    const uint8_t *bytes; /* length-delimited fields, else NULL */
    size_t size;
};

static bool
skip(struct field_walk *walk, uint64_t size)
{
    if (size > (uint64_t)(walk->end - walk->at)) {
        return false;
    }
    walk->at += size;
    return true;
}

/* The next field. False at the end or where the message is not well formed. */
static bool
take_field(struct field_walk *walk)
{
    uint64_t tag;
    if (walk->at == walk->end || !varint_take(&walk->at, walk->end, &tag)) {
        return false;
    }
    walk->field = (unsigned)(tag >> 3);
    walk->bytes = NULL;
    walk->value = 0;
    switch (tag & 7) {
        case 0:
            return varint_take(&walk->at, walk->end, &walk->value);
        case 1:
            return skip(walk, 8);
        case 2: {
            uint64_t size;
            if (!varint_take(&walk->at, walk->end, &size)) {
                return false;
            }
            walk->bytes = walk->at;
            walk->size = (size_t)size;
            return skip(walk, size);
        }
        case 5:
            return skip(walk, 4);
        default:
            return false;
    }
}

#define SNAPSHOT_LAST 4u

/* The field number that carries the sequence, by kind; 0 = none. */
static unsigned
sequence_field(Larwm__Console__ServerFrame__BodyCase kind)
{
    switch (kind) {
        case LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT:
        case LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA:
            return 1;
        case LARWM__CONSOLE__SERVER_FRAME__BODY_TICK:
            return 2;
        default:
            return 0;
    }
}

bool
console_glance(const uint8_t *frame, size_t size, struct console_glance *ret_glance)
{
    struct field_walk outer = {.at = frame, .end = frame + size};
    if (!take_field(&outer) || outer.bytes == NULL || outer.at != outer.end ||
        outer.field > LARWM__CONSOLE__SERVER_FRAME__BODY_COUNTERS) {
        return false;
    }
    struct console_glance glance = {.kind = (Larwm__Console__ServerFrame__BodyCase)outer.field};
    unsigned number = sequence_field(glance.kind);
    bool snapshot = glance.kind == LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT;
    struct field_walk inner = {.at = outer.bytes, .end = outer.bytes + outer.size};
    while (number != 0 && take_field(&inner)) {
        if (inner.field == number) {
            glance.sequence = inner.value;
        }
        if (snapshot && inner.field == SNAPSHOT_LAST) {
            glance.last = inner.value != 0;
        }
        if (!snapshot && inner.field == number) {
            break;
        }
    }
    if (snapshot && inner.at != inner.end) {
        return false;
    }
    *ret_glance = glance;
    return true;
}
