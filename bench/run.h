/* SPDX-License-Identifier: Apache-2.0 */
/* One run of presses (run.c) and what is said of it (run_report.c). One thread, one libuv loop. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "load.h"
#include "measure.h"
#include "plan.h"

struct console_client;

struct run
{
    const struct bench_options *options;
    struct plan plan;
    uv_loop_t loop;
    uv_timer_t timer;    /* the beginning, then the bounce */
    uv_timer_t deadline; /* for whatever is awaited */
    uv_signal_t next_phase;
    struct load load;
    struct bench_fleet *fleet;
    struct console_client *console;
    bool fleet_ready;
    bool console_ready;
    bool begun;
    bool running; /* measured, and the load runs */
    bool settled;
    bool finished;
    struct measure before;
    struct measure after;
    struct histogram disk;
    uint64_t bounced_us; /* reconnect: when; 0: not yet */
    uint64_t all_back_us;
    unsigned bounced;
    unsigned back;
    unsigned resumed;
    struct histogram returns; /* from the loss to the welcome of each */
};

/* Prints. 0 when nothing is missing: every signal has its receipt, every press was shown, every
 * unit is back. */
int run_report(struct run *run);

#endif
