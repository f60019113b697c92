/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_time.h"

#include <criterion/criterion.h>
#include <string.h>

static int64_t
parse_s(const char *text)
{
    int64_t time_us = INT64_C(-77000000);

    (void)dc09_time_parse(text, strlen(text), &time_us);
    return time_us / 1000000;
}

Test(dc09_time, reads_instants_of_the_calendar)
{
    cr_assert_eq(parse_s("00:00:00,01-01-1970"), 0);
    cr_assert_eq(parse_s("23:59:59,12-31-1969"), -1);
    cr_assert_eq(parse_s("12:00:00,11-22-2026"), INT64_C(1795348800));
    cr_assert_eq(parse_s("00:00:00,02-29-2024"), INT64_C(1709164800));
    cr_assert_eq(parse_s("00:00:00,02-29-2000"), INT64_C(951782400));
}

Test(dc09_time, takes_a_leap_second_as_the_second_after)
{
    cr_assert_eq(parse_s("23:59:60,12-31-2016"), INT64_C(1483228800));
}

Test(dc09_time, refuses_what_is_no_instant_and_leaves_the_result_alone)
{
    static const char *const bad[] = {
        "00:00:00,02-29-2026", "00:00:00,02-29-1900", "24:00:00,01-01-2026", "00:60:00,01-01-2026",
        "00:00:61,01-01-2026", "00:00:00,13-01-2026", "00:00:00,00-01-2026", "00:00:00,01-00-2026",
        "00:00:00,04-31-2026", "00:00:00 01-01-2026", "0:00:00,01-01-2026",  "",
        "00:00:00,01-01-202x"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_eq(parse_s(bad[i]), -77, "%s", bad[i]);
    }
}

Test(dc09_time, writes_what_it_reads)
{
    char text[DC09_TIME_SIZE + 1];
    int64_t time_us = 0;

    /* Every 9 days and a bit, over four centuries: each month end and leap day is met. */
    for (int64_t s = INT64_C(-2208988800); s < INT64_C(10413792000); s += 86399 * 9) {
        (void)dc09_time_format(s * 1000000, text);
        cr_assert(dc09_time_parse(text, DC09_TIME_SIZE, &time_us), "%s", text);
        cr_assert_eq(time_us, s * 1000000, "%s", text);
    }
}

Test(dc09_time, rounds_down_and_stays_within_four_digits_of_year)
{
    char text[DC09_TIME_SIZE + 1];

    cr_assert_str_eq(dc09_time_format(-1, text), "23:59:59,12-31-1969");
    cr_assert_str_eq(dc09_time_format(999999, text), "00:00:00,01-01-1970");
    cr_assert_str_eq(dc09_time_format(INT64_MAX, text), "23:59:59,12-31-9999");
    cr_assert_str_eq(dc09_time_format(INT64_MIN, text), "00:00:00,01-01-0000");
}

Test(dc09_time, reads_the_first_year_there_is)
{
    cr_assert_eq(parse_s("00:00:00,01-01-0000"), INT64_C(-62167219200));
    cr_assert_eq(parse_s("23:59:59,12-31-9999"), INT64_C(253402300799));
}
