/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing of ServerFrames around messages that are packed already: the envelope is written by hand
 * (two or three protobuf tags), so that an incident's bytes are copied once and never unpacked.
 * Tests compare the result with what protobuf-c would read. Outlet thread only (the buffer store).
 */
#ifndef OUTLET_WIRE_H
#define OUTLET_WIRE_H

#include "console.pb-c.h"
#include "outlet/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_LENGTH 4 /* the big-endian length before each frame */

/* Field numbers of proto/console.proto. */
enum wire_server_field
{
    WIRE_SNAPSHOT = 2,
    WIRE_DELTA = 3,
    WIRE_RESULT = 5,
    WIRE_CREDENTIAL = 6,
};
enum wire_delta_field
{
    WIRE_DELTA_INCIDENT = 2,
    WIRE_DELTA_STATUS = 3,
};

/* Each returns a buffer with one reference, or NULL when there is no memory or the frame would be
 * over LIMIT_CONSOLE_FRAME. */

/* ServerFrame{delta{sequence, <field> body}}; body_at and body_size name the body in it. */
struct buffer *wire_delta(struct buffer_store *store, uint64_t sequence,
                          enum wire_delta_field field, const uint8_t *body, size_t size);
/* ServerFrame{<field> body + tail}: `tail` holds further packed fields of the same message, which
 * win over the body's (the last one of a field counts). */
struct buffer *
wire_message(struct buffer_store *store, enum wire_server_field field, const uint8_t *body,
             size_t size, const uint8_t *tail, size_t tail_size);
/* A frame protobuf-c packs: Welcome, Tick, Pong, refusals. */
struct buffer *
wire_server_frame(struct buffer_store *store, const Larwm__Console__ServerFrame *frame);
/* The tail that gives a stored Credential its ref and found = true. Returns its size. */
#define WIRE_CREDENTIAL_TAIL 13
size_t wire_credential_tail(uint8_t tail[WIRE_CREDENTIAL_TAIL], uint64_t ref);

/*
 * A Snapshot frame, put together in two passes: add up wire_incident_size of what goes in, then
 * begin, put each incident, and end with the status.
 */
size_t wire_incident_size(size_t body_size);
struct buffer *
wire_snapshot_begin(struct buffer_store *store, uint64_t sequence, size_t incidents_size,
                    const struct buffer *status, bool last, size_t *ret_at);
void wire_snapshot_put(struct buffer *frame, size_t *at, const uint8_t *body, size_t size);
void wire_snapshot_end(struct buffer *frame, size_t at, const struct buffer *status, bool last);

#endif
