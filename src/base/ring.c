/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include "base/require.h"

#include <stdlib.h>
#include <string.h>

enum error
ring_init(struct ring *ring, unsigned capacity, size_t element_size)
{
    require(element_size > 0 && element_size <= 4096);
    unsigned rounded = 4;
    while (rounded < capacity + 1) { /* one slot always stays empty */
        rounded *= 2;
        require(rounded != 0);
    }
    ring->slots = calloc(rounded, element_size);
    if (ring->slots == NULL) {
        return ERROR_MEMORY;
    }
    ring->element_size = (unsigned)element_size;
    ring->mask = rounded - 1;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->tail, 0);
    return ERROR_NONE;
}

void
ring_free(struct ring *ring)
{
    free(ring->slots);
    ring->slots = NULL;
}

static void *
ring_slot(struct ring *ring, unsigned number)
{
    return ring->slots + (size_t)(number & ring->mask) * ring->element_size;
}

bool
ring_push(struct ring *ring, const void *element)
{
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_relaxed); /* our own */
    unsigned head = atomic_load_explicit(&ring->head, memory_order_acquire);
    if (tail - head == ring->mask) {
        return false;
    }
    memcpy(ring_slot(ring, tail), element, ring->element_size);
    atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
    return true;
}

bool
ring_pop(struct ring *ring, void *element)
{
    unsigned head = atomic_load_explicit(&ring->head, memory_order_relaxed); /* our own */
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    if (head == tail) {
        return false;
    }
    memcpy(element, ring_slot(ring, head), ring->element_size);
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

unsigned
ring_count(const struct ring *ring)
{
    /* head first: read after it, tail can only be further on */
    unsigned head = atomic_load_explicit(&ring->head, memory_order_acquire);
    unsigned tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
    return tail - head;
}
