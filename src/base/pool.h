/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of equal blocks, allocated once. One owner thread takes and gives; one other thread may
 * hand blocks back through pool_return (a ring underneath), so that a block can cross a thread and
 * come home without a lock.
 *
 *                      | pool_take, pool_give, pool_available | pool_return
 *     owner            |                 yes                  |     no
 *     the one returner |                 no                   |     yes
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/error.h"
#include "base/ring.h"

struct pool
{
    char *memory;
    void **free; /* stack of free blocks, the owner's */
    unsigned free_count;
    unsigned count;
    size_t block_size;
    struct ring returned; /* of void * */
};

enum error pool_init(struct pool *pool, unsigned count, size_t block_size) MUST_USE;
void pool_free(struct pool *pool);
/* A block, its contents undefined, or NULL when none is left. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *block);
/* Never fails: the ring holds as many as there are blocks. */
void pool_return(struct pool *pool, void *block);
/* Free blocks, those on their way back included. */
unsigned pool_available(struct pool *pool);

#endif
