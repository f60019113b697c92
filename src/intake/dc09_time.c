/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_time.h"

#include "base/clock.h"
#include "intake/dc09_chars.h"

#include <stdio.h>

#define S_PER_DAY 86400

/* Days from 1970-01-01 to the given day of the proleptic Gregorian calendar. */
static int64_t
days_of(int year, int month, int day)
{
    int shifted = month <= 2 ? year - 1 : year; /* the year then starts in March */
    int era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int year_of_era = shifted - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (int64_t)era * 146097 + day_of_era - 719468;
}

static void
day_of(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int day_of_era = (int)(shifted - era * 146097);
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153;

    *ret_day = day_of_year - (153 * month + 2) / 5 + 1;
    *ret_month = month < 10 ? month + 3 : month - 9;
    *ret_year = year_of_era + (int)(era * 400) + (*ret_month <= 2 ? 1 : 0);
}

static int
days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool
dc09_time_has_form(const char *text, size_t size)
{
    static const char form[] = "00:00:00,00-00-0000";

    if (size < DC09_TIME_SIZE) {
        return false;
    }
    for (size_t i = 0; i < DC09_TIME_SIZE; i++) {
        if (form[i] == '0' ? !dc09_is_digit(text[i]) : text[i] != form[i]) {
            return false;
        }
    }
    return true;
}

static int
number(const char *text, int digits)
{
    int value = 0;

    for (int i = 0; i < digits; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

bool
dc09_time_parse(const char *text, size_t size, int64_t *ret_us)
{
    if (!dc09_time_has_form(text, size)) {
        return false;
    }
    int hour = number(text, 2);
    int minute = number(text + 3, 2);
    int second = number(text + 6, 2);
    int month = number(text + 9, 2);
    int day = number(text + 12, 2);
    int year = number(text + 15, 4);

    if (hour > 23 || minute > 59 || second > 60 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month)) {
        return false;
    }
    *ret_us =
        (days_of(year, month, day) * S_PER_DAY + hour * 3600 + minute * 60 + second) * US_PER_S;
    return true;
}

const char *
dc09_time_format(int64_t wall_us, char text[DC09_TIME_SIZE + 1])
{
    const int64_t first = INT64_C(-62167219200); /* year 0 */
    const int64_t last = INT64_C(253402300799);  /* the end of year 9999 */
    int64_t seconds = wall_us / US_PER_S - (wall_us % US_PER_S < 0 ? 1 : 0);
    int year = 0;
    int month = 0;
    int day = 0;

    seconds = seconds < first ? first : seconds > last ? last : seconds;
    int64_t days = seconds / S_PER_DAY - (seconds % S_PER_DAY < 0 ? 1 : 0);
    unsigned rest = (unsigned)(seconds - days * S_PER_DAY);
    day_of(days, &year, &month, &day);
    (void)snprintf(text, DC09_TIME_SIZE + 1, "%02u:%02u:%02u,%02u-%02u-%04u", rest / 3600 % 24,
                   rest / 60 % 60, rest % 60, (unsigned)month % 100, (unsigned)day % 100,
                   (unsigned)year % 10000);
    return text;
}
