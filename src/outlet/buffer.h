/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reference-counted bytes on their way to clients: one framed message, written to any number of
 * sockets. Blocks of power-of-two sizes are kept for reuse, so that a busy outlet stops asking the
 * allocator. Outlet thread only.
 */
#ifndef OUTLET_BUFFER_H
#define OUTLET_BUFFER_H

#include <stddef.h>
#include <stdint.h>

#define BUFFER_CLASSES 12             /* 256 bytes .. 512 KiB */
#define BUFFER_SPARE_BYTES (4u << 20) /* kept for reuse, in each class */

struct buffer
{
    struct buffer *next; /* in a session's own queue, or in the spare list */
    uint64_t after;      /* own queue: goes out once the deltas up to this number have gone */
    uint32_t refs;
    uint32_t size;    /* of bytes: the frame with its length */
    uint32_t body_at; /* the message inside the frame: the incident of a delta */
    uint32_t body_size;
    unsigned size_class;
    uint8_t bytes[];
};

struct buffer_store
{
    struct buffer *spare[BUFFER_CLASSES];
    unsigned spare_count[BUFFER_CLASSES];
    size_t live_bytes; /* of buffers handed out, by class size */
};

/* A buffer with one reference and `size` bytes, undefined. NULL when there is no memory or size is
 * over 512 KiB. */
struct buffer *buffer_take(struct buffer_store *store, size_t size);
struct buffer *buffer_hold(struct buffer *buffer);
/* Drops one reference; NULL is allowed. */
void buffer_drop(struct buffer_store *store, struct buffer *buffer);
/* Frees the spare buffers. Buffers still held stay the holders'. */
void buffer_store_free(struct buffer_store *store);

#endif
