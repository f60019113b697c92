/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded ring between exactly two threads, one that pushes and one that pops, of fixed-size
 * elements copied in and out. C11 atomics only, so that ThreadSanitizer judges the ring that is
 * shipped (docs/decisions/0013).
 *
 *               | ring_push | ring_pop | ring_count
 *     producer  |    yes    |    no    |    yes
 *     consumer  |    no     |   yes    |    yes
 *
 * ring_init and ring_free: one thread, before and after both.
 *
 *     tail   released by the producer after the element is copied in; acquired by the consumer
 *            before it copies the element out
 *     head   released by the consumer after the element is copied out; acquired by the producer
 *            before it copies another into the same slot
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define RING_LINE 64 /* bytes of a cache line: the two counters never share one */

struct ring
{
    _Atomic unsigned head; /* popped so far, modulo 2^32; only the consumer writes it */
    char head_line[RING_LINE - sizeof(unsigned)];
    _Atomic unsigned tail; /* pushed so far, modulo 2^32; only the producer writes it */
    char tail_line[RING_LINE - sizeof(unsigned)];
    unsigned mask;         /* slots less one; a power of two less one */
    unsigned element_size; /* bytes */
    char *slots;
};

/* Holds `capacity` elements or more: it is rounded up to a power of two less one. `element_size`:
 * 1 .. 4096 bytes. ERROR_MEMORY. */
enum error ring_init(struct ring *ring, unsigned capacity, size_t element_size) MUST_USE;
void ring_free(struct ring *ring);
/* Copies *element in. False when full: the caller has a written answer to that. */
bool ring_push(struct ring *ring, const void *element) MUST_USE;
/* Copies the oldest element out. False when empty. */
bool ring_pop(struct ring *ring, void *element) MUST_USE;
/* Elements that wait. The other side may change it meanwhile: the consumer finds at least as many,
 * the producer at most. */
unsigned ring_count(const struct ring *ring);

#endif
