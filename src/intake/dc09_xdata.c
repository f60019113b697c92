/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/dc09_xdata.h"

#include "base/text.h"
#include "intake/dc09_chars.h"
#include "intake/dc09_time.h"

#include <string.h>

const struct dc09_xdata *
dc09_xdata_find(const struct dc09_message *message, char letter)
{
    for (unsigned i = 0; i < message->xdata_count; i++) {
        if (message->xdata[i].letter == letter) {
            return &message->xdata[i];
        }
    }
    return NULL;
}

/*
 * Reads "12", "12.5" or ".5" from text[*at..size) without a locale. False when no digit stands
 * there or there are more than a coordinate can mean.
 */
static bool
read_decimal(struct dc09_view text, size_t *at, double *ret)
{
    double value = 0;
    double scale = 1;
    size_t digits = 0;
    bool fraction = false;

    for (; *at < text.size; *at += 1) {
        char c = text.data[*at];
        if (c == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (!dc09_is_digit(c)) {
            break;
        }
        value = value * 10 + (c - '0');
        scale = fraction ? scale * 10 : scale;
        digits += 1;
    }
    *ret = value / scale;
    return digits > 0 && digits <= 18;
}

static bool
read_sign(struct dc09_view text, size_t *at)
{
    bool negative = *at < text.size && text.data[*at] == '-';

    if (*at < text.size && (text.data[*at] == '-' || text.data[*at] == '+')) {
        *at += 1;
    }
    return negative;
}

/* One coordinate in either form; `positive` and `negative` name the hemispheres. */
static bool
read_coordinate(struct dc09_view text, char positive, char negative, double limit, double *ret)
{
    size_t at = 0;
    double degrees = 0;
    double minutes = 0;
    bool below = read_sign(text, &at);

    if (!read_decimal(text, &at, &degrees)) {
        return false;
    }
    if (at < text.size) {
        char hemisphere = (char)(text.data[at] & ~0x20); /* upper case */
        at += 1;
        if ((hemisphere != positive && hemisphere != negative) || below) {
            return false;
        }
        below = hemisphere == negative;
        if (at < text.size && !read_decimal(text, &at, &minutes)) {
            return false;
        }
    }
    degrees += minutes / 60;
    if (at != text.size || minutes >= 60 || degrees > limit) {
        return false;
    }
    *ret = below ? -degrees : degrees;
    return true;
}

static bool
read_altitude(const struct dc09_message *message, double *ret_m)
{
    const struct dc09_xdata *block = dc09_xdata_find(message, 'Z');
    size_t at = 0;
    double value = 0;

    if (block == NULL) {
        return false;
    }
    bool below = read_sign(block->value, &at);
    if (!read_decimal(block->value, &at, &value) || value > 20000) {
        return false;
    }
    *ret_m = below ? -value : value;
    return true;
}

bool
dc09_xdata_position(const struct dc09_message *message, struct dc09_position *ret)
{
    const struct dc09_xdata *x = dc09_xdata_find(message, 'X');
    const struct dc09_xdata *y = dc09_xdata_find(message, 'Y');
    struct dc09_position position = {0};

    if (x == NULL || y == NULL || !read_coordinate(x->value, 'E', 'W', 180, &position.longitude) ||
        !read_coordinate(y->value, 'N', 'S', 90, &position.latitude)) {
        return false;
    }
    if (position.latitude > -1e-9 && position.latitude < 1e-9 && position.longitude > -1e-9 &&
        position.longitude < 1e-9) {
        return false;
    }
    position.has_altitude = read_altitude(message, &position.altitude_m);
    *ret = position;
    return true;
}

bool
dc09_xdata_time(const struct dc09_message *message, int64_t *ret_us)
{
    const struct dc09_xdata *block = dc09_xdata_find(message, 'H');

    if (block == NULL) {
        return false;
    }
    struct dc09_view value = block->value;
    if (value.size > 0 && value.data[0] == '_') {
        value.data += 1;
        value.size -= 1;
    }
    return dc09_time_parse(value.data, value.size, ret_us);
}

/* Windows-1252 differs from Latin-1 in 0x80..0x9F; its five holes stay the replacement character.
 */
static unsigned
from_windows_1252(uint8_t byte)
{
    static const uint16_t high[32] = {
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

    if (byte < 0x20 || byte == 0x7F) {
        return ' ';
    }
    return byte >= 0x80 && byte < 0xA0 ? high[byte - 0x80] : byte;
}

/* Writes one character of at most 16 bits; returns its size in bytes. */
static size_t
put_utf8(unsigned character, char to[3])
{
    if (character < 0x80) {
        to[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        to[0] = (char)(0xC0 | character >> 6);
        to[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    to[0] = (char)(0xE0 | character >> 12);
    to[1] = (char)(0x80 | (character >> 6 & 0x3F));
    to[2] = (char)(0x80 | (character & 0x3F));
    return 3;
}

/* Bytes of the UTF-8 character that starts with `byte`. */
static size_t
utf8_size(uint8_t byte)
{
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/* The character at `from`, of `bytes` bytes; a control character is a blank. U+0080 to U+009F are
 * control characters too: a terminal obeys them like ESC. */
static size_t
put_clean(const char *from, size_t bytes, char to[4])
{
    if (bytes == 1 || ((uint8_t)from[0] == 0xC2 && (uint8_t)from[1] < 0xA0)) {
        to[0] = bytes == 1 ? (char)from_windows_1252((uint8_t)from[0]) : ' ';
        return 1;
    }
    memcpy(to, from, bytes);
    return bytes;
}

static size_t
copy_utf8(struct dc09_view text, char *to, size_t size)
{
    size_t used = 0;

    for (size_t i = 0; i < text.size;) {
        char character[4];
        size_t taken = utf8_size((uint8_t)text.data[i]);
        size_t bytes = put_clean(text.data + i, taken, character);
        if (used + bytes + 1 > size) {
            break;
        }
        memcpy(to + used, character, bytes);
        used += bytes;
        i += taken;
    }
    to[used] = '\0';
    return used;
}

size_t
dc09_text_to_utf8(struct dc09_view text, char *to, size_t size)
{
    size_t used = 0;

    if (text.size > 0 && text_is_utf8(text.data, text.size)) {
        return copy_utf8(text, to, size);
    }
    for (size_t i = 0; i < text.size; i++) {
        char character[3];
        size_t bytes = put_utf8(from_windows_1252((uint8_t)text.data[i]), character);
        if (used + bytes + 1 > size) {
            break;
        }
        memcpy(to + used, character, bytes);
        used += bytes;
    }
    to[used] = '\0';
    return used;
}

const char *
dc09_xdata_meaning(char letter)
{
    static const struct
    {
        char letter;
        const char *meaning;
    } letters[] = {
        {'A', "authentication hash"},
        {'C', "supervision category"},
        {'H', "time of occurrence"},
        {'I', "alarm text"},
        {'J', "network path"},
        {'K', "key exchange"},
        {'L', "location on site"},
        {'M', "MAC address"},
        {'N', "network address"},
        {'O', "building"},
        {'P', "programming data"},
        {'R', "room"},
        {'S', "site name"},
        {'T', "trigger"},
        {'V', "verification address"},
        {'X', "longitude"},
        {'Y', "latitude"},
        {'Z', "altitude"},
    };

    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        if (letters[i].letter == letter) {
            return letters[i].meaning;
        }
    }
    return "unknown";
}
