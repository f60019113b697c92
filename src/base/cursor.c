/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include <endian.h>
#include <string.h>

struct cursor
cursor_over(void *data, size_t size)
{
    return (struct cursor){.data = data, .size = size};
}

struct cursor
cursor_over_const(const void *data, size_t size)
{
    return (struct cursor){.data = (uint8_t *)(uintptr_t)data, .size = size};
}

size_t
cursor_left(const struct cursor *cursor)
{
    return cursor->failed ? 0 : cursor->size - cursor->at;
}

/* The next `size` bytes, or NULL and failed for ever after. */
static inline uint8_t *
cursor_advance(struct cursor *cursor, size_t size)
{
    if (cursor->failed || size > cursor->size - cursor->at) {
        cursor->failed = true;
        return NULL;
    }
    uint8_t *here = cursor->data + cursor->at;
    cursor->at += size;
    return here;
}

/* The size is a constant wherever these two end up: one load, one store. */
static inline uint64_t
cursor_read_le(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = cursor_advance(cursor, size);
    uint64_t value = 0;
    if (bytes != NULL) {
        memcpy(&value, bytes, size);
    }
    return le64toh(value);
}

static inline void
cursor_write_le(struct cursor *cursor, uint64_t value, size_t size)
{
    uint8_t *bytes = cursor_advance(cursor, size);
    value = htole64(value);
    if (bytes != NULL) {
        memcpy(bytes, &value, size);
    }
}

uint8_t
cursor_read_u8(struct cursor *cursor)
{
    return (uint8_t)cursor_read_le(cursor, 1);
}

uint32_t
cursor_read_be32(struct cursor *cursor)
{
    return __builtin_bswap32(cursor_read_le32(cursor));
}

uint16_t
cursor_read_le16(struct cursor *cursor)
{
    return (uint16_t)cursor_read_le(cursor, 2);
}

uint32_t
cursor_read_le32(struct cursor *cursor)
{
    return (uint32_t)cursor_read_le(cursor, 4);
}

uint64_t
cursor_read_le64(struct cursor *cursor)
{
    return cursor_read_le(cursor, 8);
}

const uint8_t *
cursor_read_bytes(struct cursor *cursor, size_t size)
{
    return cursor_advance(cursor, size);
}

void
cursor_write_u8(struct cursor *cursor, uint8_t value)
{
    cursor_write_le(cursor, value, 1);
}

void
cursor_write_be32(struct cursor *cursor, uint32_t value)
{
    cursor_write_le(cursor, __builtin_bswap32(value), 4);
}

void
cursor_write_le16(struct cursor *cursor, uint16_t value)
{
    cursor_write_le(cursor, value, 2);
}

void
cursor_write_le32(struct cursor *cursor, uint32_t value)
{
    cursor_write_le(cursor, value, 4);
}

void
cursor_write_le64(struct cursor *cursor, uint64_t value)
{
    cursor_write_le(cursor, value, 8);
}

void
cursor_write_bytes(struct cursor *cursor, const void *bytes, size_t size)
{
    uint8_t *here = cursor_advance(cursor, size);
    if (here != NULL && size > 0) {
        memcpy(here, bytes, size);
    }
}
