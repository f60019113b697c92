/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: the timer finds `dirty` -> references to everything are taken -> the pool's thread
 * writes the file -> the references are given back.
 * Failures: a write that failed is logged and tried again at the next interval; the old file stays.
 * On close: a write in progress is waited for, a last one is made when something changed.
 */
#include "resolve/keeper.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "resolve/snapshot.h"

#include <stdlib.h>
#include <string.h>

#define KEEPER_MAGIC 0x6b656570

struct keeper_job
{
    uv_work_t work;
    struct keeper *keeper;
    struct snapshot_content content;
    char path[PATH_MAX];
    enum error error;
};

static void keeper_step(struct keeper *keeper);

static void
job_free(struct keeper_job *job)
{
    blob_release(job->content.directory);
    for (size_t i = 0; i < job->content.card_count; i++) {
        blob_release(job->content.cards[i].card);
    }
    free(job->content.cards);
    free(job);
}

/* Pool's thread. */
static void
job_run(uv_work_t *work)
{
    struct keeper_job *job = container_of(work, struct keeper_job, work);
    job->error = snapshot_write(job->path, &job->content);
}

static void
job_done(uv_work_t *work, int status)
{
    struct keeper_job *job = container_of(work, struct keeper_job, work);
    struct keeper *keeper = checked_cast(job->keeper, struct keeper, KEEPER_MAGIC);
    enum error error = status == 0 ? job->error : ERROR_IO;
    keeper->writing = false;
    if (error != ERROR_NONE) {
        log_error("resolve", "the snapshot could not be written: %s", error_text(error));
        keeper->dirty = !keeper->closing; /* once is enough when leaving */
    }
    job_free(job);
    if (keeper->closing) {
        keeper_step(keeper);
    }
}

static struct keeper_job *
job_new(struct keeper *keeper)
{
    const struct known *known = keeper->known;
    struct keeper_job *job = calloc(1, sizeof(*job));
    if (job == NULL) {
        return NULL;
    }
    job->keeper = keeper;
    job->content.cards = calloc(known->count + 1, sizeof(*job->content.cards));
    if (job->content.cards == NULL) {
        free(job);
        return NULL;
    }
    text_copy(job->path, sizeof(job->path), keeper->path);
    job->content.time_us = clock_wall_us();
    job->content.directory = blob_hold(*keeper->directory);
    for (uint32_t i = 0; i < known->count; i++) {
        if (known->units[i]->card != NULL) {
            struct snapshot_card *card = &job->content.cards[job->content.card_count++];
            text_copy(card->unit, sizeof(card->unit), known->units[i]->id);
            card->card = blob_hold(known->units[i]->card);
        }
    }
    return job;
}

static void
keeper_write(struct keeper *keeper)
{
    struct keeper_job *job = job_new(keeper);
    if (job == NULL) {
        return;
    }
    if (uv_queue_work(keeper->loop, &job->work, job_run, job_done) != 0) {
        job_free(job);
        return;
    }
    keeper->dirty = false;
    keeper->writing = true;
}

static bool
keeper_has_work(const struct keeper *keeper)
{
    return keeper->dirty && !keeper->writing && keeper->path[0] != '\0' &&
           *keeper->directory != NULL;
}

static void
on_timer(uv_timer_t *timer)
{
    struct keeper *keeper = checked_cast(timer->data, struct keeper, KEEPER_MAGIC);
    if (keeper_has_work(keeper)) {
        keeper_write(keeper);
    }
}

static void
on_timer_closed(uv_handle_t *handle)
{
    struct keeper *keeper = checked_cast(handle->data, struct keeper, KEEPER_MAGIC);
    keeper->timer_closed = true;
    keeper_step(keeper);
}

/* One step of closing. */
static void
keeper_step(struct keeper *keeper)
{
    if (keeper_has_work(keeper)) {
        keeper_write(keeper);
    }
    if (!keeper->writing && keeper->timer_closed) {
        keeper->magic = 0;
        keeper->on_closed(keeper->closed_data);
    }
}

void
keeper_init(struct keeper *keeper, uv_loop_t *loop, const char *path, const struct known *known,
            struct blob **directory)
{
    memset(keeper, 0, sizeof(*keeper));
    keeper->magic = KEEPER_MAGIC;
    keeper->loop = loop;
    keeper->known = known;
    keeper->directory = directory;
    text_copy(keeper->path, sizeof(keeper->path), path);
    uv_timer_init(loop, &keeper->timer);
    keeper->timer.data = keeper;
}

void
keeper_start(struct keeper *keeper, uint32_t interval_ms)
{
    uv_timer_start(&keeper->timer, on_timer, interval_ms, interval_ms);
}

void
keeper_close(struct keeper *keeper, void (*on_closed)(void *data), void *data)
{
    keeper->closing = true;
    keeper->on_closed = on_closed;
    keeper->closed_data = data;
    uv_close((uv_handle_t *)&keeper->timer, on_timer_closed);
}
