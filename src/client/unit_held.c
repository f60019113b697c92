/* SPDX-License-Identifier: Apache-2.0 */
#include "client/unit_held.h"

#include <string.h>

static unsigned
unit_held_find(const struct unit_held *held, uint64_t sequence)
{
    unsigned at = 0;
    while (at < held->count && held->presses[at].sequence != sequence) {
        at += 1;
    }
    return at;
}

bool
unit_held_add(struct unit_held *held, uint64_t sequence, enum signal_kind kind)
{
    unsigned at = unit_held_find(held, sequence);
    if (at == UNIT_HELD_MAX) {
        return false;
    }
    held->presses[at] = (struct unit_held_press){.sequence = sequence, .kind = kind};
    held->count += at == held->count ? 1 : 0;
    return true;
}

void
unit_held_remove(struct unit_held *held, uint64_t sequence)
{
    unsigned at = unit_held_find(held, sequence);
    if (at == held->count) {
        return;
    }
    held->count -= 1;
    memmove(&held->presses[at], &held->presses[at + 1],
            (held->count - at) * sizeof held->presses[0]);
}
