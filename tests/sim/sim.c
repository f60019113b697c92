/* SPDX-License-Identifier: Apache-2.0 */
/* The world: one queue of events in order of simulated time, and the centre's starts and crashes.
 */
#include "sim.h"

#include "base/hash.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_WALL_US (INT64_C(1764000000) * US_PER_S)
#define SERVE_GRACE_US UINT64_C(3000000) /* after a start or a disk that works again */
#define CALM_US (UINT64_C(180) * 1000000)

void
sim_mix(struct sim *sim, const void *data, size_t size)
{
    sim->digest = hash_bytes(sim->digest, data, size);
}

void
sim_say(struct sim *sim, const char *format, ...)
{
    if (sim->options.verbose) {
        va_list arguments;
        (void)printf("%12.6f ", (double)sim->now_us / 1e6);
        va_start(arguments, format);
        (void)vprintf(format, arguments);
        va_end(arguments);
        (void)printf("\n");
    }
}

void
sim_broken(struct sim *sim, const char *oracle, const char *format, ...)
{
    va_list arguments;
    char what[160];
    if (sim->broken) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    sim->broken = true;
    (void)snprintf(sim->why, sizeof sim->why, "%s: %s", oracle, what);
}

void
sim_fault(struct sim *sim, enum sim_fault fault)
{
    sim->stats.faults[fault] += 1;
}

static bool
event_before(const struct sim_event *one, const struct sim_event *other)
{
    return one->at_us != other->at_us ? one->at_us < other->at_us : one->order < other->order;
}

static void
event_add(struct sim *sim, uint64_t after_us, uint64_t life, sim_act *act, const uint64_t with[2])
{
    require(sim->events_count < SIM_EVENTS);
    unsigned at = sim->events_count;
    sim->events_count += 1;
    sim->order += 1;
    struct sim_event event = {sim->now_us + after_us, sim->order, life, act, with[0], with[1]};
    while (at > 0 && event_before(&event, &sim->events[(at - 1) / 2])) {
        sim->events[at] = sim->events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sim->events[at] = event;
}

static struct sim_event
event_take(struct sim *sim)
{
    struct sim_event first = sim->events[0];
    sim->events_count -= 1;
    struct sim_event moved = sim->events[sim->events_count];
    unsigned at = 0;
    for (unsigned child = 1; child < sim->events_count; child = 2 * at + 1) {
        if (child + 1 < sim->events_count &&
            event_before(&sim->events[child + 1], &sim->events[child])) {
            child += 1;
        }
        if (!event_before(&sim->events[child], &moved)) {
            break;
        }
        sim->events[at] = sim->events[child];
        at = child;
    }
    sim->events[at] = moved;
    return first;
}

void
sim_plan(struct sim *sim, uint64_t after_us, sim_act *act, uint64_t one, uint64_t two)
{
    event_add(sim, after_us, 0, act, (const uint64_t[2]){one, two});
}

void
sim_plan_life(struct sim *sim, uint64_t after_us, sim_act *act, uint64_t one, uint64_t two)
{
    event_add(sim, after_us, sim->life, act, (const uint64_t[2]){one, two});
}

uint64_t
sim_served_us(const struct sim *sim)
{
    bool serving = sim->served_from_us != 0 && sim->now_us > sim->served_from_us;
    return sim->served_us + (serving ? sim->now_us - sim->served_from_us : 0);
}

void
sim_serve(struct sim *sim)
{
    sim->served_us = sim_served_us(sim);
    sim->served_from_us = sim->desk == NULL || sim->failing ? 0 : sim->now_us + SERVE_GRACE_US;
}

static bool
link_publish(void *data, struct registry *registry)
{
    (void)data;
    registry_free(registry);
    return true;
}

static struct registry *
link_retired(void *data)
{
    (void)data;
    return NULL;
}

static unsigned
link_units(void *data)
{
    (void)data;
    return 0;
}

static void
link_checkpoint(void *data, uint64_t pos, uint8_t *bytes, size_t size)
{
    journal_checkpoint(data, pos, bytes, size);
}

static void
link_journal_state(void *data, struct desk_journal_state *ret)
{
    const struct sim *sim = data;
    *ret = (struct desk_journal_state){.ok = !sim->failing,
                                       .disk_full = sim->failing,
                                       .detail = sim->failing ? "full" : "",
                                       .position = sim->durable};
}

struct desk *
sim_new_desk(struct sim *sim)
{
    struct desk_options options = {
        .node = SIM_NODE,
        .version = "simulated",
        .conninfo = "none",
        .deadline_ms = 250,
        .incidents_max = SIM_INCIDENTS,
        .checkpoint_records = sim->checkpoint_records,
        .policy = {20, 40, 90, 180, 300, 900, 15, 5, 10, 120, 600, 30, 250, 600, 60, 4, 300, 1000},
        .last_seen = sim->last_seen,
        .closings = sim->shadow ? NULL : &sim->closings,
    };
    struct desk_links links = {.data = sim,
                               .publish = link_publish,
                               .retired = link_retired,
                               .units_connected = link_units,
                               .checkpoint = link_checkpoint,
                               .journal_state = link_journal_state,
                               .deltas = &sim->deltas,
                               .outlet = &sim->outlet};
    struct desk *desk = NULL;
    loop_begin(sim);
    enum error failed = desk_create(&options, &desk);
    require(failed == ERROR_NONE);
    failed = desk_make_entries(desk, SIM_BLOCKS + desk_port_blocks(desk));
    require(failed == ERROR_NONE);
    desk_link(desk, &links);
    desk_port(desk)->journal = &sim->port_journal;
    return desk;
}

static void
centre_forget_heard(struct sim *sim)
{
    for (unsigned i = 0; i < sim->units_count; i++) {
        struct sim_unit *unit = &sim->units[i];
        sim->last_seen->slots[unit->slot] = 0;
        sim->last_seen->backup[unit->slot] = 0;
        for (unsigned path = 0; path < 2; path++) {
            unit->paths[path].heard_us = 0;
            sim->last_seen->runs[path][unit->slot] = 0;
            sim->last_seen->stamps[path][unit->slot] = 0;
        }
    }
}

void
sim_start_centre(struct sim *sim)
{
    enum error failed = ring_init(&sim->deltas, 8192, sizeof(struct flow_delta *));
    require(failed == ERROR_NONE);
    failed = pool_init(&sim->pool, SIM_BLOCKS, sizeof(struct flow_entry) + 1024);
    require(failed == ERROR_NONE);
    failed = ring_init(&sim->port.entries, SIM_BLOCKS, sizeof(struct flow_entry *));
    require(failed == ERROR_NONE);
    failed = resend_init(&sim->resend);
    require(failed == ERROR_NONE);
    sim->resend.seed = 1;
    sim->timeline.wall_us = 0; /* recovered */
    memset(sim->flights, 0, sizeof sim->flights);
    sim->life += 1;
    sim->stats.starts += 1;
    sim->born_us = sim->now_us;
    sim->wall_ahead_us = sim->real_ahead_us; /* clock_init */
    bool set_back =                          /* now, or at an earlier start */
        sim->timeline.newest_us > (int64_t)sim->now_us + sim->wall_ahead_us;
    sim->followed_us = sim->now_us;
    centre_forget_heard(sim);
    sim->desk = journal_restore(sim, sim->durable);
    sim_say(sim, "centre starts, %llu records kept", (unsigned long long)sim->durable);
    oracle_started(sim, set_back);
    failed = desk_start(sim->desk);
    require(failed == ERROR_NONE);
    sim_serve(sim);
    operators_reconnect(sim);
    police_reconnect(sim);
}

void
sim_crash_centre(struct sim *sim)
{
    struct desk *desk = sim->desk;
    sim_say(sim, "centre dies");
    sim->applied_hash = triage_hash(desk->triage) ^ escalation_hash(desk->escalation) * 3;
    sim->applied_hashed = true;
    sim->hash_pos = sim->applied;
    journal_crash(sim);
    sim->desk = NULL;
    sim_serve(sim);
    sim->loop.woken = false;
    desk_free(desk);
    ring_free(&sim->deltas);
    ring_free(&sim->port.entries);
    pool_free(&sim->pool);
    resend_free(&sim->resend);
    sim->life += 1; /* what was planned for this life does not happen */
}

static void
sim_draw_rates(struct sim *sim)
{
    struct sim_random *random = &sim->random;
    const uint64_t hour = UINT64_C(3600) * 1000000;
    struct sim_rates *rates = &sim->rates;
    rates->press_us = hour / random_between(random, 1, 12); /* of all units together */
    rates->crash_us = hour / random_between(random, 1, 4);
    rates->disk_us = 6 * hour / random_between(random, 1, 60);
    rates->away_us = hour * random_between(random, 1, 4);
    rates->slow_us = hour * random_between(random, 1, 4);
    rates->clock_us = hour * random_between(random, 1, 8);
    rates->storm_us = hour * random_between(random, 2, 8);
    rates->cut_us = hour / random_between(random, 1, 4);
    rates->network_us = hour * random_between(random, 1, 4);
    rates->restart_us = hour / random_between(random, 1, 6);
    rates->frame_lost = (unsigned)random_between(random, 0, 300);
    rates->receipt_lost = (unsigned)random_between(random, 0, 400);
    rates->copy = (unsigned)random_between(random, 0, 150);
    rates->heartbeat_lost = (unsigned)random_between(random, 0, 50);
    rates->rejected = (unsigned)random_between(random, 0, 300);
    rates->silent = (unsigned)random_between(random, 0, 300);
    rates->twice = (unsigned)random_between(random, 0, 300);
}

struct sim *
sim_new(const struct sim_options *options)
{
    struct sim *sim = calloc(1, sizeof *sim);
    require(sim != NULL);
    sim->options = *options;
    sim->random.state = options->seed;
    sim->digest = 1;
    sim->now_us = 1000000000;
    sim->real_ahead_us = START_WALL_US;
    sim->base = 1;
    sim->checkpoint_records = (unsigned)random_between(&sim->random, 20, 2000);
    sim->trims = random_chance(&sim->random, 500);
    sim->drift_ppm = (int64_t)random_between(&sim->random, 0, 400) - 200;
    sim->last_seen = calloc(1, sizeof *sim->last_seen);
    require(sim->last_seen != NULL);
    sim->outlet = (struct waker){.eventfd = -1};
    sim->port_journal = (struct waker){.eventfd = -1};
    database_for(sim);
    sim_draw_rates(sim);
    units_make(sim);
    operators_make(sim);
    police_make(sim);
    faults_make(sim);
    sim_start_centre(sim);
    return sim;
}

static void
sim_step(struct sim *sim)
{
    uint64_t loop_us = sim->desk == NULL ? UINT64_MAX : loop_next_us(sim);
    if (sim->events_count > 0 && sim->events[0].at_us <= loop_us) {
        struct sim_event event = event_take(sim);
        sim->now_us = event.at_us > sim->now_us ? event.at_us : sim->now_us;
        if (event.life == 0 || event.life == sim->life) {
            sim->stats.events += 1;
            event.act(sim, event.one, event.two);
        }
    } else {
        sim->now_us = loop_us > sim->now_us ? loop_us : sim->now_us;
        loop_turn(sim);
    }
    if (sim->desk != NULL) {
        journal_take(sim);
        screen_take(sim);
        oracle_look(sim);
    }
}

void
sim_run(struct sim *sim)
{
    uint64_t end_us = sim->now_us + (uint64_t)(sim->options.hours * 3600e6);
    uint64_t calm_us = end_us > CALM_US ? end_us - CALM_US : end_us;
    while (!sim->broken && sim->now_us < end_us) {
        if (!sim->calm && sim->now_us >= calm_us) {
            sim->calm = true;
        }
        sim_step(sim);
    }
}

void
sim_free(struct sim *sim)
{
    if (sim->desk != NULL) {
        sim_crash_centre(sim);
    }
    journal_free(sim);
    free(sim->incidents);
    free(sim->last_seen);
    free(sim);
}
