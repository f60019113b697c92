/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of ASCII characters, without a locale. Any thread. */
#ifndef INTAKE_DC09_CHARS_H
#define INTAKE_DC09_CHARS_H

#include <stdbool.h>

static inline bool
dc09_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
dc09_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool
dc09_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool
dc09_is_alnum(char c)
{
    return dc09_is_digit(c) || dc09_is_upper(c) || dc09_is_lower(c);
}

static inline bool
dc09_is_hex(char c)
{
    return dc09_is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* 0..15 of a hex digit, either case; -1 for anything else. */
static inline int
dc09_hex_value(char c)
{
    if (dc09_is_digit(c)) {
        return c - '0';
    }
    return dc09_is_hex(c) ? (c & 15) + 9 : -1;
}

#endif
