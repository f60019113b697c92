/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/clock.h"
#include "journal/checkpoint.h"
#include "journal/directory.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rig rig;
static uint8_t file[1u << 20];

/* A state of `size` bytes that its position tells. */
static uint8_t *
state_at(uint64_t pos, size_t size)
{
    uint8_t *bytes = malloc(size);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(pos * 7 + i);
    }
    return bytes;
}

static void
keep(uint64_t pos, size_t size)
{
    journal_checkpoint(rig.journal, pos, state_at(pos, size), size);
    journal_keeper_turn(&rig.journal->keeper);
}

static enum error
load(uint64_t before, uint64_t *ret_pos)
{
    uint8_t *bytes = NULL;
    size_t size = 0;
    enum error error = journal_load(rig.journal, before, ret_pos, &bytes, &size);
    if (error == ERROR_NONE) {
        uint8_t *expected = state_at(*ret_pos, size);
        cr_assert_eq(memcmp(bytes, expected, size), 0);
        free(expected);
        free(bytes);
    }
    return error;
}

static size_t
count_checkpoints(void)
{
    uint64_t *list;
    size_t count;
    cr_assert_eq(journal_directory_list(rig.journal->dir, journal_checkpoint_name, &list, &count),
                 ERROR_NONE);
    free(list);
    return count;
}

Test(checkpoint, the_two_newest_are_kept_and_given_back)
{
    uint64_t pos = 0;
    rig_init(&rig);
    rig_open(&rig);
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_commit(&rig, 100);
    }
    cr_assert_eq(load(UINT64_MAX, &pos), ERROR_NOT_FOUND);
    keep(2, 10);
    keep(4, 4096);
    keep(5, 5000);
    cr_assert_eq(count_checkpoints(), 2);
    rig_close(&rig);
    rig_open(&rig);
    cr_assert_eq(load(UINT64_MAX, &pos), ERROR_NONE);
    cr_assert_eq(pos, 5);
    cr_assert_eq(load(pos, &pos), ERROR_NONE);
    cr_assert_eq(pos, 4);
    cr_assert_eq(load(pos, &pos), ERROR_NOT_FOUND);
    rig_close(&rig);
    rig_free(&rig);
}

Test(checkpoint, any_flipped_byte_is_found_the_older_one_given_and_the_file_kept_for_people)
{
    char name[SEGMENT_NAME_SIZE];
    char kept[160];
    uint64_t pos = 0;
    rig_init(&rig);
    rig_open(&rig);
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_commit(&rig, 100);
    }
    keep(3, 600);
    keep(5, 600);
    size_t size = file_load(rig.path, journal_checkpoint_name(5, name), file, sizeof file);
    cr_assert_eq(size, 8192);
    for (size_t at = 0; at < 4096 + 600; at++) {
        if (at >= 36 && at < 4096) {
            continue; /* nothing stands there */
        }
        file[at] ^= 1;
        file_store(rig.path, name, file, size);
        file[at] ^= 1;
        cr_assert_eq(load(UINT64_MAX, &pos), ERROR_NONE);
        cr_assert_eq(pos, 3, "byte %zu", at);
        cr_assert(journal_recovery(rig.journal)->damaged, "consoles are told");
        (void)snprintf(kept, sizeof kept, "%s/" QUARANTINE_NAME "/%s", rig.path, name);
        cr_assert_eq(unlink(kept), 0, "byte %zu", at);
    }
    file_store(rig.path, name, file, 4000); /* cut */
    cr_assert_eq(load(UINT64_MAX, &pos), ERROR_NONE);
    cr_assert_eq(pos, 3);
    rig_close(&rig);
    rig_free(&rig);
}

Test(checkpoint, one_that_cannot_be_written_changes_nothing)
{
    struct faults faults;
    uint64_t pos = 0;
    rig_init(&rig);
    faults_init(&faults);
    rig.options.ops = &faults.ops;
    rig_open(&rig);
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_commit(&rig, 100);
    }
    keep(2, 300000);
    for (enum fault_call call = CALL_PREPARE; call < CALL_COUNT; call++) {
        if (call == CALL_UNLINK) {
            continue; /* of an older one: it stays, and that is all */
        }
        faults.fail_from[call] = faults.calls[call] + 1;
        faults.fail_count[call] = 1;
        keep(4, 300000);
        if (call != CALL_SYNC_DIR) { /* there the new one stands, whole, beside the other */
            cr_assert_eq(count_checkpoints(), 1, "call %d", (int)call);
        }
        cr_assert_eq(load(3, &pos), ERROR_NONE);
        cr_assert_eq(pos, 2, "call %d", (int)call);
        faults.fail_from[call] = 0;
    }
    keep(5, 300000);
    cr_assert_eq(load(UINT64_MAX, &pos), ERROR_NONE);
    cr_assert_eq(pos, 5);
    rig_close(&rig);
    rig_free(&rig);
}

/* R0: a position a checkpoint holds never names another record, also when all segments are lost. */
Test(checkpoint, its_position_is_never_given_out_again)
{
    char name[SEGMENT_NAME_SIZE];
    char path[160];
    rig_init(&rig);
    rig_open(&rig);
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_commit(&rig, 100);
    }
    keep(6, 64);
    rig_close(&rig);
    (void)snprintf(path, sizeof path, "%s/%s", rig.path, journal_segment_name(1, name));
    cr_assert_eq(unlink(path), 0);
    rig_open(&rig);
    cr_assert(journal_recovery(rig.journal)->damaged, "and it is said that records are gone");
    cr_assert_eq(rig_commit(&rig, 100).pos, 7);
    rig_close(&rig);
    rig_free(&rig);
}

/* A disk of `disk_bytes`: what would not fit beside the files there are cannot be prepared. */
static uint64_t disk_bytes;

static int
small_disk_prepare(void *data, int dir, const char *name, uint64_t size)
{
    uint64_t used = 0;
    struct dirent *entry;
    struct stat status;
    DIR *list = opendir(rig.path);
    cr_assert_not_null(list);
    while ((entry = readdir(list)) != NULL) {
        if (strcmp(entry->d_name, name) != 0 &&
            fstatat(dir, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode)) {
            used += (uint64_t)status.st_size;
        }
    }
    (void)closedir(list);
    if (used + size > disk_bytes) {
        errno = ENOSPC;
        return -1;
    }
    return journal_file_ops_real.prepare(data, dir, name, size);
}

/* As many as the disk takes; returns the position of the last. */
static uint64_t
fill_the_disk(void)
{
    uint64_t pos = 0;
    for (unsigned i = 0; i < 10000; i++) {
        struct flow_ticket ticket = rig_commit(&rig, 1000);
        if (ticket.error != ERROR_NONE) {
            cr_assert_eq(ticket.error, ERROR_DISK_FULL);
            return pos;
        }
        pos = ticket.pos;
    }
    cr_assert(false, "the disk never filled");
    return 0;
}

/* The journal tries for a segment every JOURNAL_RETRY_MS. */
static bool
commits_again(void)
{
    uint64_t end = clock_mono_ms() + 10000;
    while (clock_mono_ms() < end) {
        if (rig_commit(&rig, 100).error == ERROR_NONE) {
            return true;
        }
    }
    return false;
}

/* R0: with PostgreSQL away the journal may fill its disk. Nobody has to come and make room: what
 * lets old records go, a checkpoint, still finds its place, and the journal goes on. */
Test(checkpoint, a_disk_that_the_journal_filled_is_used_on_once_a_checkpoint_comes)
{
    struct journal_file_ops ops = journal_file_ops_real;
    uint64_t pos = 0;
    ops.prepare = small_disk_prepare;
    disk_bytes = 20 * RIG_SEGMENT_BYTES;
    rig_init(&rig);
    rig.options.ops = &ops;
    rig_open(&rig);
    (void)rig_commit(&rig, 100);
    (void)rig_commit(&rig, 100);
    keep(1, 100000);
    keep(2, 100000);
    for (unsigned round = 0; round < 3; round++) {
        uint64_t last = fill_the_disk();
        cr_assert_eq(rig.condition, JOURNAL_DISK_FULL);
        keep(last, 100000 + round * 20000);
        cr_assert_eq(load(UINT64_MAX, &pos), ERROR_NONE);
        cr_assert_eq(pos, last);
        cr_assert(commits_again(), "round %u", round);
    }
    keep(pos + 1, 100000);
    cr_assert_eq(count_checkpoints(), 2, "there is room again: both are kept");
    rig_close(&rig);
    rig_free(&rig);
}
