/* SPDX-License-Identifier: Apache-2.0 */
#include "base/varint.h"

#include <criterion/criterion.h>
#include <string.h>

static const uint64_t values[] = {
    0,         1, 127, 128, 300, 16383, 16384, UINT32_MAX, UINT64_C(1) << 35, UINT64_C(1) << 63,
    UINT64_MAX};

Test(varint, has_the_bytes_of_the_published_examples)
{
    uint8_t bytes[VARINT_MAX]; /* protobuf.dev, encoding: 150 is 96 01 */
    cr_assert_eq(varint_put(bytes, 150), 2);
    cr_assert_arr_eq(bytes, "\x96\x01", 2);
    cr_assert_eq(varint_put(bytes, 1), 1);
    cr_assert_eq(bytes[0], 1);
    cr_assert_eq(varint_put(bytes, UINT64_MAX), VARINT_MAX);
    cr_assert_arr_eq(bytes, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", VARINT_MAX);
}

Test(varint, comes_back_as_it_was_put_and_is_as_long_as_said)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint8_t bytes[VARINT_MAX + 1];
        memset(bytes, 0xEE, sizeof bytes);
        size_t size = varint_put(bytes, values[i]);
        cr_assert_eq(size, varint_size(values[i]));
        cr_assert_eq(bytes[size], 0xEE, "a byte more was written");
        const uint8_t *at = bytes;
        uint64_t value = 0;
        cr_assert(varint_take(&at, bytes + sizeof bytes, &value));
        cr_assert_eq(value, values[i]);
        cr_assert_eq(at, bytes + size);
    }
}

Test(varint, cut_short_at_any_byte_it_says_nothing)
{
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        uint8_t bytes[VARINT_MAX];
        size_t size = varint_put(bytes, values[i]);
        for (size_t cut = 0; cut < size; cut++) {
            const uint8_t *at = bytes;
            uint64_t value = 42;
            cr_assert_not(varint_take(&at, bytes + cut, &value));
            cr_assert_eq(value, 42);
            cr_assert_eq(at, bytes);
        }
    }
}

Test(varint, one_that_does_not_end_is_refused)
{
    uint8_t bytes[VARINT_MAX + 1];
    memset(bytes, 0x80, sizeof bytes);
    bytes[VARINT_MAX] = 0;
    const uint8_t *at = bytes;
    uint64_t value = 42;
    cr_assert_not(varint_take(&at, bytes + sizeof bytes, &value));
    cr_assert_eq(value, 42);
    bytes[VARINT_MAX - 1] = 0x7F; /* ends in time, with more bits than there is room for */
    cr_assert(varint_take(&at, bytes + sizeof bytes, &value));
    cr_assert_eq(value, UINT64_C(1) << 63);
    cr_assert_eq(at, bytes + VARINT_MAX);
}
