/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit's side of the native protocol's bytes (docs/wire-native.md), both directions. Pure, any
 * thread; used by unit_client.c alone.
 */
#ifndef CLIENT_UNIT_WIRE_H
#define CLIENT_UNIT_WIRE_H

#include "base/error.h"
#include "larwm/limits.h"
#include "larwm/unit_client.h"

#define UNIT_FRAME_MAX (4u + LIMIT_NATIVE_FRAME)

struct unit_hello
{
    char *model; /* each may be NULL */
    char *firmware;
    char *network;
    char *iccid;
};

enum unit_answer_kind
{
    UNIT_ANSWER_NONE, /* a message this version does not know */
    UNIT_ANSWER_WELCOME,
    UNIT_ANSWER_HEARTBEAT,
    UNIT_ANSWER_RECEIPT,
    UNIT_ANSWER_REFUSAL,
};

struct unit_answer
{
    enum unit_answer_kind kind;
    struct unit_welcome welcome;
    struct unit_receipt receipt;
    int64_t server_time_us; /* HEARTBEAT */
    uint32_t back_off_ms;   /* HEARTBEAT */
    char reason[128];       /* REFUSAL */
};

/* Each packs one frame with its length in front and returns the bytes written; 0 when `room` or the
 * frame limit is too small. */
size_t unit_wire_hello(const struct unit_hello *hello, uint64_t boot_id, uint8_t *to, size_t room);
size_t
unit_wire_signal(const struct unit_signal *signal, uint64_t boot_id, uint8_t *to, size_t room);
size_t unit_wire_heartbeat(uint32_t battery_percent, const struct unit_position *position,
                           uint8_t *to, size_t room);

/* The next answer of bytes[*at..size); moves *at past it. ERROR_AGAIN: not whole yet. */
enum error unit_wire_answer(const uint8_t *bytes, size_t size, size_t *at,
                            struct unit_answer *ret_answer) MUST_USE;

#endif
