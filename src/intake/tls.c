/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/tls_internal.h"

#include "base/log.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

#define TLS_CHAIN_DEPTH_MAX 3
#define TLS_CERTIFICATES_SIZE_MAX 16384
#define TLS_SESSION_LIFETIME_S (2 * TLS_TICKET_PERIOD_S)

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

enum error
tls_failure(const SSL *ssl, const char **ret_text)
{
    long verified = SSL_get_verify_result(ssl);
    unsigned long code = ERR_peek_last_error();
    if (verified != X509_V_OK && !SSL_session_reused(ssl)) {
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
    bool good = tls_set_protocol(context, options->minimum) &&
                tls_load_identity(context, options) &&
                tls_tickets_attach(options->tickets, context) == ERROR_NONE &&
                tls_peer_attach(options->tickets, context);
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
