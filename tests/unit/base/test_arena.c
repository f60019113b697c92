/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "journal.pb-c.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

static void *
take(struct arena *arena, size_t size)
{
    return arena->allocator.alloc(arena->allocator.allocator_data, size);
}

Test(arena, blocks_are_aligned_and_do_not_overlap)
{
    struct arena arena;
    char *blocks[32];
    cr_assert_eq(arena_init(&arena, 4096), ERROR_NONE);
    for (unsigned i = 0; i < 32; i++) {
        blocks[i] = take(&arena, i + 1);
        cr_assert_not_null(blocks[i]);
        cr_assert_eq((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        memset(blocks[i], (int)i, i + 1);
    }
    for (unsigned i = 0; i < 32; i++) {
        for (unsigned at = 0; at <= i; at++) {
            cr_assert_eq(blocks[i][at], (char)i);
        }
    }
    arena_free(&arena);
}

Test(arena, a_full_arena_says_so_and_is_empty_after_a_reset)
{
    struct arena arena;
    cr_assert_eq(arena_init(&arena, 256), ERROR_NONE);
    cr_assert_not_null(take(&arena, 256));
    cr_assert_null(take(&arena, 1));
    arena_reset(&arena);
    cr_assert_not_null(take(&arena, 256));
    arena_free(&arena);
}

Test(arena, no_size_overflows)
{
    struct arena arena;
    cr_assert_eq(arena_init(&arena, 100), ERROR_NONE);
    cr_assert_geq(arena.size, 100);
    cr_assert_null(take(&arena, SIZE_MAX));
    cr_assert_null(take(&arena, SIZE_MAX - 7));
    cr_assert_null(take(&arena, arena.size + 1));
    cr_assert_not_null(take(&arena, 100));
    cr_assert_null(take(&arena, SIZE_MAX));
    arena_free(&arena);
}

Test(arena, giving_back_one_block_does_nothing)
{
    struct arena arena;
    cr_assert_eq(arena_init(&arena, 64), ERROR_NONE);
    void *block = take(&arena, 64);
    arena.allocator.free(arena.allocator.allocator_data, block);
    cr_assert_null(take(&arena, 1));
    arena_free(&arena);
}

Test(arena, a_message_is_unpacked_into_it_or_refused)
{
    struct arena arena;
    uint8_t bytes[256];
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = "user-a";
    action.text = "a note of some length, so that a small arena cannot hold it";
    size_t size = larwm__journal__action__pack(&action, bytes);
    cr_assert_eq(arena_init(&arena, 4096), ERROR_NONE);
    for (unsigned i = 0; i < 3; i++) {
        arena_reset(&arena);
        Larwm__Journal__Action *whole =
            larwm__journal__action__unpack(&arena.allocator, size, bytes);
        cr_assert_not_null(whole);
        cr_assert_str_eq(whole->text, action.text);
        cr_assert_null(larwm__journal__action__unpack(&arena.allocator, size - 1, bytes));
    }
    arena_free(&arena);
    cr_assert_eq(arena_init(&arena, 128), ERROR_NONE);
    cr_assert_null(larwm__journal__action__unpack(&arena.allocator, size, bytes));
    arena_free(&arena);
}
