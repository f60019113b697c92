/* SPDX-License-Identifier: Apache-2.0 */
#include "base/states.h"

#include <criterion/criterion.h>
#include <signal.h>

static const char *const names[] = {"SHUT", "OPEN", "GONE"};
static const uint32_t successors[] = {STATES_TO(1) | STATES_TO(2), STATES_TO(0), 0};
static const struct states door = {"door", names, successors, 3};

Test(states, allows_only_the_moves_of_the_table)
{
    cr_assert(states_may_move(&door, 0, 1));
    cr_assert(states_may_move(&door, 0, 2));
    cr_assert_not(states_may_move(&door, 0, 0));
    cr_assert_not(states_may_move(&door, 1, 2));
    cr_assert_not(states_may_move(&door, 2, 0));
    cr_assert_not(states_may_move(&door, 9, 0));
    cr_assert_not(states_may_move(&door, 0, 9));
    cr_assert_str_eq(states_text(&door, 1), "OPEN");
    cr_assert_str_eq(states_text(&door, 3), "?");
}

Test(states, moves)
{
    uint8_t state = 0;
    states_move(&door, &state, 1);
    cr_assert_eq(state, 1);
}

Test(states, stops_the_process_at_a_move_outside_the_table, .signal = SIGABRT)
{
    uint8_t state = 2;
    states_move(&door, &state, 0);
}
