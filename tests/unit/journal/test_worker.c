/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/clock.h"
#include "journal/directory.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct rig rig;
static struct faults faults;
static struct seen seen;
static uint8_t bytes[1u << 20];

struct promise
{
    uint64_t number;
    uint64_t pos;
};

/* Every promise kept, every number at one position only, every position one number only. */
static void
check_promises(const struct promise *promises, size_t count)
{
    seen_read(&seen, rig.path);
    for (size_t i = 0; i < count; i++) {
        cr_assert(seen_has(&seen, promises[i].number, promises[i].pos), "number %llu",
                  (unsigned long long)promises[i].number);
    }
    for (size_t i = 0; i < seen.count; i++) {
        cr_assert(i == 0 || seen.pos[i] > seen.pos[i - 1]);
        for (size_t k = 0; k < count; k++) {
            cr_assert((seen.number[i] == promises[k].number) == (seen.pos[i] == promises[k].pos));
        }
    }
}

static void
sync_is_due(void *data)
{
    cr_assert_eq(ring_count(&rig.port.tickets), 0);
    cr_assert_eq(ring_count(&rig.desk), 0);
}

/* REQ A24 TEST: at the moment of fdatasync no ticket of the batch is out. */
Test(worker, a_ticket_comes_only_after_fdatasync_has_returned)
{
    rig_init(&rig);
    faults_init(&faults);
    rig.options.ops = &faults.ops;
    rig_open(&rig);
    journal_set_desk(rig.journal, &rig.desk, NULL);
    faults.before_sync = sync_is_due;
    for (unsigned i = 0; i < 20; i++) {
        unsigned syncs = faults.calls[CALL_FDATASYNC];
        struct flow_ticket ticket = rig_commit(&rig, 100);
        struct flow_entry *entry;
        cr_assert_eq(ticket.error, ERROR_NONE);
        cr_assert_gt(faults.calls[CALL_FDATASYNC], syncs);
        cr_assert_leq(ticket.pos, faults.synced_pos);
        cr_assert(ring_pop(&rig.desk, &entry));
        cr_assert_eq(entry->pos, ticket.pos);
        cr_assert_eq(ticket.ref, ticket.handle * 2);
        pool_return(&rig.pool, entry);
    }
    rig_close(&rig);
    rig_free(&rig);
}

/* One run of 40 records in batches of 1 and 3 over several small segments, with the calls of
 * `call` failing as `faults` says. Returns how many records were promised. */
static size_t
run_with_faults(struct promise *promises)
{
    size_t promised = 0;
    bool last_failed = true;
    for (unsigned i = 0; i < 40 || (last_failed && i < 60); i++) {
        unsigned pushed = i % 4 == 0 ? 3 : 1;
        for (unsigned k = 0; k < pushed; k++) {
            (void)rig_push(&rig, 1500);
        }
        rig.journal->retry_mono_ms = 0; /* do not wait for the clock */
        rig.journal->keeper.retry_mono_ms = 0;
        rig_turn(&rig);
        for (unsigned k = 0; k < pushed; k++) {
            struct flow_ticket ticket = rig_ticket(&rig);
            cr_assert_eq(ticket.error == ERROR_NONE, ticket.pos != 0);
            cr_assert_eq(ticket.error == ERROR_NONE, ticket.failed == NULL);
            if (ticket.error == ERROR_NONE) {
                cr_assert_leq(ticket.pos, faults.synced_pos);
                promises[promised++] = (struct promise){ticket.handle, ticket.pos};
            }
            last_failed = ticket.error != ERROR_NONE;
        }
        if (ring_count(&rig.port.tickets) > 0) {
            cr_assert_fail("more tickets than entries");
        }
    }
    cr_assert_not(last_failed, "the disk has healed and batches still fail");
    return promised;
}

static void
fail_each_call(enum fault_call call, unsigned in_a_row, unsigned calls_max)
{
    static struct promise promises[256];
    for (unsigned n = 1; n <= calls_max; n++) {
        rig_init(&rig);
        faults_init(&faults);
        rig.options.ops = &faults.ops;
        rig_open(&rig);
        for (unsigned c = 0; c < CALL_COUNT; c++) {
            faults.calls[c] = 0;
        }
        faults.fail_from[call] = n;
        faults.fail_count[call] = in_a_row;
        size_t promised = run_with_faults(promises);
        cr_assert_not(faults.broken_file_used, "call %u of kind %d", n, (int)call);
        unsigned made = faults.calls[call];
        rig_crash(&rig);
        check_promises(promises, promised);
        rig.options.ops = NULL;
        rig_open(&rig); /* and after a restart, which goes on behind all of them */
        cr_assert_not(journal_recovery(rig.journal)->damaged, "call %u of kind %d", n, (int)call);
        struct flow_ticket ticket = rig_commit(&rig, 64);
        cr_assert_gt(ticket.pos, promises[promised - 1].pos);
        promises[promised++] = (struct promise){ticket.handle, ticket.pos};
        rig_close(&rig);
        check_promises(promises, promised);
        rig_free(&rig);
        if (made < n) {
            return; /* there was no n-th call */
        }
    }
}

/* Reliability row 3: no receipt after the error, no second try on that file, service goes on. */
Test(worker, each_failing_write_fails_its_batch_only, .timeout = 120)
{
    fail_each_call(CALL_PWRITE, 1, 200);
}

Test(worker, each_failing_fdatasync_fails_its_batch_only, .timeout = 120)
{
    fail_each_call(CALL_FDATASYNC, 1, 200);
}

Test(worker, several_failing_syncs_in_a_row_are_overcome, .timeout = 120)
{
    fail_each_call(CALL_FDATASYNC, 5, 200);
}

Test(worker, a_failing_rename_open_directory_sync_or_preparation_is_overcome, .timeout = 120)
{
    fail_each_call(CALL_RENAME, 2, 40);
    fail_each_call(CALL_OPEN, 2, 40);
    fail_each_call(CALL_SYNC_DIR, 2, 40);
    fail_each_call(CALL_PREPARE, 3, 40);
}

Test(worker, a_failure_raises_the_condition_and_a_durable_batch_ends_it)
{
    rig_init(&rig);
    faults_init(&faults);
    rig.options.ops = &faults.ops;
    rig_open(&rig);
    cr_assert_eq(rig_commit(&rig, 64).error, ERROR_NONE);
    faults.fail_from[CALL_FDATASYNC] = faults.calls[CALL_FDATASYNC] + 1;
    faults.fail_count[CALL_FDATASYNC] = 1;
    struct flow_ticket ticket = rig_commit(&rig, 64);
    cr_assert_eq(ticket.error, ERROR_IO);
    cr_assert_not_null(ticket.failed);
    cr_assert_eq(rig.condition, JOURNAL_FAULT);
    ticket = rig_commit(&rig, 64);
    cr_assert_eq(ticket.error, ERROR_NONE);
    cr_assert_eq(ticket.pos, 3, "the failed position stays a gap");
    cr_assert_eq(rig.condition, JOURNAL_OK);
    cr_assert_eq(rig.condition_changes, 2);
    struct journal_health health;
    journal_health(rig.journal, &health);
    cr_assert_eq(health.condition, JOURNAL_OK);
    cr_assert_neq(health.fault_mono_us, 0, "seen also by who looks too late");
    rig_close(&rig);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.count, 2);
    cr_assert_eq(seen.unacknowledged, 1, "written, never acknowledged, not replayed");
    rig_free(&rig);
}

Test(worker, a_segment_that_cannot_be_continued_at_a_start_is_a_fault)
{
    rig_init(&rig);
    faults_init(&faults);
    rig.options.ops = &faults.ops;
    rig_open(&rig);
    cr_assert_eq(rig_commit(&rig, 64).error, ERROR_NONE);
    rig_crash(&rig);
    faults.fail_from[CALL_FDATASYNC] = faults.calls[CALL_FDATASYNC] + 1;
    faults.fail_count[CALL_FDATASYNC] = 1;
    rig_open(&rig);
    cr_assert_eq(rig_commit(&rig, 64).error, ERROR_NONE, "the next segment takes it at once");
    cr_assert_eq(rig.condition, JOURNAL_OK);
    struct journal_health health;
    journal_health(rig.journal, &health);
    cr_assert_neq(health.fault_mono_us, 0);
    rig_close(&rig);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.count, 2);
    rig_free(&rig);
}

/* Reliability row 4. */
Test(worker, a_full_disk_warns_early_fails_batches_at_the_end_and_heals)
{
    rig_init(&rig);
    faults_init(&faults);
    faults.number = ENOSPC;
    rig.options.ops = &faults.ops;
    rig_open(&rig);
    faults.fail_from[CALL_PREPARE] = 1 + faults.calls[CALL_PREPARE];
    faults.fail_count[CALL_PREPARE] = 1000000;
    journal_keeper_turn(&rig.journal->keeper);
    cr_assert_eq(rig_commit(&rig, 8000).error, ERROR_NONE);
    cr_assert_eq(rig.condition, JOURNAL_DISK_FULL, "a warning while there is room");
    struct flow_ticket ticket = {0};
    for (unsigned i = 0; i < 5 && ticket.error == ERROR_NONE; i++) {
        ticket = rig_commit(&rig, 8000);
    }
    cr_assert_eq(ticket.error, ERROR_DISK_FULL);
    cr_assert_eq(rig_commit(&rig, 100).error, ERROR_DISK_FULL);
    faults.fail_count[CALL_PREPARE] = 0;
    rig.journal->keeper.retry_mono_ms = 0;
    cr_assert_eq(rig_commit(&rig, 100).error, ERROR_NONE);
    rig_turn(&rig);
    cr_assert_eq(rig.condition, JOURNAL_OK);
    rig_close(&rig);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.findings_all, 0);
    rig_free(&rig);
}

Test(worker, a_journal_opens_and_replays_on_a_full_disk)
{
    rig_init(&rig);
    rig_open(&rig);
    (void)rig_commit(&rig, 64);
    rig_close(&rig);
    faults_init(&faults);
    faults.number = ENOSPC;
    faults.fail_from[CALL_PREPARE] = faults.fail_from[CALL_PWRITE] = 1;
    faults.fail_count[CALL_PREPARE] = faults.fail_count[CALL_PWRITE] = 1000000;
    rig.options.ops = &faults.ops;
    rig_open(&rig);
    cr_assert_eq(journal_recovery(rig.journal)->records, 1);
    cr_assert_eq(rig_commit(&rig, 64).error, ERROR_DISK_FULL);
    cr_assert_eq(rig.condition, JOURNAL_DISK_FULL);
    rig_crash(&rig);
    rig_free(&rig);
}

/* The block a failed write was to fill again also holds older, acknowledged records. */
Test(worker, acknowledged_records_survive_the_loss_of_the_block_whose_write_failed)
{
    rig_init(&rig);
    faults_init(&faults);
    rig.options.ops = &faults.ops;
    rig_open(&rig);
    for (unsigned i = 0; i < 4; i++) {
        (void)rig_commit(&rig, 1300); /* the last one reaches over the block's edge */
    }
    faults.fail_from[CALL_FDATASYNC] = faults.calls[CALL_FDATASYNC] + 1;
    faults.fail_count[CALL_FDATASYNC] = 1;
    cr_assert_eq(rig_commit(&rig, 100).error, ERROR_IO);
    cr_assert_eq(rig_commit(&rig, 100).error, ERROR_NONE);
    rig_close(&rig);
    char name[SEGMENT_NAME_SIZE];
    (void)journal_segment_name(1, name);
    size_t size = file_load(rig.path, name, bytes, sizeof bytes);
    memset(bytes + 2 * FORMAT_BLOCK, 0xEE, FORMAT_BLOCK);
    file_store(rig.path, name, bytes, size);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.missing, 0);
    cr_assert_eq(seen.count, 5);
    for (uint64_t number = 1; number <= 4; number++) {
        cr_assert(seen_has(&seen, number, number));
    }
    rig_free(&rig);
}

static void
keep_state(uint64_t pos)
{
    journal_checkpoint(rig.journal, pos, calloc(1, 1), 1);
    journal_keeper_turn(&rig.journal->keeper);
}

Test(worker, a_checkpoint_deletes_whole_segments_before_the_one_before_it_but_not_the_newest_two)
{
    rig_init(&rig);
    rig_open(&rig);
    for (unsigned i = 0; i < 60; i++) {
        (void)rig_commit(&rig, 2000);
    }
    uint64_t *list;
    size_t count;
    cr_assert_eq(journal_directory_list(rig.journal->dir, journal_segment_name, &list, &count),
                 ERROR_NONE);
    cr_assert_gt(count, 5);
    uint64_t second = list[1];
    uint64_t third = list[2];
    free(list);

    keep_state(third - 2); /* needed from there on: the second segment holds third - 1 */
    keep_state(third - 1);
    cr_assert_eq(journal_directory_list(rig.journal->dir, journal_segment_name, &list, &count),
                 ERROR_NONE);
    cr_assert_eq(list[0], second);
    free(list);

    keep_state(59);
    keep_state(60);
    cr_assert_eq(journal_directory_list(rig.journal->dir, journal_segment_name, &list, &count),
                 ERROR_NONE);
    cr_assert_eq(count, 2);
    free(list);
    rig_close(&rig);

    rig_open(&rig);
    cr_assert_eq(journal_recovery(rig.journal)->findings, 0, "released is not missing");
    cr_assert_eq(rig_commit(&rig, 64).pos, 61);
    rig_close(&rig);
    rig_free(&rig);
}

/* Three producers at once, against the real thread. */

#define PRODUCERS 3u
#define ENTRIES_EACH 3000u

struct producer
{
    struct pool pool;
    struct flow_port port;
    struct waker waker;
    pthread_t thread;
    uint64_t pos[ENTRIES_EACH];
    unsigned index;
    bool ordered; /* tickets in the order of the entries, positions growing, each after its sync */
};

static struct producer producers[PRODUCERS];

static bool
has_ticket(void *data)
{
    struct producer *producer = data;
    return ring_count(&producer->port.tickets) > 0;
}

static unsigned
push_some(struct producer *producer, unsigned sent)
{
    while (sent < ENTRIES_EACH) {
        struct flow_entry *entry = pool_take(&producer->pool);
        if (entry == NULL) {
            break;
        }
        *entry = (struct flow_entry){
            .home = &producer->pool, .handle = sent, .size = 8, .type = RECORD_SIGNAL};
        uint64_t number = (uint64_t)producer->index * ENTRIES_EACH + sent;
        memcpy(entry->body, &number, sizeof number);
        if (!ring_push(&producer->port.entries, &entry)) {
            abort();
        }
        sent += 1;
    }
    waker_wake(producer->port.journal);
    return sent;
}

static void *
produce(void *data)
{
    struct producer *producer = data;
    unsigned sent = 0;
    unsigned done = 0;
    uint64_t last = 0;
    while (done < ENTRIES_EACH) {
        sent = push_some(producer, sent);
        waker_sleep(&producer->waker, 100, has_ticket, producer);
        struct flow_ticket ticket;
        while (ring_pop(&producer->port.tickets, &ticket)) {
            producer->ordered = producer->ordered && ticket.error == ERROR_NONE &&
                                ticket.handle == done && ticket.pos > last &&
                                ticket.pos <= atomic_load(&faults.synced_pos);
            last = ticket.pos;
            producer->pos[done++] = ticket.pos;
        }
    }
    return NULL;
}

Test(worker, batches_of_three_producers_are_committed_together_in_order, .timeout = 120)
{
    rig_init(&rig);
    faults_init(&faults);
    rig.options.ops = &faults.ops;
    rig.options.segment_bytes = 1u << 20;
    rig_open(&rig);
    for (unsigned i = 0; i < PRODUCERS; i++) {
        struct producer *producer = &producers[i];
        producer->index = i;
        producer->ordered = true;
        cr_assert_eq(pool_init(&producer->pool, 256, sizeof(struct flow_entry) + 8), ERROR_NONE);
        cr_assert_eq(ring_init(&producer->port.entries, 256, sizeof(void *)), ERROR_NONE);
        cr_assert_eq(ring_init(&producer->port.tickets, 256, sizeof(struct flow_ticket)),
                     ERROR_NONE);
        cr_assert_eq(waker_init_eventfd(&producer->waker), ERROR_NONE);
        producer->port.producer = &producer->waker;
        cr_assert_eq(journal_add_port(rig.journal, &producer->port), i + 1);
    }
    cr_assert_eq(journal_start(rig.journal), ERROR_NONE);
    for (unsigned i = 0; i < PRODUCERS; i++) {
        cr_assert_eq(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    }
    for (unsigned i = 0; i < PRODUCERS; i++) {
        (void)pthread_join(producers[i].thread, NULL);
        cr_assert(producers[i].ordered, "producer %u", i);
    }
    struct journal_health health;
    journal_health(rig.journal, &health);
    cr_assert_eq(health.durable_pos, PRODUCERS * ENTRIES_EACH);
    cr_assert_eq(health.condition, JOURNAL_OK);
    cr_assert_gt(health.durable_mono_us, 0);
    journal_stop(rig.journal);
    cr_assert_lt(faults.calls[CALL_FDATASYNC], PRODUCERS * ENTRIES_EACH, "batches, not singles");
    journal_close(rig.journal);
    rig.journal = NULL;

    rig.options.ops = NULL;
    rig_open(&rig);
    cr_assert_eq(journal_recovery(rig.journal)->records, PRODUCERS * ENTRIES_EACH);
    cr_assert_eq(journal_recovery(rig.journal)->findings, 0);
    rig_close(&rig);
    rig_free(&rig);
}

Test(worker, stopping_makes_durable_what_was_pushed_before)
{
    rig_init(&rig);
    rig_open(&rig);
    for (unsigned i = 0; i < 100; i++) {
        (void)rig_push(&rig, 64);
    }
    cr_assert_eq(journal_start(rig.journal), ERROR_NONE);
    journal_stop(rig.journal);
    for (unsigned i = 0; i < 100; i++) {
        cr_assert_eq(rig_ticket(&rig).error, ERROR_NONE);
    }
    rig_crash(&rig);
    seen_read(&seen, rig.path);
    cr_assert_eq(seen.count, 100);
    rig_free(&rig);
}
