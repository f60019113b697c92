/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two checksums. CRC32C (Castagnoli) guards journal records against damage; hash_bytes is a fast
 * 64-bit mix for tables and for the content of a signal. Neither is a defence against a forger.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* CRC32C of `data`, continuing from `crc` (0 to begin). crc32c(0, "123456789", 9) == 0xE3069283. */
uint32_t crc32c(uint32_t crc, const void *data, size_t size);
/* Never 0, so that 0 can mean "none". `seed` chains calls. */
uint64_t hash_bytes(uint64_t seed, const void *data, size_t size);

#endif
