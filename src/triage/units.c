/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sent it: the unit identifier, else the fingerprint, else the account, else the bytes. The
 * rows are bounded; the one unheard for longest is reused, which can only show a retransmission as
 * a press again. A unit in the list of an open mass loss is the one unheard for longest, and were
 * it forgotten, nobody would know that it is back: its row is reused last.
 */
#include "base/hash.h"
#include "base/require.h"
#include "triage/state.h"

#include <string.h>

void
chain_clear(struct chain *chain)
{
    *chain = (struct chain){NO_INDEX, NO_INDEX, 0};
}

void
chain_append(struct chain *chain, struct link *links, uint32_t at)
{
    links[at].next = NO_INDEX;
    links[at].previous = chain->last;
    if (chain->last == NO_INDEX) {
        chain->first = at;
    } else {
        links[chain->last].next = at;
    }
    chain->last = at;
    chain->count++;
}

void
chain_remove(struct chain *chain, struct link *links, uint32_t at)
{
    uint32_t next = links[at].next;
    uint32_t previous = links[at].previous;
    if (previous == NO_INDEX) {
        chain->first = next;
    } else {
        links[previous].next = next;
    }
    if (next == NO_INDEX) {
        chain->last = previous;
    } else {
        links[next].previous = previous;
    }
    chain->count--;
}

static uint64_t
unit_key(uint8_t kind, const void *bytes, size_t size, uint8_t identity[UNIT_IDENTITY])
{
    memset(identity, 0, UNIT_IDENTITY);
    identity[0] = kind;
    memcpy(identity + 1, bytes, size < UNIT_IDENTITY - 1 ? size : UNIT_IDENTITY - 1);
    return hash_bytes(kind, bytes, size);
}

uint64_t
unit_identify_id(const char *id, uint8_t identity[UNIT_IDENTITY])
{
    return id == NULL || id[0] == '\0' ? 0 : unit_key(UNIT_IDENTITY_ID, id, strlen(id), identity);
}

uint64_t
unit_identify(const Larwm__Journal__Signal *signal, uint8_t identity[UNIT_IDENTITY])
{
    if (signal->unit != NULL && signal->unit[0] != '\0') {
        return unit_identify_id(signal->unit, identity);
    }
    if (signal->fingerprint.len > 0) {
        return unit_key(2, signal->fingerprint.data, signal->fingerprint.len, identity);
    }
    if (signal->account != NULL && signal->account[0] != '\0') {
        return unit_key(3, signal->account, strlen(signal->account), identity);
    }
    if (signal->raw.len > 0) { /* nobody said who: only the very same bytes are the same sender */
        return unit_key(4, signal->raw.data, signal->raw.len, identity);
    }
    return 0;
}

static struct chain *
unit_chain(struct triage *triage, const struct unit *unit)
{
    bool listed = unit->network != 0 && unit->chain < MASS_BUCKETS;
    return listed ? &triage->units_held : &triage->units_used;
}

void
unit_hold(struct triage *triage, struct unit *unit, bool hold)
{
    uint32_t at = (uint32_t)(unit - triage->units);
    chain_remove(hold ? &triage->units_used : &triage->units_held, triage->unit_links, at);
    chain_append(hold ? &triage->units_held : &triage->units_used, triage->unit_links, at);
}

/* The row to reuse. Who presses must be remembered, too, so a few rows are never held. */
static uint32_t
unit_victim(const struct triage *triage)
{
    uint32_t few = triage->limits.units / 8;
    bool plenty = triage->units_used.count > few && triage->units_used.count > 0;
    return plenty || triage->units_held.count == 0 ? triage->units_used.first
                                                   : triage->units_held.first;
}

static struct unit *
unit_make(struct triage *triage, uint64_t key)
{
    uint32_t at = triage->units_fresh;
    if (at < triage->limits.units) {
        triage->units_fresh++;
    } else {
        at = unit_victim(triage);
        mass_forget(triage, &triage->units[at]);
        chain_remove(&triage->units_used, triage->unit_links, at);
        table_remove(&triage->by_unit, triage->units[at].key);
    }
    memset(&triage->units[at], 0, sizeof(triage->units[at]));
    triage->units[at].key = key;
    bool put = table_put(&triage->by_unit, key, at);
    require(put); /* the table has as many places as there are rows */
    chain_append(&triage->units_used, triage->unit_links, at);
    return &triage->units[at];
}

struct unit *
unit_find(struct triage *triage, uint64_t key)
{
    uint32_t at = 0;
    return table_get(&triage->by_unit, key, &at) ? &triage->units[at] : NULL;
}

struct unit *
unit_get(struct triage *triage, uint64_t key, const uint8_t identity[UNIT_IDENTITY])
{
    if (key == 0) {
        return NULL;
    }
    uint32_t at = 0;
    if (table_get(&triage->by_unit, key, &at)) {
        struct unit *unit = &triage->units[at];
        struct chain *chain = unit_chain(triage, unit);
        chain_remove(chain, triage->unit_links, at);
        chain_append(chain, triage->unit_links, at);
        if (memcmp(unit->identity, identity, UNIT_IDENTITY) != 0) {
            /* Two identities with one hash: forget the other, so that neither counts as a repeat
             * of the other. */
            mass_forget(triage, unit);
            memset(unit, 0, sizeof(*unit));
            unit->key = key;
            memcpy(unit->identity, identity, UNIT_IDENTITY);
        }
        return unit;
    }
    struct unit *unit = unit_make(triage, key);
    memcpy(unit->identity, identity, UNIT_IDENTITY);
    return unit;
}

struct recent *
unit_recent_at(struct unit *unit, uint64_t pos)
{
    for (uint32_t i = 0; unit != NULL && i < unit->recent_count; i++) {
        if (unit->recent[i].pos == pos) {
            return &unit->recent[i];
        }
    }
    return NULL;
}

struct recent *
unit_remember(struct unit *unit)
{
    struct recent *recent = &unit->recent[unit->recent_next];
    unit->recent_next = (unit->recent_next + 1) % UNIT_RECENT;
    if (unit->recent_count < UNIT_RECENT) {
        unit->recent_count++;
    }
    memset(recent, 0, sizeof(*recent));
    return recent;
}
