/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_explain.h"

#include "test_dc09_support.h"

#include <stdlib.h>

static char *output;

static bool
explain(const char *bytes, size_t size, const uint8_t *key, size_t key_size)
{
    size_t length = 0;
    free(output);
    output = NULL;
    FILE *to = open_memstream(&output, &length);

    cr_assert_not_null(to);
    bool good = dc09_explain(to, (const uint8_t *)bytes, size, key, key_size);
    (void)fclose(to);
    return good;
}

static bool
explain_text(const char *text)
{
    return explain(text, strlen(text), NULL, 0);
}

static void
check_says(const char *expected)
{
    cr_assert_not_null(strstr(output, expected), "\"%s\" is missing in:\n%s", expected, output);
}

static void
free_output(void)
{
    free(output);
}

TestSuite(dc09_explain, .fini = free_output);

Test(dc09_explain, prints_every_field_of_a_press)
{
    cr_assert(explain_text("60A20062\"ADM-CID\"0002L0#A10001[#A10001|1120 01 001][X003W10.7454]"
                           "[Y51N28.8949][IPANIC]_12:00:00,11-22-2026"));
    check_says("CRC          60A2 (text)");
    check_says("token        ADM-CID");
    check_says("sequence     0002");
    check_says("prefix L     0");
    check_says("account      A10001");
    check_says("event        CID 1120: panic; kind PANIC, class P1; area 01; zone 001");
    check_says("X (longitude) 003W10.7454");
    check_says("position     51.481582, -3.179090");
    check_says("2026-11-22T12:00:00");
    check_says("text         PANIC");
}

Test(dc09_explain, takes_a_frame_with_and_without_its_line_ends)
{
    cr_assert(explain_text("\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r"));
    cr_assert(explain_text("B472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]\r\n"));
    check_says("SIA PA: panic alarm");
}

Test(dc09_explain, says_what_is_wrong_with_a_header)
{
    cr_assert(!explain_text("B47Z002A\"SIA-DCS\"0001L0#A10001[]"));
    check_says("Byte 4 is \"Z\", expected a hex digit of the CRC");
    cr_assert(!explain_text("B472"));
    check_says("Byte 5 is missing, expected the 0 before the length");
    cr_assert(!explain_text("B4721"));
    check_says("Byte 5 is \"1\", expected the 0 before the length");
    cr_assert(!explain_text(""));
    check_says("Byte 1 is missing");
    cr_assert(!explain("B472002A\x01", 9, NULL, 0));
    check_says("Byte 9 is \"\\x01\", expected the quote before the token");
}

Test(dc09_explain, says_both_lengths_and_reads_the_rest)
{
    cr_assert(!explain_text("B472002B\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]"));
    check_says("the length says 43 (0x02B), but 42 (0x02A) bytes stand");
    check_says("payload      Nri1/PA001");
}

Test(dc09_explain, says_both_checksums_and_knows_the_usual_mistake)
{
    cr_assert(!explain_text("B473002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]"));
    check_says("the CRC says B473, the bytes give B472");
    cr_assert_null(strstr(output, "CCITT"));
    cr_assert(!explain_text("7ABA002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]"));
    check_says("CRC-16/CCITT");
}

Test(dc09_explain, points_at_the_byte_that_cannot_be_read)
{
    const char *body = "\"SIA-DCS\"00x1L0#A10001[]";
    char text[64];

    (void)snprintf(text, sizeof(text), "%04X%04zX%s", dc09_crc16(body, strlen(body)), strlen(body),
                   body);
    cr_assert(!explain_text(text));
    check_says("byte 12: expected a sequence number of four decimal digits");
    check_says("                  ^ byte 12");
}

#define SECRET                                                                                     \
    "D6260078\"*SIA-DCS\"0003L0#A10001["                                                           \
    "9415C3172AAFB6F181D7B033A99FE70F7F9CB6B01EDA444A95778716223E8F70"                             \
    "5129F3F69DDC47F97F25792ADE21506E"

Test(dc09_explain, opens_an_encrypted_frame_or_says_why_not)
{
    cr_assert(!explain_text(SECRET));
    check_says("give its key");
    cr_assert(!explain(SECRET, strlen(SECRET), SUPPORT_KEY + 16, 16));
    check_says("this key does not open it");
    cr_assert(explain(SECRET, strlen(SECRET), SUPPORT_KEY, 16));
    check_says("payload      Nri1/PA001");
}

Test(dc09_explain, says_what_is_wrong_with_a_ciphertext)
{
    static const char *const bodies[] = {"\"*NULL\"0000L0#A10001[00112233445566778899AABBCCDDEE",
                                         "\"*NULL\"0000L0#A10001[0011223344556677 8899AABBCCDDEEF"};
    static const char *const says[] = {"not whole blocks of 32", "digit 17 of the ciphertext"};
    char text[128];

    for (int i = 0; i < 2; i++) {
        (void)snprintf(text, sizeof(text), "%04X%04zX%s", dc09_crc16(bodies[i], strlen(bodies[i])),
                       strlen(bodies[i]), bodies[i]);
        cr_assert(!explain(text, strlen(text), SUPPORT_KEY, 16));
        check_says(says[i]);
    }
}

Test(dc09_explain, lists_what_is_odd)
{
    const char *body = "\"ABC\"0001#12[#34|NPA1/BR2][K1][X0][Y0]_99:00:00,01-01-2026x";
    char text[128];

    (void)snprintf(text, sizeof(text), "%04X%04zX%s", dc09_crc16(body, strlen(body)), strlen(body),
                   body);
    cr_assert(!explain_text(text));
    check_says("ABC (unknown: DUH)");
    check_says("L is missing");
    check_says("not 3 to 16 hex digits");
    check_says("another one");
    check_says("asks for a key");
    check_says("bytes between or after the fields");
    check_says("not usable");
    check_says("no such instant");
}

Test(dc09_explain, refuses_what_is_longer_than_any_frame)
{
    static char text[DC09_FRAME_MAX + 10];

    memset(text, 'A', sizeof(text));
    cr_assert(!explain(text, sizeof(text), NULL, 0));
    check_says("longer than a frame");
}

/* Explains a good frame with that body. */
static bool
explain_body(const char *body)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "%04X%04zX%s", dc09_crc16(body, strlen(body)), strlen(body),
                   body);
    return explain_text(text);
}

Test(dc09_explain, names_restores_and_users)
{
    cr_assert(explain_body("\"SIA-DCS\"0001L0#A10001[|Nid7/ri2/PR001]"));
    check_says("; area 2; zone 001; user 7");
    check_says(", restore)");
    cr_assert_null(strstr(output, ", restored or closed"), "the code says so itself");
    cr_assert(explain_body("\"ADM-CID\"0001L0#A10001[|3401 01 001]"));
    check_says(", restored or closed");
}

Test(dc09_explain, knows_both_wrong_checksums_of_web_pages)
{
    const char *body = "\"NULL\"0000L0#A10001[]";
    char text[64];
    unsigned crc = 0; /* CRC-16/XMODEM: CCITT that starts with 0 */

    for (const char *c = body; *c != '\0'; c++) {
        crc ^= (unsigned)*c << 8;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xFFFF : crc << 1;
        }
    }
    (void)snprintf(text, sizeof(text), "%04X%04zX%s", crc, strlen(body), body);
    cr_assert(!explain_text(text));
    check_says("CRC-16/CCITT");
}

Test(dc09_explain, prints_nothing_a_terminal_would_obey)
{
    cr_assert(explain_body("\"SIA-DCS\"0001L0#A10001[|NPA1^\x1B[31m\xC2\x9B"
                           "31m^][I\xC2\x9B"
                           "2J]"));
    for (const char *c = output; *c != '\0'; c++) {
        cr_assert((unsigned char)*c >= 0x20 || *c == '\n');
        cr_assert(strncmp(c, "\xC2\x9B", 2) != 0);
    }
}
