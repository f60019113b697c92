/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes any DC-09 frame: what a panel sends (larwm-panel, the bench, tests) and, through
 * dc09_reply.h, what we answer. Pure but for the cipher's random padding; one thread a cipher.
 */
#ifndef INTAKE_DC09_ENCODE_H
#define INTAKE_DC09_ENCODE_H

#include "intake/dc09_crypt.h"

struct dc09_outgoing
{
    const char *token; /* "SIA-DCS", "ACK" ...; at most 15 characters, without asterisk */
    bool binary_crc;
    unsigned sequence;      /* 0..9999 */
    struct dc09_view head;  /* "L0#A10001": receiver, prefix, account; at most DC09_HEAD_MAX */
    struct dc09_view data;  /* between the first brackets: "#A10001|Nri1/PA001"; may be empty */
    struct dc09_view xdata; /* with its brackets: "[X003W10.7454][Y51N28.8949]"; may be empty */
    bool timed;             /* append the timestamp */
    int64_t time_us;        /* UTC, microseconds since 1970 */

    struct dc09_cipher *cipher; /* NULL: clear text */
    const uint8_t *key;
    size_t key_size; /* 16, 24 or 32 */
    bool bar;        /* end the padding with '|' even when there is no data; frames with data
                        always do */
};

/*
 * Writes LF, header, body and CR at `out`. Returns the size, or 0 when it does not fit in `room`,
 * in 4095 bytes, or the key has no such size. DC09_FRAME_MAX bytes are always room enough.
 */
size_t dc09_encode(const struct dc09_outgoing *outgoing, uint8_t *out, size_t room);

#endif
