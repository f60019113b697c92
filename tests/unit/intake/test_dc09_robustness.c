/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The robustness list of standards.md 1.12, each entry a named case, from bytes to signal and
 * answer. REQ R0 TEST: what is odd about a frame never costs the alarm in it.
 */
#include "test_dc09_support.h"

#include "intake/dc09_clock.h"

static struct support_frame frame;
static struct dc09_signal signal_read;

static void
check_press(const char *body)
{
    support_decode_body(&frame, body);
    dc09_interpret(&frame.message, &signal_read);
    cr_assert_eq(signal_read.kind, SIGNAL_PANIC, "%s", body);
    cr_assert_eq(signal_read.class_hint, PRIORITY_P1);
}

/* Counts good frames of `bytes` handed over in pieces of `piece`, as a session keeps them. */
static unsigned
count_in_pieces(const char *bytes, size_t size, size_t piece)
{
    uint8_t kept[DC09_FRAME_MAX + 64];
    size_t used = 0;
    unsigned good = 0;

    for (size_t from = 0; from < size; from += piece) {
        size_t count = size - from < piece ? size - from : piece;
        struct dc09_frame found;
        enum dc09_scan scan;
        size_t at = 0;
        memcpy(kept + used, bytes + from, count);
        used += count;
        while ((scan = dc09_framer_next(kept, used, &at, &found)) != DC09_SCAN_MORE) {
            good += scan == DC09_SCAN_FRAME ? 1 : 0;
        }
        memmove(kept, kept + at, used - at);
        used -= at;
    }
    return good;
}

#define PRESS "\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r"
#define LINK "\nBD5B0029\"NULL\"0000L0#A10001[]_12:00:00,11-22-2026\r"

Test(dc09_robustness, split_frames_across_tcp_reads)
{
    for (size_t piece = 1; piece <= sizeof(PRESS LINK); piece++) {
        cr_assert_eq(count_in_pieces(PRESS LINK, sizeof(PRESS LINK) - 1, piece), 2u, "%zu", piece);
    }
}

Test(dc09_robustness, two_frames_in_one_read)
{
    cr_assert_eq(count_in_pieces(PRESS PRESS, sizeof(PRESS PRESS) - 1, 1000), 2u);
}

Test(dc09_robustness, junk_before_lf)
{
    static const char bytes[] = "\xFF\0AT+CSQ\r\r" PRESS;
    cr_assert_eq(count_in_pieces(bytes, sizeof(bytes) - 1, 1000), 1u);
    cr_assert_eq(count_in_pieces(bytes, sizeof(bytes) - 1, 1), 1u);
}

Test(dc09_robustness, nul_after_cr)
{
    static const char bytes[] = PRESS "\0" PRESS "\0" PRESS "\0";
    cr_assert_eq(count_in_pieces(bytes, sizeof(bytes) - 1, 1000), 3u);
    cr_assert_eq(count_in_pieces(bytes, sizeof(bytes) - 1, 1), 3u);
}

Test(dc09_robustness, lower_case_hex)
{
    support_decode(&frame, "b472002a\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]");
    support_open(&frame,
                 "611E0078\"*SIA-DCS\"0003L0#A10001["
                 "9415c3172aafb6f181d7b033a99fe70f7f9cb6b01eda444a95778716223e8f70"
                 "5129f3f69ddc47f97f25792ade21506e",
                 SUPPORT_KEY, 16);
    support_check_view(frame.message.payload, "Nri1/PA001");
}

Test(dc09_robustness, binary_crc)
{
    uint8_t bytes[DC09_FRAME_MAX];
    struct dc09_outgoing outgoing = {.token = "SIA-DCS",
                                     .binary_crc = true,
                                     .sequence = 1,
                                     .head = support_view("L0#A10001"),
                                     .data = support_view("#A10001|Nri1/PA001")};
    size_t size = dc09_encode(&outgoing, bytes, sizeof(bytes));

    cr_assert_eq(bytes[1], 0xB4);
    cr_assert_eq(bytes[2], 0x72);
    cr_assert_eq(count_in_pieces((const char *)bytes, size, 1), 1u);
}

Test(dc09_robustness, prefix_without_value)
{
    check_press("\"SIA-DCS\"0001L#22334455[#22334455|Nri1/PA001]");
    cr_assert(frame.message.oddities & DC09_ODD_EMPTY_PREFIX);
    support_check_view(frame.message.account, "22334455");
}

Test(dc09_robustness, no_prefix)
{
    check_press("\"SIA-DCS\"0001#A10001[#A10001|Nri1/PA001]");
    cr_assert(frame.message.oddities & DC09_ODD_NO_PREFIX);
    cr_assert_null(frame.message.prefix.data);
}

Test(dc09_robustness, accounts_of_three_to_sixteen_digits_are_regular)
{
    char body[128];

    for (int digits = 3; digits <= 16; digits++) {
        (void)snprintf(body, sizeof(body), "\"SIA-DCS\"0001L0#%.*s[|NPA1]", digits,
                       "0123456789abCDEF");
        check_press(body);
        cr_assert_eq(frame.message.account.size, (size_t)digits);
        cr_assert_eq(frame.message.oddities & DC09_ODD_ACCOUNT, 0u);
    }
}

Test(dc09_robustness, accounts_out_of_range_are_flagged_and_taken)
{
    static const char *const odd[] = {"1", "12", "01234567890123456", "01234567890123456789012",
                                      "XYZ1"};
    char body[128];

    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        (void)snprintf(body, sizeof(body), "\"SIA-DCS\"0001L0#%s[|NPA1]", odd[i]);
        check_press(body);
        support_check_view(frame.message.account, odd[i]);
        cr_assert(frame.message.oddities & DC09_ODD_ACCOUNT);
    }
}

Test(dc09_robustness, closing_bracket_missing)
{
    check_press("\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001");
    cr_assert(frame.message.oddities & DC09_ODD_UNCLOSED);
    check_press("\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001_12:00:00,11-22-2026");
    support_check_view(frame.message.payload, "Nri1/PA001");
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
    check_press("\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001][Ihelp_12:00:00,11-22-2026");
    support_check_view(frame.message.xdata[0].value, "help");
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
}

Test(dc09_robustness, ciphertext_not_a_multiple_of_32_hex_characters)
{
    struct dc09_cipher *cipher = NULL;

    support_decode_body(&frame, "\"*SIA-DCS\"0003L0#A10001[9415C3172AAFB6F181D7B033A99FE70F7F");
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
    cr_assert_eq(dc09_decrypt(cipher, SUPPORT_KEY, 16, frame.scratch, &frame.message),
                 ERROR_DECRYPT);
    dc09_cipher_free(cipher);
    dc09_interpret_unreadable(&frame.message, &signal_read);
    cr_assert_eq(signal_read.kind, SIGNAL_UNREADABLE);
}

Test(dc09_robustness, xdata_that_is_not_ascii)
{
    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1][RK\xFC"
                "che][I\x80 5]");
    cr_assert_str_eq(signal_read.zone, "1 Küche");
    cr_assert_str_eq(signal_read.text, "€ 5");
}

Test(dc09_robustness, the_4095_byte_limit_of_the_length)
{
    static char body[LIMIT_DC09_FRAME + 1];
    const char *start = "\"SIA-DCS\"0001L0#A10001[|NPA1^";

    memset(body, 'x', LIMIT_DC09_FRAME);
    memcpy(body, start, strlen(start));
    memcpy(body + LIMIT_DC09_FRAME - 2, "^]", 2);
    check_press(body);
    cr_assert_eq(frame.frame.body_size, 4095u);
}

Test(dc09_robustness, a_timestamp_on_29_february)
{
    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1]_12:00:00,02-29-2028");
    cr_assert_eq(frame.message.time_state, DC09_TIME_VALID);
    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1]_12:00:00,02-29-2027");
    cr_assert_eq(frame.message.time_state, DC09_TIME_INVALID);
    cr_assert_eq(frame.message.time_us, 0);
}

Test(dc09_robustness, a_timestamp_in_a_leap_second)
{
    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1]_23:59:60,12-31-2026");
    cr_assert_eq(frame.message.time_state, DC09_TIME_VALID);
    cr_assert_eq(frame.message.time_us % 60000000, 0);
}

Test(dc09_robustness, a_timestamp_that_is_none)
{
    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1]_soon");
    cr_assert_eq(frame.message.time_state, DC09_TIME_INVALID);
    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1]_");
    cr_assert_eq(frame.message.time_state, DC09_TIME_INVALID);
}

Test(dc09_robustness, the_same_sequence_sent_again_gets_the_same_answer)
{
    uint8_t first[DC09_REPLY_MAX];
    uint8_t second[DC09_REPLY_MAX];
    struct dc09_signal before;

    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1]");
    before = signal_read;
    struct dc09_echo echo = dc09_echo_of(&frame.message);
    size_t size = dc09_encode_ack(&echo, NULL, NULL, 0, 0, first, sizeof(first));
    check_press("\"SIA-DCS\"0001L0#A10001[|NPA1]");
    echo = dc09_echo_of(&frame.message);
    cr_assert_eq(dc09_encode_ack(&echo, NULL, NULL, 0, 0, second, sizeof(second)), size);
    cr_assert_eq(memcmp(first, second, size), 0);
    cr_assert_eq(memcmp(&before, &signal_read, sizeof(before)), 0, "and the same content");
}
