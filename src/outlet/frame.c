/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/frame.h"

#include "base/cursor.h"
#include "base/require.h"
#include "larwm/limits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH_SIZE 4u

void
frame_reader_free(struct frame_reader *reader)
{
    free(reader->data);
    *reader = (struct frame_reader){0};
}

/* The length of the frame that begins at the first byte not taken; 0 when not yet known. */
static uint32_t
frame_length(const struct frame_reader *reader)
{
    if (reader->used - reader->taken < LENGTH_SIZE) {
        return 0;
    }
    struct cursor cursor = cursor_over_const(reader->data + reader->taken, LENGTH_SIZE);
    return cursor_read_be32(&cursor);
}

enum error
frame_reader_room(struct frame_reader *reader, uint8_t **ret_room, size_t *ret_size)
{
    size_t waiting = reader->used - reader->taken;
    if (reader->taken > 0) {
        memmove(reader->data, reader->data + reader->taken, waiting);
        reader->used = waiting;
        reader->taken = 0;
    }
    size_t wanted = LENGTH_SIZE + frame_length(reader);
    require(wanted <= LENGTH_SIZE + LIMIT_CONSOLE_FRAME);
    wanted = wanted < FRAME_IDLE ? FRAME_IDLE : wanted;
    bool shrink = reader->capacity > FRAME_IDLE && wanted == FRAME_IDLE && waiting < FRAME_IDLE;
    if (reader->capacity < wanted || shrink) {
        uint8_t *data = realloc(reader->data, wanted);
        if (data == NULL) {
            return ERROR_MEMORY;
        }
        reader->data = data;
        reader->capacity = wanted;
    }
    *ret_room = reader->data + reader->used;
    *ret_size = reader->capacity - reader->used;
    require(*ret_size > 0);
    return ERROR_NONE;
}

void
frame_reader_fed(struct frame_reader *reader, size_t size)
{
    require(size <= reader->capacity - reader->used);
    reader->used += size;
}

enum error
frame_reader_next(struct frame_reader *reader, const uint8_t **ret_frame, size_t *ret_size)
{
    size_t waiting = reader->used - reader->taken;
    if (waiting < LENGTH_SIZE) {
        return ERROR_AGAIN;
    }
    uint32_t length = frame_length(reader);
    if (length == 0) {
        return ERROR_MALFORMED;
    }
    if (length > LIMIT_CONSOLE_FRAME) {
        return ERROR_TOO_LARGE;
    }
    if (waiting - LENGTH_SIZE < length) {
        return ERROR_AGAIN;
    }
    *ret_frame = reader->data + reader->taken + LENGTH_SIZE;
    *ret_size = length;
    reader->taken += LENGTH_SIZE + length;
    return ERROR_NONE;
}
