/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal's way into the journal and the receipt's way back.
 *
 * Happy path. session_offer packs the signal into an entry of the worker's pool, no copy in
 * between, and pushes it; the journal's ticket finds the session by its handle and the protocol's
 * context by the entry's ref; the receipt goes out with all others of the turn.
 *
 * Failures. No entry left: PROTOCOL_OVERLOADED at once, the unit keeps its signal (DC-09 over TCP
 * or TLS is not read meanwhile: session_limits.c). Journal failed: PROTOCOL_FAILED by the ticket.
 * Session gone: the ticket is dropped, the unit sends again and the desk sees a repeat.
 *
 * On close. Nothing here: entries belong to the pool, contexts to the ticket.
 */
#include "intake/session.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/hash.h"
#include "base/require.h"
#include "intake/datagram.h"
#include "intake/worker.h"

#include <string.h>

static uint64_t
session_hash_text(uint64_t seed, const char *text)
{
    return hash_bytes(seed, text, strlen(text));
}

/* What makes two signals with one sequence the same signal. The position is no part of it: a
 * retransmission may carry a newer fix. */
static uint64_t
session_content_hash(const Larwm__Journal__Signal *signal)
{
    uint8_t head[2] = {(uint8_t)signal->kind, signal->restore != 0};
    uint64_t hash = hash_bytes(0, head, sizeof head);
    hash = session_hash_text(hash, signal->zone);
    hash = session_hash_text(hash, signal->text);
    return session_hash_text(hash, signal->code);
}

static void
session_fill_signal(struct session *session, const struct registry_unit *unit,
                    Larwm__Journal__Signal *signal)
{
    struct worker *worker = session->worker;
    signal->protocol = (Larwm__Protocol)session->protocol->number;
    signal->received_us = clock_wall_us();
    signal->content_hash = session_content_hash(signal);
    if (unit != NULL) {
        signal->unit = (char *)(uintptr_t)unit->id; /* packed from, not written to */
    }
    if (session->identified) {
        signal->fingerprint.data = session->fingerprint;
        signal->fingerprint.len = sizeof session->fingerprint;
        signal->credential_expired = session->expired;
    }
    if (session->network != 0) {
        signal->network = worker->networks[session->network];
    }
}

/* Packs into the entry. What does not fit is the raw frame, which is there for engineers. */
static void
session_pack(struct flow_entry *entry, Larwm__Journal__Signal *signal)
{
    size_t size = larwm__journal__signal__get_packed_size(signal);
    if (size > WORKER_BODY_MAX) {
        signal->raw.len = 0;
        size = larwm__journal__signal__get_packed_size(signal);
    }
    require(size <= WORKER_BODY_MAX); /* every text is bounded by the decoders */
    entry->size = (uint32_t)larwm__journal__signal__pack(signal, entry->body);
}

static void
session_push(struct session *session, struct flow_entry *entry,
             const struct protocol_context *context)
{
    struct worker *worker = session->worker;
    entry->type = RECORD_SIGNAL;
    struct worker_in_flight *in_flight =
        worker_push(worker, entry, session_handle(session), context);
    session->in_flight += 1;
    if (session->datagram != NULL) {
        in_flight->peer = session->datagram->peer;
        datagram_on_push(session);
    } else if (session->in_flight >= worker->options->in_flight_max) {
        session->paused = true;
        stream_pause(&session->stream);
    }
}

uint64_t
session_peer(const struct session *session)
{
    if (session->datagram == NULL) {
        return session_handle(session);
    }
    const struct datagram_peer *peer = &session->datagram->peer;
    bool four = peer->address.any.sa_family == AF_INET;
    return hash_bytes(session_handle(session), &peer->address,
                      four ? sizeof peer->address.four : sizeof peer->address.six);
}

/* A block and a free place beside it, or NULL. */
static struct flow_entry *
session_take_entry(struct session *session)
{
    struct worker *worker = session->worker;
    bool room =
        worker->in_flight_free != 0 && (session->datagram == NULL || datagram_admit(session));
    if (!room) {
        return NULL;
    }
    struct flow_entry *entry = pool_take(&worker->entries);
    if (entry == NULL && session->datagram != NULL) {
        datagram_release(session, &session->datagram->peer);
    }
    return entry;
}

void
session_offer(struct session *session, const struct registry_unit *unit,
              Larwm__Journal__Signal *signal, const struct protocol_context *context)
{
    counter_add(signals, 1);
    if (unit == NULL) {
        counter_add(signals_unregistered, 1);
    }
    session_touch_path(session, unit, (enum path)signal->path, false);
    struct flow_entry *entry = session_take_entry(session);
    if (entry == NULL) {
        (void)resend_settle(&session->worker->resend, context->resend, 0);
        session->protocol->encode_receipt(session, context, PROTOCOL_OVERLOADED);
        return;
    }
    session_fill_signal(session, unit, signal);
    session_pack(entry, signal);
    session_push(session, entry, context);
}

void
session_read_on(struct session *session)
{
    if (session_is_held(session)) {
        return;
    }
    if (session_check(session)) {
        session_take_bytes(session, NULL, 0);
    }
    if (session->place == SESSION_SERVED && !session_is_held(session)) {
        stream_continue(&session->stream);
    }
}

void
session_on_ticket(struct session *session, const struct protocol_context *context,
                  enum protocol_status status)
{
    require(session->in_flight > 0);
    session->in_flight -= 1;
    /* REQ A24: the only place where a receipt for a signal taken is sent. */
    session->protocol->encode_receipt(session, context, status);
    if (session->datagram != NULL) {
        datagram_on_ticket(session);
    } else if (session->place == SESSION_FINISHING && session->in_flight == 0) {
        session_end(session);
    } else if (session->paused &&
               session->in_flight <= session->worker->options->in_flight_max / 2) {
        session->paused = false; /* half of what was in flight is answered */
        session_read_on(session);
    }
}
