/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of DC-09 frames taken lately (resend.h).
 *
 * Happy path. The first copy is durable: its answer again, and a count. It is on its way to the
 * disk: the answer goes out with the first's.
 *
 * Failures. Whatever is not certainly a copy, is not one: the frame goes the long way, and triage
 * judges (docs/decisions/0009).
 */
#include "intake/protocol_dc09_internal.h"

#include "base/clock.h"
#include "base/counters.h"

/* In clear text anybody may speak for an account: believed only when it has no key. */
static bool
dc09_is_proven(const struct dc09_case *at)
{
    return at->message.encrypted || at->known == NULL || at->known->key_size == 0;
}

/* A copy of a durable frame: its answer again, made anew for its timestamp. False when there is
 * none, since the key went: then the frame is looked at as any other. It is no sign of life: the
 * first copy was one seconds ago, and anybody may send bytes again that he saw. */
static bool
dc09_answer_copy(struct dc09_case *at, struct resend_entry *entry)
{
    uint8_t reply[DC09_REPLY_MAX];
    size_t size = dc09_make_ack(at, reply);
    if (size == 0) {
        return false;
    }
    resend_count(&at->session->worker->resend, entry, clock_wall_us());
    uint64_t payer = at->message.encrypted || !dc09_is_proven(at) ? 0 : at->account_hash;
    if (session_spend(at->session, payer, SESSION_WEIGHT_LIGHT)) {
        session_reply(at->session, reply, size);
    }
    return true;
}

static bool
dc09_take_copy_of(struct dc09_case *at, struct resend_entry *entry)
{
    const struct session *session = at->session;
    if (entry->state == RESEND_DURABLE) {
        return dc09_answer_copy(at, entry);
    }
    if (entry->peer == session_peer(session)) {
        return resend_wait(entry, clock_wall_us());
    }
    if (session->datagram != NULL) {
        /* the first copy's answer goes to another address; this one sends again */
        resend_note(entry, clock_wall_us());
        return true;
    }
    return false;
}

bool
dc09_take_copy(struct dc09_case *at)
{
    struct session *session = at->session;
    struct worker *worker = session->worker;
    struct resend_entry *entry = NULL;
    if (dc09_is_event(&at->message)) {
        worker->resend.closings = closings_count(worker->options->closings);
        entry = resend_find(&worker->resend, at->frame->raw, at->frame->raw_size, session->listener,
                            worker->now_ms);
    }
    if (entry == NULL || !dc09_take_copy_of(at, entry)) {
        return false;
    }
    counter_add(frames_resent, 1);
    if (dc09_is_proven(at) && at->account_hash != 0) {
        session_speaks_for(session, at->account_hash);
    }
    return true;
}

uint32_t
dc09_remember(struct dc09_case *at)
{
    struct session *session = at->session;
    if (at->clock.nak) {
        return 0;
    }
    return resend_add(&session->worker->resend, at->frame->raw, at->frame->raw_size,
                      session->listener, session_peer(session), session->worker->now_ms);
}
