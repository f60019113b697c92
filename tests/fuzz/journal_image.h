/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small journal in memory for the journal's fuzz target: built whole from a seed, then damaged or
 * forged as an input says, then written to a directory of the process's own. One thread.
 */
#ifndef TESTS_FUZZ_JOURNAL_IMAGE_H
#define TESTS_FUZZ_JOURNAL_IMAGE_H

#include "fuzz_core.h"
#include "journal/format.h"
#include "journal/journal.h"

#define IMAGE_SEGMENTS 3u
#define IMAGE_BYTES JOURNAL_SEGMENT_BYTES_MIN
#define IMAGE_RECORDS 96u
#define IMAGE_BODY_MAX 600u

/* One record as it was written. */
struct image_record
{
    uint64_t pos;
    unsigned segment;
    size_t at; /* in the segment's file */
    size_t size;
    uint16_t body_size;
    bool confirmed; /* the next segment, if any, says that it was durable */
};

struct image_segment
{
    struct journal_header header;
    uint64_t name_pos; /* of the file */
    size_t file_bytes; /* as it is now; up to IMAGE_BYTES + FORMAT_BLOCK */
    bool gone;
    bool forged; /* headers written with other numbers */
    uint8_t bytes[IMAGE_BYTES + FORMAT_BLOCK];
    uint8_t good[IMAGE_BYTES]; /* as built */
};

struct image
{
    unsigned segments;
    struct image_segment segment[IMAGE_SEGMENTS];
    unsigned records;
    struct image_record record[IMAGE_RECORDS];
    uint64_t last_pos;
    bool forged; /* something with a right checksum was put where it was not */
};

/* The body of the record at `pos`. */
void image_body(uint64_t pos, uint8_t *body, size_t size);
/* Segments, records and sizes follow from the input's first bytes. */
void image_build(struct image *image, struct fuzz_input *input);
/* Does what the rest of the input says. */
void image_change(struct image *image, struct fuzz_input *input);
/* Are the bytes of a record those that were written, in a file under its own name? */
bool image_is_intact(const struct image *image, const struct image_record *record);
/* Nothing but zeros from the record to the end of the newest file: as if never written. */
bool image_is_blank_from(const struct image *image, const struct image_record *record);
/* The image as files of a directory, which is emptied at the next call and removed at exit. Returns
 * the open directory. */
int image_store(const struct image *image);

#endif
