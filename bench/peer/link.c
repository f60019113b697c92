/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. connect -> handshake -> greeting sent -> first answer: up -> bytes to the scenario.
 *
 * Failures. Anything closes the link; the scenario decides in on_down whether it comes back.
 *
 * On close. TLS object, kept bytes, handle, then on_down.
 */
#include "peer.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t
peer_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int
link_on_session(SSL *ssl, SSL_SESSION *session)
{
    struct peer_link *link = SSL_get_app_data(ssl);
    if (!link->thread->options->resume) {
        return 0;
    }
    SSL_SESSION_free(link->session);
    link->session = session;
    return 1;
}

bool
peer_thread_init(struct peer_thread *thread)
{
    char path[1024];
    const struct peer_options *options = thread->options;
    (void)snprintf(path, sizeof path, "%s/ca.crt", options->pki);
    thread->tls = SSL_CTX_new(TLS_client_method());
    if (thread->tls == NULL || SSL_CTX_set_min_proto_version(thread->tls, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(thread->tls, "TLS_AES_256_GCM_SHA384") != 1 ||
        SSL_CTX_set1_groups_list(thread->tls, "X25519") != 1 ||
        SSL_CTX_load_verify_file(thread->tls, path) != 1) {
        fprintf(stderr, "larwm-bench-peer: %s cannot be used\n", path);
        return false;
    }
    SSL_CTX_set_verify(thread->tls, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_mode(thread->tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    (void)SSL_CTX_set_options(thread->tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_session_cache_mode(thread->tls,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(thread->tls, link_on_session);
    (void)uv_loop_init(&thread->loop);
    (void)uv_timer_init(&thread->loop, &thread->timer);
    thread->timer.data = thread;
    return shared_bio_init(&thread->io);
}

void
peer_thread_start_links(struct peer_thread *thread)
{
    unsigned share = thread->options->in_progress / thread->options->threads;
    share = share == 0 ? 1 : share;
    while (thread->started < thread->count && thread->started < thread->up + share) {
        thread->started += 1;
        peer_link_connect(&thread->links[thread->started - 1]);
    }
}

static void
link_on_closed(uv_handle_t *handle)
{
    struct peer_link *link = handle->data;
    free(link->rest);
    link->rest = NULL;
    link->rest_size = 0;
    link->state = PEER_DOWN;
    if (link->thread->events->on_down != NULL) {
        link->thread->events->on_down(link);
    }
}

void
peer_link_close(struct peer_link *link)
{
    if (link->state == PEER_CLOSING || link->state == PEER_DOWN) {
        return;
    }
    if (link->state == PEER_UP) {
        link->thread->up -= 1;
        (void)SSL_shutdown(link->ssl);
        (void)shared_bio_flush(&link->thread->io, (uv_stream_t *)&link->tcp);
    }
    link->thread->io.out_size = 0;
    link->state = PEER_CLOSING;
    SSL_free(link->ssl);
    link->ssl = NULL;
    uv_close((uv_handle_t *)&link->tcp, link_on_closed);
}

static void
link_fail(struct peer_link *link, const char *why)
{
    static bool told;
    if (!told && !link->thread->over) {
        told = true; /* the first says enough */
        fprintf(stderr, "larwm-bench-peer: link %u in state %d: %s\n", link->index,
                (int)link->state, why);
    }
    link->thread->lost += link->thread->over ? 0 : 1;
    peer_link_close(link);
}

bool
peer_link_put(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    size_t written = 0;
    ERR_clear_error();
    if (SSL_write_ex(link->ssl, bytes, size, &written) != 1) {
        link_fail(link, "cannot write");
        return false;
    }
    if (link->thread->io.out_size > SHARED_BIO_FULL) {
        peer_link_flush(link);
    }
    return link->state != PEER_CLOSING;
}

void
peer_link_flush(struct peer_link *link)
{
    if (link->state == PEER_CLOSING || link->state == PEER_DOWN) {
        link->thread->io.out_size = 0;
    } else if (!shared_bio_flush(&link->thread->io, (uv_stream_t *)&link->tcp)) {
        link_fail(link, "cannot send");
    }
}

static bool
link_greet(struct peer_link *link)
{
    uint8_t message[PEER_MESSAGE_MAX];
    const struct peer_options *options = link->thread->options;
    link->resumed = SSL_session_reused(link->ssl) == 1;
    link->state = PEER_GREETING;
    size_t size = options->protocol->greet(link->index, options->seed + link->index + 1, message,
                                           sizeof message);
    return peer_link_put(link, message, size);
}

static bool
link_handshake(struct peer_link *link)
{
    ERR_clear_error();
    int result = SSL_do_handshake(link->ssl);
    if (result == 1) {
        return link_greet(link);
    }
    if (SSL_get_error(link->ssl, result) != SSL_ERROR_WANT_READ) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());
        link_fail(link, reason != NULL ? reason : "handshake failed");
    }
    return false;
}

/* The greeting's answer, or the scenario's bytes. Returns how many were taken. */
static size_t
link_take(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    uint64_t sequence;
    if (link->state == PEER_GREETING) {
        switch (link->thread->options->protocol->answer(bytes, size, &at, &sequence)) {
            case PEER_PARTIAL:
                return 0;
            case PEER_ANSWER:
                link->state = PEER_UP;
                link->thread->up += 1;
                link->thread->events->on_up(link);
                break;
            default:
                fprintf(stderr, "larwm-bench-peer: link %u: %.*s\n", link->index,
                        (int)(size < 80 ? size : 80), (const char *)bytes);
                peer_give_up("the server does not take the greeting");
        }
    }
    if (link->state != PEER_UP || at == size) {
        return at;
    }
    size_t taken = link->thread->events->on_bytes(link, bytes + at, size - at);
    return taken == SIZE_MAX ? SIZE_MAX : at + taken;
}

static bool
link_keep(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    uint8_t *kept = size == 0 ? NULL : malloc(size);
    if (size > 0 && kept == NULL) {
        return false;
    }
    if (size > 0) {
        memcpy(kept, bytes, size);
    }
    free(link->rest);
    link->rest = kept;
    link->rest_size = (uint32_t)size;
    return true;
}

static void
link_deliver(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    uint8_t *joined = NULL;
    if (link->rest != NULL) {
        joined = malloc(link->rest_size + size);
        if (joined == NULL) {
            link_fail(link, "no memory");
            return;
        }
        memcpy(joined, link->rest, link->rest_size);
        memcpy(joined + link->rest_size, bytes, size);
        bytes = joined;
        size += link->rest_size;
    }
    size_t taken = link_take(link, bytes, size);
    if (link->state != PEER_CLOSING &&
        (taken == SIZE_MAX || !link_keep(link, bytes + taken, size - taken))) {
        link_fail(link, "an answer that makes no sense");
    }
    free(joined);
}

static void
link_read(struct peer_link *link)
{
    struct peer_thread *thread = link->thread;
    size_t size = 0;
    while (link->state != PEER_CLOSING && (link->state != PEER_SHAKING || link_handshake(link))) {
        ERR_clear_error();
        if (SSL_read_ex(link->ssl, thread->plain, sizeof thread->plain, &size) == 1) {
            link_deliver(link, thread->plain, size);
            continue;
        }
        if (SSL_get_error(link->ssl, 0) != SSL_ERROR_WANT_READ) {
            link_fail(link, "the server ended it");
        }
        break;
    }
}

static void
link_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct peer_link *link = stream->data;
    struct shared_bio *io = &link->thread->io;
    if (size < 0) {
        link_fail(link, uv_strerror((int)size));
        return;
    }
    io->in = (const uint8_t *)buffer->base;
    io->in_size = (size_t)size;
    link_read(link);
    io->in_size = 0;
    peer_link_flush(link);
}

static void
link_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    (void)suggested;
    struct peer_link *link = handle->data;
    *ret_buffer = uv_buf_init((char *)link->thread->read, sizeof link->thread->read);
}

static bool
link_start_tls(struct peer_link *link)
{
    link->ssl = SSL_new(link->thread->tls);
    if (link->ssl == NULL || SSL_set_app_data(link->ssl, link) != 1) {
        return false;
    }
    shared_bio_attach(&link->thread->io, link->ssl);
    SSL_set_connect_state(link->ssl);
    if (link->identity != NULL &&
        (SSL_use_certificate(link->ssl, link->identity->certificate) != 1 ||
         SSL_use_PrivateKey(link->ssl, link->identity->key) != 1)) {
        return false;
    }
    return link->session == NULL || SSL_set_session(link->ssl, link->session) == 1;
}

static void
link_on_connect(uv_connect_t *request, int status)
{
    struct peer_link *link = request->data;
    if (status == UV_ECANCELED) {
        return;
    }
    if (status != 0 || !link_start_tls(link) ||
        uv_read_start((uv_stream_t *)&link->tcp, link_on_alloc, link_on_read) != 0) {
        link_fail(link, status != 0 ? uv_strerror(status) : "no TLS");
        return;
    }
    (void)uv_tcp_nodelay(&link->tcp, 1);
    link->state = PEER_SHAKING;
    (void)link_handshake(link);
    peer_link_flush(link);
}

void
peer_link_connect(struct peer_link *link)
{
    const struct peer_options *options = link->thread->options;
    uint32_t source = INADDR_LOOPBACK + link->index % options->sources;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)options->port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)uv_tcp_init(&link->thread->loop, &link->tcp);
    link->tcp.data = link;
    link->connect.data = link;
    link->state = PEER_CONNECTING;
    link->began_ns = peer_now_ns();
    int status = uv_tcp_bind(&link->tcp, (const struct sockaddr *)&from, 0);
    if (status == 0) {
        status = uv_tcp_connect(&link->connect, &link->tcp, (const struct sockaddr *)&to,
                                link_on_connect);
    }
    if (status != 0) {
        link_fail(link, uv_strerror(status));
    }
}
