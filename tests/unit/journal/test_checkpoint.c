/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "journal/checkpoint.h"
#include "journal/directory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
