/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded ring between exactly two threads (Concurrency Kit's single-producer single-consumer
 * ring), of fixed-size elements copied in and out.
 *
 *               | ring_push | ring_pop | ring_count
 *     producer  |    yes    |    no    |    yes
 *     consumer  |    no     |   yes    |    yes
 *
 * ring_init and ring_free: one thread, before and after both.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/error.h"

#include <ck_ring.h>
#include <stdbool.h>
#include <stddef.h>

struct ring
{
    struct ck_ring ck;
    void *slots;
    unsigned element_size;
};

/* `capacity` is rounded up to a power of two; that many elements less one fit. */
enum error ring_init(struct ring *ring, unsigned capacity, size_t element_size) MUST_USE;
void ring_free(struct ring *ring);
/* Copies *element in. False when full: the caller has a written answer to that. */
bool ring_push(struct ring *ring, const void *element) MUST_USE;
/* Copies the oldest element out. False when empty. */
bool ring_pop(struct ring *ring, void *element) MUST_USE;
unsigned ring_count(const struct ring *ring);

#endif
