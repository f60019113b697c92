/* SPDX-License-Identifier: Apache-2.0 */
#include "base/varint.h"

size_t
varint_size(uint64_t value)
{
    size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        size += 1;
    }
    return size;
}

size_t
varint_put(uint8_t *to, uint64_t value)
{
    size_t size = 0;
    while (value >= 0x80) {
        to[size++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    to[size++] = (uint8_t)value;
    return size;
}

bool
varint_take(const uint8_t **at, const uint8_t *end, uint64_t *ret_value)
{
    uint64_t value = 0;
    const uint8_t *next = *at;
    for (unsigned shift = 0; shift < 7 * VARINT_MAX && next < end; shift += 7) {
        uint8_t byte = *next++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) {
            *at = next;
            *ret_value = value;
            return true;
        }
    }
    return false;
}
