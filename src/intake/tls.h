/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS of the listeners: what is offered, which certificates are accepted, and who the peer is.
 *
 * Native units: TLS 1.3 only, a client certificate that chains to the device CA. A certificate
 * whose dates are wrong (expired, or not yet valid for our clock) is accepted and flagged, the
 * issuer's dates too: an expired certificate never silences an alarm (rule R0). Any other fault
 * ends the handshake with an alert (REQ S4.4).
 *
 * One context per worker and kind of listener, so that threads share no reference counts.
 */
#ifndef INTAKE_TLS_H
#define INTAKE_TLS_H

#include "base/error.h"
#include "intake/tls_tickets.h"
#include "larwm/limits.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

struct tls_server_options
{
    const char *certificate_file;
    const char *key_file;
    const char
        *device_ca_file; /* client certificates required and checked against it; NULL: none */
    unsigned minimum;    /* 12 or 13 */
    struct tls_tickets *tickets; /* outlives the context */
};

struct tls_peer
{
    uint8_t fingerprint[LIMIT_FINGERPRINT]; /* SHA-256 of SubjectPublicKeyInfo, DER */
    int64_t not_before_s;                   /* of the certificate; seconds since 1970 */
    int64_t not_after_s;
};

/* ERROR_TLS when a file cannot be used; the log names it. Any thread. */
enum error
tls_server_create(const struct tls_server_options *options, SSL_CTX **ret_context) MUST_USE;

/*
 * Who the peer of a finished handshake is: from its certificate, or on resumption from the ticket.
 * ERROR_CERTIFICATE when neither says. The owner of `ssl`.
 */
enum error tls_peer_read(SSL *ssl, struct tls_peer *ret_peer) MUST_USE;
/* Are the certificate's dates wrong at this time? */
bool tls_peer_expired(const struct tls_peer *peer, int64_t wall_s);

/* SHA-256 of a certificate's SubjectPublicKeyInfo. False when it cannot be encoded. Any thread. */
bool tls_fingerprint(X509 *certificate, uint8_t ret_fingerprint[LIMIT_FINGERPRINT]);

/* Why a handshake failed, for the log and the counters. The owner of `ssl`, at once after the
 * failure. Returns ERROR_CERTIFICATE or ERROR_TLS; *ret_text is static or OpenSSL's. */
enum error tls_failure(const SSL *ssl, const char **ret_text);

/*
 * Frees what only the handshake needed: session, peer certificate and chain, our own certificate's
 * copy; about 8 KiB. TLS 1.3 only. Resumption and peer must have been read before.
 */
void tls_release_handshake(SSL *ssl, struct tls_tickets *tickets);

#endif
