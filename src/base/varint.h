/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as protobuf packs them: seven bits a byte, the lowest first, the top bit set on all bytes
 * but the last. For the few places that read or write a packed message field by field.
 *
 * Pure; any thread.
 */
#ifndef BASE_VARINT_H
#define BASE_VARINT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX 10 /* bytes of the longest */

/* Bytes of `value` when packed, 1..VARINT_MAX. */
size_t varint_size(uint64_t value);
/* Writes `value` to `to`, which has room for it; returns varint_size(value). */
size_t varint_put(uint8_t *to, uint64_t value);
/* Reads one at *at and moves *at behind it. False when it does not end before `end` or within
 * VARINT_MAX bytes: *at and *ret_value are left alone. What lies above 64 bits is dropped. */
bool varint_take(const uint8_t **at, const uint8_t *end, uint64_t *ret_value) MUST_USE;

#endif
