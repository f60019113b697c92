/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a start does before anything is written: reads all segments, keeps copies of what is wrong,
 * makes a torn end zero again, decides where to go on. One thread, the directory locked.
 */
#ifndef JOURNAL_RECOVER_H
#define JOURNAL_RECOVER_H

#include "journal/journal.h"
#include "journal/reader.h"

struct journal_recovered
{
    struct journal_recovery report;
    struct journal_segment last; /* the newest segment, as the reader left it */
    bool resume;                 /* go on in `last`: it is whole and has room in its positions */
    uint64_t next_pos;           /* higher than any position that may ever have been given out */
    uint64_t confirmed_pos;      /* of the header of a fresh segment: before a torn batch, if any */
    int64_t last_time_us;        /* of the newest record; 0 when there is none */
};

/* ERROR_CONFIG (another node's journal), ERROR_UNSUPPORTED, ERROR_IO, ERROR_MEMORY. */
enum error
journal_recover(int dir, const struct journal_options *options, const struct journal_file_ops *ops,
                struct journal_recovered *ret_recovered) MUST_USE;

#endif
