/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Within one transaction only the end counts: what PostgreSQL need not see of a batch is left out
 * here, before it is sent.
 *   - of several states of one incident, or of one police message, the newest is sent;
 *   - what became known of a signal goes into the signal's own row when that is in the batch, else
 *     into one update;
 *   - a signal belongs to an incident once.
 * The tables say the same whatever way the batches were cut: each statement would do just this with
 * the rows one after the other. A record alone (looking for a refused row) is not condensed.
 *
 * The loop's thread. Memory: as many entries as the largest batch had effects.
 */
#ifndef RECORD_CONDENSE_H
#define RECORD_CONDENSE_H

#include "record/effect.h"

struct condense_entry
{
    bool left_out;
    bool changed; /* `state` is to be sent instead of what the effect says */
    struct effect_state state;
};

struct condense
{
    struct condense_entry *entries; /* one an effect */
    unsigned capacity;
    uint32_t *slots; /* number of an effect + 1 by its key; 0 = free */
    unsigned slot_count;
};

/* Decides about `count` effects in their order. Without `into_signals` signals stay as they came:
 * for a batch of which rows may be there already. False without memory: nothing may be sent then.
 */
bool condense_effects(struct condense *condense, const uint8_t *const *effects, unsigned count,
                      bool into_signals);
void condense_free(struct condense *condense);

#endif
