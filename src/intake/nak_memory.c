/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/nak_memory.h"

/* A place: 40 bits of the hash, then the second of the NAK in 24 bits (it wraps after 194 days). */
#define SECOND_BITS 24u
#define SECOND_MASK ((UINT64_C(1) << SECOND_BITS) - 1)

static uint64_t
nak_memory_tag(uint64_t hash)
{
    return hash & ~SECOND_MASK;
}

bool
nak_memory_has(_Atomic uint64_t *memory, uint32_t places, uint64_t hash, uint64_t now_ms)
{
    uint64_t place = atomic_load_explicit(&memory[hash % places], memory_order_relaxed);
    uint64_t age_s = (now_ms / 1000 - (place & SECOND_MASK)) & SECOND_MASK;
    return place != 0 && nak_memory_tag(place) == nak_memory_tag(hash) && age_s <= NAK_MEMORY_S;
}

void
nak_memory_add(_Atomic uint64_t *memory, uint32_t places, uint64_t hash, uint64_t now_ms)
{
    uint64_t place = nak_memory_tag(hash) | ((now_ms / 1000) & SECOND_MASK);
    atomic_store_explicit(&memory[hash % places], place, memory_order_relaxed);
}

void
nak_memory_remove(_Atomic uint64_t *memory, uint32_t places, uint64_t hash)
{
    atomic_store_explicit(&memory[hash % places], 0, memory_order_relaxed);
}
