/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of presses.
 *
 * Happy path: the fleet connects, the console gets its snapshot, everything is measured, the load
 * runs, what is owed is awaited, everything is measured again, the report.
 * Failures: not ready within READY_S: nothing is reported. Owed answers that do not come within
 * SETTLE_S: reported as lost, exit code 1.
 * On close: load, timers, console and fleet are closed; the loop ends when they are gone.
 */
#include "run.h"

#include "client/console_client.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define READY_S 180u
#define QUIET_MS 1000u /* between the last handshake and the first press */
#define SETTLE_S 10u

static void
run_finish(struct run *run)
{
    if (run->finished) {
        return;
    }
    run->finished = true;
    measure_take(run->options, &run->after);
    load_end(&run->load);
    bench_fleet_stop(run->fleet);
    if (run->console != NULL) {
        console_client_close(run->console, NULL, NULL);
    }
    uv_close((uv_handle_t *)&run->timer, NULL);
    uv_close((uv_handle_t *)&run->deadline, NULL);
    uv_close((uv_handle_t *)&run->next_phase, NULL);
}

static void
run_on_deadline(uv_timer_t *timer)
{
    struct run *run = timer->data;
    if (!run->running) {
        fprintf(stderr, "larwm-bench: not ready within %u s: %u of %u units, console %s\n", READY_S,
                bench_fleet_ready(run->fleet), bench_fleet_size(run->fleet),
                run->console_ready ? "ready" : "not ready");
    }
    run_finish(run);
}

static void
run_on_settled(void *data)
{
    struct run *run = data;
    bool all_back = run->back >= run->bounced;
    if (run->running && all_back) {
        run->settled = true;
        /* from the loop: this may be a callback of a unit that is about to be closed */
        (void)uv_timer_start(&run->deadline, run_on_deadline, 0, 0);
    }
}

static void
run_on_sent(void *data)
{
    struct run *run = data;
    uint64_t limit_s = run->bounced > run->back ? READY_S : SETTLE_S;
    (void)uv_timer_start(&run->deadline, run_on_deadline, limit_s * 1000u, 0);
}

/* Reconnect: the rest of the fleet goes and comes back. */
static void
run_on_bounce(uv_timer_t *timer)
{
    struct run *run = timer->data;
    if (!run->finished) {
        run->bounced_us = bench_now_us();
        run->bounced = bench_fleet_bounce(run->fleet, run->plan.pressing);
    }
}

static void
run_on_ready(void *data, unsigned index, bool resumed)
{
    struct run *run = data;
    if (run->bounced_us == 0 || index < run->plan.pressing) {
        return;
    }
    uint64_t now_us = bench_now_us();
    histogram_add(&run->returns, now_us - run->bounced_us);
    run->back += 1;
    run->resumed += resumed ? 1 : 0;
    run->all_back_us = now_us;
    load_check_settled(&run->load);
}

static void
run_on_next_phase(uv_signal_t *signal, int number)
{
    struct run *run = signal->data;
    (void)number;
    if (!run->finished) {
        load_next_phase(&run->load);
    }
}

static void
run_on_begin(uv_timer_t *timer)
{
    struct run *run = timer->data;
    run->running = true;
    measure_take(run->options, &run->before);
    (void)uv_timer_start(&run->deadline, run_on_deadline, run->options->seconds * 1000u + 900000u,
                         0);
    if (run->plan.bounce_s > 0.0) {
        (void)uv_timer_start(&run->timer, run_on_bounce, (uint64_t)(run->plan.bounce_s * 1e3), 0);
    }
    load_begin(&run->load, run->fleet);
    if (run->options->phases) {
        (void)fputs("larwm-bench: pressing\n", stderr);
    }
}

static void
run_begin(struct run *run)
{
    if (!run->begun && run->fleet_ready && run->console_ready) {
        run->begun = true;
        (void)uv_timer_start(&run->timer, run_on_begin, QUIET_MS, 0);
    }
}

static void
run_on_fleet_ready(void *data)
{
    struct run *run = data;
    run->fleet_ready = true;
    run_begin(run);
}

static void
run_on_snapshot_end(void *data)
{
    struct run *run = data;
    run->console_ready = true;
    run_begin(run);
}

static void
run_on_receipt(void *data, uint64_t sequence, bool durable)
{
    struct run *run = data;
    load_on_receipt(&run->load, sequence, durable);
}

static void
run_on_heartbeat(void *data)
{
    struct run *run = data;
    load_on_heartbeat(&run->load);
}

static void
run_on_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct run *run = data;
    uint64_t sequences[64];
    size_t count = incident->n_signals < 64 ? incident->n_signals : 64;
    for (size_t i = 0; i < count; i++) {
        sequences[i] = incident->signals[i]->sequence;
    }
    if (!run->finished && run->running) {
        load_on_incident(&run->load, sequences, count);
    }
}

static bool
run_open(struct run *run)
{
    struct bench_fleet_callbacks fleet = {.on_all_ready = run_on_fleet_ready,
                                          .on_ready = run_on_ready,
                                          .on_receipt = run_on_receipt,
                                          .on_heartbeat = run_on_heartbeat,
                                          .data = run};
    struct console_client_options console = {
        .socket_path = run->options->socket,
        .user = "larwm-bench",
        .role = LARWM__ROLE__ROLE_TOOL,
        .name = "larwm-bench",
        .watch = true,
        .callbacks = {.on_snapshot_end = run_on_snapshot_end, .on_incident = run_on_incident},
        .data = run,
    };
    bool watched = run->options->socket != NULL && run->options->watch;
    run->console_ready = !watched;
    run->load.watched = watched;
    run->fleet = bench_fleet_start(&run->loop, run->options, &fleet);
    if (run->fleet == NULL) {
        return false;
    }
    if (watched && console_client_open(&run->loop, &console, &run->console) != ERROR_NONE) {
        fprintf(stderr, "larwm-bench: the console at %s cannot be opened\n", run->options->socket);
        return false;
    }
    return true;
}

static bool
run_init(struct run *run, const struct bench_options *options)
{
    run->options = options;
    if (options->journal_dir != NULL && !bench_disk(options->journal_dir, 2000, &run->disk)) {
        fprintf(stderr, "larwm-bench: the disk in %s cannot be measured\n", options->journal_dir);
        return false;
    }
    if (uv_loop_init(&run->loop) != 0 || !load_init(&run->load, &run->loop, options)) {
        return false;
    }
    (void)uv_timer_init(&run->loop, &run->timer);
    (void)uv_timer_init(&run->loop, &run->deadline);
    (void)uv_signal_init(&run->loop, &run->next_phase);
    run->timer.data = run->deadline.data = run->next_phase.data = run;
    if (options->phases) {
        (void)uv_signal_start(&run->next_phase, run_on_next_phase, SIGUSR1);
    }
    run->load.on_settled = run_on_settled;
    run->load.on_sent = run_on_sent;
    run->load.data = run;
    return true;
}

int
bench_run_load(const struct bench_options *options, const char *scenario)
{
    static struct run run;
    if (!run_init(&run, options) || !run_open(&run) ||
        !plan_make(options, scenario, bench_fleet_size(run.fleet), &run.load, &run.plan)) {
        return 1;
    }
    (void)uv_timer_start(&run.deadline, run_on_deadline, READY_S * 1000u, 0);
    (void)uv_run(&run.loop, UV_RUN_DEFAULT);
    if (!run.running) {
        return 1;
    }
    return run_report(&run);
}
