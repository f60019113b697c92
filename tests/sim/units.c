/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units: native ones number their signals for life, DC-09 panels count to 9999 and begin again
 * after a restart. A press is sent until its receipt comes; frames and receipts get lost, come
 * again long after, and heartbeats stop where a path is cut.
 */
#include "sim.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

#define DAY_US (UINT64_C(86400) * 1000000)
#define PANEL_PATIENCE_US (UINT64_C(300) * 1000000)

static void units_beat(struct sim *sim, uint64_t unit, uint64_t path);

static void
units_make_one(struct sim *sim, unsigned at)
{
    static const uint32_t intervals[] = {60, 300, 900};
    struct sim_random *random = &sim->random;
    struct sim_unit *unit = &sim->units[at];
    (void)snprintf(unit->id, sizeof unit->id, "SIM-%03u", at + 1);
    unit->slot = at + 1;
    unit->dc09 = random_chance(random, 500);
    unit->restamps = random_chance(random, 300);
    unit->clockless = random_chance(random, 200);
    unit->blocked = random_chance(random, 100);
    unit->refuses = random_chance(random, 150);
    unit->networked = random_chance(random, 600);
    unit->card = random_chance(random, 100) ? 0 : at + 1;
    unit->marker = (uint8_t)random_between(random, MARKER_NONE, MARKER_LAPSED);
    unit->risk = (uint8_t)random_between(random, RISK_STANDARD, RISK_VERY_HIGH);
    unit->version = 1;
    unit->boot = unit->dc09 ? 0 : random_next(random) | 1;
    unit->paths[0].used = true;
    unit->paths[0].interval_s = intervals[random_between(random, 0, 2)];
    if (unit->dc09 && random_chance(random, 500)) {
        unit->paths[1].used = true;
        unit->paths[1].interval_s = intervals[random_between(random, 0, 2)];
    }
    for (unsigned path = 0; path < 2; path++) {
        if (unit->paths[path].used) {
            sim_plan(sim, random_between(random, 0, 60000000), units_beat, at, path);
        }
    }
}

/* A heartbeat, unless it is lost or the path is cut. */
static void
units_beat(struct sim *sim, uint64_t unit, uint64_t path)
{
    struct sim_path *of = &sim->units[unit].paths[path];
    uint64_t interval_us = (uint64_t)of->interval_s * 1000000;
    sim_plan(sim, random_between(&sim->random, interval_us * 8 / 10, interval_us), units_beat, unit,
             path);
    sim->stats.heartbeats += 1;
    bool lost = random_chance(&sim->random, sim->rates.heartbeat_lost);
    if (sim->desk != NULL && !lost && of->cut_us <= sim->now_us) {
        intake_heard(sim, (unsigned)unit, path == 0 ? PATH_MAIN : PATH_BACKUP, true);
    }
}

struct sim_press *
units_find(struct sim_unit *unit, uint64_t press)
{
    for (unsigned i = 0; i < SIM_PRESSES; i++) {
        if (unit->presses[i].id == press && press != 0) {
            return &unit->presses[i];
        }
    }
    return NULL;
}

void
units_receipt(struct sim *sim, uint64_t unit, uint64_t press)
{
    struct sim_press *of = units_find(&sim->units[unit], press);
    if (of != NULL && sim->units[unit].paths[0].cut_us <= sim->now_us) {
        of->id = 0;
    }
}

static void
units_arrive(struct sim *sim, uint64_t unit, uint64_t press)
{
    const struct sim_press *of = units_find(&sim->units[unit], press);
    if (of != NULL) {
        intake_frame(sim, (unsigned)unit, of);
    }
}

static void
units_haunt(struct sim *sim, uint64_t ghost, uint64_t unused)
{
    (void)unused;
    struct sim_ghost *of = &sim->ghosts[ghost];
    of->used = false;
    intake_frame(sim, of->unit, &of->press);
}

static void
units_record(struct sim *sim, unsigned unit, const struct sim_press *press)
{
    for (unsigned i = 0; i < SIM_GHOSTS; i++) {
        struct sim_ghost *ghost = &sim->ghosts[i];
        if (!ghost->used) {
            static const uint64_t afters_us[] = {3000000, 40000000, 300000000, 900000000,
                                                 UINT64_C(7200000000)};
            *ghost = (struct sim_ghost){true, unit, *press};
            sim_fault(sim, SIM_FAULT_COPY);
            sim_plan(sim,
                     random_around(&sim->random, afters_us[random_between(&sim->random, 0, 4)]),
                     units_haunt, i, 0);
            return;
        }
    }
}

void
units_send(struct sim *sim, uint64_t unit, uint64_t press)
{
    struct sim_unit *of = &sim->units[unit];
    struct sim_press *sent = units_find(of, press);
    if (sent == NULL) {
        return;
    }
    if (sim->now_us > sent->until_us) {
        sent->id = 0;
        return;
    }
    if (sent->tries > 0 && of->dc09 && of->restamps && sent->device_us != 0) {
        sent->device_us = (int64_t)sim->now_us + sim->real_ahead_us;
    }
    sent->tries += 1;
    bool lost = random_chance(&sim->random, sim->calm ? 0 : sim->rates.frame_lost);
    if (lost) {
        sim_fault(sim, SIM_FAULT_FRAME);
    } else if (of->paths[0].cut_us <= sim->now_us) {
        sim_plan(sim, random_between(&sim->random, 2000, 300000), units_arrive, unit, press);
    }
    if (random_chance(&sim->random, sim->calm ? 0 : sim->rates.copy)) {
        units_record(sim, (unsigned)unit, sent);
    }
    uint64_t wait_us = sent->tries < 20 ? 4000000 : 60000000;
    sim_plan(sim, random_around(&sim->random, wait_us), units_send, unit, press);
}

void
units_press(struct sim *sim, uint64_t at, uint64_t kind)
{
    struct sim_unit *unit = &sim->units[at];
    struct sim_press *press = NULL;
    for (unsigned i = 0; i < SIM_PRESSES; i++) {
        press = unit->presses[i].id == 0 ? &unit->presses[i] : press;
    }
    if (press == NULL) {
        return;
    }
    unit->sequence = unit->dc09 ? unit->sequence % 9999 + 1 : unit->sequence + 1;
    sim->press_id += 1;
    *press = (struct sim_press){.id = sim->press_id,
                                .sequence = unit->sequence,
                                .boot = unit->boot,
                                .kind = (uint8_t)kind,
                                .content = hash_bytes(3, &kind, sizeof kind)};
    bool stamped = !unit->dc09 || !unit->clockless;
    press->device_us = stamped ? (int64_t)sim->now_us + sim->real_ahead_us : 0;
    press->until_us = sim->now_us + (unit->dc09 ? PANEL_PATIENCE_US : DAY_US);
    sim_say(sim, "%s presses, kind %llu, press %llu", unit->id, (unsigned long long)kind,
            (unsigned long long)press->id);
    units_send(sim, at, press->id);
}

static uint64_t
units_kind(struct sim *sim)
{
    static const uint8_t kinds[] = {SIGNAL_PANIC,       SIGNAL_PANIC,   SIGNAL_PANIC,
                                    SIGNAL_DURESS,      SIGNAL_MEDICAL, SIGNAL_INTRUSION,
                                    SIGNAL_LOW_BATTERY, SIGNAL_CANCEL,  SIGNAL_TEST};
    return kinds[random_between(&sim->random, 0, ARRAY_COUNT(kinds) - 1)];
}

static void
units_again(struct sim *sim, uint64_t unit, uint64_t kind)
{
    units_press(sim, unit, kind);
    if (random_chance(&sim->random, 300)) {
        sim_plan(sim, random_around(&sim->random, 20000000), units_again, unit, kind);
    }
}

static void
units_someone(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_plan(sim, random_around(&sim->random, sim->rates.press_us), units_someone, 0, 0);
    uint64_t unit = random_between(&sim->random, 0, sim->units_count - 1);
    if (!sim->calm) {
        units_again(sim, unit, units_kind(sim));
    }
}

/* Switched off and on: what had no receipt is forgotten, and a panel begins again at 1. */
static void
units_restart(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    struct sim_unit *unit = &sim->units[random_between(&sim->random, 0, sim->units_count - 1)];
    sim_plan(sim, random_around(&sim->random, sim->rates.restart_us), units_restart, 0, 0);
    sim_fault(sim, SIM_FAULT_RESTART);
    memset(unit->presses, 0, sizeof unit->presses);
    unit->sequence = 0;
    unit->boot = unit->dc09 ? 0 : random_next(&sim->random) | 1;
}

static void
units_cut(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    struct sim_unit *unit = &sim->units[random_between(&sim->random, 0, sim->units_count - 1)];
    sim_plan(sim, random_around(&sim->random, sim->rates.cut_us), units_cut, 0, 0);
    sim_fault(sim, SIM_FAULT_CUT);
    unsigned which = (unsigned)random_between(&sim->random, 1, 3);
    for (unsigned path = 0; path < 2; path++) {
        if ((which >> path & 1) != 0) {
            unit->paths[path].cut_us = sim->now_us + random_around(&sim->random, 1800000000);
        }
    }
}

/* REQ A29: everything that has this network is gone at once, for half an hour or so. */
static void
units_lose_network(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    uint64_t until_us = sim->now_us + random_around(&sim->random, 1800000000);
    sim_plan(sim, random_around(&sim->random, sim->rates.network_us), units_lose_network, 0, 0);
    sim_fault(sim, SIM_FAULT_NETWORK);
    for (unsigned i = 0; i < sim->units_count; i++) {
        for (unsigned path = 0; path < 2 && sim->units[i].networked; path++) {
            sim->units[i].paths[path].cut_us = until_us;
        }
    }
}

void
units_make(struct sim *sim)
{
    sim->units_count = (unsigned)random_between(&sim->random, 4, SIM_UNITS);
    for (unsigned i = 0; i < sim->units_count; i++) {
        units_make_one(sim, i);
    }
    sim_plan(sim, random_around(&sim->random, sim->rates.press_us), units_someone, 0, 0);
    sim_plan(sim, random_around(&sim->random, sim->rates.restart_us), units_restart, 0, 0);
    sim_plan(sim, random_around(&sim->random, sim->rates.cut_us), units_cut, 0, 0);
    sim_plan(sim, random_around(&sim->random, sim->rates.network_us), units_lose_network, 0, 0);
}
