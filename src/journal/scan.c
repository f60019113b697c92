/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/scan.h"

#include <string.h>

struct journal_scan
journal_scan_over(const uint8_t *data, size_t size, const struct journal_header *header)
{
    uint64_t data_end = header->segment_bytes - FORMAT_BLOCK;
    size_t end = size < data_end ? size : (size_t)data_end;
    return (struct journal_scan){
        .data = data,
        .at = end < FORMAT_BLOCK ? end : FORMAT_BLOCK,
        .end = end,
        .seed = journal_record_seed(header->salt),
    };
}

/* Where the bytes of [at, end) that are not zero end; `at` when all are zero. */
static size_t
nonzero_end(const struct journal_scan *scan)
{
    size_t end = scan->end;
    uint64_t word = 0;
    while (end - scan->at >= sizeof word) { /* most of a young segment: eight bytes a step */
        memcpy(&word, scan->data + end - sizeof word, sizeof word);
        if (word != 0) {
            break;
        }
        end -= sizeof word;
    }
    while (end > scan->at && scan->data[end - 1] == 0) {
        end--;
    }
    return end;
}

/* Leaves out the zeros a bad range begins with, unless it is all zeros: a block never written. */
static size_t
skip_zeros(const struct journal_scan *scan, size_t from, size_t to)
{
    size_t at = from;
    while (at < to && scan->data[at] == 0) {
        at++;
    }
    return at == to ? from : at & ~(size_t)7;
}

/* The next place where a whole record stands, or `limit`. */
static size_t
find_record(const struct journal_scan *scan, size_t from, size_t limit)
{
    struct journal_record record;
    for (size_t at = from; at + FORMAT_RECORD_HEADER <= limit; at += 8) {
        if (journal_record_read(scan->data + at, scan->end - at, scan->seed, &record)) {
            return at;
        }
    }
    return limit;
}

enum journal_scan_item
journal_scan_next(struct journal_scan *scan, struct journal_record *ret_record, size_t *ret_at,
                  size_t *ret_size)
{
    *ret_at = scan->at;
    *ret_size = 0;
    size_t left = scan->end - scan->at;
    if (journal_record_read(scan->data + scan->at, left, scan->seed, ret_record)) {
        *ret_size = journal_record_bytes(ret_record->size);
        scan->at += *ret_size;
        return SCAN_RECORD;
    }
    size_t end = nonzero_end(scan);
    if (end == scan->at) {
        return SCAN_END;
    }
    /* The padding of a last record may be zero, so look a little beyond the last byte. */
    size_t look_end = end + FORMAT_RECORD_HEADER + 8;
    if (look_end > scan->end) {
        look_end = scan->end;
    }
    size_t next = find_record(scan, scan->at + 8, look_end);
    if (next == look_end) {
        next = (end + 7) & ~(size_t)7;
        next = next > scan->end ? scan->end : next;
        scan->at = scan->end; /* only zeros follow */
    } else {
        scan->at = next;
    }
    *ret_at = skip_zeros(scan, *ret_at, next);
    *ret_size = next - *ret_at;
    return SCAN_BAD;
}

bool
journal_scan_find_last(const struct journal_scan *scan, struct journal_record *ret_record)
{
    struct journal_scan ahead = *scan;
    struct journal_record record;
    size_t at;
    size_t size;
    bool found = false;
    for (;;) {
        enum journal_scan_item item = journal_scan_next(&ahead, &record, &at, &size);
        if (item == SCAN_END) {
            return found;
        }
        if (item == SCAN_RECORD) {
            *ret_record = record;
            found = true;
        }
    }
}
