/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: list the directory; read both header copies of every segment; then, segment by
 * segment, load the file, walk its records in order and hand each to the visitor.
 * Failures: a bad range is held until we know what follows it, then judged and reported; a gap in
 * the positions is reported when the record behind it is met. Neither stops the reading.
 * On close: the loaded bytes and the list are freed; nothing was changed.
 */
#include "journal/reader.h"

#include "journal/directory.h"
#include "journal/file.h"
#include "journal/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry
{
    struct journal_segment segment;
    bool first_whole; /* the header in the first block */
    bool copy_whole;  /* its copy in the last block */
};

struct reader
{
    int dir;
    const struct journal_visitor *visitor;
    struct entry *entries;
    size_t count;
    uint8_t *bytes; /* of the segment being read */
    size_t room;
    size_t size;
    struct entry *entry; /* being read */
    uint64_t limit;      /* positions above it were never acknowledged */
    uint64_t confirmed;  /* positions above it need not be there; at most `limit` */
    bool given_up;       /* the segment being read ended in a failure or torn */
    bool last_known;
    uint64_t unread_from; /* name of the first segment without header before that; 0: none */
    uint64_t last;        /* everything up to here is delivered or accounted for */
};

static void
report(struct reader *reader, struct journal_finding finding)
{
    struct journal_segment *segment = &reader->entry->segment;
    finding.segment = segment->name_pos;
    segment->findings += 1;
    if (reader->visitor->finding != NULL) {
        bool there = finding.size > 0 && finding.offset + finding.size <= reader->size;
        reader->visitor->finding(reader->visitor->data, &finding,
                                 there ? reader->bytes + finding.offset : NULL);
    }
}

static void
report_missing(struct reader *reader, uint64_t from, uint64_t to)
{
    if (from <= to) {
        report(reader, (struct journal_finding){
                           .kind = JOURNAL_FINDING_MISSING, .pos_from = from, .pos_to = to});
    }
}

/* Positions up to `to` should have been met by now, but for those between the header's
 * confirmed_pos and first_pos, and those the next header does not confirm. */
static void
account_positions(struct reader *reader, uint64_t to)
{
    const struct journal_header *header = &reader->entry->segment.header;
    if (reader->last < header->confirmed_pos) {
        uint64_t end = to < header->confirmed_pos ? to : header->confirmed_pos;
        report_missing(reader, reader->last + 1, end);
    }
    uint64_t from = reader->last + 1 > header->first_pos ? reader->last + 1 : header->first_pos;
    report_missing(reader, from, to < reader->confirmed ? to : reader->confirmed);
    reader->last = to > reader->last ? to : reader->last;
}

static uint64_t
batch_first(const struct journal_record *record)
{
    return record->pos > record->batch_index ? record->pos - record->batch_index : 0;
}

/* Does `record`, the first one behind a bad range, belong to the same batch as the range, and is
 * that batch the newest? Then nobody was told of it. */
static bool
is_last_batch(const struct reader *reader, const struct journal_scan *scan,
              const struct journal_record *record)
{
    if (record->flags != 0 || batch_first(record) > reader->last + 1) {
        return false;
    }
    struct journal_record ahead;
    return !journal_scan_find_last(scan, &ahead) ||
           (ahead.flags == 0 && batch_first(&ahead) == batch_first(record));
}

/* `behind` is the record behind the bad range, NULL when there is none in this segment. */
static void
judge_range(struct reader *reader, const struct journal_scan *scan, size_t at, size_t size,
            const struct journal_record *behind)
{
    struct journal_segment *segment = &reader->entry->segment;
    segment->bad_bytes += size;
    if (reader->given_up && reader->last >= reader->confirmed) {
        return;
    }
    bool torn = segment->last && (behind == NULL || is_last_batch(reader, scan, behind));
    struct journal_finding finding = {.kind = JOURNAL_FINDING_DAMAGED, .offset = at, .size = size};
    if (torn) {
        finding.kind = JOURNAL_FINDING_TORN;
        finding.pos_from = reader->last + 1;
    }
    if (torn && behind != NULL && behind->pos > reader->last) {
        finding.pos_to = behind->pos - 1;
        reader->last = behind->pos - 1; /* not missing: they were never acknowledged */
    }
    report(reader, finding);
}

static void
visit_record(struct reader *reader, const struct journal_record *record, bool acknowledged)
{
    struct journal_segment *segment = &reader->entry->segment;
    segment->records += 1;
    if (reader->visitor->record == NULL) {
        return;
    }
    struct flow_record flow = {
        .pos = record->pos,
        .time_us = record->time_us,
        .type = record->type,
        .body = record->body,
        .size = record->size,
    };
    reader->visitor->record(reader->visitor->data, segment, &flow, acknowledged);
}

static void
take_record(struct reader *reader, const struct journal_record *record, size_t at, size_t size)
{
    if (record->pos > reader->limit) {
        if ((record->flags & FORMAT_SEAL) == 0) {
            visit_record(reader, record, false);
        }
        return;
    }
    if ((record->flags & FORMAT_SEAL) != 0) {
        account_positions(reader, record->pos);
        return;
    }
    if (record->pos <= reader->last) {
        if ((record->flags & FORMAT_COPY) == 0) { /* whole, but its position is taken */
            report(reader, (struct journal_finding){
                               .kind = JOURNAL_FINDING_DAMAGED, .offset = at, .size = size});
        }
        return;
    }
    account_positions(reader, record->pos - 1);
    reader->last = record->pos;
    visit_record(reader, record, true);
}

/* Keeps what a writer needs to go on behind the last record. */
static void
note_end(struct journal_segment *segment, const struct journal_record *record, size_t at,
         size_t size)
{
    size_t end = at + size;
    uint64_t block = end & ~(uint64_t)(FORMAT_BLOCK - 1);
    if (block > (segment->end & ~(uint64_t)(FORMAT_BLOCK - 1))) {
        segment->keep_offset = end > block ? at : end;
    }
    if (record->batch_index == 0) {
        segment->batch_offset = at;
    }
    segment->end = end;
}

static void
read_records(struct reader *reader)
{
    struct journal_segment *segment = &reader->entry->segment;
    struct journal_scan scan = journal_scan_over(reader->bytes, reader->size, &segment->header);
    segment->end = segment->keep_offset = segment->batch_offset = FORMAT_BLOCK;
    size_t bad_at = 0;
    size_t bad_size = 0;
    for (;;) {
        struct journal_record record;
        size_t at;
        size_t size;
        enum journal_scan_item item = journal_scan_next(&scan, &record, &at, &size);
        if (item == SCAN_BAD) {
            bad_at = at;
            bad_size = size;
            continue;
        }
        if (bad_size > 0) {
            judge_range(reader, &scan, bad_at, bad_size, item == SCAN_RECORD ? &record : NULL);
            bad_size = 0;
        }
        if (item == SCAN_END) {
            break;
        }
        note_end(segment, &record, at, size);
        take_record(reader, &record, at, size);
    }
    /* Copies stand first, so by now everything durable before this segment has been seen. */
    uint64_t durable = segment->header.durable_pos;
    account_positions(reader, reader->last > durable ? reader->last : durable);
    if (reader->last + 1 < segment->header.first_pos) {
        reader->last = segment->header.first_pos - 1;
    }
}

static bool
header_fits(const struct journal_header *header)
{
    return header->segment_bytes >= JOURNAL_SEGMENT_BYTES_MIN &&
           header->segment_bytes <= JOURNAL_SEGMENT_BYTES_MAX &&
           header->segment_bytes % FORMAT_BLOCK == 0 && header->first_pos > header->durable_pos &&
           header->durable_pos >= header->confirmed_pos;
}

static enum error
read_header_at(int fd, uint64_t at, struct journal_header *ret_header, bool *ret_whole)
{
    uint8_t block[FORMAT_BLOCK] = {0};
    uint64_t unreadable = 0;
    struct journal_header header;
    (void)journal_file_read(fd, block, sizeof block, at, &unreadable);
    enum error error = journal_header_read(block, &header);
    if (error == ERROR_UNSUPPORTED) {
        return error;
    }
    *ret_whole = error == ERROR_NONE && header_fits(&header);
    if (*ret_whole) {
        *ret_header = header;
    }
    return ERROR_NONE;
}

static enum error
read_headers(int dir, struct entry *entry)
{
    char name[SEGMENT_NAME_SIZE];
    struct stat status;
    int fd = openat(dir, journal_segment_name(entry->segment.name_pos, name), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return ERROR_NONE; /* reported as a segment without header */
    }
    struct journal_segment *segment = &entry->segment;
    segment->file_bytes = (uint64_t)status.st_size;
    enum error error = read_header_at(fd, 0, &segment->header, &entry->first_whole);
    uint64_t end = entry->first_whole ? segment->header.segment_bytes : segment->file_bytes;
    if (error == ERROR_NONE && end >= 2 * FORMAT_BLOCK) {
        struct journal_header copy;
        error = read_header_at(fd, end - FORMAT_BLOCK, &copy, &entry->copy_whole);
        if (entry->copy_whole && !entry->first_whole) {
            segment->header = copy;
        }
    }
    segment->header_whole = entry->first_whole || entry->copy_whole;
    (void)close(fd);
    return error;
}

static enum error
load(struct reader *reader)
{
    const struct journal_segment *segment = &reader->entry->segment;
    reader->size = 0;
    size_t wanted = segment->file_bytes < JOURNAL_SEGMENT_BYTES_MAX
                        ? (size_t)segment->file_bytes
                        : (size_t)JOURNAL_SEGMENT_BYTES_MAX;
    if (wanted > reader->room) {
        uint8_t *larger = realloc(reader->bytes, wanted);
        if (larger == NULL) {
            return ERROR_MEMORY;
        }
        reader->bytes = larger;
        reader->room = wanted;
    }
    char name[SEGMENT_NAME_SIZE];
    int fd =
        openat(reader->dir, journal_segment_name(segment->name_pos, name), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return ERROR_NONE;
    }
    uint64_t unreadable = 0; /* shows as bytes that are no record */
    reader->size = journal_file_read(fd, reader->bytes, wanted, 0, &unreadable);
    (void)close(fd);
    return ERROR_NONE;
}

/* What is wrong with the file as such. */
static void
report_header(struct reader *reader)
{
    const struct entry *entry = reader->entry;
    const struct journal_header *header = &entry->segment.header;
    uint64_t file_bytes = entry->segment.file_bytes;
    struct journal_finding finding = {.kind = JOURNAL_FINDING_HEADER, .size = FORMAT_BLOCK};
    if (!entry->first_whole) {
        report(reader, finding);
    }
    if (file_bytes != header->segment_bytes) {
        bool cut = file_bytes < header->segment_bytes;
        finding.offset = cut ? file_bytes : header->segment_bytes;
        finding.size = cut ? header->segment_bytes - file_bytes : file_bytes - finding.offset;
        report(reader, finding);
    } else if (!entry->copy_whole) {
        finding.offset = header->segment_bytes - FORMAT_BLOCK;
        report(reader, finding);
    }
    if (header->first_pos != entry->segment.name_pos) { /* renamed by somebody */
        report(reader, (struct journal_finding){.kind = JOURNAL_FINDING_HEADER});
    }
}

static void
find_limit(struct reader *reader, size_t index)
{
    reader->limit = reader->confirmed = UINT64_MAX;
    reader->given_up = false;
    for (size_t i = index + 1; i < reader->count; i++) {
        const struct journal_segment *next = &reader->entries[i].segment;
        if (next->header_whole) {
            reader->limit = next->header.durable_pos;
            reader->confirmed = next->header.confirmed_pos;
            reader->given_up = next->header.durable_pos + 1 < next->header.first_pos;
            return;
        }
    }
}

/* The first header that can be read: older segments were released, unless a file without header
 * stands before it. */
static void
begin_positions(struct reader *reader)
{
    const struct journal_header *header = &reader->entry->segment.header;
    reader->last = header->durable_pos;
    reader->last_known = true;
    if (reader->unread_from != 0) {
        report_missing(reader, reader->unread_from, header->confirmed_pos);
    }
}

static enum error
read_segment(struct reader *reader, size_t index)
{
    reader->entry = &reader->entries[index];
    struct journal_segment *segment = &reader->entry->segment;
    segment->last = index + 1 == reader->count;
    find_limit(reader, index);
    enum error error = load(reader);
    if (error != ERROR_NONE) {
        return error;
    }
    if (reader->visitor->segment_begin != NULL) {
        reader->visitor->segment_begin(reader->visitor->data, segment);
    }
    if (segment->header_whole) {
        if (!reader->last_known) {
            begin_positions(reader);
        }
        report_header(reader);
        if (segment->file_bytes < segment->header.segment_bytes) {
            segment->bad_bytes += segment->header.segment_bytes - segment->file_bytes;
        }
        read_records(reader);
    } else {
        segment->bad_bytes = segment->file_bytes;
        if (!reader->last_known && reader->unread_from == 0) {
            reader->unread_from = segment->name_pos;
        }
        report(reader, (struct journal_finding){.kind = JOURNAL_FINDING_HEADER,
                                                .size = segment->file_bytes});
    }
    if (reader->visitor->segment_end != NULL) {
        reader->visitor->segment_end(reader->visitor->data, segment);
    }
    return ERROR_NONE;
}

static enum error
open_entries(struct reader *reader)
{
    uint64_t *list;
    enum error error =
        journal_directory_list(reader->dir, journal_segment_name, &list, &reader->count);
    if (error != ERROR_NONE) {
        return error;
    }
    reader->entries = calloc(reader->count + 1, sizeof *reader->entries);
    if (reader->entries == NULL) {
        error = ERROR_MEMORY;
    }
    for (size_t i = 0; error == ERROR_NONE && i < reader->count; i++) {
        reader->entries[i].segment.name_pos = list[i];
        error = read_headers(reader->dir, &reader->entries[i]);
    }
    free(list);
    return error;
}

enum error
journal_reader_run(int dir, const struct journal_visitor *visitor)
{
    struct reader reader = {.dir = dir, .visitor = visitor};
    enum error error = open_entries(&reader);
    for (size_t i = 0; error == ERROR_NONE && i < reader.count; i++) {
        error = read_segment(&reader, i);
    }
    free(reader.bytes);
    free(reader.entries);
    return error;
}
