/* SPDX-License-Identifier: Apache-2.0 */
/* The way out of a stream, and the BIO that all streams of a worker share (see stream.c). */
#include "intake/stream_internal.h"

#include "base/require.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

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
    if (uv_write(&write->request, (uv_stream_t *)&stream->tcp, &buffer, 1, stream_on_written) !=
        0) {
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
enum error
stream_flush(struct stream *stream)
{
    struct stream_shared *shared = stream->shared;
    size_t size = shared->out_size;
    shared->out_size = 0;
    return size == 0 ? ERROR_NONE : stream_send(stream, shared->out, size);
}

void
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
