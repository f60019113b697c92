/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <criterion/criterion.h>
#include <stdlib.h>

Test(table, gives_back_what_was_put_and_nothing_else)
{
    struct table table;
    cr_assert_eq(table_init(&table, 3), ERROR_NONE);
    uint32_t value = 77;
    cr_assert_not(table_get(&table, 5, &value));
    cr_assert_eq(value, 77, "an answer of no leaves the value alone");
    cr_assert(table_put(&table, 5, 1));
    cr_assert(table_put(&table, 5, 2));
    cr_assert(table_get(&table, 5, &value));
    cr_assert_eq(value, 2);
    cr_assert_eq(table.count, 1);
    cr_assert(table_remove(&table, 5));
    cr_assert_not(table_remove(&table, 5));
    cr_assert_not(table_get(&table, 0, &value));
    table_free(&table);
}

Test(table, says_no_when_full_but_still_changes_known_keys)
{
    struct table table;
    cr_assert_eq(table_init(&table, 2), ERROR_NONE);
    cr_assert(table_put(&table, 1, 10));
    cr_assert(table_put(&table, 2, 20));
    cr_assert_not(table_put(&table, 3, 30));
    cr_assert(table_put(&table, 2, 21));
    table_free(&table);
}

Test(table, agrees_with_a_plain_array_through_a_million_random_calls)
{
    enum
    {
        KEYS = 512,
        CAPACITY = 300
    };
    static bool present[KEYS];
    static uint32_t values[KEYS];
    uint32_t count = 0;
    uint32_t seed = 1;
    struct table table;
    cr_assert_eq(table_init(&table, CAPACITY), ERROR_NONE);
    for (unsigned call = 0; call < 1000000; call++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned at = (seed >> 8) % KEYS;
        uint64_t key = (uint64_t)(at + 1) << 32; /* equal low bits: long runs */
        uint32_t value = 0;
        if ((seed >> 28) < 6) {
            bool expected = present[at] || count < CAPACITY;
            cr_assert_eq(table_put(&table, key, call), expected);
            if (expected) {
                count += present[at] ? 0 : 1;
                present[at] = true;
                values[at] = call;
            }
        } else if ((seed >> 28) < 11) {
            cr_assert_eq(table_remove(&table, key), present[at]);
            count -= present[at] ? 1 : 0;
            present[at] = false;
        } else {
            cr_assert_eq(table_get(&table, key, &value), present[at]);
            cr_assert(!present[at] || value == values[at]);
        }
        cr_assert_eq(table.count, count);
    }
    table_free(&table);
}
