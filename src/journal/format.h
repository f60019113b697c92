/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a segment (docs/journal-format.md): segment headers and records, both ways.
 * Little-endian. Any thread; nothing here keeps state.
 */
#ifndef JOURNAL_FORMAT_H
#define JOURNAL_FORMAT_H

#include "base/error.h"
#include "larwm/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORMAT_BLOCK 4096u /* everything is written in whole blocks of this size */
#define FORMAT_VERSION 1u
#define FORMAT_RECORD_HEADER 32u /* bytes before the body */
#define FORMAT_RECORD_MAX (FORMAT_RECORD_HEADER + LIMIT_RECORD)

enum format_flag
{
    FORMAT_COPY = 1, /* written again in a fresh segment because its block was at risk */
    FORMAT_SEAL = 2, /* no record: says that everything up to its position was durable */
};

/* Stands in the first and again in the last block of a segment. */
struct journal_header
{
    uint32_t node;
    uint64_t first_pos;   /* no new record of this segment has a lower position */
    uint64_t durable_pos; /* newest position known durable when the segment was begun; positions
                             between it and first_pos belong to failed batches */
    uint64_t
        confirmed_pos;      /* at most durable_pos: positions between the two belong to a batch a
                               crash had torn; those that are there count, the others are not missed */
    int64_t created_us;     /* wall time */
    uint64_t segment_bytes; /* size of the file */
    uint64_t salt;          /* random; begins every record checksum, so that bytes sent by a
                               stranger can never pass for a record */
};

struct journal_record
{
    uint64_t pos;
    int64_t time_us;
    uint16_t size;        /* of body, 0..LIMIT_RECORD */
    uint16_t batch_index; /* how many records of the same batch stand before it */
    uint8_t type;         /* enum record_type */
    uint8_t flags;        /* enum format_flag */
    const uint8_t *body;
};

void journal_header_write(const struct journal_header *header, uint8_t block[FORMAT_BLOCK]);
/* ERROR_DAMAGED, or ERROR_UNSUPPORTED for another version. */
enum error
journal_header_read(const uint8_t block[FORMAT_BLOCK], struct journal_header *ret_header) MUST_USE;

/* The checksum every record of a segment with this salt begins with. */
uint32_t journal_record_seed(uint64_t salt);
/* Bytes a record takes in the file: header, body, padding to 8. */
size_t journal_record_bytes(size_t body_size);
/* Writes the record at `to`, which has room for it. Returns journal_record_bytes of it. */
size_t journal_record_write(uint8_t *to, uint32_t seed, const struct journal_record *record);
/* Bytes of the record at `from`, which was written by journal_record_write. */
size_t journal_record_bytes_at(const uint8_t *from);
/* Turns the record at `at` into a copy for another segment: flag, batch of its own, checksum. */
void journal_record_make_copy(uint8_t *at, uint32_t seed);
/* True when a whole record with a right checksum stands at `from`; `left` bytes may be read. The
 * body of *ret_record points into `from`. */
bool journal_record_read(const uint8_t *from, size_t left, uint32_t seed,
                         struct journal_record *ret_record) MUST_USE;

#endif
