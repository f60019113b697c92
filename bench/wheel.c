/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timers of many units, without a daemon: supervision's core alone, driven by simulated time.
 * Every unit heartbeats each INTERVAL_S; time goes by in steps of STEP_MS, as the desk's timer
 * would wake it; what a second of a real day costs is CPU divided by simulated time.
 */
#include "bench.h"

#include "supervision/supervision.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_S 60u
#define STEP_MS 10u
#define UNITS_USUAL 1000000u
#define BEGIN_MS 1000000u

struct wheel_run
{
    struct supervision *supervision;
    uint32_t units;
    uint64_t expired;
    uint64_t reports;
    struct histogram step; /* of a step that had something to do */
};

static uint64_t
wheel_cpu_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static void
wheel_configure(struct wheel_run *run, uint32_t unit)
{
    char name[LIMIT_UNIT_ID];
    struct supervision_out out;
    (void)snprintf(name, sizeof name, "BENCH-%u", unit);
    struct supervision_event event = {.kind = SUPERVISION_CONFIGURE,
                                      .unit = name,
                                      .path = PATH_MAIN,
                                      .slot = unit + 1,
                                      .interval_s = INTERVAL_S,
                                      .alone = true,
                                      .now_ms = BEGIN_MS};
    supervision_step(run->supervision, &event, &out);
}

/* When unit `slot` was last heard: it beats once an interval, each at its own moment. */
static uint64_t
wheel_heard_ms(uint32_t slot, uint64_t now_ms)
{
    uint64_t interval_ms = INTERVAL_S * 1000u;
    uint64_t phase_ms = slot * UINT64_C(2654435761) % interval_ms;
    uint64_t since_ms = (now_ms - phase_ms) % interval_ms;
    return now_ms - since_ms;
}

static void
wheel_step(struct wheel_run *run, uint64_t now_ms)
{
    struct supervision_unit unit;
    struct supervision_out out;
    uint64_t before = run->expired;
    uint64_t began_us = wheel_cpu_us();
    while (supervision_expire(run->supervision, now_ms, &unit)) {
        struct supervision_event event = {.kind = SUPERVISION_EXPIRED,
                                          .unit = unit.id,
                                          .path = unit.path,
                                          .slot = unit.slot,
                                          .last_seen_ms = wheel_heard_ms(unit.slot, now_ms),
                                          .now_ms = now_ms,
                                          .now_us = (int64_t)now_ms * 1000};
        supervision_step(run->supervision, &event, &out);
        run->expired += 1;
        run->reports += out.report ? 1 : 0;
    }
    if (run->expired > before) {
        histogram_add(&run->step, wheel_cpu_us() - began_us);
    }
}

static void
wheel_report(const struct bench_options *options, struct wheel_run *run, double resident_kib,
             double configure_us, double cpu_us, double simulated_s)
{
    struct bench_notes *notes = calloc(1, sizeof *notes);
    if (notes == NULL) {
        return;
    }
    double expired = run->expired == 0 ? 1.0 : (double)run->expired;
    double kib_each = resident_kib / run->units;
    bench_note_fact(notes, "%u units, a heartbeat every %u s each, %.0f s of simulated time",
                    run->units, INTERVAL_S, simulated_s);
    bench_note_fact(notes, "memory %.0f KiB, %.0f bytes a unit; configured in %.2f us each",
                    resident_kib, kib_each * 1024.0, configure_us / run->units);
    bench_note_fact(notes,
                    "%llu timers passed, %.2f us of CPU each: %.2f %% of a core; %llu reports",
                    (unsigned long long)run->expired, cpu_us / expired, cpu_us / simulated_s / 1e4,
                    (unsigned long long)run->reports);
    bench_note_figure(notes, "units", run->units);
    bench_note_figure(notes, "bytes_each", kib_each * 1024.0);
    bench_note_figure(notes, "configure_us_each", configure_us / run->units);
    bench_note_figure(notes, "expiries", (double)run->expired);
    bench_note_figure(notes, "cpu_us_each", cpu_us / expired);
    bench_note_figure(notes, "core_percent", cpu_us / simulated_s / 1e4);
    bench_note_figure(notes, "reports", (double)run->reports);
    bench_note_row(notes, &run->step, "CPU of one turn");
    bench_notes_print(options, "wheel", notes, NULL, NULL, 0);
    free(notes);
}

int
bench_run_wheel(const struct bench_options *options)
{
    static struct wheel_run run;
    struct process_cost before;
    struct process_cost after;
    struct supervision_policy policy = supervision_policy_default();
    run.units = options->generated == 0 ? UNITS_USUAL : options->generated;
    (void)process_read_tree(getpid(), &before);
    if (run.units >= LIMIT_UNITS ||
        supervision_create(LIMIT_UNITS, &policy, BEGIN_MS, &run.supervision) != ERROR_NONE) {
        fprintf(stderr, "larwm-bench: %u units are too many (LIMIT_UNITS) or memory is short\n",
                run.units);
        return 1;
    }
    uint64_t began_us = wheel_cpu_us();
    for (uint32_t i = 0; i < run.units; i++) {
        wheel_configure(&run, i);
    }
    uint64_t configured_us = wheel_cpu_us();
    (void)process_read_tree(getpid(), &after);
    uint64_t end_ms = BEGIN_MS + options->seconds * UINT64_C(30000); /* ten seconds: five minutes */
    uint64_t measured_us = wheel_cpu_us();
    for (uint64_t now_ms = BEGIN_MS; now_ms < end_ms; now_ms += STEP_MS) {
        wheel_step(&run, now_ms);
    }
    wheel_report(options, &run, (double)after.resident_kib - (double)before.resident_kib,
                 (double)(configured_us - began_us), (double)(wheel_cpu_us() - measured_us),
                 (double)(end_ms - BEGIN_MS) / 1e3);
    supervision_free(run.supervision);
    return run.expired > 0 && run.reports == 0 ? 0 : 1;
}
