/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look into the first message of a TLS connection, before anything is spent on it: which key made
 * the ticket it offers. It proves nothing (names travel in the clear); it only says who goes first.
 * Pure: no state, no allocation, any bytes. Any thread.
 */
#ifndef INTAKE_CLIENT_HELLO_H
#define INTAKE_CLIENT_HELLO_H

#include <stddef.h>
#include <stdint.h>

#define CLIENT_HELLO_NAME_SIZE 16u

/* The first CLIENT_HELLO_NAME_SIZE bytes of the first ticket offered, a view into `bytes`. NULL
 * without a ticket, and for what is no whole ClientHello in one record (RFC 8446, 4.1.2, 4.2.11).
 */
const uint8_t *client_hello_ticket_name(const uint8_t *bytes, size_t size);

#endif
