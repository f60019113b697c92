/* SPDX-License-Identifier: Apache-2.0 */
/* Resolve while PostgreSQL is killed, frozen and started again. */
#include "centre.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_told_late(void *data)
{
    return strcmp(((const struct centre *)data)->change, "late") == 0;
}

/* A test that fails must not leave the server frozen for the next. */
TestSuite(resolve_faults, .fini = database_thaw_server, .timeout = 90);

/* REQ A24 B3 TEST: whatever the database does, an answer comes within the deadline. */
Test(resolve_faults, a_frozen_server_is_answered_for_within_the_deadline_and_noticed)
{
    struct centre *centre = centre_open();
    database_freeze_server();
    uint64_t began_ms = clock_mono_ms();
    const struct resolve_answer *answer = ask(centre, "SKY-101");
    uint64_t took_ms = centre->answered_ms - began_ms;
    bool down = loop_until(&centre->loop, is_down, centre, 4000);
    database_thaw_server();
    cr_assert_leq(took_ms, 400, "took %lu ms", (unsigned long)took_ms);
    cr_assert_eq(answer->status, RESOLVE_CACHED);
    cr_assert_eq(answer->marker_last_known, MARKER_ACTIVE);
    cr_assert(down, "nobody noticed");
    cr_assert(loop_until(&centre->loop, is_up, centre, 8000));
    cr_assert_eq(ask(centre, "SKY-101")->status, RESOLVE_CHECKED);
    centre_close(centre);
}

Test(resolve_faults, an_answer_after_its_deadline_is_offered_as_late)
{
    struct centre *centre = centre_open();
    database_freeze_server();
    cr_assert_eq(ask(centre, "SKY-101")->status, RESOLVE_CACHED);
    database_thaw_server();
    cr_assert(loop_until(&centre->loop, has_late, centre, 3000));
    cr_assert_eq(centre->answer.status, RESOLVE_CHECKED);
    cr_assert_eq(centre->late, 1);
    cr_assert_eq(centre->answers, 1);
    centre_close(centre);
}

/* REQ R0 TEST: a database that does not answer delays the first alarm by its deadline, not those
 * after it. */
Test(resolve_faults, nobody_is_kept_waiting_behind_a_question_that_is_overdue)
{
    struct centre *centre = centre_open();
    database_freeze_server();
    cr_assert_neq(ask(centre, "SKY-101")->status, RESOLVE_CHECKED);
    struct resolve_question asked = question("SKY-102");
    asked.key = 7;
    cr_assert_eq(resolve_ask(centre->resolve, &asked), ERROR_NONE);
    uv_run(&centre->loop, UV_RUN_NOWAIT);
    bool at_once = centre->answered[7] == 1;
    enum resolve_status status = centre->answer.status;
    database_thaw_server();
    cr_assert(at_once, "the second waits for its own deadline");
    cr_assert_neq(status, RESOLVE_CHECKED);
    cr_assert(loop_until(&centre->loop, has_late, centre, 3000));
    cr_assert(loop_until(&centre->loop, is_told_late, centre, 3000), "nobody would ask again");
    cr_assert_eq(ask(centre, "SKY-102")->status, RESOLVE_CHECKED);
    centre_close(centre);
}

Test(resolve_faults, a_killed_server_costs_no_answer_and_is_used_again_when_it_is_back)
{
    struct centre *centre = centre_open();
    for (unsigned i = 0; i < 500; i++) {
        struct resolve_question asked = question("SKY-102");
        asked.key = i;
        cr_assert_eq(resolve_ask(centre->resolve, &asked), ERROR_NONE);
        if (i == 250) {
            uv_run(&centre->loop, UV_RUN_NOWAIT);
            database_kill_server();
        }
    }
    loop_for(&centre->loop, 600);
    for (unsigned i = 0; i < 500; i++) {
        cr_assert_eq(centre->answered[i], 1);
    }
    cr_assert(loop_until(&centre->loop, is_down, centre, 3000));
    database_start_server();
    cr_assert(loop_until(&centre->loop, is_up, centre, 8000));
    cr_assert_eq(ask(centre, "SKY-101")->status, RESOLVE_CHECKED);
    centre_close(centre);
}
