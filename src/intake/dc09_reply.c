/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_reply.h"

#include <string.h>

struct dc09_echo
dc09_echo_of(const struct dc09_message *message)
{
    struct dc09_echo echo = {.sequence = message->sequence,
                             .encrypted = message->encrypted,
                             .binary_crc = message->binary_crc};

    if (message->head.size > 0 && message->head.size <= sizeof(echo.head)) {
        echo.head_size = (uint8_t)message->head.size;
        memcpy(echo.head, message->head.data, message->head.size);
    }
    return echo;
}

static struct dc09_outgoing
answer(const struct dc09_echo *echo, const char *token)
{
    return (struct dc09_outgoing){.token = token,
                                  .binary_crc = echo->binary_crc,
                                  .sequence = echo->sequence,
                                  .head = {echo->head, echo->head_size}};
}

size_t
dc09_encode_ack(const struct dc09_echo *echo, struct dc09_cipher *cipher, const uint8_t *key,
                size_t key_size, int64_t now_us, uint8_t *out, size_t room)
{
    struct dc09_outgoing ack = answer(echo, "ACK");

    if (echo->encrypted) {
        if (cipher == NULL) {
            return 0;
        }
        ack.cipher = cipher;
        ack.key = key;
        ack.key_size = key_size;
        ack.timed = true;
        ack.time_us = now_us;
    }
    return dc09_encode(&ack, out, room);
}

size_t
dc09_encode_nak(const struct dc09_echo *echo, int64_t now_us, uint8_t *out, size_t room)
{
    static const char head[] = "R0L0A0";
    struct dc09_outgoing nak = {.token = "NAK",
                                .binary_crc = echo->binary_crc,
                                .head = {head, sizeof(head) - 1},
                                .timed = true,
                                .time_us = now_us};

    return dc09_encode(&nak, out, room);
}

size_t
dc09_encode_duh(const struct dc09_echo *echo, uint8_t *out, size_t room)
{
    struct dc09_outgoing duh = answer(echo, "DUH");

    return dc09_encode(&duh, out, room);
}
