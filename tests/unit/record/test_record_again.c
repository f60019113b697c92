/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's tables say the same whatever way the batches were cut and whatever was there. */
#include "centre.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRESSES 40

/* A press, whose it is (of some in the row of the press itself, since nobody was asked), that it
 * came again, all of one incident; times do not depend on the run. */
static void
put_known_press(struct centre *centre, uint64_t pos)
{
    uint64_t incident = INCIDENT(1 + pos / 3 % 4);
    bool asked = pos / 3 % 2 != 0;
    record_signal(centre->record, &(struct record_signal){.pos = pos,
                                                          .allocation = asked ? 0 : 100 + pos,
                                                          .case_id = asked ? 0 : pos % 2,
                                                          .kind = SIGNAL_PANIC,
                                                          .unit = "SKY-101",
                                                          .received_us = 1000000 + (int64_t)pos});
    record_incident(centre->record, &(struct record_incident){.pos = pos,
                                                              .id = incident,
                                                              .epoch = (uint32_t)pos,
                                                              .state = INCIDENT_OPEN,
                                                              .priority = PRIORITY_P1,
                                                              .kind = SIGNAL_PANIC,
                                                              .opened_us = 1000000,
                                                              .signal_count = (uint32_t)pos});
    record_advance(centre->record, pos);
    record_signal_state(centre->record,
                        &(struct record_signal_state){.pos = pos + 1,
                                                      .signal_pos = pos,
                                                      .incident = incident,
                                                      .allocation = asked ? 100 + pos : 0,
                                                      .case_id = asked ? pos % 2 : 0});
    record_incident_signal(
        centre->record,
        &(struct record_incident_signal){.pos = pos + 1, .incident = incident, .signal_pos = pos});
    record_history(centre->record,
                   &(struct record_history){
                       .pos = pos + 1, .incident = incident, .time_us = 1000000, .kind = 2});
    record_advance(centre->record, pos + 1);
    record_signal_state(centre->record,
                        &(struct record_signal_state){.pos = pos + 2,
                                                      .signal_pos = pos,
                                                      .repeats = 1 + (uint32_t)pos % 5,
                                                      .last_repeat_us = 2000000});
    record_advance(centre->record, pos + 2);
}

/* What each table says but when it was written, as one sum each; to be freed. */
static char *
tables_of(struct centre *centre)
{
    return strdup(database_value(
        &centre->database,
        "SELECT 'signal ' || (SELECT md5(string_agg((to_jsonb(s) - 'recorded_at')::text, ' '"
        " ORDER BY pos)) FROM larwm.signal s) || ' incident ' ||"
        " (SELECT md5(string_agg((to_jsonb(i) - 'recorded_at')::text, ' ' ORDER BY no))"
        " FROM larwm.incident i) || ' incident_signal ' ||"
        " (SELECT md5(string_agg(l::text, ' ' ORDER BY pos)) FROM larwm.incident_signal l) ||"
        " ' history ' || (SELECT md5(string_agg(h::text, ' ' ORDER BY pos))"
        " FROM larwm.incident_history h)"));
}

/* Spot checks, so that equal sums are not equally wrong. */
static void
check_known(struct centre *centre)
{
    cr_expect_str_eq(database_value(&centre->database,
                                    "SELECT string_agg(concat_ws(' ', pos, allocation_id, case_id,"
                                    " repeats, last_repeat_at IS NOT NULL), ',' ORDER BY pos)"
                                    " FROM larwm.signal WHERE pos < 8"),
                     "1 101 1 2 t,4 104 5 t,7 107 1 3 t");
    cr_expect_str_eq(database_value(&centre->database,
                                    "SELECT string_agg(concat_ws(' ', no, pos, signal_count), ','"
                                    " ORDER BY no) FROM larwm.incident"),
                     "1 109 109,2 112 112,3 115 115,4 118 118");
}

static void
put_all(struct centre *centre)
{
    for (uint64_t pos = 1; pos <= PRESSES * 3; pos += 3) {
        put_known_press(centre, pos);
    }
    cr_assert(wait_recorded(centre, PRESSES * 3, 20000));
    cr_expect_eq(centre->refused, 0, "%s", centre->refused_table);
    check_known(centre);
}

static struct centre *
centre_with(uint32_t batch_rows)
{
    struct centre *centre = calloc(1, sizeof(*centre));
    clock_init();
    database_make(&centre->database);
    centre->batch_rows = batch_rows;
    uv_loop_init(&centre->loop);
    centre_start(centre);
    return centre;
}

Test(record_again, the_tables_say_the_same_whatever_way_the_batches_were_cut)
{
    static const uint32_t rows[] = {1, 7, 50, 0};
    char *first = NULL;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct centre *centre = centre_with(rows[i]);
        put_all(centre);
        char *tables = tables_of(centre);
        if (first == NULL) {
            first = tables;
        } else {
            cr_expect_str_eq(tables, first, "batches of %u rows", rows[i]);
            free(tables);
        }
        centre_close(centre);
    }
    free(first);
}

Test(record_again, a_row_that_is_there_already_stays_and_everything_else_is_written)
{
    struct centre *centre = centre_with(0);
    put_all(centre);
    char *before = tables_of(centre);
    database_value(&centre->database, "UPDATE larwm.applied_position SET pos = 10 WHERE node = 7");
    database_value(&centre->database, "DELETE FROM larwm.signal WHERE pos IN (16, 40)");
    database_value(&centre->database, "UPDATE larwm.signal SET allocation_id = NULL,"
                                      " repeats = 0, last_repeat_at = NULL WHERE pos = 22");
    database_value(&centre->database, "DELETE FROM larwm.incident_history WHERE pos = 20");
    database_value(&centre->database, "DELETE FROM larwm.incident_signal WHERE pos = 22");
    centre_stop(centre);
    centre_start(centre);
    put_all(centre);
    char *after = tables_of(centre);
    cr_expect_str_eq(after, before);
    free(before);
    free(after);
    centre_close(centre);
}
