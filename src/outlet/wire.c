/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/wire.h"

#include "base/require.h"
#include "base/varint.h"
#include "larwm/limits.h"

#include <string.h>

#define TYPE_VARINT 0u
#define TYPE_BYTES 2u
#define TAG_SIZE 1u /* every field number here is below 16 */

enum
{
    DELTA_SEQUENCE = 1,
    SNAPSHOT_SEQUENCE = 1,
    SNAPSHOT_INCIDENT = 2,
    SNAPSHOT_STATUS = 3,
    SNAPSHOT_LAST = 4,
    CREDENTIAL_REF = 1,
    CREDENTIAL_FOUND = 2,
};

static size_t
put_number(uint8_t *to, unsigned field, uint64_t value)
{
    to[0] = (uint8_t)(field << 3 | TYPE_VARINT);
    return TAG_SIZE + varint_put(to + TAG_SIZE, value);
}

static size_t
put_header(uint8_t *to, unsigned field, size_t size)
{
    to[0] = (uint8_t)(field << 3 | TYPE_BYTES);
    return TAG_SIZE + varint_put(to + TAG_SIZE, size);
}

static size_t
field_size(size_t size)
{
    return TAG_SIZE + varint_size(size) + size;
}

/* A buffer for one frame of `size` bytes, its length written. */
static struct buffer *
take_frame(struct buffer_store *store, size_t size)
{
    if (size > LIMIT_CONSOLE_FRAME) {
        return NULL;
    }
    struct buffer *buffer = buffer_take(store, WIRE_LENGTH + size);
    if (buffer != NULL) {
        buffer->bytes[0] = (uint8_t)(size >> 24);
        buffer->bytes[1] = (uint8_t)(size >> 16);
        buffer->bytes[2] = (uint8_t)(size >> 8);
        buffer->bytes[3] = (uint8_t)size;
    }
    return buffer;
}

struct buffer *
wire_delta(struct buffer_store *store, uint64_t sequence, enum wire_delta_field field,
           const uint8_t *body, size_t size)
{
    size_t inner = TAG_SIZE + varint_size(sequence) + field_size(size);
    struct buffer *buffer = take_frame(store, field_size(inner));
    if (buffer == NULL) {
        return NULL;
    }
    size_t at = WIRE_LENGTH;
    at += put_header(buffer->bytes + at, WIRE_DELTA, inner);
    at += put_number(buffer->bytes + at, DELTA_SEQUENCE, sequence);
    at += put_header(buffer->bytes + at, field, size);
    buffer->body_at = (uint32_t)at;
    buffer->body_size = (uint32_t)size;
    if (size > 0) {
        memcpy(buffer->bytes + at, body, size);
    }
    require(at + size == buffer->size);
    return buffer;
}

struct buffer *
wire_message(struct buffer_store *store, enum wire_server_field field, const uint8_t *body,
             size_t size, const uint8_t *tail, size_t tail_size)
{
    size_t inner = size + tail_size;
    struct buffer *buffer = take_frame(store, field_size(inner));
    if (buffer == NULL) {
        return NULL;
    }
    size_t at = WIRE_LENGTH;
    at += put_header(buffer->bytes + at, field, inner);
    buffer->body_at = (uint32_t)at;
    buffer->body_size = (uint32_t)inner;
    if (size > 0) {
        memcpy(buffer->bytes + at, body, size);
    }
    if (tail_size > 0) {
        memcpy(buffer->bytes + at + size, tail, tail_size);
    }
    require(at + inner == buffer->size);
    return buffer;
}

struct buffer *
wire_server_frame(struct buffer_store *store, const Larwm__Console__ServerFrame *frame)
{
    size_t size = larwm__console__server_frame__get_packed_size(frame);
    struct buffer *buffer = take_frame(store, size);
    if (buffer != NULL) {
        (void)larwm__console__server_frame__pack(frame, buffer->bytes + WIRE_LENGTH);
    }
    return buffer;
}

size_t
wire_credential_tail(uint8_t tail[WIRE_CREDENTIAL_TAIL], uint64_t ref)
{
    size_t size = put_number(tail, CREDENTIAL_REF, ref);
    return size + put_number(tail + size, CREDENTIAL_FOUND, 1);
}

size_t
wire_incident_size(size_t body_size)
{
    return field_size(body_size);
}

static size_t
snapshot_tail_size(const struct buffer *status, bool last)
{
    return (status != NULL ? field_size(status->body_size) : 0) + (last ? TAG_SIZE + 1 : 0);
}

struct buffer *
wire_snapshot_begin(struct buffer_store *store, uint64_t sequence, size_t incidents_size,
                    const struct buffer *status, bool last, size_t *ret_at)
{
    size_t inner = TAG_SIZE + varint_size(sequence) + incidents_size;
    inner += snapshot_tail_size(status, last);
    struct buffer *buffer = take_frame(store, field_size(inner));
    if (buffer == NULL) {
        return NULL;
    }
    size_t at = WIRE_LENGTH;
    at += put_header(buffer->bytes + at, WIRE_SNAPSHOT, inner);
    at += put_number(buffer->bytes + at, SNAPSHOT_SEQUENCE, sequence);
    *ret_at = at;
    return buffer;
}

void
wire_snapshot_put(struct buffer *frame, size_t *at, const uint8_t *body, size_t size)
{
    require(*at + field_size(size) <= frame->size);
    *at += put_header(frame->bytes + *at, SNAPSHOT_INCIDENT, size);
    memcpy(frame->bytes + *at, body, size);
    *at += size;
}

void
wire_snapshot_end(struct buffer *frame, size_t at, const struct buffer *status, bool last)
{
    require(at + snapshot_tail_size(status, last) == frame->size);
    if (status != NULL) {
        at += put_header(frame->bytes + at, SNAPSHOT_STATUS, status->body_size);
        memcpy(frame->bytes + at, status->bytes + status->body_at, status->body_size);
        at += status->body_size;
    }
    if (last) {
        (void)put_number(frame->bytes + at, SNAPSHOT_LAST, 1);
    }
}
