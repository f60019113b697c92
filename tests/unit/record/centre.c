/* SPDX-License-Identifier: Apache-2.0 */
#include "centre.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
on_position(void *data, uint64_t pos)
{
    struct centre *centre = data;
    cr_assert_geq(pos, centre->position, "the applied position went back");
    centre->position = pos;
}

static void
on_database(void *data, bool up)
{
    ((struct centre *)data)->up = up;
}

static void
on_refused(void *data, uint64_t pos, const char *table, const char *code)
{
    struct centre *centre = data;
    centre->refused++;
    snprintf(centre->refused_table, sizeof(centre->refused_table), "%s", table);
}

static void
on_condition(void *data, bool ok, const char *detail)
{
    ((struct centre *)data)->stopped = !ok;
}

static void
on_closed(void *data)
{
    ((struct centre *)data)->closed = true;
}

static bool
is_closed(void *data)
{
    return ((struct centre *)data)->closed;
}

bool
is_up(void *data)
{
    return ((struct centre *)data)->up == 1;
}

bool
is_down(void *data)
{
    return ((struct centre *)data)->up == 0;
}

static bool
is_recorded(void *data)
{
    struct centre *centre = data;
    return centre->position >= centre->wanted;
}

void
centre_start(struct centre *centre)
{
    const struct record_callbacks callbacks = {
        .data = centre,
        .on_position = on_position,
        .on_database = on_database,
        .on_refused = on_refused,
        .on_condition = on_condition,
    };
    const struct record_options options = {
        .conninfo = centre->database.conninfo,
        .node = NODE,
        .spool_path = centre->spool,
        .memory_bytes = centre->memory_bytes,
        .batch_rows = centre->batch_rows,
        .silence_ms = 1000,
    };
    centre->closed = false;
    centre->up = -1;
    centre->position = 0;
    cr_assert_eq(record_open(&centre->loop, &options, &callbacks, &centre->record), ERROR_NONE);
    record_start(centre->record);
}

struct centre *
centre_open(void)
{
    struct centre *centre = calloc(1, sizeof(*centre));
    clock_init();
    database_make(&centre->database);
    snprintf(centre->spool, sizeof(centre->spool), "/tmp/spool-%ld", (long)getpid());
    uv_loop_init(&centre->loop);
    centre_start(centre);
    return centre;
}

void
centre_stop(struct centre *centre)
{
    record_close(centre->record, 2000, on_closed, centre);
    cr_assert(loop_until(&centre->loop, is_closed, centre, 5000));
}

void
centre_close(struct centre *centre)
{
    centre_stop(centre);
    cr_assert_eq(access(centre->spool, F_OK), -1, "the spool was left behind");
    database_drop(&centre->database);
    cr_assert_eq(uv_loop_close(&centre->loop), 0, "a handle was left open");
    free(centre);
}

bool
wait_recorded(struct centre *centre, uint64_t pos, uint64_t limit_ms)
{
    centre->wanted = pos;
    return loop_until(&centre->loop, is_recorded, centre, limit_ms);
}

/* What the desk does with one press: a signal, an incident, history, an audit row. */
void
put_press(struct centre *centre, uint64_t pos, const char *text)
{
    char detail[128] = "";
    size_t used = 0;
    int64_t now_us = clock_wall_us();
    record_signal(centre->record, &(struct record_signal){
                                      .pos = pos,
                                      .protocol = PROTOCOL_NATIVE,
                                      .unit = "SKY-101",
                                      .kind = SIGNAL_PANIC,
                                      .sequence = pos,
                                      .boot_id = UINT64_MAX,
                                      .received_us = now_us,
                                      .has_position = true,
                                      .latitude = 51.6,
                                      .longitude = -3.9,
                                      .position_source = POSITION_GNSS,
                                      .text = text,
                                  });
    record_incident(centre->record,
                    &(struct record_incident){
                        .pos = pos,
                        .id = INCIDENT(pos),
                        .epoch = 1,
                        .state = INCIDENT_OPEN,
                        .priority = PRIORITY_P1,
                        .kind = SIGNAL_PANIC,
                        .unit = "SKY-101",
                        .opened_us = now_us,
                        .badges = UINT64_C(1) << BADGE_DELAYED | UINT64_C(1) << BADGE_UNTESTED,
                    });
    record_incident_signal(centre->record, &(struct record_incident_signal){
                                               .pos = pos,
                                               .incident = INCIDENT(pos),
                                               .signal_pos = pos,
                                           });
    record_history(centre->record, &(struct record_history){
                                       .pos = pos,
                                       .incident = INCIDENT(pos),
                                       .time_us = now_us,
                                       .kind = 1,
                                       .text = text,
                                   });
    record_json_text(detail, sizeof(detail), &used, "text", text);
    record_audit(centre->record, &(struct record_audit){
                                     .pos = pos,
                                     .time_us = now_us,
                                     .actor = "centre",
                                     .action = "open",
                                     .subject_kind = "incident",
                                     .subject = "x",
                                     .detail = record_json_end(detail, sizeof(detail), &used),
                                 });
    record_advance(centre->record, pos);
}

/* Every table has each of 1..count exactly once and the audit chain is whole. */
void
check_rows(struct centre *centre, long count)
{
    const struct database *database = &centre->database;
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.signal WHERE node = 7"),
                 count);
    cr_expect_eq(database_number(database, "SELECT count(*) FROM larwm.incident WHERE node = 7"),
                 count);
    cr_expect_eq(
        database_number(database, "SELECT count(*) FROM larwm.incident_history WHERE node = 7"),
        count);
    cr_expect_eq(
        database_number(database, "SELECT count(*) FROM larwm.audit WHERE chain = 'node-7'"), count,
        "audit rows: once each");
    cr_expect_str_eq(database_value(database, "SELECT larwm.audit_verify('node-7')"), "");
    cr_expect_eq(database_number(database, "SELECT pos FROM larwm.applied_position WHERE node = 7"),
                 count);
}
