/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: effects fill the last chunk -> a new chunk -> ... -> the oldest are read and
 * consumed. Over memory_max: the chunk that just became full is written to the spool and its memory
 * freed; when the reader comes near, it is read back. Over twice memory_max it is written at once.
 * Failures: a failed or short write leaves the chunk in memory and stops the queue taking more. A
 * failed read leaves its place empty for ever: the queue stops there, which holds the applied
 * position, and the next start replays.
 * On close: transfers are waited for, then everything is freed and the file removed.
 */
#include "record/queue.h"

#include "base/log.h"
#include "base/require.h"
#include "record/effect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUEUE_MAGIC 0x71756575
#define CHUNK_MAGIC 0x63686e6b

enum chunk_state
{
    CHUNK_MEMORY,
    CHUNK_WRITING, /* its bytes are in memory but belong to the thread pool */
    CHUNK_SPOOLED,
    CHUNK_READING,
    CHUNK_UNREADABLE,
};

struct queue_chunk
{
    uint32_t magic;
    enum chunk_state state;
    struct queue *queue;
    struct queue_chunk *next;
    uint8_t *bytes; /* NULL while only in the spool */
    uint32_t used;
    uint64_t offset; /* in the spool */
    uv_fs_t request;
};

static void queue_prefetch(struct queue *queue);

static void
queue_stop(struct queue *queue, const char *detail)
{
    if (!queue->stopped) {
        queue->stopped = true;
        log_error("record", "no more effects are taken until the next start: %s", detail);
        queue->on_stopped(queue->data, detail);
    }
}

static void
close_step(struct queue *queue)
{
    if (!queue->closing || queue->transfers > 0) {
        return;
    }
    while (queue->first != NULL) {
        struct queue_chunk *next = queue->first->next;
        free(queue->first->bytes);
        free(queue->first);
        queue->first = next;
    }
    if (queue->spool >= 0) {
        close(queue->spool);
        unlink(queue->spool_path);
    }
    free(queue->spool_path);
    queue->magic = 0;
    queue->on_closed(queue->closed_data);
}

static void
chunk_written(struct queue_chunk *chunk)
{
    struct queue *queue = chunk->queue;
    bool whole = chunk->request.result == (ssize_t)chunk->used;
    uv_fs_req_cleanup(&chunk->request);
    queue->transfers--;
    queue->spooled--;
    if (whole) {
        free(chunk->bytes);
        chunk->bytes = NULL;
        chunk->state = CHUNK_SPOOLED;
        queue->memory -= QUEUE_CHUNK;
        queue->spooled++;
    } else {
        chunk->state = CHUNK_MEMORY;
        queue_stop(queue, "the spool cannot be written");
    }
}

static void
on_written(uv_fs_t *request)
{
    struct queue_chunk *chunk = checked_cast(request->data, struct queue_chunk, CHUNK_MAGIC);
    struct queue *queue = checked_cast(chunk->queue, struct queue, QUEUE_MAGIC);
    chunk_written(chunk);
    if (queue->closing) {
        close_step(queue);
        return;
    }
    queue_prefetch(queue);
    queue->on_readable(queue->data);
}

/* The chunk has just become full: to the spool with it when memory is short. */
static void
chunk_spool(struct queue *queue, struct queue_chunk *chunk)
{
    /* What the reader has pointers into stays in memory. */
    if (queue->memory <= queue->memory_max || queue->stopped || chunk == queue->first ||
        chunk == queue->reading) {
        return;
    }
    if (queue->spool < 0 || queue->spool_size + QUEUE_CHUNK > queue->spool_max) {
        queue_stop(queue, queue->spool < 0 ? "memory is used up" : "the spool is full");
        return;
    }
    if (queue->spooled == 0) {
        queue->spool_size = 0; /* nothing in it is needed any more: begin again */
    }
    uv_buf_t buffer = uv_buf_init((char *)chunk->bytes, chunk->used);
    chunk->offset = queue->spool_size;
    chunk->request.data = chunk;
    queue->spool_size += QUEUE_CHUNK;
    queue->spooled++;
    queue->transfers++;
    chunk->state = CHUNK_WRITING;
    /* While the journal is replayed at start the loop does not run and no answer of the thread pool
     * comes in: then, or when the pool cannot keep up, this thread writes for itself. */
    bool wait = queue->memory > queue->memory_max * 2;
    int result = uv_fs_write(queue->loop, &chunk->request, queue->spool, &buffer, 1,
                             (int64_t)chunk->offset, wait ? NULL : on_written);
    if (wait) {
        chunk_written(chunk);
    } else if (result != 0) {
        chunk->request.result = result;
        chunk_written(chunk);
    }
}

static void
on_read(uv_fs_t *request)
{
    struct queue_chunk *chunk = checked_cast(request->data, struct queue_chunk, CHUNK_MAGIC);
    struct queue *queue = checked_cast(chunk->queue, struct queue, QUEUE_MAGIC);
    bool whole = request->result == (ssize_t)chunk->used;
    uv_fs_req_cleanup(request);
    queue->transfers--;
    queue->spooled--;
    chunk->state = whole ? CHUNK_MEMORY : CHUNK_UNREADABLE;
    if (!whole) {
        queue_stop(queue, "the spool cannot be read");
    }
    if (queue->closing) {
        close_step(queue);
        return;
    }
    queue->on_readable(queue->data);
}

static void
chunk_fetch(struct queue *queue, struct queue_chunk *chunk)
{
    chunk->bytes = malloc(QUEUE_CHUNK);
    if (chunk->bytes == NULL) {
        return; /* the next look tries again */
    }
    uv_buf_t buffer = uv_buf_init((char *)chunk->bytes, chunk->used);
    chunk->request.data = chunk;
    if (uv_fs_read(queue->loop, &chunk->request, queue->spool, &buffer, 1, (int64_t)chunk->offset,
                   on_read) != 0) {
        free(chunk->bytes);
        chunk->bytes = NULL;
        return;
    }
    queue->memory += QUEUE_CHUNK;
    queue->transfers++;
    chunk->state = CHUNK_READING;
}

/* Brings back the oldest spooled chunk when the reader is close to it: one at a time, and only
 * while there is room, or nothing else could be read. */
static void
queue_prefetch(struct queue *queue)
{
    unsigned ahead = 0;
    for (struct queue_chunk *chunk = queue->first; chunk != NULL && ahead < 8;
         chunk = chunk->next, ahead++) {
        if (chunk->state == CHUNK_SPOOLED) {
            chunk_fetch(queue, chunk);
            return;
        }
        if (chunk->state == CHUNK_READING || chunk->state == CHUNK_UNREADABLE) {
            return;
        }
    }
}

static struct queue_chunk *
chunk_append(struct queue *queue)
{
    struct queue_chunk *chunk = calloc(1, sizeof(*chunk));
    uint8_t *bytes = malloc(QUEUE_CHUNK);
    if (chunk == NULL || bytes == NULL) {
        free(chunk);
        free(bytes);
        return NULL;
    }
    chunk->magic = CHUNK_MAGIC;
    chunk->queue = queue;
    chunk->bytes = bytes;
    queue->memory += QUEUE_CHUNK;
    struct queue_chunk *full = queue->last;
    if (full == NULL) {
        queue->first = chunk;
    } else {
        full->next = chunk;
    }
    queue->last = chunk;
    if (full != NULL) {
        chunk_spool(queue, full);
    }
    return chunk;
}

bool
queue_put(struct queue *queue, const void *effect, size_t size)
{
    require(size <= QUEUE_CHUNK);
    if (queue->stopped || queue->closing) {
        return false;
    }
    struct queue_chunk *chunk = queue->last;
    if (chunk == NULL || QUEUE_CHUNK - chunk->used < size) {
        chunk = chunk_append(queue);
        if (chunk == NULL) {
            queue_stop(queue, "memory is used up");
        }
        if (queue->stopped) {
            return false;
        }
    }
    memcpy(chunk->bytes + chunk->used, effect, size);
    chunk->used += (uint32_t)size;
    queue->bytes += size;
    return true;
}

const uint8_t *
queue_next(struct queue *queue, struct queue_place *place)
{
    if (place->chunk == NULL) {
        place->chunk = queue->first;
        place->at = queue->first_at;
        if (place->chunk == NULL) {
            return NULL;
        }
    }
    while (place->at == place->chunk->used && place->chunk->next != NULL) {
        place->chunk = place->chunk->next;
        place->at = 0;
    }
    if (place->chunk->state != CHUNK_MEMORY) {
        queue_prefetch(queue);
        return NULL;
    }
    if (place->at == place->chunk->used) {
        return NULL;
    }
    const uint8_t *effect = place->chunk->bytes + place->at;
    queue->reading = place->chunk;
    place->at += effect_size(effect);
    return effect;
}

void
queue_consume(struct queue *queue, const struct queue_place *place)
{
    if (place->chunk == NULL) {
        return;
    }
    while (queue->first != place->chunk) {
        struct queue_chunk *chunk = queue->first;
        require(chunk != NULL && chunk->state == CHUNK_MEMORY);
        queue->bytes -= chunk->used - queue->first_at;
        queue->first = chunk->next;
        queue->first_at = 0;
        queue->reading = queue->reading == chunk ? NULL : queue->reading;
        queue->memory -= QUEUE_CHUNK;
        explicit_bzero(chunk->bytes, chunk->used);
        free(chunk->bytes);
        free(chunk);
    }
    queue->bytes -= place->at - queue->first_at;
    queue->first_at = place->at;
    if (queue->first == queue->last && queue->first_at == queue->last->used) {
        queue->first_at = 0;
        queue->last->used = 0; /* empty: fill the same memory again */
    }
    queue_prefetch(queue);
}

enum error
queue_init(struct queue *queue, uv_loop_t *loop, uint64_t memory_max, const char *spool_path,
           uint64_t spool_max)
{
    memset(queue, 0, sizeof(*queue));
    queue->magic = QUEUE_MAGIC;
    queue->loop = loop;
    queue->memory_max = memory_max;
    queue->spool_max = spool_max;
    queue->spool = -1;
    if (spool_path == NULL || spool_path[0] == '\0') {
        return ERROR_NONE;
    }
    queue->spool_path = strdup(spool_path);
    if (queue->spool_path == NULL) {
        return ERROR_MEMORY;
    }
    unlink(spool_path); /* of an earlier run: the journal has it all */
    queue->spool = open(spool_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (queue->spool < 0) {
        log_error("record", "the spool cannot be made: %s", strerror(errno));
    }
    return ERROR_NONE;
}

void
queue_close(struct queue *queue, void (*on_closed)(void *data), void *data)
{
    queue->closing = true;
    queue->on_closed = on_closed;
    queue->closed_data = data;
    close_step(queue);
}
