/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

#include <criterion/criterion.h>
#include <string.h>

Test(cursor, reads_back_what_it_wrote)
{
    uint8_t data[64];
    struct cursor out = cursor_over(data, sizeof data);
    cursor_write_u8(&out, 0xA5);
    cursor_write_be32(&out, 0x01020304);
    cursor_write_le16(&out, 0xBEEF);
    cursor_write_le32(&out, 0xDEADBEEF);
    cursor_write_le64(&out, UINT64_C(0x1122334455667788));
    cursor_write_bytes(&out, "larwm", 5);
    cr_assert(!out.failed);
    cr_assert_eq(data[1], 1, "big-endian puts the high byte first");
    cr_assert_eq(data[5], 0xEF, "little-endian puts the low byte first");
    struct cursor in = cursor_over_const(data, out.at);
    cr_assert_eq(cursor_read_u8(&in), 0xA5);
    cr_assert_eq(cursor_read_be32(&in), 0x01020304u);
    cr_assert_eq(cursor_read_le16(&in), 0xBEEF);
    cr_assert_eq(cursor_read_le32(&in), 0xDEADBEEFu);
    cr_assert_eq(cursor_read_le64(&in), UINT64_C(0x1122334455667788));
    cr_assert_eq(memcmp(cursor_read_bytes(&in, 5), "larwm", 5), 0);
    cr_assert_eq(cursor_left(&in), 0);
}

Test(cursor, once_failed_stays_failed_and_touches_nothing)
{
    uint8_t data[4] = {1, 2, 3, 4};
    struct cursor cursor = cursor_over(data, sizeof data);
    cr_assert_eq(cursor_read_le64(&cursor), 0);
    cr_assert(cursor.failed);
    cr_assert_eq(cursor_read_u8(&cursor), 0, "a byte is there, but the cursor has failed");
    cursor_write_u8(&cursor, 9);
    cr_assert_eq(data[0], 1);
    cr_assert_null(cursor_read_bytes(&cursor, 0));
    cr_assert_eq(cursor_left(&cursor), 0);
}

Test(cursor, a_size_near_the_end_of_the_address_space_does_not_wrap)
{
    uint8_t data[4] = {0};
    struct cursor cursor = cursor_over(data, sizeof data);
    (void)cursor_read_u8(&cursor);
    cr_assert_null(cursor_read_bytes(&cursor, SIZE_MAX));
}
