/* SPDX-License-Identifier: Apache-2.0 */
#include "record/condense.h"

#include <stdlib.h>
#include <string.h>

struct key
{
    uint64_t kind; /* of what it is about: a signal's state is about a signal */
    uint64_t first;
    uint64_t second;
};

static bool
condense_room(struct condense *condense, unsigned count)
{
    if (count <= condense->capacity) {
        return true;
    }
    unsigned slot_count = 1024;
    while (slot_count < count * 2) {
        slot_count *= 2;
    }
    condense_free(condense);
    condense->entries = calloc(count, sizeof(*condense->entries));
    condense->slots = calloc(slot_count, sizeof(*condense->slots));
    if (condense->entries == NULL || condense->slots == NULL) {
        condense_free(condense);
        return false;
    }
    condense->capacity = count;
    condense->slot_count = slot_count;
    return true;
}

/* False for what is never condensed. */
static bool
key_of(const uint8_t *effect, struct key *ret_key)
{
    enum effect_kind kind = effect_kind_of(effect);
    *ret_key = (struct key){.kind = kind};
    switch (kind) {
        case EFFECT_SIGNAL:
            ret_key->first = effect_pos(effect);
            return true;
        case EFFECT_SIGNAL_STATE:
            ret_key->kind = EFFECT_SIGNAL;
            ret_key->first = effect_key(effect, 0);
            return true;
        case EFFECT_INCIDENT:
        case EFFECT_ESCALATION:
            ret_key->first = effect_key(effect, 0);
            return true;
        case EFFECT_INCIDENT_SIGNAL:
            ret_key->first = effect_key(effect, 0);
            ret_key->second = effect_key(effect, 1);
            return true;
        default:
            return false;
    }
}

static bool
key_same(const struct key *one, const struct key *other)
{
    return one->kind == other->kind && one->first == other->first && one->second == other->second;
}

static uint64_t
key_hash(const struct key *key)
{
    uint64_t hash = (key->first + key->kind) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
    hash = (hash + key->second) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 29;
}

/* Where the first effect with this key stands, or is to stand. */
static uint32_t *
slot_of(struct condense *condense, const uint8_t *const *effects, const struct key *key)
{
    unsigned mask = condense->slot_count - 1;
    for (unsigned at = (unsigned)key_hash(key) & mask;; at = (at + 1) & mask) {
        struct key found;
        if (condense->slots[at] == 0) {
            return &condense->slots[at];
        }
        if (key_of(effects[condense->slots[at] - 1], &found) && key_same(&found, key)) {
            return &condense->slots[at];
        }
    }
}

/* The same as signal_state_sql does with a stored row. */
static void
state_merge(struct effect_state *to, const struct effect_state *newer)
{
    to->allocation = newer->allocation != 0 ? newer->allocation : to->allocation;
    to->case_id = newer->case_id != 0 ? newer->case_id : to->case_id;
    to->repeats = newer->repeats > to->repeats ? newer->repeats : to->repeats;
    if (newer->last_repeat_us != 0 &&
        (to->last_repeat_us == 0 || newer->last_repeat_us > to->last_repeat_us)) {
        to->last_repeat_us = newer->last_repeat_us;
    }
}

/* `earlier` is about the same as effect `i`. */
static void
condense_into(struct condense *condense, const uint8_t *const *effects, uint32_t *slot, unsigned i)
{
    unsigned earlier = *slot - 1;
    struct condense_entry *entry = &condense->entries[earlier];
    struct effect_state newer;
    switch (effect_kind_of(effects[i])) {
        case EFFECT_SIGNAL_STATE:
            if (!entry->changed) {
                effect_state_read(effects[earlier], &entry->state);
                entry->changed = true;
            }
            effect_state_read(effects[i], &newer);
            state_merge(&entry->state, &newer);
            condense->entries[i].left_out = true;
            return;
        case EFFECT_INCIDENT:
        case EFFECT_ESCALATION:
            entry->left_out = true;
            *slot = i + 1;
            return;
        case EFFECT_INCIDENT_SIGNAL:
            condense->entries[i].left_out = true;
            return;
        default: /* a signal after its state: its row is written before it all the same */
            return;
    }
}

bool
condense_effects(struct condense *condense, const uint8_t *const *effects, unsigned count,
                 bool into_signals)
{
    if (!condense_room(condense, count)) {
        return false;
    }
    memset(condense->entries, 0, count * sizeof(*condense->entries));
    memset(condense->slots, 0, condense->slot_count * sizeof(*condense->slots));
    for (unsigned i = 0; i < count; i++) {
        struct key key;
        if (!key_of(effects[i], &key) ||
            (effect_kind_of(effects[i]) == EFFECT_SIGNAL && !into_signals)) {
            continue;
        }
        uint32_t *slot = slot_of(condense, effects, &key);
        if (*slot == 0) {
            *slot = i + 1;
        } else {
            condense_into(condense, effects, slot, i);
        }
    }
    return true;
}

void
condense_free(struct condense *condense)
{
    free(condense->entries);
    free(condense->slots);
    memset(condense, 0, sizeof(*condense));
}
