/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/clean.h"

#include "base/text.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char *
cleaned(const char *text, size_t limit)
{
    static char copy[1024];
    (void)strcpy(copy, text);
    clean_text(copy, limit);
    return copy;
}

Test(clean, good_text_stays_as_it_is)
{
    cr_assert_str_eq(cleaned("ystafell wely gefn, tŷ 3 — 漢", 64), "ystafell wely gefn, tŷ 3 — 漢");
    cr_assert_str_eq(cleaned("", 64), "");
}

Test(clean, bytes_that_are_no_utf8_become_question_marks_and_the_rest_stays)
{
    cr_assert_str_eq(cleaned("t\xFF"
                             "\xC5\xB7 \xE2\x82 x",
                             64),
                     "t?ŷ ?? x");
}

Test(clean, control_characters_become_spaces)
{
    cr_assert_str_eq(cleaned("a\r\nb\x1B[31m\x7F", 64), "a  b [31m ");
}

Test(clean, control_characters_of_two_bytes_are_blanks_too)
{
    cr_assert_str_eq(cleaned("a\xC2\x9B"
                             "31mb",
                             64),
                     "a  31mb");
    cr_assert_str_eq(cleaned("\xC2\x80\xC2\x9F\xC2\xA0.", 64), "    \xC2\xA0.");
}

Test(clean, long_text_is_cut_at_a_character)
{
    cr_assert_str_eq(cleaned("abcŷ", 5), "abc"); /* four bytes would end inside the last one */
    cr_assert_str_eq(cleaned("abcŷ", 6), "abcŷ");
}

Test(clean, any_bytes_end_as_valid_bounded_text)
{
    srand(11);
    for (int round = 0; round < 20000; round++) {
        char text[80];
        size_t size = (size_t)(rand() % 79);
        for (size_t i = 0; i < size; i++) {
            text[i] = (char)(1 + rand() % 255);
        }
        text[size] = '\0';
        clean_text(text, 40);
        cr_assert_lt(strlen(text), 40);
        cr_assert(text_is_utf8(text, strlen(text)));
    }
}
