/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One BIO for every TLS connection of a thread: it reads from the bytes the loop just delivered and
 * writes to one buffer that is sent right after the call, so an idle connection holds no buffers.
 * One thread.
 */
#ifndef BENCH_SHARED_BIO_H
#define BENCH_SHARED_BIO_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define SHARED_BIO_OUT 131072u
#define SHARED_BIO_FULL 65536u /* flush before the next TLS call when more is waiting */

struct shared_bio
{
    BIO_METHOD *method;
    BIO *bio;
    const uint8_t *in; /* input of the call in progress */
    size_t in_size;
    size_t out_size;
    uint8_t out[SHARED_BIO_OUT];
};

/* False when memory is short. Lives as long as the process. */
bool shared_bio_init(struct shared_bio *shared);
void shared_bio_attach(struct shared_bio *shared, SSL *ssl);
/* Sends bytes; what the kernel does not take at once is copied and waits in libuv's queue. False
 * when the connection is broken. */
bool shared_bio_send(uv_stream_t *stream, const void *bytes, size_t size);
/* Sends what the TLS calls left in `out`. */
bool shared_bio_flush(struct shared_bio *shared, uv_stream_t *stream);

#endif
