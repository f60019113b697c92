/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_core.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void (*fuzz_on_broken)(void);

void
fuzz_broken(const char *promise, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
    if (fuzz_on_broken != NULL) {
        void (*tidy)(void) = fuzz_on_broken;
        fuzz_on_broken = NULL;
        tidy();
    }
    abort();
}

uint8_t *
fuzz_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    FUZZ_CHECK(copy != NULL);
    if (size > 0) {
        memcpy(copy, data, size);
    }
    return copy;
}

void
fuzz_check_text(const char *text, size_t size)
{
    size_t length = strnlen(text, size);

    FUZZ_CHECK(length < size);
    FUZZ_CHECK(length == 0 || text_is_utf8(text, length));
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        FUZZ_CHECK(c >= 0x20 && c != 0x7F);
        /* U+0080..U+009F: a terminal obeys them like ESC */
        FUZZ_CHECK(c != 0xC2 || (unsigned char)text[i + 1] >= 0xA0);
    }
}

unsigned
fuzz_take_8(struct fuzz_input *input)
{
    if (input->at == input->end) {
        return 0;
    }
    input->at += 1;
    return input->at[-1];
}

unsigned
fuzz_take_16(struct fuzz_input *input)
{
    unsigned low = fuzz_take_8(input);
    return low | fuzz_take_8(input) << 8;
}

const uint8_t *
fuzz_take_bytes(struct fuzz_input *input, size_t *size)
{
    const uint8_t *bytes = input->at;
    size_t left = (size_t)(input->end - input->at);
    *size = *size < left ? *size : left;
    input->at += *size;
    return bytes;
}
