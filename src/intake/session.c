/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. session_accept -> (TLS: admission, stream_handshake) -> session_serve -> frames
 * (session_io.c) -> signals and receipts (session_signal.c).
 *
 * Failures. Over a limit: closed at once and counted. Revoked credential: served just long enough
 * to be told (REQ S3). Stream broken: session_close; tickets still to come meet another generation.
 *
 * On close. Lists, budget, address count, slot, kept bytes, reply block, then the stream, whose
 * on_closed gives the place in the table back.
 */
#include "intake/session.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/admission.h"
#include "intake/tls.h"
#include "intake/worker.h"

#include <stdlib.h>
#include <string.h>

#define SESSION_MAGIC 0x53455353u

uint64_t
session_handle(const struct session *session)
{
    return (uint64_t)session->generation << 32 | session->index;
}

void
session_move(struct session *session, enum session_place place)
{
    struct worker *worker = session->worker;
    if (link_is_in(&session->link)) {
        link_remove(&session->link);
        worker->place_counts[session->place] -= 1;
    }
    if (session->place == SESSION_SERVED && place != SESSION_SERVED) {
        (void)atomic_fetch_sub_explicit(&worker->served_count, 1, memory_order_relaxed);
        counter_add(sessions_closed, 1);
        session_forget_account(session);
    }
    session->place = (uint8_t)place;
    session->place_ms = worker->now_ms;
    link_append(&worker->places[place], &session->link);
    worker->place_counts[place] += 1;
}

/* A place in the table. The caller saw that there is one. */
static struct session *
session_new(struct worker *worker, unsigned listener_index)
{
    struct session *session;
    if (worker->free_session != 0) {
        session = &worker->sessions[worker->free_session - 1];
        worker->free_session = session->slot; /* a free place keeps the next one here */
    } else {
        session = &worker->sessions[worker->sessions_fresh];
        session->index = worker->sessions_fresh;
        worker->sessions_fresh += 1;
    }
    uint32_t index = session->index;
    uint32_t generation = session->generation + 1;
    bool native = worker->options->listeners[listener_index].protocol == INTAKE_NATIVE;
    *session = (struct session){.magic = SESSION_MAGIC,
                                .index = index,
                                .generation = generation,
                                .worker = worker,
                                .protocol = native ? &protocol_native : &protocol_dc09,
                                .listener = (uint8_t)listener_index,
                                .place = SESSION_CLOSED,
                                .heard_ms = worker->now_ms};
    return session;
}

struct session *
session_of_datagrams(struct worker *worker, unsigned listener_index,
                     struct datagram_listener *datagram)
{
    struct session *session = session_new(worker, listener_index);
    session->datagram = datagram;
    session_move(session, SESSION_DATAGRAM);
    return session;
}

static void
session_free(struct session *session)
{
    struct worker *worker = session->worker;
    if (link_is_in(&session->link)) {
        link_remove(&session->link);
        worker->place_counts[session->place] -= 1;
    }
    session->magic = 0;
    worker->churn += 1;
    session->slot = worker->free_session;
    worker->free_session = session->index + 1;
    (void)atomic_fetch_sub_explicit(&worker->shared->session_count, 1, memory_order_relaxed);
}

static void
session_on_refused_closed(uv_handle_t *handle)
{
    free(handle);
}

/* No room: the connection is taken from the kernel's queue only to be closed. */
static void
session_turn_away(uv_stream_t *listener)
{
    counter_add(sessions_refused, 1);
    log_warning("intake", "connection refused: the limit of sessions is reached");
    uv_tcp_t *tcp = malloc(sizeof *tcp);
    if (tcp == NULL || uv_tcp_init(listener->loop, tcp) != 0) {
        free(tcp);
        return;
    }
    (void)uv_accept(listener, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, session_on_refused_closed);
}

static bool
session_count_address(struct session *session)
{
    struct worker *worker = session->worker;
    struct sockaddr_storage peer;
    int size = sizeof peer;
    if (uv_tcp_getpeername(&session->stream.tcp, (struct sockaddr *)&peer, &size) != 0) {
        return false; /* gone already */
    }
    session->address = address_key_of((const struct sockaddr *)&peer);
    session->counted = address_table_add(&worker->addresses, &session->address,
                                         worker->options->unproven_per_address_max);
    if (!session->counted) {
        char text[64];
        counter_add(sessions_refused, 1);
        log_warning("intake", "connection from %s refused: it has too many",
                    address_key_text(&session->address, text, sizeof text));
    }
    return session->counted;
}

static void
session_uncount_address(struct session *session)
{
    if (session->counted) {
        session->counted = false;
        address_table_remove(&session->worker->addresses, &session->address);
    }
}

void
session_accept(struct worker *worker, uv_stream_t *listener, unsigned listener_index)
{
    uint32_t all = atomic_load_explicit(&worker->shared->session_count, memory_order_relaxed);
    bool room = worker->free_session != 0 || worker->sessions_fresh < worker->sessions_size;
    if (!room || all >= worker->options->sessions_max || worker->stop_by_ms != 0) {
        session_turn_away(listener);
        return;
    }
    struct session *session = session_new(worker, listener_index);
    (void)atomic_fetch_add_explicit(&worker->shared->session_count, 1, memory_order_relaxed);
    bool tls = worker->tls[listener_index] != NULL;
    bool existed = false;
    enum error error = stream_accept(&session->stream, &worker->stream, listener, tls, &existed);
    if (!existed) {
        session_free(session);
        return;
    }
    session_move(session, tls ? SESSION_STARTING : SESSION_CLOSED);
    if (error != ERROR_NONE || !session_count_address(session)) {
        session_close(session);
        return;
    }
    if (!tls) {
        session_serve(session);
    }
}

/* REQ A4: a reconnect replaces the old session at once; other workers see it by the epoch. */
static void
session_take_slot(struct session *session, uint32_t slot)
{
    struct worker *worker = session->worker;
    if (slot == 0 || slot >= LIMIT_UNITS || slot == session->slot) {
        return;
    }
    uint32_t older = worker->by_slot[slot];
    if (older != 0) {
        session_close(&worker->sessions[older - 1]);
    }
    worker->by_slot[slot] = session->index + 1;
    session->slot = slot;
    session->epoch =
        1 + atomic_fetch_add_explicit(&worker->shared->epochs[slot], 1, memory_order_relaxed);
}

const struct registry_unit *
session_unit(struct session *session)
{
    const struct worker *worker = session->worker;
    if (session->registry_turn != worker->registry_turn) {
        session->registry_turn = worker->registry_turn;
        session->unchecked = true;
        session->unit = worker->registry != NULL && session->identified
                            ? registry_find_fingerprint(worker->registry, session->fingerprint)
                            : NULL;
    }
    return session->unit;
}

/* What a new registry means for a session. False when it ended it. */
static bool
session_apply_registry(struct session *session)
{
    struct worker *worker = session->worker;
    session->unchecked = false;
    if (worker->registry != NULL && registry_is_revoked(worker->registry, session->fingerprint)) {
        counter_add(credentials_revoked, 1); /* REQ S3: the old credential after a re-key */
        session_refuse(session, "credential revoked");
        return false;
    }
    if (session->unit != NULL) {
        session_uncount_address(session); /* known: no limit of strangers applies to it */
        admission_learn(session);
        session_take_slot(session, session->unit->slot);
    }
    return true;
}

bool
session_check(struct session *session)
{
    if (session->place != SESSION_SERVED) {
        return false;
    }
    if (!session->identified) {
        return true;
    }
    (void)session_unit(session);
    if (session->unchecked && !session_apply_registry(session)) {
        return false;
    }
    if (session->slot != 0 && atomic_load_explicit(&session->worker->shared->epochs[session->slot],
                                                   memory_order_relaxed) != session->epoch) {
        session_close(session);
        return false;
    }
    return true;
}

void
session_touch_path(struct session *session, const struct registry_unit *unit, enum path path,
                   bool poll)
{
    if (unit != NULL) {
        last_seen_note(session->worker->options->last_seen, unit->slot, path, poll,
                       session->worker->now_ms);
    }
}

void
session_touch(struct session *session)
{
    session_touch_path(session, session_unit(session), PATH_MAIN, false);
}

/* Who a native peer is. False when TLS cannot say, which its verification excludes. */
static bool
session_read_peer(struct session *session)
{
    struct tls_peer peer;
    if (tls_peer_read(session->stream.ssl, &peer) != ERROR_NONE) {
        counter_add(certificates_refused, 1);
        return false;
    }
    memcpy(session->fingerprint, peer.fingerprint, sizeof session->fingerprint);
    session->identified = true;
    session->expired = tls_peer_expired(&peer, clock_wall_us() / US_PER_S);
    if (session->expired) {
        char text[64];
        counter_add(certificates_expired, 1); /* served all the same: rule R0 */
        log_warning("intake", "certificate with wrong dates in use from %s",
                    address_key_text(&session->address, text, sizeof text));
    }
    return true;
}

void
session_serve(struct session *session)
{
    struct worker *worker = session->worker;
    session_move(session, SESSION_SERVED);
    session->heard_ms = worker->now_ms;
    (void)atomic_fetch_add_explicit(&worker->served_count, 1, memory_order_relaxed);
    counter_add(sessions_opened, 1);
    counter_add(sessions_resumed, session->stream.resumed ? 1 : 0);
    if (session->protocol == &protocol_native && !session_read_peer(session)) {
        session_close(session);
        return;
    }
    if (session->stream.ssl != NULL) {
        tls_release_handshake(session->stream.ssl, &worker->tickets);
    }
    if (session_check(session)) {
        session_touch(session);
        stream_continue(&session->stream);
    }
}

void
session_refuse(struct session *session, const char *reason)
{
    if (session->place != SESSION_SERVED) {
        return;
    }
    char text[64];
    const struct registry_unit *unit = session_unit(session);
    log_warning("intake", "%s session of unit %s from %s ended: %s", session->protocol->name,
                unit != NULL ? unit->id : "?",
                address_key_text(&session->address, text, sizeof text), reason);
    session->refusal = reason;
    session_finish(session);
}

void
session_finish(struct session *session)
{
    if (session->place != SESSION_SERVED) {
        return;
    }
    session_move(session, SESSION_FINISHING);
    stream_pause(&session->stream);
    link_remove(&session->task);
    if (session->in_flight == 0) {
        session_end(session);
    }
}

void
session_end(struct session *session)
{
    if (session->refusal != NULL) {
        session->protocol->encode_refusal(session, session->refusal);
    }
    session_flush(session);
    if (session->place != SESSION_FINISHING) {
        return; /* the flush failed and closed it */
    }
    session_move(session, SESSION_ENDING);
    stream_end(&session->stream);
}

void
session_close(struct session *session)
{
    if (session->place == SESSION_CLOSED && session->stream.state == STREAM_CLOSING) {
        return;
    }
    struct worker *worker = session->worker;
    admission_release(session);
    link_remove(&session->task);
    session_uncount_address(session);
    if (session->slot != 0 && worker->by_slot[session->slot] == session->index + 1) {
        worker->by_slot[session->slot] = 0;
    }
    free(session->rest);
    session->rest = NULL;
    link_remove(&session->dirty);
    if (session->reply != NULL) {
        worker_reply_give(worker, session->reply);
        session->reply = NULL;
    }
    session_move(session, SESSION_CLOSED);
    stream_close(&session->stream);
}

/* The stream's side. */

static struct session *
session_of(struct stream *stream)
{
    return checked_cast(container_of(stream, struct session, stream), struct session,
                        SESSION_MAGIC);
}

static void
session_on_stream_handshake(struct stream *stream)
{
    admission_on_bytes(session_of(stream));
}

static void
session_on_stream_bytes(struct stream *stream, const uint8_t *bytes, size_t size)
{
    struct session *session = session_of(stream);
    if (session_check(session)) {
        session_take_bytes(session, bytes, size);
    }
}

static void
session_on_stream_end(struct stream *stream)
{
    struct session *session = session_of(stream);
    if (session->place == SESSION_SERVED) {
        session_finish(session);
    } else if (session->place != SESSION_FINISHING) {
        session_close(session);
    }
}

static void
session_on_stream_failed(struct stream *stream, enum error error)
{
    struct session *session = session_of(stream);
    if (session->place >= SESSION_WAITING && session->place <= SESSION_SHAKING) {
        counter_add(handshakes_failed, 1);
    }
    log_debug("intake", "stream closed: %s", error_text(error));
    session_close(session);
}

static void
session_on_stream_closed(struct stream *stream)
{
    session_free(session_of(stream));
}

const struct stream_callbacks session_stream_callbacks = {
    .stream_on_handshake = session_on_stream_handshake,
    .stream_on_bytes = session_on_stream_bytes,
    .stream_on_end = session_on_stream_end,
    .stream_on_failed = session_on_stream_failed,
    .stream_on_closed = session_on_stream_closed,
};
