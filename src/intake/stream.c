/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. uv_read -> stream_on_read -> (TLS: the shared BIO reads straight from the read buffer)
 * -> SSL_read -> on_bytes. Output: SSL_write -> shared->out -> uv_try_write, no copy, no allocation.
 *
 * Failures. Reset, TLS alert, unread backlog: one on_failed; the owner closes. A peer that stops
 * reading costs at most STREAM_BACKLOG_MAX.
 *
 * On close. TLS object, kept bytes, then the handle; write requests still queued are called back by
 * libuv with UV_ECANCELED and free themselves.
 */
#include "intake/stream.h"

#include "base/require.h"
#include "intake/tls.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define STREAM_MAGIC 0x5354524Du

#define KEEPALIVE_S 60
#define UNACKNOWLEDGED_MS_MAX 30000u

struct stream_write_request
{
    uv_write_t request;
    uint8_t bytes[];
};

/* The shared BIO. */

static int
stream_on_bio_read(BIO *bio, char *to, size_t size, size_t *ret_size)
{
    struct stream_shared *shared = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (shared->in_size == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    size_t take = size < shared->in_size ? size : shared->in_size;
    memcpy(to, shared->in, take);
    shared->in += take;
    shared->in_size -= take;
    *ret_size = take;
    return 1;
}

static int
stream_on_bio_write(BIO *bio, const char *from, size_t size, size_t *ret_size)
{
    struct stream_shared *shared = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (size > STREAM_OUT_SIZE - shared->out_size) {
        return 0; /* more than any flight of ours: the TLS call fails, the session closes */
    }
    memcpy(shared->out + shared->out_size, from, size);
    shared->out_size += size;
    *ret_size = size;
    return 1;
}

static long
stream_on_bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

enum error
stream_shared_init(struct stream_shared *shared, const struct stream_callbacks *callbacks)
{
    shared->callbacks = callbacks;
    shared->in_size = 0;
    shared->out_size = 0;
    shared->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "larwm stream");
    if (shared->method == NULL || BIO_meth_set_read_ex(shared->method, stream_on_bio_read) != 1 ||
        BIO_meth_set_write_ex(shared->method, stream_on_bio_write) != 1 ||
        BIO_meth_set_ctrl(shared->method, stream_on_bio_ctrl) != 1) {
        BIO_meth_free(shared->method);
        return ERROR_MEMORY;
    }
    shared->bio = BIO_new(shared->method);
    if (shared->bio == NULL) {
        BIO_meth_free(shared->method);
        return ERROR_MEMORY;
    }
    BIO_set_data(shared->bio, shared);
    BIO_set_init(shared->bio, 1);
    return ERROR_NONE;
}

void
stream_shared_free(struct stream_shared *shared)
{
    (void)BIO_free(shared->bio);
    BIO_meth_free(shared->method);
}

/* Output. */

static void
stream_on_written(uv_write_t *request, int status)
{
    free(container_of(request, struct stream_write_request, request));
}

/* What the kernel did not take at once waits in libuv's queue. */
static enum error
stream_queue(struct stream *stream, const uint8_t *bytes, size_t size)
{
    if (uv_stream_get_write_queue_size((uv_stream_t *)&stream->tcp) + size > STREAM_BACKLOG_MAX) {
        return ERROR_FULL;
    }
    struct stream_write_request *write = malloc(sizeof *write + size);
    if (write == NULL) {
        return ERROR_MEMORY;
    }
    memcpy(write->bytes, bytes, size);
    uv_buf_t buffer = uv_buf_init((char *)write->bytes, (unsigned)size);
    if (uv_write(&write->request, (uv_stream_t *)&stream->tcp, &buffer, 1, stream_on_written) != 0) {
        free(write);
        return ERROR_IO;
    }
    return ERROR_NONE;
}

static enum error
stream_send(struct stream *stream, const uint8_t *bytes, size_t size)
{
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
    int sent = uv_try_write((uv_stream_t *)&stream->tcp, &buffer, 1);
    if (sent == UV_EAGAIN) {
        sent = 0;
    }
    if (sent < 0) {
        return ERROR_IO;
    }
    return (size_t)sent == size ? ERROR_NONE
                                : stream_queue(stream, bytes + sent, size - (size_t)sent);
}

/* Sends what a TLS call left in the shared buffer. */
static enum error
stream_flush(struct stream *stream)
{
    struct stream_shared *shared = stream->shared;
    size_t size = shared->out_size;
    shared->out_size = 0;
    return size == 0 ? ERROR_NONE : stream_send(stream, shared->out, size);
}

static void
stream_fail(struct stream *stream, enum error error)
{
    if (stream->state != STREAM_CLOSING) {
        stream->shared->callbacks->stream_on_failed(stream, error);
    }
}

static enum error
stream_write_tls(struct stream *stream, const uint8_t *bytes, size_t size)
{
    struct stream_shared *shared = stream->shared;
    /* The call may stand inside another stream's read: its input is none of ours. */
    const uint8_t *in = shared->in;
    size_t in_size = shared->in_size;
    shared->in_size = 0;
    enum error error = ERROR_NONE;
    while (size > 0 && error == ERROR_NONE) {
        size_t written = 0;
        ERR_clear_error();
        if (SSL_write_ex(stream->ssl, bytes, size, &written) != 1) {
            error = ERROR_TLS;
        } else {
            bytes += written;
            size -= written;
            error = stream_flush(stream);
        }
    }
    shared->out_size = 0;
    shared->in = in;
    shared->in_size = in_size;
    return error;
}

void
stream_write(struct stream *stream, const void *bytes, size_t size)
{
    if (stream->state != STREAM_OPEN || size == 0) {
        return;
    }
    enum error error = stream->ssl != NULL ? stream_write_tls(stream, bytes, size)
                                           : stream_send(stream, bytes, size);
    if (error != ERROR_NONE) {
        stream_fail(stream, error);
    }
}

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
        return true;
    }
    int why = SSL_get_error(stream->ssl, 0);
    if (why == SSL_ERROR_ZERO_RETURN) {
        stream_on_peer_end(stream);
    } else if (why != SSL_ERROR_WANT_READ) {
        (void)stream_flush(stream); /* the alert */
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
    *stream = (struct stream){.magic = STREAM_MAGIC,
                              .state = tls ? STREAM_STARTING : STREAM_OPEN,
                              .shared = shared};
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
        (void)stream_flush(stream);
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
