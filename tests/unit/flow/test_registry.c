/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct registry_unit
unit_named(const char *id, uint32_t slot)
{
    struct registry_unit unit = {.slot = slot, .interval_s = 900, .monitored = true};
    snprintf(unit.id, sizeof(unit.id), "%s", id);
    return unit;
}

static void
fingerprint_of(uint8_t fingerprint[LIMIT_FINGERPRINT], unsigned number)
{
    memset(fingerprint, 0, LIMIT_FINGERPRINT);
    memcpy(fingerprint, &number, sizeof(number));
}

Test(registry, finds_ten_thousand_units_by_name_and_by_each_of_their_keys)
{
    struct registry *registry = registry_new(10000, 0, 0);
    uint8_t fingerprint[LIMIT_FINGERPRINT];
    char id[LIMIT_UNIT_ID];
    for (unsigned i = 0; i < 10000; i++) {
        snprintf(id, sizeof(id), "SKY-%u", i);
        struct registry_unit unit = unit_named(id, i + 1);
        struct registry_unit *added = registry_add_unit(registry, &unit);
        cr_assert_not_null(added);
        for (unsigned key = 0; key < 2; key++) {
            fingerprint_of(fingerprint, i * 2 + key);
            cr_assert(registry_add_fingerprint(registry, added, fingerprint));
        }
    }
    cr_assert_eq(registry_unit_count(registry), 10000);
    for (unsigned i = 0; i < 20000; i++) {
        fingerprint_of(fingerprint, i);
        const struct registry_unit *found = registry_find_fingerprint(registry, fingerprint);
        cr_assert_not_null(found);
        cr_assert_eq(found->slot, i / 2 + 1);
    }
    cr_assert_eq(registry_find_unit(registry, "SKY-77")->slot, 78);
    cr_assert_null(registry_find_unit(registry, "SKY-10000"));
    fingerprint_of(fingerprint, 20000);
    cr_assert_null(registry_find_fingerprint(registry, fingerprint));
    registry_free(registry);
}

Test(registry, an_account_is_found_without_regard_to_case)
{
    struct registry *registry = registry_new(1, 2, 0);
    struct registry_unit unit = unit_named("PAN-1", 1);
    struct registry_account account = {.account = "A10001", .key_size = 16};
    account.unit = registry_add_unit(registry, &unit);
    cr_assert(registry_add_account(registry, &account));
    cr_assert_not_null(registry_find_account(registry, "a10001"));
    cr_assert_not_null(registry_find_account(registry, "A10001"));
    cr_assert_null(registry_find_account(registry, "A1000"));
    cr_assert_null(registry_find_account(registry, "A100011"));
    cr_assert_null(registry_find_account(registry, "a far too long account for any panel"));
    registry_free(registry);
}

/* S3 TEST */
Test(registry, a_revoked_key_is_known_as_such_unless_it_is_valid_again)
{
    struct registry *registry = registry_new(1, 0, 2);
    struct registry_unit unit = unit_named("SKY-7", 1);
    struct registry_unit *added = registry_add_unit(registry, &unit);
    uint8_t old_key[LIMIT_FINGERPRINT];
    uint8_t new_key[LIMIT_FINGERPRINT];
    fingerprint_of(old_key, 1);
    fingerprint_of(new_key, 2);
    cr_assert(registry_add_fingerprint(registry, added, new_key));
    cr_assert(registry_add_revoked(registry, old_key));
    cr_assert(registry_add_revoked(registry, new_key));
    cr_assert(registry_is_revoked(registry, old_key));
    cr_assert_not(registry_is_revoked(registry, new_key));
    cr_assert_null(registry_find_fingerprint(registry, old_key));
    registry_free(registry);
}

Test(registry, what_contradicts_is_refused_and_bounds_hold)
{
    struct registry *registry = registry_new(2, 1, 1);
    struct registry_unit one = unit_named("SKY-1", 1);
    struct registry_unit two = unit_named("SKY-2", 2);
    struct registry_unit three = unit_named("SKY-3", 3);
    struct registry_unit *first = registry_add_unit(registry, &one);
    cr_assert_null(registry_add_unit(registry, &one));
    struct registry_unit *second = registry_add_unit(registry, &two);
    cr_assert_null(registry_add_unit(registry, &three));
    uint8_t key[LIMIT_FINGERPRINT];
    fingerprint_of(key, 5);
    cr_assert(registry_add_fingerprint(registry, first, key));
    cr_assert_not(registry_add_fingerprint(registry, second, key));
    cr_assert_str_eq(registry_find_fingerprint(registry, key)->id, "SKY-1");
    struct registry_account account = {.account = "1111", .unit = first};
    cr_assert(registry_add_account(registry, &account));
    cr_assert_not(registry_add_account(registry, &account));
    registry_free(registry);
}

Test(registry, an_empty_one_answers_that_it_knows_nobody)
{
    struct registry *registry = registry_new(0, 0, 0);
    uint8_t key[LIMIT_FINGERPRINT] = {0};
    cr_assert_null(registry_find_unit(registry, "SKY-1"));
    cr_assert_null(registry_find_fingerprint(registry, key));
    cr_assert_null(registry_find_account(registry, "1111"));
    cr_assert_not(registry_is_revoked(registry, key));
    registry_free(registry);
}
