/* SPDX-License-Identifier: Apache-2.0 */
/* What tls.c and tls_peer.c share. */
#ifndef INTAKE_TLS_INTERNAL_H
#define INTAKE_TLS_INTERNAL_H

#include "intake/tls.h"

/* Tickets of the context carry who the peer is. `tickets` outlives it and every connection. */
bool tls_peer_attach(struct tls_tickets *tickets, SSL_CTX *context) MUST_USE;

#endif
