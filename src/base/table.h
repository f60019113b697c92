/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from a 64-bit key to a 32-bit value, allocated once: open addressing, linear probing,
 * deletion by shifting back, so it never fills up with tombstones and never rehashes.
 *
 * One owner thread. Limit: `capacity` pairs; table_put answers false when they are all in use.
 * The same calls in the same order leave the same table, so it may be part of a replayed state.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct table_slot
{
    uint64_t key; /* 0 = empty */
    uint32_t value;
};

struct table
{
    struct table_slot *slots; /* a power of two, at least twice `capacity` */
    uint32_t mask;
    uint32_t capacity;
    uint32_t count;
};

/* Room for `capacity` pairs (1 .. 2^30). ERROR_MEMORY. */
enum error table_init(struct table *table, uint32_t capacity) MUST_USE;
void table_free(struct table *table);
/* Sets `key` (not 0) to `value`. False when the key is new and the table is full. */
bool table_put(struct table *table, uint64_t key, uint32_t value) MUST_USE;
/* False, and *ret_value untouched, when the key is not there. */
bool table_get(const struct table *table, uint64_t key, uint32_t *ret_value) MUST_USE;
/* False when the key was not there. */
bool table_remove(struct table *table, uint64_t key);

#endif
