/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-damage: every byte of a journal flipped, every place it can be cut at.
 *
 *     larwm-damage DIR [--bits N] [--opens-every N]
 *
 * Takes the records of the journal in DIR, which a real centre has written, into a journal of three
 * small segments, once sealed and once as a crash leaves it. Then damages one byte (N of
 * its bits, one after the other) or cuts one file, reads, and judges what the reader says:
 *   - something is always found;
 *   - what is delivered is as it was written, in order;
 *   - a flip costs one record at most, and a record that is gone is reported as missing.
 * The one exception is counted: in a journal without a seal, damage to its newest batch cannot be
 * told from a write that never ended, and is reported as that. Every N-th damage is also recovered
 * from: quarantined, raised, further records taken at positions never used. Reliability row 5 TEST
 */
#include "../unit/journal/support.h"

#include "base/hash.h"
#include "base/require.h"
#include "journal/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS 3u
#define SEGMENT_BYTES RIG_SEGMENT_BYTES
#define ENOUGH_BYTES (2u << 10) /* of records in the newest segment */
#define RECORDS_MAX 4096u
#define LAST_BATCH 2u /* records of the newest batch */

struct source
{
    uint8_t *bodies[RECORDS_MAX];
    struct flow_record records[RECORDS_MAX];
    size_t count;
};

struct content
{
    uint64_t pos[RECORDS_MAX];
    uint32_t sum[RECORDS_MAX]; /* CRC32C of type and body */
    size_t count;
    size_t findings[4]; /* by enum journal_finding_kind */
    uint64_t missing;
};

struct tally
{
    uint64_t tried;
    uint64_t lossless; /* found, and every record still delivered */
    uint64_t missed;   /* found, and every record gone reported as missing */
    uint64_t untold;   /* newest batch of an unsealed journal: reported as an unfinished end */
    uint64_t header;   /* cut: the wrong size is reported, how many records were behind is not */
    uint64_t opened;
    uint64_t failures;
};

static struct source source;
static struct rig rig;
static struct content before;
static struct content now;
static uint8_t bytes[SEGMENT_BYTES];
static unsigned bits = 1;
static unsigned opens_every = 64;

static void
take_source(void *data, const struct journal_segment *segment, const struct flow_record *record,
            bool acknowledged)
{
    if (!acknowledged || source.count == RECORDS_MAX) {
        return;
    }
    struct flow_record *kept = &source.records[source.count];
    *kept = *record;
    source.bodies[source.count] = malloc(record->size + 1u);
    require(source.bodies[source.count] != NULL);
    memcpy(source.bodies[source.count], record->body, record->size);
    source.count += 1;
}

static void
see(void *data, const struct journal_segment *segment, const struct flow_record *record,
    bool acknowledged)
{
    if (!acknowledged || now.count == RECORDS_MAX) {
        return; /* shows as a record that is gone */
    }
    now.pos[now.count] = record->pos;
    now.sum[now.count] = crc32c(record->type, record->body, record->size);
    now.count += 1;
}

static void
note_finding(void *data, const struct journal_finding *finding, const uint8_t *there)
{
    now.findings[finding->kind] += 1;
    if (finding->kind == JOURNAL_FINDING_MISSING) {
        now.missing += finding->pos_to - finding->pos_from + 1;
    }
}

static void
read_all(const char *path, const struct journal_visitor *visitor)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    require(dir >= 0);
    enum error error = journal_reader_run(dir, visitor);
    require(error == ERROR_NONE);
    (void)close(dir);
}

static void
read_content(const char *path)
{
    memset(now.findings, 0, sizeof now.findings);
    now.count = 0;
    now.missing = 0;
    struct journal_visitor visitor = {.record = see, .finding = note_finding};
    read_all(path, &visitor);
}

static void
push(struct rig *to, size_t number)
{
    const struct flow_record *record = &source.records[number % source.count];
    struct flow_entry *entry = pool_take(&to->pool);
    require(entry != NULL);
    *entry = (struct flow_entry){
        .home = &to->pool, .handle = 1, .size = (uint32_t)record->size, .type = record->type};
    memcpy(entry->body, source.bodies[number % source.count], record->size);
    bool fits = ring_push(&to->port.entries, &entry);
    require(fits);
}

static void
commit(struct rig *to, unsigned count)
{
    rig_turn(to);
    while (count-- > 0) {
        struct flow_ticket ticket = rig_ticket(to);
        require(ticket.error == ERROR_NONE);
    }
}

/* Bytes of the newest segment up to its last record. */
static uint64_t
used_bytes(void)
{
    return rig.journal->writer.base + rig.journal->writer.durable;
}

/* Batches of one to four records until the third segment holds some; a last batch of two. */
static void
make_journal(bool sealed)
{
    rig_init(&rig);
    rig.options.segment_bytes = SEGMENT_BYTES;
    rig_open(&rig);
    uint64_t segment = rig.journal->writer.segment_pos;
    unsigned segments = 1;
    size_t number = 0;
    while (segments < SEGMENTS || used_bytes() < FORMAT_BLOCK + ENOUGH_BYTES) {
        require(segments <= SEGMENTS); /* a batch of the last segment must not begin another */
        unsigned batch = 1 + (unsigned)(number % 4);
        for (unsigned i = 0; i < batch; i++) {
            push(&rig, number++);
        }
        commit(&rig, batch);
        segments += rig.journal->writer.segment_pos != segment;
        segment = rig.journal->writer.segment_pos;
    }
    for (unsigned i = 0; i < LAST_BATCH; i++) {
        push(&rig, number++);
    }
    commit(&rig, LAST_BATCH);
    if (sealed) {
        rig_close(&rig);
    } else {
        rig_crash(&rig);
    }
    read_content(rig.path);
    before = now;
    require(before.count == number);
    require(before.findings[0] + before.findings[1] + before.findings[2] + before.findings[3] == 0);
}

/* Is every record delivered one that was written, in order? */
static bool
is_true_part(void)
{
    size_t at = 0;
    for (size_t i = 0; i < now.count; i++) {
        while (at < before.count && before.pos[at] != now.pos[i]) {
            at++;
        }
        if (at == before.count || before.sum[at] != now.sum[i]) {
            return false;
        }
    }
    return true;
}

/* Are all the records that are gone of the newest batch? */
static bool
only_newest_batch_gone(void)
{
    size_t kept = before.count - LAST_BATCH;
    return now.count >= kept && memcmp(now.pos, before.pos, kept * sizeof now.pos[0]) == 0;
}

static void
fail(struct tally *tally, const char *what, const char *name, size_t at)
{
    if (tally->failures < 20) {
        printf("  FAILED: %s %s at byte %zu: %zu of %zu records, %lu missing, findings %zu torn, "
               "%zu damaged, %zu missing, %zu header\n",
               what, name, at, now.count, before.count, (unsigned long)now.missing, now.findings[0],
               now.findings[1], now.findings[2], now.findings[3]);
    }
    tally->failures += 1;
    if (tally->failures == 100) {
        printf("  given up\n");
        directory_remove(rig.path);
        exit(1);
    }
}

/* Judges the content just read. `lost_max`: so many records may be gone. */
static void
judge(struct tally *tally, const char *what, const char *name, size_t at, size_t lost_max,
      bool sealed, bool cut)
{
    size_t found = now.findings[0] + now.findings[1] + now.findings[2] + now.findings[3];
    size_t lost = before.count - now.count;
    tally->tried += 1;
    if (found == 0 || now.count > before.count || lost > lost_max || !is_true_part()) {
        fail(tally, what, name, at);
    } else if (lost == 0 && now.missing == 0) {
        tally->lossless += 1;
    } else if (lost == now.missing) {
        tally->missed += 1;
    } else if (cut && now.findings[JOURNAL_FINDING_HEADER] > 0) {
        tally->header += 1;
    } else if (!sealed && now.findings[JOURNAL_FINDING_TORN] > 0 && only_newest_batch_gone()) {
        tally->untold += 1;
    } else {
        fail(tally, what, name, at);
    }
}

/* A start on the damaged journal: kept, raised, and writing goes on behind everything. */
static void
recover(struct tally *tally, const char *what, const char *name, size_t at)
{
    struct rig other;
    rig_init(&other);
    other.options.segment_bytes = SEGMENT_BYTES;
    directory_copy(rig.path, other.path);
    size_t delivered = now.count;
    rig_open(&other);
    const struct journal_recovery *recovery = journal_recovery(other.journal);
    bool good = recovery->findings > 0 && recovery->quarantined > 0 &&
                recovery->quarantine_failed == 0 && recovery->records == delivered &&
                (recovery->damaged || recovery->repaired_bytes > 0);
    bool raised = recovery->damaged;
    if (delivered < before.count && !raised && recovery->repaired_bytes == 0) {
        good = false;
    }
    push(&other, 0);
    rig_turn(&other);
    struct flow_ticket ticket = rig_ticket(&other);
    good = good && ticket.error == ERROR_NONE && ticket.pos > before.pos[before.count - 1];
    rig_close(&other);
    rig_open(&other); /* the second time nothing is new */
    recovery = journal_recovery(other.journal);
    good = good && !recovery->damaged && recovery->records == delivered + 1;
    rig_close(&other);
    rig_free(&other);
    tally->opened += 1;
    if (!good) {
        fail(tally, what, name, at);
    }
}

static int
open_segment(const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", rig.path, name);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    require(fd >= 0);
    return fd;
}

static void
put(int fd, size_t at, uint8_t byte)
{
    ssize_t written = pwrite(fd, &byte, 1, (off_t)at);
    require(written == 1);
}

static void
flip_all(struct tally *tally, const char *name, bool sealed)
{
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    int fd = open_segment(name);
    for (size_t at = 0; at < size; at++) {
        for (unsigned i = 0; i < bits; i++) {
            put(fd, at, (uint8_t)(bytes[at] ^ (1u << ((at * 5 + i) % 8))));
            read_content(rig.path);
            judge(tally, "flipped", name, at, 1, sealed, false);
        }
        if (opens_every > 0 && at % opens_every == at / opens_every % opens_every) {
            recover(tally, "flipped", name, at);
        }
        put(fd, at, bytes[at]);
    }
    (void)close(fd);
}

/* From the end, byte by byte. */
static void
cut_all(struct tally *tally, const char *name, bool sealed)
{
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    int fd = open_segment(name);
    for (size_t cut = size; cut-- > 0;) {
        require(ftruncate(fd, (off_t)cut) == 0);
        read_content(rig.path);
        judge(tally, "cut", name, cut, before.count, sealed, true);
        if (opens_every > 0 && cut % opens_every == cut / opens_every % opens_every) {
            recover(tally, "cut", name, cut);
        }
    }
    (void)close(fd);
    file_store(rig.path, name, bytes, size);
}

static void
print(const char *what, const struct tally *tally)
{
    printf("  %-32s %7lu: %lu cost nothing, %lu cost records reported missing, %lu told by the "
           "file's size, %lu of the newest batch taken for an unfinished end; %lu recovered from; "
           "%lu failed\n",
           what, (unsigned long)tally->tried, (unsigned long)tally->lossless,
           (unsigned long)tally->missed, (unsigned long)tally->header, (unsigned long)tally->untold,
           (unsigned long)tally->opened, (unsigned long)tally->failures);
    (void)fflush(stdout);
}

static uint64_t
campaign(bool sealed)
{
    make_journal(sealed);
    int dir = open(rig.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint64_t *list;
    size_t count;
    enum error error = journal_directory_list(dir, journal_segment_name, &list, &count);
    require(dir >= 0 && error == ERROR_NONE && count == SEGMENTS);
    (void)close(dir);
    printf("  %s: %zu records in %u segments of %u bytes\n",
           sealed ? "sealed" : "as a crash leaves it", before.count, SEGMENTS, SEGMENT_BYTES);
    struct tally flips = {0};
    struct tally cuts = {0};
    for (size_t i = 0; i < count; i++) {
        char name[SEGMENT_NAME_SIZE];
        flip_all(&flips, journal_segment_name(list[i], name), sealed);
        cut_all(&cuts, name, sealed);
    }
    free(list);
    print("flips", &flips);
    print("cuts", &cuts);
    rig_free(&rig);
    bool limit_met = sealed ? flips.untold == 0 : flips.untold > 0;
    if (!limit_met) {
        printf("  FAILED: %lu flips taken for an unfinished end\n", (unsigned long)flips.untold);
    }
    return flips.failures + cuts.failures + !limit_met;
}

int
main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "larwm-damage DIR [--bits N] [--opens-every N]\n");
        return 2;
    }
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--bits") == 0) {
            bits = (unsigned)atoi(argv[i + 1]);
        } else if (strcmp(argv[i], "--opens-every") == 0) {
            opens_every = (unsigned)atoi(argv[i + 1]);
        }
    }
    struct journal_visitor visitor = {.record = take_source};
    read_all(argv[1], &visitor);
    if (source.count < 20 || bits < 1 || bits > 8) {
        (void)fprintf(stderr, "%s holds %zu records only, or --bits is not 1..8\n", argv[1],
                      source.count);
        return 2;
    }
    uint64_t failures = campaign(true) + campaign(false);
    for (size_t i = 0; i < source.count; i++) {
        free(source.bodies[i]);
    }
    return failures == 0 ? 0 : 1;
}
