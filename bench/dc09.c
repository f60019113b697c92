/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scenario dc09: panels begin alarms for the time or count asked, then everything owed is
 * awaited; the exit code is 0 only when every alarm had all its answers and no answer was strange.
 */
#include "dc09.h"

#include "base/clock.h"
#include "base/require.h"
#include "bench.h"
#include "process.h"

#include <stdlib.h>
#include <string.h>

#define SETTLE_S 30u /* how long answers may come after the last alarm */
#define TICK_MS 100u
#define FACTS 5u
#define FACT_SIZE 512u

struct dc09_run
{
    struct dc09_options options;
    struct dc09_load load;
    struct dc09_panel **panels;
    uv_loop_t loop;
    uv_timer_t tick;
    uv_timer_t end;
    uint64_t began_us;
    uint64_t ended_us;
    struct process_cost before;
    struct process_cost after;
    bool finished;
};

static void
run_finish(struct dc09_run *run)
{
    if (run->finished) {
        return;
    }
    run->finished = true;
    run->ended_us = dc09_now_us();
    if (run->options.pid != 0) {
        (void)process_read((pid_t)run->options.pid, &run->after);
    }
    for (unsigned i = 0; i < run->options.panels; i++) {
        dc09_panel_close(run->panels[i]);
    }
    uv_close((uv_handle_t *)&run->tick, NULL);
    uv_close((uv_handle_t *)&run->end, NULL);
}

static void
run_on_idle(struct dc09_load *load)
{
    struct dc09_run *run = container_of(load, struct dc09_run, load);
    /* an answer is being handled: the panels are closed from the loop, not under its feet */
    (void)uv_timer_start(&run->end, run->end.timer_cb, 0, 0);
    load->stopping = true;
}

static void
run_on_end(uv_timer_t *timer)
{
    struct dc09_run *run = timer->data;
    if (run->load.busy == 0 || run->load.stopping) {
        run_finish(run);
        return;
    }
    run->load.stopping = true;
    (void)uv_timer_start(&run->end, run_on_end, SETTLE_S * 1000u, 0);
}

static void
run_on_tick(uv_timer_t *timer)
{
    struct dc09_run *run = timer->data;
    for (unsigned i = 0; i < run->options.panels && !run->finished; i++) {
        dc09_panel_tick(run->panels[i]);
    }
}

static bool
run_make_tls(struct dc09_run *run)
{
    if (!run->options.tls) {
        return true;
    }
    run->load.tls = SSL_CTX_new(TLS_client_method());
    if (run->load.tls == NULL) {
        return false;
    }
    SSL_CTX_set_mode(run->load.tls,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (run->options.ca != NULL) {
        SSL_CTX_set_verify(run->load.tls, SSL_VERIFY_PEER, NULL);
        return SSL_CTX_load_verify_locations(run->load.tls, run->options.ca, NULL) == 1;
    }
    return true;
}

static void
run_on_begin(uv_timer_t *timer)
{
    struct dc09_run *run = timer->data;
    unsigned limit_ms = run->options.count > 0 ? 600000u : run->options.seconds * 1000u;
    (void)uv_timer_start(&run->end, run_on_end, limit_ms, 0);
    run->began_us = dc09_now_us();
    for (unsigned i = 0; i < run->options.panels; i++) {
        run->panels[i] = dc09_panel_start(&run->load, i);
        if (run->panels[i] == NULL) {
            exit(1);
        }
    }
    (void)uv_timer_start(&run->tick, run_on_tick, TICK_MS, TICK_MS);
}

static const char *
run_transport(const struct dc09_options *options)
{
    return options->tls ? "TLS" : options->udp ? "UDP" : "clear TCP";
}

static const char *
run_cipher(const struct dc09_options *options)
{
    switch (options->key_size) {
        case 0:
            return "clear text";
        case 16:
            return "AES-128";
        case 24:
            return "AES-192";
        default:
            return "AES-256";
    }
}

static double
run_seconds(const struct dc09_run *run)
{
    return (double)(run->ended_us - run->began_us) / 1e6;
}

/* What the daemon spent, divided by the alarms answered. */
static double
run_cpu_us(const struct dc09_run *run)
{
    uint64_t answered = run->load.totals.answered;
    return answered == 0 ? 0.0
                         : (double)(run->after.cpu_us - run->before.cpu_us) / (double)answered;
}

/* The sentences of the report; returns how many. */
static unsigned
run_tell(const struct dc09_run *run, char facts[FACTS][FACT_SIZE])
{
    const struct dc09_options *options = &run->options;
    const struct dc09_totals *totals = &run->load.totals;
    (void)snprintf(facts[0], FACT_SIZE,
                   "%u panels over %s, %s, window %u, copies %u, link tests %u, clock %+d s",
                   options->panels, run_transport(options), run_cipher(options), options->window,
                   options->copies, options->nulls, options->drift_s);
    (void)snprintf(
        facts[1], FACT_SIZE, "%.0f alarms/s acknowledged after fdatasync: %llu of %llu in %.2f s",
        (double)totals->answered / run_seconds(run), (unsigned long long)totals->answered,
        (unsigned long long)totals->alarms, run_seconds(run));
    (void)snprintf(
        facts[2], FACT_SIZE,
        "ACK %llu, of link tests %llu, NAK %llu, DUH %llu, strange %llu, sent again %llu, "
        "connected again %llu",
        (unsigned long long)totals->acks, (unsigned long long)totals->null_acks,
        (unsigned long long)totals->naks, (unsigned long long)totals->duhs,
        (unsigned long long)totals->strange, (unsigned long long)totals->resent,
        (unsigned long long)totals->returned);
    if (options->pid == 0) {
        return 3;
    }
    char threads[300];
    process_describe(&run->before, &run->after, totals->answered, threads, sizeof threads);
    (void)snprintf(facts[3], FACT_SIZE,
                   "larwmd: %.1f us of CPU an alarm (%.0f %% of a core), %llu MiB resident",
                   run_cpu_us(run),
                   (double)(run->after.cpu_us - run->before.cpu_us) / run_seconds(run) / 1e4,
                   (unsigned long long)run->after.resident_kib / 1024);
    (void)snprintf(facts[4], FACT_SIZE, "by thread, us an alarm: %s", threads);
    return 5;
}

static int
run_print(const struct dc09_run *run)
{
    const struct dc09_totals *totals = &run->load.totals;
    char facts[FACTS][FACT_SIZE];
    const char *pointers[FACTS];
    for (unsigned i = 0; i < FACTS; i++) {
        pointers[i] = facts[i];
    }
    unsigned count = run_tell(run, facts);
    const struct bench_row row = {"frame to its last ACK", &totals->latency};
    const struct bench_figure figures[] = {
        {"alarms_per_s", (double)totals->answered / run_seconds(run)},
        {"alarms", (double)totals->answered},
        {"naks", (double)totals->naks},
        {"cpu_us_per_alarm", run_cpu_us(run)},
        {"resident_kib", (double)run->after.resident_kib},
    };
    bench_report_print(stdout, run->options.json,
                       &(struct bench_report){.scenario = "dc09",
                                              .rows = &row,
                                              .row_count = 1,
                                              .facts = pointers,
                                              .fact_count = count,
                                              .figures = figures,
                                              .figure_count = ARRAY_COUNT(figures)});
    return totals->answered == totals->alarms && totals->alarms > 0 && totals->strange == 0 ? 0 : 1;
}

int
bench_run_dc09(int count, char **arguments)
{
    static struct dc09_run run;
    clock_init();
    if (!dc09_read_options(count, arguments, &run.options)) {
        return 2;
    }
    run.load = (struct dc09_load){.options = &run.options,
                                  .loop = &run.loop,
                                  .random = uv_hrtime(),
                                  .first_number = uv_hrtime() / 1000,
                                  .on_idle = run_on_idle};
    run.panels = calloc(run.options.panels, sizeof run.panels[0]);
    if (run.panels == NULL || uv_loop_init(&run.loop) != 0 || !run_make_tls(&run) ||
        dc09_cipher_create(&run.load.cipher) != ERROR_NONE) {
        fputs("larwm-bench: cannot begin (memory, certificate or cipher)\n", stderr);
        return 1;
    }
    if (run.options.pid != 0 && !process_read((pid_t)run.options.pid, &run.before)) {
        fputs("larwm-bench: --pid names no process\n", stderr);
        return 2;
    }
    (void)uv_timer_init(&run.loop, &run.tick);
    (void)uv_timer_init(&run.loop, &run.end);
    run.tick.data = run.end.data = &run;
    (void)uv_timer_start(&run.end, run_on_begin, 0, 0);
    (void)uv_run(&run.loop, UV_RUN_DEFAULT);
    return run_print(&run);
}
