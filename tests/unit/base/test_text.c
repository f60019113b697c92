/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(text, copies_what_fits_and_never_cuts_a_character)
{
    char to[6];
    cr_assert(text_copy(to, sizeof to, "larwm"));
    cr_assert_str_eq(to, "larwm");
    cr_assert(!text_copy(to, sizeof to, "abcd\xC3\xB4"), "six bytes do not fit");
    cr_assert_str_eq(to, "abcd");
    cr_assert(text_copy(to, sizeof to, NULL));
    cr_assert_str_eq(to, "");
}

Test(text, hex_goes_both_ways_and_refuses_what_is_not_hex)
{
    uint8_t bytes[3];
    char hex[7];
    cr_assert(text_to_bytes(bytes, 3, "0aFf10", 6));
    text_from_hex_bytes(hex, bytes, 3);
    cr_assert_str_eq(hex, "0AFF10");
    cr_assert(!text_to_bytes(bytes, 3, "0aFg10", 6));
    cr_assert(!text_to_bytes(bytes, 3, "0aFf1", 5));
}

Test(text, a_number_is_written_as_printf_writes_it)
{
    static const uint64_t numbers[] = {0, 9, 10, 4095, UINT64_C(281474976710655), UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char to[21];
        char printed[21];
        (void)snprintf(printed, sizeof printed, "%llu", (unsigned long long)numbers[i]);
        cr_assert_eq(text_put_number(to, numbers[i]), to + strlen(printed));
        cr_assert_str_eq(to, printed);
    }
}

Test(text, append_stops_at_the_end)
{
    char to[8];
    size_t used = 0;
    text_append(to, sizeof to, &used, "%s", "abc");
    text_append(to, sizeof to, &used, "%s", "defghij");
    text_append(to, sizeof to, &used, "%s", "k");
    cr_assert_str_eq(to, "abcdefg");
    cr_assert_eq(used, 7);
}

Test(text, knows_utf8_from_what_is_not)
{
    cr_assert(text_is_utf8("Si\xC3\xA2n", 5));
    cr_assert(!text_is_utf8("Si\xE2n", 4), "Windows-1252");
    cr_assert(!text_is_utf8("\xC0\xAF", 2), "overlong");
    cr_assert(!text_is_utf8("\xED\xA0\x80", 3), "surrogate");
    cr_assert(!text_is_utf8("\xF5\x80\x80\x80", 4), "outside Unicode");
    cr_assert(!text_is_utf8("\xC3", 1), "cut short");
    cr_assert(!text_is_utf8("a\0b", 3), "NUL");
}

Test(text, control_characters_of_one_byte_and_of_two_are_seen_and_blanked)
{
    char text[] = "a\x1b\x7f\xc2\x80\xc2\x9f"
                  "b\xc2\xa0\xc3\x9b\xe2\x82\xac";
    cr_assert(text_has_control(text));
    text_blank_controls(text);
    cr_assert_not(text_has_control(text));
    cr_assert_str_eq(text, "a      b\xc2\xa0\xc3\x9b\xe2\x82\xac");
    cr_assert_not(text_has_control(""));
}
