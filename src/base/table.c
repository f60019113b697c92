/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include "base/require.h"

#include <stdlib.h>

/* Keys may be small consecutive numbers (positions of records): spread them. */
static uint32_t
table_home(const struct table *table, uint64_t key)
{
    uint64_t mixed = key * UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(mixed >> 32) & table->mask;
}

enum error
table_init(struct table *table, uint32_t capacity)
{
    require(capacity > 0 && capacity <= (UINT32_C(1) << 30));
    uint32_t size = 4;
    while (size < capacity * 2) {
        size *= 2;
    }
    *table = (struct table){.mask = size - 1, .capacity = capacity};
    table->slots = calloc(size, sizeof(table->slots[0]));
    return table->slots == NULL ? ERROR_MEMORY : ERROR_NONE;
}

void
table_free(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}

/* The slot that holds `key`, or the empty one where it would go. There is always an empty slot. */
static uint32_t
table_seek(const struct table *table, uint64_t key)
{
    uint32_t at = table_home(table, key);
    while (table->slots[at].key != 0 && table->slots[at].key != key) {
        at = (at + 1) & table->mask;
    }
    return at;
}

bool
table_put(struct table *table, uint64_t key, uint32_t value)
{
    require(key != 0);
    struct table_slot *slot = &table->slots[table_seek(table, key)];
    if (slot->key == 0) {
        if (table->count == table->capacity) {
            return false;
        }
        slot->key = key;
        table->count++;
    }
    slot->value = value;
    return true;
}

bool
table_get(const struct table *table, uint64_t key, uint32_t *ret_value)
{
    const struct table_slot *slot = &table->slots[table_seek(table, key)];
    if (key == 0 || slot->key == 0) {
        return false;
    }
    *ret_value = slot->value;
    return true;
}

bool
table_remove(struct table *table, uint64_t key)
{
    uint32_t hole = table_seek(table, key);
    if (key == 0 || table->slots[hole].key == 0) {
        return false;
    }
    /* Close the hole: a later pair of the same run may move up, unless its home lies after it. */
    for (uint32_t at = (hole + 1) & table->mask; table->slots[at].key != 0;
         at = (at + 1) & table->mask) {
        uint32_t home = table_home(table, table->slots[at].key);
        if (((at - home) & table->mask) >= ((at - hole) & table->mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole] = (struct table_slot){0};
    table->count--;
    return true;
}
