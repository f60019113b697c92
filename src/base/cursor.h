/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte cursor with a sticky error: read or write everything, check once. After the first failure
 * every read gives zero and every write does nothing. Big-endian is for the wire, little-endian
 * for the journal. Any thread, one cursor one thread.
 */
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor
{
    uint8_t *data; /* not written through by the read functions */
    size_t size;
    size_t at;
    bool failed;
};

struct cursor cursor_over(void *data, size_t size);
struct cursor cursor_over_const(const void *data, size_t size);
size_t cursor_left(const struct cursor *cursor);

uint8_t cursor_read_u8(struct cursor *cursor);
uint32_t cursor_read_be32(struct cursor *cursor);
uint16_t cursor_read_le16(struct cursor *cursor);
uint32_t cursor_read_le32(struct cursor *cursor);
uint64_t cursor_read_le64(struct cursor *cursor);
/* A view of the next `size` bytes, or NULL. */
const uint8_t *cursor_read_bytes(struct cursor *cursor, size_t size);

void cursor_write_u8(struct cursor *cursor, uint8_t value);
void cursor_write_be32(struct cursor *cursor, uint32_t value);
void cursor_write_le16(struct cursor *cursor, uint16_t value);
void cursor_write_le32(struct cursor *cursor, uint32_t value);
void cursor_write_le64(struct cursor *cursor, uint64_t value);
void cursor_write_bytes(struct cursor *cursor, const void *bytes, size_t size);

#endif
