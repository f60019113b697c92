/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_framer.h"

#include "intake/dc09_chars.h"

#include <string.h>

#define LF 0x0A
#define CR 0x0D

/* Bytes from LF to the first quote. */
#define QUOTE_AT_TEXT 9
#define QUOTE_AT_BINARY 7

enum header_form
{
    HEADER_MORE,
    HEADER_NONE,
    HEADER_TEXT,
    HEADER_BINARY,
};

uint16_t
dc09_crc16(const void *bytes, size_t size)
{
    /* The table of one nibble: small enough to stay in the cache beside everything else. */
    static const uint16_t nibbles[16] = {0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00,
                                         0x2800, 0xE401, 0xA001, 0x6C00, 0x7800, 0xB401,
                                         0x5000, 0x9C01, 0x8801, 0x4400};
    const uint8_t *from = bytes;
    unsigned crc = 0;

    for (size_t i = 0; i < size; i++) {
        crc ^= from[i];
        crc = (crc >> 4) ^ nibbles[crc & 15];
        crc = (crc >> 4) ^ nibbles[crc & 15];
    }
    return (uint16_t)crc;
}

/* Can lf[i] stand at that place of the text form? */
static bool
fits_text(const uint8_t *lf, size_t i)
{
    if (i == 5) {
        return lf[i] == '0';
    }
    if (i == QUOTE_AT_TEXT) {
        return lf[i] == '"';
    }
    return dc09_is_hex((char)lf[i]);
}

static bool
fits_binary(const uint8_t *lf, size_t i)
{
    if (i < 3 || i > QUOTE_AT_BINARY) {
        return true;
    }
    if (i == 3) {
        return lf[i] == '0';
    }
    if (i == QUOTE_AT_BINARY) {
        return lf[i] == '"';
    }
    return dc09_is_hex((char)lf[i]);
}

/* lf[7] is a quote in one form and a hex digit in the other, so at most one form fits. */
static enum header_form
header_form_of(const uint8_t *lf, size_t size)
{
    bool text = true;
    bool binary = true;

    for (size_t i = 1; i <= QUOTE_AT_TEXT && i < size; i++) {
        text = text && fits_text(lf, i);
        binary = binary && fits_binary(lf, i);
    }
    if (!text && !binary) {
        return HEADER_NONE;
    }
    if (binary && size > QUOTE_AT_BINARY) {
        return HEADER_BINARY;
    }
    if (text && size > QUOTE_AT_TEXT) {
        return HEADER_TEXT;
    }
    return HEADER_MORE;
}

static unsigned
read_hex(const uint8_t *from, size_t count)
{
    unsigned value = 0;

    for (size_t i = 0; i < count; i++) {
        value = value * 16 + (unsigned)dc09_hex_value((char)from[i]);
    }
    return value;
}

/* Everything the header says, and what of the body is there. */
static void
read_header(const uint8_t *lf, enum header_form form, struct dc09_frame *frame)
{
    *frame = (struct dc09_frame){.raw = lf + 1, .binary_crc = form == HEADER_BINARY};
    if (form == HEADER_BINARY) {
        frame->crc_said = (uint16_t)(lf[1] << 8 | lf[2]);
        frame->length = (uint16_t)read_hex(lf + 4, 3);
        frame->body = lf + QUOTE_AT_BINARY;
    } else {
        frame->crc_said = (uint16_t)read_hex(lf + 1, 4);
        frame->length = (uint16_t)read_hex(lf + 6, 3);
        frame->body = lf + QUOTE_AT_TEXT;
    }
}

static void
set_body_size(struct dc09_frame *frame, size_t body_size)
{
    frame->body_size = body_size;
    frame->raw_size = (size_t)(frame->body - frame->raw) + body_size;
}

/* A line that starts like no frame: shown to the engineer up to its end, at most 64 bytes. */
static void
describe_no_header(const uint8_t *lf, size_t left, struct dc09_frame *ret)
{
    size_t end = 1;

    while (end < left && end <= 64 && lf[end] != LF && lf[end] != CR) {
        end++;
    }
    *ret = (struct dc09_frame){.raw = lf + 1, .raw_size = end - 1, .damage = DC09_DAMAGE_HEADER};
}

/*
 * Weighs the frame whose header is read, `left` bytes being there from the quote on. MORE asks for
 * one byte past the body before it calls anything damaged: whether that byte is CR tells a wrong
 * CRC from a wrong length. A good frame waits for nothing.
 */
static enum dc09_scan
weigh(struct dc09_frame *frame, size_t left)
{
    size_t seen = left < frame->length ? left : frame->length;
    const uint8_t *early = memchr(frame->body, CR, seen);

    if (early != NULL) {
        set_body_size(frame, (size_t)(early - frame->body));
        frame->damage = DC09_DAMAGE_LENGTH;
        return DC09_SCAN_BAD;
    }
    if (left < frame->length) {
        return DC09_SCAN_MORE;
    }
    set_body_size(frame, frame->length);
    frame->crc_found = dc09_crc16(frame->body, frame->length);
    if (frame->crc_found == frame->crc_said) {
        return DC09_SCAN_FRAME;
    }
    if (left == frame->length) {
        return DC09_SCAN_MORE;
    }
    frame->damage = frame->body[frame->length] == CR ? DC09_DAMAGE_CRC : DC09_DAMAGE_LENGTH;
    return DC09_SCAN_BAD;
}

/* Where to look on: after the CR of a good frame, at the LF inside a damaged one. */
static size_t
resume_at(const uint8_t *bytes, size_t size, const struct dc09_frame *frame, enum dc09_scan scan)
{
    size_t end = (size_t)(frame->body - bytes) + frame->body_size;

    if (scan == DC09_SCAN_BAD) {
        const uint8_t *inner = memchr(frame->body, LF, frame->body_size);
        return inner != NULL ? (size_t)(inner - bytes) : end;
    }
    return end < size && bytes[end] == CR ? end + 1 : end;
}

enum dc09_scan
dc09_framer_next(const uint8_t *bytes, size_t size, size_t *at, struct dc09_frame *ret)
{
    while (*at < size) {
        const uint8_t *lf = memchr(bytes + *at, LF, size - *at);
        if (lf == NULL) {
            *at = size; /* junk between frames */
            break;
        }
        *at = (size_t)(lf - bytes);

        enum header_form form = header_form_of(lf, size - *at);
        if (form == HEADER_MORE) {
            break;
        }
        if (form == HEADER_NONE) {
            size_t left = size - *at;
            *at += 1;
            if (lf[1] == LF || lf[1] == CR || lf[1] == 0) {
                continue; /* an empty line, not a broken frame */
            }
            describe_no_header(lf, left, ret);
            return DC09_SCAN_BAD;
        }

        struct dc09_frame frame;
        read_header(lf, form, &frame);
        enum dc09_scan scan = weigh(&frame, size - (size_t)(frame.body - bytes));
        if (scan == DC09_SCAN_MORE) {
            break;
        }
        *at = resume_at(bytes, size, &frame, scan);
        *ret = frame;
        return scan;
    }
    return DC09_SCAN_MORE;
}

bool
dc09_framer_has_begun(const uint8_t *rest, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (rest[i] != LF && rest[i] != CR && rest[i] != 0) {
            return true;
        }
    }
    return false;
}

const char *
dc09_damage_text(enum dc09_damage damage)
{
    switch (damage) {
        case DC09_DAMAGE_HEADER:
            return "header";
        case DC09_DAMAGE_LENGTH:
            return "length";
        case DC09_DAMAGE_CRC:
            return "checksum";
        case DC09_DAMAGE_NONE:
        default:
            return "none";
    }
}
