/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/admission.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/worker.h"

void
admission_on_bytes(struct session *session)
{
    struct worker *worker = session->worker;
    if (session->place == SESSION_STARTING) {
        if (worker->place_counts[SESSION_WAITING] >= worker->options->handshakes_waiting_max) {
            counter_add(sessions_refused, 1);
            log_warning("intake", "connection refused: too many handshakes are waiting");
            session_close(session);
            return;
        }
        session_move(session, SESSION_WAITING);
    } else if (session->place == SESSION_SHAKING && !link_is_in(&session->task)) {
        link_append(&worker->handshake_work, &session->task);
    }
    worker_want_handshakes(worker);
}

static void
admission_give_budget_back(struct session *session)
{
    if (session->has_budget) {
        session->has_budget = false;
        session->worker->budget_used -= 1;
    }
}

void
admission_release(struct session *session)
{
    admission_give_budget_back(session);
    if (session->place == SESSION_SHAKING) {
        link_remove(&session->task);
    }
}

static void
admission_failed(struct session *session, enum error error, const char *text)
{
    char address[64];
    counter_add(handshakes_failed, 1);
    if (error == ERROR_CERTIFICATE) {
        counter_add(certificates_refused, 1); /* REQ S4: a security count, no incident */
    }
    log_warning("intake", "handshake with %s failed: %s",
                address_key_text(&session->address, address, sizeof address), text);
    session_close(session);
}

static void
admission_step(struct session *session)
{
    struct worker *worker = session->worker;
    const char *text = "";
    enum error error = stream_handshake(&session->stream, worker->tls[session->listener], &text);
    if (error == ERROR_AGAIN) {
        return;
    }
    worker->handshakes_done += 1;
    if (error != ERROR_NONE) {
        admission_failed(session, error, text);
        return;
    }
    admission_release(session);
    session_serve(session);
}

/* The next one that may have time: those in progress first, they are nearest to being served. */
static struct session *
admission_next(struct worker *worker)
{
    struct link *work = link_first(&worker->handshake_work);
    if (work != NULL) {
        link_remove(work);
        return container_of(work, struct session, task);
    }
    struct link *waiting = link_first(&worker->places[SESSION_WAITING]);
    if (waiting == NULL || worker->budget_used >= worker->options->handshakes_max) {
        return NULL;
    }
    struct session *session = container_of(waiting, struct session, link);
    session_move(session, SESSION_SHAKING);
    session->has_budget = true;
    worker->budget_used += 1;
    return session;
}

void
admission_turn(struct worker *worker)
{
    uint64_t until_us = clock_mono_us() + WORKER_HANDSHAKE_TURN_US;
    do {
        struct session *session = admission_next(worker);
        if (session == NULL) {
            (void)uv_idle_stop(&worker->handshakes);
            return;
        }
        admission_step(session);
    } while (clock_mono_us() < until_us);
}

static void
admission_end_older(struct worker *worker, enum session_place place, uint64_t limit_ms)
{
    for (;;) {
        struct link *first = link_first(&worker->places[place]);
        if (first == NULL) {
            return;
        }
        struct session *session = container_of(first, struct session, link);
        if (worker->now_ms - session->place_ms < limit_ms) {
            return;
        }
        if (place == SESSION_SHAKING) {
            counter_add(handshakes_failed, 1);
        }
        session_close(session);
    }
}

/* The oldest handshakes that still hold budget after a second give it back. */
static void
admission_reclaim_budget(struct worker *worker)
{
    const struct link *head = &worker->places[SESSION_SHAKING];
    unsigned left = worker->budget_used;
    for (struct link *at = head->next; at != head && left > 0; at = at->next) {
        struct session *session = container_of(at, struct session, link);
        if (worker->now_ms - session->place_ms < WORKER_BUDGET_MS) {
            return;
        }
        left -= session->has_budget ? 1 : 0;
        admission_give_budget_back(session);
    }
}

void
admission_tick(struct worker *worker)
{
    uint64_t limit_ms = worker->options->handshake_limit_ms;
    admission_end_older(worker, SESSION_STARTING, limit_ms);
    admission_end_older(worker, SESSION_SHAKING, limit_ms);
    admission_reclaim_budget(worker);
    if (link_first(&worker->places[SESSION_WAITING]) != NULL) {
        worker_want_handshakes(worker);
    }
}
