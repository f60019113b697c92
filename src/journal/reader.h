/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a journal directory without changing it: every segment in order, every record, everything
 * that is wrong. Recovery, replay and the tools all read through this one function, so they cannot
 * disagree about what the journal says. One thread; may run beside a writer (the newest end then
 * looks torn).
 *
 * What counts as wrong
 *   A bad range in a segment that a later segment, batch or seal follows is damage. A bad range at
 *   the end of the newest segment is the torn end of a batch nobody was told of. Where a segment
 *   was given up after a failure, the next header says up to which position it counts; beyond that
 *   nothing is wrong and nothing is replayed. Before the first header that can be read nothing is
 *   missed, unless a file without header stands there: then what its name and that header leave
 *   between them is missing.
 */
#ifndef JOURNAL_READER_H
#define JOURNAL_READER_H

#include "flow/entry.h"
#include "journal/format.h"
#include "journal/journal.h"

struct journal_segment
{
    uint64_t name_pos; /* from the file name */
    uint64_t file_bytes;
    struct journal_header header; /* zeros when neither copy could be read */
    bool header_whole;            /* a copy could be read */
    bool last;
    /* At segment_end: */
    uint64_t records;      /* delivered, acknowledged or not */
    uint64_t end;          /* offset behind the last whole record */
    uint64_t batch_offset; /* where the last batch begins */
    uint64_t keep_offset;  /* first record that reaches into the unfinished last block */
    uint64_t bad_bytes;    /* that may have held records */
    uint64_t findings;
};

/* Any of these may be NULL. Pointers live for the call. */
struct journal_visitor
{
    void *data;
    void (*segment_begin)(void *data, const struct journal_segment *segment);
    /* `acknowledged` false: of a batch that failed, not part of the journal's content. */
    void (*record)(void *data, const struct journal_segment *segment,
                   const struct flow_record *record, bool acknowledged);
    /* `bytes`: what stands in the range, NULL for MISSING and for bytes a cut file lacks. */
    void (*finding)(void *data, const struct journal_finding *finding, const uint8_t *bytes);
    void (*segment_end)(void *data, const struct journal_segment *segment);
};

/* `dir` is an open directory. ERROR_IO, ERROR_MEMORY, ERROR_UNSUPPORTED (a newer format). */
enum error journal_reader_run(int dir, const struct journal_visitor *visitor) MUST_USE;

#endif
