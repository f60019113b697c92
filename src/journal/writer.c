/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: create or resume a segment; add the records of a batch; commit: pad to a block, one
 * write from the first block that changes, one fdatasync; keep what the next commit writes again.
 * Failures: any failed write or sync closes the file; nothing is tried again on it.
 * On close: the file is closed as it is; every commit was complete in itself.
 */
#include "journal/writer.h"

#include "base/require.h"
#include "journal/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_MASK ((uint64_t)FORMAT_BLOCK - 1)

static size_t
block_down(size_t at)
{
    return at & ~(size_t)BLOCK_MASK;
}

static size_t
block_up(size_t at)
{
    return block_down(at + FORMAT_BLOCK - 1);
}

enum error
journal_writer_init(struct journal_writer *writer, const struct journal_file_ops *ops)
{
    *writer = (struct journal_writer){.ops = ops, .fd = -1};
    writer->buffer = aligned_alloc(FORMAT_BLOCK, WRITER_CAPACITY);
    writer->block = aligned_alloc(FORMAT_BLOCK, FORMAT_BLOCK);
    if (writer->buffer == NULL || writer->block == NULL) {
        journal_writer_free(writer);
        return ERROR_MEMORY;
    }
    memset(writer->buffer, 0, WRITER_CAPACITY); /* have the pages now, not under load */
    return ERROR_NONE;
}

void
journal_writer_free(struct journal_writer *writer)
{
    journal_writer_close(writer);
    free(writer->buffer);
    free(writer->block);
    writer->buffer = NULL;
    writer->block = NULL;
}

void
journal_writer_close(struct journal_writer *writer)
{
    if (writer->fd >= 0) {
        int number = errno;
        (void)close(writer->fd);
        errno = number;
        writer->fd = -1;
    }
}

static enum error
give_up(struct journal_writer *writer, enum error error)
{
    journal_writer_close(writer);
    writer->used = writer->durable;
    writer->batch_count = 0;
    writer->at_risk = true;
    return error;
}

/* After a commit: keeps the durable records that reach into the unfinished block, from the start
 * of the block the first of them begins in. */
static void
settle(struct journal_writer *writer)
{
    size_t block = block_down(writer->durable);
    while (writer->keep < writer->durable) {
        size_t bytes = journal_record_bytes_at(writer->buffer + writer->keep);
        if (writer->keep + bytes > block) {
            break;
        }
        writer->keep += bytes;
    }
    size_t shift = block_down(writer->keep);
    memmove(writer->buffer, writer->buffer + shift, writer->durable - shift);
    writer->base += shift;
    writer->keep -= shift;
    writer->durable -= shift;
    writer->used = writer->durable;
    writer->batch_count = 0;
}

/* Moves the kept records to the start of the record area and makes copies of them. */
static void
begin_with_copies(struct journal_writer *writer)
{
    size_t room = (size_t)(writer->data_end - FORMAT_BLOCK);
    while (writer->durable - writer->keep > room) { /* segments became smaller: the newest count */
        writer->keep += journal_record_bytes_at(writer->buffer + writer->keep);
    }
    size_t bytes = writer->at_risk ? writer->durable - writer->keep : 0;
    memmove(writer->buffer, writer->buffer + writer->keep, bytes);
    for (size_t at = 0; at < bytes; at += journal_record_bytes_at(writer->buffer + at)) {
        journal_record_make_copy(writer->buffer + at, writer->seed);
    }
    writer->base = FORMAT_BLOCK;
    writer->keep = 0;
    writer->durable = bytes;
    writer->used = bytes;
}

/* Writes the blocks of [from, to) of the buffer, the last one padded with zeros. */
static enum error
write_blocks(struct journal_writer *writer, size_t from, size_t to)
{
    size_t start = block_down(from);
    size_t end = block_up(to);
    if (end == start) {
        return ERROR_NONE;
    }
    memset(writer->buffer + to, 0, end - to);
    return journal_file_write(writer->ops, writer->fd, writer->buffer + start, end - start,
                              writer->base + start);
}

static enum error
write_new_segment(struct journal_writer *writer, int dir, const struct journal_header *header)
{
    journal_header_write(header, writer->block);
    enum error error = journal_file_write(writer->ops, writer->fd, writer->block, FORMAT_BLOCK, 0);
    if (error == ERROR_NONE) {
        error = journal_file_write(writer->ops, writer->fd, writer->block, FORMAT_BLOCK,
                                   writer->data_end);
    }
    if (error == ERROR_NONE) {
        error = write_blocks(writer, 0, writer->used);
    }
    if (error == ERROR_NONE) {
        error = journal_file_sync(writer->ops, writer->fd);
    }
    if (error != ERROR_NONE) {
        return error;
    }
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(header->first_pos, name);
    if (writer->ops->rename(writer->ops->data, dir, SPARE_NAME, name) < 0 ||
        writer->ops->sync_dir(writer->ops->data, dir) < 0) {
        return error_from_errno(errno);
    }
    return ERROR_NONE;
}

enum error
journal_writer_create(struct journal_writer *writer, int dir, const struct journal_header *header)
{
    journal_writer_close(writer);
    writer->segment_pos = header->first_pos;
    writer->seed = journal_record_seed(header->salt);
    writer->data_end = header->segment_bytes - FORMAT_BLOCK;
    writer->batch_count = 0;
    writer->commits = 0;
    begin_with_copies(writer);
    writer->fd = writer->ops->open(writer->ops->data, dir, SPARE_NAME);
    if (writer->fd < 0) {
        return error_from_errno(errno);
    }
    enum error error = write_new_segment(writer, dir, header);
    if (error != ERROR_NONE) {
        journal_writer_close(writer); /* whatever was at risk still is */
        return error;
    }
    writer->at_risk = false;
    settle(writer);
    return ERROR_NONE;
}

enum error
journal_writer_resume(struct journal_writer *writer, int dir, const struct journal_segment *segment)
{
    uint64_t from =
        segment->keep_offset < segment->batch_offset ? segment->keep_offset : segment->batch_offset;
    writer->base = from & ~BLOCK_MASK;
    uint64_t bytes = segment->end - writer->base;
    if (bytes > WRITER_CAPACITY - FORMAT_BLOCK) {
        return ERROR_TOO_LARGE;
    }
    writer->segment_pos = segment->name_pos;
    writer->seed = journal_record_seed(segment->header.salt);
    writer->data_end = segment->header.segment_bytes - FORMAT_BLOCK;
    writer->commits = 1; /* it holds records, perhaps only copies: never to be discarded */
    writer->keep = (size_t)(from - writer->base);
    writer->durable = writer->used = (size_t)bytes;
    char name[SEGMENT_NAME_SIZE];
    writer->fd =
        writer->ops->open(writer->ops->data, dir, journal_segment_name(segment->name_pos, name));
    if (writer->fd < 0) {
        writer->keep = writer->durable = writer->used = 0;
        return error_from_errno(errno);
    }
    uint64_t unreadable = 0;
    size_t got = journal_file_read(writer->fd, writer->buffer, block_up((size_t)bytes),
                                   writer->base, &unreadable);
    if (got < bytes || unreadable > 0) {
        journal_writer_close(writer);
        writer->keep = writer->durable = writer->used = 0;
        return ERROR_IO;
    }
    enum error error = write_blocks(writer, writer->keep, writer->used);
    if (error == ERROR_NONE) {
        error = journal_file_sync(writer->ops, writer->fd);
    }
    if (error != ERROR_NONE) {
        return give_up(writer, error);
    }
    settle(writer);
    return ERROR_NONE;
}

static size_t
segment_room(const struct journal_writer *writer)
{
    uint64_t end = writer->base + writer->used;
    return end < writer->data_end ? (size_t)(writer->data_end - end) : 0;
}

size_t
journal_writer_room(const struct journal_writer *writer)
{
    size_t in_segment = segment_room(writer);
    size_t in_batch = LIMIT_BATCH_BYTES - (writer->used - writer->durable);
    size_t in_buffer = WRITER_CAPACITY - writer->used;
    size_t room = in_segment < in_batch ? in_segment : in_batch;
    return room < in_buffer ? room : in_buffer;
}

bool
journal_writer_is_full(const struct journal_writer *writer)
{
    return segment_room(writer) < FORMAT_RECORD_MAX;
}

void
journal_writer_add(struct journal_writer *writer, struct journal_record *record)
{
    require(writer->fd >= 0 && writer->batch_count < WRITER_BATCH_RECORDS);
    require(journal_record_bytes(record->size) <= journal_writer_room(writer));
    record->batch_index = (uint16_t)writer->batch_count;
    writer->used += journal_record_write(writer->buffer + writer->used, writer->seed, record);
    writer->batch_count += 1;
}

enum error
journal_writer_commit(struct journal_writer *writer)
{
    require(writer->fd >= 0);
    enum error error = write_blocks(writer, writer->durable, writer->used);
    if (error == ERROR_NONE) {
        error = journal_file_sync(writer->ops, writer->fd);
    }
    if (error != ERROR_NONE) {
        return give_up(writer, error);
    }
    writer->durable = writer->used;
    writer->commits += 1;
    settle(writer);
    return ERROR_NONE;
}
