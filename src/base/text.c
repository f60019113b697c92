/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
text_copy(char *to, size_t size, const char *from)
{
    if (size == 0) {
        return false;
    }
    size_t length = from == NULL ? 0 : strlen(from);
    bool whole = length < size;
    if (!whole) {
        length = size - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xC0u) == 0x80u) {
            length -= 1; /* do not end inside a character */
        }
    }
    if (length > 0) {
        memmove(to, from, length);
    }
    to[length] = '\0';
    return whole;
}

void
text_append(char *to, size_t size, size_t *used, const char *format, ...)
{
    if (*used + 1 >= size) {
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf(to + *used, size - *used, format, arguments);
    va_end(arguments);
    if (more < 0) {
        to[*used] = '\0';
        return;
    }
    size_t end = *used + (size_t)more;
    *used = end < size ? end : size - 1;
}

char *
text_put_number(char *to, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[sizeof digits - ++count] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    memcpy(to, digits + sizeof digits - count, count);
    to[count] = '\0';
    return to + count;
}

void
text_from_hex_bytes(char *to, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < count; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15u];
    }
    to[2 * count] = '\0';
}

static int
text_hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return -1;
}

bool
text_to_bytes(uint8_t *to, size_t count, const char *hex, size_t hex_size)
{
    if (hex_size != 2 * count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        int high = text_hex_digit(hex[2 * i]);
        int low = text_hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        to[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* Length of the UTF-8 character at `bytes`, 0 when it is not one (overlong and surrogates too). */
static size_t
text_utf8_length(const unsigned char *bytes, size_t left)
{
    unsigned char lead = bytes[0];
    if (lead == 0) {
        return 0;
    }
    if (lead < 0x80) {
        return 1;
    }
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length > left) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0u) != 0x80u) {
            return 0;
        }
    }
    bool overlong = (lead == 0xE0 && bytes[1] < 0xA0) || (lead == 0xF0 && bytes[1] < 0x90);
    bool outside = (lead == 0xED && bytes[1] > 0x9F) || (lead == 0xF4 && bytes[1] > 0x8F);
    return overlong || outside ? 0 : length;
}

bool
text_is_utf8(const char *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t length = text_utf8_length((const unsigned char *)bytes + at, size - at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

/* Bytes of the control character at `text`, 0 when it is none. */
static size_t
text_control_length(const char *text)
{
    unsigned char byte = (unsigned char)text[0];
    if (byte < 0x20 || byte == 0x7F) {
        return byte == 0 ? 0 : 1;
    }
    unsigned char next = byte == 0xC2 ? (unsigned char)text[1] : 0;
    return next >= 0x80 && next < 0xA0 ? 2 : 0;
}

bool
text_has_control(const char *text)
{
    while (*text != '\0' && text_control_length(text) == 0) {
        text++;
    }
    return *text != '\0';
}

void
text_blank_controls(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        size_t length = text_control_length(at);
        if (length > 0) {
            memset(at, ' ', length);
        }
    }
}
