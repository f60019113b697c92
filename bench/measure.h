/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run cost, as the difference of two readings: CPU and memory of each process, the kernel's
 * memory, the daemon's counters and stage times. One thread; a reading blocks for some
 * milliseconds, so it is taken before and after the load, never during it.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "console.pb-c.h"
#include "process.h"

#include <stdio.h>

#define MEASURE_PIDS_MAX 8u

struct bench_options;

struct measure
{
    uint64_t mono_us;
    unsigned count;                                      /* this program first */
    struct process_cost processes[MEASURE_PIDS_MAX + 1]; /* with their children */
    uint64_t slab_kib;                                   /* of the whole machine */
    uint64_t sockets_kib;                  /* TCP buffers in use, of the whole machine */
    uint64_t machine_us;                   /* CPU time of the whole machine, idle too */
    uint64_t busy_us;                      /* of that, not idle; steal counts as busy */
    Larwm__Console__ServerFrame *counters; /* NULL: no socket, or no answer */
};

/* Reads all. */
void measure_take(const struct bench_options *options, struct measure *ret);
void measure_free(struct measure *measure);
double measure_seconds(const struct measure *before, const struct measure *after);
/* CPU that none of the known processes used, as a share of the machine's: a run above 0.15 says
 * little. Ticks are hundredths of a second: not for runs under a second. */
double measure_foreign(const struct measure *before, const struct measure *after);
/* How much counter `name` grew; 0 when it is not known. */
uint64_t
measure_counter(const struct measure *before, const struct measure *after, const char *name);
/* Index of the process with this name, or -1. */
int measure_find(const struct measure *measure, const char *name);

/* Tables of processes and stages, or their JSON members ("processes":{...},"stages":{...},
 * "counters":{...}); CPU is divided by `operations` in the table. */
void measure_print_table(FILE *to, const struct measure *before, const struct measure *after,
                         uint64_t operations);
void measure_print_json(FILE *to, const struct measure *before, const struct measure *after,
                        uint64_t operations);

#endif
