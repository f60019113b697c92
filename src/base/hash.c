/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#define CASTAGNOLI_REFLECTED 0x82F63B78u

static uint32_t
crc32c_bitwise(uint32_t crc, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (CASTAGNOLI_REFLECTED & (0u - (crc & 1u)));
        }
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t
crc32c_hardware(uint32_t crc, const uint8_t *bytes, size_t size)
{
    uint64_t wide = crc;
    while (size >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = _mm_crc32_u64(wide, word);
        bytes += 8;
        size -= 8;
    }
    crc = (uint32_t)wide;
    while (size > 0) {
        crc = _mm_crc32_u8(crc, *bytes);
        bytes += 1;
        size -= 1;
    }
    return crc;
}
#endif

uint32_t
crc32c(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return ~crc32c_hardware(~crc, bytes, size);
    }
#endif
    return ~crc32c_bitwise(~crc, bytes, size);
}

static uint64_t
hash_mix(uint64_t value)
{
    value ^= value >> 32;
    value *= UINT64_C(0x9E3779B97F4A7C15);
    value ^= value >> 29;
    value *= UINT64_C(0xD6E8FEB86659FD93);
    value ^= value >> 32;
    return value;
}

uint64_t
hash_bytes(uint64_t seed, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t hash = hash_mix(seed ^ (uint64_t)size);
    for (; size >= 8; bytes += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = hash_mix(hash ^ word) + UINT64_C(0xA0761D6478BD642F);
    }
    if (size > 0) {
        uint64_t word = 0;
        memcpy(&word, bytes, size);
        hash = hash_mix(hash ^ word) + UINT64_C(0xA0761D6478BD642F);
    }
    hash = hash_mix(hash);
    return hash == 0 ? 1 : hash;
}
