/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wheel.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static uint64_t chance_state = 88172645463325252u;

static uint64_t
chance(void)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return chance_state;
}

Test(wheel, expires_an_entry_at_its_time_and_not_before)
{
    struct wheel wheel;
    cr_assert_eq(wheel_init(&wheel, 4, 1000), ERROR_NONE);
    uint32_t entry = 9;
    cr_assert_eq(wheel_next(&wheel), WHEEL_NEVER);
    wheel_arm(&wheel, 2, 900000);
    cr_assert(wheel_is_armed(&wheel, 2));
    cr_assert_leq(wheel_next(&wheel), 900000u);
    cr_assert_not(wheel_expire(&wheel, 899999, &entry));
    cr_assert_eq(entry, 9);
    cr_assert(wheel_expire(&wheel, 900000, &entry));
    cr_assert_eq(entry, 2);
    cr_assert_not(wheel_is_armed(&wheel, 2));
    cr_assert_not(wheel_expire(&wheel, 900000, &entry));
    wheel_free(&wheel);
}

Test(wheel, expires_a_time_in_the_past_at_once_and_time_never_goes_back)
{
    struct wheel wheel;
    cr_assert_eq(wheel_init(&wheel, 2, 5000), ERROR_NONE);
    uint32_t entry = 0;
    wheel_arm(&wheel, 1, 10);
    cr_assert_eq(wheel_next(&wheel), 5000);
    cr_assert(wheel_expire(&wheel, 20, &entry));
    cr_assert_eq(entry, 1);
    cr_assert_not(wheel_expire(&wheel, 20, &entry));
    cr_assert_eq(wheel.now, 5000);
    wheel_free(&wheel);
}

Test(wheel, after_time_was_turned_back_every_entry_expires_at_its_own_time)
{
    struct wheel wheel;
    enum
    {
        COUNT = 200
    };
    cr_assert_eq(wheel_init(&wheel, COUNT, 0), ERROR_NONE);
    for (uint32_t entry = 0; entry < COUNT; entry++) {
        wheel_arm(&wheel, entry, 500000 + chance() % 500000);
    }
    uint32_t entry = 0;
    cr_assert_not(wheel_expire(&wheel, 499999, &entry));
    wheel_turn_back(&wheel, 20);
    cr_assert(wheel_validate(&wheel));
    wheel_arm(&wheel, 7, 1020); /* before the time it had come to */
    cr_assert_not(wheel_expire(&wheel, 1019, &entry));
    cr_assert(wheel_expire(&wheel, 1020, &entry));
    cr_assert_eq(entry, 7);
    for (uint64_t now = 500000; now <= 1000000; now += 1000) {
        while (wheel_expire(&wheel, now, &entry)) {
            cr_assert_leq(wheel.entries[entry].due, now);
            cr_assert_gt(wheel.entries[entry].due + 1000, now);
        }
    }
    cr_assert_eq(wheel.armed, 0);
    wheel_free(&wheel);
}

Test(wheel, rearming_moves_an_entry_and_disarming_forgets_it)
{
    struct wheel wheel;
    cr_assert_eq(wheel_init(&wheel, 2, 0), ERROR_NONE);
    uint32_t entry = 0;
    wheel_arm(&wheel, 0, 100);
    wheel_arm(&wheel, 0, 5000);
    wheel_arm(&wheel, 1, 200);
    wheel_disarm(&wheel, 1);
    wheel_disarm(&wheel, 1);
    cr_assert_eq(wheel.armed, 1);
    cr_assert_not(wheel_expire(&wheel, 4999, &entry));
    cr_assert(wheel_expire(&wheel, 5000, &entry));
    cr_assert_eq(entry, 0);
    wheel_free(&wheel);
}

Test(wheel, takes_the_whole_range_of_times)
{
    struct wheel wheel;
    cr_assert_eq(wheel_init(&wheel, 2, 0), ERROR_NONE);
    uint32_t entry = 9;
    wheel_arm(&wheel, 0, UINT64_MAX);
    wheel_arm(&wheel, 1, UINT64_C(1) << 60);
    cr_assert(wheel_validate(&wheel));
    cr_assert(wheel_expire(&wheel, UINT64_C(1) << 61, &entry));
    cr_assert_eq(entry, 1);
    cr_assert(wheel_validate(&wheel));
    cr_assert(wheel_expire(&wheel, UINT64_MAX, &entry));
    cr_assert_eq(entry, 0);
    wheel_free(&wheel);
}

Test(wheel, agrees_with_a_plain_array_through_random_calls)
{
    enum
    {
        ENTRIES = 200
    };
    static uint64_t due[ENTRIES]; /* 0 = not armed */
    struct wheel wheel;
    uint64_t now = 12345;
    cr_assert_eq(wheel_init(&wheel, ENTRIES, now), ERROR_NONE);
    for (unsigned call = 0; call < 100000; call++) {
        uint32_t at = (uint32_t)(chance() % ENTRIES);
        switch (chance() % 4) {
            case 0:
            case 1:
                due[at] = now + 1 + (chance() >> (30 + chance() % 30)) % 10000000;
                wheel_arm(&wheel, at, due[at]);
                break;
            case 2:
                due[at] = 0;
                wheel_disarm(&wheel, at);
                break;
            default: {
                now += chance() % (UINT64_C(1) << (chance() % 20));
                uint64_t last = 0;
                for (uint32_t entry; wheel_expire(&wheel, now, &entry);) {
                    cr_assert_neq(due[entry], 0);
                    cr_assert_leq(due[entry], now);
                    cr_assert_geq(due[entry], last, "in order of due time");
                    last = due[entry];
                    due[entry] = 0;
                }
                uint64_t earliest = WHEEL_NEVER;
                for (unsigned i = 0; i < ENTRIES; i++) {
                    cr_assert(due[i] == 0 || due[i] > now, "nothing is left behind");
                    earliest = due[i] != 0 && due[i] < earliest ? due[i] : earliest;
                }
                cr_assert_leq(wheel_next(&wheel), earliest);
                break;
            }
        }
        if (call % 64 == 0) {
            cr_assert(wheel_validate(&wheel));
        }
    }
    wheel_free(&wheel);
}

Test(wheel, a_million_timers_each_expire_exactly_once_and_on_time)
{
    enum
    {
        ENTRIES = 1000000
    };
    struct wheel wheel;
    cr_assert_eq(wheel_init(&wheel, ENTRIES, 0), ERROR_NONE);
    uint64_t *due = calloc(ENTRIES, sizeof(*due));
    for (uint32_t entry = 0; entry < ENTRIES; entry++) {
        due[entry] = 1 + chance() % 2250000; /* 2.5 intervals of 15 min, in ms */
        wheel_arm(&wheel, entry, due[entry]);
    }
    cr_assert(wheel_validate(&wheel));
    uint32_t expired = 0;
    for (uint64_t now = 0; now <= 2250000; now += 100) {
        for (uint32_t entry; wheel_expire(&wheel, now, &entry);) {
            cr_assert(due[entry] != 0 && due[entry] <= now && due[entry] + 100 > now);
            due[entry] = 0;
            expired++;
        }
    }
    cr_assert_eq(expired, ENTRIES);
    cr_assert_eq(wheel.armed, 0);
    free(due);
    wheel_free(&wheel);
}
