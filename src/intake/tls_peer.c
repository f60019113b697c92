/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the peer is, kept in 48 bytes instead of its certificate.
 *
 * OpenSSL puts the peer's certificate into the session, and the session into the ticket: it would
 * be encoded and decoded again with every ticket, four fifths of what a resumption costs and half
 * of the ticket's bytes. So the session that becomes a ticket is one of ours, with the same secret
 * and the peer's fingerprint and dates beside it, and without the certificate.
 *
 * SSL_set_session resets a connection whose method is not its context's, and the method became that
 * of version 1.3 during the handshake: the connection first moves to a context of just that method,
 * `rest`, where it stays.
 */
#include "intake/tls_internal.h"

#include "base/cursor.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#define TLS_APPDATA_SIZE (LIMIT_FINGERPRINT + 16)

bool
tls_fingerprint(X509 *certificate, uint8_t ret_fingerprint[LIMIT_FINGERPRINT])
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (size <= 0) {
        return false;
    }
    SHA256(der, (size_t)size, ret_fingerprint);
    OPENSSL_free(der);
    return true;
}

static int64_t
tls_time_of(const ASN1_TIME *time)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) != 1) {
        return 0; /* unreadable dates count as expired */
    }
    return (int64_t)timegm(&parts);
}

static bool
tls_peer_of_certificate(X509 *certificate, struct tls_peer *ret_peer)
{
    ret_peer->not_before_s = tls_time_of(X509_get0_notBefore(certificate));
    ret_peer->not_after_s = tls_time_of(X509_get0_notAfter(certificate));
    return tls_fingerprint(certificate, ret_peer->fingerprint);
}

/* What tls_peer_write put into the session, now or when its ticket was made. */
static bool
tls_peer_of_session(SSL *ssl, struct tls_peer *ret_peer)
{
    SSL_SESSION *session = SSL_get_session(ssl);
    void *bytes = NULL;
    size_t size = 0;
    if (session == NULL || SSL_SESSION_get0_ticket_appdata(session, &bytes, &size) != 1 ||
        size != TLS_APPDATA_SIZE) {
        return false;
    }
    struct cursor cursor = cursor_over_const(bytes, size);
    const uint8_t *fingerprint = cursor_read_bytes(&cursor, LIMIT_FINGERPRINT);
    memcpy(ret_peer->fingerprint, fingerprint, LIMIT_FINGERPRINT);
    ret_peer->not_before_s = (int64_t)cursor_read_le64(&cursor);
    ret_peer->not_after_s = (int64_t)cursor_read_le64(&cursor);
    return !cursor.failed;
}

static bool
tls_peer_write(const struct tls_peer *peer, SSL_SESSION *session)
{
    uint8_t bytes[TLS_APPDATA_SIZE];
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    cursor_write_bytes(&cursor, peer->fingerprint, sizeof peer->fingerprint);
    cursor_write_le64(&cursor, (uint64_t)peer->not_before_s);
    cursor_write_le64(&cursor, (uint64_t)peer->not_after_s);
    return SSL_SESSION_set1_ticket_appdata(session, bytes, sizeof bytes) == 1;
}

enum error
tls_peer_read(SSL *ssl, struct tls_peer *ret_peer)
{
    if (tls_peer_of_session(ssl, ret_peer)) {
        return ERROR_NONE;
    }
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == NULL || !tls_peer_of_certificate(certificate, ret_peer)) {
        return ERROR_CERTIFICATE;
    }
    return ERROR_NONE;
}

bool
tls_peer_expired(const struct tls_peer *peer, int64_t wall_s)
{
    return wall_s > peer->not_after_s || wall_s < peer->not_before_s;
}

/* From here on the connection may be given another session. False costs memory, nothing else. */
static bool
tls_move_to_rest(SSL *ssl, struct tls_tickets *tickets)
{
    const SSL_METHOD *method = SSL_get_ssl_method(ssl);
    if (SSL_version(ssl) != TLS1_3_VERSION) {
        return false; /* an earlier version still needs its session */
    }
    if (tickets->rest == NULL) {
        tickets->rest = SSL_CTX_new(method);
        if (tickets->rest == NULL || SSL_CTX_set_app_data(tickets->rest, tickets) != 1) {
            SSL_CTX_free(tickets->rest);
            tickets->rest = NULL;
            return false;
        }
    }
    return SSL_get_SSL_CTX(ssl) == tickets->rest ||
           (SSL_CTX_get_ssl_method(tickets->rest) == method &&
            SSL_set_SSL_CTX(ssl, tickets->rest) != NULL);
}

/* A session like `from`, without a certificate. NULL when there is no memory. */
static SSL_SESSION *
tls_session_without_certificate(const SSL_SESSION *from)
{
    uint8_t secret[SSL_MAX_MASTER_KEY_LENGTH];
    size_t secret_size = SSL_SESSION_get_master_key(from, secret, sizeof secret);
    unsigned context_size = 0;
    const unsigned char *context = SSL_SESSION_get0_id_context(from, &context_size);
    SSL_SESSION *session = SSL_SESSION_new();
    bool good = session != NULL && SSL_SESSION_set1_master_key(session, secret, secret_size) == 1 &&
                SSL_SESSION_set_cipher(session, SSL_SESSION_get0_cipher(from)) == 1 &&
                SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1 &&
                SSL_SESSION_set1_id_context(session, context, context_size) == 1;
    OPENSSL_cleanse(secret, sizeof secret);
    if (!good) {
        SSL_SESSION_free(session);
        return NULL;
    }
    (void)SSL_SESSION_set_time(session, SSL_SESSION_get_time(from));
    (void)SSL_SESSION_set_timeout(session, SSL_SESSION_get_timeout(from));
    return session;
}

/* The session is about to become a ticket; its secret is in place. */
static int
tls_on_ticket_made(SSL *ssl, void *data)
{
    struct tls_tickets *tickets = data;
    struct tls_peer peer;
    if (tls_peer_read(ssl, &peer) != ERROR_NONE) {
        return SSL_get0_peer_certificate(ssl) == NULL; /* a panel: it shows no certificate */
    }
    SSL_SESSION *session = NULL;
    if (tls_move_to_rest(ssl, tickets)) {
        session = tls_session_without_certificate(SSL_get_session(ssl));
    }
    if (session == NULL) {
        ERR_clear_error();
        return tls_peer_write(&peer, SSL_get_session(ssl));
    }
    long verified = SSL_get_verify_result(ssl);
    int good = tls_peer_write(&peer, session) && SSL_set_session(ssl, session) == 1;
    SSL_set_verify_result(ssl, verified);
    SSL_SESSION_free(session);
    return good;
}

static SSL_TICKET_RETURN
tls_on_ticket_read(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_size,
                   SSL_TICKET_STATUS status, void *data)
{
    switch (status) {
        case SSL_TICKET_SUCCESS: /* units use a ticket once: each resumption earns the next */
        case SSL_TICKET_SUCCESS_RENEW:
            return SSL_TICKET_RETURN_USE_RENEW;
        case SSL_TICKET_EMPTY:
        case SSL_TICKET_NO_DECRYPT:
            return SSL_TICKET_RETURN_IGNORE_RENEW;
        default:
            return SSL_TICKET_RETURN_IGNORE;
    }
}

bool
tls_peer_attach(struct tls_tickets *tickets, SSL_CTX *context)
{
    return SSL_CTX_set_session_ticket_cb(context, tls_on_ticket_made, tls_on_ticket_read,
                                         tickets) == 1;
}

void
tls_release_handshake(SSL *ssl, struct tls_tickets *tickets)
{
    /* In TLS 1.3 the tickets are out when the handshake is done, and nothing reads the session any
     * more. */
    if (tls_move_to_rest(ssl, tickets)) {
        (void)SSL_set_session(ssl, NULL);
    }
    ERR_clear_error();
}
