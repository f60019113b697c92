/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/tls.h"

#include "base/clock.h"
#include "base/cursor.h"
#include "base/log.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TLS_CHAIN_DEPTH_MAX 3
#define TLS_CERTIFICATES_SIZE_MAX 16384
#define TLS_SESSION_LIFETIME_S (2 * TLS_TICKET_PERIOD_S)
#define TLS_APPDATA_SIZE (LIMIT_FINGERPRINT + 16)

static bool
tls_is_date_fault(int code)
{
    return code == X509_V_ERR_CERT_HAS_EXPIRED || code == X509_V_ERR_CERT_NOT_YET_VALID;
}

/* Called for every certificate of the chain, and again for every fault met. */
static int
tls_on_verify(int good, X509_STORE_CTX *store)
{
    if (!good && tls_is_date_fault(X509_STORE_CTX_get_error(store))) {
        X509_STORE_CTX_set_error(store, X509_V_OK); /* flagged later, from the dates themselves */
        return 1;
    }
    return good;
}

/* Verifies as usual, then lets the built chain go: the connection would keep it for its lifetime.
 */
static int
tls_on_verify_chain(X509_STORE_CTX *store, void *data)
{
    int good = X509_verify_cert(store);
    X509_STORE_CTX_set0_verified_chain(store, NULL);
    return good;
}

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

/* A ticket carries who the peer is, so that a resumption decodes no certificate of its own. */
static int
tls_on_ticket_made(SSL *ssl, void *data)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == NULL) {
        return 1;
    }
    struct tls_peer peer;
    if (!tls_peer_of_certificate(certificate, &peer)) {
        return 0;
    }
    uint8_t bytes[TLS_APPDATA_SIZE];
    struct cursor cursor = cursor_over(bytes, sizeof bytes);
    cursor_write_bytes(&cursor, peer.fingerprint, sizeof peer.fingerprint);
    cursor_write_le64(&cursor, (uint64_t)peer.not_before_s);
    cursor_write_le64(&cursor, (uint64_t)peer.not_after_s);
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), bytes, sizeof bytes);
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

static bool
tls_peer_of_ticket(SSL *ssl, struct tls_peer *ret_peer)
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

enum error
tls_peer_read(SSL *ssl, struct tls_peer *ret_peer)
{
    if (SSL_session_reused(ssl) && tls_peer_of_ticket(ssl, ret_peer)) {
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

enum error
tls_failure(const SSL *ssl, const char **ret_text)
{
    long verified = SSL_get_verify_result(ssl);
    unsigned long code = ERR_peek_last_error();
    if (verified != X509_V_OK) {
        *ret_text = X509_verify_cert_error_string(verified);
        return ERROR_CERTIFICATE;
    }
    if (ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) {
        *ret_text = "no client certificate";
        return ERROR_CERTIFICATE;
    }
    const char *reason = ERR_reason_error_string(code);
    *ret_text = reason == NULL ? "the peer closed" : reason;
    return ERROR_TLS;
}

void
tls_release_handshake(SSL *ssl, SSL_CTX **rest_context)
{
    /* In TLS 1.3 the tickets are out when the handshake is done, and nothing reads the session any
     * more. SSL_set_session resets a connection whose method is not its context's, and the method
     * became the one of version 1.3 during the handshake: so the connection first moves to an empty
     * context of just that method. */
    if (SSL_version(ssl) != TLS1_3_VERSION) {
        return;
    }
    if (*rest_context == NULL) {
        *rest_context = SSL_CTX_new(SSL_get_ssl_method(ssl));
    }
    if (*rest_context == NULL || SSL_CTX_get_ssl_method(*rest_context) != SSL_get_ssl_method(ssl) ||
        SSL_set_SSL_CTX(ssl, *rest_context) == NULL) {
        ERR_clear_error();
        return; /* costs memory, nothing else */
    }
    (void)SSL_set_session(ssl, NULL);
}

static bool
tls_load_identity(SSL_CTX *context, const struct tls_server_options *options)
{
    if (options->certificate_file == NULL || options->key_file == NULL) {
        log_error("tls", "a TLS listener needs a certificate file and a key file");
        return false;
    }
    if (SSL_CTX_use_certificate_chain_file(context, options->certificate_file) != 1) {
        log_error("tls", "cannot use certificate file %s", options->certificate_file);
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(context, options->key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        log_error("tls", "cannot use key file %s with %s", options->key_file,
                  options->certificate_file);
        return false;
    }
    return true;
}

/* Tickets name the CA file they were earned under: after it changed they are not taken. */
static bool
tls_bind_sessions_to(SSL_CTX *context, const char *ca_file)
{
    FILE *stream = fopen(ca_file, "re");
    EVP_MD_CTX *digesting = EVP_MD_CTX_new();
    bool good = stream != NULL && digesting != NULL &&
                EVP_DigestInit_ex(digesting, EVP_sha256(), NULL) == 1;
    uint8_t bytes[4096];
    for (size_t got = 1; good && got > 0;) {
        got = fread(bytes, 1, sizeof bytes, stream);
        good = EVP_DigestUpdate(digesting, bytes, got) == 1;
    }
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    good = good && EVP_DigestFinal_ex(digesting, digest, &size) == 1 &&
           SSL_CTX_set_session_id_context(context, digest, size) == 1;
    EVP_MD_CTX_free(digesting);
    if (stream != NULL) {
        (void)fclose(stream);
    }
    return good;
}

static bool
tls_require_device_certificates(SSL_CTX *context, const char *ca_file)
{
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca_file);
    if (names == NULL || SSL_CTX_load_verify_file(context, ca_file) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        log_error("tls", "cannot use device CA file %s", ca_file);
        return false;
    }
    bool bound = tls_bind_sessions_to(context, ca_file);
    SSL_CTX_set_client_CA_list(context, names); /* takes the list */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, tls_on_verify);
    SSL_CTX_set_cert_verify_callback(context, tls_on_verify_chain, NULL);
    SSL_CTX_set_verify_depth(context, TLS_CHAIN_DEPTH_MAX);
    SSL_CTX_set_max_cert_list(context, TLS_CERTIFICATES_SIZE_MAX);
    return bound;
}

static bool
tls_set_protocol(SSL_CTX *context, unsigned minimum)
{
    int version = minimum == 13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    return SSL_CTX_set_min_proto_version(context, version) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1;
}

static void
tls_set_economy(SSL_CTX *context)
{
    /* RELEASE_BUFFERS: an idle session keeps no record buffers, 34 KiB less each. AUTO_RETRY: a key
     * update does not end a read that has more bytes at hand; stream.c relies on it. */
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY |
                                        SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(context, 1);
    (void)SSL_CTX_set_timeout(context, TLS_SESSION_LIFETIME_S);
    SSL_CTX_set_quiet_shutdown(context, 0);
}

enum error
tls_server_create(const struct tls_server_options *options, SSL_CTX **ret_context)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) {
        return ERROR_MEMORY;
    }
    tls_set_economy(context);
    bool good =
        tls_set_protocol(context, options->minimum) && tls_load_identity(context, options) &&
        tls_tickets_attach(options->tickets, context) == ERROR_NONE &&
        SSL_CTX_set_session_ticket_cb(context, tls_on_ticket_made, tls_on_ticket_read, NULL) == 1;
    if (good && options->device_ca_file != NULL) {
        good = tls_require_device_certificates(context, options->device_ca_file);
    } else if (good) {
        good = SSL_CTX_set_session_id_context(context, (const unsigned char *)"dc09", 4) == 1;
    }
    if (!good) {
        SSL_CTX_free(context);
        ERR_clear_error();
        return ERROR_TLS;
    }
    *ret_context = context;
    return ERROR_NONE;
}
