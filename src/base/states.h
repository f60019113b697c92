/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lifecycle as a table: the names of its states and which may follow which. A move outside the
 * table is our own mistake and stops the process, so check with states_may_move first whenever
 * something from outside asks for the move. Any thread (the table is constant).
 */
#ifndef BASE_STATES_H
#define BASE_STATES_H

#include <stdbool.h>
#include <stdint.h>

#define STATES_TO(state) (UINT32_C(1) << (state))

struct states
{
    const char *name;           /* of the lifecycle, for the message */
    const char *const *names;   /* of each state */
    const uint32_t *successors; /* for each state, STATES_TO() of every state that may follow */
    unsigned count;             /* of states, at most 32 */
};

/* May `to` follow `from`? False for a number outside the table. */
bool states_may_move(const struct states *states, unsigned from, unsigned to);
/* Moves *state to `to`; stops the process, naming both, when the table does not allow it. */
void states_move(const struct states *states, uint8_t *state, unsigned to);
/* The name of a state, or "?". */
const char *states_text(const struct states *states, unsigned state);

#endif
