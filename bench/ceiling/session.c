/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. accept -> handshake -> (client certificate let go) -> each record read is echoed, or
 * goes to the journal and is echoed when it is back.
 *
 * Failures. Anything closes the connection.
 *
 * On close. TLS object, handle; the session itself when the journal holds nothing of it.
 */
#include "bare.h"

#include <netinet/in.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* Client certificates are checked as larwmd does, and the built chain is let go. */
static int
session_on_verify_chain(X509_STORE_CTX *store, void *data)
{
    (void)data;
    int good = X509_verify_cert(store);
    X509_STORE_CTX_set0_verified_chain(store, NULL);
    return good;
}

SSL_CTX *
bare_tls_create(const struct bare_options *options)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (tls == NULL || SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set1_groups_list(tls, "X25519:P-256:P-384") != 1 ||
        SSL_CTX_use_certificate_chain_file(tls, options->certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, options->key, SSL_FILETYPE_PEM) != 1) {
        return NULL;
    }
    (void)SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    (void)SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                       SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(tls, options->tickets ? 1 : 0);
    if (options->client_ca != NULL) {
        if (SSL_CTX_load_verify_file(tls, options->client_ca) != 1 ||
            SSL_CTX_set_session_id_context(tls, (const unsigned char *)"bare", 4) != 1) {
            return NULL;
        }
        SSL_CTX_set_client_CA_list(tls, SSL_load_client_CA_file(options->client_ca));
        SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        if (!options->keep_peer) {
            SSL_CTX_set_cert_verify_callback(tls, session_on_verify_chain, NULL);
        }
    }
    return tls;
}

static void
session_free_when_over(struct bare_session *session)
{
    if (session->closed && session->waiting == 0) {
        free(session);
    }
}

static void
session_on_closed(uv_handle_t *handle)
{
    struct bare_session *session = handle->data;
    session->closed = true;
    session_free_when_over(session);
}

static void
session_close(struct bare_session *session)
{
    if (!session->closing) {
        session->closing = true;
        SSL_free(session->ssl);
        session->ssl = NULL;
        uv_close((uv_handle_t *)&session->tcp, session_on_closed);
    }
}

void
bare_session_release(struct bare_session *session)
{
    session->waiting -= 1;
    session_free_when_over(session);
}

void
bare_session_flush(struct bare_session *session)
{
    struct shared_bio *io = &session->worker->io;
    if (session->closing) {
        io->out_size = 0;
    } else if (!shared_bio_flush(io, (uv_stream_t *)&session->tcp)) {
        session_close(session);
    }
}

void
bare_session_answer(struct bare_session *session, const uint8_t *bytes, size_t size)
{
    struct shared_bio *io = &session->worker->io;
    size_t written = 0;
    if (session->closing) {
        return;
    }
    if (session->ssl == NULL) {
        memcpy(io->out + io->out_size, bytes, size);
        io->out_size += size;
    } else {
        ERR_clear_error();
        if (SSL_write_ex(session->ssl, bytes, size, &written) != 1) {
            io->out_size = 0;
            session_close(session);
            return;
        }
    }
    if (io->out_size > SHARED_BIO_FULL) {
        bare_session_flush(session);
    }
}

static void
session_take(struct bare_session *session, const uint8_t *bytes, size_t size)
{
    if (session->worker->journal != NULL) {
        bare_journal_add(session->worker, session, bytes, size);
    } else {
        bare_session_answer(session, bytes, size);
    }
}

/* Session, client certificate and our own certificate's copy, about 9 KiB. SSL_set_session would
 * reset a connection whose method is not its context's: so it first moves to one of that method. */
static void
session_let_go(struct bare_session *session)
{
    struct bare_worker *worker = session->worker;
    if (worker->rest == NULL) {
        worker->rest = SSL_CTX_new(SSL_get_ssl_method(session->ssl));
    }
    if (worker->rest != NULL && SSL_set_SSL_CTX(session->ssl, worker->rest) != NULL) {
        (void)SSL_set_session(session->ssl, NULL);
    }
}

static bool
session_handshake(struct bare_session *session)
{
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);
    if (result == 1) {
        session->open = true;
        if (!session->worker->options->keep_peer) {
            session_let_go(session);
        }
        return true;
    }
    if (SSL_get_error(session->ssl, result) != SSL_ERROR_WANT_READ) {
        bare_session_flush(session); /* the alert */
        session_close(session);
    }
    return false;
}

static void
session_read_tls(struct bare_session *session)
{
    struct bare_worker *worker = session->worker;
    size_t size = 0;
    while (!session->closing && (session->open || session_handshake(session))) {
        ERR_clear_error();
        if (SSL_read_ex(session->ssl, worker->plain, sizeof worker->plain, &size) == 1) {
            session_take(session, worker->plain, size);
            continue;
        }
        if (SSL_get_error(session->ssl, 0) != SSL_ERROR_WANT_READ) {
            session_close(session);
        }
        break;
    }
}

static void
session_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct bare_session *session = stream->data;
    struct shared_bio *io = &session->worker->io;
    if (size < 0) {
        session_close(session);
        return;
    }
    if (session->ssl == NULL) {
        session_take(session, (const uint8_t *)buffer->base, (size_t)size);
    } else {
        io->in = (const uint8_t *)buffer->base;
        io->in_size = (size_t)size;
        session_read_tls(session);
        io->in_size = 0;
    }
    bare_session_flush(session);
}

static void
session_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    (void)suggested;
    struct bare_session *session = handle->data;
    *ret_buffer = uv_buf_init((char *)session->worker->read, BARE_READ);
}

static bool
session_start_tls(struct bare_session *session)
{
    struct bare_worker *worker = session->worker;
    if (worker->tls == NULL) {
        return true;
    }
    session->ssl = SSL_new(worker->tls);
    if (session->ssl == NULL) {
        return false;
    }
    shared_bio_attach(&worker->io, session->ssl);
    SSL_set_accept_state(session->ssl);
    return true;
}

void
bare_session_accept(struct bare_worker *worker)
{
    struct bare_session *session = calloc(1, sizeof *session);
    if (session == NULL) {
        return;
    }
    session->worker = worker;
    (void)uv_tcp_init(&worker->loop, &session->tcp);
    session->tcp.data = session;
    if (uv_accept((uv_stream_t *)&worker->listener, (uv_stream_t *)&session->tcp) != 0 ||
        !session_start_tls(session) ||
        uv_read_start((uv_stream_t *)&session->tcp, session_on_alloc, session_on_read) != 0) {
        session_close(session);
        return;
    }
    (void)uv_tcp_nodelay(&session->tcp, 1);
}
