/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks the bytes of one segment: whole records, ranges that are none, the zeros at the end. Pure:
 * no files, no judgement about what a bad range means (reader.h does that).
 */
#ifndef JOURNAL_SCAN_H
#define JOURNAL_SCAN_H

#include "journal/format.h"

struct journal_scan
{
    const uint8_t *data; /* from the start of the file */
    size_t at;           /* next byte to look at; multiple of 8 */
    size_t end;          /* of the record area */
    uint32_t seed;       /* journal_record_seed of the segment's salt */
};

enum journal_scan_item
{
    SCAN_RECORD,
    SCAN_BAD, /* neither a record nor the zeros at the end; a record or SCAN_END follows */
    SCAN_END, /* only zeros are left */
};

/* `size` is how many bytes of the file there are; fewer than the header promises when it was cut.
 */
struct journal_scan
journal_scan_over(const uint8_t *data, size_t size, const struct journal_header *header);
/* Gives the next item: its first byte in *ret_at and its length in *ret_size (SCAN_END: where the
 * zeros begin, 0); *ret_record is set for SCAN_RECORD. */
enum journal_scan_item
journal_scan_next(struct journal_scan *scan, struct journal_record *ret_record, size_t *ret_at,
                  size_t *ret_size);
/* The last whole record from here on, without moving. False when there is none. */
bool journal_scan_find_last(const struct journal_scan *scan, struct journal_record *ret_record);

#endif
