/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include "base/require.h"

#include <stdlib.h>

#define BLOCK_ALIGNMENT 64u /* a cache line: two blocks never share one */

enum error
pool_init(struct pool *pool, unsigned count, size_t block_size)
{
    require(count > 0 && block_size > 0);
    *pool = (struct pool){.count = count};
    pool->block_size = (block_size + BLOCK_ALIGNMENT - 1) / BLOCK_ALIGNMENT * BLOCK_ALIGNMENT;
    pool->memory = aligned_alloc(BLOCK_ALIGNMENT, pool->block_size * count);
    pool->free = calloc(count, sizeof *pool->free);
    if (pool->memory == NULL || pool->free == NULL ||
        ring_init(&pool->returned, count, sizeof(void *)) != ERROR_NONE) {
        free(pool->memory);
        free(pool->free);
        return ERROR_MEMORY;
    }
    for (unsigned i = 0; i < count; i++) {
        pool->free[i] = pool->memory + (size_t)(count - 1 - i) * pool->block_size;
    }
    pool->free_count = count;
    return ERROR_NONE;
}

void
pool_free(struct pool *pool)
{
    ring_free(&pool->returned);
    free(pool->free);
    free(pool->memory);
    pool->memory = NULL;
    pool->free = NULL;
}

static void
pool_collect(struct pool *pool)
{
    void *block;
    while (ring_pop(&pool->returned, &block)) {
        pool_give(pool, block);
    }
}

void *
pool_take(struct pool *pool)
{
    if (pool->free_count == 0) {
        pool_collect(pool);
        if (pool->free_count == 0) {
            return NULL;
        }
    }
    pool->free_count -= 1;
    return pool->free[pool->free_count];
}

void
pool_give(struct pool *pool, void *block)
{
    char *at = block;
    require(at >= pool->memory && at < pool->memory + pool->block_size * pool->count);
    require((size_t)(at - pool->memory) % pool->block_size == 0);
    require(pool->free_count < pool->count);
    pool->free[pool->free_count] = block;
    pool->free_count += 1;
}

void
pool_return(struct pool *pool, void *block)
{
    bool fits = ring_push(&pool->returned, &block);
    require(fits);
}

unsigned
pool_available(struct pool *pool)
{
    pool_collect(pool);
    return pool->free_count;
}
