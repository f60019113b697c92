/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-bare: the least a server can do, to divide our own figures by. It answers every message
 * with the same bytes, over TLS 1.3 or clear; with a journal it appends the message to a
 * preallocated file and answers after fdatasync. No registry, no decoding, no limits: a ceiling,
 * not a server.
 *
 * Threads: one loop a worker, each with its own listening socket (SO_REUSEPORT), TLS context and
 * buffers; one journal thread. A worker's batch belongs to the worker, then to the journal thread
 * from bare_journal_submit until it comes back through bare_journal_take.
 */
#ifndef CEILING_BARE_H
#define CEILING_BARE_H

#include "shared_bio.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define BARE_THREADS_MAX 16u
#define BARE_BATCH_BYTES 262144u
#define BARE_BATCH_ENTRIES 4096u
#define BARE_JOURNAL_SIZE (64u << 20)
#define BARE_READ 65536u
#define BARE_PLAIN 16640u /* one whole TLS record */

struct bare_options
{
    unsigned port;
    unsigned threads;
    const char *certificate; /* NULL: clear */
    const char *key;
    const char *client_ca;   /* NULL: no client certificate is asked for */
    const char *journal_dir; /* NULL: echo */
    bool keep_peer;          /* keep session and client certificate after the handshake */
    bool tickets;
};

struct bare_session
{
    struct bare_worker *worker;
    SSL *ssl;
    unsigned waiting; /* messages at the journal */
    bool open;        /* handshake done */
    bool closing;
    bool closed; /* the handle is gone: freed when nothing waits */
    uv_tcp_t tcp;
};

struct bare_entry
{
    struct bare_session *session;
    uint32_t at; /* in bytes */
    uint32_t size;
};

struct bare_batch
{
    struct bare_batch *next;
    struct bare_worker *worker;
    uint32_t entry_count;
    uint32_t size;
    struct bare_entry entries[BARE_BATCH_ENTRIES];
    uint8_t bytes[BARE_BATCH_BYTES];
};

struct bare_worker
{
    const struct bare_options *options;
    struct bare_journal *journal; /* NULL: echo */
    pthread_t thread;
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_check_t turn_end;
    uv_async_t durable;
    SSL_CTX *tls;
    SSL_CTX *rest; /* an empty context of TLS 1.3's method: where sessions without their
                      handshake's leftovers live */
    struct bare_batch *filling;
    struct bare_batch *spare;
    pthread_mutex_t lock;    /* guards `done` */
    struct bare_batch *done; /* durable; put there by the journal thread, newest first */
    struct shared_bio io;
    uint8_t read[BARE_READ];
    uint8_t plain[BARE_PLAIN];
};

struct bare_journal
{
    int file;
    uint64_t at; /* in the file */
    pthread_t thread;
    pthread_mutex_t lock; /* guards `first` and `last` */
    pthread_cond_t filled;
    struct bare_batch *first;
    struct bare_batch *last;
    uint64_t syncs; /* journal thread; read by main after the end */
    uint64_t entries;
};

/* session.c; worker thread. */
SSL_CTX *bare_tls_create(const struct bare_options *options);
void bare_session_accept(struct bare_worker *worker);
/* Answers a message. */
void bare_session_answer(struct bare_session *session, const uint8_t *bytes, size_t size);
void bare_session_flush(struct bare_session *session);
/* A message came back from the journal; frees the session when it was the last of a closed one. */
void bare_session_release(struct bare_session *session);

/* journal.c */
/* False with errno when the file cannot be made. Main thread, before the workers. */
bool bare_journal_start(struct bare_journal *journal, const char *directory);
/* Worker thread: adds a message to the batch being filled. */
void bare_journal_add(struct bare_worker *worker, struct bare_session *session,
                      const uint8_t *bytes, size_t size);
/* Worker thread, at the end of each turn: hands the batch to the journal thread. */
void bare_journal_submit(struct bare_worker *worker);
/* Worker thread: answers what is durable. */
void bare_journal_take(struct bare_worker *worker);

#endif
