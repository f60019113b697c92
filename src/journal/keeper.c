/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: woken when the spare was taken: makes spare.tmp, all zeros and synced, renames it to
 * spare.seg, syncs the directory, tells the journal thread. Woken by a checkpoint: writes
 * it, deletes whole segments it makes needless, oldest first, syncs the directory.
 * Failures: a spare that cannot be made is tried again every KEEPER_RETRY_MS; the journal thread
 * raises the condition. On a full disk the newest checkpoint alone is kept, once it has been read
 * whole, and what lies before it goes. A segment that cannot be deleted stays and is logged.
 * On close: a spare that is ready stays for the next start.
 */
#include "journal/keeper.h"

#include "base/clock.h"
#include "base/log.h"
#include "journal/checkpoint.h"
#include "journal/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEEPER_SLEEP_MS 60000

static bool
spare_is_usable(const struct journal_keeper *keeper)
{
    struct stat status;
    return fstatat(keeper->dir, SPARE_NAME, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && (uint64_t)status.st_size == keeper->segment_bytes;
}

enum error
journal_keeper_init(struct journal_keeper *keeper)
{
    /* A spare holds only zeros and perhaps headers, which are written again: its name proves that
     * it was filled and synced. */
    atomic_init(&keeper->state, spare_is_usable(keeper) ? SPARE_READY : SPARE_WANTED);
    return waker_init_eventfd(&keeper->waker);
}

static void
checkpoint_free(struct keeper_checkpoint *checkpoint)
{
    if (checkpoint != NULL) {
        free(checkpoint->bytes);
        free(checkpoint);
    }
}

void
journal_keeper_free(struct journal_keeper *keeper)
{
    checkpoint_free(atomic_exchange(&keeper->checkpoint, NULL));
    checkpoint_free(keeper->kept);
    waker_free(&keeper->waker);
}

enum spare_state
journal_keeper_state(const struct journal_keeper *keeper)
{
    return (enum spare_state)atomic_load_explicit(&keeper->state, memory_order_acquire);
}

void
journal_keeper_taken(struct journal_keeper *keeper)
{
    atomic_store_explicit(&keeper->state, SPARE_WANTED, memory_order_release);
    waker_wake(&keeper->waker);
}

void
journal_keeper_checkpoint(struct journal_keeper *keeper, uint64_t pos, uint8_t *bytes, size_t size)
{
    struct keeper_checkpoint *checkpoint = malloc(sizeof *checkpoint);
    if (checkpoint == NULL) {
        log_error("journal", "no memory for a checkpoint: the journal keeps its records");
        free(bytes);
        return;
    }
    *checkpoint = (struct keeper_checkpoint){pos, bytes, size};
    checkpoint_free(atomic_exchange(&keeper->checkpoint, checkpoint));
    waker_wake(&keeper->waker);
}

static void
delete_below(struct journal_keeper *keeper, uint64_t pos)
{
    uint64_t *list;
    size_t count;
    if (journal_directory_list(keeper->dir, journal_segment_name, &list, &count) != ERROR_NONE) {
        log_warning("journal", "the journal directory cannot be listed: nothing is deleted");
        return;
    }
    bool deleted = false;
    for (size_t i = 0; i + keeper->segments_kept < count && list[i + 1] <= pos; i++) {
        char name[SEGMENT_NAME_SIZE];
        (void)journal_segment_name(list[i], name);
        if (keeper->ops->unlink(keeper->ops->data, keeper->dir, name) < 0) {
            log_warning("journal", "%s cannot be deleted: %s", name, strerror(errno));
            break; /* never a hole in the middle */
        }
        deleted = true;
    }
    free(list);
    if (deleted && keeper->ops->sync_dir(keeper->ops->data, keeper->dir) < 0) {
        log_warning("journal", "the journal directory cannot be synced: %s", strerror(errno));
    }
}

/* A full disk: all that the newest checkpoint makes needless goes. Returns whether anything did. */
static bool
make_room(struct journal_keeper *keeper)
{
    uint64_t pos =
        journal_checkpoint_keep_one(keeper->ops, keeper->dir, keeper->node, keeper->alone_pos);
    if (pos == 0) {
        return false;
    }
    keeper->alone_pos = pos;
    log_warning("journal", "the disk is full: kept are the newest checkpoint and what follows it");
    delete_below(keeper, pos + 1);
    return true;
}

static int
prepare_spare(struct journal_keeper *keeper)
{
    const struct journal_file_ops *ops = keeper->ops;
    if (ops->prepare(ops->data, keeper->dir, SPARE_UNFINISHED_NAME, keeper->segment_bytes) < 0 ||
        ops->rename(ops->data, keeper->dir, SPARE_UNFINISHED_NAME, SPARE_NAME) < 0) {
        return -1;
    }
    return ops->sync_dir(ops->data, keeper->dir);
}

static void
make_spare(struct journal_keeper *keeper)
{
    enum spare_state state = SPARE_READY;
    int result = prepare_spare(keeper);
    int number = errno;
    if (result < 0 && error_from_errno(number) == ERROR_DISK_FULL && make_room(keeper)) {
        result = prepare_spare(keeper);
        number = errno;
    }
    if (result < 0) {
        log_error("journal", "the next segment cannot be prepared: %s", strerror(number));
        atomic_store_explicit(&keeper->failure, (int)error_from_errno(number),
                              memory_order_relaxed);
        keeper->retry_mono_ms = clock_mono_ms() + KEEPER_RETRY_MS;
        state = SPARE_FAILED;
    }
    atomic_store_explicit(&keeper->state, (int)state, memory_order_release);
    waker_wake(keeper->journal);
    if (state == SPARE_READY) {
        journal_checkpoint_keep_room(keeper->ops, keeper->dir,
                                     keeper->segment_bytes); /* should it have been used */
    }
}

static enum error
checkpoint_write(struct journal_keeper *keeper, const struct keeper_checkpoint *checkpoint,
                 uint64_t *ret_oldest)
{
    return journal_checkpoint_write(keeper->ops, keeper->dir, keeper->node, checkpoint->pos,
                                    checkpoint->bytes, checkpoint->size, ret_oldest);
}

/* Returns whether it is to be tried again. */
static bool
take_checkpoint(struct journal_keeper *keeper, const struct keeper_checkpoint *checkpoint)
{
    uint64_t oldest = 0;
    enum error error = checkpoint_write(keeper, checkpoint, &oldest);
    if (error == ERROR_DISK_FULL && make_room(keeper)) {
        error = checkpoint_write(keeper, checkpoint, &oldest);
    }
    if (error != ERROR_NONE) {
        log_error("journal", "the checkpoint at %llu cannot be written (%s): records are kept",
                  (unsigned long long)checkpoint->pos, error_text(error));
        return error == ERROR_DISK_FULL;
    }
    log_info("journal", "checkpoint at %llu: %zu bytes", (unsigned long long)checkpoint->pos,
             checkpoint->size);
    delete_below(keeper, oldest + 1);
    if (journal_keeper_state(keeper) == SPARE_FAILED) {
        make_spare(keeper); /* it comes before the room for the next checkpoint */
    }
    journal_checkpoint_keep_room(keeper->ops, keeper->dir, keeper->segment_bytes);
    return false;
}

/* The newest that came; one for which the disk was too full is tried again. */
static void
look_for_checkpoint(struct journal_keeper *keeper)
{
    struct keeper_checkpoint *newer = atomic_exchange(&keeper->checkpoint, NULL);
    if (newer != NULL) {
        checkpoint_free(keeper->kept);
        keeper->kept = newer;
    }
    if (keeper->kept == NULL || (newer == NULL && clock_mono_ms() < keeper->checkpoint_mono_ms)) {
        return;
    }
    if (take_checkpoint(keeper, keeper->kept)) {
        keeper->checkpoint_mono_ms = clock_mono_ms() + KEEPER_RETRY_MS;
    } else {
        checkpoint_free(keeper->kept);
        keeper->kept = NULL;
    }
}

void
journal_keeper_turn(struct journal_keeper *keeper)
{
    enum spare_state state = journal_keeper_state(keeper);
    if (state == SPARE_WANTED ||
        (state == SPARE_FAILED && clock_mono_ms() >= keeper->retry_mono_ms)) {
        make_spare(keeper);
    }
    look_for_checkpoint(keeper);
}

static bool
has_work(void *data)
{
    struct journal_keeper *keeper = data;
    return atomic_load(&keeper->stopping) || journal_keeper_state(keeper) == SPARE_WANTED ||
           atomic_load(&keeper->checkpoint) != NULL;
}

static void *
keeper_main(void *data)
{
    struct journal_keeper *keeper = data;
    while (!atomic_load(&keeper->stopping)) {
        journal_keeper_turn(keeper);
        bool again = journal_keeper_state(keeper) == SPARE_FAILED || keeper->kept != NULL;
        waker_sleep(&keeper->waker, again ? (int)KEEPER_RETRY_MS : KEEPER_SLEEP_MS, has_work,
                    keeper);
    }
    return NULL;
}

enum error
journal_keeper_start(struct journal_keeper *keeper)
{
    atomic_store(&keeper->stopping, false);
    if (pthread_create(&keeper->thread, NULL, keeper_main, keeper) != 0) {
        return ERROR_MEMORY;
    }
    (void)pthread_setname_np(keeper->thread, "larwm-keeper");
    keeper->running = true;
    return ERROR_NONE;
}

void
journal_keeper_stop(struct journal_keeper *keeper)
{
    if (!keeper->running) {
        return;
    }
    atomic_store(&keeper->stopping, true);
    waker_wake(&keeper->waker);
    (void)pthread_join(keeper->thread, NULL);
    keeper->running = false;
}
