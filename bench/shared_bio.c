/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_bio.h"

#include <stdlib.h>
#include <string.h>

struct shared_bio_write
{
    uv_write_t request;
    uint8_t bytes[];
};

static int
shared_bio_on_read(BIO *bio, char *to, size_t size, size_t *ret_size)
{
    struct shared_bio *shared = BIO_get_data(bio);
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
shared_bio_on_write(BIO *bio, const char *from, size_t size, size_t *ret_size)
{
    struct shared_bio *shared = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (size > SHARED_BIO_OUT - shared->out_size) {
        return 0;
    }
    memcpy(shared->out + shared->out_size, from, size);
    shared->out_size += size;
    *ret_size = size;
    return 1;
}

static long
shared_bio_on_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

bool
shared_bio_init(struct shared_bio *shared)
{
    shared->in_size = 0;
    shared->out_size = 0;
    shared->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "larwm bench");
    if (shared->method == NULL || BIO_meth_set_read_ex(shared->method, shared_bio_on_read) != 1 ||
        BIO_meth_set_write_ex(shared->method, shared_bio_on_write) != 1 ||
        BIO_meth_set_ctrl(shared->method, shared_bio_on_ctrl) != 1) {
        return false;
    }
    shared->bio = BIO_new(shared->method);
    if (shared->bio == NULL) {
        return false;
    }
    BIO_set_data(shared->bio, shared);
    BIO_set_init(shared->bio, 1);
    return true;
}

void
shared_bio_attach(struct shared_bio *shared, SSL *ssl)
{
    (void)BIO_up_ref(shared->bio);
    SSL_set_bio(ssl, shared->bio, shared->bio);
}

static void
shared_bio_on_written(uv_write_t *request, int status)
{
    (void)status; /* a broken connection is seen by its reader */
    free((char *)request - offsetof(struct shared_bio_write, request));
}

static bool
shared_bio_queue(uv_stream_t *stream, const uint8_t *bytes, size_t size)
{
    struct shared_bio_write *write = malloc(sizeof *write + size);
    if (write == NULL) {
        return false;
    }
    memcpy(write->bytes, bytes, size);
    uv_buf_t buffer = uv_buf_init((char *)write->bytes, (unsigned)size);
    if (uv_write(&write->request, stream, &buffer, 1, shared_bio_on_written) != 0) {
        free(write);
        return false;
    }
    return true;
}

bool
shared_bio_send(uv_stream_t *stream, const void *bytes, size_t size)
{
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
    int sent = size == 0 ? 0 : uv_try_write(stream, &buffer, 1);
    sent = sent == UV_EAGAIN ? 0 : sent;
    if (sent < 0) {
        return false;
    }
    size_t left = size - (size_t)sent;
    return left == 0 || shared_bio_queue(stream, (const uint8_t *)bytes + sent, left);
}

bool
shared_bio_flush(struct shared_bio *shared, uv_stream_t *stream)
{
    size_t size = shared->out_size;
    shared->out_size = 0;
    return shared_bio_send(stream, shared->out, size);
}
