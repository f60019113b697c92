/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/tls_tickets.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t secret[TLS_TICKET_SECRET_SIZE] = "thirty-two bytes of test secret";

Test(tls_tickets, two_workers_with_one_secret_have_the_same_keys)
{
    struct tls_tickets one;
    struct tls_tickets two;
    tls_tickets_init(&one, secret);
    tls_tickets_init(&two, secret);
    cr_assert(tls_tickets_refresh(&one, 1000000));
    cr_assert(tls_tickets_refresh(&two, 1000000));
    cr_assert_eq(memcmp(&one.current, &two.current, sizeof one.current), 0);
}

Test(tls_tickets, keys_change_with_the_period_and_the_last_ones_are_kept)
{
    struct tls_tickets tickets;
    tls_tickets_init(&tickets, secret);
    cr_assert(tls_tickets_refresh(&tickets, 10 * TLS_TICKET_PERIOD_S));
    struct tls_ticket_keys before = tickets.current;
    cr_assert(tls_tickets_refresh(&tickets, 11 * TLS_TICKET_PERIOD_S - 1));
    cr_assert_eq(memcmp(&before, &tickets.current, sizeof before), 0);
    cr_assert(tls_tickets_refresh(&tickets, 11 * TLS_TICKET_PERIOD_S));
    cr_assert_neq(memcmp(&before, &tickets.current, sizeof before), 0);
    cr_assert_eq(memcmp(&before, &tickets.previous, sizeof before), 0);
}

Test(tls_tickets, another_secret_gives_other_keys)
{
    uint8_t other[TLS_TICKET_SECRET_SIZE] = "another thirty-two bytes secret";
    struct tls_tickets one;
    struct tls_tickets two;
    tls_tickets_init(&one, secret);
    tls_tickets_init(&two, other);
    cr_assert(tls_tickets_refresh(&one, 5));
    cr_assert(tls_tickets_refresh(&two, 5));
    cr_assert_neq(memcmp(one.current.cipher, two.current.cipher, 32), 0);
    cr_assert_neq(memcmp(one.current.mac, two.current.mac, 32), 0);
}

Test(tls_tickets, a_secret_file_must_be_there_and_long_enough)
{
    uint8_t read[TLS_TICKET_SECRET_SIZE];
    char file[] = "/tmp/larwm-secret-XXXXXX";
    int fd = mkstemp(file);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, secret, 31), 31);
    cr_assert_eq(tls_tickets_secret(file, read), ERROR_CONFIG);
    cr_assert_eq(write(fd, "xy", 2), 2);
    cr_assert_eq(tls_tickets_secret(file, read), ERROR_NONE);
    cr_assert_eq(memcmp(read, secret, 31), 0);
    cr_assert_eq(fchmod(fd, 0644), 0); /* anybody could make tickets */
    cr_assert_eq(tls_tickets_secret(file, read), ERROR_CONFIG);
    (void)close(fd);
    (void)unlink(file);
    cr_assert_eq(tls_tickets_secret(file, read), ERROR_IO);
}
