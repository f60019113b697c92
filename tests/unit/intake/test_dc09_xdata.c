/* SPDX-License-Identifier: Apache-2.0 */
#include "test_dc09_support.h"

static bool
position_of(const char *x, const char *y, struct dc09_position *ret)
{
    struct dc09_message message = {.xdata_count = 2,
                                   .xdata = {{'X', support_view(x)}, {'Y', support_view(y)}}};
    return dc09_xdata_position(&message, ret);
}

Test(dc09_xdata, reads_degrees_hemisphere_and_minutes)
{
    struct dc09_position position;

    cr_assert(position_of("006E07.7777777", "49N06.6666666", &position));
    cr_assert_float_eq(position.longitude, 6.12962963, 1e-7);
    cr_assert_float_eq(position.latitude, 49.11111111, 1e-7);
    cr_assert(position_of("003w10.7454", "51s28.8949", &position));
    cr_assert_float_eq(position.longitude, -3.17909, 1e-6);
    cr_assert_float_eq(position.latitude, -51.48158, 1e-5);
    cr_assert(position_of("3W", "51N", &position));
    cr_assert_float_eq(position.longitude, -3, 1e-9);
}

Test(dc09_xdata, reads_signed_decimal_degrees)
{
    struct dc09_position position;

    cr_assert(position_of("-3.179090", "+51.481580", &position));
    cr_assert_float_eq(position.longitude, -3.17909, 1e-9);
    cr_assert_float_eq(position.latitude, 51.48158, 1e-9);
}

Test(dc09_xdata, states_no_position_it_cannot_read)
{
    struct dc09_position position;
    static const char *const bad[] = {"",
                                      "115000",
                                      "x",
                                      "3W60",
                                      "3Q10",
                                      "-3W10",
                                      "3W10.1z",
                                      "1.2.3",
                                      "3 W 10.1",
                                      "3N10.1",
                                      "0123456789012345678"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert(!position_of(bad[i], "51.5", &position), "%s", bad[i]);
    }
    cr_assert(!position_of("3.1", "90.5", &position));
    cr_assert(!position_of("0", "0.000", &position), "0,0 is how a panel says it has no fix");
}

Test(dc09_xdata, needs_both_coordinates_and_takes_the_altitude_when_it_is_there)
{
    struct dc09_message message = {.xdata_count = 1, .xdata = {{'Y', support_view("51.5")}}};
    struct dc09_position position;

    cr_assert(!dc09_xdata_position(&message, &position));
    message.xdata[message.xdata_count++] = (struct dc09_xdata){'X', support_view("-3.2")};
    cr_assert(dc09_xdata_position(&message, &position));
    cr_assert(!position.has_altitude);
    message.xdata[message.xdata_count++] = (struct dc09_xdata){'Z', support_view("-12.5M")};
    cr_assert(dc09_xdata_position(&message, &position));
    cr_assert(position.has_altitude);
    cr_assert_float_eq(position.altitude_m, -12.5, 1e-9);
    message.xdata[2].value = support_view("high");
    cr_assert(dc09_xdata_position(&message, &position));
    cr_assert(!position.has_altitude);
}

static void
check_text(const char *from, size_t from_size, size_t room, const char *expected)
{
    char text[64];
    size_t size = dc09_text_to_utf8((struct dc09_view){from, from_size}, text, room);

    cr_assert_str_eq(text, expected);
    cr_assert_eq(size, strlen(expected));
}

Test(dc09_xdata, turns_windows_1252_into_utf_8)
{
    check_text("T\xFCr \x80 \x93ja\x94", 10, 64, "Tür € “ja”");
    check_text("\x81\xE9", 2, 64, "\xEF\xBF\xBD\xC3\xA9");
}

Test(dc09_xdata, leaves_utf_8_as_it_is)
{
    check_text("T\xC3\xBCr \xE2\x82\xAC", 8, 64, "Tür €");
    check_text("\xF0\x9F\x9A\xAA", 4, 64, "\xF0\x9F\x9A\xAA");
}

Test(dc09_xdata, makes_control_characters_blank)
{
    check_text("a\nb\0c\x7F", 6, 64, "a b c ");
    check_text("\xC3\xBC\t", 3, 64, "ü ");
}

Test(dc09_xdata, cuts_between_characters)
{
    check_text("abc\xFC", 4, 5, "abc");
    check_text("abc\xFC", 4, 6, "abcü");
    check_text("abc\xC3\xBC", 5, 5, "abc");
    check_text("abc", 3, 1, "");
    check_text("", 0, 1, "");
}

Test(dc09_xdata, reads_the_time_of_occurrence_with_and_without_underscore)
{
    struct dc09_message message = {.xdata_count = 1,
                                   .xdata = {{'H', support_view("12:00:00,11-22-2026")}}};
    int64_t time_us = 0;

    cr_assert(dc09_xdata_time(&message, &time_us));
    cr_assert_eq(time_us, SUPPORT_NOON);
    message.xdata[0].value = support_view("_12:00:01,11-22-2026");
    cr_assert(dc09_xdata_time(&message, &time_us));
    cr_assert_eq(time_us, SUPPORT_NOON + 1000000);
    message.xdata[0].value = support_view("noon");
    cr_assert(!dc09_xdata_time(&message, &time_us));
}

Test(dc09_xdata, knows_every_letter_of_the_standard)
{
    for (const char *letter = "ACHIJKLMNOPRSTVXYZ"; *letter != '\0'; letter++) {
        cr_assert_str_neq(dc09_xdata_meaning(*letter), "unknown", "%c", *letter);
    }
    cr_assert_str_eq(dc09_xdata_meaning('G'), "unknown");
}

Test(dc09_xdata, makes_control_characters_of_two_bytes_blank_too)
{
    /* U+009B is CSI: a terminal would obey what follows it */
    check_text("a\xC2\x9B"
               "31mb\xC2\x85",
               9, 64, "a 31mb ");
    check_text("\xC2\xA0\xC2\xA3", 4, 64, "\xC2\xA0£");
}

Test(dc09_xdata, takes_the_equator_and_the_meridian_but_not_where_they_cross)
{
    struct dc09_position position;

    cr_assert(position_of("0", "51.5", &position));
    cr_assert(position_of("0", "-51.5", &position));
    cr_assert(position_of("-3.2", "0", &position));
    cr_assert(position_of("3.2", "0", &position));
    cr_assert(!position_of("000E00.0", "00N00.0", &position));
}

Test(dc09_xdata, takes_an_altitude_above_and_below_the_sea_up_to_20_km)
{
    struct dc09_message message = {.xdata_count = 3,
                                   .xdata = {{'X', support_view("-3.2")},
                                             {'Y', support_view("51.5")},
                                             {'Z', support_view("120.5")}}};
    struct dc09_position position;

    cr_assert(dc09_xdata_position(&message, &position));
    cr_assert(position.has_altitude);
    cr_assert_float_eq(position.altitude_m, 120.5, 1e-9);
    message.xdata[2].value = support_view("20001");
    cr_assert(dc09_xdata_position(&message, &position));
    cr_assert(!position.has_altitude);
}

Test(dc09_xdata, an_empty_time_of_occurrence_is_none)
{
    struct dc09_message message = {.xdata_count = 1, .xdata = {{'H', support_view("")}}};
    int64_t time_us = 0;

    cr_assert(!dc09_xdata_time(&message, &time_us));
    message.xdata[0].value = support_view("_");
    cr_assert(!dc09_xdata_time(&message, &time_us));
}
