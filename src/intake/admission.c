/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/admission.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/client_hello.h"
#include "intake/worker.h"

/* Connections. */

void
admission_on_connection(struct worker_listener *listener)
{
    struct worker *worker = listener->worker;
    if (worker->accepts_left == 0) {
        listener->waiting = true;
        worker_want_handshakes(worker);
        return;
    }
    worker->accepts_left -= 1;
    session_accept(worker, (uv_stream_t *)&listener->tcp, listener->index);
}

void
admission_accept(struct worker *worker)
{
    for (unsigned i = 0; i < worker->options->listener_count; i++) {
        struct worker_listener *listener = &worker->listeners[i];
        if (listener->waiting) {
            listener->waiting = false;
            session_accept(worker, (uv_stream_t *)&listener->tcp, listener->index);
        }
    }
}

/* Signs. */

static _Atomic uint32_t *
admission_familiar_place(const struct session *session, uint32_t *ret_tag)
{
    const struct worker_shared *shared = session->worker->shared;
    uint64_t hash = hash_bytes(shared->familiar_seed, &session->address, sizeof session->address);
    *ret_tag = (uint32_t)(hash >> 32) | 1u; /* 0: nobody */
    return &shared->familiar[hash % WORKER_FAMILIAR];
}

void
admission_learn(const struct session *session)
{
    uint32_t tag;
    _Atomic uint32_t *place = admission_familiar_place(session, &tag);
    atomic_store_explicit(place, tag, memory_order_relaxed);
}

static bool
admission_expects(const struct session *session)
{
    uint32_t tag;
    const _Atomic uint32_t *place = admission_familiar_place(session, &tag);
    if (atomic_load_explicit(place, memory_order_relaxed) == tag) {
        return true;
    }
    const struct stream *stream = &session->stream;
    const uint8_t *name = client_hello_ticket_name(stream->held, stream->held_size);
    return name != NULL &&
           tls_tickets_is_name(&session->worker->tickets, name, clock_wall_us() / US_PER_S);
}

/* Waiting. */

unsigned
admission_waiting(const struct worker *worker)
{
    return worker->place_counts[SESSION_WAITING] + worker->place_counts[SESSION_EXPECTED];
}

static void
admission_turn_away(struct session *session)
{
    counter_add(sessions_refused, 1);
    log_warning("intake", "connection refused: too many handshakes are waiting");
    session_close(session);
}

static void
admission_wait(struct session *session)
{
    struct worker *worker = session->worker;
    bool expected = admission_expects(session);
    if (admission_waiting(worker) >= worker->options->handshakes_waiting_max) {
        struct link *newest = worker->places[SESSION_WAITING].previous;
        if (!expected || newest == &worker->places[SESSION_WAITING]) {
            admission_turn_away(session);
            return;
        }
        admission_turn_away(container_of(newest, struct session, link));
    }
    session_move(session, expected ? SESSION_EXPECTED : SESSION_WAITING);
}

void
admission_on_bytes(struct session *session)
{
    struct worker *worker = session->worker;
    if (session->place == SESSION_STARTING) {
        admission_wait(session);
    } else if (session->place == SESSION_WAITING && admission_expects(session)) {
        session_move(session, SESSION_EXPECTED); /* the ClientHello came in pieces */
    } else if (session->place == SESSION_SHAKING && !link_is_in(&session->task)) {
        link_append(&worker->handshake_work, &session->task);
    }
    worker_want_handshakes(worker);
}

/* Budget. */

static void
admission_give_budget_back(struct session *session)
{
    struct worker *worker = session->worker;
    if (!session->has_budget) {
        return;
    }
    session->has_budget = false;
    worker->budget_used -= 1;
    worker->strangers_used -= session->stranger ? 1 : 0;
    if (admission_waiting(worker) > 0) {
        worker_want_handshakes(worker);
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
    worker->churn += 1;
    if (error != ERROR_NONE) {
        admission_failed(session, error, text);
        return;
    }
    admission_release(session);
    session_serve(session);
}

enum admission_choice
admission_choose(const struct admission_state *state, unsigned *ret_favours)
{
    bool stranger = state->stranger && state->strangers_used < state->budget - state->budget / 4;
    *ret_favours = state->favours;
    if (state->used >= state->budget) {
        return ADMISSION_NOBODY;
    }
    if (state->expected && (!stranger || state->favours < ADMISSION_FAVOURS)) {
        *ret_favours = stranger ? state->favours + 1 : state->favours;
        return ADMISSION_EXPECTED;
    }
    if (stranger) {
        *ret_favours = 0;
        return ADMISSION_STRANGER;
    }
    return ADMISSION_NOBODY;
}

/* The one that waited longest of those whose turn it is, or NULL. */
static struct session *
admission_first(struct worker *worker)
{
    struct link *expected = link_first(&worker->places[SESSION_EXPECTED]);
    struct link *stranger = link_first(&worker->places[SESSION_WAITING]);
    struct admission_state state = {.budget = worker->options->handshakes_max,
                                    .used = worker->budget_used,
                                    .strangers_used = worker->strangers_used,
                                    .favours = worker->favours,
                                    .expected = expected != NULL,
                                    .stranger = stranger != NULL};
    enum admission_choice choice = admission_choose(&state, &worker->favours);
    if (choice == ADMISSION_NOBODY) {
        return NULL;
    }
    return container_of(choice == ADMISSION_EXPECTED ? expected : stranger, struct session, link);
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
    struct session *session = admission_first(worker);
    if (session == NULL) {
        return NULL;
    }
    session->stranger = session->place == SESSION_WAITING;
    session->has_budget = true;
    session_move(session, SESSION_SHAKING);
    worker->budget_used += 1;
    worker->strangers_used += session->stranger ? 1 : 0;
    counter_add(handshakes_expected, session->stranger ? 0 : 1);
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
    if (admission_waiting(worker) > 0) {
        worker_want_handshakes(worker);
    }
}
