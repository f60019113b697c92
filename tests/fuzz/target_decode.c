/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body parser. The input, after a first byte whose bit 0 asks for the binary CRC, is the body
 * of a frame built good around it. Promises: views lie in the frame, bounds hold, replies are
 * frames that echo the head, and what is written from a message is read back as that message.
 */
#include "fuzz.h"

#include "intake/dc09_xdata.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Puts header and CR around the body and has the framer find it. False: no frame can hold it. */
static bool
frame_body(const uint8_t *body, size_t size, bool binary, uint8_t **ret_bytes, size_t *ret_size,
           struct dc09_frame *ret)
{
    size_t header = binary ? 7 : 9;
    unsigned crc = dc09_crc16(body, size);
    char digits[16];
    size_t at = 0;

    if (size == 0 || size > LIMIT_DC09_FRAME || body[0] != '"' ||
        memchr(body, '\r', size) != NULL) {
        return false;
    }
    uint8_t *bytes = malloc(header + size + 1);
    FUZZ_CHECK(bytes != NULL);
    (void)snprintf(digits, sizeof(digits), "\n%04X%04X", crc, (unsigned)size);
    if (binary) {
        memcpy(bytes, (const uint8_t[]){'\n', (uint8_t)(crc >> 8), (uint8_t)crc}, 3);
        memcpy(bytes + 3, digits + 5, 4);
    } else {
        memcpy(bytes, digits, 9);
    }
    memcpy(bytes + header, body, size);
    bytes[header + size] = '\r';
    *ret_bytes = bytes;
    *ret_size = header + size + 1;
    FUZZ_CHECK(dc09_framer_next(bytes, *ret_size, &at, ret) == DC09_SCAN_FRAME);
    FUZZ_CHECK(at == *ret_size && ret->binary_crc == binary && ret->body_size == size);
    return true;
}

/* encode(decode(x)) keeps the head, the payload and the time. */
static void
check_round_trip(const struct dc09_message *message)
{
    static char data[LIMIT_DC09_FRAME + 1];
    static uint8_t bytes[DC09_FRAME_MAX];
    char token[16];
    struct dc09_frame frame;
    struct dc09_message again;
    size_t at = 0;

    memcpy(token, message->token_text.data, message->token_text.size);
    token[message->token_text.size] = '\0';
    data[0] = '|';
    if (message->payload.size > 0) {
        memcpy(data + 1, message->payload.data, message->payload.size);
    }
    struct dc09_outgoing outgoing = {.token = token,
                                     .binary_crc = message->binary_crc,
                                     .sequence = message->sequence,
                                     .head = message->head,
                                     .data = {data, 1 + message->payload.size},
                                     .timed = message->time_state == DC09_TIME_VALID,
                                     .time_us = message->time_us};
    size_t size = dc09_encode(&outgoing, bytes, sizeof(bytes));

    FUZZ_CHECK(size > 0);
    FUZZ_CHECK(dc09_framer_next(bytes, size, &at, &frame) == DC09_SCAN_FRAME && at == size);
    FUZZ_CHECK(dc09_decode(&frame, &again) == ERROR_NONE);
    FUZZ_CHECK(again.token == message->token && again.sequence == message->sequence);
    FUZZ_CHECK(again.binary_crc == message->binary_crc);
    FUZZ_CHECK(fuzz_same(again.token_text, message->token_text));
    FUZZ_CHECK(fuzz_same(again.head, message->head));
    FUZZ_CHECK(fuzz_same(again.receiver, message->receiver));
    FUZZ_CHECK(fuzz_same(again.prefix, message->prefix));
    FUZZ_CHECK((again.prefix.data == NULL) == (message->prefix.data == NULL));
    FUZZ_CHECK(fuzz_same(again.payload, message->payload));
    FUZZ_CHECK(!outgoing.timed || again.time_us == message->time_us);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dc09_frame frame;
    struct dc09_message message;
    uint8_t *bytes = NULL;
    size_t bytes_size = 0;

    if (size < 1) {
        return 0;
    }
    bool framed = frame_body(data + 1, size - 1, (data[0] & 1) != 0, &bytes, &bytes_size, &frame);
    if (!framed) {
        bytes = fuzz_copy(data + 1, size - 1);
        bytes_size = size - 1;
        frame = (struct dc09_frame){.body = bytes, .body_size = bytes_size};
    }
    enum error error = dc09_decode(&frame, &message);
    FUZZ_CHECK(error == ERROR_NONE || error == ERROR_MALFORMED);
    FUZZ_CHECK((message.wrong != NULL) == (error == ERROR_MALFORMED));
    FUZZ_CHECK(message.wrong_at <= frame.body_size);
    FUZZ_CHECK(error != ERROR_NONE || message.opened != message.encrypted);
    FUZZ_CHECK(dc09_token_text(message.token)[0] != '\0');
    fuzz_check_message(&message, bytes, bytes_size, NULL, 0);
    fuzz_check_replies(&message);
    (void)dc09_device_time_us(&message);
    if (error == ERROR_NONE && framed && message.opened && frame.body_size <= 4000) {
        check_round_trip(&message);
    }
    free(bytes);
    return 0;
}
