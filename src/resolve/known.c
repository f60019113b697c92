/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/known.h"

#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void
known_init(struct known *known)
{
    memset(known, 0, sizeof(*known));
}

void
known_free(struct known *known)
{
    for (uint32_t i = 0; i < known->count; i++) {
        blob_release(known->units[i]->card);
        free(known->units[i]);
    }
    free(known->units);
    free(known->index);
    known_init(known);
}

static uint32_t
known_place(const struct known *known, const char *id)
{
    uint32_t at = (uint32_t)hash_bytes(7, id, strlen(id)) & known->mask;
    while (known->index[at] != 0 && strcmp(known->units[known->index[at] - 1]->id, id) != 0) {
        at = (at + 1) & known->mask;
    }
    return at;
}

struct known_unit *
known_find(const struct known *known, const char *id)
{
    if (known->index == NULL) {
        return NULL;
    }
    uint32_t slot = known->index[known_place(known, id)];
    return slot == 0 ? NULL : known->units[slot - 1];
}

/* Twice the room for units, and an index at most half full. */
static bool
known_grow(struct known *known)
{
    uint32_t capacity = known->capacity == 0 ? 256 : known->capacity * 2;
    struct known_unit **units = realloc(known->units, capacity * sizeof(*units));
    if (units == NULL) {
        return false;
    }
    known->units = units;
    uint32_t *index = calloc((size_t)capacity * 2, sizeof(*index));
    if (index == NULL) {
        return false;
    }
    free(known->index);
    known->index = index;
    known->mask = capacity * 2 - 1;
    known->capacity = capacity;
    for (uint32_t i = 0; i < known->count; i++) {
        known->index[known_place(known, known->units[i]->id)] = i + 1;
    }
    return true;
}

struct known_unit *
known_add(struct known *known, const char *id, uint32_t *ret_slot)
{
    if (known->index != NULL) {
        uint32_t slot = known->index[known_place(known, id)];
        if (slot != 0) {
            *ret_slot = slot;
            return known->units[slot - 1];
        }
    }
    if (known->count + 1 >= LIMIT_UNITS || strlen(id) >= LIMIT_UNIT_ID) {
        return NULL;
    }
    if (known->count == known->capacity && !known_grow(known)) {
        return NULL;
    }
    struct known_unit *unit = calloc(1, sizeof(*unit));
    if (unit == NULL) {
        return NULL;
    }
    text_copy(unit->id, sizeof(unit->id), id);
    known->index[known_place(known, id)] = known->count + 1;
    known->units[known->count++] = unit;
    *ret_slot = known->count;
    return unit;
}

void
known_set_card(struct known_unit *unit, struct blob *card)
{
    blob_release(unit->card);
    unit->card = card;
}
