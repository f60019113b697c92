/* SPDX-License-Identifier: Apache-2.0 */
/* The languages of larwm-bench-peer: an answer counts only when it is whole and a yes. */
#include "peer/peer.h"

#include <criterion/criterion.h>
#include <string.h>

/* Every beginning of it is not whole yet; all of it is one answer, and is taken to its end. */
static void
check_answer(const struct peer_protocol *protocol, const void *bytes, size_t size,
             enum peer_answer wanted)
{
    for (size_t part = 0; part <= size; part++) {
        size_t at = 0;
        uint64_t sequence = 0;
        enum peer_answer answer = protocol->answer(bytes, part, &at, &sequence);
        cr_assert_eq(answer, part < size ? PEER_PARTIAL : wanted, "%s: %zu of %zu bytes",
                     protocol->name, part, size);
        cr_assert_eq(at, part < size ? 0 : size);
    }
}

Test(peer_protocols, a_puback_is_an_answer_and_a_refused_connection_none)
{
    check_answer(&peer_mqtt, "\x40\x02\x00\x01", 4, PEER_ANSWER);
    check_answer(&peer_mqtt, "\x20\x02\x00\x00", 4, PEER_ANSWER);
    check_answer(&peer_mqtt, "\x20\x02\x00\x05", 4, PEER_BROKEN);
}

Test(peer_protocols, redis_says_ok_or_no)
{
    check_answer(&peer_redis, "+OK\r\n", 5, PEER_ANSWER);
    check_answer(&peer_redis, "-MISCONF disk full\r\n", 20, PEER_REFUSED);
}

Test(peer_protocols, an_echo_is_the_frame_that_was_sent)
{
    uint8_t press[PEER_MESSAGE_MAX];
    size_t size = peer_echo.request(7, 1, 300, press, sizeof press);
    cr_assert(size > 0);
    check_answer(&peer_echo, press, size, PEER_ANSWER);
}

Test(peer_protocols, a_request_carries_the_same_press_in_every_language)
{
    static const struct peer_protocol *const all[] = {&peer_native, &peer_echo, &peer_mqtt,
                                                      &peer_redis};
    uint8_t press[PEER_MESSAGE_MAX];
    size_t press_size = peer_native.request(7, 1, 70000, press, sizeof press);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint8_t message[PEER_MESSAGE_MAX];
        size_t size = all[i]->request(7, 1, 70000, message, sizeof message);
        cr_assert_not_null(memmem(message, size, press, press_size), "%s", all[i]->name);
    }
}

Test(peer_protocols, a_delivered_message_is_acknowledged_under_its_own_number)
{
    uint8_t message[PEER_MESSAGE_MAX];
    size_t size = peer_mqtt.request(7, 1, 4711, message, sizeof message);
    for (size_t part = 0; part <= size; part++) {
        size_t at = 0;
        bool publish = false;
        uint16_t number = 0;
        cr_assert_eq(peer_mqtt_packet(message, part, &at, &publish, &number), part == size);
        if (part == size) {
            cr_assert(publish);
            cr_assert_eq(number, 4712);
            cr_assert_eq(at, size);
        }
    }
}
