/* SPDX-License-Identifier: Apache-2.0 */
#include "record/valid.h"

#include "base/text.h"
#include "record/record.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(valid, text_that_is_valid_stays_as_it_is)
{
    const char *text = "Gwen \xc3\xa2 \xe2\x82\xac \xf0\x9f\x98\x80";
    uint8_t to[128];
    size_t size = valid_copy(to, text, strlen(text));
    cr_assert_eq(size, strlen(text));
    cr_assert_eq(memcmp(to, text, size), 0);
}

Test(valid, any_bytes_become_valid_text)
{
    srand(1);
    for (unsigned round = 0; round < 20000; round++) {
        char bytes[24];
        uint8_t to[sizeof(bytes) * 3];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (char)(rand() % 256);
        }
        size_t size = valid_copy(to, bytes, sizeof(bytes));
        cr_assert(text_is_utf8((const char *)to, size));
    }
}

/* Each place of each length, so that no byte of the last word is passed over. */
Test(valid, one_byte_beyond_ascii_is_seen_wherever_it_stands)
{
    char text[40];
    for (size_t size = 0; size < sizeof(text); size++) {
        memset(text, 'x', sizeof(text));
        text[size] = '\xff'; /* behind the end: none of its business */
        cr_assert(valid_is_ascii(text, size));
        for (size_t at = 0; at < size; at++) {
            memset(text, '\x7f', sizeof(text));
            text[at] = '\x80';
            cr_assert_not(valid_is_ascii(text, size), "byte %zu of %zu", at, size);
        }
    }
}

Test(valid, nul_ends_the_text)
{
    uint8_t to[16];
    cr_assert_eq(valid_copy(to, "ab\0cd", 5), 2);
}

Test(valid, json_is_escaped_and_what_does_not_fit_is_left_out_whole)
{
    char json[64] = "";
    size_t used = 0;
    record_json_text(json, sizeof(json), &used, "a", "q\" b\\ \n \xff");
    record_json_number(json, sizeof(json), &used, "n", -5);
    record_json_text(json, sizeof(json), &used, "long",
                     "this text is certainly much longer than the room that is left for it");
    record_json_number(json, sizeof(json), &used, "m", 6);
    cr_assert_str_eq(record_json_end(json, sizeof(json), &used),
                     "{\"a\":\"q\\\" b\\\\ \\u000a \\ufffd\",\"n\":-5,\"m\":6}");
    used = 0;
    char tiny[4] = "";
    record_json_text(tiny, sizeof(tiny), &used, "name", "value");
    cr_assert_str_eq(record_json_end(tiny, sizeof(tiny), &used), "{}");
}
