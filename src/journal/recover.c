/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: read everything once; count; remember where the newest segment ends.
 * Failures: each finding is copied to quarantine/ and logged. A torn end is then overwritten with
 * zeros and synced. A newest segment with any finding is not written any further: a fresh one
 * begins, far enough ahead that no position of a record that cannot be read is given out again.
 */
#include "journal/recover.h"

#include "base/log.h"
#include "journal/directory.h"
#include "journal/file.h"
#include "journal/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct recovery
{
    int dir;
    uint32_t node;
    bool other_node;
    struct journal_recovered *out;
    struct journal_finding torn; /* of the newest segment; size 0: none that may be overwritten */
};

static void
on_segment_begin(void *data, const struct journal_segment *segment)
{
    struct recovery *recovery = data;
    struct journal_recovery *report = &recovery->out->report;
    report->segments += 1;
    if (report->segments == 1) {
        report->first_pos = segment->name_pos;
    }
    if (segment->header_whole && segment->header.node != recovery->node) {
        recovery->other_node = true;
    }
}

static void
on_segment_end(void *data, const struct journal_segment *segment)
{
    struct recovery *recovery = data;
    recovery->out->last = *segment;
    if (segment->header_whole && recovery->out->next_pos < segment->header.first_pos) {
        recovery->out->next_pos = segment->header.first_pos;
    }
}

static void
on_record(void *data, const struct journal_segment *segment, const struct flow_record *record,
          bool acknowledged)
{
    struct recovery *recovery = data;
    struct journal_recovered *out = recovery->out;
    if (out->next_pos <= record->pos) {
        out->next_pos = record->pos + 1;
    }
    if (out->last_time_us < record->time_us) {
        out->last_time_us = record->time_us;
    }
    if (acknowledged) {
        out->report.records += 1;
        out->report.last_pos = record->pos;
    } else {
        out->report.unacknowledged += 1;
    }
}

static void
count_finding(struct journal_recovery *report, const struct journal_finding *finding)
{
    switch (finding->kind) {
        case JOURNAL_FINDING_TORN:
            report->repaired_bytes += finding->size;
            break;
        case JOURNAL_FINDING_MISSING:
            report->damaged_records += finding->pos_to - finding->pos_from + 1;
            break;
        case JOURNAL_FINDING_DAMAGED:
        case JOURNAL_FINDING_HEADER:
            report->damaged_bytes += finding->size;
            break;
    }
    if (finding->kind != JOURNAL_FINDING_TORN && !finding->known) {
        report->damaged = true;
    }
    if (report->findings < JOURNAL_FINDINGS_KEPT) {
        report->list[report->findings] = *finding;
    }
    report->findings += 1;
}

static const char *
finding_text(enum journal_finding_kind kind)
{
    switch (kind) {
        case JOURNAL_FINDING_TORN:
            return "unfinished end";
        case JOURNAL_FINDING_DAMAGED:
            return "damaged range";
        case JOURNAL_FINDING_MISSING:
            return "missing positions";
        case JOURNAL_FINDING_HEADER:
            return "damaged segment header or file size";
    }
    return "?";
}

static void
on_finding(void *data, const struct journal_finding *found, const uint8_t *bytes)
{
    struct recovery *recovery = data;
    struct journal_recovery *report = &recovery->out->report;
    struct journal_finding finding = *found;
    enum error error = recovery->other_node
                           ? ERROR_NONE /* not ours to touch; journal_open fails */
                           : journal_quarantine_keep(recovery->dir, &finding, bytes);
    if (error != ERROR_NONE) {
        report->quarantine_failed += 1;
    } else if (!finding.known) {
        report->quarantined += 1;
    }
    count_finding(report, &finding);
    log_warning("journal",
                "segment %016" PRIx64 ": %s at %" PRIu64 ", %" PRIu64 " bytes, positions %" PRIu64
                " to %" PRIu64 "%s%s",
                finding.segment, finding_text(finding.kind), finding.offset, finding.size,
                finding.pos_from, finding.pos_to, finding.known ? " (known)" : "",
                error == ERROR_NONE ? "" : " (could not be copied to quarantine)");
    if (finding.kind == JOURNAL_FINDING_TORN && finding.pos_from <= recovery->out->confirmed_pos) {
        recovery->out->confirmed_pos = finding.pos_from - 1;
    }
    if (finding.kind == JOURNAL_FINDING_TORN && error == ERROR_NONE) {
        recovery->torn = finding; /* only the newest segment has one at its end */
    }
}

/* Makes the torn end zero again. Not needed to read the journal right, so a failure is only said.
 */
static void
repair_torn_end(const struct recovery *recovery, const struct journal_file_ops *ops)
{
    static const uint8_t zeros[FORMAT_BLOCK];
    const struct journal_finding *torn = &recovery->torn;
    if (torn->size == 0 || torn->offset < recovery->out->last.end) {
        return;
    }
    char name[SEGMENT_NAME_SIZE];
    int fd = openat(recovery->dir, journal_segment_name(torn->segment, name), O_WRONLY | O_CLOEXEC);
    enum error error = fd < 0 ? error_from_errno(errno) : ERROR_NONE;
    for (uint64_t done = 0; error == ERROR_NONE && done < torn->size;) {
        uint64_t left = torn->size - done;
        size_t take = left < sizeof zeros ? (size_t)left : sizeof zeros;
        error = journal_file_write(ops, fd, zeros, take, torn->offset + done);
        done += take;
    }
    if (error == ERROR_NONE) {
        error = journal_file_sync(ops, fd);
    }
    if (error != ERROR_NONE) {
        log_warning("journal", "%s: the unfinished end could not be cleared: %s", name,
                    error_text(error));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

/* Where to go on: behind everything that was ever given out, as far as can be told. */
static void
decide_end(const struct journal_options *options, struct journal_recovered *out)
{
    const struct journal_segment *last = &out->last;
    out->resume = out->report.segments > 0 && last->header_whole && last->findings == 0;
    if (last->bad_bytes > 0) {
        out->next_pos += last->bad_bytes / FORMAT_RECORD_HEADER + 1;
    }
    if (out->report.segments > 0 && !last->header_whole) {
        uint64_t bytes =
            last->file_bytes > options->segment_bytes ? last->file_bytes : options->segment_bytes;
        uint64_t behind = last->name_pos + bytes / FORMAT_RECORD_HEADER;
        out->next_pos = behind > out->next_pos ? behind : out->next_pos;
    }
    if (out->next_pos == 0) {
        out->next_pos = 1;
    }
    if (options->floor_pos >= out->next_pos) {
        struct journal_finding lost = {.kind = JOURNAL_FINDING_MISSING,
                                       .segment = last->name_pos,
                                       .pos_from = out->next_pos,
                                       .pos_to = options->floor_pos};
        count_finding(&out->report, &lost);
        log_error("journal",
                  "the journal ends before position %" PRIu64 ", which is known elsewhere: "
                  "records %" PRIu64 " and later are gone",
                  options->floor_pos, out->next_pos);
        out->next_pos = options->floor_pos + 1;
        out->resume = false;
    }
}

static void
write_text(struct journal_recovery *report)
{
    (void)snprintf(report->text, sizeof report->text,
                   "%" PRIu64 " records in %" PRIu64 " segments up to position %" PRIu64
                   "; unfinished end: %" PRIu64 " bytes; damaged: %" PRIu64
                   " bytes; missing: %" PRIu64 " records; quarantined now: %" PRIu64
                   "; could not be quarantined: %" PRIu64,
                   report->records, report->segments, report->last_pos, report->repaired_bytes,
                   report->damaged_bytes, report->damaged_records, report->quarantined,
                   report->quarantine_failed);
}

enum error
journal_recover(int dir, const struct journal_options *options, const struct journal_file_ops *ops,
                struct journal_recovered *ret_recovered)
{
    memset(ret_recovered, 0, sizeof *ret_recovered);
    ret_recovered->confirmed_pos = UINT64_MAX;
    struct recovery recovery = {.dir = dir, .node = options->node, .out = ret_recovered};
    struct journal_visitor visitor = {
        .data = &recovery,
        .segment_begin = on_segment_begin,
        .record = on_record,
        .finding = on_finding,
        .segment_end = on_segment_end,
    };
    enum error error = journal_reader_run(dir, &visitor);
    if (error != ERROR_NONE) {
        return error;
    }
    if (recovery.other_node) {
        log_error("journal", "this journal was written by another node than %" PRIu32,
                  options->node);
        return ERROR_CONFIG;
    }
    if (ret_recovered->confirmed_pos > ret_recovered->report.last_pos) {
        ret_recovered->confirmed_pos = ret_recovered->report.last_pos;
    }
    repair_torn_end(&recovery, ops);
    decide_end(options, ret_recovered);
    write_text(&ret_recovered->report);
    return ERROR_NONE;
}
