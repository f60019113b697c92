/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: take what all ports hold, round robin; give positions and one time; one write, one
 * fdatasync; a ticket to each producer, the entries to the desk, one wake each. What arrives while
 * the sync runs is the next batch. Idle: sleep; after a second, seal what was written.
 * Failures: the segment is given up for good, the batch's tickets carry the error, a fresh segment
 * is tried at once and then every JOURNAL_RETRY_MS; without one, every batch is failed at once.
 * On close: everything pushed before is committed or failed, then a seal, then the thread ends.
 */
#include "journal/worker.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/stages.h"
#include "journal/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

void
journal_note_failure(struct journal *journal, enum error error, const char *what)
{
    char name[SEGMENT_NAME_SIZE];
    journal->failure = error;
    journal->failed_since_durable = true;
    if (error != ERROR_DISK_FULL) { /* now: the next batch may be durable before anybody looks */
        atomic_store_explicit(&journal->fault_mono_us, clock_mono_us(), memory_order_relaxed);
    }
    (void)snprintf(journal->failure_text, sizeof journal->failure_text, "%s %s: %s", what,
                   journal_segment_name(journal->writer.segment_pos, name), error_text(error));
    if (errno != 0) {
        log_error("journal", "%s (%s)", journal->failure_text, strerror(errno));
    } else {
        log_error("journal", "%s", journal->failure_text);
    }
}

/* The present condition and, when there is one, the sentence for it. */
static enum journal_condition
judge_condition(const struct journal *journal, const char **ret_text)
{
    enum error error = ERROR_NONE;
    *ret_text = "the journal works";
    if (journal->writer.fd < 0 || journal->failed_since_durable) {
        error = journal->failure;
        *ret_text = journal->failure_text;
    } else if (journal_keeper_state(&journal->keeper) == SPARE_FAILED) {
        error = (enum error)atomic_load_explicit(&journal->keeper.failure, memory_order_relaxed);
        *ret_text = error == ERROR_DISK_FULL
                        ? "the disk is full: the journal goes on to the end of its segment only"
                        : "the next segment cannot be prepared";
    } else {
        return JOURNAL_OK;
    }
    return error == ERROR_DISK_FULL ? JOURNAL_DISK_FULL : JOURNAL_FAULT;
}

static void
note_condition(struct journal *journal)
{
    const char *text;
    enum journal_condition condition = judge_condition(journal, &text);
    if (condition == JOURNAL_FAULT) {
        atomic_store_explicit(&journal->fault_mono_us, clock_mono_us(), memory_order_relaxed);
    }
    if ((int)condition == atomic_load_explicit(&journal->condition, memory_order_relaxed)) {
        return;
    }
    atomic_store_explicit(&journal->condition, (int)condition, memory_order_relaxed);
    if (journal->options.on_condition != NULL) {
        journal->options.on_condition(journal->options.data, condition, text);
    }
}

/* Reliability row 3: after a failed write or sync the file is never touched again. */
static void
give_up_segment(struct journal *journal, enum error error, const char *what)
{
    bool again = journal->failed_since_durable;
    journal_note_failure(journal, error, what);
    counter_add(journal_failures, 1);
    if (journal->writer.commits == 0) {
        journal->discard_pos = journal->writer.segment_pos;
    }
    journal->retry_mono_ms = again ? clock_mono_ms() + JOURNAL_RETRY_MS : 0;
}

static bool
segment_exists(const struct journal *journal, uint64_t pos)
{
    char name[SEGMENT_NAME_SIZE];
    return faccessat(journal->dir, journal_segment_name(pos, name), F_OK, 0) == 0;
}

static void
discard_empty_segment(struct journal *journal)
{
    char name[SEGMENT_NAME_SIZE];
    if (journal->discard_pos != 0) {
        /* Best effort: a segment without acknowledged records does no harm but takes room. */
        (void)journal->ops->unlink(journal->ops->data, journal->dir,
                                   journal_segment_name(journal->discard_pos, name));
        journal->discard_pos = 0;
    }
}

/* Turns the spare into the segment that is written from now on. */
static bool
begin_segment(struct journal *journal)
{
    while (segment_exists(journal, journal->next_pos)) {
        journal->next_pos += 1; /* an earlier try left a file of this name */
    }
    uint64_t durable = atomic_load_explicit(&journal->durable_pos, memory_order_relaxed);
    bool nothing_new = durable == journal->recovered.report.last_pos;
    struct journal_header header = {
        .node = journal->options.node,
        .first_pos = journal->next_pos,
        .durable_pos = durable,
        .confirmed_pos = nothing_new ? journal->recovered.confirmed_pos : durable,
        .created_us = clock_wall_us(),
        .segment_bytes = journal->options.segment_bytes,
    };
    if (getrandom(&header.salt, sizeof header.salt, 0) != (ssize_t)sizeof header.salt) {
        header.salt = (uint64_t)header.created_us; /* weaker against forgery, not against damage */
    }
    enum error error = journal_writer_create(&journal->writer, journal->dir, &header);
    if (error != ERROR_NONE) {
        journal_note_failure(journal, error, "cannot begin");
        journal->retry_mono_ms = clock_mono_ms() + JOURNAL_RETRY_MS;
        (void)journal->ops->unlink(journal->ops->data, journal->dir, SPARE_NAME);
    } else {
        discard_empty_segment(journal);
    }
    journal_keeper_taken(&journal->keeper);
    return error == ERROR_NONE;
}

static bool
spare_is_settled(void *data)
{
    return journal_keeper_state(data) != SPARE_WANTED;
}

/* A healthy segment may fill up while its successor is still being made: that is worth a wait. */
static void
wait_for_spare(struct journal *journal)
{
    if (!journal->keeper.running) {
        journal_keeper_turn(&journal->keeper);
        return;
    }
    uint64_t end = clock_mono_ms() + JOURNAL_SPARE_WAIT_MS;
    while (!spare_is_settled(&journal->keeper) && clock_mono_ms() < end) {
        waker_sleep(&journal->waker, 100, spare_is_settled, &journal->keeper);
        atomic_store_explicit(&journal->turn_mono_us, clock_mono_us(), memory_order_relaxed);
    }
}

bool
journal_ensure_segment(struct journal *journal)
{
    bool open = journal->writer.fd >= 0;
    if (open && !journal_writer_is_full(&journal->writer)) {
        return true;
    }
    if (!open && clock_mono_ms() < journal->retry_mono_ms) {
        return false;
    }
    if (journal_keeper_state(&journal->keeper) == SPARE_WANTED || !journal->keeper.running) {
        wait_for_spare(journal);
    }
    enum spare_state state = journal_keeper_state(&journal->keeper);
    if (state == SPARE_READY) {
        return begin_segment(journal);
    }
    journal_writer_close(&journal->writer);
    enum error failure = ERROR_IO;
    if (state == SPARE_FAILED) {
        failure = (enum error)atomic_load_explicit(&journal->keeper.failure, memory_order_relaxed);
    }
    if (journal->failure != failure || !journal->failed_since_durable) {
        errno = 0;
        journal_note_failure(journal, failure, "no segment can follow");
    }
    return false;
}

/* Takes entries from all ports in turn until all are empty or the batch has no room for one more
 * of the largest. */
static void
collect_batch(struct journal *journal, bool open)
{
    size_t room = open ? journal_writer_room(&journal->writer) : LIMIT_BATCH_BYTES;
    unsigned empty = 0;
    unsigned port = journal->port_turn;
    journal->batch_count = 0;
    while (empty < journal->port_count && room >= FORMAT_RECORD_MAX &&
           journal->batch_count < WRITER_BATCH_RECORDS) {
        struct flow_entry *entry;
        if (ring_pop(&journal->ports[port]->entries, &entry)) {
            require(entry->size <= LIMIT_RECORD);
            entry->producer = (uint8_t)port;
            room -= journal_record_bytes(entry->size);
            journal->batch[journal->batch_count++] = entry;
            empty = 0;
        } else {
            empty += 1;
        }
        port = port + 1 < journal->port_count ? port + 1 : 0;
    }
    journal->port_turn = port;
}

static void
push_ticket(struct journal *journal, struct flow_entry *entry, enum error error)
{
    unsigned producer = entry->producer; /* a failed entry is its owner's once the ticket is out */
    struct flow_port *port = journal->ports[producer];
    if (error == ERROR_NONE && port->producer == NULL) {
        return;
    }
    struct flow_ticket ticket = {
        .handle = entry->handle,
        .ref = entry->ref,
        .pos = error == ERROR_NONE ? entry->pos : 0,
        .durable_mono_us = error == ERROR_NONE ? journal->commit_ended_us : 0,
        .failed = error == ERROR_NONE ? NULL : entry,
        .error = error,
    };
    bool fits = ring_push(&port->tickets, &ticket);
    require(fits);
    journal->ticketed[producer] = true;
}

static void
wake_producers(struct journal *journal)
{
    for (unsigned i = 0; i < journal->port_count; i++) {
        if (journal->ticketed[i] && journal->ports[i]->producer != NULL) {
            waker_wake(journal->ports[i]->producer);
        }
        journal->ticketed[i] = false;
    }
}

static void
fail_batch(struct journal *journal, enum error error)
{
    for (unsigned i = 0; i < journal->batch_count; i++) {
        journal->batch[i]->pos = 0;
        push_ticket(journal, journal->batch[i], error);
    }
    wake_producers(journal);
}

/* Receipts first: a unit waits for its ticket, the desk only needs the order. */
static void
deliver_batch(struct journal *journal)
{
    for (unsigned i = 0; i < journal->batch_count; i++) {
        push_ticket(journal, journal->batch[i], ERROR_NONE);
    }
    wake_producers(journal);
    for (unsigned i = 0; i < journal->batch_count; i++) {
        struct flow_entry *entry = journal->batch[i];
        entry->durable_mono_us = journal->commit_ended_us;
        if (journal->desk_entries == NULL) {
            pool_return(entry->home, entry);
            continue;
        }
        bool fits = ring_push(journal->desk_entries, &entry);
        require(fits);
    }
    if (journal->desk != NULL) {
        waker_wake(journal->desk);
    }
}

static void
add_batch(struct journal *journal)
{
    int64_t time_us = journal_timeline_next(&journal->timeline, clock_wall_us());
    for (unsigned i = 0; i < journal->batch_count; i++) {
        struct flow_entry *entry = journal->batch[i];
        entry->pos = journal->next_pos++;
        entry->time_us = time_us;
        struct journal_record record = {
            .pos = entry->pos,
            .time_us = entry->time_us,
            .size = (uint16_t)entry->size,
            .type = entry->type,
            .body = entry->body,
        };
        journal_writer_add(&journal->writer, &record);
    }
}

static enum error
commit(struct journal *journal)
{
    size_t bytes = journal->writer.used - journal->writer.durable;
    journal->commit_began_us = clock_mono_us();
    atomic_store_explicit(&journal->in_flight_mono_us, journal->commit_began_us,
                          memory_order_relaxed);
    enum error error = journal_writer_commit(&journal->writer);
    atomic_store_explicit(&journal->in_flight_mono_us, 0, memory_order_relaxed);
    if (error != ERROR_NONE) {
        give_up_segment(journal, error, "cannot write");
        return error;
    }
    journal->commit_ended_us = clock_mono_us();
    atomic_store_explicit(&journal->durable_mono_us, journal->commit_ended_us,
                          memory_order_relaxed);
    journal->failed_since_durable = false;
    counter_add(journal_batches, 1);
    counter_add(journal_bytes, bytes);
    return ERROR_NONE;
}

/* Before the batch is delivered: its entries are the journal's until then. */
static void
note_times(const struct journal *journal)
{
    for (unsigned i = 0; i < journal->batch_count; i++) {
        stage_between(STAGE_JOURNAL_WAIT, journal->batch[i]->taken_mono_us,
                      journal->commit_began_us);
    }
    stage_add(STAGE_JOURNAL_SYNC, journal->commit_ended_us - journal->commit_began_us,
              journal->batch_count);
}

/* REQ A24: a ticket without error, and so a receipt, only after fdatasync has returned 0. */
static void
commit_batch(struct journal *journal)
{
    add_batch(journal);
    enum error error = commit(journal);
    if (error != ERROR_NONE) {
        fail_batch(journal, error);
        return;
    }
    uint64_t pos = journal->next_pos - 1;
    atomic_store_explicit(&journal->durable_pos, pos, memory_order_relaxed);
    counter_add(journal_records, journal->batch_count);
    journal->unsealed = true;
    note_times(journal);
    deliver_batch(journal);
}

bool
journal_turn(struct journal *journal)
{
    atomic_store_explicit(&journal->turn_mono_us, clock_mono_us(), memory_order_relaxed);
    bool open = journal_ensure_segment(journal);
    collect_batch(journal, open);
    if (journal->batch_count > 0) {
        if (open) {
            commit_batch(journal);
        } else {
            counter_add(journal_failures, 1);
            fail_batch(journal, journal->failure);
        }
    }
    note_condition(journal);
    return journal->batch_count > 0;
}

void
journal_seal(struct journal *journal)
{
    if (!journal->unsealed || journal->writer.fd < 0 ||
        journal_writer_room(&journal->writer) < FORMAT_RECORD_HEADER) {
        return; /* a full segment is proved by its successor */
    }
    struct journal_record seal = {
        .pos = atomic_load_explicit(&journal->durable_pos, memory_order_relaxed),
        .time_us = journal->timeline.newest_us,
        .flags = FORMAT_SEAL,
    };
    journal_writer_add(&journal->writer, &seal);
    journal->unsealed = false;
    (void)commit(journal); /* a failure has been noted; no ticket hangs on it */
    note_condition(journal);
}

static bool
has_work(void *data)
{
    const struct journal *journal = data;
    for (unsigned i = 0; i < journal->port_count; i++) {
        if (ring_count(&journal->ports[i]->entries) > 0) {
            return true;
        }
    }
    return atomic_load(&journal->stopping);
}

void *
journal_main(void *data)
{
    struct journal *journal = data;
    for (;;) {
        bool stopping = atomic_load(&journal->stopping);
        if (journal_turn(journal)) {
            continue;
        }
        if (stopping) {
            break;
        }
        uint64_t durable_us = atomic_load_explicit(&journal->durable_mono_us, memory_order_relaxed);
        if (clock_mono_us() - durable_us >= JOURNAL_SEAL_AFTER_MS * 1000u) {
            journal_seal(journal);
        }
        bool failing = journal->writer.fd < 0 || journal->failed_since_durable;
        waker_sleep(&journal->waker, failing ? (int)JOURNAL_RETRY_MS : JOURNAL_IDLE_MS, has_work,
                    journal);
    }
    journal_seal(journal);
    return NULL;
}
