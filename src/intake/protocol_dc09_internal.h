/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the DC-09 protocol share: one frame on its way through. Worker thread. */
#ifndef INTAKE_PROTOCOL_DC09_INTERNAL_H
#define INTAKE_PROTOCOL_DC09_INTERNAL_H

#include "intake/dc09_clock.h"
#include "intake/dc09_reply.h"
#include "intake/session.h"
#include "intake/worker.h"

/* One frame on its way through. */
struct dc09_case
{
    struct session *session;
    const struct dc09_frame *frame;
    struct dc09_message message;
    struct dc09_echo echo;
    char account[LIMIT_ACCOUNT];
    uint64_t account_hash;                /* 0: it names none */
    const struct registry_account *known; /* NULL: the registry does not know the account */
    struct dc09_clock_verdict clock;
    enum path path;  /* of which it is a sign of life; PATH_NONE: of none */
    bool key_unused; /* a key is on record, yet the frame is in clear text */
};

/* The ACK of this frame, encrypted when the frame was; 0 when there is no key for that. */
size_t dc09_make_ack(struct dc09_case *at, uint8_t reply[DC09_REPLY_MAX]);

/* protocol_dc09_copy.c */

/* True when the frame is a copy of one taken lately, and done with. */
bool dc09_take_copy(struct dc09_case *at);
/* Remembers a frame that goes to the journal; what resend_settle wants. Only what gets its ACK: a
 * frame answered with NAK is judged again when it comes back. */
uint32_t dc09_remember(struct dc09_case *at);

#endif
