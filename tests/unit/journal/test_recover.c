/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "journal/directory.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rig rig;
static struct seen before; /* of the undamaged journal */
static struct seen seen;
static uint8_t bytes[1u << 20];
static char copy_path[96];

/* Records of several sizes, some alone and some in batches, sealed; `count` of them. */
static void
make_journal(unsigned count)
{
    rig_init(&rig);
    (void)snprintf(copy_path, sizeof copy_path, "%s-copy", rig.path);
    rig_open(&rig);
    for (unsigned i = 0; i < count; i++) {
        (void)rig_push(&rig, 8 + (i * 37) % 300);
        if (i % 3 != 1) {
            rig_turn(&rig);
        }
    }
    rig_turn(&rig);
    for (unsigned i = 0; i < count; i++) {
        cr_assert_eq(rig_ticket(&rig).error, ERROR_NONE);
    }
    rig_close(&rig);
    seen_read(&before, rig.path);
    cr_assert_eq(before.count, count);
    cr_assert_eq(before.findings_all, 0);
}

static void
end(void)
{
    directory_remove(copy_path);
    rig_free(&rig);
}

static bool
is_subsequence(const struct seen *part, const struct seen *whole)
{
    size_t at = 0;
    for (size_t i = 0; i < part->count; i++) {
        while (at < whole->count && whole->pos[at] != part->pos[i]) {
            at++;
        }
        if (at == whole->count || whole->number[at] != part->number[i]) {
            return false;
        }
    }
    return true;
}

/* Reliability row 5: every damaged record is detected, the others are recovered. */
Test(recover, any_flipped_byte_is_reported_and_costs_one_record_at_most, .timeout = 120)
{
    make_journal(20);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    cr_assert_eq(size, RIG_SEGMENT_BYTES);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= 0x10;
        file_store(rig.path, name, bytes, size);
        bytes[i] ^= 0x10;
        seen_read(&seen, rig.path);
        cr_assert_geq(seen.findings_all, 1, "byte %zu", i);
        cr_assert_geq(seen.count, before.count - 1, "byte %zu", i);
        cr_assert(is_subsequence(&seen, &before), "byte %zu", i);
        cr_assert_eq(seen.missing, before.count - seen.count, "byte %zu", i);
    }
    end();
}

/* The same in a segment that others follow. */
Test(recover, any_flipped_byte_of_an_older_segment_is_reported, .timeout = 120)
{
    make_journal(400);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    for (size_t i = 0; i<size; i += i> 5000 && i < 24000 ? 61 : 1) {
        bytes[i] ^= 0x01;
        file_store(rig.path, name, bytes, size);
        bytes[i] ^= 0x01;
        seen_read(&seen, rig.path);
        cr_assert_geq(seen.findings_all, 1, "byte %zu", i);
        cr_assert_eq(seen.findings[JOURNAL_FINDING_TORN], 0, "byte %zu", i);
        cr_assert_geq(seen.count, before.count - 1, "byte %zu", i);
        cr_assert(is_subsequence(&seen, &before), "byte %zu", i);
        cr_assert_eq(seen.missing, before.count - seen.count, "byte %zu", i);
    }
    end();
}

/* Opening a damaged journal: said once as new, kept in quarantine, writing goes on. */
Test(recover, a_damaged_journal_opens_with_all_other_records_and_goes_on, .timeout = 120)
{
    make_journal(20);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    struct rig other;
    rig_init(&other);
    other.number = 100;
    for (size_t i = 0; i<size; i += i> 4090 && i < 9000 ? 7 : 997) {
        directory_copy(rig.path, other.path);
        bytes[i] ^= 0x80;
        file_store(other.path, name, bytes, size);
        bytes[i] ^= 0x80;
        rig_open(&other);
        const struct journal_recovery *recovery = journal_recovery(other.journal);
        cr_assert_geq(recovery->findings, 1, "byte %zu", i);
        cr_assert_geq(recovery->quarantined, 1, "byte %zu", i);
        cr_assert_geq(recovery->records, before.count - 1, "byte %zu", i);
        cr_assert(recovery->damaged || recovery->repaired_bytes > 0, "byte %zu", i);
        struct flow_ticket ticket = rig_commit(&other, 50);
        cr_assert_eq(ticket.error, ERROR_NONE);
        cr_assert_gt(ticket.pos, before.pos[before.count - 1], "byte %zu", i);
        rig_close(&other);
        seen_read(&seen, other.path);
        cr_assert(seen_has(&seen, ticket.handle, ticket.pos));
        rig_open(&other); /* the second time nothing is new */
        cr_assert_not(journal_recovery(other.journal)->damaged, "byte %zu", i);
        cr_assert_eq(journal_recovery(other.journal)->quarantined, 0, "byte %zu", i);
        rig_close(&other);
    }
    rig_free(&other);
    end();
}

Test(recover, a_file_cut_anywhere_keeps_what_stands_before_the_cut_and_says_so, .timeout = 120)
{
    make_journal(20);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    size_t kept = 0;
    for (size_t cut = 0; cut < size; cut++) {
        file_store(rig.path, name, bytes, cut);
        seen_read(&seen, rig.path);
        cr_assert_geq(seen.findings_all, 1, "cut at %zu", cut);
        cr_assert(is_subsequence(&seen, &before), "cut at %zu", cut);
        for (size_t i = 0; i < seen.count; i++) {
            cr_assert_eq(seen.pos[i], before.pos[i], "cut at %zu", cut);
        }
        cr_assert(cut <= FORMAT_BLOCK || seen.count >= kept, "cut at %zu", cut);
        kept = seen.count;
    }
    cr_assert_eq(kept, before.count);
    end();
}

Test(recover, after_a_cut_no_position_that_may_have_been_lost_is_used_again, .timeout = 120)
{
    make_journal(20);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    for (size_t cut = 0; cut<size; cut += cut> 4000 && cut < 9000 ? 41 : 1009) {
        directory_copy(rig.path, copy_path);
        file_store(copy_path, name, bytes, cut);
        struct rig other;
        rig_init(&other);
        directory_copy(copy_path, other.path);
        rig_open(&other);
        cr_assert(journal_recovery(other.journal)->damaged, "cut at %zu", cut);
        struct flow_ticket ticket = rig_commit(&other, 20);
        cr_assert_eq(ticket.error, ERROR_NONE);
        cr_assert_gt(ticket.pos, before.pos[before.count - 1], "cut at %zu", cut);
        rig_close(&other);
        rig_free(&other);
    }
    end();
}

/* A write that was going on when the power went: the record was promised to nobody. */
Test(recover, a_torn_end_is_cleared_and_is_no_damage)
{
    rig_init(&rig);
    rig_open(&rig);
    for (unsigned i = 0; i < 5; i++) {
        (void)rig_commit(&rig, 100);
    }
    size_t end_at = (size_t)rig.journal->writer.base + rig.journal->writer.durable;
    (void)rig_commit(&rig, 1000);
    rig_crash(&rig);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    memset(bytes + end_at + 600, 0, 1000);
    file_store(rig.path, name, bytes, size);

    rig_open(&rig);
    const struct journal_recovery *recovery = journal_recovery(rig.journal);
    cr_assert_eq(recovery->records, 5);
    cr_assert_eq(recovery->findings, 1);
    cr_assert_eq(recovery->list[0].kind, JOURNAL_FINDING_TORN);
    cr_assert_eq(recovery->list[0].offset, end_at);
    cr_assert_eq(recovery->repaired_bytes, 600);
    cr_assert_not(recovery->damaged);
    (void)file_load(rig.path, name, bytes, sizeof bytes);
    for (size_t i = end_at; i < RIG_SEGMENT_BYTES - FORMAT_BLOCK; i++) {
        cr_assert_eq(bytes[i], 0);
    }
    struct flow_ticket ticket = rig_commit(&rig, 30);
    cr_assert_gt(ticket.pos, 6);
    rig_close(&rig);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.count, 6);
    cr_assert_eq(seen.findings_all, 0);
    rig_free(&rig);
}

/* Blocks of one batch reach the disk in any order. */
Test(recover, a_hole_inside_the_unsealed_last_batch_is_torn_and_the_rest_is_kept)
{
    rig_init(&rig);
    rig.options.segment_bytes = 4 * RIG_SEGMENT_BYTES;
    rig_open(&rig);
    (void)rig_commit(&rig, 100);
    size_t batch_at = (size_t)rig.journal->writer.base + rig.journal->writer.durable;
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_push(&rig, 2000);
    }
    rig_turn(&rig);
    rig_crash(&rig);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    memset(bytes + batch_at + 4096, 0, 2500);
    file_store(rig.path, name, bytes, size);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.findings[JOURNAL_FINDING_TORN], 1);
    cr_assert_eq(seen.findings_all, 1);
    cr_assert_eq(seen.count, 1 + 6 - 2);
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_ticket(&rig);
    }
    rig_open(&rig);
    cr_assert_not(journal_recovery(rig.journal)->damaged);
    cr_assert_eq(rig_commit(&rig, 50).error, ERROR_NONE);
    rig_close(&rig);
    rig_open(&rig); /* and no damage later, when it is an older segment */
    cr_assert_eq(journal_recovery(rig.journal)->findings, 0);
    cr_assert_eq(journal_recovery(rig.journal)->records, 1 + 6 - 2 + 1);
    rig_close(&rig);
    rig_free(&rig);
}

/* The same hole once a seal has proved that the batch was durable. */
Test(recover, a_hole_in_a_sealed_batch_is_damage)
{
    rig_init(&rig);
    rig.options.segment_bytes = 4 * RIG_SEGMENT_BYTES;
    rig_open(&rig);
    (void)rig_commit(&rig, 100);
    size_t batch_at = (size_t)rig.journal->writer.base + rig.journal->writer.durable;
    for (unsigned i = 0; i < 6; i++) {
        (void)rig_push(&rig, 2000);
    }
    rig_turn(&rig);
    rig_close(&rig);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    memset(bytes + batch_at + 4096, 0, 2500);
    file_store(rig.path, name, bytes, size);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.findings[JOURNAL_FINDING_DAMAGED], 1);
    cr_assert_eq(seen.missing, 2);
    cr_assert_eq(seen.count, 1 + 6 - 2);
    rig_free(&rig);
}

Test(recover, a_missing_segment_is_reported_as_missing_positions)
{
    make_journal(900);
    int dir = open(rig.path, O_RDONLY | O_DIRECTORY);
    uint64_t *list;
    size_t count;
    cr_assert_eq(journal_directory_list(dir, journal_segment_name, &list, &count), ERROR_NONE);
    cr_assert_gt(count, 3);
    char name[SEGMENT_NAME_SIZE];
    cr_assert_eq(unlinkat(dir, journal_segment_name(list[1], name), 0), 0);
    rig_open(&rig);
    const struct journal_recovery *recovery = journal_recovery(rig.journal);
    cr_assert(recovery->damaged);
    cr_assert_eq(recovery->damaged_records, list[2] - list[1]);
    cr_assert_eq(recovery->records, 900 - (list[2] - list[1]));
    rig_close(&rig);
    free(list);
    (void)close(dir);
    end();
}

Test(recover, a_segment_without_any_header_is_kept_and_its_positions_are_not_reused)
{
    make_journal(20);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    memset(bytes, 0, FORMAT_BLOCK);
    memset(bytes + size - FORMAT_BLOCK, 0, FORMAT_BLOCK);
    file_store(rig.path, name, bytes, size);
    rig_open(&rig);
    cr_assert(journal_recovery(rig.journal)->damaged);
    cr_assert_eq(journal_recovery(rig.journal)->records, 0);
    cr_assert_gt(rig_commit(&rig, 20).pos, 20);
    rig_close(&rig);
    end();
}

Test(recover, one_header_copy_is_enough_to_read_everything)
{
    make_journal(20);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    memset(bytes, 0, FORMAT_BLOCK);
    file_store(rig.path, name, bytes, size);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.count, 20);
    cr_assert_eq(seen.findings[JOURNAL_FINDING_HEADER], 1);
    end();
}

Test(recover, reopening_goes_on_in_the_same_segment_at_the_next_position)
{
    rig_init(&rig);
    for (uint64_t i = 1; i <= 30; i++) {
        rig_open(&rig);
        struct flow_ticket ticket = rig_commit(&rig, 40);
        cr_assert_eq(ticket.error, ERROR_NONE);
        cr_assert_eq(ticket.pos, i);
        if (i % 2 == 0) {
            rig_close(&rig);
        } else {
            rig_crash(&rig);
        }
    }
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.count, 30);
    cr_assert_eq(seen.findings_all, 0);
    rig_free(&rig);
}

struct replayed
{
    uint64_t next;
    unsigned count;
};

static void
deliver(const struct flow_record *record, void *data)
{
    struct replayed *replayed = data;
    cr_assert_eq(record->pos, replayed->next);
    cr_assert_not(record->live);
    cr_assert_eq(record->type, RECORD_SIGNAL);
    replayed->next += 1;
    replayed->count += 1;
}

/* The second file is gone and the first one's headers are: what was in the second is missing. */
Test(recover, a_file_gone_behind_one_without_header_is_missed)
{
    make_journal(400);
    int dir = open(rig.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint64_t *list = NULL;
    size_t count = 0;
    cr_assert_eq(journal_directory_list(dir, journal_segment_name, &list, &count), ERROR_NONE);
    cr_assert_geq(count, 3);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(list[0], name);
    memset(bytes, 0, RIG_SEGMENT_BYTES);
    file_store(rig.path, name, bytes, RIG_SEGMENT_BYTES);
    cr_assert_eq(unlinkat(dir, journal_segment_name(list[1], name), 0), 0);
    seen_read(&seen, rig.path);
    cr_assert(is_subsequence(&seen, &before));
    cr_assert_eq(seen.missing, before.count - seen.count);
    rig_open(&rig);
    cr_assert(journal_recovery(rig.journal)->damaged);
    cr_assert_eq(journal_recovery(rig.journal)->damaged_records, seen.missing);
    rig_close(&rig);
    rig_open(&rig); /* and that is no news the next time */
    cr_assert_not(journal_recovery(rig.journal)->damaged);
    rig_close(&rig);
    free(list);
    (void)close(dir);
    end();
}

Test(recover, replay_delivers_in_order_from_the_position_asked)
{
    make_journal(500);
    rig_open(&rig);
    struct replayed all = {.next = 1};
    cr_assert_eq(journal_replay(rig.journal, 0, deliver, &all), ERROR_NONE);
    cr_assert_eq(all.count, 500);
    struct replayed some = {.next = 333};
    cr_assert_eq(journal_replay(rig.journal, 333, deliver, &some), ERROR_NONE);
    cr_assert_eq(some.count, 168);
    rig_close(&rig);
    end();
}

Test(recover, a_position_known_elsewhere_is_not_given_out_again)
{
    make_journal(5);
    rig.options.floor_pos = 9;
    rig_open(&rig);
    cr_assert(journal_recovery(rig.journal)->damaged);
    cr_assert_eq(journal_recovery(rig.journal)->damaged_records, 4);
    struct flow_ticket ticket = rig_commit(&rig, 20);
    cr_assert_eq(ticket.error, ERROR_NONE);
    cr_assert_eq(ticket.pos, 10);
    rig_close(&rig);
    rig_open(&rig); /* and the gap is no news the next time */
    cr_assert_not(journal_recovery(rig.journal)->damaged);
    rig_close(&rig);
    end();
}

Test(recover, a_journal_of_another_node_is_refused_untouched)
{
    make_journal(5);
    rig.options.node = 8;
    struct journal *journal = NULL;
    cr_assert_eq(journal_open(&rig.options, &journal), ERROR_CONFIG);
    rig.options.node = 0;
    cr_assert_eq(journal_open(&rig.options, &journal), ERROR_CONFIG);
    end();
}

Test(recover, a_second_process_is_refused)
{
    make_journal(5);
    rig_open(&rig);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        struct journal *journal = NULL;
        _exit(journal_open(&rig.options, &journal) == ERROR_DENIED ? 0 : 1);
    }
    int status = -1;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    rig_close(&rig);
    end();
}
