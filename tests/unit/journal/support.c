/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "journal/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
must_fail(struct faults *faults, enum fault_call call)
{
    unsigned number = atomic_fetch_add(&faults->calls[call], 1) + 1;
    unsigned from = faults->fail_from[call];
    if (from == 0 || number < from || number >= from + faults->fail_count[call]) {
        return false;
    }
    errno = faults->number;
    return true;
}

static int
fault_prepare(void *data, int dir, const char *name, uint64_t size)
{
    return must_fail(data, CALL_PREPARE) ? -1
                                         : journal_file_ops_real.prepare(NULL, dir, name, size);
}

static int
fault_open(void *data, int dir, const char *name)
{
    struct faults *faults = data;
    if (must_fail(faults, CALL_OPEN)) {
        return -1;
    }
    int fd = journal_file_ops_real.open(NULL, dir, name);
    int reused = fd; /* the number now stands for another file */
    (void)atomic_compare_exchange_strong(&faults->failed_fd, &reused, -1);
    return fd;
}

static void
note_positions(struct faults *faults, const uint8_t *bytes, size_t size)
{
    uint64_t highest = atomic_load(&faults->written_pos);
    for (size_t at = 0; at + 16 <= size; at += 8) {
        uint64_t pos;
        if (memcmp(bytes + at, "RRJL", 4) == 0) {
            memcpy(&pos, bytes + at + 8, sizeof pos);
            highest = pos > highest ? pos : highest;
        }
    }
    atomic_store(&faults->written_pos, highest);
}

static ssize_t
fault_pwrite(void *data, int fd, const void *bytes, size_t size, off_t at)
{
    struct faults *faults = data;
    if (fd == faults->failed_fd) {
        atomic_store(&faults->broken_file_used, true);
    }
    if (must_fail(faults, CALL_PWRITE)) {
        faults->failed_fd = fd;
        size_t half = size / 2 / FORMAT_BLOCK * FORMAT_BLOCK; /* a torn write */
        return half > 0 && pwrite(fd, bytes, half, at) < 0 ? -1 : -1;
    }
    note_positions(faults, bytes, size);
    return pwrite(fd, bytes, size, at);
}

static int
fault_fdatasync(void *data, int fd)
{
    struct faults *faults = data;
    if (fd == faults->failed_fd) {
        atomic_store(&faults->broken_file_used, true);
    }
    if (faults->before_sync != NULL) {
        faults->before_sync(faults->data);
    }
    if (must_fail(faults, CALL_FDATASYNC)) {
        faults->failed_fd = fd;
        return -1;
    }
    int result = fdatasync(fd);
    atomic_store(&faults->synced_pos, atomic_load(&faults->written_pos));
    return result;
}

static int
fault_rename(void *data, int dir, const char *from, const char *to)
{
    return must_fail(data, CALL_RENAME) ? -1 : journal_file_ops_real.rename(NULL, dir, from, to);
}

static int
fault_unlink(void *data, int dir, const char *name)
{
    return must_fail(data, CALL_UNLINK) ? -1 : journal_file_ops_real.unlink(NULL, dir, name);
}

static int
fault_sync_dir(void *data, int dir)
{
    return must_fail(data, CALL_SYNC_DIR) ? -1 : journal_file_ops_real.sync_dir(NULL, dir);
}

void
faults_init(struct faults *faults)
{
    memset(faults, 0, sizeof *faults);
    faults->number = EIO;
    faults->failed_fd = -1;
    faults->ops = (struct journal_file_ops){
        .data = faults,
        .prepare = fault_prepare,
        .open = fault_open,
        .pwrite = fault_pwrite,
        .fdatasync = fault_fdatasync,
        .rename = fault_rename,
        .unlink = fault_unlink,
        .sync_dir = fault_sync_dir,
    };
}

static void
on_condition(void *data, enum journal_condition condition, const char *text)
{
    struct rig *rig = data;
    rig->condition = condition;
    rig->condition_changes += 1;
}

void
rig_init(struct rig *rig)
{
    clock_init();
    log_set_level((enum log_level)(LOG_LEVEL_ERROR + 1));
    memset(rig, 0, sizeof *rig);
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(rig->path, sizeof rig->path, "%s/larwm-journal-XXXXXX", root);
    require(mkdtemp(rig->path) != NULL);
    rig->options = (struct journal_options){
        .dir = rig->path,
        .node = 7,
        .segment_bytes = RIG_SEGMENT_BYTES,
        .on_condition = on_condition,
        .data = rig,
    };
    require(pool_init(&rig->pool, RIG_ENTRIES, sizeof(struct flow_entry) + LIMIT_RECORD) ==
            ERROR_NONE);
    require(ring_init(&rig->port.entries, RIG_ENTRIES, sizeof(void *)) == ERROR_NONE);
    require(ring_init(&rig->port.tickets, RIG_ENTRIES, sizeof(struct flow_ticket)) == ERROR_NONE);
    require(ring_init(&rig->desk, RIG_ENTRIES, sizeof(void *)) == ERROR_NONE);
}

void
rig_open(struct rig *rig)
{
    enum error error = journal_open(&rig->options, &rig->journal);
    require(error == ERROR_NONE);
    static struct waker producer = {.eventfd = -1}; /* nobody sleeps here */
    rig->port.producer = &producer;
    (void)journal_add_port(rig->journal, &rig->port);
}

void
rig_crash(struct rig *rig)
{
    journal_stop(rig->journal);
    journal_close(rig->journal);
    rig->journal = NULL;
}

void
rig_close(struct rig *rig)
{
    journal_seal(rig->journal);
    rig_crash(rig);
}

void
rig_free(struct rig *rig)
{
    journal_close(rig->journal);
    directory_remove(rig->path);
    pool_free(&rig->pool);
    ring_free(&rig->port.entries);
    ring_free(&rig->port.tickets);
    ring_free(&rig->desk);
}

static void
fill_body(uint8_t *body, size_t size, uint64_t number)
{
    require(size >= sizeof number);
    memcpy(body, &number, sizeof number);
    for (size_t i = sizeof number; i < size; i++) {
        body[i] = (uint8_t)(number * 31 + i);
    }
}

uint64_t
rig_push(struct rig *rig, size_t size)
{
    struct flow_entry *entry = pool_take(&rig->pool);
    require(entry != NULL);
    rig->number += 1;
    *entry = (struct flow_entry){.home = &rig->pool,
                                 .handle = rig->number,
                                 .ref = rig->number * 2,
                                 .size = (uint32_t)size,
                                 .type = RECORD_SIGNAL};
    fill_body(entry->body, size, rig->number);
    bool fits = ring_push(&rig->port.entries, &entry);
    require(fits);
    return rig->number;
}

void
rig_turn(struct rig *rig)
{
    while (journal_turn(rig->journal)) {
    }
}

struct flow_ticket
rig_ticket(struct rig *rig)
{
    struct flow_ticket ticket;
    bool there = ring_pop(&rig->port.tickets, &ticket);
    require(there);
    if (ticket.failed != NULL) {
        pool_give(&rig->pool, ticket.failed);
    }
    return ticket;
}

struct flow_ticket
rig_commit(struct rig *rig, size_t size)
{
    (void)rig_push(rig, size);
    rig_turn(rig);
    return rig_ticket(rig);
}

static void
join(char *path, size_t size, const char *dir, const char *name)
{
    require(snprintf(path, size, "%s/%s", dir, name) < (int)size);
}

void
directory_remove(const char *path)
{
    DIR *stream = opendir(path);
    if (stream == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        char inner[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        join(inner, sizeof inner, path, entry->d_name);
        if (entry->d_type == DT_DIR) {
            directory_remove(inner);
        } else {
            (void)unlink(inner);
        }
    }
    (void)closedir(stream);
    (void)rmdir(path);
}

void
directory_copy(const char *from, const char *to)
{
    static uint8_t bytes[4u << 20];
    directory_remove(to);
    require(mkdir(to, 0700) == 0);
    DIR *stream = opendir(from);
    require(stream != NULL);
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (entry->d_type == DT_REG) {
            size_t size = file_load(from, entry->d_name, bytes, sizeof bytes);
            file_store(to, entry->d_name, bytes, size);
        }
    }
    (void)closedir(stream);
}

size_t
file_load(const char *dir, const char *name, uint8_t *bytes, size_t room)
{
    char path[512];
    join(path, sizeof path, dir, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    require(fd >= 0);
    ssize_t size = read(fd, bytes, room);
    require(size >= 0);
    (void)close(fd);
    return (size_t)size;
}

void
file_store(const char *dir, const char *name, const uint8_t *bytes, size_t size)
{
    char path[512];
    join(path, sizeof path, dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require(fd >= 0);
    ssize_t written = write(fd, bytes, size);
    require(written == (ssize_t)size);
    (void)close(fd);
}

static void
see_record(void *data, const struct journal_segment *segment, const struct flow_record *record,
           bool acknowledged)
{
    struct seen *seen = data;
    if (!acknowledged) {
        seen->unacknowledged += 1;
        return;
    }
    require(seen->count < SEEN_MAX);
    uint64_t number;
    memcpy(&number, record->body, sizeof number);
    uint8_t expected[LIMIT_RECORD];
    fill_body(expected, record->size, number);
    require(memcmp(expected, record->body, record->size) == 0);
    seen->pos[seen->count] = record->pos;
    seen->number[seen->count] = number;
    seen->count += 1;
}

static void
see_finding(void *data, const struct journal_finding *finding, const uint8_t *bytes)
{
    struct seen *seen = data;
    seen->findings[finding->kind] += 1;
    seen->findings_all += 1;
    if (finding->kind == JOURNAL_FINDING_MISSING) {
        seen->missing += finding->pos_to - finding->pos_from + 1;
    }
}

void
seen_read(struct seen *seen, const char *path)
{
    memset(seen, 0, sizeof *seen);
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    require(dir >= 0);
    struct journal_visitor visitor = {.data = seen, .record = see_record, .finding = see_finding};
    enum error error = journal_reader_run(dir, &visitor);
    require(error == ERROR_NONE);
    (void)close(dir);
}

bool
seen_has(const struct seen *seen, uint64_t number, uint64_t pos)
{
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->number[i] == number && seen->pos[i] == pos) {
            return true;
        }
    }
    return false;
}
