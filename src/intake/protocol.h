/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device protocol as a table of functions, both directions: bytes to frames, frames to what the
 * session does, and the way back. Worker thread.
 */
#ifndef INTAKE_PROTOCOL_H
#define INTAKE_PROTOCOL_H

#include "base/error.h"
#include "intake/dc09_framer.h"
#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct session;
struct worker;

enum protocol_found
{
    FOUND_NOTHING, /* no whole frame: keep the rest */
    FOUND_FRAME,
    FOUND_DAMAGED,  /* a frame to count and pass over; the stream goes on */
    FOUND_HOPELESS, /* the stream cannot be read on: refuse and close */
};

/* One frame in the session's bytes; valid until the next read. */
struct protocol_frame
{
    const uint8_t *bytes; /* native: the message without its length */
    size_t size;
    struct dc09_frame dc09;
    enum error error; /* FOUND_DAMAGED, FOUND_HOPELESS: ERROR_CHECKSUM, _MALFORMED, _TOO_LARGE */
};

#define PROTOCOL_REPLY_MAX 224

/* What a receipt needs besides the ticket: kept per signal in flight. */
struct protocol_context
{
    uint64_t boot_id;   /* native */
    uint64_t sequence;  /* native */
    bool binary_crc;    /* DC-09 */
    uint16_t copies;    /* DC-09: came while it waited, each owed the same answer */
    uint32_t resend;    /* DC-09: of the resend memory, 0 none */
    uint8_t reply_size; /* DC-09: the answer, ready to send once durable */
    uint8_t reply[PROTOCOL_REPLY_MAX];
};

enum protocol_status
{
    PROTOCOL_DURABLE,    /* the journal has it */
    PROTOCOL_FAILED,     /* the journal could not keep it */
    PROTOCOL_OVERLOADED, /* no room to hold it: it never reached the journal */
};

struct device_protocol
{
    const char *name; /* for logs */
    enum protocol number;
    bool patient;      /* it has no words for "no room": its frames wait unread instead */
    uint8_t frame_end; /* a byte that ends any frame: stands for the end of a datagram */

    /* The next frame of bytes[*at..size); moves *at past what is done with. Pure. */
    enum protocol_found (*detect)(const uint8_t *bytes, size_t size, size_t *at,
                                  struct protocol_frame *ret_frame);
    /* Is this rest the beginning of a frame, so that the deadline runs? Pure. */
    bool (*is_partial)(const uint8_t *rest, size_t size);
    /* Handles one frame: answers through session_reply, or offers a signal. */
    void (*decode)(struct session *session, const struct protocol_frame *frame);
    /* Answers a signal: receipt, retry, or nothing where the protocol's silence means "again". */
    void (*encode_receipt)(struct session *session, const struct protocol_context *context,
                           enum protocol_status status);
    /* Says why the session ends; nothing where the protocol has no words for it. */
    void (*encode_refusal)(struct session *session, const char *reason);
};

extern const struct device_protocol protocol_native;
extern const struct device_protocol protocol_dc09;

#endif
