/* SPDX-License-Identifier: Apache-2.0 */
#include "web/limit.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)

static struct web_limit *limit;

static void
set_up(void)
{
    cr_assert_geq(sodium_init(), 0);
    limit = malloc(sizeof *limit);
    web_limit_init(limit);
}

static void
tear_down(void)
{
    free(limit);
}

TestSuite(limit, .init = set_up, .fini = tear_down);

/* One whole try; returns 0 when let through, else the seconds to wait. */
static unsigned
try_once(const char *user, const char *address, int64_t now_us, bool failed)
{
    struct web_limit_try one;
    unsigned wait_s = 0;
    if (!web_limit_begin(limit, user, address, now_us, &one, &wait_s)) {
        return wait_s;
    }
    web_limit_end(limit, &one, failed, now_us);
    return 0;
}

Test(limit, the_sixth_failure_of_a_user_within_a_minute_waits_even_from_other_addresses)
{
    char address[32];
    for (int i = 0; i < 5; i++) {
        (void)snprintf(address, sizeof address, "10.0.0.%d", i);
        cr_expect_eq(try_once("carys", address, i * SECOND, true), 0);
    }
    cr_expect_eq(try_once("carys", "10.0.0.9", 10 * SECOND, false), 50);
    cr_expect_eq(try_once("dewi", "10.0.0.9", 10 * SECOND, false), 0);
}

Test(limit, the_sixth_failure_of_an_address_within_a_minute_waits_even_for_other_users)
{
    char user[32];
    for (int i = 0; i < 5; i++) {
        (void)snprintf(user, sizeof user, "user%d", i);
        cr_expect_eq(try_once(user, "10.0.0.1", 0, true), 0);
    }
    cr_expect_eq(try_once("carys", "10.0.0.1", SECOND, false), 59);
    cr_expect_eq(try_once("carys", "10.0.0.2", SECOND, false), 0);
}

Test(limit, a_minute_after_the_first_failure_one_more_try_is_let_through)
{
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(try_once("carys", "10.0.0.1", i * SECOND, true), 0);
    }
    cr_expect_eq(try_once("carys", "10.0.0.1", 60 * SECOND - 1, true), 1);
    cr_expect_eq(try_once("carys", "10.0.0.1", 60 * SECOND, true), 0);
    cr_expect_eq(try_once("carys", "10.0.0.1", 60 * SECOND, true), 1);
}

Test(limit, a_whole_shift_may_log_in_from_one_address)
{
    char user[32];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(user, sizeof user, "user%d", i);
        cr_expect_eq(try_once(user, "10.0.0.1", 0, false), 0);
    }
}

Test(limit, tries_at_the_same_time_get_no_further_than_tries_one_after_the_other)
{
    struct web_limit_try tries[WEB_LIMIT_PENDING];
    struct web_limit_try one;
    unsigned wait_s = 0;
    for (unsigned i = 0; i < WEB_LIMIT_TRIES; i++) {
        cr_expect(web_limit_begin(limit, "carys", "10.0.0.1", 0, &tries[i], &wait_s));
    }
    cr_expect_not(web_limit_begin(limit, "carys", "10.0.0.1", 0, &one, &wait_s));
    cr_expect(wait_s >= 1 && wait_s <= 60);
    for (unsigned i = 0; i < WEB_LIMIT_TRIES; i++) {
        web_limit_end(limit, &tries[i], false, 0);
    }
    for (unsigned i = 0; i < WEB_LIMIT_PENDING; i++) {
        char user[32];
        (void)snprintf(user, sizeof user, "user%u", i);
        cr_expect(web_limit_begin(limit, user, "10.0.0.1", 0, &tries[i], &wait_s));
    }
    cr_expect_not(web_limit_begin(limit, "one more", "10.0.0.1", 0, &one, &wait_s));
}

Test(limit, a_flood_of_names_ends_at_the_bound_and_forgets_the_oldest_first)
{
    char user[32];
    char address[32];
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(try_once("carys", "10.0.0.1", SECOND, true), 0);
    }
    for (int i = 0; i < WEB_LIMIT_KEYS - 1; i++) {
        (void)snprintf(user, sizeof user, "user%d", i);
        (void)snprintf(address, sizeof address, "10.1.%d.%d", i / 256, i % 256);
        cr_expect_eq(try_once(user, address, 2 * SECOND, true), 0);
    }
    cr_expect_neq(try_once("carys", "10.9.9.9", 3 * SECOND, true), 0);
}
