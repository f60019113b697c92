/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Presses, and what became of them: press to receipt, press to the delta on a console.
 *
 * Open loop: the schedule is fixed before the run (Poisson, from the seed); latency counts from the
 * intended time, also when the unit or this program was late, so a stall is not hidden by the
 * presses that were not made meanwhile. One by one: the next press follows when the one before was
 * seen on the console; its latency counts from the moment of sending.
 *
 * With --phases a SIGUSR1 begins a new phase: presses intended from then on are counted in rows of
 * their own, so that a fault can be put into one run and its time be told from the rest.
 */
#include "bench.h"

#include "client/console_client.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SETTLE_S 10u /* how long answers may come after the last press */
#define PHASES_MAX 4u
#define ROWS_MAX (2u * PHASES_MAX + 1u)

struct press
{
    uint64_t intended_us;
    uint64_t receipt_us; /* 0: not yet */
    uint64_t delta_us;   /* 0: not yet */
    bool sent;
};

struct press_phase
{
    uint64_t from_us; /* intended times from here on belong to it */
    struct histogram receipt;
    struct histogram delta;
};

struct press_run
{
    const struct bench_options *options;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_timer_t deadline;
    uv_timer_t progress;
    uv_signal_t next_phase;
    struct bench_fleet *fleet;
    struct console_client *console;
    struct press *presses;
    unsigned count;
    unsigned next;
    unsigned not_sent;
    unsigned refused;
    uint64_t first_sequence;
    bool fleet_ready;
    bool console_ready;
    bool running;
    bool finished;
    uint64_t random;
    struct press_phase phases[PHASES_MAX];
    unsigned phase_count;
    uint64_t receipts; /* of all phases */
    uint64_t deltas;
    struct histogram disk;
};

static uint64_t
press_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static double
press_random(struct press_run *run)
{
    run->random = run->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(run->random >> 11) + 1.0) / 9007199254740994.0;
}

static struct press_phase *
press_phase_of(struct press_run *run, const struct press *press)
{
    unsigned at = run->phase_count - 1;
    while (at > 0 && press->intended_us < run->phases[at].from_us) {
        at -= 1;
    }
    return &run->phases[at];
}

static void
press_on_next_phase(uv_signal_t *signal, int number)
{
    struct press_run *run = signal->data;
    (void)number;
    if (run->phase_count < PHASES_MAX) {
        run->phases[run->phase_count].from_us = press_now_us();
        run->phase_count += 1;
    }
}

static bool
press_is_done(const struct press_run *run)
{
    bool console = run->options->socket != NULL;
    return run->next == run->count && run->receipts + run->refused + run->not_sent >= run->count &&
           (!console || run->deltas + run->refused + run->not_sent >= run->count);
}

static void
press_finish(struct press_run *run)
{
    if (run->finished) {
        return;
    }
    run->finished = true;
    bench_fleet_stop(run->fleet);
    if (run->console != NULL) {
        console_client_close(run->console, NULL, NULL);
    }
    uv_close((uv_handle_t *)&run->timer, NULL);
    uv_close((uv_handle_t *)&run->deadline, NULL);
    uv_close((uv_handle_t *)&run->progress, NULL);
    uv_close((uv_handle_t *)&run->next_phase, NULL);
}

static void
press_one(struct press_run *run, unsigned index, uint64_t intended_us)
{
    struct press *press = &run->presses[index];
    press->intended_us = intended_us;
    press->sent = bench_fleet_press(run->fleet, index % bench_fleet_size(run->fleet),
                                    run->first_sequence + index);
    run->not_sent += press->sent ? 0 : 1;
}

static void
press_on_deadline(uv_timer_t *timer)
{
    press_finish(timer->data);
}

static void press_on_timer(uv_timer_t *timer);

static void
press_one_by_one(struct press_run *run)
{
    if (run->next == run->count) {
        press_finish(run);
        return;
    }
    run->next += 1;
    press_one(run, run->next - 1, press_now_us());
    (void)uv_timer_start(&run->deadline, press_on_deadline, SETTLE_S * 1000u, 0);
}

/* Everything whose time has come; then one timer for the next. */
static void
press_open_loop(struct press_run *run)
{
    uint64_t now_us = press_now_us();
    while (run->next < run->count && run->presses[run->next].intended_us <= now_us) {
        press_one(run, run->next, run->presses[run->next].intended_us);
        run->next += 1;
    }
    if (run->next == run->count) {
        (void)uv_timer_start(&run->deadline, press_on_deadline, SETTLE_S * 1000u, 0);
        return;
    }
    uint64_t wait_us = run->presses[run->next].intended_us - now_us;
    uv_update_time(&run->loop);
    (void)uv_timer_start(&run->timer, press_on_timer, (wait_us + 999) / 1000, 0);
}

static void
press_on_timer(uv_timer_t *timer)
{
    struct press_run *run = timer->data;
    if (!run->finished) {
        press_open_loop(run);
    }
}

static void
press_begin(struct press_run *run)
{
    if (run->running || !run->fleet_ready || !run->console_ready) {
        return;
    }
    run->running = true;
    (void)uv_timer_stop(&run->progress);
    if (run->options->phases) {
        (void)fputs("larwm-bench: pressing\n", stderr);
    }
    if (run->options->one_by_one > 0) {
        press_one_by_one(run);
        return;
    }
    double at_us = (double)press_now_us() + 100000.0;
    for (unsigned i = 0; i < run->count; i++) {
        at_us += -log(press_random(run)) * 1e6 / run->options->rate;
        run->presses[i].intended_us = (uint64_t)at_us;
    }
    press_open_loop(run);
}

static void
press_settled(struct press_run *run, unsigned index)
{
    const struct press *press = &run->presses[index];
    bool seen = press->receipt_us != 0 && (run->options->socket == NULL || press->delta_us != 0);
    if (run->options->one_by_one > 0 && seen && index + 1 == run->next) {
        press_one_by_one(run);
    } else if (press_is_done(run)) {
        press_finish(run);
    }
}

static void
press_on_receipt(void *data, uint64_t sequence, bool durable)
{
    struct press_run *run = data;
    uint64_t index = sequence - run->first_sequence;
    if (run->finished || index >= run->count || run->presses[index].receipt_us != 0) {
        return;
    }
    struct press *press = &run->presses[index];
    press->receipt_us = press_now_us();
    if (durable) {
        histogram_add(&press_phase_of(run, press)->receipt, press->receipt_us - press->intended_us);
        run->receipts += 1;
    } else {
        run->refused += 1;
    }
    press_settled(run, (unsigned)index);
}

static void
press_on_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct press_run *run = data;
    uint64_t now_us = press_now_us();
    for (size_t i = 0; i < incident->n_signals && !run->finished; i++) {
        uint64_t index = incident->signals[i]->sequence - run->first_sequence;
        if (index < run->count && run->presses[index].sent && run->presses[index].delta_us == 0) {
            struct press *press = &run->presses[index];
            press->delta_us = now_us;
            histogram_add(&press_phase_of(run, press)->delta, now_us - press->intended_us);
            run->deltas += 1;
            press_settled(run, (unsigned)index);
        }
    }
}

static void
press_on_fleet_ready(void *data)
{
    struct press_run *run = data;
    run->fleet_ready = true;
    press_begin(run);
}

static void
press_on_snapshot_end(void *data)
{
    struct press_run *run = data;
    run->console_ready = true;
    press_begin(run);
}

static void
press_on_progress(uv_timer_t *timer)
{
    struct press_run *run = timer->data;
    fprintf(stderr, "larwm-bench: not ready within 120 s: %u of %u units, console %s\n",
            bench_fleet_ready(run->fleet), bench_fleet_size(run->fleet),
            run->console_ready ? "ready" : "not ready");
    press_finish(run);
}

static bool
press_open(struct press_run *run)
{
    struct bench_fleet_callbacks fleet = {
        .on_all_ready = press_on_fleet_ready, .on_receipt = press_on_receipt, .data = run};
    struct console_client_options console = {
        .socket_path = run->options->socket,
        .user = "larwm-bench",
        .role = LARWM__ROLE__ROLE_TOOL,
        .name = "larwm-bench",
        .watch = true,
        .callbacks = {.on_snapshot_end = press_on_snapshot_end, .on_incident = press_on_incident},
        .data = run,
    };
    run->console_ready = run->options->socket == NULL;
    run->fleet = bench_fleet_start(&run->loop, run->options, &fleet);
    if (run->fleet == NULL) {
        return false;
    }
    if (run->options->socket != NULL &&
        console_client_open(&run->loop, &console, &run->console) != ERROR_NONE) {
        fprintf(stderr, "larwm-bench: the console at %s cannot be opened\n", run->options->socket);
        return false;
    }
    return true;
}

/* The rows of each phase; with one phase alone they need no number. */
static unsigned
press_rows(const struct press_run *run, char names[ROWS_MAX][48], struct bench_row rows[ROWS_MAX])
{
    unsigned count = 0;
    for (unsigned i = 0; i < run->phase_count; i++) {
        char phase[24] = "";
        if (run->phase_count > 1) {
            (void)snprintf(phase, sizeof phase, "phase %u: ", i + 1);
        }
        (void)snprintf(names[count], sizeof names[count], "%spress to receipt", phase);
        rows[count] = (struct bench_row){names[count], &run->phases[i].receipt};
        count += 1;
        if (run->options->socket != NULL) {
            (void)snprintf(names[count], sizeof names[count], "%spress to console delta", phase);
            rows[count] = (struct bench_row){names[count], &run->phases[i].delta};
            count += 1;
        }
    }
    if (run->options->journal_dir != NULL) {
        rows[count] = (struct bench_row){"append + fdatasync", &run->disk};
        count += 1;
    }
    return count;
}

static int
press_print(struct press_run *run)
{
    char facts[3][128];
    const char *pointers[3] = {facts[0], facts[1], facts[2]};
    char names[ROWS_MAX][48];
    struct bench_row rows[ROWS_MAX];
    unsigned count = press_rows(run, names, rows);
    unsigned lost = run->count - run->not_sent - run->refused - (unsigned)run->receipts;
    (void)snprintf(facts[0], sizeof facts[0], "%u units over mutual TLS from %u loopback addresses",
                   bench_fleet_size(run->fleet), run->options->sources);
    if (run->options->one_by_one > 0) {
        (void)snprintf(facts[1], sizeof facts[1], "%u presses one at a time", run->count);
    } else {
        (void)snprintf(facts[1], sizeof facts[1],
                       "open loop, %.0f presses/s for %u s, from the intended time",
                       run->options->rate, run->options->seconds);
    }
    (void)snprintf(facts[2], sizeof facts[2], "%u not sent, %u told to retry, %u without a receipt",
                   run->not_sent, run->refused, lost);
    const struct bench_figure figures[] = {{"presses", run->count},
                                           {"not_sent", run->not_sent},
                                           {"retry", run->refused},
                                           {"without_receipt", lost},
                                           {"receipts", (double)run->receipts},
                                           {"deltas", (double)run->deltas},
                                           {"first_sequence", (double)run->first_sequence}};
    bench_report_print(stdout, run->options->json,
                       &(struct bench_report){.scenario = "press",
                                              .rows = rows,
                                              .row_count = count,
                                              .facts = pointers,
                                              .fact_count = 3,
                                              .figures = figures,
                                              .figure_count = sizeof figures / sizeof figures[0]});
    bool seen = run->options->socket == NULL || run->deltas == run->receipts;
    return lost == 0 && run->receipts > 0 && seen ? 0 : 1;
}

int
bench_run_press(const struct bench_options *options)
{
    static struct press_run run;
    run.options = options;
    run.count = options->one_by_one > 0 ? options->one_by_one
                                        : (unsigned)(options->rate * (double)options->seconds);
    run.count = run.count == 0 ? 1 : run.count;
    run.random = options->seed;
    run.phase_count = 1;
    /* far from what units and panels use, so that a press is known by its number alone */
    run.first_sequence = (UINT64_C(1) << 40) + ((options->seed & 0xFFFFu) << 24);
    run.presses = calloc(run.count, sizeof *run.presses);
    if (run.presses == NULL || uv_loop_init(&run.loop) != 0) {
        return 1;
    }
    if (options->journal_dir != NULL && !bench_disk(options->journal_dir, 2000, &run.disk)) {
        fprintf(stderr, "larwm-bench: the disk in %s cannot be measured\n", options->journal_dir);
        return 1;
    }
    (void)uv_timer_init(&run.loop, &run.timer);
    (void)uv_timer_init(&run.loop, &run.deadline);
    (void)uv_timer_init(&run.loop, &run.progress);
    (void)uv_signal_init(&run.loop, &run.next_phase);
    run.next_phase.data = &run;
    if (options->phases) {
        (void)uv_signal_start(&run.next_phase, press_on_next_phase, SIGUSR1);
    }
    run.timer.data = run.deadline.data = run.progress.data = &run;
    (void)uv_timer_start(&run.progress, press_on_progress, 120000, 0);
    if (!press_open(&run)) {
        return 1;
    }
    (void)uv_run(&run.loop, UV_RUN_DEFAULT);
    return press_print(&run);
}
