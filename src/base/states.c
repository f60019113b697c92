/* SPDX-License-Identifier: Apache-2.0 */
#include "base/states.h"

#include "base/require.h"

#include <stdio.h>

bool
states_may_move(const struct states *states, unsigned from, unsigned to)
{
    return from < states->count && to < states->count &&
           (states->successors[from] & STATES_TO(to)) != 0;
}

void
states_move(const struct states *states, uint8_t *state, unsigned to)
{
    if (!states_may_move(states, *state, to)) {
        char message[160];
        snprintf(message, sizeof(message), "%s may move from %s to %s", states->name,
                 states_text(states, *state), states_text(states, to));
        require_failed(message, __FILE__, __LINE__);
    }
    *state = (uint8_t)to;
}

const char *
states_text(const struct states *states, unsigned state)
{
    return state < states->count ? states->names[state] : "?";
}
