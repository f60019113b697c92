/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An arena for protobuf-c: messages are unpacked into it and all thrown away at once, so that the
 * alarm path never calls malloc. One owner thread.
 *
 *     arena_reset(&arena);
 *     message = larwm__journal__signal__unpack(&arena.allocator, size, bytes);   // NULL: malformed
 *     ... use it until the next arena_reset; never call free_unpacked ...
 *
 * When a message does not fit, unpacking fails as for a malformed one: size the arena for the
 * largest message its thread may meet (a packed message grows at most about sixfold).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

struct arena
{
    ProtobufCAllocator allocator;
    char *memory;
    size_t size;
    size_t used;
};

/* The arena must not move afterwards: its allocator points back at it. ERROR_MEMORY. */
enum error arena_init(struct arena *arena, size_t size) MUST_USE;
void arena_free(struct arena *arena);
void arena_reset(struct arena *arena);

#endif
