/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. uv_read -> stream_on_read -> (TLS: the shared BIO reads straight from the read
 * buffer)
 * -> SSL_read -> on_bytes. Output: SSL_write -> shared->out -> uv_try_write, no copy, no
 * allocation.
 *
 * Failures. Reset, TLS alert, unread backlog: one on_failed; the owner closes. A peer that stops
 * reading costs at most STREAM_BACKLOG_MAX.
 *
 * On close. TLS object, kept bytes, then the handle; write requests still queued are called back by
 * libuv with UV_ECANCELED and free themselves.
 */
#include "intake/stream_internal.h"

#include "base/clock.h"
#include "base/require.h"
#include "intake/tls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define KEEPALIVE_S 60
#define UNACKNOWLEDGED_MS_MAX 30000u

/* Input. */

static bool
stream_hold(struct stream *stream, const uint8_t *bytes, size_t size)
{
    if (size == 0) {
        return true;
    }
    if (size > STREAM_HELD_MAX - stream->held_size) {
        return false;
    }
    uint8_t *grown = realloc(stream->held, stream->held_size + size);
    if (grown == NULL) {
        return false;
    }
    memcpy(grown + stream->held_size, bytes, size);
    stream->held = grown;
    stream->held_size += (uint32_t)size;
    return true;
}

static void
stream_on_peer_end(struct stream *stream)
{
    if (!stream->ended && stream->state != STREAM_CLOSING) {
        stream->ended = true;
        stream->shared->callbacks->stream_on_end(stream);
    }
}

/* One record's worth of plain bytes to the owner. False when there is no more to do now. */
static bool
stream_take_record(struct stream *stream)
{
    struct stream_shared *shared = stream->shared;
    size_t size = 0;
    ERR_clear_error();
    if (SSL_read_ex(stream->ssl, shared->plain, sizeof shared->plain, &size) == 1) {
        shared->callbacks->stream_on_bytes(stream, shared->plain, size);
        /* OpenSSL does not read ahead: without bytes left, asking again would only cost */
        return shared->in_size > 0 || stream->ssl == NULL || SSL_has_pending(stream->ssl) == 1;
    }
    int why = SSL_get_error(stream->ssl, 0);
    if (why == SSL_ERROR_ZERO_RETURN) {
        stream_on_peer_end(stream);
    } else if (why != SSL_ERROR_WANT_READ) {
        enum error sent = stream_flush(stream); /* the alert */
        (void)sent;                             /* nothing is left to do about it */
        stream_fail(stream, ERROR_TLS);
    }
    return false;
}

/* Decrypts and delivers; keeps what a pause left over. */
static void
stream_deliver_tls(struct stream *stream, const uint8_t *bytes, size_t size)
{
    struct stream_shared *shared = stream->shared;
    shared->in = bytes;
    shared->in_size = size;
    while (stream->state == STREAM_OPEN && !stream->paused && !stream->ended &&
           stream_take_record(stream)) {
    }
    size_t left = shared->in_size;
    const uint8_t *rest = shared->in;
    shared->in_size = 0;
    if (stream->state != STREAM_OPEN || stream->ended) {
        shared->out_size = 0;
        return;
    }
    enum error error = stream_flush(stream); /* the answer to a key update */
    if (error == ERROR_NONE && !stream_hold(stream, rest, left)) {
        error = ERROR_FULL;
    }
    if (error != ERROR_NONE) {
        stream_fail(stream, error);
    }
}

static void
stream_deliver(struct stream *stream, const uint8_t *bytes, size_t size)
{
    if (stream->ssl != NULL) {
        stream_deliver_tls(stream, bytes, size);
    } else {
        stream->shared->callbacks->stream_on_bytes(stream, bytes, size);
    }
}

static void
stream_on_read_ended(struct stream *stream, ssize_t status)
{
    (void)uv_read_stop((uv_stream_t *)&stream->tcp);
    if (status != UV_EOF || stream->state == STREAM_STARTING) {
        stream_fail(stream, status == UV_EOF ? ERROR_CLOSED : ERROR_IO);
        return;
    }
    stream_on_peer_end(stream);
}

static void
stream_on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer)
{
    struct stream *stream = checked_cast(handle->data, struct stream, STREAM_MAGIC);
    if (size < 0) {
        stream_on_read_ended(stream, size);
        return;
    }
    if (size == 0 || stream->state == STREAM_ENDING || stream->state == STREAM_CLOSING) {
        return;
    }
    const uint8_t *bytes = (const uint8_t *)buffer->base;
    stream->shared->read_mono_us = clock_mono_us();
    if (stream->state == STREAM_OPEN && stream->held == NULL) {
        stream_deliver(stream, bytes, (size_t)size);
        return;
    }
    if (!stream_hold(stream, bytes, (size_t)size)) {
        stream_fail(stream, ERROR_FULL);
    } else if (stream->state == STREAM_STARTING) {
        stream->shared->callbacks->stream_on_handshake(stream);
    }
}

static void
stream_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    struct stream *stream = checked_cast(handle->data, struct stream, STREAM_MAGIC);
    *ret_buffer = uv_buf_init((char *)stream->shared->read, STREAM_READ_SIZE);
}

void
stream_pause(struct stream *stream)
{
    stream->paused = true;
    (void)uv_read_stop((uv_stream_t *)&stream->tcp);
}

void
stream_continue(struct stream *stream)
{
    if (stream->state != STREAM_OPEN) {
        return;
    }
    stream->paused = false;
    stream->shared->read_mono_us = clock_mono_us();
    uint8_t *held = stream->held;
    size_t size = stream->held_size;
    stream->held = NULL;
    stream->held_size = 0;
    /* TLS may hold a decrypted rest of a record even when no bytes are kept. */
    if (stream->ssl != NULL || size > 0) {
        stream_deliver(stream, held, size);
    }
    free(held);
    if (stream->state == STREAM_OPEN && !stream->paused && !stream->ended) {
        int status = uv_read_start((uv_stream_t *)&stream->tcp, stream_on_alloc, stream_on_read);
        if (status != 0 && status != UV_EALREADY) {
            stream_fail(stream, ERROR_IO);
        }
    }
}

/* Beginning. */

static void
stream_set_socket(struct stream *stream)
{
    (void)uv_tcp_nodelay(&stream->tcp, 1);
    (void)uv_tcp_keepalive(&stream->tcp, 1, KEEPALIVE_S);
    uv_os_fd_t fd;
    if (uv_fileno((const uv_handle_t *)&stream->tcp, &fd) == 0) {
        /* A unit whose radio link died must not look alive for a quarter of an hour. */
        unsigned limit_ms = UNACKNOWLEDGED_MS_MAX;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit_ms, sizeof limit_ms);
    }
}

enum error
stream_accept(struct stream *stream, struct stream_shared *shared, uv_stream_t *listener, bool tls,
              bool *ret_existed)
{
    *stream = (struct stream){
        .magic = STREAM_MAGIC, .state = tls ? STREAM_STARTING : STREAM_OPEN, .shared = shared};
    *ret_existed = uv_tcp_init(listener->loop, &stream->tcp) == 0;
    if (!*ret_existed) {
        return ERROR_MEMORY;
    }
    stream->tcp.data = stream;
    if (uv_accept(listener, (uv_stream_t *)&stream->tcp) != 0 ||
        uv_read_start((uv_stream_t *)&stream->tcp, stream_on_alloc, stream_on_read) != 0) {
        stream_close(stream);
        return ERROR_IO;
    }
    stream_set_socket(stream);
    return ERROR_NONE;
}

static bool
stream_make_tls(struct stream *stream, SSL_CTX *context)
{
    stream->ssl = SSL_new(context);
    if (stream->ssl == NULL) {
        return false;
    }
    BIO *bio = stream->shared->bio;
    (void)BIO_up_ref(bio);
    SSL_set_bio(stream->ssl, bio, bio); /* one reference for both directions */
    SSL_set_accept_state(stream->ssl);
    return true;
}

/* Gives the kept bytes to TLS and keeps what it did not want. */
static int
stream_handshake_turn(struct stream *stream)
{
    struct stream_shared *shared = stream->shared;
    shared->in = stream->held;
    shared->in_size = stream->held_size;
    ERR_clear_error();
    int result = SSL_do_handshake(stream->ssl);
    size_t left = shared->in_size;
    if (left == 0) {
        free(stream->held);
        stream->held = NULL;
    } else {
        memmove(stream->held, shared->in, left);
    }
    stream->held_size = (uint32_t)left;
    shared->in_size = 0;
    return result;
}

enum error
stream_handshake(struct stream *stream, SSL_CTX *context, const char **ret_text)
{
    require(stream->state == STREAM_STARTING);
    if (stream->ssl == NULL && !stream_make_tls(stream, context)) {
        *ret_text = "out of memory";
        return ERROR_MEMORY;
    }
    int result = stream_handshake_turn(stream);
    int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(stream->ssl, result);
    enum error sent = stream_flush(stream);
    if (why == SSL_ERROR_WANT_READ && sent == ERROR_NONE) {
        return ERROR_AGAIN;
    }
    if (why != SSL_ERROR_NONE) {
        return tls_failure(stream->ssl, ret_text);
    }
    if (sent != ERROR_NONE) {
        *ret_text = error_text(sent);
        return sent;
    }
    stream->resumed = SSL_session_reused(stream->ssl) == 1;
    stream->state = STREAM_OPEN;
    return ERROR_NONE;
}

/* End. */

static void
stream_on_shutdown(uv_shutdown_t *request, int status)
{
    struct stream *stream = checked_cast(request->handle->data, struct stream, STREAM_MAGIC);
    free(request);
    if (stream->state == STREAM_ENDING && stream->ended) {
        stream->shared->callbacks->stream_on_end(stream); /* both have ended */
    }
}

void
stream_end(struct stream *stream)
{
    if (stream->state != STREAM_OPEN) {
        return;
    }
    struct stream_shared *shared = stream->shared;
    if (stream->ssl != NULL) {
        size_t in_size = shared->in_size;
        shared->in_size = 0;
        ERR_clear_error();
        (void)SSL_shutdown(stream->ssl);
        enum error sent = stream_flush(stream);
        (void)sent; /* a close_notify that cannot leave: the FIN cannot either */
        shared->in_size = in_size;
    }
    stream->state = STREAM_ENDING;
    stream->paused = false;
    uv_shutdown_t *request = malloc(sizeof *request);
    if (request == NULL ||
        uv_shutdown(request, (uv_stream_t *)&stream->tcp, stream_on_shutdown) != 0) {
        free(request);
        stream_fail(stream, ERROR_IO);
        return;
    }
    if (!stream->ended) {
        /* Read on, so that bytes in the kernel do not turn our FIN into a reset. */
        (void)uv_read_start((uv_stream_t *)&stream->tcp, stream_on_alloc, stream_on_read);
    }
}

static void
stream_on_close(uv_handle_t *handle)
{
    struct stream *stream = checked_cast(handle->data, struct stream, STREAM_MAGIC);
    stream->magic = 0;
    stream->shared->callbacks->stream_on_closed(stream);
}

void
stream_close(struct stream *stream)
{
    if (stream->state == STREAM_CLOSING) {
        return;
    }
    stream->state = STREAM_CLOSING;
    SSL_free(stream->ssl);
    stream->ssl = NULL;
    free(stream->held);
    stream->held = NULL;
    stream->held_size = 0;
    uv_close((uv_handle_t *)&stream->tcp, stream_on_close);
}
