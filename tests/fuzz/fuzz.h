/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets of the DC-09 codec share beside fuzz_core.h. One thread. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "fuzz_core.h"
#include "intake/dc09_crypt.h"
#include "intake/dc09_encode.h"
#include "intake/dc09_message.h"
#include "intake/dc09_payload.h"
#include "intake/dc09_reply.h"

/* One cipher for the life of the process; padding is always the same letters. */
struct dc09_cipher *fuzz_cipher(void);
/* 32 bytes; shorter keys are its front. */
const uint8_t *fuzz_key(void);
/* 2026-11-22T12:00:00Z in microseconds. */
#define FUZZ_NOON INT64_C(1795348800000000)

struct dc09_view fuzz_view(const char *text);
bool fuzz_same(struct dc09_view one, struct dc09_view other);

/* The view is empty, or inside bytes[0..size). */
void fuzz_check_inside(struct dc09_view view, const void *bytes, size_t size);
/* Everything a decoded (or opened) message promises. Views lie in bytes[0..size) or, when `inner`
 * is not NULL, those of the block in inner[0..inner_size). */
void fuzz_check_message(const struct dc09_message *message, const void *bytes, size_t size,
                        const void *inner, size_t inner_size);
/* The same block read twice gave the same fields. */
void fuzz_check_same_block(const struct dc09_message *one, const struct dc09_message *other);
/* ACK, NAK and DUH to the message fit, are frames again, and say what they must. */
void fuzz_check_replies(const struct dc09_message *message);
/* What every event of a payload promises. */
void fuzz_check_events(const struct dc09_event *events, unsigned count, bool more,
                       struct dc09_view payload);
void fuzz_check_signal(const struct dc09_signal *signal);

#endif
