/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The helper thread beside the journal thread: it has the next segment file ready before it is
 * needed, so that a full disk shows early and no alarm waits for the making of a file, and it
 * writes checkpoints and deletes the segments nobody needs any more. All of it may take long.
 *
 *                          | journal thread | keeper thread | any thread
 *     journal_keeper_turn  |  before start  |      yes      |     no
 *     journal_keeper_taken |      yes       |      no       |     no
 *     journal_keeper_checkpoint|  yes       |      yes      |    yes
 *
 * The spare file belongs to the keeper while `state` is SPARE_WANTED or SPARE_FAILED and to the
 * journal thread while it is SPARE_READY.
 */
#ifndef JOURNAL_KEEPER_H
#define JOURNAL_KEEPER_H

#include "base/waker.h"
#include "journal/file.h"

#include <pthread.h>
#include <stdatomic.h>

#define KEEPER_RETRY_MS 500u

enum spare_state
{
    SPARE_WANTED, /* to be made */
    SPARE_READY,
    SPARE_FAILED, /* could not be made; tried again every KEEPER_RETRY_MS */
};

/* One on its way; owns its bytes. */
struct keeper_checkpoint
{
    uint64_t pos;
    uint8_t *bytes;
    size_t size;
};

struct journal_keeper
{
    const struct journal_file_ops *ops;
    int dir;
    uint64_t segment_bytes;
    unsigned segments_kept;
    uint32_t node;
    _Atomic int state;   /* enum spare_state; released by its writer, acquired by the other */
    _Atomic int failure; /* enum error; valid in SPARE_FAILED, written before `state` */
    _Atomic(struct keeper_checkpoint *) checkpoint; /* to be written; NULL: none */
    struct keeper_checkpoint *kept;                 /* keeper's own; one the disk had no room for */
    uint64_t checkpoint_mono_ms;                    /* keeper's own; when it is tried again */
    uint64_t retry_mono_ms;                         /* keeper's own */
    uint64_t alone_pos; /* keeper's own; the newest checkpoint when a full disk lost the others */
    _Atomic bool stopping;
    bool running;
    struct waker waker;
    struct waker *journal; /* woken when `state` changes */
    pthread_t thread;
};

/* Looks whether a spare from an earlier run can be used. Fields above `state` are set by the
 * caller, and `journal`. */
enum error journal_keeper_init(struct journal_keeper *keeper) MUST_USE;
enum error journal_keeper_start(struct journal_keeper *keeper) MUST_USE;
void journal_keeper_stop(struct journal_keeper *keeper);
void journal_keeper_free(struct journal_keeper *keeper);

/* Does what is due: makes the spare; writes a checkpoint and deletes what it makes needless. */
void journal_keeper_turn(struct journal_keeper *keeper);
enum spare_state journal_keeper_state(const struct journal_keeper *keeper);
/* The journal thread has used (or spoilt and removed) the spare: make another. */
void journal_keeper_taken(struct journal_keeper *keeper);
/* See journal_checkpoint. */
void
journal_keeper_checkpoint(struct journal_keeper *keeper, uint64_t pos, uint8_t *bytes, size_t size);

#endif
