/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts what a client sends into frames: a 4-byte big-endian length, then that many bytes. Works at
 * any split. Memory grows to the frame being read (at most LIMIT_CONSOLE_FRAME) and goes back to
 * FRAME_IDLE when it has been taken. Outlet thread only.
 */
#ifndef OUTLET_FRAME_H
#define OUTLET_FRAME_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define FRAME_IDLE 4096u

struct frame_reader
{
    uint8_t *data;
    size_t capacity;
    size_t used;  /* bytes read and not yet taken, from `taken` on */
    size_t taken; /* frames given out before this offset */
};

void frame_reader_free(struct frame_reader *reader);
/* Room for the next read: at least one byte. ERROR_MEMORY. */
enum error
frame_reader_room(struct frame_reader *reader, uint8_t **ret_room, size_t *ret_size) MUST_USE;
/* `size` bytes were read into the room. */
void frame_reader_fed(struct frame_reader *reader, size_t size);
/*
 * The next whole frame, without its length; it lives until the next frame_reader_room.
 * ERROR_NONE: *ret_frame is set; ERROR_AGAIN: more must be read; ERROR_TOO_LARGE: the length is
 * over LIMIT_CONSOLE_FRAME; ERROR_MALFORMED: the length is 0. After the last two nothing more can
 * be read.
 */
enum error frame_reader_next(struct frame_reader *reader, const uint8_t **ret_frame,
                             size_t *ret_size) MUST_USE;

#endif
