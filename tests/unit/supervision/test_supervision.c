/* SPDX-License-Identifier: Apache-2.0 */
#include "supervision/supervision.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_S 900 /* 15 minutes */
#define JITTER_MS 2000
#define BASE_US INT64_C(1478916780000000)

struct fleet
{
    struct supervision *supervision;
    uint64_t now_ms;
    uint64_t seen_ms[8]; /* by slot */
    struct supervision_out out;
    struct supervision_out last; /* the newest report */
    uint64_t last_ms;
    unsigned reports;
    bool deaf; /* the journal does not take the reports */
};

static void
fleet_step(struct fleet *fleet, enum supervision_event_kind kind, const char *unit, uint32_t slot,
           uint8_t report)
{
    struct supervision_event event = {.kind = kind,
                                      .unit = unit,
                                      .slot = slot,
                                      .interval_s = INTERVAL_S,
                                      .last_seen_ms = fleet->seen_ms[slot],
                                      .now_ms = fleet->now_ms,
                                      .now_us = BASE_US + (int64_t)fleet->now_ms * 1000,
                                      .report = report};
    supervision_step(fleet->supervision, &event, &fleet->out);
    if (fleet->out.report) {
        fleet->last = fleet->out;
        fleet->last_ms = fleet->now_ms;
        fleet->reports++;
        if (!fleet->deaf) {
            event.kind = SUPERVISION_RECORD;
            event.report = fleet->last.report_kind;
            event.ended = fleet->last.ended;
            supervision_step(fleet->supervision, &event, &fleet->out);
        }
    }
}

static struct fleet *
fleet_new(uint32_t units)
{
    struct fleet *fleet = calloc(1, sizeof(*fleet));
    struct supervision_policy policy = supervision_policy_default();
    fleet->now_ms = 1000000;
    cr_assert_eq(supervision_create(units, &policy, fleet->now_ms, &fleet->supervision),
                 ERROR_NONE);
    return fleet;
}

static void
fleet_free(struct fleet *fleet)
{
    supervision_free(fleet->supervision);
    free(fleet);
}

static void
fleet_wait(struct fleet *fleet, uint64_t ms)
{
    for (uint64_t end = fleet->now_ms + ms; fleet->now_ms < end;) {
        fleet->now_ms += 100;
        struct supervision_unit unit;
        while (supervision_expire(fleet->supervision, fleet->now_ms, &unit)) {
            fleet_step(fleet, SUPERVISION_EXPIRED, unit.id, unit.slot, 0);
        }
    }
}

static enum supervision_state
fleet_state(const struct fleet *fleet, const char *unit)
{
    struct supervision_path path;
    cr_assert(supervision_find(fleet->supervision, unit, PATH_MAIN, &path));
    return path.state;
}

/* REQ A28 TEST: S5 (1): lost 2.5 intervals after the last heartbeat, within a second. */
Test(supervision, a_silent_unit_is_late_then_lost_at_two_and_a_half_intervals_then_restored)
{
    struct fleet *fleet = fleet_new(4);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "SKY-112", 1, 0);
    fleet_wait(fleet, 60000);
    fleet->seen_ms[1] = fleet->now_ms;
    uint64_t heard = fleet->now_ms;
    fleet_wait(fleet, INTERVAL_S * 1500 + JITTER_MS - 1000);
    cr_assert_eq(fleet->reports, 0);
    fleet_wait(fleet, 2000);
    cr_assert_eq(fleet->last.report_kind, SIGNAL_UNIT_LATE);
    cr_assert_eq(supervision_late_count(fleet->supervision), 1);
    fleet_wait(fleet, INTERVAL_S * 1000);
    cr_assert_eq(fleet->last.report_kind, SIGNAL_UNIT_LOST);
    cr_assert_leq(fleet->last_ms - heard, INTERVAL_S * 2500 + JITTER_MS + 1000);
    cr_assert_geq(fleet->last_ms - heard, INTERVAL_S * 2500 + JITTER_MS);
    cr_assert_eq(fleet->last.last_seen_us, BASE_US + (int64_t)heard * 1000);
    cr_assert_str_eq(fleet->last.unit, "SKY-112");
    cr_assert_eq(supervision_lost_count(fleet->supervision), 1);
    cr_assert_eq(supervision_late_count(fleet->supervision), 0);
    fleet_wait(fleet, 3600000);
    cr_assert_eq(fleet->reports, 2, "said once each");
    fleet->seen_ms[1] = fleet->now_ms;
    fleet_wait(fleet, 5200);
    cr_assert_eq(fleet->last.report_kind, SIGNAL_UNIT_RESTORED);
    cr_assert_eq(fleet_state(fleet, "SKY-112"), SUPERVISION_OK);
    cr_assert_eq(supervision_lost_count(fleet->supervision), 0);
    fleet_free(fleet);
}

Test(supervision, a_signal_restores_a_lost_unit_at_once)
{
    struct fleet *fleet = fleet_new(4);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "SKY-112", 1, 0);
    fleet_wait(fleet, INTERVAL_S * 2600);
    cr_assert_eq(fleet_state(fleet, "SKY-112"), SUPERVISION_LOST);
    cr_assert_eq(fleet->last.last_seen_us, 0, "not heard since the start");
    fleet->seen_ms[1] = fleet->now_ms;
    fleet_step(fleet, SUPERVISION_SEEN, "SKY-112", 1, 0);
    cr_assert_eq(fleet->last.report_kind, SIGNAL_UNIT_RESTORED);
    fleet_free(fleet);
}

Test(supervision, heartbeats_in_time_are_never_reported)
{
    struct fleet *fleet = fleet_new(4);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "SKY-112", 1, 0);
    for (unsigned i = 0; i < 100; i++) {
        fleet_wait(fleet, INTERVAL_S * 1000 + 60000);
        fleet->seen_ms[1] = fleet->now_ms;
    }
    cr_assert_eq(fleet->reports, 0);
    fleet_free(fleet);
}

Test(supervision, a_restart_repeats_no_report_and_forgets_no_loss)
{
    struct fleet *fleet = fleet_new(4);
    fleet_step(fleet, SUPERVISION_RECORD, "SKY-112", 0, SIGNAL_UNIT_LATE);
    fleet_step(fleet, SUPERVISION_RECORD, "SKY-112", 0, SIGNAL_UNIT_LOST);
    fleet_step(fleet, SUPERVISION_RECORD, "SKY-113", 0, SIGNAL_UNIT_LOST);
    fleet_step(fleet, SUPERVISION_RECORD, "SKY-113", 0, SIGNAL_UNIT_RESTORED);
    cr_assert_eq(supervision_lost_count(fleet->supervision), 1);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "SKY-112", 1, 0);
    fleet_wait(fleet, INTERVAL_S * 5000);
    cr_assert_eq(fleet->reports, 0);
    cr_assert_eq(fleet_state(fleet, "SKY-112"), SUPERVISION_LOST);
    fleet->seen_ms[1] = fleet->now_ms;
    fleet_wait(fleet, 5200);
    cr_assert_eq(fleet->last.report_kind, SIGNAL_UNIT_RESTORED);
    fleet_free(fleet);
}

Test(supervision, a_report_the_journal_did_not_take_is_made_again_and_not_in_a_rush)
{
    struct fleet *fleet = fleet_new(4);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "SKY-112", 1, 0);
    fleet->deaf = true;
    fleet_wait(fleet, INTERVAL_S * 1500 + 20000);
    cr_assert_geq(fleet->reports, 3);
    cr_assert_leq(fleet->reports, 5);
    cr_assert_eq(fleet_state(fleet, "SKY-112"), SUPERVISION_OK);
    fleet->deaf = false;
    fleet_wait(fleet, 6000);
    cr_assert_eq(fleet_state(fleet, "SKY-112"), SUPERVISION_LATE);
    fleet_free(fleet);
}

Test(supervision, reading_the_registry_again_does_not_start_the_silence_anew)
{
    struct fleet *fleet = fleet_new(4);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "SKY-112", 1, 0);
    for (unsigned i = 0; i < 60; i++) {
        fleet_wait(fleet, 60000);
        fleet_step(fleet, SUPERVISION_CONFIGURE, "SKY-112", 1, 0);
    }
    cr_assert_eq(fleet_state(fleet, "SKY-112"), SUPERVISION_LOST);
    fleet_free(fleet);
}

Test(supervision, a_removed_unit_is_silent_and_a_full_table_says_so)
{
    struct fleet *fleet = fleet_new(2);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "A", 1, 0);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "B", 2, 0);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "C", 3, 0);
    cr_assert(fleet->out.overload);
    fleet_step(fleet, SUPERVISION_REMOVE, "A", 1, 0);
    cr_assert_eq(supervision_unit_count(fleet->supervision), 1);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "C", 3, 0);
    cr_assert_not(fleet->out.overload);
    fleet_step(fleet, SUPERVISION_REMOVE, "B", 2, 0);
    fleet_step(fleet, SUPERVISION_REMOVE, "C", 3, 0);
    fleet_wait(fleet, INTERVAL_S * 3000);
    cr_assert_eq(fleet->reports, 0);
    cr_assert_eq(supervision_next_ms(fleet->supervision), UINT64_MAX);
    fleet_free(fleet);
}

/* REQ A29 TEST: who shows it as lost must learn that nobody waits for it any more. */
Test(supervision, a_lost_unit_that_is_removed_is_said_to_be_so_until_that_is_recorded)
{
    struct fleet *fleet = fleet_new(2);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "A", 1, 0);
    fleet_wait(fleet, INTERVAL_S * 2600);
    cr_assert_eq(fleet_state(fleet, "A"), SUPERVISION_LOST);
    fleet->reports = 0;
    fleet->deaf = true;
    fleet_step(fleet, SUPERVISION_REMOVE, "A", 1, 0);
    cr_assert_eq(fleet->reports, 1);
    cr_assert(fleet->last.ended);
    cr_assert_eq(fleet->last.report_kind, SIGNAL_UNKNOWN);
    cr_assert_str_eq(fleet->last.unit, "A");
    cr_assert_eq(supervision_unit_count(fleet->supervision), 0);
    fleet_step(fleet, SUPERVISION_REMOVE, "A", 1, 0);
    cr_assert_eq(fleet->reports, 1, "it is under way");
    fleet_wait(fleet, 11000);
    cr_assert_eq(fleet->reports, 3, "the journal did not take it");
    fleet->deaf = false;
    fleet_wait(fleet, 6000);
    cr_assert_eq(fleet->reports, 4);
    cr_assert_eq(supervision_lost_count(fleet->supervision), 0);
    cr_assert_eq(supervision_next_ms(fleet->supervision), UINT64_MAX, "and it is forgotten");
    fleet_step(fleet, SUPERVISION_REMOVE, "A", 1, 0);
    cr_assert_eq(fleet->reports, 4);
    fleet_free(fleet);
}

Test(supervision, a_unit_supervised_again_before_its_end_is_recorded_begins_anew)
{
    struct fleet *fleet = fleet_new(2);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "A", 1, 0);
    fleet_wait(fleet, INTERVAL_S * 2600);
    fleet->deaf = true;
    fleet_step(fleet, SUPERVISION_REMOVE, "A", 1, 0);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "A", 1, 0);
    fleet->deaf = false;
    fleet->reports = 0;
    struct supervision_event record = {
        .kind = SUPERVISION_RECORD, .unit = "A", .ended = true, .now_ms = fleet->now_ms};
    supervision_step(fleet->supervision, &record, &fleet->out);
    cr_assert_eq(fleet_state(fleet, "A"), SUPERVISION_OK);
    cr_assert_eq(supervision_unit_count(fleet->supervision), 1, "it is supervised");
    fleet_wait(fleet, INTERVAL_S * 2600);
    cr_assert_eq(fleet->reports, 2, "late, and lost once more");
    cr_assert_eq(fleet_state(fleet, "A"), SUPERVISION_LOST);
    fleet_free(fleet);
}

Test(supervision, what_is_no_unit_or_no_interval_does_no_harm)
{
    struct fleet *fleet = fleet_new(2);
    char long_id[LIMIT_UNIT_ID + 10];
    memset(long_id, 'x', sizeof(long_id) - 1);
    long_id[sizeof(long_id) - 1] = '\0';
    fleet_step(fleet, SUPERVISION_CONFIGURE, NULL, 1, 0);
    fleet_step(fleet, SUPERVISION_CONFIGURE, "", 1, 0);
    fleet_step(fleet, SUPERVISION_CONFIGURE, long_id, 1, 0);
    fleet_step(fleet, SUPERVISION_EXPIRED, "nobody", 1, 0);
    fleet_step(fleet, SUPERVISION_SEEN, "nobody", 1, 0);
    fleet_step(fleet, SUPERVISION_REMOVE, "nobody", 1, 0);
    struct supervision_event event = {.kind = SUPERVISION_CONFIGURE, .unit = "A"};
    supervision_step(fleet->supervision, &event, &fleet->out);
    cr_assert_eq(supervision_unit_count(fleet->supervision), 0, "watched, without an interval");
    fleet_free(fleet);
}

/* REQ A27 TEST: 50,000 units, all silent: each is reported exactly twice. */
Test(supervision, a_whole_fleet_that_falls_silent_is_reported_unit_by_unit)
{
    enum
    {
        UNITS = 50000
    };
    struct supervision_policy policy = supervision_policy_default();
    struct supervision *supervision = NULL;
    cr_assert_eq(supervision_create(UNITS, &policy, 0, &supervision), ERROR_NONE);
    struct supervision_out out;
    for (uint32_t at = 0; at < UNITS; at++) {
        char id[LIMIT_UNIT_ID];
        snprintf(id, sizeof(id), "U-%u", at);
        struct supervision_event event = {.kind = SUPERVISION_CONFIGURE,
                                          .unit = id,
                                          .slot = at + 1,
                                          .interval_s = 60,
                                          .now_ms = at % 60000};
        supervision_step(supervision, &event, &out);
    }
    unsigned reports = 0;
    for (uint64_t now = 60000; now < 400000; now += 500) {
        struct supervision_unit unit;
        while (supervision_expire(supervision, now, &unit)) {
            struct supervision_event event = {
                .kind = SUPERVISION_EXPIRED, .unit = unit.id, .now_ms = now};
            supervision_step(supervision, &event, &out);
            if (out.report) {
                reports++;
                event.kind = SUPERVISION_RECORD;
                event.report = out.report_kind;
                supervision_step(supervision, &event, &out);
            }
        }
    }
    cr_assert_eq(reports, 2 * UNITS);
    cr_assert_eq(supervision_lost_count(supervision), UNITS);
    supervision_free(supervision);
}
