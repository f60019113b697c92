/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that wait for case and marker, oldest first. */
#include "base/require.h"
#include "triage/state.h"

#include "base/text.h"

#include <string.h>

struct arrival *
waiting_add(struct triage *triage, uint64_t pos)
{
    if (triage->free_pending_count == 0) {
        return NULL;
    }
    uint32_t at = triage->free_pending[--triage->free_pending_count];
    bool put = table_put(&triage->by_pending, pos, at);
    require(put); /* as many places as rows */
    chain_append(&triage->pending_used, triage->pending_links, at);
    memset(&triage->pending[at], 0, sizeof(triage->pending[at]));
    return &triage->pending[at];
}

struct arrival *
waiting_find(struct triage *triage, uint64_t pos)
{
    uint32_t at = 0;
    return table_get(&triage->by_pending, pos, &at) ? &triage->pending[at] : NULL;
}

void
waiting_remove(struct triage *triage, uint64_t pos)
{
    uint32_t at = 0;
    if (table_get(&triage->by_pending, pos, &at)) {
        table_remove(&triage->by_pending, pos);
        chain_remove(&triage->pending_used, triage->pending_links, at);
        triage->free_pending[triage->free_pending_count++] = at;
    }
}

static void
waiting_show(const struct arrival *arrival, struct triage_waiting *ret_waiting)
{
    *ret_waiting = (struct triage_waiting){
        .pos = arrival->view.pos,
        .time_us = arrival->time_us,
        .device_time_us = arrival->loss ? 0 : arrival->view.device_time_us,
        .badges = arrival->signal_badges,
        .kind = arrival->view.kind,
        .has_fix = arrival->position.source != POSITION_NONE,
        .latitude = arrival->position.latitude,
        .longitude = arrival->position.longitude,
        .accuracy_m = arrival->position.accuracy_m,
    };
    text_copy(ret_waiting->unit, sizeof(ret_waiting->unit), arrival->view.unit);
}

bool
triage_pending(const struct triage *triage, uint64_t after, struct triage_waiting *ret_waiting)
{
    uint32_t at = triage->pending_used.first;
    if (after != 0) {
        if (!table_get(&triage->by_pending, after, &at)) {
            return false;
        }
        at = triage->pending_links[at].next;
    }
    if (at == NO_INDEX) {
        return false;
    }
    waiting_show(&triage->pending[at], ret_waiting);
    return true;
}

bool
triage_pending_at(const struct triage *triage, uint64_t pos, struct triage_waiting *ret_waiting)
{
    uint32_t at = 0;
    if (!table_get(&triage->by_pending, pos, &at)) {
        return false;
    }
    waiting_show(&triage->pending[at], ret_waiting);
    return true;
}
