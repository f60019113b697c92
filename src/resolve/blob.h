/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that are written once and then shared: the directory, the last known card of a unit. The
 * loop's thread counts references; the thread that writes the snapshot only reads what it was given
 * a reference to, so nothing has to be copied while alarms wait.
 */
#ifndef RESOLVE_BLOB_H
#define RESOLVE_BLOB_H

#include "base/cursor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob
{
    unsigned references; /* loop's thread only */
    size_t size;
    uint8_t bytes[];
};

/* One reference, or NULL. */
struct blob *blob_new(const void *bytes, size_t size);
struct blob *blob_hold(struct blob *blob);
/* NULL is allowed. */
void blob_release(struct blob *blob);

/* A growing buffer of records, each `u32 size, u8 type, body` in little-endian. A failed
 * allocation is remembered: check `failed` once. */
struct builder
{
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t record; /* where the open record begins */
    bool failed;
};

void builder_begin(struct builder *builder, uint8_t type);
void builder_put_u8(struct builder *builder, uint8_t value);
void builder_put_u32(struct builder *builder, uint32_t value);
void builder_put_u64(struct builder *builder, uint64_t value);
/* u32 size, then the bytes. */
void builder_put_bytes(struct builder *builder, const void *bytes, size_t size);
void builder_put_text(struct builder *builder, const char *text);
void builder_end(struct builder *builder);
void builder_free(struct builder *builder);

/* The next record of `cursor`: its type, 0 at the end or when the bytes do not fit (then
 * cursor->failed says so). *ret_body reads its body. */
uint8_t blob_next(struct cursor *cursor, struct cursor *ret_body);
/* What builder_put_bytes wrote. NULL when it does not fit. */
const uint8_t *blob_read_bytes(struct cursor *body, size_t *ret_size);
/* Copies text into `to`; cut at its size. */
void blob_read_text(struct cursor *body, char *to, size_t size);

#endif
