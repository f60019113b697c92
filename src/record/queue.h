/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects waiting for PostgreSQL: first in, first out, in chunks of memory; when they are more than
 * `memory_max`, the newest full chunks go to a spool file and come back in order. The file is
 * written and read on libuv's thread pool; only over twice `memory_max` (a long replay at start,
 * when the loop does not run) does the loop's thread write for itself. It is not synced, because
 * the journal can make it again, and it is removed at start and at close.
 *
 * The loop's thread. When the spool is full or fails, the queue stops taking for good; what it has
 * taken stays and comes out.
 */
#ifndef RECORD_QUEUE_H
#define RECORD_QUEUE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define QUEUE_CHUNK (256u << 10)

struct queue_chunk;

/* A place in the queue: before the next effect to read. */
struct queue_place
{
    struct queue_chunk *chunk; /* NULL: the beginning */
    uint32_t at;
};

struct queue
{
    uint32_t magic;
    uv_loop_t *loop;
    struct queue_chunk *first;
    struct queue_chunk *last;    /* the one being filled, always in memory */
    uint32_t first_at;           /* read up to here in `first` */
    struct queue_chunk *reading; /* the last chunk queue_next gave out of */
    uint64_t memory;             /* bytes of chunks in memory */
    uint64_t memory_max;
    uint64_t spooled;    /* chunks not in memory, being written or read */
    uint64_t spool_size; /* end of what is used of the file */
    uint64_t spool_max;
    uint64_t bytes; /* waiting, memory and spool */
    int spool;      /* file descriptor, -1 = none */
    char *spool_path;
    unsigned transfers; /* reads and writes in progress */
    bool stopped;
    bool closing;
    void (*on_stopped)(void *data, const char *detail);
    void (*on_readable)(void *data); /* a chunk came back from the spool */
    void *data;
    void (*on_closed)(void *data);
    void *closed_data;
};

enum error queue_init(struct queue *queue, uv_loop_t *loop, uint64_t memory_max,
                      const char *spool_path, uint64_t spool_max) MUST_USE;
/* Copies one effect in. False when the queue has stopped taking. size <= QUEUE_CHUNK. */
bool queue_put(struct queue *queue, const void *effect, size_t size);
/* The effect at `place`, which moves behind it; NULL when there is none in memory. Start with
 * {NULL, 0}. The bytes live until they are consumed. */
const uint8_t *queue_next(struct queue *queue, struct queue_place *place);
/* Forgets everything before `place`. */
void queue_consume(struct queue *queue, const struct queue_place *place);
/* Waits for transfers, removes the spool; on_closed from the loop or from inside. */
void queue_close(struct queue *queue, void (*on_closed)(void *data), void *data);

#endif
