/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(clock, writes_an_instant_as_utc_with_microseconds)
{
    char text[CLOCK_TEXT_SIZE];
    cr_assert_str_eq(clock_format(INT64_C(1795348800123456), text), "2026-11-22T12:00:00.123456Z");
    cr_assert_str_eq(clock_format(-1, text), "1969-12-31T23:59:59.999999Z");
    cr_assert_str_eq(clock_format(INT64_C(2147483648000000), text), "2038-01-19T03:14:08.000000Z");
}

Test(clock, wall_time_never_goes_back_while_it_follows)
{
    clock_init();
    int64_t before = clock_wall_us();
    for (int i = 0; i < 10000; i++) {
        (void)clock_follow();
        int64_t now = clock_wall_us();
        cr_assert(now >= before);
        before = now;
    }
}
