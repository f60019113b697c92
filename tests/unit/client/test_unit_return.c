/* SPDX-License-Identifier: Apache-2.0 */
#include "client/unit_held.h"
#include "larwm/unit_client.h"

#include <criterion/criterion.h>

/* What every test starts from: a session was cut, nothing is held, 20 s were told. */
static const struct unit_ending cut = {
    .welcomed = true, .spread_ms = 20000, .retry_ms = 1000, .random = 0};

static uint32_t
wait_ms_with(struct unit_ending ending, uint64_t random)
{
    ending.random = random;
    return unit_client_wait_ms(&ending);
}

/* The i-th of numbers that look random. */
static uint64_t
number_at(uint64_t i)
{
    return i * UINT64_C(0x9E3779B97F4A7C15);
}

Test(unit_return, a_unit_that_was_cut_waits_any_part_of_the_spread)
{
    unsigned quarters[4] = {0};
    for (uint64_t i = 0; i < 4000; i++) {
        uint32_t wait_ms = wait_ms_with(cut, number_at(i));
        cr_assert_leq(wait_ms, 20000);
        quarters[wait_ms / 5001] += 1;
    }
    for (unsigned i = 0; i < 4; i++) {
        cr_assert_gt(quarters[i], 800, "quarter %u: %u of 4000", i, quarters[i]);
    }
    cr_assert_eq(wait_ms_with(cut, 20000), 20000);
    cr_assert_eq(wait_ms_with(cut, 20001), 0);
}

Test(unit_return, a_unit_that_holds_a_press_calls_at_once)
{
    struct unit_ending ending = cut;
    ending.holding = true;
    for (uint64_t i = 0; i < 1000; i++) {
        cr_assert_eq(wait_ms_with(ending, number_at(i)), 0);
    }
}

Test(unit_return, a_unit_that_could_not_connect_keeps_its_own_pause)
{
    struct unit_ending ending = cut;
    ending.welcomed = false;
    cr_assert_eq(wait_ms_with(ending, 17), 1000);
    ending.holding = true;
    cr_assert_eq(wait_ms_with(ending, 17), 1000);
}

Test(unit_return, a_spread_shorter_than_the_pause_is_no_hammer)
{
    struct unit_ending ending = cut;
    ending.spread_ms = 0;
    cr_assert_eq(wait_ms_with(ending, 1000), 1000);
    cr_assert_eq(wait_ms_with(ending, 1001), 0);
}

Test(unit_return, no_centre_can_keep_a_unit_away_for_longer_than_half_a_minute)
{
    struct unit_ending ending = cut;
    ending.spread_ms = UINT32_MAX;
    for (uint64_t i = 0; i < 1000; i++) {
        cr_assert_leq(wait_ms_with(ending, number_at(i)), UNIT_SPREAD_MS_MAX);
    }
}

Test(unit_held, a_press_is_held_once_until_its_receipt_in_the_order_made)
{
    struct unit_held held = {0};
    cr_assert(unit_held_add(&held, 3, SIGNAL_PANIC));
    cr_assert(unit_held_add(&held, 4, SIGNAL_DURESS));
    cr_assert(unit_held_add(&held, 5, SIGNAL_TAMPER));
    cr_assert(unit_held_add(&held, 4, SIGNAL_DURESS));
    cr_assert_eq(held.count, 3);
    unit_held_remove(&held, 9);
    unit_held_remove(&held, 4);
    cr_assert_eq(held.count, 2);
    cr_assert_eq(held.presses[0].sequence, 3);
    cr_assert_eq(held.presses[1].sequence, 5);
    cr_assert_eq(held.presses[1].kind, SIGNAL_TAMPER);
}

Test(unit_held, what_finds_no_room_is_said)
{
    struct unit_held held = {0};
    for (uint64_t i = 1; i <= UNIT_HELD_MAX; i++) {
        cr_assert(unit_held_add(&held, i, SIGNAL_PANIC));
    }
    cr_assert_not(unit_held_add(&held, UNIT_HELD_MAX + 1, SIGNAL_PANIC));
    cr_assert(unit_held_add(&held, UNIT_HELD_MAX, SIGNAL_PANIC));
    unit_held_remove(&held, 1);
    cr_assert(unit_held_add(&held, UNIT_HELD_MAX + 1, SIGNAL_PANIC));
    cr_assert_eq(held.presses[0].sequence, 2);
}
