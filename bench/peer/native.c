/* SPDX-License-Identifier: Apache-2.0 */
/* larwmd's own protocol: a press, and the receipt after it is durable; and the bare echo of it. */
#include "client/unit_wire.h"
#include "peer.h"

#include <string.h>

static size_t
native_greet(unsigned link, uint64_t boot_id, uint8_t *to, size_t room)
{
    static char model[] = "larwm-bench";
    const struct unit_hello hello = {.model = model};
    (void)link;
    return unit_wire_hello(&hello, boot_id, to, room);
}

static size_t
native_request(unsigned link, uint64_t boot_id, uint64_t sequence, uint8_t *to, size_t room)
{
    const struct unit_signal signal = {
        .sequence = sequence, .kind = SIGNAL_PANIC, .battery_percent = 80};
    (void)link;
    return unit_wire_signal(&signal, boot_id, to, room);
}

static size_t
native_touch(uint8_t *to, size_t room)
{
    return unit_wire_heartbeat(80, NULL, to, room);
}

static enum peer_answer
native_answer(const uint8_t *bytes, size_t size, size_t *at, uint64_t *ret_sequence)
{
    struct unit_answer answer;
    enum error error = unit_wire_answer(bytes, size, at, &answer);
    if (error != ERROR_NONE) {
        return error == ERROR_AGAIN ? PEER_PARTIAL : PEER_BROKEN;
    }
    switch (answer.kind) {
        case UNIT_ANSWER_WELCOME:
            return answer.welcome.known ? PEER_ANSWER : PEER_BROKEN; /* not registered: no figure */
        case UNIT_ANSWER_HEARTBEAT:
            return PEER_ANSWER;
        case UNIT_ANSWER_RECEIPT:
            *ret_sequence = answer.receipt.sequence;
            return answer.receipt.status == UNIT_RECEIPT_DURABLE ? PEER_ANSWER : PEER_REFUSED;
        default:
            return PEER_BROKEN;
    }
}

const struct peer_protocol peer_native = {
    .name = "native",
    .greet = native_greet,
    .request = native_request,
    .touch = native_touch,
    .answer = native_answer,
};

/* The same frames come back as they were sent, in order. */
static enum peer_answer
echo_answer(const uint8_t *bytes, size_t size, size_t *at, uint64_t *ret_sequence)
{
    (void)ret_sequence;
    size_t left = size - *at;
    if (left < 4) {
        return PEER_PARTIAL;
    }
    size_t length = (size_t)bytes[*at + 2] << 8 | bytes[*at + 3];
    if (bytes[*at] != 0 || bytes[*at + 1] != 0 || length > PEER_MESSAGE_MAX) {
        return PEER_BROKEN;
    }
    if (left < 4 + length) {
        return PEER_PARTIAL;
    }
    *at += 4 + length;
    return PEER_ANSWER;
}

const struct peer_protocol peer_echo = {
    .name = "echo",
    .greet = native_greet,
    .request = native_request,
    .touch = native_touch,
    .answer = echo_answer,
};
