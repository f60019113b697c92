/* SPDX-License-Identifier: Apache-2.0 */
#include "larwm/vocabulary.h"

#include <criterion/criterion.h>

Test(vocabulary, gives_each_value_its_word_and_a_question_mark_outside)
{
    cr_assert_str_eq(marker_status_text(MARKER_LAPSED), "LAPSED");
    cr_assert_str_eq(signal_kind_text(SIGNAL_PANIC), "PANIC");
    cr_assert_str_eq(priority_text(PRIORITY_P1), "P1");
    cr_assert_str_eq(priority_text(99), "?");
}
