/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-bench: what the scenarios share. One thread, one libuv loop.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "histogram.h"
#include "larwm/unit_client.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

struct bench_options
{
    const char *host;   /* 127.0.0.1 */
    unsigned port;      /* of the native listener */
    const char *pki;    /* directory as deploy/pki makes it */
    const char *units;  /* names with certificates in pki/units, separated by commas or spaces */
    unsigned generated; /* further units, with certificates made here by pki's device CA: the
                           registry does not know them */
    const char *socket; /* of the console; NULL: no console is watched */
    const char *journal_dir; /* where the disk is measured; NULL: not */
    double rate;             /* presses a second, open loop */
    unsigned seconds;        /* of measuring */
    unsigned one_by_one;     /* presses, each after the one before was seen; 0: open loop */
    unsigned heartbeat_s;    /* 0: as the centre asks */
    unsigned sources;        /* loopback addresses 127.0.0.1 .. to come from */
    unsigned long long seed;
    bool json;
    bool phases; /* SIGUSR1 begins a new phase, with rows of its own (press) */
};

/* fleet.c: units that stay connected, heartbeat, and come back when they lose the connection. */
struct bench_fleet;
struct bench_fleet_callbacks
{
    void (*on_all_ready)(void *data); /* once */
    void (*on_receipt)(void *data, uint64_t sequence, bool durable);
    void *data;
};
/* NULL with a line on stderr when a certificate cannot be used. */
struct bench_fleet *bench_fleet_start(uv_loop_t *loop, const struct bench_options *options,
                                      const struct bench_fleet_callbacks *callbacks);
unsigned bench_fleet_size(const struct bench_fleet *fleet);
unsigned bench_fleet_ready(const struct bench_fleet *fleet);
/* A panic press of unit `index`; false when it is not connected. */
bool bench_fleet_press(struct bench_fleet *fleet, unsigned index, uint64_t sequence);
void bench_fleet_stop(struct bench_fleet *fleet);

/* press.c and run.c: each returns the exit code. */
int bench_run_press(const struct bench_options *options);
int bench_run_fleet(const struct bench_options *options);

/* disk.c: append of 512 bytes and fdatasync on a preallocated file in `directory`, `rounds` times.
 */
bool bench_disk(const char *directory, unsigned rounds, struct histogram *ret);

/* report.c: what a scenario prints, as a table or as one JSON object. */
struct bench_row
{
    const char *name;
    const struct histogram *histogram;
};

/* For programs that compare runs: in JSON only, people read the facts. */
struct bench_figure
{
    const char *name;
    double value;
};

struct bench_report
{
    const char *scenario;
    const struct bench_row *rows;
    unsigned row_count;
    const char *const *facts; /* sentences; our own texts: nothing in them needs escaping */
    unsigned fact_count;
    const struct bench_figure *figures;
    unsigned figure_count;
};

void bench_report_print(FILE *to, bool json, const struct bench_report *report);

#endif
