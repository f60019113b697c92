/* SPDX-License-Identifier: Apache-2.0 */
#include "test_dc09_support.h"

#include "base/text.h"

static struct dc09_cipher *cipher;
static struct support_frame frame;

static void
set_up(void)
{
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE);
}

static void
tear_down(void)
{
    dc09_cipher_free(cipher);
}

TestSuite(dc09_crypt, .init = set_up, .fini = tear_down);

/*
 * Encrypts `plain` as it stands, its padding included, in a frame with account A10001, decodes it
 * and returns what dc09_decrypt says. The plain text must be whole blocks less 1..16 bytes:
 * dc09_encrypt then adds that many, which come from `front`.
 */
static enum error
open_plain(const char *front, const char *plain, const uint8_t *key)
{
    char body[DC09_FRAME_MAX];
    uint8_t hex[1024];

    dc09_cipher_set_pad(cipher, front);
    size_t size = dc09_encrypt(cipher, SUPPORT_KEY, 16, plain, strlen(plain), hex, sizeof(hex));
    cr_assert_gt(size, 0u);
    (void)snprintf(body, sizeof(body), "\"*SIA-DCS\"0001L0#A10001[%.*s", (int)size,
                   (const char *)hex);
    support_decode_body(&frame, body);
    cr_assert_not(frame.message.opened);
    return dc09_decrypt(cipher, key, 16, frame.scratch, &frame.message);
}

#define EVENT "|#A10001|Nri1/PA001]_12:00:00,11-22-2026"

Test(dc09_crypt, opens_what_it_wrote_with_random_padding)
{
    char body[256];
    uint8_t one[256];
    uint8_t other[256];

    for (int i = 0; i < 200; i++) {
        size_t size = dc09_encrypt(cipher, SUPPORT_KEY, 32, EVENT, strlen(EVENT), one, sizeof(one));
        (void)snprintf(body, sizeof(body), "\"*SIA-DCS\"0001L0#A10001[%.*s", (int)size,
                       (const char *)one);
        support_decode_body(&frame, body);
        cr_assert_eq(dc09_decrypt(cipher, SUPPORT_KEY, 32, frame.scratch, &frame.message),
                     ERROR_NONE);
        support_check_view(frame.message.payload, "Nri1/PA001");
    }
    (void)dc09_encrypt(cipher, SUPPORT_KEY, 32, EVENT, strlen(EVENT), other, sizeof(other));
    cr_assert_neq(memcmp(one, other, 96), 0, "the padding stands in for an IV");
}

Test(dc09_crypt, takes_binary_padding)
{
    cr_assert_eq(open_plain("\x9A\x10\xD2\x86\xFF\x01\x80\n\r\x7F\"*#_^~", EVENT, SUPPORT_KEY),
                 ERROR_NONE);
    support_check_view(frame.message.payload, "Nri1/PA001");
}

Test(dc09_crypt, takes_no_padding_at_all_and_a_whole_block_and_one_more)
{
    /* The encoder pads 8 and 16 bytes here: the first 8 are the start of the text itself. */
    cr_assert_eq(open_plain("|#A10001", "|Nri1/PA001^1234567]_12:00:00,11-22-2026", SUPPORT_KEY),
                 ERROR_NONE);
    support_check_view(frame.message.payload, "Nri1/PA001^1234567");
    cr_assert_eq(
        open_plain(SUPPORT_PAD, "P|#A10001|Nri1/PA001^12345^]_12:00:00,11-22-2026", SUPPORT_KEY),
        ERROR_NONE);
    support_check_view(frame.message.payload, "Nri1/PA001^12345^");
    cr_assert_eq(
        open_plain(SUPPORT_PAD, "PP|#A10001|Nri1/PA001^1234^]_12:00:00,11-22-2026", SUPPORT_KEY),
        ERROR_DECRYPT, "eighteen is more than any dialler adds");
}

Test(dc09_crypt, reads_a_link_test_with_and_without_bar)
{
    cr_assert_eq(open_plain(SUPPORT_PAD, "|]_12:00:00,11-22-2026", SUPPORT_KEY), ERROR_NONE);
    cr_assert_eq(frame.message.payload.size, 0u);
    cr_assert_eq(open_plain(SUPPORT_PAD, "]_12:00:00,11-22-2026", SUPPORT_KEY), ERROR_NONE);
    cr_assert_eq(frame.message.payload.size, 0u);
    /* xdata may hold a bar: the first of the two delimiters counts */
    cr_assert_eq(open_plain(SUPPORT_PAD, "][Ia|b]_12:00:00,11-22-2026", SUPPORT_KEY), ERROR_NONE);
    support_check_view(frame.message.xdata[0].value, "a|b");
}

Test(dc09_crypt, a_wrong_key_leaves_the_message_as_it_was)
{
    const uint8_t *other = SUPPORT_KEY + 16;

    cr_assert_eq(open_plain(SUPPORT_PAD, EVENT, other), ERROR_DECRYPT);
    cr_assert(!frame.message.opened);
    cr_assert_eq(frame.message.payload.size, 0u);
    cr_assert_eq(dc09_decrypt(cipher, SUPPORT_KEY, 16, frame.scratch, &frame.message), ERROR_NONE,
                 "the right key still opens it");
}

Test(dc09_crypt, a_text_that_proves_no_key_leaves_the_message_as_it_was)
{
    struct dc09_message before;

    cr_assert_eq(open_plain(SUPPORT_PAD, "|#B10001|Nri1/PA001][Rroom]", SUPPORT_KEY),
                 ERROR_DECRYPT);
    memset(&before, 0, sizeof(before));
    cr_assert_eq(dc09_decode(&frame.frame, &before), ERROR_NONE);
    cr_assert_eq(frame.message.opened, before.opened);
    cr_assert_eq(frame.message.xdata_count, 0u);
    cr_assert_eq(frame.message.payload.size, 0u);
    cr_assert_eq(frame.message.data_account.size, 0u);
    cr_assert_eq(frame.message.oddities, before.oddities);
}

Test(dc09_crypt, ten_thousand_wrong_keys_open_nothing)
{
    uint8_t key[16];

    cr_assert_eq(open_plain(SUPPORT_PAD, EVENT, SUPPORT_KEY), ERROR_NONE);
    (void)open_plain(SUPPORT_PAD, EVENT, SUPPORT_KEY + 16);
    for (unsigned i = 0; i < 10000; i++) {
        memset(key, 0, sizeof(key));
        memcpy(key, &i, sizeof(i));
        cr_assert_eq(dc09_decrypt(cipher, key, 16, frame.scratch, &frame.message), ERROR_DECRYPT);
    }
}

Test(dc09_crypt, an_alarm_without_timestamp_is_taken_when_it_names_the_account)
{
    cr_assert_eq(open_plain(SUPPORT_PAD, "|#A10001|Nri1/PA001]", SUPPORT_KEY), ERROR_NONE);
    cr_assert(frame.message.oddities & DC09_ODD_NO_TIME);
    cr_assert_eq(open_plain(SUPPORT_PAD, "|#A10001|Nri1/PA001", SUPPORT_KEY), ERROR_NONE);
    cr_assert(frame.message.oddities & DC09_ODD_UNCLOSED);
    support_check_view(frame.message.payload, "Nri1/PA001");
    cr_assert_eq(open_plain(SUPPORT_PAD, "|Nri1/PA001]", SUPPORT_KEY), ERROR_DECRYPT);
    cr_assert_eq(open_plain(SUPPORT_PAD, "|#B10001|Nri1/PA001]", SUPPORT_KEY), ERROR_DECRYPT);
}

Test(dc09_crypt, a_ciphertext_that_is_no_whole_blocks_of_hex_does_not_open)
{
    static const char *const bad[] = {
        "\"*SIA-DCS\"0001L0#A10001[",
        "\"*SIA-DCS\"0001L0#A10001[9415C3172AAFB6F181D7B033A99FE7",
        "\"*SIA-DCS\"0001L0#A10001[9415C3172AAFB6F181D7B033A99FE70",
        "\"*SIA-DCS\"0001L0#A10001[9415C3172AAFB6F181D7B033A99FE7xy",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        support_decode_body(&frame, bad[i]);
        cr_assert_eq(dc09_decrypt(cipher, SUPPORT_KEY, 16, frame.scratch, &frame.message),
                     ERROR_DECRYPT, "%s", bad[i]);
    }
}

Test(dc09_crypt, a_key_of_another_size_is_refused)
{
    uint8_t hex[128];

    cr_assert_eq(dc09_encrypt(cipher, SUPPORT_KEY, 17, "]", 1, hex, sizeof(hex)), 0u);
    support_decode_body(&frame, "\"*NULL\"0001L0#A10001[9415C3172AAFB6F181D7B033A99FE70F");
    cr_assert_eq(dc09_decrypt(cipher, SUPPORT_KEY, 0, frame.scratch, &frame.message),
                 ERROR_DECRYPT);
}

Test(dc09_crypt, writes_nothing_where_there_is_no_room)
{
    static char plain[DC09_SCRATCH_SIZE];
    uint8_t hex[2 * DC09_SCRATCH_SIZE];

    cr_assert_eq(dc09_encrypt(cipher, SUPPORT_KEY, 16, "]", 1, hex, 31), 0u);
    cr_assert_eq(dc09_encrypt(cipher, SUPPORT_KEY, 16, "]", 1, hex, 32), 32u);
    cr_assert_eq(dc09_encrypt(cipher, SUPPORT_KEY, 16, plain, sizeof(plain) - 15, hex, sizeof(hex)),
                 0u);
    cr_assert_eq(dc09_encrypt(cipher, SUPPORT_KEY, 16, plain, sizeof(plain) - 16, hex, sizeof(hex)),
                 sizeof(hex));
}

Test(dc09_crypt, freeing_nothing_is_allowed)
{
    dc09_cipher_free(NULL);
}

Test(dc09_crypt, one_block_without_a_delimiter_does_not_open)
{
    cr_assert_eq(open_plain("xxxxxxxxxxxxxxxx", "", SUPPORT_KEY), ERROR_DECRYPT);
    cr_assert_eq(open_plain("xxxxxxxxxxxxxxx]", "", SUPPORT_KEY), ERROR_DECRYPT,
                 "a delimiter alone is no proof of the key");
}

Test(dc09_crypt, a_ciphertext_longer_than_any_frame_holds_does_not_open)
{
    static char hex[2 * DC09_SCRATCH_SIZE + 32];
    struct dc09_message message = {.ciphertext = {hex, sizeof(hex)}};

    memset(hex, 'A', sizeof(hex));
    cr_assert_eq(dc09_decrypt(cipher, SUPPORT_KEY, 16, frame.scratch, &message), ERROR_DECRYPT);
}

Test(dc09_crypt, opens_the_longest_ciphertext_a_frame_can_hold)
{
    static char body[LIMIT_DC09_FRAME + 1];
    static uint8_t hex[2 * DC09_SCRATCH_SIZE];
    char plain[DC09_SCRATCH_SIZE];
    size_t size = 2016 - 16; /* 126 blocks with the padding: 4032 digits behind 24 of head */

    memset(plain, 'x', size);
    memcpy(plain, "|#A10001|NPA1^", 14);
    memcpy(plain + size - 22, "^]_12:00:00,11-22-2026", 22);
    size_t digits = dc09_encrypt(cipher, SUPPORT_KEY, 16, plain, size, hex, sizeof(hex));
    cr_assert_eq(digits, 4032u);
    (void)snprintf(body, sizeof(body), "\"*SIA-DCS\"0001L0#A10001[%.*s", (int)digits,
                   (const char *)hex);
    support_decode_body(&frame, body);
    cr_assert_eq(dc09_decrypt(cipher, SUPPORT_KEY, 16, frame.scratch, &frame.message), ERROR_NONE);
    cr_assert_eq(frame.message.time_us, SUPPORT_NOON);
}
