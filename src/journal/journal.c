/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: lock the directory, recover, look for a spare, go on in the newest segment or begin
 * a fresh one; replay; start both threads; stop; close.
 * Failures: what makes the journal unreadable or not ours ends journal_open. A disk that cannot be
 * written does not: the centre still shows what it knows, and the thread goes on trying.
 * On close: threads are joined first; the lock goes with the descriptor.
 */
#include "journal/journal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "journal/checkpoint.h"
#include "journal/directory.h"
#include "journal/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum error
check_options(struct journal_options *options)
{
    if (options->segment_bytes == 0) {
        options->segment_bytes = JOURNAL_SEGMENT_BYTES_DEFAULT;
    }
    if (options->segments_kept < 2) {
        options->segments_kept = 2;
    }
    bool fits = options->dir != NULL && options->node >= 1 && options->node <= LIMIT_NODES &&
                options->segment_bytes >= JOURNAL_SEGMENT_BYTES_MIN &&
                options->segment_bytes <= JOURNAL_SEGMENT_BYTES_MAX &&
                options->segment_bytes % FORMAT_BLOCK == 0;
    return fits ? ERROR_NONE : ERROR_CONFIG;
}

static enum error
sync_parent(int dir)
{
    int parent = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) {
        return ERROR_NONE; /* above a directory we may enter but not read; it was not us who made it
                            */
    }
    enum error error = fsync(parent) < 0 ? error_from_errno(errno) : ERROR_NONE;
    (void)close(parent);
    return error;
}

static enum error
open_directory(struct journal *journal, const char *path)
{
    bool made = mkdir(path, 0700) == 0;
    if (!made && errno != EEXIST) {
        return error_from_errno(errno);
    }
    journal->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (journal->dir < 0) {
        return error_from_errno(errno);
    }
    journal->lock = openat(journal->dir, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock < 0) {
        return error_from_errno(errno);
    }
    if (flock(journal->lock, LOCK_EX | LOCK_NB) < 0) {
        log_error("journal", "another process has this journal open");
        return ERROR_DENIED;
    }
    (void)unlinkat(journal->dir, SPARE_UNFINISHED_NAME, 0);
    (void)unlinkat(journal->dir, CHECKPOINT_UNFINISHED_NAME, 0);
    return made ? sync_parent(journal->dir) : ERROR_NONE;
}

static enum error
allocate(struct journal *journal)
{
    enum error error = waker_init_eventfd(&journal->waker);
    if (error == ERROR_NONE) {
        error = journal_writer_init(&journal->writer, journal->ops);
    }
    if (error != ERROR_NONE) {
        return error;
    }
    journal->batch = calloc(WRITER_BATCH_RECORDS, sizeof(struct flow_entry *));
    if (journal->batch == NULL) {
        return ERROR_MEMORY;
    }
    journal->keeper.ops = journal->ops;
    journal->keeper.dir = journal->dir;
    journal->keeper.node = journal->options.node;
    journal->keeper.segment_bytes = journal->options.segment_bytes;
    journal->keeper.segments_kept = journal->options.segments_kept;
    journal->keeper.journal = &journal->waker;
    return journal_keeper_init(&journal->keeper);
}

/* Goes on where recovery says. A failure here is the thread's to overcome. */
static void
begin_writing(struct journal *journal)
{
    const struct journal_recovered *recovered = &journal->recovered;
    journal->next_pos = recovered->next_pos;
    journal->timeline.newest_us = recovered->last_time_us;
    atomic_store(&journal->durable_pos, recovered->report.last_pos);
    if (recovered->resume) {
        enum error error = journal_writer_resume(&journal->writer, journal->dir, &recovered->last);
        if (error == ERROR_NONE) {
            return;
        }
        if (error == ERROR_TOO_LARGE) { /* nothing is wrong with the disk */
            log_info("journal", "the newest segment is left as it is");
        } else {
            journal_note_failure(journal, error, "cannot continue");
        }
        journal->next_pos += 1; /* a gap: the segment is given up */
    }
    if (!journal_ensure_segment(journal)) {
        log_error("journal", "no segment can be begun: nothing can be taken");
    }
}

/* What a checkpoint holds was given a position, whatever has become of the segments since. */
static enum error
know_checkpoints(struct journal *journal)
{
    uint64_t *list;
    size_t count;
    enum error error = journal_directory_list(journal->dir, journal_checkpoint_name, &list, &count);
    if (error == ERROR_NONE) {
        uint64_t newest = count == 0 ? 0 : list[count - 1];
        if (newest > journal->options.floor_pos) {
            journal->options.floor_pos = newest;
        }
        free(list);
    }
    return error;
}

static enum error
open_all(struct journal *journal)
{
    enum error error = open_directory(journal, journal->options.dir);
    if (error == ERROR_NONE) {
        error = know_checkpoints(journal);
    }
    if (error == ERROR_NONE) {
        error = journal_recover(journal->dir, &journal->options, journal->ops, &journal->recovered);
    }
    if (error == ERROR_NONE) {
        error = allocate(journal);
    }
    if (error == ERROR_NONE) {
        begin_writing(journal);
        log_info("journal", "%s", journal->recovered.report.text);
    }
    return error;
}

enum error
journal_open(const struct journal_options *options, struct journal **ret_journal)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        return ERROR_MEMORY;
    }
    journal->options = *options;
    journal->ops = options->ops != NULL ? options->ops : &journal_file_ops_real;
    journal->dir = journal->lock = journal->writer.fd = -1;
    journal->waker.eventfd = journal->keeper.waker.eventfd = -1;
    enum error error = check_options(&journal->options);
    if (error == ERROR_NONE) {
        error = open_all(journal);
    }
    journal->options.dir = NULL; /* the caller's */
    if (error != ERROR_NONE) {
        journal_close(journal);
        return error;
    }
    *ret_journal = journal;
    return ERROR_NONE;
}

void
journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    require(!journal->running);
    journal_writer_free(&journal->writer);
    journal_keeper_free(&journal->keeper);
    waker_free(&journal->waker);
    free(journal->batch);
    if (journal->lock >= 0) {
        (void)close(journal->lock);
    }
    if (journal->dir >= 0) {
        (void)close(journal->dir);
    }
    free(journal);
}

const struct journal_recovery *
journal_recovery(const struct journal *journal)
{
    return &journal->recovered.report;
}

struct replay
{
    uint64_t from_pos;
    uint64_t first_pos; /* lowest position the oldest segment can hold; 0 before it was met */
    void (*deliver)(const struct flow_record *record, void *data);
    void *data;
};

static void
replay_segment(void *data, const struct journal_segment *segment)
{
    struct replay *replay = data;
    if (replay->first_pos == 0) {
        replay->first_pos =
            segment->header_whole ? segment->header.durable_pos + 1 : segment->name_pos;
    }
}

static void
replay_record(void *data, const struct journal_segment *segment, const struct flow_record *record,
              bool acknowledged)
{
    struct replay *replay = data;
    if (acknowledged && record->pos >= replay->from_pos) {
        replay->deliver(record, replay->data);
    }
}

enum error
journal_replay(struct journal *journal, uint64_t from_pos,
               void (*deliver)(const struct flow_record *record, void *data), void *data)
{
    require(!journal->running);
    struct replay replay = {.from_pos = from_pos, .deliver = deliver, .data = data};
    struct journal_visitor visitor = {
        .data = &replay,
        .segment_begin = replay_segment,
        .record = replay_record,
    };
    enum error error = journal_reader_run(journal->dir, &visitor);
    if (error == ERROR_NONE && from_pos > 0 && from_pos < replay.first_pos) {
        return ERROR_NOT_FOUND;
    }
    return error;
}

unsigned
journal_add_port(struct journal *journal, struct flow_port *port)
{
    require(!journal->running && journal->port_count < LIMIT_JOURNAL_PRODUCERS);
    port->journal = &journal->waker;
    journal->ports[journal->port_count] = port;
    return journal->port_count++;
}

void
journal_set_desk(struct journal *journal, struct ring *desk_entries, struct waker *desk)
{
    require(!journal->running);
    journal->desk_entries = desk_entries;
    journal->desk = desk;
}

enum error
journal_start(struct journal *journal)
{
    require(!journal->running);
    atomic_store(&journal->stopping, false);
    atomic_store(&journal->turn_mono_us, clock_mono_us());
    enum error error = journal_keeper_start(&journal->keeper);
    if (error != ERROR_NONE) {
        return error;
    }
    if (pthread_create(&journal->thread, NULL, journal_main, journal) != 0) {
        journal_keeper_stop(&journal->keeper);
        return ERROR_MEMORY;
    }
    (void)pthread_setname_np(journal->thread, "larwm-journal");
    journal->running = true;
    return ERROR_NONE;
}

void
journal_stop(struct journal *journal)
{
    if (!journal->running) {
        return;
    }
    atomic_store(&journal->stopping, true);
    waker_wake(&journal->waker);
    (void)pthread_join(journal->thread, NULL);
    journal_keeper_stop(&journal->keeper);
    journal->running = false;
}

void
journal_health(const struct journal *journal, struct journal_health *ret_health)
{
    *ret_health = (struct journal_health){
        .turn_mono_us = atomic_load_explicit(&journal->turn_mono_us, memory_order_relaxed),
        .durable_mono_us = atomic_load_explicit(&journal->durable_mono_us, memory_order_relaxed),
        .in_flight_mono_us =
            atomic_load_explicit(&journal->in_flight_mono_us, memory_order_relaxed),
        .durable_pos = atomic_load_explicit(&journal->durable_pos, memory_order_relaxed),
        .fault_mono_us = atomic_load_explicit(&journal->fault_mono_us, memory_order_relaxed),
        .condition =
            (enum journal_condition)atomic_load_explicit(&journal->condition, memory_order_relaxed),
    };
}

void
journal_checkpoint(struct journal *journal, uint64_t pos, uint8_t *bytes, size_t size)
{
    journal_keeper_checkpoint(&journal->keeper, pos, bytes, size);
}

/* Kept for people to look at; the name says which it was. */
void
journal_reject(struct journal *journal, uint64_t pos)
{
    char name[SEGMENT_NAME_SIZE];
    char to[sizeof QUARANTINE_NAME + SEGMENT_NAME_SIZE];
    require(!journal->running);
    (void)snprintf(to, sizeof to, QUARANTINE_NAME "/%s", journal_checkpoint_name(pos, name));
    (void)mkdirat(journal->dir, QUARANTINE_NAME, 0700);
    if (renameat(journal->dir, name, journal->dir, to) < 0 || fsync(journal->dir) < 0) {
        log_warning("journal", "%s cannot be moved to quarantine: %s", name, strerror(errno));
    }
    struct journal_recovery *report = &journal->recovered.report;
    report->damaged = true;
    (void)snprintf(report->text, sizeof report->text, "%s cannot be used: moved to quarantine",
                   name);
    log_error("journal", "%s", report->text);
}

enum error
journal_load(struct journal *journal, uint64_t before_pos, uint64_t *ret_pos, uint8_t **ret_bytes,
             size_t *ret_size)
{
    uint64_t *list;
    size_t count;
    require(!journal->running);
    enum error error = journal_directory_list(journal->dir, journal_checkpoint_name, &list, &count);
    if (error != ERROR_NONE) {
        return error;
    }
    error = ERROR_NOT_FOUND;
    for (size_t i = count; error != ERROR_NONE && error != ERROR_MEMORY && i-- > 0;) {
        if (list[i] >= before_pos) {
            continue;
        }
        error = journal_checkpoint_read(journal->dir, journal->options.node, list[i], ret_bytes,
                                        ret_size);
        *ret_pos = list[i];
        if (error != ERROR_NONE && error != ERROR_MEMORY) {
            journal_reject(journal, list[i]);
            error = ERROR_NOT_FOUND;
        }
    }
    free(list);
    return error;
}

uint64_t
journal_next_pos(const struct journal *journal)
{
    require(!journal->running);
    return journal->next_pos;
}
