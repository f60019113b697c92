/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/clean.h"

#include "base/text.h"

#include <stdbool.h>
#include <string.h>

/* Length of the valid character at `text`, or 0. */
static size_t
clean_character(const char *text, size_t left)
{
    for (size_t length = 1; length <= 4 && length <= left; length++) {
        if (text_is_utf8(text, length)) {
            return length;
        }
    }
    return 0;
}

static void
clean_bytes(char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        size_t length = clean_character(text + at, size - at);
        if (length == 0) {
            text[at] = '?';
            length = 1;
        }
        at += length;
    }
}

void
clean_text(char *text, size_t limit)
{
    size_t size = strlen(text);
    if (size == 0) {
        return;
    }
    if (!text_is_utf8(text, size)) {
        clean_bytes(text, size);
    }
    if (size >= limit) {
        (void)text_copy(text, limit, text);
    }
    text_blank_controls(text);
}
