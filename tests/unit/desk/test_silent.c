/* SPDX-License-Identifier: Apache-2.0 */
/* A running desk and a panel with two paths: what the consoles are told when one, then both, fall
 * silent. The test plays intake: it writes the last-seen words. */
#include "rig.h"

#include <criterion/criterion.h>
#include <string.h>

#define SLOT 5
#define INTERVAL_S 1

TestSuite(silent, .timeout = 120);

static const struct resolve_unit panel = {
    .unit = "PAN-1",
    .network = "",
    .slot = SLOT,
    .status = UNIT_IN_SERVICE,
    .monitored = true,
    .paths = {{.used = true, .interval_s = INTERVAL_S}, {.used = true, .interval_s = INTERVAL_S}}};

static void
hear(struct rig *rig, enum path path)
{
    last_seen_note(rig->last_seen, SLOT, path, true, clock_mono_ms());
}

/* The newest state of the one incident there is, or NULL. */
static const Larwm__Console__Incident *
the_incident(const struct rig *rig)
{
    return rig->seen_count == 0 || !rig->seen[0].open ? NULL : rig->seen[0].view;
}

/* The back-up path calls for as long as this is waited for. */
static bool
is_main_lost(struct rig *rig, uint64_t what)
{
    hear(rig, PATH_BACKUP);
    const Larwm__Console__Incident *incident = the_incident(rig);
    return incident != NULL && (uint64_t)incident->kind == what && incident->n_paths == 2;
}

static bool
is_kind(struct rig *rig, uint64_t kind)
{
    const Larwm__Console__Incident *incident = the_incident(rig);
    return incident != NULL && (uint64_t)incident->kind == kind;
}

static bool
is_backup_back(struct rig *rig, uint64_t what)
{
    hear(rig, PATH_BACKUP);
    const Larwm__Console__Incident *incident = the_incident(rig);
    return incident != NULL && incident->paths[1]->state == LARWM__PATH_STATE__PATH_STATE_WORKING;
}

static bool
is_gone(struct rig *rig, uint64_t what)
{
    hear(rig, PATH_BACKUP);
    hear(rig, PATH_MAIN);
    return rig->seen_count == 1 && !rig->seen[0].open;
}

/* REQ A28 TEST */
Test(silent, a_path_lost_then_the_unit_lost_then_back_is_one_incident_that_says_so)
{
    struct rig *rig = rig_new(0);
    desk_silent_units(rig->desk, &panel, 1);
    rig_start(rig);
    cr_assert(rig_until(rig, is_main_lost, SIGNAL_PATH_LOST), "the main path is silent");
    const Larwm__Console__Incident *incident = the_incident(rig);
    cr_assert_eq((int)incident->paths[0]->path, PATH_MAIN);
    cr_assert_eq((int)incident->paths[0]->state, PATH_STATE_LOST);
    cr_assert_eq(incident->paths[0]->last_seen_us, 0, "not heard since the start");
    cr_assert_eq(incident->paths[0]->interval_s, INTERVAL_S);
    cr_assert_eq((int)incident->paths[1]->path, PATH_BACKUP);
    cr_assert_eq((int)incident->paths[1]->state, PATH_STATE_WORKING);
    cr_assert_neq(incident->paths[1]->last_seen_us, 0, "and when it was heard");
    cr_assert_neq((int)incident->priority, PRIORITY_P2);
    cr_assert(rig_until(rig, is_kind, SIGNAL_UNIT_LOST), "now the back-up is silent, too");
    cr_assert_eq((int)the_incident(rig)->priority, PRIORITY_P2);
    cr_assert(rig_until(rig, is_backup_back, 0));
    cr_assert_eq((int)the_incident(rig)->paths[0]->state, PATH_STATE_LOST, "not closed by it");
    cr_assert(rig_until(rig, is_gone, 0));
    rig_free(rig);
}

static bool
is_lost(struct rig *rig, uint64_t what)
{
    const Larwm__Console__Incident *incident = the_incident(rig);
    return incident != NULL && incident->kind == LARWM__SIGNAL_KIND__SIGNAL_UNIT_LOST;
}

static bool
has_ticked(struct rig *rig, uint64_t times)
{
    return rig->ticks >= times;
}

static bool
is_back_by_signal(struct rig *rig, uint64_t what)
{
    return !rig->seen[0].open;
}

/* REQ A28 TEST: a press is as good as a heartbeat, of the path it came by. */
Test(silent, a_press_by_a_lost_path_brings_it_back_and_one_that_proves_nothing_does_not)
{
    struct resolve_unit one = panel;
    one.paths[1].used = false;
    struct rig *rig = rig_new(0);
    desk_silent_units(rig->desk, &one, 1);
    rig_start(rig);
    cr_assert(rig_until(rig, is_lost, 0));
    Larwm__Journal__Signal signal;
    rig_signal(&signal, "PAN-1", SIGNAL_PANIC, 1);
    signal.path = LARWM__PATH__PATH_NONE; /* anybody could have said it */
    rig_send(rig, RECORD_SIGNAL, &signal.base, 0);
    cr_assert(rig_until(rig, rig_is_applied, 0));
    cr_assert(rig_until(rig, has_ticked, rig->ticks + 2)); /* what it set off has come by then */
    cr_assert(rig->seen[0].open);
    rig_signal(&signal, "PAN-1", SIGNAL_PANIC, 2);
    signal.path = LARWM__PATH__PATH_MAIN;
    rig_send(rig, RECORD_SIGNAL, &signal.base, 0);
    cr_assert(rig_until(rig, is_back_by_signal, 0));
    rig_free(rig);
}
