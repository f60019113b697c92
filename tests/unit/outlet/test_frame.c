/* SPDX-License-Identifier: Apache-2.0 */
#include "larwm/limits.h"
#include "outlet/frame.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static void
feed(struct frame_reader *reader, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        uint8_t *room;
        size_t fits;
        cr_assert_eq(frame_reader_room(reader, &room, &fits), ERROR_NONE);
        fits = fits < size ? fits : size;
        memcpy(room, bytes, fits);
        frame_reader_fed(reader, fits);
        bytes += fits;
        size -= fits;
        if (size > 0) {
            const uint8_t *frame;
            size_t frame_size;
            cr_assert_eq(frame_reader_next(reader, &frame, &frame_size), ERROR_AGAIN);
        }
    }
}

Test(frame, two_frames_in_one_read_come_out_one_by_one)
{
    struct frame_reader reader = {0};
    const uint8_t bytes[] = {0, 0, 0, 2, 'a', 'b', 0, 0, 0, 1, 'c'};
    feed(&reader, bytes, sizeof bytes);
    const uint8_t *frame;
    size_t size;
    cr_assert_eq(frame_reader_next(&reader, &frame, &size), ERROR_NONE);
    cr_expect(size == 2 && memcmp(frame, "ab", 2) == 0);
    cr_assert_eq(frame_reader_next(&reader, &frame, &size), ERROR_NONE);
    cr_expect(size == 1 && frame[0] == 'c');
    cr_expect_eq(frame_reader_next(&reader, &frame, &size), ERROR_AGAIN);
    frame_reader_free(&reader);
}

Test(frame, a_stream_cut_at_every_place_gives_the_same_frames)
{
    const uint8_t bytes[] = {0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, 0, 0, 2, 'e', 'f'};
    for (size_t step = 1; step <= sizeof bytes; step++) {
        struct frame_reader reader = {0};
        char seen[8] = {0};
        size_t seen_size = 0;
        for (size_t at = 0; at < sizeof bytes; at += step) {
            size_t left = sizeof bytes - at;
            uint8_t *room;
            size_t fits;
            cr_assert_eq(frame_reader_room(&reader, &room, &fits), ERROR_NONE);
            size_t part = left < step ? left : step;
            cr_assert(part <= fits);
            memcpy(room, bytes + at, part);
            frame_reader_fed(&reader, part);
            const uint8_t *frame;
            size_t size;
            while (frame_reader_next(&reader, &frame, &size) == ERROR_NONE) {
                memcpy(seen + seen_size, frame, size);
                seen_size += size;
            }
        }
        cr_expect_str_eq(seen, "abcdef", "step %zu", step);
        frame_reader_free(&reader);
    }
}

Test(frame, the_largest_frame_passes_and_memory_shrinks_again)
{
    struct frame_reader reader = {0};
    size_t whole = 4 + LIMIT_CONSOLE_FRAME;
    uint8_t *bytes = calloc(1, whole);
    bytes[1] = LIMIT_CONSOLE_FRAME >> 16;
    bytes[whole - 1] = 'z';
    feed(&reader, bytes, whole);
    const uint8_t *frame;
    size_t size;
    cr_assert_eq(frame_reader_next(&reader, &frame, &size), ERROR_NONE);
    cr_expect(size == LIMIT_CONSOLE_FRAME && frame[size - 1] == 'z');
    uint8_t *room;
    cr_assert_eq(frame_reader_room(&reader, &room, &size), ERROR_NONE);
    cr_expect_eq(reader.capacity, FRAME_IDLE);
    frame_reader_free(&reader);
    free(bytes);
}

Test(frame, a_length_of_nothing_and_one_over_the_limit_are_told_apart)
{
    struct frame_reader reader = {0};
    const uint8_t *frame;
    size_t size;
    const uint8_t nothing[] = {0, 0, 0, 0};
    feed(&reader, nothing, sizeof nothing);
    cr_expect_eq(frame_reader_next(&reader, &frame, &size), ERROR_MALFORMED);
    frame_reader_free(&reader);
    const uint8_t too_large[] = {0, 4, 0, 1};
    feed(&reader, too_large, sizeof too_large);
    cr_expect_eq(frame_reader_next(&reader, &frame, &size), ERROR_TOO_LARGE);
    frame_reader_free(&reader);
}
