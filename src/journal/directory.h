/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal directory: names of segment files and the list of them. Any thread.
 *     journal-0000000000000001.seg   a segment; the number is its first position, 16 hex digits
 *     spare.seg                      the next segment, zeros only; spare.tmp while it is being made
 *     checkpoint-0000000000000001.ckp  the desk's state after that record
 *     checkpoint.tmp                 one being made
 *     checkpoint.room                zeros: room for the next one on a disk that is full
 *     lock                           flock of the process that writes
 *     quarantine/                    copies of what was damaged
 */
#ifndef JOURNAL_DIRECTORY_H
#define JOURNAL_DIRECTORY_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define SEGMENT_NAME_SIZE 32
#define SPARE_NAME "spare.seg"
#define SPARE_UNFINISHED_NAME "spare.tmp"
#define CHECKPOINT_UNFINISHED_NAME "checkpoint.tmp"
#define CHECKPOINT_ROOM_NAME "checkpoint.room"
#define LOCK_NAME "lock"
#define QUARANTINE_NAME "quarantine"

/* Writes the file name of the segment that begins at `first_pos`. Returns name. */
const char *journal_segment_name(uint64_t first_pos, char name[SEGMENT_NAME_SIZE]);

/* Writes the file name of the checkpoint after the record at `pos`. Returns name. */
const char *journal_checkpoint_name(uint64_t pos, char name[SEGMENT_NAME_SIZE]);

/* One of the two above. */
typedef const char *journal_name(uint64_t pos, char name[SEGMENT_NAME_SIZE]);

/* Positions of all files in `dir` with such names, ascending, in *ret_list (free it), *ret_count.
 */
enum error journal_directory_list(int dir, journal_name *name_of, uint64_t **ret_list,
                                  size_t *ret_count) MUST_USE;

#endif
