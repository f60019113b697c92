/* SPDX-License-Identifier: Apache-2.0 */
#include "test_dc09_support.h"

static struct support_frame frame;

/* The body of the clear ACK to `body`, read back. */
static void
check_ack_body(const char *body, const char *expected)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_frame answer;
    size_t at = 0;

    support_decode_body(&frame, body);
    struct dc09_echo echo = dc09_echo_of(&frame.message);
    size_t size = dc09_encode_ack(&echo, NULL, NULL, 0, 0, reply, sizeof(reply));
    cr_assert_eq(dc09_framer_next(reply, size, &at, &answer), DC09_SCAN_FRAME);
    support_check_view((struct dc09_view){(const char *)answer.body, answer.body_size}, expected);
}

Test(dc09_reply, echoes_receiver_prefix_and_account_exactly_and_only_if_sent)
{
    check_ack_body("\"NULL\"0007R0L0#A10001[]", "\"ACK\"0007R0L0#A10001[]");
    check_ack_body("\"NULL\"0007L0#A10001[]", "\"ACK\"0007L0#A10001[]");
    check_ack_body("\"NULL\"0007L#22334455[]", "\"ACK\"0007L#22334455[]");
    check_ack_body("\"NULL\"0007#1234[]", "\"ACK\"0007#1234[]");
    check_ack_body("\"NULL\"0007[]", "\"ACK\"0007[]");
    check_ack_body("\"NULL\"9999", "\"ACK\"9999[]");
}

Test(dc09_reply, keeps_the_case_of_what_it_echoes)
{
    check_ack_body("\"NULL\"0007Rc0ffeeL0a#a1b2c3[]", "\"ACK\"0007Rc0ffeeL0a#a1b2c3[]");
}

Test(dc09_reply, answers_a_binary_crc_with_a_binary_crc)
{
    uint8_t bytes[DC09_REPLY_MAX];
    struct dc09_frame found;
    struct dc09_echo echo = {.sequence = 3, .binary_crc = true, .head_size = 6, .head = "L0#A10"};
    size_t sizes[3] = {0};

    for (int kind = 0; kind < 3; kind++) {
        size_t at = 0;
        sizes[kind] = kind == 0   ? dc09_encode_ack(&echo, NULL, NULL, 0, 0, bytes, sizeof(bytes))
                      : kind == 1 ? dc09_encode_nak(&echo, SUPPORT_NOON, bytes, sizeof(bytes))
                                  : dc09_encode_duh(&echo, bytes, sizeof(bytes));
        cr_assert_eq(dc09_framer_next(bytes, sizes[kind], &at, &found), DC09_SCAN_FRAME);
        cr_assert(found.binary_crc);
        cr_assert_eq(bytes[7], '"');
        cr_assert_eq(bytes[sizes[kind] - 1], '\r');
    }
}

Test(dc09_reply, an_encrypted_request_gets_an_encrypted_ack_with_our_time)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_cipher *cipher = NULL;
    struct dc09_echo echo = {
        .sequence = 12, .encrypted = true, .head_size = 9, .head = "L0#A10001"};

    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    size_t size =
        dc09_encode_ack(&echo, cipher, SUPPORT_KEY, 24, SUPPORT_NOON, reply, sizeof(reply));
    cr_assert_gt(size, 0u);
    dc09_cipher_free(cipher);

    size_t at = 0;
    cr_assert_eq(dc09_framer_next(reply, size, &at, &frame.frame), DC09_SCAN_FRAME);
    char text[DC09_REPLY_MAX];
    (void)snprintf(text, sizeof(text), "%.*s", (int)frame.frame.raw_size,
                   (const char *)frame.frame.raw);
    support_open(&frame, text, SUPPORT_KEY, 24);
    cr_assert_eq(frame.message.token, DC09_TOKEN_ACK);
    cr_assert_eq(frame.message.sequence, 12);
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
    cr_assert_eq(frame.message.payload.size, 0u);
}

Test(dc09_reply, without_cipher_key_or_room_there_is_no_encrypted_ack)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_cipher *cipher = NULL;
    struct dc09_echo echo = {.encrypted = true};

    cr_assert_eq(dc09_encode_ack(&echo, NULL, SUPPORT_KEY, 16, 0, reply, sizeof(reply)), 0u);
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    cr_assert_eq(dc09_encode_ack(&echo, cipher, NULL, 0, 0, reply, sizeof(reply)), 0u);
    cr_assert_eq(dc09_encode_ack(&echo, cipher, SUPPORT_KEY, 16, 0, reply, 40), 0u);
    dc09_cipher_free(cipher);
    cr_assert_eq(dc09_encode_duh(&echo, reply, 5), 0u);
    cr_assert_eq(dc09_encode_duh(&echo, reply, 12), 0u);
}

Test(dc09_reply, nak_and_duh_are_clear_even_to_an_encrypted_request)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_echo echo = {.sequence = 2, .encrypted = true, .head_size = 9, .head = "L0#A10001"};

    size_t size = dc09_encode_duh(&echo, reply, sizeof(reply));
    support_check_bytes(reply, size, "C82E0014\"DUH\"0002L0#A10001[]");
    size = dc09_encode_nak(&echo, SUPPORT_NOON, reply, sizeof(reply));
    support_check_bytes(reply, size, "150A0025\"NAK\"0000R0L0A0[]_12:00:00,11-22-2026");
}

Test(dc09_reply, a_malformed_frame_is_answered_as_far_as_it_was_read)
{
    const char *body = "\"SIA-DCS\"0042R1L2#A10001?[]";
    struct dc09_frame bare = {.body = (const uint8_t *)body, .body_size = strlen(body)};
    struct dc09_message message;
    uint8_t reply[DC09_REPLY_MAX];

    cr_assert_eq(dc09_decode(&bare, &message), ERROR_MALFORMED);
    struct dc09_echo echo = dc09_echo_of(&message);
    size_t size = dc09_encode_duh(&echo, reply, sizeof(reply));
    cr_assert_eq(memcmp(reply + 9, "\"DUH\"0042R1L2#A10001[]\r", size - 9), 0);
}

Test(dc09_reply, the_longest_head_fits_into_the_room_of_a_reply)
{
    uint8_t reply[DC09_REPLY_MAX];
    struct dc09_cipher *cipher = NULL;
    struct dc09_echo echo = {.encrypted = true, .head_size = DC09_HEAD_MAX};

    memset(echo.head, 'A', sizeof(echo.head));
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    cr_assert_gt(dc09_encode_ack(&echo, cipher, SUPPORT_KEY, 32, 0, reply, sizeof(reply)), 0u);
    dc09_cipher_free(cipher);
}

Test(dc09_reply, a_head_longer_than_any_is_not_echoed_at_all)
{
    static const char head[] = "R0123456789ABCDEFL0123456789ABCDEF#0123456789A";
    struct dc09_message message = {.sequence = 1, .head = {head, sizeof(head) - 1}};

    cr_assert_gt(message.head.size, (size_t)DC09_HEAD_MAX);
    cr_assert_eq(dc09_echo_of(&message).head_size, 0u);
}

Test(dc09_reply, an_encrypted_frame_that_does_not_fit_is_not_written)
{
    static char data[LIMIT_DC09_FRAME];
    static uint8_t bytes[DC09_FRAME_MAX];
    struct dc09_cipher *cipher = NULL;
    struct dc09_outgoing outgoing = {.token = "SIA-DCS",
                                     .head = support_view("L0#A10001"),
                                     .key = SUPPORT_KEY,
                                     .key_size = 16,
                                     .bar = true};

    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    outgoing.cipher = cipher;
    memset(data, 'x', sizeof(data));
    outgoing.data = (struct dc09_view){data, sizeof(data)}; /* longer than any plain text */
    cr_assert_eq(dc09_encode(&outgoing, bytes, sizeof(bytes)), 0u);
    outgoing.data.size = 2030; /* fits as plain text, not as hex digits behind a head */
    cr_assert_eq(dc09_encode(&outgoing, bytes, sizeof(bytes)), 0u);
    outgoing.data.size = 0;
    cr_assert_eq(dc09_encode(&outgoing, bytes, 30), 0u, "no room for the head");
    cr_assert_eq(dc09_encode(&outgoing, bytes, 40), 0u, "no room for a block");
    cr_assert_gt(dc09_encode(&outgoing, bytes, 100), 0u);
    dc09_cipher_free(cipher);
}
