/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds SIA DC-09 frames in a stream of bytes.
 *
 *     LF  CRC  0LLL  "ID"...                                   CR
 *     0A  4hex 4hex  LLL bytes counted from the first quote     0D
 *
 * Some panels send the CRC as two raw bytes, which may themselves be LF or CR; the place of the
 * first quote (9 or 7 bytes after LF) tells the forms apart (standards.md 1.2).
 *
 * Pure: no state, no allocation, no copy. Bytes not used yet stay with the caller, at most
 * DC09_FRAME_MAX of them; a session between frames needs no buffer at all. What is found depends
 * only on the bytes, never on where the network cut them. Any thread.
 *
 * A frame is taken as soon as LLL bytes are there and the CRC agrees: the CR is not waited for.
 * When they do not agree, the search goes on at the next LF *inside* the damaged frame, so that the
 * good frame after a truncated one is never lost.
 */
#ifndef INTAKE_DC09_FRAMER_H
#define INTAKE_DC09_FRAMER_H

#include "larwm/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest frame, LF and CR included: the largest rest a caller ever has to keep. */
#define DC09_FRAME_MAX (1 + 4 + 4 + LIMIT_DC09_FRAME + 1)

/* Bytes that belong to somebody else's buffer. Not ended by NUL. `data` may be NULL when size is 0.
 */
struct dc09_view
{
    const char *data;
    size_t size;
};

enum dc09_scan
{
    DC09_SCAN_MORE,  /* nothing whole is left: keep bytes[*at..size) and read on */
    DC09_SCAN_FRAME, /* *ret is a good frame */
    DC09_SCAN_BAD,   /* *ret is a damaged frame: stay silent (the panel sends again), count it */
};

enum dc09_damage
{
    DC09_DAMAGE_NONE,
    DC09_DAMAGE_HEADER, /* after LF stands neither form of CRC, 0LLL and quote */
    DC09_DAMAGE_LENGTH, /* 0LLL does not lead to the CR */
    DC09_DAMAGE_CRC,    /* the length is right, the CRC is not */
};

struct dc09_frame
{
    const uint8_t *raw; /* from after LF to before CR, header included */
    size_t raw_size;
    const uint8_t *body; /* from the first quote to before CR; NULL when DAMAGE_HEADER */
    size_t body_size;
    bool binary_crc;    /* the CRC came as two raw bytes: the answer takes the same form */
    uint16_t length;    /* what 0LLL said, 0..4095 */
    uint16_t crc_said;  /* what the frame said */
    uint16_t crc_found; /* what we computed; 0 when the length was wrong already */
    enum dc09_damage damage;
};

/*
 * The next frame of bytes[*at..size). Moves *at past what is done with: junk, NUL after CR, frames.
 * Call until DC09_SCAN_MORE. The rest is never larger than DC09_FRAME_MAX - 1.
 * *ret views `bytes` and is written for FRAME and BAD only.
 */
enum dc09_scan
dc09_framer_next(const uint8_t *bytes, size_t size, size_t *at, struct dc09_frame *ret);

/*
 * Has a frame begun in the rest that DC09_SCAN_MORE left? False for line ends only, which some
 * panels send after a frame: they must not start the clock of a deadline for slow senders.
 */
bool dc09_framer_has_begun(const uint8_t *rest, size_t size);

/* "length", "checksum" ...: for logs and counters. */
const char *dc09_damage_text(enum dc09_damage damage);

/*
 * CRC-16/ARC: poly 0x8005 reflected, start 0, no final xor. dc09_crc16("123456789", 9) == 0xBB3D.
 */
uint16_t dc09_crc16(const void *bytes, size_t size);

#endif
