/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which handshakes get time. At most handshakes_max are in progress; the others wait with their
 * first bytes kept, oldest first, at most handshakes_waiting_max of them. A connection that sent
 * nothing holds no budget, and one that dawdles gives its budget back after a second: half-open
 * connections cannot starve the fleet. Worker thread.
 */
#ifndef INTAKE_ADMISSION_H
#define INTAKE_ADMISSION_H

#include "intake/session.h"

/* Handshake bytes arrived. */
void admission_on_bytes(struct session *session);
/* The idle phase: handshakes for a bounded time. */
void admission_turn(struct worker *worker);
/* The session leaves the handshake, whichever way. Safe to repeat. */
void admission_release(struct session *session);
/* The tick: deadlines of STARTING and SHAKING. */
void admission_tick(struct worker *worker);

#endif
