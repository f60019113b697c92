/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many incidents were closed, or left without an operator having seen to them. Intake answers a
 * copy of a frame taken lately by itself only while nothing was closed since: what an operator has
 * put away may be pressed again, and triage must judge that (rule R0; docs/decisions/0009).
 *
 *     closings_note    desk thread
 *     closings_count   any thread
 *
 * The counter pairs with no other atomic: a copy that comes while an incident is being closed may
 * count as one before or after it.
 */
#ifndef FLOW_CLOSINGS_H
#define FLOW_CLOSINGS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct closings
{
    _Atomic uint64_t count;
};

/* NULL: nobody asks. */
static inline void
closings_note(struct closings *closings)
{
    if (closings != NULL) {
        (void)atomic_fetch_add_explicit(&closings->count, 1, memory_order_relaxed);
    }
}

/* NULL: 0 for ever. */
static inline uint64_t
closings_count(struct closings *closings)
{
    return closings == NULL ? 0 : atomic_load_explicit(&closings->count, memory_order_relaxed);
}

#endif
