/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients ask: one ClientFrame in, and either an answer at once or a record on its way to the
 * journal. Every request gets exactly one answer: a Result, a Credential, a Pong, or the end of the
 * session. Outlet thread only.
 */
#ifndef OUTLET_REQUEST_H
#define OUTLET_REQUEST_H

#include "flow/entry.h"

#include <stddef.h>
#include <stdint.h>

struct outlet;
struct client_session;

/* One frame of a session, without its length. May put the session into its last word. */
void request_take(struct client_session *session, const uint8_t *frame, size_t size);
/* A ticket of the journal for a record of this outlet. */
void request_ticket(struct outlet *outlet, const struct flow_ticket *ticket);
/* Sends the presence records that are due, as far as blocks last; the rest stays due. */
void request_presence(struct outlet *outlet);

#endif
