/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. uv_run; every event ends in worker_flush once per turn.
 *
 * Failures. A session's failure is the session's. Deadlines are looked at every 250 ms: lists are
 * in order of time, so only what is due is touched.
 *
 * On close. intake_stop sets `stop` and wakes: listeners close, served sessions finish (last
 * receipts), the rest is closed; when no session is left, or at the limit, the loop's own handles
 * close and the thread ends.
 */
#include "intake/worker.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/stages.h"
#include "intake/admission.h"
#include "intake/worker_setup.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TRIM_AFTER_CHURN 64u
#define TRIM_INTERVAL_MS 2000u

struct session *
worker_session(struct worker *worker, uint64_t handle)
{
    uint32_t index = (uint32_t)handle;
    require(index < worker->sessions_size);
    struct session *session = &worker->sessions[index];
    bool alive = session->magic != 0 && session->generation == (uint32_t)(handle >> 32) &&
                 session->place != SESSION_CLOSED;
    return alive ? session : NULL;
}

uint16_t
worker_network(struct worker *worker, const char *name)
{
    if (name[0] == '\0') {
        return 0;
    }
    for (unsigned i = 1; i < worker->network_count; i++) {
        if (strcmp(worker->networks[i], name) == 0) {
            return (uint16_t)i;
        }
    }
    if (worker->network_count == WORKER_NETWORKS_MAX) {
        return 0;
    }
    (void)strncpy(worker->networks[worker->network_count], name, LIMIT_NETWORK - 1);
    worker->network_count += 1;
    return (uint16_t)(worker->network_count - 1);
}

uint32_t
worker_back_off_ms(struct worker *worker)
{
    /* xorshift64: spreads returning units, nothing depends on its quality */
    uint64_t random = worker->random;
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    worker->random = random;
    uint32_t least_ms = worker->options->retry_back_off_ms;
    return least_ms + (uint32_t)(random % (2u * (uint64_t)least_ms + 1));
}

uint32_t
worker_reconnect_spread_ms(const struct worker *worker)
{
    uint32_t units = atomic_load_explicit(&worker->shared->session_count, memory_order_relaxed);
    if (worker->registry != NULL && registry_unit_count(worker->registry) > units) {
        units = registry_unit_count(worker->registry); /* the fleet, also while it comes in */
    }
    uint32_t spread_ms = units / worker->options->threads;
    return spread_ms < WORKER_SPREAD_MS_MAX ? spread_ms : WORKER_SPREAD_MS_MAX;
}

uint8_t *
worker_reply_take(struct worker *worker)
{
    if (worker->reply_free_count == 0) {
        worker_flush(worker);
        require(worker->reply_free_count > 0); /* every block was a dirty session's */
    }
    worker->reply_free_count -= 1;
    return worker->reply_free[worker->reply_free_count];
}

void
worker_reply_give(struct worker *worker, uint8_t *block)
{
    worker->reply_free[worker->reply_free_count] = block;
    worker->reply_free_count += 1;
}

void
worker_flush(struct worker *worker)
{
    if (worker->pushed > 0) {
        worker->pushed = 0;
        require(worker->port.journal != NULL); /* intake_start is after journal_add_port */
        waker_wake(worker->port.journal);
    }
    struct link *first;
    while ((first = link_first(&worker->dirty)) != NULL) {
        session_flush(container_of(first, struct session, dirty));
    }
    if (worker->datagrams != NULL) {
        datagram_flush(worker);
    }
    if (worker->tickets_taken > 0 && worker->tickets_us != 0) {
        stage_add(STAGE_RECEIPT, clock_mono_us() - worker->tickets_us, worker->tickets_taken);
        worker->tickets_taken = 0;
        worker->tickets_us = 0;
    }
}

void
worker_want_handshakes(struct worker *worker)
{
    int status = uv_idle_start(&worker->handshakes, worker_on_idle);
    require(status == 0);
}

/* What the journal and the desk sent. */

static void
worker_take_registries(struct worker *worker)
{
    const struct registry *registry;
    while (ring_pop(&worker->registries, &registry)) {
        const struct registry *old = worker->registry;
        worker->registry = registry;
        worker->registry_turn += 1; /* sessions look their unit up again before they use it */
        if (old != NULL) {
            bool fits = ring_push(&worker->retired, &old);
            require(fits); /* it holds every registry there can be */
        }
    }
}

static void
worker_begin_stop(struct worker *worker)
{
    worker->stop_by_ms = worker->now_ms + worker->options->stop_limit_ms;
    worker_push_counts(worker);
    for (unsigned i = 0; i < worker->options->listener_count; i++) {
        if (worker->datagram_listeners[i] != NULL) {
            datagram_stop(worker->datagram_listeners[i]->session);
        } else {
            worker->listeners[i].waiting = false; /* goes with the socket */
            uv_close((uv_handle_t *)&worker->listeners[i].tcp, NULL);
        }
    }
    for (int place = SESSION_STARTING; place <= SESSION_SHAKING; place++) {
        struct link *first;
        while ((first = link_first(&worker->places[place])) != NULL) {
            session_close(container_of(first, struct session, link));
        }
    }
    struct link *first;
    while ((first = link_first(&worker->places[SESSION_SERVED])) != NULL) {
        session_finish(container_of(first, struct session, link));
    }
}

void
worker_on_wake(uv_poll_t *handle, int status, int events)
{
    struct worker *worker = checked_cast(handle->data, struct worker, WORKER_MAGIC);
    (void)status; /* an eventfd has no errors */
    (void)events;
    waker_take(&worker->waker);
    worker->now_ms = clock_mono_ms();
    worker_take_registries(worker);
    worker_take_tickets(worker);
    if (worker->stop_by_ms == 0 && atomic_load(&worker->stop)) {
        worker_begin_stop(worker);
    }
}

/* Deadlines. */

static void
worker_end_partials(struct worker *worker)
{
    struct link *first;
    while ((first = link_first(&worker->partials)) != NULL) {
        struct session *session = container_of(first, struct session, task);
        if (worker->now_ms - session->task_ms < worker->options->frame_limit_ms) {
            return;
        }
        counter_add(frames_malformed, 1);
        session_refuse(session, "frame not finished in time");
    }
}

static void
worker_close_older(struct worker *worker, enum session_place place, uint64_t limit_ms)
{
    struct link *first;
    while ((first = link_first(&worker->places[place])) != NULL) {
        struct session *session = container_of(first, struct session, link);
        if (worker->now_ms - session->place_ms < limit_ms) {
            return;
        }
        session_close(session);
    }
}

/* A few served sessions each tick, so that each is met once a round: replaced by another worker's
 * session, revoked by a new registry, or silent for too long. */
static void
worker_go_round(struct worker *worker)
{
    unsigned count = worker->place_counts[SESSION_SERVED];
    unsigned now = count / (WORKER_ROUND_MS / WORKER_TICK_MS) + 1;
    uint64_t idle_ms = (uint64_t)worker->options->idle_limit_s * 1000;
    for (unsigned i = 0; i < now && i < count; i++) {
        struct link *first = link_first(&worker->places[SESSION_SERVED]);
        if (first == NULL) {
            return;
        }
        struct session *session = container_of(first, struct session, link);
        link_remove(first);
        link_append(&worker->places[SESSION_SERVED], first);
        if (session_check(session) && worker->now_ms - session->heard_ms >= idle_ms &&
            session->in_flight == 0) {
            session_finish(session);
        }
    }
}

/* glibc keeps freed memory after a reconnect wave, and after a fleet went away. */
static void
worker_trim(struct worker *worker)
{
    bool quiet = admission_waiting(worker) == 0 && worker->budget_used == 0;
    if (quiet && worker->churn >= TRIM_AFTER_CHURN &&
        worker->now_ms - worker->trimmed_ms >= TRIM_INTERVAL_MS) {
        worker->churn = 0;
        worker->trimmed_ms = worker->now_ms;
        (void)malloc_trim(0);
    }
}

static void
worker_end_loop(struct worker *worker)
{
    uv_close((uv_handle_t *)&worker->tick, NULL);
    uv_close((uv_handle_t *)&worker->feed, NULL);
    uv_close((uv_handle_t *)&worker->handshakes, NULL);
    uv_close((uv_handle_t *)&worker->turn_end, NULL);
    uv_close((uv_handle_t *)&worker->wake, NULL);
}

/* UDP sockets stay for the answers of what is in flight. */
static unsigned
worker_close_datagrams(struct worker *worker, bool late)
{
    unsigned left = 0;
    for (unsigned i = 0; i < worker->options->listener_count; i++) {
        struct datagram_listener *listener = worker->datagram_listeners[i];
        if (listener == NULL || listener->fd < 0) {
            continue;
        }
        if (listener->session->in_flight == 0 || late) {
            datagram_close(listener->session);
        } else {
            left += 1;
        }
    }
    return left;
}

static void
worker_go_on_stopping(struct worker *worker)
{
    bool late = worker->now_ms >= worker->stop_by_ms;
    worker_close_older(worker, SESSION_ENDING, late ? 0 : WORKER_TICK_MS);
    if (late) {
        worker_close_older(worker, SESSION_FINISHING, 0);
    }
    unsigned left = worker_close_datagrams(worker, late);
    for (int place = 0; place < SESSION_PLACE_COUNT; place++) {
        left += place == SESSION_DATAGRAM ? 0 : worker->place_counts[place];
    }
    if (left == 0) {
        worker_end_loop(worker);
    }
}

void
worker_on_tick(uv_timer_t *handle)
{
    struct worker *worker = checked_cast(handle->data, struct worker, WORKER_MAGIC);
    worker->now_ms = clock_mono_ms();
    worker_take_tickets(worker); /* should a wake-up be lost, no receipt waits longer than this */
    admission_tick(worker);
    worker_end_partials(worker);
    worker_close_older(worker, SESSION_ENDING, WORKER_LINGER_MS);
    worker_close_older(worker, SESSION_FINISHING, WORKER_FINISH_MS);
    session_limits_tick(worker);
    worker_push_counts(worker);
    worker_go_round(worker);
    worker_trim(worker);
    worker_flush(worker);
    if (worker->stop_by_ms != 0) {
        worker_go_on_stopping(worker);
    }
}

/* The desk gives blocks back without a word: while somebody waits for one we look. */
void
worker_on_feed(uv_timer_t *handle)
{
    struct worker *worker = checked_cast(handle->data, struct worker, WORKER_MAGIC);
    worker->now_ms = clock_mono_ms();
    session_feed(worker);
    worker_flush(worker);
}

/* The other phases. */

void
worker_on_idle(uv_idle_t *handle)
{
    struct worker *worker = checked_cast(handle->data, struct worker, WORKER_MAGIC);
    worker->now_ms = clock_mono_ms();
    admission_accept(worker);
    admission_turn(worker);
    worker_flush(worker);
}

void
worker_on_turn_end(uv_check_t *handle)
{
    struct worker *worker = checked_cast(handle->data, struct worker, WORKER_MAGIC);
    worker->now_ms = clock_mono_ms();
    worker->accepts_left = WORKER_ACCEPTS_PER_TURN;
    worker_push_full_counts(worker);
    worker_flush(worker);
    atomic_store_explicit(&worker->turn_ms, worker->now_ms, memory_order_relaxed);
}

void
worker_on_connection(uv_stream_t *handle, int status)
{
    struct worker_listener *listener =
        checked_cast(handle->data, struct worker_listener, WORKER_LISTENER_MAGIC);
    if (status < 0) {
        counter_add(sessions_refused, 1);
        log_warning("intake", "accept failed: %s", uv_strerror(status));
        return;
    }
    admission_on_connection(listener);
}

static void *
worker_run(void *data)
{
    struct worker *worker = checked_cast(data, struct worker, WORKER_MAGIC);
    char name[16];
    (void)snprintf(name, sizeof name, "larwm-intake-%u", worker->index % 100);
    (void)pthread_setname_np(pthread_self(), name);
    (void)uv_run(&worker->loop, UV_RUN_DEFAULT);
    return NULL;
}

enum error
worker_start(struct worker *worker)
{
    atomic_store(&worker->turn_ms, clock_mono_ms());
    /* The thread takes no signals: SIGPIPE of a peer that is gone is an error of its write, and the
     * others are the main thread's. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&worker->thread, NULL, worker_run, worker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed != 0) {
        return ERROR_MEMORY;
    }
    worker->started = true;
    return ERROR_NONE;
}

void
worker_join(struct worker *worker)
{
    if (worker->started) {
        (void)pthread_join(worker->thread, NULL);
        worker->started = false;
    }
}
