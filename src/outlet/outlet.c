/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: the desk or the journal wakes the loop; deltas are taken into the hub, results and
 * tickets go to their sessions, then every session writes what is due, once a turn.
 *
 * Failures: each session fails alone. A presence record that did not reach the journal is tried
 * again every OUTLET_TURN_MS.
 *
 * On close: outlet_stop sets `stop` and wakes the loop, which closes listener, timer and sessions
 * and ends; the wake-up stays open until outlet_free, because the desk may still wake it.
 */
#include "outlet/outlet.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/stages.h"
#include "outlet/internal.h"
#include "outlet/request.h"
#include "outlet/wire.h"

#include <signal.h>

#define FLUSH_AFTER 256      /* deltas taken in before sessions write */
#define TURN_DELTAS_MAX 4096 /* then the loop turns, so that sockets are read too */

struct client_session *
outlet_session_of(struct outlet *outlet, uint64_t handle)
{
    uint64_t place = handle & UINT32_MAX;
    if (place == 0 || place > outlet->session_top) {
        return NULL;
    }
    struct client_session *session = &outlet->sessions[place - 1];
    bool same = session->magic == SESSION_MAGIC && client_session_handle(session) == handle;
    return same && session->state == SESSION_ACTIVE ? session : NULL;
}

struct client_session *
outlet_session_new(struct outlet *outlet)
{
    unsigned place = 0;
    while (place < outlet->session_top && outlet->sessions[place].magic != 0) {
        place += 1;
    }
    if (place == outlet->session_max) {
        return NULL;
    }
    if (place == outlet->session_top) {
        outlet->session_top += 1;
    }
    struct client_session *session = &outlet->sessions[place];
    *session = (struct client_session){.magic = SESSION_MAGIC,
                                       .outlet = outlet,
                                       .index = place,
                                       .generation = session->generation + 1,
                                       .presence = PRESENCE_NONE};
    counter_add(clients_opened, 1);
    atomic_fetch_add_explicit(&outlet->connected, 1, memory_order_relaxed);
    return session;
}

void
outlet_session_leaving(struct client_session *session)
{
    struct outlet *outlet = session->outlet;
    counter_add(clients_closed, 1);
    atomic_fetch_sub_explicit(&outlet->connected, 1, memory_order_relaxed);
    if (session->presence == PRESENCE_NONE || outlet->stopped) {
        return; /* a Boot record forgets presence: a stopping daemon has nothing to record */
    }
    presence_leave(&outlet->presence, session->presence);
    session->presence = PRESENCE_NONE;
    request_presence(outlet);
}

void
outlet_session_closed(struct client_session *session)
{
    session->magic = 0;
}

/* The desk has replayed: who waited for it gets a snapshot now. */
static void
start_followers(struct outlet *outlet)
{
    for (unsigned i = 0; i < outlet->session_top; i++) {
        struct client_session *session = &outlet->sessions[i];
        if (session->magic == SESSION_MAGIC && session->follow == FOLLOW_LATER) {
            client_session_follow_snapshot(session);
        }
    }
    request_presence(outlet);
}

static void
take_delta(struct outlet *outlet, const struct flow_delta *delta)
{
    if (delta->kind == DELTA_RESULT) {
        struct client_session *session = outlet_session_of(outlet, delta->handle);
        if (session != NULL) {
            client_session_send(session, wire_message(&outlet->hub.store, WIRE_RESULT, delta->body,
                                                      delta->size, NULL, 0));
        }
        return;
    }
    /* A change that cannot be framed has used up its number: followers find the gap and resume
     * with a snapshot. */
    enum error error = hub_apply(&outlet->hub, delta);
    (void)error;
    if (delta->kind == DELTA_READY) {
        start_followers(outlet);
    }
}

static void
flush_sessions(struct outlet *outlet)
{
    for (unsigned i = 0; i < outlet->session_top; i++) {
        if (outlet->sessions[i].magic == SESSION_MAGIC) {
            client_session_flush(&outlet->sessions[i]);
        }
    }
}

static void
note_times(const uint64_t *pushed_us, unsigned count)
{
    uint64_t now_us = count > 0 ? clock_mono_us() : 0;
    for (unsigned i = 0; i < count; i++) {
        stage_between(STAGE_OUTLET, pushed_us[i], now_us);
    }
}

static void
drain_deltas(struct outlet *outlet)
{
    unsigned taken = 0;
    uint64_t pushed_us[FLUSH_AFTER];
    struct flow_delta *delta;
    while (taken < TURN_DELTAS_MAX && ring_pop(&outlet->deltas, &delta)) {
        pushed_us[taken % FLUSH_AFTER] = delta->pushed_mono_us;
        take_delta(outlet, delta);
        pool_return(delta->home, delta);
        taken += 1;
        if (taken % FLUSH_AFTER == 0) {
            flush_sessions(outlet);
            note_times(pushed_us, FLUSH_AFTER);
        }
    }
    flush_sessions(outlet);
    note_times(pushed_us, taken % FLUSH_AFTER);
    if (taken == TURN_DELTAS_MAX) {
        waker_wake(&outlet->waker);
    }
}

static void
drain_tickets(struct outlet *outlet)
{
    struct flow_ticket ticket;
    while (ring_pop(&outlet->port.tickets, &ticket)) {
        request_ticket(outlet, &ticket);
    }
}

static void
wind_up(struct outlet *outlet)
{
    if (outlet->stopped) {
        return;
    }
    outlet->stopped = true;
    for (unsigned i = 0; i < outlet->session_top; i++) {
        if (outlet->sessions[i].magic == SESSION_MAGIC) {
            client_session_close(&outlet->sessions[i]);
        }
    }
    uv_close((uv_handle_t *)&outlet->timer, NULL);
    uv_close((uv_handle_t *)&outlet->listener, NULL);
    uv_unref((uv_handle_t *)&outlet->wake);
}

void
outlet_on_wake(uv_poll_t *poll, int status, int events)
{
    struct outlet *outlet = poll->data;
    (void)status; /* an eventfd has no errors */
    (void)events;
    waker_take(&outlet->waker);
    if (atomic_load(&outlet->stop)) {
        wind_up(outlet);
        return;
    }
    drain_tickets(outlet);
    drain_deltas(outlet);
}

static void
outlet_on_timer(uv_timer_t *timer)
{
    struct outlet *outlet = timer->data;
    uint64_t now_ms = clock_mono_ms();
    for (unsigned i = 0; i < outlet->session_top; i++) {
        struct client_session *session = &outlet->sessions[i];
        bool waits = session->magic == SESSION_MAGIC &&
                     (session->state == SESSION_GREETING || session->state == SESSION_LAST_WORD);
        if (waits && now_ms >= session->deadline_ms) {
            client_session_close(session);
        }
    }
    drain_tickets(outlet);
    request_presence(outlet);
}

static void *
outlet_run(void *data)
{
    struct outlet *outlet = data;
    (void)uv_run(&outlet->loop, UV_RUN_DEFAULT);
    return NULL;
}

enum error
outlet_start(struct outlet *outlet)
{
    enum error error = socket_listen(outlet);
    if (error != ERROR_NONE) {
        return error;
    }
    if (uv_timer_init(&outlet->loop, &outlet->timer) != 0) {
        return ERROR_IO;
    }
    outlet->timer.data = outlet;
    (void)uv_timer_start(&outlet->timer, outlet_on_timer, OUTLET_TURN_MS, OUTLET_TURN_MS);
    /* The thread starts with every signal blocked: they are the main thread's, and writing to a
     * client that has gone must not raise SIGPIPE. */
    sigset_t every;
    sigset_t before;
    (void)sigfillset(&every);
    (void)pthread_sigmask(SIG_SETMASK, &every, &before);
    int made = pthread_create(&outlet->thread, NULL, outlet_run, outlet);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (made != 0) {
        return ERROR_IO;
    }
    (void)pthread_setname_np(outlet->thread, "larwm-outlet");
    outlet->running = true;
    return ERROR_NONE;
}

void
outlet_stop(struct outlet *outlet)
{
    if (!outlet->running) {
        return;
    }
    atomic_store(&outlet->stop, true);
    waker_wake(&outlet->waker);
    (void)pthread_join(outlet->thread, NULL);
    outlet->running = false;
    struct flow_delta *delta;
    while (ring_pop(&outlet->deltas, &delta)) {
        pool_return(delta->home, delta);
    }
}
