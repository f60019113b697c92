/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder while PostgreSQL is killed, frozen and started again. */
#include "centre.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A test that fails must not leave the server frozen for the next. */
TestSuite(record_faults, .fini = database_thaw_server, .timeout = 90);

/* The server dies in mid-batch, again and again: each effect is written exactly once. */
Test(record_faults, a_server_killed_in_mid_batch_loses_and_doubles_nothing)
{
    struct centre *centre = centre_open();
    uint64_t pos = 0;
    for (unsigned round = 0; round < 4; round++) {
        cr_assert(loop_until(&centre->loop, is_up, centre, 10000));
        for (unsigned i = 0; i < 2000; i++) {
            put_press(centre, ++pos, "");
        }
        loop_for(&centre->loop, 5 + round * 15);
        database_kill_server();
        for (unsigned i = 0; i < 100; i++) {
            put_press(centre, ++pos, "");
        }
        cr_assert(loop_until(&centre->loop, is_down, centre, 5000));
        database_start_server();
    }
    cr_assert(wait_recorded(centre, pos, 60000));
    check_rows(centre, (long)pos);
    centre_close(centre);
}

Test(record_faults, a_frozen_server_is_given_up_and_its_late_commit_is_not_doubled)
{
    struct centre *centre = centre_open();
    uint64_t pos = 0;
    cr_assert(loop_until(&centre->loop, is_up, centre, 5000));
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 1500; i++) {
            put_press(centre, ++pos, "");
        }
        loop_for(&centre->loop, 3 + round * 10);
        database_freeze_server();
        bool down = loop_until(&centre->loop, is_down, centre, 4000);
        database_thaw_server(); /* the old connection's batch may be committed from now on */
        cr_assert(down, "a frozen server was not noticed");
        cr_assert(loop_until(&centre->loop, is_up, centre, 8000));
    }
    cr_assert(wait_recorded(centre, pos, 60000));
    check_rows(centre, (long)pos);
    centre_close(centre);
}
