/* SPDX-License-Identifier: Apache-2.0 */
/* The desk's state is a fold over the journal: no thread, records of the past only. */
#include "rig.h"

#include "base/sheet.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(fold, .timeout = 60);

static uint32_t
next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void
replay_action(struct rig *rig, uint32_t number, uint64_t incident)
{
    static const Larwm__Journal__ActionKind kinds[] = {
        LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT,    LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM,
        LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE,    LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE,
        LARWM__JOURNAL__ACTION_KIND__ACTION_RELEASE, LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE,
        LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW};
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = number % 2 == 0 ? "operator-a" : "operator-b";
    action.role = LARWM__ROLE__ROLE_OPERATOR;
    action.kind = kinds[number % 7];
    action.incident = incident;
    action.text = "a note";
    action.outcome = LARWM__OUTCOME__OUTCOME_PERSON_SAFE;
    rig_replay(rig, RECORD_ACTION, &action.base);
}

static void
replay_repeats(struct rig *rig, uint64_t signal_pos, uint32_t count)
{
    Larwm__Journal__Repeats repeats = LARWM__JOURNAL__REPEATS__INIT;
    Larwm__Journal__Repeat both[2] = {LARWM__JOURNAL__REPEAT__INIT, LARWM__JOURNAL__REPEAT__INIT};
    Larwm__Journal__Repeat *pointers[2] = {&both[0], &both[1]};
    both[0].signal_pos = signal_pos + 1000; /* of a signal nobody knows */
    both[1].signal_pos = signal_pos;
    both[0].count = both[1].count = count;
    both[0].last_us = both[1].last_us = rig->time_us;
    repeats.n_signals = 2;
    repeats.signals = pointers;
    rig_replay(rig, RECORD_REPEATS, &repeats.base);
}

/* Units of one network fall silent, enough of them at once for a mass loss, and come back. */
static void
replay_losses(struct rig *rig, uint32_t number)
{
    static const Larwm__SignalKind kinds[] = {LARWM__SIGNAL_KIND__SIGNAL_UNIT_LOST,
                                              LARWM__SIGNAL_KIND__SIGNAL_UNIT_LATE,
                                              LARWM__SIGNAL_KIND__SIGNAL_UNIT_RESTORED};
    for (unsigned i = 0; i < (number % 4 == 0 ? 25u : 1u); i++) {
        char unit[16];
        Larwm__Journal__Supervision lost = LARWM__JOURNAL__SUPERVISION__INIT;
        (void)snprintf(unit, sizeof unit, "U-%u", number % 9 + i);
        lost.unit = unit;
        lost.kind = kinds[number / 4 % 3];
        lost.network = number % 2 == 0 ? "roam-a" : "";
        lost.risk = (Larwm__Risk)((number + i) % 5);
        rig_replay(rig, RECORD_SUPERVISION, &lost.base);
    }
}

static void
replay_other(struct rig *rig, uint32_t number, uint64_t incident)
{
    Larwm__Journal__Presence presence = LARWM__JOURNAL__PRESENCE__INIT;
    Larwm__Journal__Police police = LARWM__JOURNAL__POLICE__INIT;
    Larwm__Journal__Timer timer = LARWM__JOURNAL__TIMER__INIT;
    switch (number % 5) {
        case 0:
            presence.user = "operator-a";
            presence.role = LARWM__ROLE__ROLE_OPERATOR;
            presence.present = number % 3 != 0;
            rig_replay(rig, RECORD_PRESENCE, &presence.base);
            break;
        case 1:
            police.incident = incident;
            police.event = (Larwm__Journal__PoliceEvent)(1 + number % 6);
            rig_replay(rig, RECORD_POLICE, &police.base);
            break;
        case 2:
            timer.incident = incident;
            timer.kind = (Larwm__Journal__TimerKind)(1 + number % 7);
            timer.due_us = rig->time_us;
            rig_replay(rig, RECORD_TIMER, &timer.base);
            break;
        case 3:
            replay_repeats(rig, incident & 0xffffffff, number % 11);
            break;
        default:
            replay_losses(rig, number);
            break;
    }
}

/* A night of `count` records that depends on `seed` alone. */
static void
replay_night(struct rig *rig, uint32_t seed, unsigned count)
{
    uint32_t state = seed;
    uint64_t incident = 0;
    Larwm__Journal__Boot boot = LARWM__JOURNAL__BOOT__INIT;
    rig_replay(rig, RECORD_BOOT, &boot.base);
    for (unsigned i = 0; i < count; i++) {
        char unit[16];
        uint32_t number = next_number(&state);
        (void)snprintf(unit, sizeof unit, "U-%u", number % 9);
        if (number % 5 < 2) {
            uint64_t pos =
                rig_replay_press(rig, unit, (enum signal_kind)(1 + next_number(&state) % 24), i);
            if (number % 7 != 0) {
                rig_replay_resolved(rig, pos, 1 + number % 9);
                incident = rig_id(pos);
            }
        } else if (number % 5 < 4) {
            replay_action(rig, next_number(&state), incident);
        } else {
            replay_other(rig, next_number(&state), incident);
        }
    }
}

static uint64_t
hash_of_night(uint32_t seed)
{
    struct rig *rig = rig_new(32);
    replay_night(rig, seed, 600);
    uint64_t hash = desk_hash(rig->desk);
    rig_free(rig);
    return hash;
}

/* REQ A28 TEST */
Test(fold, a_learned_interval_and_a_lost_path_are_known_after_a_replay)
{
    struct rig *rig = rig_new(32);
    struct supervision_path path;
    Larwm__Journal__Supervision said = LARWM__JOURNAL__SUPERVISION__INIT;
    said.unit = "PAN-1";
    said.path = LARWM__PATH__PATH_BACKUP;
    said.learned_s = 60;
    uint64_t pos = rig_replay(rig, RECORD_SUPERVISION, &said.base);
    said.learned_s = 0;
    said.path = LARWM__PATH__PATH_MAIN;
    said.kind = LARWM__SIGNAL_KIND__SIGNAL_PATH_LOST;
    rig_replay(rig, RECORD_SUPERVISION, &said.base);
    cr_assert(supervision_find(rig->desk->supervision, "PAN-1", PATH_MAIN, &path));
    cr_assert_eq(path.state, SUPERVISION_LOST);
    /* A directory that was read before the recorder had written it does not undo it. */
    struct resolve_unit unit = {.unit = "PAN-1",
                                .slot = 1,
                                .status = UNIT_IN_SERVICE,
                                .monitored = true,
                                .paths = {{.used = true, .interval_s = 85}, {.used = true}}};
    desk_silent_units(rig->desk, &unit, 1);
    cr_assert(supervision_find(rig->desk->supervision, "PAN-1", PATH_BACKUP, &path));
    cr_assert_eq(path.interval_s, 60);
    unit.paths[1].learned_pos = pos; /* a person made it forget */
    desk_silent_units(rig->desk, &unit, 1);
    cr_assert(supervision_find(rig->desk->supervision, "PAN-1", PATH_BACKUP, &path));
    cr_assert_eq(path.interval_s, 0);
    rig_free(rig);
}

Test(fold, the_same_records_give_the_same_state)
{
    for (uint32_t seed = 1; seed <= 5; seed++) {
        cr_assert_eq(hash_of_night(seed), hash_of_night(seed));
    }
    cr_assert_neq(hash_of_night(1), hash_of_night(2));
}

Test(fold, a_record_nobody_can_read_is_stepped_over)
{
    static const uint8_t garbage[] = {0xff, 0xff, 0xff, 0xff, 0x07, 0x01};
    struct rig *rig = rig_new(8);
    for (int type = RECORD_NONE; type <= RECORD_TYPE_COUNT + 3; type++) {
        rig_replay_bytes(rig, (enum record_type)type, garbage, sizeof garbage);
    }
    cr_assert_eq(rig->desk->applied_pos, rig->pos);
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, pos, 1);
    const struct triage_incident *incident = triage_find(rig->desk->triage, rig_id(pos));
    cr_assert_not_null(incident);
    cr_assert_eq(incident->priority, PRIORITY_P1);
    rig_free(rig);
}

Test(fold, a_long_night_leaves_no_item_behind)
{
    struct rig *rig = rig_new(8);
    uint32_t places = rig->desk->items_count;
    Larwm__Journal__Action close = LARWM__JOURNAL__ACTION__INIT;
    close.user = "supervisor";
    close.role = LARWM__ROLE__ROLE_SUPERVISOR;
    close.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE;
    close.outcome = LARWM__OUTCOME__OUTCOME_PERSON_SAFE;
    for (unsigned i = 0; i < 20 * places; i++) {
        uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_FALL, i + 1);
        rig_replay_resolved(rig, pos, 1);
        close.incident = rig_id(pos);
        rig_replay(rig, RECORD_ACTION, &close.base);
    }
    cr_assert_geq(rig->desk->items_free_count, places - 8);
    cr_assert_leq(rig->desk->dirty_count, places);
    rig_free(rig);
}

Test(fold, nothing_is_posted_or_asked_while_replaying)
{
    struct rig *rig = rig_new(8);
    replay_night(rig, 3, 300);
    cr_assert_eq(ring_count(&desk_port(rig->desk)->entries), 0);
    cr_assert_eq(ring_count(&rig->deltas), 0);
    cr_assert_eq(rig->desk->results_count, 0);
    rig_free(rig);
}

Test(fold, copies_counted_by_intake_are_shown_and_restored_by_a_replay)
{
    struct rig *rig = rig_new(8);
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, pos, 1);
    replay_repeats(rig, pos, 9);
    rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    const struct triage_incident *incident = triage_find(rig->desk->triage, rig_id(pos));
    cr_assert_eq(incident->repeat_count, 10);
    cr_assert_eq(incident_signal(incident, 0)->repeats, 10);
    cr_assert_eq(incident->signal_count, 1);
    rig_free(rig);
}

/* REQ R0 TEST: intake must leave copies to triage from then on. */
Test(fold, a_closed_and_a_displaced_incident_are_told_to_intake)
{
    struct closings closings = {0};
    struct rig *rig = rig_new(1);
    rig->desk->options.closings = &closings;
    rig_replay_resolved(rig, rig_replay_press(rig, "U-1", SIGNAL_FAULT, 1), 1);
    cr_assert_eq(closings_count(&closings), 0);
    uint64_t pos = rig_replay_press(rig, "U-2", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, pos, 2); /* takes the place of the fault */
    cr_assert_eq(closings_count(&closings), 1);
    Larwm__Journal__Action close = LARWM__JOURNAL__ACTION__INIT;
    close.user = "supervisor";
    close.role = LARWM__ROLE__ROLE_SUPERVISOR;
    close.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE;
    close.outcome = LARWM__OUTCOME__OUTCOME_PERSON_SAFE;
    close.incident = rig_id(pos);
    rig_replay(rig, RECORD_ACTION, &close.base);
    cr_assert_eq(closings_count(&closings), 2);
    rig_free(rig);
}

/* One record of `count` signals, each of another incident; the bytes of its rows. */
static uint64_t
record_repeats(struct rig *rig, const uint64_t *pos, unsigned count)
{
    Larwm__Journal__Repeat each[64];
    Larwm__Journal__Repeat *pointers[64];
    Larwm__Journal__Repeats repeats = LARWM__JOURNAL__REPEATS__INIT;
    for (unsigned i = 0; i < count; i++) {
        larwm__journal__repeat__init(&each[i]);
        each[i].signal_pos = pos[i];
        each[i].count = 1;
        each[i].last_us = rig->time_us;
        pointers[i] = &each[i];
    }
    repeats.signals = pointers;
    repeats.n_signals = count;
    uint64_t before = record_backlog_bytes(rig->desk->record);
    rig_replay(rig, RECORD_REPEATS, &repeats.base);
    return record_backlog_bytes(rig->desk->record) - before;
}

Test(fold, a_record_with_copies_for_many_incidents_writes_the_rows_of_all)
{
    struct rig *rig = rig_new(128);
    uint64_t pos[90];
    for (unsigned i = 0; i < 90; i++) {
        char unit[16];
        (void)snprintf(unit, sizeof unit, "U-%02u", i);
        pos[i] = rig_replay_press(rig, unit, SIGNAL_PANIC, 1);
        rig_replay_resolved(rig, pos[i], 100 + i);
    }
    uint64_t few = record_repeats(rig, pos, 30);
    uint64_t many = record_repeats(rig, pos + 30, 60);
    cr_assert_gt(few, 0);
    cr_assert_geq(many * 100, few * 195, "%llu bytes for 60, %llu for 30", (unsigned long long)many,
                  (unsigned long long)few);
    for (unsigned i = 0; i < 90; i++) {
        cr_assert_eq(triage_find(rig->desk->triage, rig_id(pos[i]))->repeat_count, 1);
    }
    rig_free(rig);
}

/* REQ E5 TEST: what the control room said stays on the incident when nothing is left to do. */
Test(fold, the_answer_of_the_police_outlives_the_plan)
{
    struct rig *rig = rig_new(8);
    uint64_t pos = rig_replay_press(rig, "U-1", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, pos, 1);
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.user = "supervisor";
    action.role = LARWM__ROLE__ROLE_SUPERVISOR;
    action.incident = rig_id(pos);
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE;
    rig_replay(rig, RECORD_ACTION, &action.base);
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE;
    action.outcome = LARWM__OUTCOME__OUTCOME_POLICE_ATTENDED;
    rig_replay(rig, RECORD_ACTION, &action.base);
    Larwm__Journal__Police police = LARWM__JOURNAL__POLICE__INIT;
    police.incident = rig_id(pos);
    police.event = LARWM__JOURNAL__POLICE_EVENT__POLICE_ACCEPTED;
    police.detail = "LOG-7";
    rig_replay(rig, RECORD_POLICE, &police.base);
    cr_assert_null(escalation_find(rig->desk->escalation, rig_id(pos)));
    const struct escalation_plan *plan = desk_plan_of(rig->desk, rig_id(pos));
    cr_assert_not_null(plan);
    cr_assert_eq(plan->state, ESCALATION_ACCEPTED);
    cr_assert_str_eq(plan->log_number, "LOG-7");
    rig_free(rig);
}

/* The state after a night, packed; the caller frees it. */
static struct sheet_writer
pack_night(uint32_t seed, unsigned count, uint64_t *ret_pos)
{
    struct sheet_writer writer = {0};
    struct rig *rig = rig_new(32);
    replay_night(rig, seed, count);
    desk_save(rig->desk, &writer);
    *ret_pos = rig->desk->applied_pos;
    cr_assert(!writer.failed);
    rig_free(rig);
    return writer;
}

Test(fold, a_restored_state_is_the_state_and_goes_on_as_it_would_have)
{
    for (uint32_t seed = 1; seed <= 12; seed++) {
        struct rig *whole = rig_new(32);
        struct rig *part = rig_new(32);
        uint64_t pos = 0;
        struct sheet_writer packed = pack_night(seed, 400, &pos);
        struct sheet_writer again = {0};
        replay_night(whole, seed, 400);
        cr_assert_eq(desk_restore(part->desk, pos, packed.bytes, packed.size), ERROR_NONE);
        cr_assert_eq(desk_hash(part->desk), desk_hash(whole->desk), "seed %u", seed);
        desk_save(part->desk, &again);
        cr_assert_eq(again.size, packed.size, "seed %u", seed);
        cr_assert_eq(memcmp(again.bytes, packed.bytes, packed.size), 0,
                     "a checkpoint of a restored state is the same, seed %u", seed);
        part->pos = whole->pos;
        part->time_us = whole->time_us;
        replay_night(whole, seed + 100, 300);
        replay_night(part, seed + 100, 300);
        cr_assert_eq(desk_hash(part->desk), desk_hash(whole->desk), "seed %u goes on", seed);
        sheet_free(&packed);
        sheet_free(&again);
        rig_free(whole);
        rig_free(part);
    }
}

/* The checksum of the file was right: a fault of ours, or of another version. Never a crash. */
Test(fold, a_state_that_does_not_fit_is_refused_and_none_of_it_reaches_beyond_its_place)
{
    uint64_t pos = 0;
    struct sheet_writer packed = pack_night(3, 60, &pos);
    unsigned refused = 0;
    for (size_t at = 0; at < packed.size; at += 1 + packed.size / 40) {
        struct rig *rig = rig_new(32);
        packed.bytes[at] ^= 0xFF;
        if (desk_restore(rig->desk, pos, packed.bytes, packed.size) != ERROR_NONE) {
            refused++;
        } else {
            replay_night(rig, 4, 50);
        }
        packed.bytes[at] ^= 0xFF;
        rig_free(rig);
    }
    cr_assert_gt(refused, 0);
    struct rig *small = rig_new(1);
    cr_assert_eq(desk_restore(small->desk, pos, packed.bytes, packed.size), ERROR_UNSUPPORTED,
                 "more incidents than there is room for");
    rig_free(small);
    sheet_free(&packed);
}

/* Deltas of the incident that came since the last look. */
static unsigned
shown_now(struct rig *rig, uint64_t incident)
{
    const struct rig_seen *seen = rig_see(rig, incident);
    unsigned before = seen == NULL ? 0 : seen->times;
    desk_show(rig->desk);
    rig_drain(rig);
    seen = rig_see(rig, incident);
    return seen == NULL ? 0 : seen->times - before;
}

/* REQ R0 TEST: in a storm the desk saves the work of showing the same incident again for one press
 * more; nothing else waits, and nothing is forgotten. */
Test(fold, in_a_storm_what_is_new_is_shown_at_once_and_one_press_more_later)
{
    struct rig *rig = rig_new(8);
    struct desk *desk = rig->desk;
    uint64_t first = rig_replay_press(rig, "U-1", SIGNAL_INTRUSION, 1);
    rig_replay_resolved(rig, first, 1);
    cr_assert_eq(shown_now(rig, rig_id(first)), 1);
    desk->show_all_us = UINT64_MAX;
    rig_replay_resolved(rig, rig_replay_press(rig, "U-1", SIGNAL_INTRUSION, 2), 1);
    cr_assert_eq(shown_now(rig, rig_id(first)), 0, "it waits");
    cr_assert(uv_is_active((uv_handle_t *)&desk->held), "and does not need another record to come");
    uint64_t second = rig_replay_press(rig, "U-2", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, second, 2);
    cr_assert_eq(shown_now(rig, rig_id(second)), 1, "a new one never waits");
    rig_replay_resolved(rig, rig_replay_press(rig, "U-2", SIGNAL_PANIC, 2), 2);
    cr_assert_eq(shown_now(rig, rig_id(second)), 0);
    cr_assert_eq(rig_see(rig, rig_id(first))->times, 1);
    rig_replay_resolved(rig, rig_replay_press(rig, "U-1", SIGNAL_PANIC, 3), 1);
    cr_assert_eq(shown_now(rig, rig_id(first)), 1, "graver than it was");
    rig_replay_resolved(rig, rig_replay_press(rig, "U-1", SIGNAL_PANIC, 4), 1);
    desk_answer(desk, 7, 1, true, NULL, "", rig_id(first), NULL);
    rig_drain(rig);
    cr_assert_eq(rig_see(rig, rig_id(first))->times, 3,
                 "somebody acted: all are shown, then answered");
    cr_assert_eq(rig_see(rig, rig_id(second))->times, 2);
    cr_assert_eq(rig->results[1], 1);
    rig_replay_resolved(rig, rig_replay_press(rig, "U-2", SIGNAL_PANIC, 3), 2);
    desk->show_all_us = 0; /* its time has come */
    cr_assert_eq(shown_now(rig, rig_id(second)), 1);
    desk->show_all_us = UINT64_MAX;
    rig_replay_resolved(rig, rig_replay_press(rig, "U-2", SIGNAL_PANIC, 4), 2);
    cr_assert_eq(shown_now(rig, rig_id(second)), 0);
    desk->show_all_us = 0;
    cr_assert_eq(shown_now(rig, rig_id(second)), 1);
    cr_assert_eq(desk->dirty_count, 0);
    cr_assert_eq(rig_see(rig, rig_id(second))->view->press_count, 4);
    rig_free(rig);
}

static void
replay_answers(struct rig *rig, const uint64_t *signals, unsigned count)
{
    Larwm__Journal__Answers answers = LARWM__JOURNAL__ANSWERS__INIT;
    Larwm__Journal__Resolved each[8];
    Larwm__Journal__Resolved *pointers[8];
    struct rig_card cards[8];
    for (unsigned i = 0; i < count; i++) {
        rig_card(&cards[i], i + 1);
        larwm__journal__resolved__init(&each[i]);
        each[i].signal_pos = signals[i];
        each[i].card = &cards[i].card;
        pointers[i] = &each[i];
    }
    answers.answers = pointers;
    answers.n_answers = count;
    rig_replay(rig, RECORD_ANSWERS, &answers.base);
}

Test(fold, the_answers_of_one_record_count_as_those_of_many)
{
    struct rig *one = rig_new(100);
    struct rig *many = rig_new(100);
    uint64_t signals[8];
    for (unsigned i = 0; i < 8; i++) {
        char unit[16];
        (void)snprintf(unit, sizeof unit, "SKY-%u", 101 + i);
        signals[i] = rig_replay_press(one, unit, SIGNAL_PANIC, i);
        cr_assert_eq(rig_replay_press(many, unit, SIGNAL_PANIC, i), signals[i]);
    }
    replay_answers(one, signals, 8);
    for (unsigned i = 0; i < 8; i++) {
        rig_replay_resolved(many, signals[i], i + 1);
        cr_assert_not_null(triage_find(one->desk->triage, rig_id(signals[i])), "press %u", i);
        cr_assert_eq(triage_find(one->desk->triage, rig_id(signals[i]))->case_id, i + 1);
        cr_assert_eq(triage_find(many->desk->triage, rig_id(signals[i]))->case_id, i + 1);
    }
    cr_assert_eq(triage_open_count(one->desk->triage), 8);
    struct triage_waiting waiting;
    cr_assert_not(triage_pending(one->desk->triage, 0, &waiting), "none waits any more");
    rig_free(one);
    rig_free(many);
}
