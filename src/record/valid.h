/* SPDX-License-Identifier: Apache-2.0 */
/* Text from units and people made fit for PostgreSQL and for JSON. Pure; any thread. */
#ifndef RECORD_VALID_H
#define RECORD_VALID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copies `from` (size bytes, ends early at NUL) to `to` as valid UTF-8: each byte that belongs to
 * no character becomes U+FFFD (3 bytes). `to` holds 3 * size. Returns the bytes written, no NUL.
 */
size_t valid_copy(uint8_t *to, const char *from, size_t size);

/* Is it ASCII alone? Such a text, of `size` bytes without a NUL, is valid as it is. */
bool valid_is_ascii(const char *from, size_t size);

/* Bytes of the valid character at `bytes`, 1..4, or 0 when there is none. */
size_t valid_character(const uint8_t *bytes, size_t size);

#endif
