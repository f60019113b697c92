/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints: the state the desk had after a record, so that a start need not replay what lies
 * before it and the journal need not keep it (docs/journal-format.md). What is in one is the desk's
 * business. A file `checkpoint-<position>.ckp`: a block of header, then the bytes, zeros up to
 * whole blocks. The two newest are kept: should one be damaged, the other with the records behind
 * it gives the same state.
 *
 * Written by the keeper thread; read before the threads start.
 */
#ifndef JOURNAL_CHECKPOINT_H
#define JOURNAL_CHECKPOINT_H

#include "base/error.h"
#include "journal/file.h"

#include <stddef.h>
#include <stdint.h>

#define CHECKPOINTS_KEPT 2u

/* Makes the checkpoint durable under its name, then deletes all but the newest CHECKPOINTS_KEPT. On
 * a full disk it takes the room that was kept for it.
 * *ret_oldest_pos: position of the oldest of the CHECKPOINTS_KEPT, or 0 while there are fewer:
 * records up to it are not needed any more. On an error the
 * checkpoints there were are as they were; the room may be used. */
enum error
journal_checkpoint_write(const struct journal_file_ops *ops, int dir, uint32_t node, uint64_t pos,
                         const void *bytes, size_t size, uint64_t *ret_oldest_pos) MUST_USE;

/* Keeps room for a checkpoint, as a file of zeros: half as much again as the newest has, and
 * `least` bytes (of whole blocks). On a disk that the journal itself has filled, a checkpoint is
 * what lets segments go. Best effort. */
void journal_checkpoint_keep_room(const struct journal_file_ops *ops, int dir, uint64_t least);

/* Deletes all but the newest checkpoint, when it lies after `after` and was read whole and found
 * good. Returns its position: records up to it are not needed any more; 0: all are kept. */
uint64_t journal_checkpoint_keep_one(const struct journal_file_ops *ops, int dir, uint32_t node,
                                     uint64_t after) MUST_USE;

/* Reads one whole, of `node` (0: of any); *ret_bytes is the caller's to free. ERROR_NOT_FOUND;
 * ERROR_DAMAGED; ERROR_UNSUPPORTED: a newer format; ERROR_CONFIG: another node's; ERROR_IO,
 * ERROR_MEMORY. */
enum error journal_checkpoint_read(int dir, uint32_t node, uint64_t pos, uint8_t **ret_bytes,
                                   size_t *ret_size) MUST_USE;

#endif
