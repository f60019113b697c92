/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/blob.h"

#include "base/require.h"
#include "base/text.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

struct blob *
blob_new(const void *bytes, size_t size)
{
    struct blob *blob = malloc(sizeof(*blob) + size);
    if (blob != NULL) {
        blob->references = 1;
        blob->size = size;
        memcpy(blob->bytes, bytes, size);
    }
    return blob;
}

struct blob *
blob_hold(struct blob *blob)
{
    blob->references++;
    return blob;
}

void
blob_release(struct blob *blob)
{
    if (blob == NULL) {
        return;
    }
    require(blob->references > 0);
    if (--blob->references == 0) {
        explicit_bzero(blob->bytes, blob->size); /* keys and personal data */
        free(blob);
    }
}

static uint8_t *
builder_room(struct builder *builder, size_t size)
{
    if (builder->failed) {
        return NULL;
    }
    if (builder->capacity - builder->size < size) {
        size_t capacity = builder->capacity < 4096 ? 4096 : builder->capacity;
        while (capacity - builder->size < size) {
            capacity *= 2;
        }
        uint8_t *bytes = realloc(builder->bytes, capacity);
        if (bytes == NULL) {
            builder->failed = true;
            return NULL;
        }
        builder->bytes = bytes;
        builder->capacity = capacity;
    }
    uint8_t *room = builder->bytes + builder->size;
    builder->size += size;
    return room;
}

void
builder_put_u8(struct builder *builder, uint8_t value)
{
    uint8_t *room = builder_room(builder, 1);
    if (room != NULL) {
        *room = value;
    }
}

void
builder_put_u32(struct builder *builder, uint32_t value)
{
    uint32_t little = htole32(value);
    uint8_t *room = builder_room(builder, sizeof(little));
    if (room != NULL) {
        memcpy(room, &little, sizeof(little));
    }
}

void
builder_put_u64(struct builder *builder, uint64_t value)
{
    uint64_t little = htole64(value);
    uint8_t *room = builder_room(builder, sizeof(little));
    if (room != NULL) {
        memcpy(room, &little, sizeof(little));
    }
}

void
builder_put_bytes(struct builder *builder, const void *bytes, size_t size)
{
    builder_put_u32(builder, (uint32_t)size);
    uint8_t *room = builder_room(builder, size);
    if (room != NULL && size > 0) {
        memcpy(room, bytes, size);
    }
}

void
builder_put_text(struct builder *builder, const char *text)
{
    builder_put_bytes(builder, text, strlen(text));
}

void
builder_begin(struct builder *builder, uint8_t type)
{
    builder->record = builder->size;
    builder_put_u32(builder, 0);
    builder_put_u8(builder, type);
}

void
builder_end(struct builder *builder)
{
    if (!builder->failed) {
        uint32_t little = htole32((uint32_t)(builder->size - builder->record - 5));
        memcpy(builder->bytes + builder->record, &little, sizeof(little));
    }
}

void
builder_free(struct builder *builder)
{
    if (builder->bytes != NULL) {
        explicit_bzero(builder->bytes, builder->capacity);
    }
    free(builder->bytes);
    memset(builder, 0, sizeof(*builder));
}

uint8_t
blob_next(struct cursor *cursor, struct cursor *ret_body)
{
    if (cursor_left(cursor) == 0) {
        return 0;
    }
    uint32_t size = cursor_read_le32(cursor);
    uint8_t type = cursor_read_u8(cursor);
    const uint8_t *body = cursor_read_bytes(cursor, size);
    if (cursor->failed || body == NULL) {
        cursor->failed = true;
        return 0;
    }
    *ret_body = cursor_over_const(body, size);
    return type;
}

const uint8_t *
blob_read_bytes(struct cursor *body, size_t *ret_size)
{
    uint32_t size = cursor_read_le32(body);
    const uint8_t *bytes = cursor_read_bytes(body, size);
    *ret_size = bytes == NULL ? 0 : size;
    return bytes;
}

void
blob_read_text(struct cursor *body, char *to, size_t size)
{
    size_t length;
    const uint8_t *bytes = blob_read_bytes(body, &length);
    if (length >= size) {
        length = size - 1;
    }
    if (length > 0) {
        memcpy(to, bytes, length);
    }
    to[length] = '\0';
}
