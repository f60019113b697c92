/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit: while one fdatasync runs, everything that arrives becomes the next batch.
 *
 * Happy path. Worker fills a batch during a turn -> submit -> journal thread takes all there are ->
 * one pwritev, one fdatasync -> each batch back to its worker -> answers.
 *
 * Failures. A failed write or sync ends the process: a ceiling has no second way.
 */
#include "bare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define VECTORS_MAX 256

static void
journal_fail(const char *what)
{
    fprintf(stderr, "larwm-bare: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static struct bare_batch *
journal_take_all(struct bare_journal *journal)
{
    (void)pthread_mutex_lock(&journal->lock);
    while (journal->first == NULL) {
        (void)pthread_cond_wait(&journal->filled, &journal->lock);
    }
    struct bare_batch *first = journal->first;
    journal->first = NULL;
    journal->last = NULL;
    (void)pthread_mutex_unlock(&journal->lock);
    return first;
}

/* Writes as many batches as one call takes; returns the first that is left. */
static struct bare_batch *
journal_write(struct bare_journal *journal, struct bare_batch *batch)
{
    struct iovec vectors[VECTORS_MAX];
    int count = 0;
    ssize_t size = 0;
    for (; batch != NULL && count < VECTORS_MAX; batch = batch->next) {
        vectors[count].iov_base = batch->bytes;
        vectors[count].iov_len = batch->size;
        count += 1;
        size += (ssize_t)batch->size;
        journal->entries += batch->entry_count;
    }
    if (journal->at + (uint64_t)size > BARE_JOURNAL_SIZE) {
        journal->at = 0;
    }
    if (pwritev(journal->file, vectors, count, (off_t)journal->at) != size) {
        journal_fail("append");
    }
    journal->at += (uint64_t)size;
    return batch;
}

static void
journal_give_back(struct bare_batch *batch)
{
    while (batch != NULL) {
        struct bare_batch *next = batch->next;
        struct bare_worker *worker = batch->worker;
        (void)pthread_mutex_lock(&worker->lock);
        batch->next = worker->done;
        worker->done = batch;
        (void)pthread_mutex_unlock(&worker->lock);
        if (next == NULL || next->worker != worker) {
            (void)uv_async_send(&worker->durable);
        }
        batch = next;
    }
}

static void *
journal_run(void *data)
{
    struct bare_journal *journal = data;
    (void)pthread_setname_np(pthread_self(), "journal");
    for (;;) {
        struct bare_batch *all = journal_take_all(journal);
        for (struct bare_batch *left = all; left != NULL;) {
            left = journal_write(journal, left);
        }
        if (fdatasync(journal->file) != 0) {
            journal_fail("fdatasync");
        }
        journal->syncs += 1;
        journal_give_back(all);
    }
    return NULL;
}

static bool
journal_preallocate(int file)
{
    static const char zeros[1 << 20];
    for (off_t at = 0; at < (off_t)BARE_JOURNAL_SIZE; at += (off_t)sizeof zeros) {
        if (pwrite(file, zeros, sizeof zeros, at) != (ssize_t)sizeof zeros) {
            return false;
        }
    }
    return fsync(file) == 0;
}

bool
bare_journal_start(struct bare_journal *journal, const char *directory)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/bare-journal-XXXXXX", directory);
    journal->file = mkostemp(path, O_CLOEXEC);
    if (journal->file < 0) {
        return false;
    }
    (void)unlink(path);
    return journal_preallocate(journal->file) && pthread_mutex_init(&journal->lock, NULL) == 0 &&
           pthread_cond_init(&journal->filled, NULL) == 0 &&
           pthread_create(&journal->thread, NULL, journal_run, journal) == 0;
}

static struct bare_batch *
journal_spare(struct bare_worker *worker)
{
    struct bare_batch *batch = worker->spare;
    if (batch != NULL) {
        worker->spare = batch->next;
    } else {
        batch = malloc(sizeof *batch);
    }
    if (batch == NULL) {
        journal_fail("memory");
    }
    batch->next = NULL;
    batch->worker = worker;
    batch->entry_count = 0;
    batch->size = 0;
    return batch;
}

void
bare_journal_add(struct bare_worker *worker, struct bare_session *session, const uint8_t *bytes,
                 size_t size)
{
    struct bare_batch *batch = worker->filling;
    if (batch != NULL && (batch->entry_count == BARE_BATCH_ENTRIES ||
                          size > (size_t)BARE_BATCH_BYTES - batch->size)) {
        bare_journal_submit(worker);
        batch = NULL;
    }
    if (batch == NULL) {
        batch = journal_spare(worker);
        worker->filling = batch;
    }
    struct bare_entry *entry = &batch->entries[batch->entry_count];
    *entry = (struct bare_entry){.session = session, .at = batch->size, .size = (uint32_t)size};
    memcpy(batch->bytes + batch->size, bytes, size);
    batch->entry_count += 1;
    batch->size += (uint32_t)size;
    session->waiting += 1;
}

void
bare_journal_submit(struct bare_worker *worker)
{
    struct bare_journal *journal = worker->journal;
    struct bare_batch *batch = worker->filling;
    if (batch == NULL) {
        return;
    }
    worker->filling = NULL;
    (void)pthread_mutex_lock(&journal->lock);
    bool was_empty = journal->first == NULL;
    if (was_empty) {
        journal->first = batch;
    } else {
        journal->last->next = batch;
    }
    journal->last = batch;
    (void)pthread_mutex_unlock(&journal->lock);
    if (was_empty) {
        (void)pthread_cond_signal(&journal->filled);
    }
}

static void
journal_answer(struct bare_batch *batch)
{
    for (uint32_t i = 0; i < batch->entry_count; i++) {
        const struct bare_entry *entry = &batch->entries[i];
        bare_session_answer(entry->session, batch->bytes + entry->at, entry->size);
        bool more = i + 1 < batch->entry_count && entry[1].session == entry->session;
        if (!more) {
            bare_session_flush(entry->session);
        }
        bare_session_release(entry->session);
    }
}

void
bare_journal_take(struct bare_worker *worker)
{
    (void)pthread_mutex_lock(&worker->lock);
    struct bare_batch *done = worker->done;
    worker->done = NULL;
    (void)pthread_mutex_unlock(&worker->lock);
    struct bare_batch *ordered = NULL; /* oldest first */
    while (done != NULL) {
        struct bare_batch *next = done->next;
        done->next = ordered;
        ordered = done;
        done = next;
    }
    while (ordered != NULL) {
        struct bare_batch *next = ordered->next;
        journal_answer(ordered);
        ordered->next = worker->spare;
        worker->spare = ordered;
        ordered = next;
    }
}
