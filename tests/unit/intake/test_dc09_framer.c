/* SPDX-License-Identifier: Apache-2.0 */
#include "test_dc09_support.h"

static const char press[] = "\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r";

static enum dc09_scan
next(const char *bytes, size_t size, size_t *at, struct dc09_frame *frame)
{
    return dc09_framer_next((const uint8_t *)bytes, size, at, frame);
}

/* Scans `text` and writes one letter a finding: F good, H L C damaged header, length, CRC. */
static void
scan(const char *text, size_t size, char findings[64], size_t *ret_rest)
{
    static const char letters[] = {
        [DC09_DAMAGE_HEADER] = 'H', [DC09_DAMAGE_LENGTH] = 'L', [DC09_DAMAGE_CRC] = 'C'};
    struct dc09_frame frame;
    enum dc09_scan found;
    size_t at = 0;
    size_t count = 0;

    while ((found = next(text, size, &at, &frame)) != DC09_SCAN_MORE) {
        cr_assert_lt(count, 63u);
        findings[count++] = found == DC09_SCAN_FRAME ? 'F' : letters[frame.damage];
    }
    findings[count] = '\0';
    *ret_rest = size - at;
}

static void
check_scan(const char *text, size_t size, const char *expected, size_t expected_rest)
{
    char findings[64];
    size_t rest;

    scan(text, size, findings, &rest);
    cr_assert_str_eq(findings, expected);
    cr_assert_eq(rest, expected_rest, "%zu bytes kept", rest);
}

#define CHECK_SCAN(text, expected, rest) check_scan(text, sizeof(text) - 1, expected, rest)

#define PRESS "\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r"
#define LINK "\nBD5B0029\"NULL\"0000L0#A10001[]_12:00:00,11-22-2026\r"

Test(dc09_framer, the_crc_is_arc_and_not_ccitt)
{
    cr_assert_eq(dc09_crc16("123456789", 9), 0xBB3D);
    cr_assert_eq(dc09_crc16("", 0), 0);
}

Test(dc09_framer, finds_one_frame_and_its_parts)
{
    struct dc09_frame frame;
    size_t at = 0;

    cr_assert_eq(next(press, sizeof(press) - 1, &at, &frame), DC09_SCAN_FRAME);
    cr_assert_eq(at, sizeof(press) - 1);
    cr_assert_eq(frame.length, 0x2A);
    cr_assert_eq(frame.body_size, 0x2Au);
    cr_assert_eq(frame.body[0], '"');
    cr_assert_eq(frame.raw_size, sizeof(press) - 3);
    cr_assert_eq(frame.crc_said, 0xB472);
    cr_assert_eq(frame.crc_found, 0xB472);
    cr_assert(!frame.binary_crc);
    cr_assert_eq(frame.damage, DC09_DAMAGE_NONE);
}

Test(dc09_framer, asks_for_more_at_every_cut_and_keeps_everything_from_the_lf)
{
    struct dc09_frame frame;

    for (size_t size = 0; size < sizeof(press) - 2; size++) {
        size_t at = 0;
        cr_assert_eq(next(press, size, &at, &frame), DC09_SCAN_MORE, "cut at %zu", size);
        cr_assert_eq(at, 0u);
    }
}

Test(dc09_framer, does_not_wait_for_the_cr_of_a_good_frame)
{
    check_scan(press, sizeof(press) - 2, "F", 0);
}

Test(dc09_framer, finds_any_number_of_frames_in_one_segment)
{
    CHECK_SCAN(PRESS PRESS LINK, "FFF", 0);
}

Test(dc09_framer, keeps_the_start_of_a_frame_behind_a_whole_one)
{
    CHECK_SCAN(PRESS "\nBD5B0029\"NU", "F", 12);
}

Test(dc09_framer, skips_junk_between_frames)
{
    CHECK_SCAN("hello \x01\xFF" PRESS "\0\0junk\r\r" LINK "tail", "FF", 0);
}

Test(dc09_framer, skips_nul_after_cr_and_empty_lines)
{
    CHECK_SCAN(PRESS "\0" LINK "\0\n\r\n\r\n\0" PRESS, "FFF", 0);
}

Test(dc09_framer, a_line_feed_after_cr_is_kept_as_a_possible_start)
{
    CHECK_SCAN(PRESS "\n", "F", 1);
}

Test(dc09_framer, line_ends_alone_are_no_frame_that_has_begun)
{
    cr_assert(!dc09_framer_has_begun((const uint8_t *)"\n\r\n\0", 4));
    cr_assert(!dc09_framer_has_begun((const uint8_t *)"", 0));
    cr_assert(dc09_framer_has_begun((const uint8_t *)"\nB", 2));
}

Test(dc09_framer, takes_lower_case_hex)
{
    CHECK_SCAN("\nb472002a\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r", "F", 0);
}

Test(dc09_framer, tells_a_wrong_crc_from_a_wrong_length)
{
    CHECK_SCAN("\nB473002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r", "C", 0);
    CHECK_SCAN("\nB472002B\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r", "L", 0);
    CHECK_SCAN("\nB4720029\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r", "L", 0);
}

Test(dc09_framer, says_where_no_header_stands)
{
    CHECK_SCAN("\nZ472002A\"SIA-DCS\"0001L0#A10001[]\r", "H", 0);
    CHECK_SCAN("\nB472102A\"SIA-DCS\"0001L0#A10001[]\r", "H", 0); /* 0LLL counts to 4095 only */
    CHECK_SCAN("GET / HTTP/1.1\r\nHost: centre\r\n\r\n", "H", 3);
}

Test(dc09_framer, never_loses_the_frame_after_a_damaged_one)
{
    CHECK_SCAN("\nB473002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r" LINK, "CF", 0);
    CHECK_SCAN("\nB472002B\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r" LINK, "LF", 0);
    CHECK_SCAN("\nB4720FFF\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r" LINK, "LF", 0);
    CHECK_SCAN("\nB4720001\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r" LINK, "LF", 0);
}

Test(dc09_framer, never_loses_the_frame_after_one_that_was_cut_short)
{
    CHECK_SCAN("\nB472002A\"SIA-DCS\"0001L0#A1" LINK, "LF", 0);
    CHECK_SCAN("\nB4720FFF\"SIA-DCS\"0001L0#A1" LINK, "LF", 0);
    CHECK_SCAN("\nB472" LINK, "HF", 0);
    CHECK_SCAN("\n" LINK, "F", 0);
    /* what is left of the first is exactly as long as it said, the good frame inside */
    CHECK_SCAN("\n00000039\"NU" LINK LINK, "LFF", 0);
}

Test(dc09_framer, waits_for_one_byte_more_before_it_calls_a_frame_damaged)
{
    static const char bad[] = "\nB473002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r";
    check_scan(bad, sizeof(bad) - 2, "", sizeof(bad) - 2);
}

/* A clear link test with a binary CRC whose account makes that CRC what the case needs. */
static size_t
binary_frame(uint8_t *out, uint8_t wanted, int place)
{
    for (unsigned account = 0; account < 0x10000; account++) {
        char head[16];
        (void)snprintf(head, sizeof(head), "L0#%05X", account);
        struct dc09_outgoing outgoing = {
            .token = "NULL", .binary_crc = true, .head = support_view(head)};
        size_t size = dc09_encode(&outgoing, out, DC09_FRAME_MAX);
        if (out[1 + place] == wanted) {
            return size;
        }
    }
    cr_assert_fail("no account gives such a CRC");
    return 0;
}

Test(dc09_framer, takes_any_byte_in_a_binary_crc)
{
    static const uint8_t wanted[] = {0x0A, 0x0D, 0x00, '"', '0', 0xFF};
    uint8_t bytes[2 * DC09_FRAME_MAX];
    struct dc09_frame frame;

    for (size_t i = 0; i < sizeof(wanted); i++) {
        for (int place = 0; place < 2; place++) {
            size_t at = 0;
            size_t size = binary_frame(bytes, wanted[i], place);
            memcpy(bytes + size, PRESS, sizeof(PRESS) - 1);
            cr_assert_eq(dc09_framer_next(bytes, size + sizeof(PRESS) - 1, &at, &frame),
                         DC09_SCAN_FRAME, "%02X at %d", wanted[i], place);
            cr_assert(frame.binary_crc);
            cr_assert_eq(at, size);
            cr_assert_eq(dc09_framer_next(bytes, size + sizeof(PRESS) - 1, &at, &frame),
                         DC09_SCAN_FRAME);
            cr_assert(!frame.binary_crc);
        }
    }
}

Test(dc09_framer, a_damaged_binary_frame_does_not_take_the_next_with_it)
{
    uint8_t bytes[2 * DC09_FRAME_MAX];
    size_t size = binary_frame(bytes, 0x0A, 0);

    bytes[size - 3] ^= 1;
    memcpy(bytes + size, PRESS, sizeof(PRESS) - 1);
    check_scan((const char *)bytes, size + sizeof(PRESS) - 1, "CF", 0);
}

/* A clear frame whose body is `body_size` bytes. */
static size_t
long_frame(uint8_t *out, size_t body_size)
{
    static char data[LIMIT_DC09_FRAME];
    size_t fixed = strlen("\"SIA-DCS\"0001L0#A10001[]");
    struct dc09_outgoing outgoing = {.token = "SIA-DCS",
                                     .sequence = 1,
                                     .head = support_view("L0#A10001"),
                                     .data = {data, body_size - fixed}};

    memset(data, 'x', sizeof(data));
    return dc09_encode(&outgoing, out, DC09_FRAME_MAX);
}

Test(dc09_framer, takes_the_longest_frame_and_keeps_no_more_than_it_must)
{
    static uint8_t bytes[DC09_FRAME_MAX];
    struct dc09_frame frame;
    size_t at = 0;

    cr_assert_eq(long_frame(bytes, LIMIT_DC09_FRAME), (size_t)DC09_FRAME_MAX);
    cr_assert_eq(dc09_framer_next(bytes, DC09_FRAME_MAX, &at, &frame), DC09_SCAN_FRAME);
    cr_assert_eq(frame.body_size, 4095u);
    cr_assert_eq(long_frame(bytes, LIMIT_DC09_FRAME + 1), 0u, "the encoder has the same limit");
}

Test(dc09_framer, a_buffer_of_the_longest_frame_always_makes_progress)
{
    static char bytes[DC09_FRAME_MAX];
    struct dc09_frame frame;
    size_t at = 0;

    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, "\n00000FFF\"", 10);
    cr_assert_eq(next(bytes, sizeof(bytes), &at, &frame), DC09_SCAN_BAD);
    cr_assert_eq(frame.damage, DC09_DAMAGE_LENGTH);
    cr_assert_eq(next(bytes, sizeof(bytes), &at, &frame), DC09_SCAN_MORE);
    cr_assert_eq(at, sizeof(bytes));
}

Test(dc09_framer, names_each_damage)
{
    cr_assert_str_eq(dc09_damage_text(DC09_DAMAGE_NONE), "none");
    cr_assert_str_eq(dc09_damage_text(DC09_DAMAGE_HEADER), "header");
    cr_assert_str_eq(dc09_damage_text(DC09_DAMAGE_LENGTH), "length");
    cr_assert_str_eq(dc09_damage_text(DC09_DAMAGE_CRC), "checksum");
}
