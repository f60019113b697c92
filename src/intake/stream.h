/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP connection, clear or inside TLS, on one worker's loop.
 *
 * TLS reads and writes through one BIO that all streams of a worker share: it reads from the bytes
 * libuv just delivered and writes to one buffer that is sent right after the call, so an idle
 * session holds no buffers of ours.
 *
 *     STARTING --bytes--> (stream_handshake until done) --> OPEN --> ENDING --> CLOSING
 *     clear: OPEN at once. Any state may go to CLOSING.
 *
 * STARTING: bytes are kept, the owner decides when stream_handshake may spend time on them.
 * ENDING: our last byte is on its way; what still arrives is thrown away.
 * CLOSING: on_closed follows from the loop; nothing else does.
 */
#ifndef INTAKE_STREAM_H
#define INTAKE_STREAM_H

#include "base/error.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define STREAM_READ_SIZE 65536u    /* taken from the kernel at a time */
#define STREAM_PLAIN_SIZE 16640u   /* one whole TLS record */
#define STREAM_OUT_SIZE 65536u     /* what one TLS call may write: a handshake flight fits */
#define STREAM_HELD_MAX 131072u    /* bytes kept while a handshake waits or the session is paused */
#define STREAM_BACKLOG_MAX 262144u /* bytes a peer may leave unread before it is closed */

enum stream_state
{
    STREAM_STARTING,
    STREAM_OPEN,
    STREAM_ENDING,
    STREAM_CLOSING,
};

struct stream;

/* The owner's side. A callback may pause, write, end or close the stream, or any other. */
struct stream_callbacks
{
    /* Handshake bytes arrived; stream_handshake has work. */
    void (*stream_on_handshake)(struct stream *stream);
    /* Plain bytes, valid for the call: the owner keeps what it cannot use yet. */
    void (*stream_on_bytes)(struct stream *stream, const uint8_t *bytes, size_t size);
    /* The peer sends no more. In state ENDING: it has seen our end, too. */
    void (*stream_on_end)(struct stream *stream);
    /* Broken: reset, TLS error, backlog over its bound. Only stream_close is left. */
    void (*stream_on_failed)(struct stream *stream, enum error error);
    void (*stream_on_closed)(struct stream *stream);
};

/* What all streams of a worker share. */
struct stream_shared
{
    const struct stream_callbacks *callbacks;
    BIO_METHOD *method;
    BIO *bio;
    const uint8_t *in; /* TLS input of the call in progress */
    size_t in_size;
    uint64_t read_mono_us; /* when the bytes now in hand were read, for stage times */
    size_t out_size;
    uint8_t out[STREAM_OUT_SIZE];
    uint8_t read[STREAM_READ_SIZE];
    uint8_t plain[STREAM_PLAIN_SIZE];
};

struct stream
{
    uint32_t magic;
    uint8_t state; /* enum stream_state */
    bool paused;
    bool ended;   /* the peer sends no more */
    bool resumed; /* TLS by ticket */
    uint32_t held_size;
    uint8_t *held; /* bytes not given to TLS yet; NULL most of the time */
    struct stream_shared *shared;
    SSL *ssl; /* NULL: clear, or STARTING without a byte yet */
    uv_tcp_t tcp;
};

enum error
stream_shared_init(struct stream_shared *shared, const struct stream_callbacks *callbacks) MUST_USE;
void stream_shared_free(struct stream_shared *shared);

/*
 * Accepts the next connection of `listener` and starts reading. With an error the stream is in
 * state CLOSING and on_closed follows, or *ret_closed is true: the handle never existed.
 */
enum error stream_accept(struct stream *stream, struct stream_shared *shared, uv_stream_t *listener,
                         bool tls, bool *ret_existed) MUST_USE;

/*
 * One turn of the handshake with the bytes that are there. ERROR_NONE: done, the stream is OPEN and
 * stream_continue delivers what came with it. ERROR_AGAIN: needs more bytes. Else it failed
 * (the alert is sent; *ret_text says why, valid until the next TLS call).
 */
enum error
stream_handshake(struct stream *stream, SSL_CTX *context, const char **ret_text) MUST_USE;
/* Delivers bytes kept while pausing or shaking hands, then reads on. */
void stream_continue(struct stream *stream);
/* Stops delivering, from within on_bytes or outside. stream_continue undoes it. */
void stream_pause(struct stream *stream);

/* Sends at once; what the kernel does not take is copied. A failure arrives as on_failed before
 * this returns. Only in state OPEN. */
void stream_write(struct stream *stream, const void *bytes, size_t size);
/* Sends close_notify and FIN after what was written. State ENDING. */
void stream_end(struct stream *stream);
/* Closes now. Safe to repeat. */
void stream_close(struct stream *stream);

#endif
