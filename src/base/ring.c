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
    ck_ring_init(&ring->ck, rounded);
    return ERROR_NONE;
}

void
ring_free(struct ring *ring)
{
    free(ring->slots);
    ring->slots = NULL;
}

/* ck's own CK_RING_PROTOTYPE fixes the element type at compile time; these two are what it expands
 * to, with the size as a value. */
bool
ring_push(struct ring *ring, const void *element)
{
    return _ck_ring_enqueue_sp(&ring->ck, ring->slots, element, ring->element_size, NULL);
}

bool
ring_pop(struct ring *ring, void *element)
{
    return _ck_ring_dequeue_sc(&ring->ck, ring->slots, element, ring->element_size);
}

unsigned
ring_count(const struct ring *ring)
{
    return ck_ring_size(&ring->ck);
}
