/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of TLS session tickets. All are derived from one secret and the number of the twelve-hour
 * period, so every worker (and, with a secret kept in a file, the next start) has the same keys
 * without talking to another, and they rotate by themselves. Tickets of this period and of the one
 * before it are taken. One of these per worker, one thread.
 */
#ifndef INTAKE_TLS_TICKETS_H
#define INTAKE_TLS_TICKETS_H

#include "base/error.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#define TLS_TICKET_SECRET_SIZE 32
#define TLS_TICKET_PERIOD_S 43200

struct tls_ticket_keys
{
    uint8_t name[16];
    uint8_t cipher[32];
    uint8_t mac[32];
};

struct tls_tickets
{
    uint8_t secret[TLS_TICKET_SECRET_SIZE];
    int64_t period; /* of `current`; -1 before the first use */
    struct tls_ticket_keys current;
    struct tls_ticket_keys previous;
    SSL_CTX *rest; /* of connections past their handshake (tls_peer.c); NULL before the first */
};

/* Reads the secret from `file`, or makes a random one when it is NULL. ERROR_IO, or ERROR_CONFIG
 * when the file is shorter than the secret, or others than owner and group may read it: whoever
 * knows the secret can make tickets, and so be any unit. */
enum error
tls_tickets_secret(const char *file, uint8_t ret_secret[TLS_TICKET_SECRET_SIZE]) MUST_USE;
void tls_tickets_init(struct tls_tickets *tickets, const uint8_t secret[TLS_TICKET_SECRET_SIZE]);
/* After every connection is gone. */
void tls_tickets_free(struct tls_tickets *tickets);
/* Derives the keys for the period of `wall_s` unless they are there. False when OpenSSL fails. */
bool tls_tickets_refresh(struct tls_tickets *tickets, int64_t wall_s) MUST_USE;
/* Is this the name of a key in force now: was the ticket one of ours? */
bool tls_tickets_is_name(struct tls_tickets *tickets, const uint8_t *name, int64_t wall_s);
/* Makes the context use them. `tickets` outlives the context. */
enum error tls_tickets_attach(struct tls_tickets *tickets, SSL_CTX *context) MUST_USE;

#endif
