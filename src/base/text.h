/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers on bounded strings. Any thread. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies at most size - 1 bytes of `from` (NULL is "") and ends with NUL, never cutting a UTF-8
 * character in two. Returns false when it had to cut. */
bool text_copy(char *to, size_t size, const char *from);
/* Appends formatted text at *used within `size`; what does not fit is cut. */
void text_append(char *to, size_t size, size_t *used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Appends `number` in decimal at `to`, which holds 21; ends with NUL. Returns where the NUL is. */
char *text_put_number(char *to, uint64_t number);
/* Upper-case hex of `bytes` into `to`, which holds 2 * count + 1. */
void text_from_hex_bytes(char *to, const uint8_t *bytes, size_t count);
/* Parses 2 * count hex digits, either case. False when any is not one. */
bool text_to_bytes(uint8_t *to, size_t count, const char *hex, size_t hex_size);
/* Valid UTF-8 without NUL? */
bool text_is_utf8(const char *bytes, size_t size);
/* Has `text` (UTF-8) a control character: U+0000 to U+001F, U+007F, U+0080 to U+009F? A terminal
 * obeys the last ones like ESC. */
bool text_has_control(const char *text);
/* Makes a blank of every byte of a control character. */
void text_blank_controls(char *text);

#endif
