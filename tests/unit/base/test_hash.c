/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <criterion/criterion.h>

Test(hash, crc32c_gives_the_published_check_values)
{
    uint8_t zeros[32] = {0};
    cr_assert_eq(crc32c(0, "123456789", 9), 0xE3069283u);
    cr_assert_eq(crc32c(0, zeros, sizeof zeros), 0x8A9136AAu); /* RFC 3720, B.4 */
    cr_assert_eq(crc32c(0, "", 0), 0u);
}

Test(hash, crc32c_can_be_continued)
{
    cr_assert_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xE3069283u);
}

Test(hash, different_bytes_and_lengths_differ_and_none_is_zero)
{
    char zeros[17] = {0};
    uint64_t seen[17];
    for (size_t size = 0; size < 17; size++) {
        seen[size] = hash_bytes(0, zeros, size);
        cr_assert_neq(seen[size], 0);
        for (size_t before = 0; before < size; before++) {
            cr_assert_neq(seen[before], seen[size]);
        }
    }
    cr_assert_neq(hash_bytes(1, "a", 1), hash_bytes(2, "a", 1));
}
