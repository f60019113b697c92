/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which connections and handshakes get time, when a fleet returns at once or strangers flood us.
 *
 *     kernel's queue -> accepted (some a turn) -> first bytes -> EXPECTED or WAITING -> SHAKING
 *
 * At most handshakes_max are in progress; the others wait with their first bytes kept, oldest
 * first, at most handshakes_waiting_max of them. Those that show a sign of being ours go first: a
 * ticket made with a key of ours, or an address a registered unit came from since the start. The
 * signs prove nothing, so strangers get every fourth turn, and of their own three quarters of
 * handshakes_max at most: neither shuts the other out (rule R0: a new unit's alarm counts as much).
 *
 * A connection that sent nothing holds no budget, and one that dawdles gives its budget back after
 * a second: half-open connections cannot starve the fleet. Worker thread.
 */
#ifndef INTAKE_ADMISSION_H
#define INTAKE_ADMISSION_H

#include "intake/session.h"

struct worker;
struct worker_listener;

#define ADMISSION_FAVOURS 3u /* expected ones in a row, then a stranger that waits has its turn */

/* Who is next of those that wait. */
enum admission_choice
{
    ADMISSION_NOBODY,
    ADMISSION_EXPECTED,
    ADMISSION_STRANGER,
};

struct admission_state
{
    unsigned budget;         /* handshakes_max */
    unsigned used;           /* in progress, strangers and expected ones */
    unsigned strangers_used; /* in progress, strangers */
    unsigned favours;        /* expected ones taken in a row while a stranger could have gone */
    bool expected;           /* one waits */
    bool stranger;           /* one waits */
};

/* Pure; the caller counts what follows from the answer. *ret_favours: the new `favours`. */
enum admission_choice admission_choose(const struct admission_state *state, unsigned *ret_favours);

/* A listener announces a connection: taken now, or on the next turn when this one had enough. */
void admission_on_connection(struct worker_listener *listener);
/* The idle phase: connections left over from the turn before. */
void admission_accept(struct worker *worker);
/* Handshake bytes arrived. */
void admission_on_bytes(struct session *session);
/* The idle phase: handshakes for a bounded time. */
void admission_turn(struct worker *worker);
/* A registered unit is served at this session's address: the address is familiar from now on. */
void admission_learn(const struct session *session);
/* How many wait for their handshake. */
unsigned admission_waiting(const struct worker *worker);
/* The session leaves the handshake, whichever way. Safe to repeat. */
void admission_release(struct session *session);
/* The tick: deadlines of STARTING and SHAKING. */
void admission_tick(struct worker *worker);

#endif
