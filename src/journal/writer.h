/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment being written. Records gather in a buffer; a commit writes whole blocks and syncs
 * once. The journal thread only (and journal_open before there is one).
 *
 * The buffer mirrors the file from offset `base`:
 *
 *     0        keep     durable          used              capacity
 *     |  ...   |########|================|                 |
 *              kept     this batch
 *
 * [keep, durable) are the durable records that reach into the block which the next commit writes
 * again. Should that write fail, the block may be lost on the disk, so a fresh segment begins with
 * copies of them: a record somebody was told of never hangs on a block that failed.
 */
#ifndef JOURNAL_WRITER_H
#define JOURNAL_WRITER_H

#include "journal/file.h"
#include "journal/format.h"
#include "journal/reader.h"

#define WRITER_CAPACITY (LIMIT_BATCH_BYTES + (64u << 10))
#define WRITER_BATCH_RECORDS 32768u /* records of one batch */

struct journal_writer
{
    const struct journal_file_ops *ops;
    int fd;               /* -1: no segment; nothing can be taken */
    uint64_t segment_pos; /* of the file's name */
    uint32_t seed;
    uint64_t data_end; /* offset where the header's copy stands */
    uint8_t *buffer;
    uint8_t *block; /* one block, for headers */
    uint64_t base;  /* file offset of buffer[0]; multiple of FORMAT_BLOCK */
    size_t keep;
    size_t durable;
    size_t used;
    unsigned batch_count; /* records of the batch being gathered */
    uint64_t commits;     /* into this segment */
    bool at_risk;         /* a write failed: the next segment begins with copies */
};

enum error
journal_writer_init(struct journal_writer *writer, const struct journal_file_ops *ops) MUST_USE;
void journal_writer_free(struct journal_writer *writer);

/* Makes the spare file the segment `header` describes, kept records first when they are at risk:
 * both headers, one sync, rename, directory sync. On failure there is no segment. */
enum error journal_writer_create(struct journal_writer *writer, int dir,
                                 const struct journal_header *header) MUST_USE;
/* Goes on in a segment that recovery found whole: writes its last batch again and syncs it, so
 * that nothing is believed which only the page cache holds. On failure there is no segment. */
enum error journal_writer_resume(struct journal_writer *writer, int dir,
                                 const struct journal_segment *segment) MUST_USE;

/* Bytes of records that may still join this batch. */
size_t journal_writer_room(const struct journal_writer *writer);
/* No room for another batch: time for the next segment. */
bool journal_writer_is_full(const struct journal_writer *writer);
/* Adds a record; room for it is there. Sets its batch_index. */
void journal_writer_add(struct journal_writer *writer, struct journal_record *record);
/* Writes and syncs what was added. After a failure the segment is closed for good and the batch
 * forgotten; errno says why. */
enum error journal_writer_commit(struct journal_writer *writer) MUST_USE;
void journal_writer_close(struct journal_writer *writer);

#endif
