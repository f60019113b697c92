/* SPDX-License-Identifier: Apache-2.0 */
/* Whose handshake begins: the order and the budget, without sockets. */
#include "intake/admission.h"

#include <criterion/criterion.h>

#define BUDGET 64u

static struct admission_state state;
static unsigned taken[3]; /* by choice */

static void
begin(void)
{
    state = (struct admission_state){.budget = BUDGET, .expected = true, .stranger = true};
    taken[ADMISSION_EXPECTED] = 0;
    taken[ADMISSION_STRANGER] = 0;
}

TestSuite(admission_choice, .init = begin);

/* One more begins, as admission.c counts it. False when nobody may. */
static bool
take(void)
{
    enum admission_choice choice = admission_choose(&state, &state.favours);
    taken[choice] += 1;
    state.used += choice == ADMISSION_NOBODY ? 0 : 1;
    state.strangers_used += choice == ADMISSION_STRANGER ? 1 : 0;
    return choice != ADMISSION_NOBODY;
}

Test(admission_choice, of_four_that_begin_one_is_a_stranger)
{
    for (unsigned i = 0; i < BUDGET; i++) {
        cr_assert(take());
        cr_assert_eq(taken[ADMISSION_STRANGER], (i + 1) / 4, "after %u", i + 1);
    }
    cr_assert_not(take());
}

Test(admission_choice, strangers_leave_a_quarter_of_the_budget_to_expected_ones)
{
    state.expected = false;
    while (take()) {
        cr_assert_leq(taken[ADMISSION_STRANGER], BUDGET);
    }
    cr_assert_eq(taken[ADMISSION_STRANGER], BUDGET - BUDGET / 4);
    state.expected = true;
    cr_assert(take());
    cr_assert_eq(taken[ADMISSION_EXPECTED], 1);
}

Test(admission_choice, expected_ones_may_have_the_whole_budget)
{
    state.stranger = false;
    while (take()) {
        cr_assert_leq(taken[ADMISSION_EXPECTED], BUDGET);
    }
    cr_assert_eq(taken[ADMISSION_EXPECTED], BUDGET);
}

Test(admission_choice, a_stranger_is_not_kept_waiting_by_a_fleet_that_never_ends)
{
    unsigned strangers = 0;
    for (unsigned i = 0; i < 10000; i++) {
        cr_assert(take());
        strangers = taken[ADMISSION_STRANGER];
        state.used = 0; /* each is done at once */
        state.strangers_used = 0;
    }
    cr_assert_eq(strangers, 2500);
}

Test(admission_choice, a_fleet_is_not_kept_waiting_by_strangers_that_hold_all_they_may)
{
    state.strangers_used = BUDGET - BUDGET / 4;
    state.used = state.strangers_used;
    for (unsigned i = 0; i < 1000; i++) {
        cr_assert_eq(admission_choose(&state, &state.favours), ADMISSION_EXPECTED);
    }
}

Test(admission_choice, a_budget_of_one_serves_either)
{
    state.budget = 1;
    state.expected = false;
    cr_assert(take());
    cr_assert_eq(taken[ADMISSION_STRANGER], 1);
    cr_assert_not(take());
}
