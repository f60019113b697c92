/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console protocol's framing on the client side: a 4-byte big-endian length, then one packed
 * message; and a look into a packed ServerFrame without unpacking it. No thread of its own; one
 * reader, one thread.
 */
#ifndef CLIENT_CONSOLE_WIRE_H
#define CLIENT_CONSOLE_WIRE_H

#include "base/error.h"
#include "console.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_LENGTH 4u

/* Cuts what was read into frames. Memory grows to the largest frame seen, at most
 * LIMIT_CONSOLE_FRAME. */
struct console_reader
{
    uint8_t *data;
    size_t capacity;
    size_t used;  /* bytes read */
    size_t taken; /* of them, given out as frames */
};

void console_reader_free(struct console_reader *reader);
/* Forgets what was read; the memory stays. */
void console_reader_reset(struct console_reader *reader);
/* Room for the next read, at least one byte. ERROR_MEMORY. */
enum error
console_reader_room(struct console_reader *reader, uint8_t **ret_room, size_t *ret_size) MUST_USE;
void console_reader_fed(struct console_reader *reader, size_t size);
/* ERROR_NONE: the next frame, valid until the next console_reader_room. ERROR_AGAIN: read more.
 * ERROR_MALFORMED, ERROR_TOO_LARGE: the peer does not speak this protocol. */
enum error console_reader_next(struct console_reader *reader, const uint8_t **ret_frame,
                               size_t *ret_size) MUST_USE;

/* Writes the length of a frame of `size` bytes. */
void console_put_length(uint8_t to[CONSOLE_LENGTH], size_t size);

struct console_glance
{
    Larwm__Console__ServerFrame__BodyCase kind;
    uint64_t sequence; /* SNAPSHOT, DELTA, TICK */
    bool last;         /* SNAPSHOT */
};

/* What a packed ServerFrame is, by its outermost fields. False: not a ServerFrame. */
bool console_glance(const uint8_t *frame, size_t size, struct console_glance *ret_glance);

#endif
