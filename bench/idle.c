/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of each connected unit.
 *
 * Happy path: measured without units; then after each of: all connected, gently; one heartbeat of
 * each; all gone and back at once. Between an event and its measurement REST_MS, so that the daemon
 * has given back what the handshakes took.
 * Failures: a step that is not done within STEP_S: what was measured is reported, exit code 1.
 * On close: timer and fleet are closed; the loop ends when they are gone.
 */
#include "bench.h"

#include "load.h"

#include <stdlib.h>

#define STEP_S 300u
#define REST_MS 10000u

enum idle_step
{
    IDLE_NOBODY,
    IDLE_CONNECTED,
    IDLE_HEARD,
    IDLE_RETURNED,
    IDLE_STEPS,
};

static const char *const step_names[] = {"without units", "connected", "after a heartbeat each",
                                         "after all returned at once"};
static const char *const figure_names[] = {"rss_kib_without", "rss_kib_connected", "rss_kib_heard",
                                           "rss_kib_returned"};
static const char *const each_names[] = {"", "kib_each_connected", "kib_each_heard",
                                         "kib_each_returned"};

struct idle
{
    const struct bench_options *options;
    uv_loop_t loop;
    uv_timer_t timer;
    struct bench_fleet *fleet;
    struct measure measures[IDLE_STEPS];
    enum idle_step step;
    unsigned connected[IDLE_STEPS];
    unsigned answers;
    uint64_t began_us;
    uint64_t took_us[IDLE_STEPS];
    struct histogram welcome; /* of the return */
    bool failed;
};

static void idle_on_measure(uv_timer_t *timer);

static void
idle_stop(struct idle *idle)
{
    bench_fleet_stop(idle->fleet);
    uv_close((uv_handle_t *)&idle->timer, NULL);
}

static void
idle_on_late(uv_timer_t *timer)
{
    struct idle *idle = timer->data;
    fprintf(stderr, "larwm-bench: \"%s\" not reached within %u s: %u of %u units\n",
            step_names[idle->step], STEP_S, bench_fleet_ready(idle->fleet),
            bench_fleet_size(idle->fleet));
    idle->failed = true;
    idle_stop(idle);
}

/* The step's event has happened; its measurement follows after a rest. */
static void
idle_reached(struct idle *idle)
{
    idle->took_us[idle->step] = bench_now_us() - idle->began_us;
    (void)uv_timer_start(&idle->timer, idle_on_measure, REST_MS, 0);
}

static void
idle_on_ready(void *data, unsigned index, bool resumed)
{
    struct idle *idle = data;
    (void)index;
    (void)resumed;
    bool all = bench_fleet_ready(idle->fleet) == bench_fleet_size(idle->fleet);
    if (idle->step == IDLE_RETURNED) {
        histogram_add(&idle->welcome, bench_now_us() - idle->began_us);
    }
    if (all && (idle->step == IDLE_CONNECTED || idle->step == IDLE_RETURNED)) {
        idle_reached(idle);
    }
}

static void
idle_on_heartbeat(void *data)
{
    struct idle *idle = data;
    idle->answers += 1;
    if (idle->step == IDLE_HEARD && idle->answers == bench_fleet_size(idle->fleet)) {
        idle_reached(idle);
    }
}

static void
idle_enter(struct idle *idle, enum idle_step step)
{
    idle->step = step;
    idle->began_us = bench_now_us();
    (void)uv_timer_start(&idle->timer, idle_on_late, STEP_S * 1000u, 0);
    if (step == IDLE_HEARD) {
        idle->answers = 0;
        for (unsigned i = 0; i < bench_fleet_size(idle->fleet); i++) {
            (void)bench_fleet_heartbeat(idle->fleet, i);
        }
    } else if (step == IDLE_RETURNED) {
        (void)bench_fleet_bounce(idle->fleet, 0);
    }
}

static void
idle_on_measure(uv_timer_t *timer)
{
    struct idle *idle = timer->data;
    measure_take(idle->options, &idle->measures[idle->step]);
    idle->connected[idle->step] = bench_fleet_ready(idle->fleet);
    if (idle->step + 1 == IDLE_STEPS) {
        idle_stop(idle);
    } else {
        idle_enter(idle, idle->step + 1);
    }
}

/* What the first --pid, larwmd, has more than without units. */
static double
idle_each_kib(const struct idle *idle, enum idle_step step)
{
    const struct measure *now = &idle->measures[step];
    const struct measure *then = &idle->measures[IDLE_NOBODY];
    if (now->count < 2 || then->count < 2 || idle->connected[step] == 0) {
        return 0.0;
    }
    return ((double)now->processes[1].resident_kib - (double)then->processes[1].resident_kib) /
           idle->connected[step];
}

static double
idle_slab_kib(const struct idle *idle, enum idle_step step)
{
    if (idle->connected[step] == 0) {
        return 0.0;
    }
    return ((double)idle->measures[step].slab_kib - (double)idle->measures[IDLE_NOBODY].slab_kib) /
           idle->connected[step];
}

static void
idle_report(struct idle *idle)
{
    struct bench_notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL) {
        return;
    }
    bench_note_fact(notes,
                    "%u units over mutual TLS from %u loopback addresses, %u being connected "
                    "at once",
                    bench_fleet_size(idle->fleet), idle->options->sources, idle->options->window);
    bench_note_figure(notes, "units", bench_fleet_size(idle->fleet));
    unsigned steps = idle->failed ? (unsigned)idle->step : IDLE_STEPS;
    for (unsigned i = 0; i < steps && idle->measures[0].count > 1; i++) {
        uint64_t rss_kib = idle->measures[i].processes[1].resident_kib;
        bench_note_figure(notes, figure_names[i], (double)rss_kib);
        if (i == IDLE_NOBODY) {
            bench_note_fact(notes, "%s: %s %llu KiB", step_names[i],
                            idle->measures[i].processes[1].name, (unsigned long long)rss_kib);
            continue;
        }
        double each_kib = idle_each_kib(idle, (enum idle_step)i);
        bench_note_figure(notes, each_names[i], each_kib);
        bench_note_fact(notes,
                        "%s (%.1f s): %llu KiB, %.2f KiB a unit; kernel slab %.2f KiB a unit, "
                        "both ends",
                        step_names[i], (double)idle->took_us[i] / 1e6, (unsigned long long)rss_kib,
                        each_kib, idle_slab_kib(idle, (enum idle_step)i));
    }
    bench_note_figure(notes, "slab_kib_each", idle_slab_kib(idle, IDLE_CONNECTED));
    bench_note_figure(notes, "all_back_s", (double)idle->took_us[IDLE_RETURNED] / 1e6);
    bench_note_row(notes, &idle->welcome, "loss to welcome");
    bench_notes_print(idle->options, "idle", notes, steps > 1 ? &idle->measures[0] : NULL,
                      &idle->measures[steps - 1], bench_fleet_size(idle->fleet));
    free(notes);
}

int
bench_run_idle(const struct bench_options *options)
{
    static struct idle idle;
    struct bench_fleet_callbacks callbacks = {
        .on_ready = idle_on_ready, .on_heartbeat = idle_on_heartbeat, .data = &idle};
    idle.options = options;
    if (uv_loop_init(&idle.loop) != 0) {
        return 1;
    }
    (void)uv_timer_init(&idle.loop, &idle.timer);
    idle.timer.data = &idle;
    measure_take(options, &idle.measures[IDLE_NOBODY]);
    idle.fleet = bench_fleet_start(&idle.loop, options, &callbacks);
    if (idle.fleet == NULL) {
        return 1;
    }
    idle_enter(&idle, IDLE_CONNECTED);
    (void)uv_run(&idle.loop, UV_RUN_DEFAULT);
    idle_report(&idle);
    for (unsigned i = 0; i < IDLE_STEPS; i++) {
        measure_free(&idle.measures[i]);
    }
    return idle.failed ? 1 : 0;
}
