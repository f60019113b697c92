/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a journal. The input builds a journal of one to three segments, then says what happens to
 * its files: bytes and ranges are lost, files are cut, swapped or gone, records and headers with a
 * right checksum stand where they should not (journal_image.c computes the checksums: no mutation
 * would guess one).
 *
 * Promises: never silently shorter: each record that was written is delivered as it was, or a
 * finding covers its bytes or its position. Unless something was forged, a record whose own bytes
 * are whole is delivered, whatever happened around it, and nothing is delivered that was not
 * written. Positions of acknowledged records grow; findings lie in their files; reading
 * changes nothing and gives the same again.
 */
#include "journal/reader.h"
#include "journal_image.h"

#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 4096u

struct reading
{
    const struct image *image;
    bool delivered[IMAGE_RECORDS];
    uint64_t last; /* acknowledged */
    unsigned findings_count;
    struct journal_finding findings[FINDINGS_MAX];
    uint64_t digest;
};

static void
digest(struct reading *reading, uint64_t value)
{
    reading->digest = (reading->digest ^ value) * UINT64_C(0x100000001B3);
}

static const struct image_record *
find_written(const struct image *image, uint64_t pos)
{
    for (unsigned i = 0; i < image->records; i++) {
        if (image->record[i].pos == pos) {
            return &image->record[i];
        }
    }
    return NULL;
}

static void
on_record(void *data, const struct journal_segment *segment, const struct flow_record *record,
          bool acknowledged)
{
    struct reading *reading = data;
    uint8_t body[IMAGE_BODY_MAX];
    const struct image_record *written = find_written(reading->image, record->pos);
    FUZZ_CHECK(!acknowledged || record->pos > reading->last);
    FUZZ_CHECK(record->size <= LIMIT_RECORD && segment->header_whole);
    reading->last = acknowledged ? record->pos : reading->last;
    digest(reading, record->pos << 1 | acknowledged);
    if (written != NULL && written->body_size == record->size) {
        image_body(record->pos, body, record->size);
        if (memcmp(body, record->body, record->size) == 0) {
            reading->delivered[written - reading->image->record] = true;
            return;
        }
    }
    FUZZ_CHECK(reading->image->forged);
}

static void
on_finding(void *data, const struct journal_finding *finding, const uint8_t *bytes)
{
    struct reading *reading = data;
    FUZZ_CHECK(reading->findings_count < FINDINGS_MAX);
    reading->findings[reading->findings_count] = *finding;
    reading->findings_count += 1;
    FUZZ_CHECK(finding->kind == JOURNAL_FINDING_MISSING ? finding->pos_from <= finding->pos_to
                                                        : true);
    FUZZ_CHECK(bytes == NULL || finding->size > 0);
    uint64_t sum = 0;
    for (size_t i = 0; bytes != NULL && i < finding->size; i++) {
        sum += bytes[i]; /* all of it can be read */
    }
    digest(reading, finding->offset * 31 + finding->size);
    digest(reading, finding->pos_from * 31 + finding->pos_to + sum + (uint64_t)finding->kind);
}

static void
on_segment(void *data, const struct journal_segment *segment)
{
    struct reading *reading = data;
    digest(reading, segment->records * 31 + segment->findings);
    FUZZ_CHECK(segment->end <= segment->header.segment_bytes || !segment->header_whole);
    FUZZ_CHECK(segment->batch_offset <= segment->end && segment->keep_offset <= segment->end);
}

static void
run(struct reading *reading, const struct image *image, int folder)
{
    struct journal_visitor visitor = {
        .data = reading, .record = on_record, .finding = on_finding, .segment_end = on_segment};
    memset(reading, 0, sizeof *reading);
    reading->image = image;
    FUZZ_CHECK(journal_reader_run(folder, &visitor) == ERROR_NONE);
}

static bool
covers(const struct journal_finding *finding, const struct image_segment *segment,
       const struct image_record *record)
{
    if (finding->kind == JOURNAL_FINDING_MISSING || finding->kind == JOURNAL_FINDING_TORN) {
        uint64_t to = finding->kind == JOURNAL_FINDING_TORN && finding->pos_to == 0
                          ? UINT64_MAX
                          : finding->pos_to;
        if (record->pos >= finding->pos_from && record->pos <= to) {
            return true;
        }
    }
    if (finding->kind == JOURNAL_FINDING_MISSING || finding->segment != segment->name_pos) {
        return false;
    }
    bool whole = finding->kind == JOURNAL_FINDING_HEADER && finding->size >= segment->file_bytes;
    bool zeros = finding->kind == JOURNAL_FINDING_DAMAGED; /* left out at the front of a range */
    for (size_t at = record->at; at < finding->offset && zeros; at++) {
        zeros = segment->bytes[at] == 0;
    }
    return whole || (zeros && record->at < finding->offset) ||
           (finding->offset < record->at + record->size &&
            record->at < finding->offset + finding->size);
}

/* No header of this file could be read, or the file is gone. */
static bool
is_unread(const struct reading *reading, unsigned index)
{
    const struct image_segment *segment = &reading->image->segment[index];
    bool unread = segment->gone;
    for (unsigned n = 0; n < reading->findings_count && !unread; n++) {
        const struct journal_finding *finding = &reading->findings[n];
        unread = finding->kind == JOURNAL_FINDING_HEADER && finding->offset == 0 &&
                 finding->segment == segment->name_pos && finding->size == segment->file_bytes;
    }
    return unread;
}

/* Does a segment behind this one say up to where records were durable? */
static bool
is_confirmed(const struct reading *reading, unsigned segment)
{
    for (unsigned i = segment + 1; i < reading->image->segments; i++) {
        if (!is_unread(reading, i)) {
            return true;
        }
    }
    return false;
}

/* A file with another's name stands in another's place: it is raised, but records that then come in
 * the wrong order are taken for copies, and which they were is not told. */
static bool
is_raised_as_renamed(const struct reading *reading)
{
    for (unsigned i = 0; i < reading->image->segments; i++) {
        const struct image_segment *segment = &reading->image->segment[i];
        bool renamed = !segment->gone && segment->name_pos != segment->header.first_pos;
        for (unsigned n = 0; renamed && n < reading->findings_count; n++) {
            const struct journal_finding *finding = &reading->findings[n];
            if (finding->kind == JOURNAL_FINDING_HEADER && finding->segment == segment->name_pos) {
                return true;
            }
        }
    }
    return false;
}

/* May this record be gone without a word? */
static bool
is_excused(const struct reading *reading, const struct image_record *record)
{
    const struct image *image = reading->image;
    bool intact = image_is_intact(image, record);
    if (!record->confirmed && !intact) {
        return true; /* nobody was told of it */
    }
    unsigned first = 0; /* what is left of the journal: released and cut off files say nothing */
    unsigned last = image->segments - 1;
    while (first < last && image->segment[first].gone) {
        first++;
    }
    while (last > first && image->segment[last].gone) {
        last--;
    }
    if (record->segment < first || record->segment > last || image->segment[first].gone) {
        return true;
    }
    if (image->segment[record->segment].gone && !is_confirmed(reading, record->segment)) {
        return true; /* both files around it speak up, but neither says what was between them */
    }
    if (is_raised_as_renamed(reading)) {
        return true;
    }
    if (image->forged) { /* then only what is there must be found */
        return !intact;
    }
    bool newest = record->segment == last || !is_confirmed(reading, record->segment);
    return newest && image_is_blank_from(image, record);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct image image;
    static struct reading reading;
    static struct reading again;
    struct fuzz_input input = {data, data + size};
    image_build(&image, &input);
    image_change(&image, &input);
    int folder = image_store(&image);
    run(&reading, &image, folder);
    if (size % 16 == 0) {
        run(&again, &image, folder);
        FUZZ_CHECK(reading.digest == again.digest);
    }
    for (unsigned i = 0; i < image.records; i++) {
        const struct image_record *record = &image.record[i];
        bool told = reading.delivered[i];
        for (unsigned n = 0; n < reading.findings_count && !told; n++) {
            told = covers(&reading.findings[n], &image.segment[record->segment], record);
        }
        FUZZ_CHECK(told || is_excused(&reading, record));
        bool due = !image.forged && image_is_intact(&image, record) &&
                   !is_unread(&reading, record->segment);
        FUZZ_CHECK(reading.delivered[i] || !due);
    }
    return 0;
}
