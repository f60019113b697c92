/* SPDX-License-Identifier: Apache-2.0 */
#include "record/valid.h"

#include <string.h>

static bool
is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Unicode 15, table 3-7: well-formed byte sequences. */
size_t
valid_character(const uint8_t *bytes, size_t size)
{
    uint8_t first = bytes[0];
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return size >= 2 && is_tail(bytes[1]) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        bool ok = size >= 3 && is_tail(bytes[1]) && is_tail(bytes[2]);
        ok = ok && !(first == 0xe0 && bytes[1] < 0xa0); /* longer than needed */
        ok = ok && !(first == 0xed && bytes[1] > 0x9f); /* surrogates */
        return ok ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        bool ok = size >= 4 && is_tail(bytes[1]) && is_tail(bytes[2]) && is_tail(bytes[3]);
        ok = ok && !(first == 0xf0 && bytes[1] < 0x90);
        ok = ok && !(first == 0xf4 && bytes[1] > 0x8f);
        return ok ? 4 : 0;
    }
    return 0;
}

bool
valid_is_ascii(const char *from, size_t size)
{
    uint64_t high = 0;
    for (; size >= 8; from += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, from, 8);
        high |= word;
    }
    for (; size > 0; from++, size--) {
        high |= (uint8_t)*from;
    }
    return (high & UINT64_C(0x8080808080808080)) == 0;
}

size_t
valid_copy(uint8_t *to, const char *from, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)from;
    size_t written = 0;
    size_t at = 0;
    while (at < size && bytes[at] != 0) {
        if (bytes[at] < 0x80) { /* nearly all of it */
            to[written++] = bytes[at++];
            continue;
        }
        size_t length = valid_character(bytes + at, size - at);
        if (length == 0) {
            memcpy(to + written, "\xef\xbf\xbd", 3);
            written += 3;
            at++;
        } else {
            memcpy(to + written, bytes + at, length);
            written += length;
            at += length;
        }
    }
    return written;
}
