/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder against a real PostgreSQL. */
#include "centre.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(record, effects_of_a_press_reach_every_table)
{
    struct centre *centre = centre_open();
    put_press(centre, 1, "caf\xc3\xa9");
    cr_assert(wait_recorded(centre, 1, 3000));
    check_rows(centre, 1);
    const struct database *database = &centre->database;
    cr_assert_str_eq(database_value(database, "SELECT badges FROM larwm.incident"),
                     "{untested,delayed}");
    cr_assert_str_eq(database_value(database, "SELECT kind FROM larwm.incident_history"), "opened");
    cr_assert_str_eq(database_value(database, "SELECT detail->>'text' FROM larwm.audit"),
                     "caf\xc3\xa9");
    cr_assert_eq(record_applied(centre->record), 1);
    cr_assert_eq(record_backlog_bytes(centre->record), 0);
    centre_close(centre);
}

Test(record, newer_states_replace_older_ones_also_within_one_batch)
{
    struct centre *centre = centre_open();
    cr_assert(loop_until(&centre->loop, is_up, centre, 3000));
    put_press(centre, 1, "");
    for (uint64_t pos = 2; pos <= 50; pos++) {
        record_incident(centre->record, &(struct record_incident){
                                            .pos = pos,
                                            .id = INCIDENT(1),
                                            .epoch = (uint32_t)pos,
                                            .state = INCIDENT_CLAIMED,
                                            .priority = PRIORITY_P1,
                                            .kind = SIGNAL_PANIC,
                                            .owner = "nia",
                                            .opened_us = clock_wall_us(),
                                        });
        record_escalation(centre->record, &(struct record_escalation){
                                              .pos = pos,
                                              .incident = INCIDENT(1),
                                              .state = ESCALATION_SENT,
                                              .message_id = "larwm-7-1",
                                              .tries = (uint32_t)pos,
                                          });
        record_signal_state(centre->record, &(struct record_signal_state){
                                                .pos = pos,
                                                .signal_pos = 1,
                                                .allocation = pos == 10 ? 24 : 0,
                                                .case_id = pos == 10 ? 3 : 0,
                                                .repeats = (uint32_t)pos,
                                                .last_repeat_us = clock_wall_us(),
                                            });
        record_delivery(centre->record, &(struct record_delivery){
                                            .pos = pos,
                                            .incident = INCIDENT(1),
                                            .message_id = "larwm-7-1",
                                            .time_us = clock_wall_us(),
                                            .event = 2,
                                            .detail = "log 12",
                                        });
        record_watch(centre->record, &(struct record_watch){
                                         .pos = pos,
                                         .time_us = clock_wall_us(),
                                         .user = "nia",
                                         .role = ROLE_OPERATOR,
                                         .present = true,
                                     });
        record_disclosure(centre->record, &(struct record_disclosure){
                                              .pos = pos,
                                              .time_us = clock_wall_us(),
                                              .actor = "nia",
                                              .case_reference = "SW-2026-0001",
                                              .incident = "7-1",
                                              .fields = "card marker",
                                              .receiver = "nia",
                                              .reason = "alarm",
                                          });
        record_advance(centre->record, pos);
    }
    cr_assert(wait_recorded(centre, 50, 3000));
    const struct database *database = &centre->database;
    cr_expect_eq(centre->refused, 0, "%s", centre->refused_table);
    cr_expect_eq(database_number(database, "SELECT epoch FROM larwm.incident"), 50);
    cr_expect_eq(database_number(database, "SELECT tries FROM larwm.escalation"), 50);
    cr_expect_eq(database_number(database, "SELECT repeats FROM larwm.signal"), 50);
    cr_expect_eq(database_number(database, "SELECT allocation_id FROM larwm.signal"), 24);
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.delivery"), 49);
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.watch_log"), 49);
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.disclosure"), 49);
    cr_expect_str_eq(database_value(database, "SELECT event FROM larwm.delivery LIMIT 1"),
                     "accepted");
    centre_close(centre);
}

/* REQ A28 TEST */
Test(record, a_learned_interval_is_recorded_once_and_the_newest_stays)
{
    struct centre *centre = centre_open();
    cr_assert(loop_until(&centre->loop, is_up, centre, 3000));
    for (uint64_t pos = 1; pos <= 3; pos++) {
        record_learned(centre->record, &(struct record_learned){
                                           .pos = pos,
                                           .time_us = clock_wall_us(),
                                           .unit = pos == 3 ? "NOBODY" : "PAN-1111",
                                           .path = PATH_MAIN,
                                           .interval_s = 100 / (uint32_t)pos,
                                       });
        record_advance(centre->record, pos);
    }
    cr_assert(wait_recorded(centre, 3, 3000));
    const struct database *database = &centre->database;
    cr_expect_eq(centre->refused, 0, "%s", centre->refused_table);
    cr_expect_eq(database_number(database, "SELECT interval_s FROM larwm.unit_path_learned"), 50);
    cr_expect_eq(database_number(database, "SELECT pos FROM larwm.unit_path_learned"), 2);
    cr_expect_eq(database_number(database, "SELECT node FROM larwm.unit_path_learned"), NODE);
    centre_close(centre);
}

/* The fold stops counting copies there. */
Test(record, the_largest_number_of_copies_is_stored)
{
    struct centre *centre = centre_open();
    put_press(centre, 1, "");
    record_signal_state(centre->record, &(struct record_signal_state){
                                            .pos = 2,
                                            .signal_pos = 1,
                                            .repeats = INT32_MAX,
                                            .last_repeat_us = clock_wall_us(),
                                        });
    record_advance(centre->record, 2);
    cr_assert(wait_recorded(centre, 2, 3000));
    const struct database *database = &centre->database;
    cr_expect_eq(centre->refused, 0, "%s", centre->refused_table);
    cr_expect_eq(database_number(database, "SELECT repeats FROM larwm.signal"), INT32_MAX);
    cr_expect_eq(database_number(database, "SELECT count(last_repeat_at) FROM larwm.signal"), 1);
    centre_close(centre);
}

Test(record, a_replay_of_everything_changes_nothing)
{
    struct centre *centre = centre_open();
    for (uint64_t pos = 1; pos <= 300; pos++) {
        put_press(centre, pos, "");
    }
    cr_assert(wait_recorded(centre, 300, 5000));
    centre_stop(centre);
    centre_start(centre);
    for (uint64_t pos = 1; pos <= 310; pos++) { /* before the position is known */
        put_press(centre, pos, "");
    }
    cr_assert(wait_recorded(centre, 310, 5000));
    check_rows(centre, 310);
    centre_close(centre);
}

Test(record, bytes_that_are_no_text_are_made_valid)
{
    struct centre *centre = centre_open();
    put_press(centre, 1, "\xff\xfe\xc3 ok \xed\xa0\x80 \xf0\x9f\x98\x80");
    cr_assert(wait_recorded(centre, 1, 3000));
    cr_assert_eq(centre->refused, 0);
    cr_assert(strstr(database_value(&centre->database, "SELECT text FROM larwm.signal"), " ok ") !=
              NULL);
    check_rows(centre, 1);
    centre_close(centre);
}

Test(record, a_refused_row_is_parked_and_everything_else_is_written)
{
    struct centre *centre = centre_open();
    database_value(&centre->database, "ALTER TABLE larwm.incident_history ADD CONSTRAINT planted"
                                      " CHECK (text NOT LIKE 'poison%')");
    for (uint64_t pos = 1; pos <= 500; pos++) {
        put_press(centre, pos, pos == 123 || pos == 124 || pos == 400 ? "poison" : "");
    }
    cr_assert(wait_recorded(centre, 500, 20000));
    const struct database *database = &centre->database;
    cr_expect_eq(centre->refused, 3);
    cr_expect_str_eq(centre->refused_table, "history");
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.incident_history"), 497);
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.record_refused"), 3);
    cr_expect_str_eq(database_value(database,
                                    "SELECT error || ' ' || pos || ' ' || (effect->>'text')"
                                    " FROM larwm.record_refused ORDER BY pos LIMIT 1"),
                     "23514 123 poison");
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.signal"), 500);
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.audit"
                                           " WHERE chain = 'node-7'"),
                 500);
    cr_expect_str_eq(database_value(database, "SELECT larwm.audit_verify('node-7')"), "");
    centre_close(centre);
}

Test(record, a_missing_right_stops_the_recorder_but_loses_nothing)
{
    struct centre *centre = centre_open();
    cr_assert(loop_until(&centre->loop, is_up, centre, 3000));
    database_value(&centre->database, "REVOKE INSERT ON larwm.signal FROM larwm_daemon");
    put_press(centre, 1, "");
    cr_assert(loop_until(&centre->loop, is_down, centre, 3000));
    cr_assert_eq(centre->refused, 0);
    database_value(&centre->database, "GRANT INSERT ON larwm.signal TO larwm_daemon");
    cr_assert(wait_recorded(centre, 1, 8000));
    check_rows(centre, 1);
    centre_close(centre);
}

/* Two processes with one node id, or a batch left behind by a lost connection. */
Test(record, a_position_moved_by_somebody_else_refuses_the_whole_batch)
{
    struct centre *centre = centre_open();
    put_press(centre, 1, "");
    cr_assert(wait_recorded(centre, 1, 3000));
    database_value(&centre->database, "UPDATE larwm.applied_position SET pos = 5 WHERE node = 7");
    for (uint64_t pos = 2; pos <= 8; pos++) {
        put_press(centre, pos, "");
    }
    cr_assert(wait_recorded(centre, 8, 5000));
    /* 2 to 5 are somebody else's; 6 to 8 are written once. */
    cr_assert_eq(database_number(&centre->database, "SELECT count(*) FROM larwm.signal"), 4);
    cr_assert_eq(database_number(&centre->database,
                                 "SELECT count(*) FROM larwm.audit WHERE chain = 'node-7'"),
                 4);
    centre_close(centre);
}

Test(record, what_memory_cannot_hold_goes_through_the_spool_in_order)
{
    struct centre *centre = calloc(1, sizeof(*centre));
    clock_init();
    database_make(&centre->database);
    snprintf(centre->spool, sizeof(centre->spool), "/tmp/spool-%ld", (long)getpid());
    centre->memory_bytes = 1 << 20;
    uv_loop_init(&centre->loop);
    centre_start(centre);
    char text[1500];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    /* About 20 MB: half in one go as in a replay, half with the loop running. */
    for (uint64_t pos = 1; pos <= 3000; pos++) {
        put_press(centre, pos, text);
        if (pos > 1500 && pos % 10 == 0) {
            uv_run(&centre->loop, UV_RUN_NOWAIT);
        }
    }
    cr_assert_not(centre->stopped);
    cr_assert(wait_recorded(centre, 3000, 60000));
    check_rows(centre, 3000);
    cr_assert_eq(record_backlog_bytes(centre->record), 0);
    centre_close(centre);
}

Test(record, without_a_spool_the_end_of_memory_is_said_and_a_replay_repairs_it)
{
    struct centre *centre = calloc(1, sizeof(*centre));
    clock_init();
    database_make(&centre->database);
    centre->memory_bytes = 1 << 20;
    uv_loop_init(&centre->loop);
    centre_start(centre); /* spool "" */
    for (uint64_t pos = 1; pos <= 8000; pos++) {
        put_press(centre, pos, "text");
    }
    cr_assert(centre->stopped);
    cr_assert(wait_recorded(centre, 1, 5000));
    centre_stop(centre);
    long applied =
        database_number(&centre->database, "SELECT pos FROM larwm.applied_position WHERE node = 7");
    cr_assert(applied > 0 && applied < 8000);
    check_rows(centre, applied);
    centre->memory_bytes = 0;
    centre_start(centre);
    for (uint64_t pos = 1; pos <= 8000; pos++) {
        put_press(centre, pos, "text");
    }
    int64_t began_us = clock_wall_us();
    cr_assert(wait_recorded(centre, 8000, 60000));
    cr_log_info("%ld records of 5 rows in %ld ms", 8000 - applied,
                (long)((clock_wall_us() - began_us) / 1000));
    check_rows(centre, 8000);
    centre_close(centre);
}
