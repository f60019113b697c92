/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the DC-09 codec share. */
#ifndef TEST_DC09_SUPPORT_H
#define TEST_DC09_SUPPORT_H

#include "intake/dc09_encode.h"
#include "intake/dc09_payload.h"
#include "intake/dc09_reply.h"
#include "intake/dc09_xdata.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const char support_key_text[] =
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F"
    "\x20\x21\x22\x23\x24\x25\x26\x27\x28\x29\x2A\x2B\x2C\x2D\x2E\x2F";
#define SUPPORT_KEY ((const uint8_t *)support_key_text)
#define SUPPORT_PAD "PADPADPADPADPADP"
#define SUPPORT_NOON INT64_C(1795348800000000) /* 2026-11-22T12:00:00Z */

/* A frame in memory that stays while its message is looked at. */
struct support_frame
{
    uint8_t bytes[2 * DC09_FRAME_MAX];
    size_t size;
    uint8_t scratch[DC09_SCRATCH_SIZE];
    struct dc09_frame frame;
    struct dc09_message message;
};

static inline struct dc09_view
support_view(const char *text)
{
    return (struct dc09_view){text, strlen(text)};
}

static inline void
support_check_view(struct dc09_view view, const char *expected)
{
    bool same = view.size == strlen(expected) &&
                (view.size == 0 || memcmp(view.data, expected, view.size) == 0);
    cr_assert(same, "\"%.*s\" instead of \"%s\"", (int)view.size,
              view.data == NULL ? "" : view.data, expected);
}

/* Puts LF before and CR behind `text`, and has the framer find exactly one good frame. */
static inline void
support_find(struct support_frame *frame, const char *text)
{
    size_t at = 0;

    frame->size = strlen(text) + 2;
    frame->bytes[0] = '\n';
    memcpy(frame->bytes + 1, text, strlen(text));
    frame->bytes[frame->size - 1] = '\r';
    enum dc09_scan scan = dc09_framer_next(frame->bytes, frame->size, &at, &frame->frame);
    cr_assert_eq(scan, DC09_SCAN_FRAME, "%s: %s", text, dc09_damage_text(frame->frame.damage));
    cr_assert_eq(at, frame->size);
}

static inline struct dc09_message *
support_decode(struct support_frame *frame, const char *text)
{
    support_find(frame, text);
    enum error error = dc09_decode(&frame->frame, &frame->message);
    cr_assert_eq(error, ERROR_NONE, "%s: expected %s at %zu", text, frame->message.wrong,
                 frame->message.wrong_at);
    return &frame->message;
}

/* Builds a good clear frame around `body` (from the first quote on) and decodes it. */
static inline struct dc09_message *
support_decode_body(struct support_frame *frame, const char *body)
{
    char text[DC09_FRAME_MAX + 16];
    int size = snprintf(text, sizeof(text), "%04X%04zX%s", dc09_crc16(body, strlen(body)),
                        strlen(body), body);

    cr_assert(size > 0 && (size_t)size < sizeof(text));
    return support_decode(frame, text);
}

static inline struct dc09_message *
support_open(struct support_frame *frame, const char *text, const uint8_t *key, size_t key_size)
{
    struct dc09_cipher *cipher = NULL;
    struct dc09_message *message = support_decode(frame, text);

    cr_assert(message->encrypted);
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    enum error error = dc09_decrypt(cipher, key, key_size, frame->scratch, message);
    dc09_cipher_free(cipher);
    cr_assert_eq(error, ERROR_NONE, "%s: %s", text, error_text(error));
    return message;
}

/* LF, `text`, CR are exactly the bytes written? */
static inline void
support_check_bytes(const uint8_t *bytes, size_t size, const char *text)
{
    cr_assert_eq(size, strlen(text) + 2, "%.*s instead of %s", (int)size, (const char *)bytes,
                 text);
    cr_assert_eq(bytes[0], '\n');
    cr_assert_eq(memcmp(bytes + 1, text, strlen(text)), 0, "%.*s instead of %s", (int)size,
                 (const char *)bytes, text);
    cr_assert_eq(bytes[size - 1], '\r');
}

#endif
