/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes in, replies out.
 *
 * Happy path. A read brings whole frames: they are used where they lie. What is left over, part of
 * a frame or frames held back by a pause, is copied and waits for the next read.
 *
 * Failures. A frame that does not come to its end in frame_limit_ms ends the session (worker.c). A
 * frame that cannot be read is counted; the protocol says whether the stream goes on.
 *
 * On close. session_close frees the rest; the frame in hand stays valid until its handler returns.
 */
#include "intake/session.h"

#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/datagram.h"
#include "intake/worker.h"

#include <stdlib.h>
#include <string.h>

void
session_count_damage(struct session *session, enum error error)
{
    char text[64];
    if (error == ERROR_CHECKSUM) {
        counter_add(frames_checksum, 1);
    } else if (error == ERROR_TOO_LARGE) {
        counter_add(frames_oversized, 1);
    } else {
        counter_add(frames_malformed, 1);
    }
    log_warning("intake", "%s frame from %s not taken: %s", session->protocol->name,
                address_key_text(&session->address, text, sizeof text), error_text(error));
}

/* Handles every whole frame. Returns how many bytes are used; *ret_frames counts the frames. */
static size_t
session_take_frames(struct session *session, const uint8_t *bytes, size_t size,
                    unsigned *ret_frames)
{
    size_t at = 0;
    *ret_frames = 0;
    while (session->place == SESSION_SERVED && !session_is_held(session)) {
        if (session->protocol->patient && size > at && !worker_has_room(session->worker)) {
            session_starve(session);
            return at;
        }
        struct protocol_frame frame;
        enum protocol_found found = session->protocol->detect(bytes, size, &at, &frame);
        if (found == FOUND_NOTHING) {
            return at;
        }
        *ret_frames += 1;
        session->heard_ms = session->worker->now_ms;
        if (found == FOUND_FRAME) {
            session->protocol->decode(session, &frame);
        } else {
            session_count_damage(session, frame.error);
            /* damaged frames cost a checksum each: they have a rate, too */
            (void)!session_spend(session, 0, SESSION_WEIGHT_LIGHT);
        }
        if (found == FOUND_HOPELESS) {
            session_refuse(session, error_text(frame.error));
        }
    }
    return at;
}

static void
session_watch_rest(struct session *session, bool progressed)
{
    if (session->slowed || session->starved) {
        return; /* its task is another */
    }
    bool partial = session->place == SESSION_SERVED && !session->paused &&
                   session->protocol->is_partial(session->rest, session->rest_size);
    if (!partial) {
        link_remove(&session->task);
        return;
    }
    if (progressed || !link_is_in(&session->task)) {
        session->task_ms = session->worker->now_ms;
        link_remove(&session->task);
        link_append(&session->worker->partials, &session->task);
    }
}

/* Keeps what is left over. False when memory is short. */
static bool
session_keep_rest(struct session *session, const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return true;
    }
    session->rest = malloc(size);
    if (session->rest == NULL) {
        return false;
    }
    memcpy(session->rest, bytes, size);
    session->rest_size = (uint32_t)size;
    return true;
}

void
session_take_bytes(struct session *session, const uint8_t *bytes, size_t size)
{
    if (size > 0) {
        session_trust(session);
    }
    /* The bytes in hand are ours for this call: a handler may close the session. */
    uint8_t *joined = session->rest;
    if (joined != NULL && size > 0) {
        joined = realloc(joined, session->rest_size + size);
        if (joined == NULL) {
            session_close(session);
            return;
        }
        memcpy(joined + session->rest_size, bytes, size);
    }
    if (joined != NULL) {
        bytes = joined;
        size += session->rest_size;
    }
    session->rest = NULL;
    session->rest_size = 0;
    unsigned frames;
    size_t used = session_take_frames(session, bytes, size, &frames);
    if (session->place == SESSION_SERVED &&
        !session_keep_rest(session, bytes + used, size - used)) {
        session_close(session);
    }
    free(joined);
    if (session->place == SESSION_SERVED) {
        session_watch_rest(session, frames > 0);
    }
}

void
session_reply(struct session *session, const void *bytes, size_t size)
{
    if (session->place == SESSION_DATAGRAM) {
        datagram_reply(session, bytes, size);
        return;
    }
    if (session->place != SESSION_SERVED && session->place != SESSION_FINISHING) {
        return;
    }
    require(size <= WORKER_REPLY_SIZE);
    if (session->reply != NULL && session->reply_size + size > WORKER_REPLY_SIZE) {
        session_flush(session);
        if (session->place == SESSION_CLOSED) {
            return; /* the peer was gone */
        }
    }
    if (session->reply == NULL) {
        session->reply = worker_reply_take(session->worker);
        session->reply_size = 0;
        link_append(&session->worker->dirty, &session->dirty);
    }
    memcpy(session->reply + session->reply_size, bytes, size);
    session->reply_size = (uint16_t)(session->reply_size + size);
}

void
session_flush(struct session *session)
{
    uint8_t *reply = session->reply;
    if (reply == NULL) {
        return;
    }
    session->reply = NULL;
    link_remove(&session->dirty);
    stream_write(&session->stream, reply, session->reply_size);
    worker_reply_give(session->worker, reply);
}
