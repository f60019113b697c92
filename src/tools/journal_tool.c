/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/journal_tool.h"

#include "base/clock.h"
#include "journal/checkpoint.h"
#include "journal/directory.h"
#include "journal/reader.h"
#include "tools/journal_print.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verify
{
    uint64_t segments;
    uint64_t records;
    uint64_t unacknowledged;
    uint64_t first_pos;
    uint64_t last_pos;
    uint64_t torn_bytes;
    uint64_t damaged_bytes;
    uint64_t missing;
    uint64_t findings;
};

static void
verify_record(void *data, const struct journal_segment *segment, const struct flow_record *record,
              bool acknowledged)
{
    struct verify *verify = data;
    if (!acknowledged) {
        verify->unacknowledged += 1;
        return;
    }
    if (verify->records == 0) {
        verify->first_pos = record->pos;
    }
    verify->records += 1;
    verify->last_pos = record->pos;
}

static void
verify_finding(void *data, const struct journal_finding *finding, const uint8_t *bytes)
{
    struct verify *verify = data;
    verify->findings += 1;
    switch (finding->kind) {
        case JOURNAL_FINDING_TORN:
            verify->torn_bytes += finding->size;
            printf("  unfinished end: %" PRIu64 " bytes at %" PRIu64 "\n", finding->size,
                   finding->offset);
            break;
        case JOURNAL_FINDING_DAMAGED:
            verify->damaged_bytes += finding->size;
            printf("  DAMAGED: %" PRIu64 " bytes at %" PRIu64 "\n", finding->size, finding->offset);
            break;
        case JOURNAL_FINDING_HEADER:
            verify->damaged_bytes += finding->size;
            printf("  DAMAGED: segment header or file size, %" PRIu64 " bytes at %" PRIu64 "\n",
                   finding->size, finding->offset);
            break;
        case JOURNAL_FINDING_MISSING:
            verify->missing += finding->pos_to - finding->pos_from + 1;
            printf("  MISSING: positions %" PRIu64 " to %" PRIu64 "\n", finding->pos_from,
                   finding->pos_to);
            break;
    }
}

static void
verify_segment(void *data, const struct journal_segment *segment)
{
    struct verify *verify = data;
    verify->segments += 1;
    char created[CLOCK_TEXT_SIZE] = "?";
    if (segment->header_whole) {
        (void)clock_format(segment->header.created_us, created);
    }
    printf("segment %016" PRIx64 ": node %" PRIu32 ", created %s, %" PRIu64 " records, %" PRIu64
           " of %" PRIu64 " bytes used%s\n",
           segment->name_pos, segment->header.node, created, segment->records, segment->end,
           segment->file_bytes, segment->findings == 0 ? "" : ", see above");
}

static int
run(const char *path, const struct journal_visitor *visitor)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        fprintf(stderr, "%s cannot be opened: %s\n", path, strerror(errno));
        return JOURNAL_TOOL_UNREADABLE;
    }
    enum error error = journal_reader_run(dir, visitor);
    (void)close(dir);
    if (error != ERROR_NONE) {
        fprintf(stderr, "%s cannot be read: %s\n", path, error_text(error));
        return JOURNAL_TOOL_UNREADABLE;
    }
    return JOURNAL_TOOL_OK;
}

/* How many of them are damaged. */
static uint64_t
verify_checkpoints(const char *path)
{
    uint64_t *list = NULL;
    size_t count = 0;
    uint64_t damaged = 0;
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 ||
        journal_directory_list(dir, journal_checkpoint_name, &list, &count) != ERROR_NONE) {
        count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes = NULL;
        size_t size = 0;
        enum error error = journal_checkpoint_read(dir, 0, list[i], &bytes, &size);
        free(bytes);
        if (error == ERROR_NOT_FOUND) {
            continue; /* the daemon has a newer one */
        }
        damaged += error == ERROR_NONE ? 0 : 1;
        printf("checkpoint %016" PRIx64 ": state after position %" PRIu64 ", ", list[i], list[i]);
        if (error == ERROR_NONE) {
            printf("%zu bytes\n", size);
        } else {
            printf("DAMAGED (%s)\n", error_text(error));
        }
    }
    free(list);
    if (dir >= 0) {
        (void)close(dir);
    }
    return damaged;
}

int
journal_tool_verify(const char *dir)
{
    struct verify verify = {0};
    struct journal_visitor visitor = {
        .data = &verify,
        .record = verify_record,
        .finding = verify_finding,
        .segment_end = verify_segment,
    };
    int code = run(dir, &visitor);
    if (code != JOURNAL_TOOL_OK) {
        return code;
    }
    uint64_t checkpoints = verify_checkpoints(dir);
    printf("%" PRIu64 " records in %" PRIu64 " segments, positions %" PRIu64 " to %" PRIu64,
           verify.records, verify.segments, verify.first_pos, verify.last_pos);
    if (verify.unacknowledged > 0) {
        printf(", %" PRIu64 " unacknowledged", verify.unacknowledged);
    }
    if (checkpoints > 0) {
        printf("\nDAMAGED: %" PRIu64 " checkpoints", checkpoints);
    }
    if (verify.damaged_bytes > 0 || verify.missing > 0) {
        printf("\nDAMAGED: %" PRIu64 " bytes, %" PRIu64 " records missing\n", verify.damaged_bytes,
               verify.missing);
        return JOURNAL_TOOL_DAMAGED;
    }
    if (checkpoints > 0) {
        printf("\n");
        return JOURNAL_TOOL_DAMAGED;
    }
    if (verify.findings > 0 && verify.torn_bytes == 0) { /* a renamed file has no bytes to count */
        printf("\nDAMAGED: %" PRIu64 " findings\n", verify.findings);
        return JOURNAL_TOOL_DAMAGED;
    }
    if (verify.torn_bytes > 0) {
        printf("\nOK, with an unfinished end of %" PRIu64
               " bytes (a crash, or the daemon is writing)\n",
               verify.torn_bytes);
        return JOURNAL_TOOL_OK;
    }
    printf("\nOK\n");
    return JOURNAL_TOOL_OK;
}

struct dump
{
    uint64_t from;
    uint64_t to;
    bool json;
    bool personal;
    uint64_t findings;
};

static void
dump_record(void *data, const struct journal_segment *segment, const struct flow_record *record,
            bool acknowledged)
{
    const struct dump *dump = data;
    if (record->pos >= dump->from && (dump->to == 0 || record->pos <= dump->to)) {
        journal_print_record(stdout, record, acknowledged, dump->json, dump->personal);
    }
}

static void
dump_finding(void *data, const struct journal_finding *finding, const uint8_t *bytes)
{
    struct dump *dump = data;
    if (finding->kind != JOURNAL_FINDING_TORN) {
        dump->findings += 1;
    }
}

int
journal_tool_dump(const char *dir, uint64_t from, uint64_t to, bool json, bool personal)
{
    struct dump dump = {.from = from, .to = to, .json = json, .personal = personal};
    struct journal_visitor visitor = {
        .data = &dump,
        .record = dump_record,
        .finding = dump_finding,
    };
    int code = run(dir, &visitor);
    if (code == JOURNAL_TOOL_OK && dump.findings > 0) {
        fprintf(stderr,
                "the journal is damaged in %" PRIu64
                " places: larwmctl journal verify says where\n",
                dump.findings);
        return JOURNAL_TOOL_DAMAGED;
    }
    return code;
}
