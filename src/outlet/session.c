/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: client_session_begin reads; whole frames go to request_take; what is due (own queue,
 * deltas, snapshot frames, the newest tick) goes out in one write a turn, the next when that one
 * ended.
 *
 * Failures: a frame that cannot be read gets a refusal as the last word; a client that does not
 * read is closed at its backlog; a socket error closes.
 *
 * On close: references and queue are dropped, the handle is closed, the outlet frees the place.
 */
#include "outlet/session.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "outlet/check.h"
#include "outlet/internal.h"
#include "outlet/request.h"
#include "outlet/wire.h"

#include <string.h>

uint64_t
client_session_handle(const struct client_session *session)
{
    return (uint64_t)session->generation << 32 | (session->index + 1u);
}

static bool
follows(const struct client_session *session)
{
    return session->follow == FOLLOW_SNAPSHOT || session->follow == FOLLOW_DELTAS;
}

static void
client_session_on_closed(uv_handle_t *handle)
{
    struct client_session *session =
        checked_cast(handle->data, struct client_session, SESSION_MAGIC);
    outlet_session_closed(session);
}

static void
drop_writing(struct client_session *session)
{
    struct buffer_store *store = &session->outlet->hub.store;
    for (unsigned i = 0; i < session->writing_count; i++) {
        buffer_drop(store, session->writing_buffers[i]);
    }
    session->writing_count = 0;
    session->writing_bytes = 0;
}

void
client_session_close(struct client_session *session)
{
    if (session->state == SESSION_CLOSING) {
        return;
    }
    session->state = SESSION_CLOSING;
    session->follow = FOLLOW_NOTHING;
    outlet_session_leaving(session);
    frame_reader_free(&session->reader);
    while (session->own_first != NULL) {
        struct buffer *buffer = session->own_first;
        session->own_first = buffer->next;
        buffer_drop(&session->outlet->hub.store, buffer);
    }
    session->own_last = NULL;
    session->own_bytes = 0;
    /* A write that has not ended keeps its buffers until its callback. */
    uv_close((uv_handle_t *)&session->pipe, client_session_on_closed);
}

static void
take_frames(struct client_session *session)
{
    while (session->state == SESSION_GREETING || session->state == SESSION_ACTIVE) {
        const uint8_t *frame;
        size_t size;
        enum error error = frame_reader_next(&session->reader, &frame, &size);
        if (error == ERROR_AGAIN) {
            return;
        }
        if (error != ERROR_NONE) {
            counter_add(client_frames_malformed, 1);
            client_session_refuse_and_close(
                session, 0, error == ERROR_TOO_LARGE ? REFUSAL_TOO_LARGE : REFUSAL_MALFORMED,
                "a frame has 1 to 262144 bytes");
            return;
        }
        request_take(session, frame, size);
    }
}

static void
client_session_on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
    struct client_session *session =
        checked_cast(handle->data, struct client_session, SESSION_MAGIC);
    uint8_t *room = NULL;
    size_t size = 0;
    if (frame_reader_room(&session->reader, &room, &size) != ERROR_NONE) {
        size = 0; /* libuv reports UV_ENOBUFS to client_session_on_read */
    }
    *ret_room = uv_buf_init((char *)room, (unsigned)size);
}

static void
client_session_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
    struct client_session *session =
        checked_cast(stream->data, struct client_session, SESSION_MAGIC);
    if (size < 0) {
        client_session_close(session);
        return;
    }
    frame_reader_fed(&session->reader, (size_t)size);
    take_frames(session);
    client_session_flush(session);
}

bool
client_session_begin(struct client_session *session)
{
    if (uv_read_start((uv_stream_t *)&session->pipe, client_session_on_room,
                      client_session_on_read) != 0) {
        client_session_close(session);
        return false;
    }
    return true;
}

void
client_session_send(struct client_session *session, struct buffer *buffer)
{
    if (buffer == NULL || session->state == SESSION_CLOSING) {
        /* Nothing may be left out in silence: without memory the client is cut off and resumes. */
        buffer_drop(&session->outlet->hub.store, buffer);
        client_session_close(session);
        return;
    }
    /* A Welcome goes before everything; later answers behind the deltas that were there first. */
    buffer->after = follows(session) ? session->outlet->hub.sequence : 0;
    buffer->next = NULL;
    if (session->own_last == NULL) {
        session->own_first = buffer;
    } else {
        session->own_last->next = buffer;
    }
    session->own_last = buffer;
    session->own_bytes += buffer->size;
}

void
client_session_refuse(struct client_session *session, uint64_t ref, const char *refusal,
                      const char *detail)
{
    counter_add(actions_refused, 1);
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    result.ref = ref;
    result.refusal = (char *)(uintptr_t)refusal; /* protobuf-c has no const; it only reads */
    result.detail = (char *)(uintptr_t)detail;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT;
    frame.result = &result;
    client_session_send(session, wire_server_frame(&session->outlet->hub.store, &frame));
}

void
client_session_refuse_and_close(struct client_session *session, uint64_t ref, const char *refusal,
                                const char *detail)
{
    log_warning("outlet", "session %u of uid %u is closed: %s (%s)", session->index,
                session->peer_user, refusal, detail);
    client_session_refuse(session, ref, refusal, detail);
    if (session->state == SESSION_CLOSING) {
        return;
    }
    session->state = SESSION_LAST_WORD;
    session->deadline_ms = clock_mono_ms() + SESSION_LAST_WORD_MS;
    session->follow = FOLLOW_NOTHING;
    (void)uv_read_stop((uv_stream_t *)&session->pipe);
    client_session_flush(session);
}

void
client_session_follow_from(struct client_session *session, uint64_t after)
{
    require(session->outlet->hub.ready);
    session->follow = FOLLOW_DELTAS;
    session->next = after + 1;
}

void
client_session_follow_snapshot(struct client_session *session)
{
    require(session->outlet->hub.ready);
    session->walk = hub_walk_begin(&session->outlet->hub);
    session->follow = FOLLOW_SNAPSHOT;
    session->next = session->walk.sequence + 1;
}

static struct buffer *
take_own(struct client_session *session)
{
    struct buffer *buffer = session->own_first;
    session->own_first = buffer->next;
    if (session->own_first == NULL) {
        session->own_last = NULL;
    }
    session->own_bytes -= buffer->size;
    return buffer;
}

/* What comes next on this socket, one reference for the caller; NULL when nothing is due. May close
 * the session. */
static struct buffer *
take_next(struct client_session *session)
{
    struct hub *hub = &session->outlet->hub;
    struct buffer *own = session->own_first;
    if (own != NULL && (!follows(session) || own->after < session->next)) {
        return take_own(session);
    }
    if (!follows(session)) {
        return NULL;
    }
    if (session->next <= hub->sequence) {
        struct buffer *delta = hub_delta(hub, session->next);
        if (delta == NULL) {
            log_warning("outlet", "session %u fell behind what is kept", session->index);
            client_session_close(session);
            return NULL;
        }
        session->next += 1;
        return buffer_hold(delta);
    }
    if (session->follow == FOLLOW_SNAPSHOT) {
        struct buffer *frame = hub_walk_next(hub, &session->walk);
        if (frame == NULL) {
            client_session_close(session);
        } else if (session->walk.done) {
            session->follow = FOLLOW_DELTAS;
        }
        return frame;
    }
    if (session->tick_no != hub->tick_no) {
        session->tick_no = hub->tick_no;
        return buffer_hold(hub->tick);
    }
    return NULL;
}

static void
client_session_on_written(uv_write_t *write, int status)
{
    struct client_session *session =
        checked_cast(write->data, struct client_session, SESSION_MAGIC);
    session->writing = false;
    drop_writing(session);
    if (session->state == SESSION_CLOSING) {
        return;
    }
    if (status < 0) {
        client_session_close(session);
        return;
    }
    client_session_flush(session);
}

/* What is taken for writing, without its first `skip` bytes. Returns how many pieces. */
static unsigned
write_pieces(const struct client_session *session, size_t skip,
             uv_buf_t pieces[SESSION_WRITE_BUFFERS])
{
    unsigned count = 0;
    for (unsigned i = 0; i < session->writing_count; i++) {
        struct buffer *buffer = session->writing_buffers[i];
        if (skip >= buffer->size) {
            skip -= buffer->size;
            continue;
        }
        pieces[count++] =
            uv_buf_init((char *)buffer->bytes + skip, (unsigned)(buffer->size - skip));
        skip = 0;
    }
    return count;
}

/* The kernel takes it when it can; the callback says when. */
static void
write_later(struct client_session *session, size_t sent)
{
    uv_buf_t pieces[SESSION_WRITE_BUFFERS];
    unsigned count = write_pieces(session, sent, pieces);
    session->write.data = session;
    int started = uv_write(&session->write, (uv_stream_t *)&session->pipe, pieces, count,
                           client_session_on_written);
    if (started != 0) {
        drop_writing(session);
        client_session_close(session);
        return;
    }
    session->writing = true;
}

/* Writes without a request, which costs libuv a callback and a call of epoll. True when the kernel
 * took everything; otherwise the rest is under way, or the session is closed. */
static bool
write_at_once(struct client_session *session)
{
    uv_buf_t pieces[SESSION_WRITE_BUFFERS];
    unsigned count = write_pieces(session, 0, pieces);
    int sent = uv_try_write((uv_stream_t *)&session->pipe, pieces, count);
    if (sent >= 0 && (uint64_t)sent == session->writing_bytes) {
        drop_writing(session);
        return true;
    }
    if (sent < 0 && sent != UV_EAGAIN) {
        drop_writing(session);
        client_session_close(session);
        return false;
    }
    write_later(session, sent < 0 ? 0 : (size_t)sent);
    return false;
}

/* Has the client left too much unread? A write that is still going on counts. */
static bool
is_too_slow(const struct client_session *session)
{
    uint64_t behind = session->own_bytes + session->writing_bytes;
    if (follows(session)) {
        uint64_t deltas = hub_bytes_from(&session->outlet->hub, session->next);
        if (deltas == UINT64_MAX) {
            return true;
        }
        behind += deltas;
    }
    return behind > session->outlet->backlog_bytes;
}

static void
take_for_writing(struct client_session *session)
{
    while (session->writing_count < SESSION_WRITE_BUFFERS &&
           session->writing_bytes < SESSION_WRITE_BYTES) {
        struct buffer *buffer = take_next(session);
        if (buffer == NULL) {
            break;
        }
        session->writing_buffers[session->writing_count] = buffer;
        session->writing_count += 1;
        session->writing_bytes += buffer->size;
    }
}

void
client_session_flush(struct client_session *session)
{
    if (session->state == SESSION_CLOSING) {
        return;
    }
    if (session->writing) {
        if (is_too_slow(session)) {
            log_warning("outlet", "session %u does not read: closed", session->index);
            client_session_close(session);
        }
        return;
    }
    take_for_writing(session);
    /* One lot at once; more goes by way of the loop, so that nobody waits for one who has much to
     * read. A last word does, too: whoever said it is still at work on the session. */
    if (session->state == SESSION_ACTIVE && session->writing_count > 0) {
        if (!write_at_once(session)) {
            return;
        }
        take_for_writing(session);
    }
    if (session->state == SESSION_CLOSING) {
        drop_writing(session);
    } else if (session->writing_count > 0) {
        write_later(session, 0);
    } else if (session->state == SESSION_LAST_WORD) {
        client_session_close(session);
    }
}
