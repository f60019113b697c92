/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/address_table.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static struct address_key
key_number(uint32_t number)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(number)};
    return address_key_of((const struct sockaddr *)&address);
}

Test(address_table, an_address_is_stopped_at_its_limit_and_not_before)
{
    struct address_table table;
    cr_assert_eq(address_table_init(&table, 100), ERROR_NONE);
    struct address_key one = key_number(0x0A000001);
    struct address_key two = key_number(0x0A000002);
    for (int i = 0; i < 3; i++) {
        cr_assert(address_table_add(&table, &one, 3));
    }
    cr_assert_not(address_table_add(&table, &one, 3));
    cr_assert(address_table_add(&table, &two, 3));
    address_table_remove(&table, &one);
    cr_assert(address_table_add(&table, &one, 3));
    address_table_free(&table);
}

Test(address_table, the_count_of_every_address_is_exact_over_many_additions_and_removals)
{
    enum
    {
        ADDRESSES = 500
    };
    unsigned counts[ADDRESSES] = {0};
    unsigned total = 0;
    struct address_table table;
    cr_assert_eq(address_table_init(&table, 1000), ERROR_NONE);
    srand(7);
    for (int step = 0; step < 200000; step++) {
        unsigned which = (unsigned)rand() % ADDRESSES;
        struct address_key key = key_number(which);
        if (rand() % 2 == 0 && total < 1000) {
            bool added = address_table_add(&table, &key, 4);
            cr_assert_eq(added, counts[which] < 4);
            counts[which] += added ? 1 : 0;
            total += added ? 1 : 0;
        } else if (counts[which] > 0) {
            address_table_remove(&table, &key);
            counts[which] -= 1;
            total -= 1;
        }
        cr_assert_eq(address_table_count(&table, &key), counts[which]);
    }
    for (unsigned i = 0; i < ADDRESSES; i++) {
        struct address_key key = key_number(i);
        cr_assert_eq(address_table_count(&table, &key), counts[i]);
    }
    address_table_free(&table);
}

Test(address_table, ipv4_and_its_mapped_form_are_one_address)
{
    struct sockaddr_in6 mapped = {.sin6_family = AF_INET6};
    cr_assert_eq(inet_pton(AF_INET6, "::ffff:10.0.0.1", &mapped.sin6_addr), 1);
    struct address_key six = address_key_of((const struct sockaddr *)&mapped);
    struct address_key four = key_number(0x0A000001);
    cr_assert_eq(memcmp(&six, &four, sizeof six), 0);
    char text[64];
    cr_assert_str_eq(address_key_text(&six, text, sizeof text), "10.0.0.1");
}
