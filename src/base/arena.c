/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/require.h"

#include <stdalign.h>
#include <stdlib.h>

static void *
arena_allocate(void *data, size_t size)
{
    struct arena *arena = data;
    size_t step = alignof(max_align_t);
    if (size > arena->size) {
        return NULL;
    }
    size_t rounded = (size + step - 1) / step * step;
    if (rounded > arena->size - arena->used) {
        return NULL;
    }
    void *block = arena->memory + arena->used;
    arena->used += rounded;
    return block;
}

static void
arena_release(void *data, void *block)
{
    (void)data;
    (void)block; /* all at once, in arena_reset */
}

enum error
arena_init(struct arena *arena, size_t size)
{
    size_t step = alignof(max_align_t);
    *arena = (struct arena){.size = (size + step - 1) / step * step};
    arena->memory = aligned_alloc(step, arena->size);
    if (arena->memory == NULL) {
        return ERROR_MEMORY;
    }
    arena->allocator = (ProtobufCAllocator){
        .alloc = arena_allocate, .free = arena_release, .allocator_data = arena};
    return ERROR_NONE;
}

void
arena_free(struct arena *arena)
{
    free(arena->memory);
    arena->memory = NULL;
}

void
arena_reset(struct arena *arena)
{
    require(arena->memory != NULL);
    arena->used = 0;
}
