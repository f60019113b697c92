/* SPDX-License-Identifier: Apache-2.0 */
/* Two paths of a unit, and intervals learned from link tests. */
#include "supervision/supervision.h"

#include "flow/last_seen.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define MAIN_S 85
#define BACKUP_S 890
#define JITTER_MS 2000
#define BASE_US INT64_C(1478916780000000)
#define SAID 64

/* A unit "PAN-1" with its last-seen words, the desk's turn, and everything that was reported. */
struct panel
{
    struct supervision *supervision;
    struct last_seen *seen;
    uint64_t now_ms;
    uint64_t pos; /* of the newest record */
    struct supervision_out said[SAID];
    uint64_t said_ms[SAID];
    unsigned count;
    bool deaf; /* the journal takes nothing */
};

static struct panel *
panel_new(void)
{
    struct panel *panel = calloc(1, sizeof(*panel));
    struct supervision_policy policy = supervision_policy_default();
    panel->seen = calloc(1, sizeof(*panel->seen));
    panel->now_ms = 1000000;
    cr_assert_eq(supervision_create(8, &policy, panel->now_ms, &panel->supervision), ERROR_NONE);
    return panel;
}

static void
panel_free(struct panel *panel)
{
    supervision_free(panel->supervision);
    free(panel->seen);
    free(panel);
}

static void
panel_record(struct panel *panel, const struct supervision_out *said)
{
    struct supervision_out none;
    panel->pos += 1;
    supervision_step(panel->supervision,
                     &(struct supervision_event){.kind = SUPERVISION_RECORD,
                                                 .unit = said->unit,
                                                 .path = said->path,
                                                 .report = said->report_kind,
                                                 .both = said->both,
                                                 .learned_s = said->learned_s,
                                                 .learned_pos = panel->pos,
                                                 .now_ms = panel->now_ms},
                     &none);
}

static void
panel_configure(struct panel *panel, enum path path, uint32_t interval_s, uint32_t fallback_s,
                uint32_t learned_s, uint64_t learned_pos, bool alone)
{
    struct supervision_out out;
    supervision_step(panel->supervision,
                     &(struct supervision_event){.kind = SUPERVISION_CONFIGURE,
                                                 .unit = "PAN-1",
                                                 .path = path,
                                                 .slot = 1,
                                                 .interval_s = interval_s,
                                                 .fallback_s = fallback_s,
                                                 .learned_s = learned_s,
                                                 .learned_pos = learned_pos,
                                                 .alone = alone,
                                                 .now_ms = panel->now_ms},
                     &out);
    cr_assert_not(out.overload);
}

static void
panel_both(struct panel *panel)
{
    panel_configure(panel, PATH_MAIN, MAIN_S, 0, 0, 0, false);
    panel_configure(panel, PATH_BACKUP, BACKUP_S, 0, 0, 0, false);
}

static void
panel_look(struct panel *panel, enum path path)
{
    struct supervision_out out;
    struct last_seen_run run = last_seen_run(panel->seen, 1, path);
    supervision_step(panel->supervision,
                     &(struct supervision_event){
                         .kind = SUPERVISION_EXPIRED,
                         .unit = "PAN-1",
                         .path = path,
                         .last_seen_ms = last_seen_ms(panel->seen, 1, path),
                         .other_seen_ms = last_seen_ms(panel->seen, 1,
                                                       path == PATH_MAIN ? PATH_BACKUP : PATH_MAIN),
                         .gap_ms = run.gap_ms,
                         .gaps = run.count,
                         .now_ms = panel->now_ms,
                         .now_us = BASE_US + (int64_t)panel->now_ms * 1000},
                     &out);
    if (out.report) {
        cr_assert_lt(panel->count, SAID);
        panel->said_ms[panel->count] = panel->now_ms;
        panel->said[panel->count++] = out;
        if (!panel->deaf) {
            panel_record(panel, &out);
        }
    }
}

static void
panel_wait(struct panel *panel, uint64_t ms)
{
    for (uint64_t end = panel->now_ms + ms; panel->now_ms < end;) {
        panel->now_ms += 100;
        struct supervision_unit unit;
        while (supervision_expire(panel->supervision, panel->now_ms, &unit)) {
            cr_assert_eq(unit.slot, 1);
            panel_look(panel, unit.path);
        }
    }
}

/* `count` link tests of a path, `every_ms` apart, the first of them after `every_ms`. */
static void
panel_poll(struct panel *panel, enum path path, unsigned count, uint64_t every_ms)
{
    for (unsigned i = 0; i < count; i++) {
        panel_wait(panel, every_ms);
        last_seen_note(panel->seen, 1, path, true, panel->now_ms);
    }
}

/* Also that one path down is enough, and needed, for any to be down: it is the only unit. */
static struct supervision_path
panel_path(const struct panel *panel, enum path path)
{
    struct supervision_path found[2] = {0};
    bool main = supervision_find(panel->supervision, "PAN-1", PATH_MAIN, &found[0]);
    bool backup = supervision_find(panel->supervision, "PAN-1", PATH_BACKUP, &found[1]);
    cr_assert(path == PATH_MAIN ? main : backup);
    cr_assert_eq(supervision_any_down(panel->supervision),
                 found[0].state != SUPERVISION_OK || found[1].state != SUPERVISION_OK);
    return found[path == PATH_MAIN ? 0 : 1];
}

static const struct supervision_out *
panel_last(const struct panel *panel)
{
    cr_assert_gt(panel->count, 0);
    return &panel->said[panel->count - 1];
}

/* Main lost while the back-up calls, then both lost. */
static void
panel_lose_both(struct panel *panel)
{
    panel_both(panel);
    panel_wait(panel, 1000);
    last_seen_note(panel->seen, 1, PATH_MAIN, true, panel->now_ms);
    last_seen_note(panel->seen, 1, PATH_BACKUP, true, panel->now_ms);
    panel_wait(panel, MAIN_S * 2500 + JITTER_MS + 200);
}

/* REQ A28 TEST: the limits of each path are its own: 2.5 x its interval, and the jitter. */
Test(paths, a_silent_main_path_is_lost_alone_while_the_backup_works)
{
    struct panel *panel = panel_new();
    panel_lose_both(panel);
    cr_assert_eq(panel->count, 2);
    cr_assert_eq(panel->said[0].report_kind, SIGNAL_PATH_LATE);
    cr_assert_eq(panel->said[1].report_kind, SIGNAL_PATH_LOST);
    cr_assert_eq(panel->said[1].path, PATH_MAIN);
    cr_assert_eq(panel->said[1].interval_s, MAIN_S);
    cr_assert_not(panel->said[1].both);
    cr_assert_neq(panel->said[1].other_seen_us, 0, "when the back-up was heard is said");
    cr_assert_eq(panel->said[1].other_seen_us, panel->said[1].last_seen_us);
    cr_assert_eq(supervision_lost_count(panel->supervision), 0, "the unit is not lost");
    panel_free(panel);
}

Test(paths, a_silent_backup_is_lost_alone_while_the_main_path_works)
{
    struct panel *panel = panel_new();
    panel_both(panel);
    last_seen_note(panel->seen, 1, PATH_BACKUP, true, panel->now_ms);
    panel_poll(panel, PATH_MAIN, 30, MAIN_S * 1000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_PATH_LOST);
    cr_assert_eq(panel_last(panel)->path, PATH_BACKUP);
    cr_assert_eq(panel->count, 2, "late, lost, and nothing of the main path");
    last_seen_note(panel->seen, 1, PATH_BACKUP, true, panel->now_ms);
    panel_poll(panel, PATH_MAIN, 1, MAIN_S * 1000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_PATH_RESTORED);
    cr_assert_eq(panel_last(panel)->path, PATH_BACKUP);
    panel_free(panel);
}

/* REQ A28 TEST: who cuts one path may cut both. */
Test(paths, when_the_other_path_is_lost_too_the_unit_is)
{
    struct panel *panel = panel_new();
    panel_lose_both(panel);
    panel_wait(panel, BACKUP_S * 2500);
    const struct supervision_out *last = panel_last(panel);
    cr_assert_eq(last->report_kind, SIGNAL_UNIT_LOST);
    cr_assert_eq(last->path, PATH_BACKUP);
    cr_assert(last->both);
    cr_assert_eq(supervision_lost_count(panel->supervision), 1, "one unit, not two");
    unsigned said = panel->count;
    panel_wait(panel, BACKUP_S * 5000);
    cr_assert_eq(panel->count, said, "said once");
    panel_free(panel);
}

Test(paths, paths_that_are_lost_in_one_turn_are_a_lost_unit)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, MAIN_S, 0, 0, 0, false);
    panel_configure(panel, PATH_BACKUP, MAIN_S, 0, 0, 0, false);
    panel->deaf = true; /* no record has come when the second expires */
    panel->now_ms += MAIN_S * 2600 + JITTER_MS;
    panel_look(panel, PATH_MAIN);
    panel_look(panel, PATH_BACKUP);
    cr_assert_eq(panel->count, 2);
    cr_assert_eq(panel->said[0].report_kind, SIGNAL_PATH_LOST);
    cr_assert_eq(panel->said[1].report_kind, SIGNAL_UNIT_LOST);
    cr_assert(panel->said[1].both);
    panel_free(panel);
}

Test(paths, each_path_comes_back_by_itself)
{
    struct panel *panel = panel_new();
    panel_lose_both(panel);
    panel_wait(panel, BACKUP_S * 2500);
    last_seen_note(panel->seen, 1, PATH_BACKUP, true, panel->now_ms);
    panel_wait(panel, 6000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_PATH_RESTORED);
    cr_assert_eq(panel_last(panel)->path, PATH_BACKUP);
    cr_assert_eq(panel_path(panel, PATH_MAIN).state, SUPERVISION_LOST);
    cr_assert_eq(supervision_lost_count(panel->supervision), 0);
    last_seen_note(panel->seen, 1, PATH_MAIN, true, panel->now_ms);
    panel_wait(panel, 6000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_PATH_RESTORED);
    cr_assert_eq(panel_last(panel)->path, PATH_MAIN);
    cr_assert_eq(panel_path(panel, PATH_MAIN).state, SUPERVISION_OK);
    cr_assert_not(supervision_any_down(panel->supervision));
    panel_free(panel);
}

/* A path nobody waits for proves nothing: the unit counts as lost with the one that is watched. */
Test(paths, beside_a_backup_without_an_interval_a_lost_main_path_is_a_lost_unit)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, MAIN_S, 0, 0, 0, false);
    panel_configure(panel, PATH_BACKUP, 0, 0, 0, 0, false);
    panel_wait(panel, MAIN_S * 2600 + JITTER_MS);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNIT_LOST);
    cr_assert_not(panel_last(panel)->both);
    cr_assert_eq(supervision_lost_count(panel->supervision), 1);
    panel_free(panel);
}

Test(paths, a_replay_knows_which_paths_were_lost)
{
    struct panel *panel = panel_new();
    panel_record(panel, &(struct supervision_out){
                            .report_kind = SIGNAL_PATH_LOST, .path = PATH_MAIN, .unit = "PAN-1"});
    panel_record(panel, &(struct supervision_out){.report_kind = SIGNAL_UNIT_LOST,
                                                  .path = PATH_BACKUP,
                                                  .both = true,
                                                  .unit = "PAN-1"});
    cr_assert_eq(supervision_lost_count(panel->supervision), 1);
    panel_both(panel);
    panel_wait(panel, 3600000);
    cr_assert_eq(panel->count, 0, "nothing is said again");
    cr_assert(supervision_any_down(panel->supervision));
    last_seen_note(panel->seen, 1, PATH_MAIN, true, panel->now_ms);
    panel_wait(panel, 6000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_PATH_RESTORED);
    panel_free(panel);
}

/* Whatever became of the record of the first path: "both lost" is about both. */
Test(paths, a_record_that_both_are_lost_is_one_of_both)
{
    struct panel *panel = panel_new();
    panel_both(panel);
    panel_record(panel, &(struct supervision_out){.report_kind = SIGNAL_UNIT_LOST,
                                                  .path = PATH_BACKUP,
                                                  .both = true,
                                                  .unit = "PAN-1"});
    cr_assert_eq(panel_path(panel, PATH_MAIN).state, SUPERVISION_LOST);
    cr_assert_eq(panel_path(panel, PATH_BACKUP).state, SUPERVISION_LOST);
    last_seen_note(panel->seen, 1, PATH_MAIN, true, panel->now_ms);
    panel_wait(panel, 6000);
    cr_assert_eq(panel->count, 1);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_PATH_RESTORED);
    panel_free(panel);
}

Test(paths, a_backup_that_is_taken_away_leaves_the_main_path_alone)
{
    struct panel *panel = panel_new();
    panel_both(panel);
    cr_assert_eq(supervision_unit_count(panel->supervision), 2);
    struct supervision_out out;
    struct supervision_event gone = {.kind = SUPERVISION_REMOVE, .unit = "PAN-1"};
    supervision_step(panel->supervision, &gone, &out);
    cr_assert_eq(supervision_unit_count(panel->supervision), 0, "a unit goes with all its paths");
    panel_both(panel);
    panel_configure(panel, PATH_MAIN, MAIN_S, 0, 0, 0, true);
    cr_assert_eq(supervision_unit_count(panel->supervision), 1);
    panel_wait(panel, BACKUP_S * 2600);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNIT_LOST);
    cr_assert_eq(panel_last(panel)->path, PATH_NONE, "it has one path");
    cr_assert_eq(panel->count, 2);
    panel_free(panel);
}

/* REQ A28 TEST: learned from NULL: three gaps that agree. */
Test(paths, three_link_tests_at_one_distance_teach_the_interval)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 0, 0, 0, 0, true);
    panel_poll(panel, PATH_MAIN, 1, 60000);
    panel_poll(panel, PATH_MAIN, 1, 58000);
    panel_poll(panel, PATH_MAIN, 1, 61000);
    panel_wait(panel, 40000);
    cr_assert_eq(panel->count, 0, "two gaps are not enough");
    panel_poll(panel, PATH_MAIN, 1, 20000);
    panel_poll(panel, PATH_MAIN, 4, 60000);
    cr_assert_eq(panel->count, 1, "at the next look");
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNKNOWN, "that alone, no incident");
    cr_assert_eq(panel_last(panel)->learned_s, 61, "the longest of them");
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 61);
    panel_wait(panel, 61 * 2500 + JITTER_MS + 200);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNIT_LOST, "supervised from then on");
    panel_free(panel);
}

Test(paths, gaps_that_disagree_teach_nothing)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 0, 0, 0, 0, true);
    for (unsigned i = 0; i < 10; i++) {
        panel_poll(panel, PATH_MAIN, 1, i % 2 == 0 ? 30000 : 60000);
    }
    panel_wait(panel, 60000);
    cr_assert_eq(panel->count, 0);
    panel_free(panel);
}

Test(paths, a_link_test_sent_again_is_no_interval)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 0, 0, 0, 0, true);
    for (unsigned i = 0; i < 8; i++) {
        panel_poll(panel, PATH_MAIN, 1, 59000);
        panel_poll(panel, PATH_MAIN, 1, 1000); /* the ACK was lost */
    }
    cr_assert_eq(panel_last(panel)->learned_s, 59);
    panel_free(panel);
}

Test(paths, a_configured_interval_is_not_learned_over)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 300, 0, 0, 0, true);
    panel_poll(panel, PATH_MAIN, 20, 60000);
    cr_assert_eq(panel->count, 0);
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 300);
    panel_free(panel);
}

Test(paths, a_panel_that_calls_more_often_is_believed_at_once)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 0, 300, 0, 0, true);
    panel_poll(panel, PATH_MAIN, 12, 60000);
    cr_assert_eq(panel->count, 1);
    cr_assert_eq(panel_last(panel)->learned_s, 60);
    panel_poll(panel, PATH_MAIN, 12, 20000);
    cr_assert_eq(panel_last(panel)->learned_s, 20);
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 20);
    panel_free(panel);
}

/* Forged link tests must not stretch the interval and so hide a cut: longer is for a person. */
Test(paths, a_panel_that_calls_more_rarely_is_shown_and_never_believed)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 0, 0, 60, 1, true);
    panel_poll(panel, PATH_MAIN, 6, 300000);
    panel_wait(panel, 200000);
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 60);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNIT_LOST);
    cr_assert_eq(panel_last(panel)->observed_s, 300, "the report says how often it calls");
    for (unsigned i = 0; i < panel->count; i++) {
        cr_assert_eq(panel->said[i].learned_s, 0);
    }
    panel_free(panel);
}

Test(paths, an_interval_beyond_a_day_is_not_learned)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 0, 0, 0, 0, true);
    for (unsigned i = 0; i < 6; i++) { /* looked at as it goes, without waiting it out */
        panel->now_ms += 86401000;
        last_seen_note(panel->seen, 1, PATH_MAIN, true, panel->now_ms);
        panel_look(panel, PATH_MAIN);
    }
    cr_assert_eq(last_seen_run(panel->seen, 1, PATH_MAIN).count, 5);
    cr_assert_eq(panel->count, 0);
    panel_free(panel);
}

Test(paths, what_was_learned_survives_a_start_whichever_comes_first)
{
    struct panel *panel = panel_new();
    const struct supervision_out learned = {.learned_s = 60, .unit = "PAN-1"};
    panel_record(panel, &learned); /* replayed, before the directory */
    panel_configure(panel, PATH_MAIN, 0, 300, 0, 0, true);
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 60, "a directory that is behind");
    panel_configure(panel, PATH_MAIN, 0, 300, 45, 9, true);
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 45, "a directory that knows more");
    panel_configure(panel, PATH_MAIN, 0, 300, 0, 9, true);
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 300, "forgotten on request");
    panel_free(panel);
}

Test(paths, a_learned_interval_the_journal_did_not_take_is_said_again_and_not_in_a_rush)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 0, 0, 0, 0, true);
    panel->deaf = true;
    panel_poll(panel, PATH_MAIN, 7, 60000);
    cr_assert_geq(panel->count, 3);
    cr_assert_leq(panel->count, 1 + 120 / 5);
    panel->deaf = false;
    panel_wait(panel, 6000);
    cr_assert_eq(panel_path(panel, PATH_MAIN).interval_s, 60);
    panel_free(panel);
}

Test(paths, a_longer_interval_does_not_restore_what_is_lost)
{
    struct panel *panel = panel_new();
    panel_configure(panel, PATH_MAIN, 60, 0, 0, 0, true);
    last_seen_note(panel->seen, 1, PATH_MAIN, true, panel->now_ms);
    panel_wait(panel, 200000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNIT_LOST);
    panel_configure(panel, PATH_MAIN, 3600, 0, 0, 0, true);
    panel_wait(panel, 20000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNIT_LOST);
    last_seen_note(panel->seen, 1, PATH_MAIN, true, panel->now_ms);
    panel_wait(panel, 6000);
    cr_assert_eq(panel_last(panel)->report_kind, SIGNAL_UNIT_RESTORED);
    panel_free(panel);
}
