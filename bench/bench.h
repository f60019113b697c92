/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-bench: what the scenarios share. One thread, one libuv loop.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "histogram.h"
#include "larwm/unit_client.h"
#include "measure.h"

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
    unsigned generated; /* further units, with certificates of pki's device CA */
    const char *bundle; /* file of them, made by enrol; NULL: made for the run, not registered */
    const char *socket; /* of the console and the counters; NULL: neither */
    bool watch;         /* a console follows: press to delta is timed */
    const char *journal_dir; /* where the disk is measured; NULL: not */
    double rate;             /* presses a second, open loop */
    double step;             /* storm: times the rate */
    double heartbeats;       /* noise: a second, all units together */
    double chatter;          /* noise: door and sensor signals a second */
    unsigned flapping;    /* noise, flap: units with a flapping zone, ten changes a second each */
    unsigned pressing;    /* the first units press; 0: as the scenario likes */
    unsigned seconds;     /* of measuring */
    unsigned one_by_one;  /* presses, each after the one before was seen; 0: open loop */
    unsigned heartbeat_s; /* of each unit by itself; 0: as the centre asks */
    unsigned sources;     /* loopback addresses 127.0.0.1 .. to come from */
    unsigned window;      /* connections being made at once, at the start */
    bool full;            /* no tickets: every handshake is a full one */
    bool spread;          /* reconnect, idle: units return as the centre asks, not all at once */
    unsigned long long seed;
    int pids[MEASURE_PIDS_MAX]; /* processes to measure, with their children */
    unsigned pid_count;
    const char *histogram; /* file for value,count lines; NULL: none */
    bool json;
    bool phases; /* SIGUSR1 begins a new phase, with rows of its own (press) */
};

/* options.c: fills options from the command line after the scenario's name. 0: go on; else the exit
 * code is *ret_code. */
bool bench_read_options(int count, char **arguments, struct bench_options *ret, int *ret_code);

/* fleet.c: units that stay connected, heartbeat, and come back when they lose the connection. */
struct bench_fleet;
struct bench_fleet_callbacks
{
    void (*on_all_ready)(void *data);                           /* once */
    void (*on_ready)(void *data, unsigned index, bool resumed); /* each time one is welcome */
    void (*on_receipt)(void *data, uint64_t sequence, bool durable);
    void (*on_heartbeat)(void *data); /* answered */
    void *data;
};
/* NULL with a line on stderr when a certificate cannot be used. */
struct bench_fleet *bench_fleet_start(uv_loop_t *loop, const struct bench_options *options,
                                      const struct bench_fleet_callbacks *callbacks);
unsigned bench_fleet_size(const struct bench_fleet *fleet);
unsigned bench_fleet_ready(const struct bench_fleet *fleet);
/* From unit `index`; false when it is not connected. */
bool
bench_fleet_signal(struct bench_fleet *fleet, unsigned index, const struct unit_signal *signal);
bool bench_fleet_heartbeat(struct bench_fleet *fleet, unsigned index);
/* Units `first` and all after it lose their connection, as by a lost network, and come back at
 * once, all together; with `spread` each when the centre asked it to. Returns how many. */
unsigned bench_fleet_bounce(struct bench_fleet *fleet, unsigned first);
void bench_fleet_stop(struct bench_fleet *fleet);

/* Each returns the exit code. */
int bench_run_press(const struct bench_options *options);                      /* one by one */
int bench_run_load(const struct bench_options *options, const char *scenario); /* run.c */
int bench_run_idle(const struct bench_options *options);
int bench_run_fleet(const struct bench_options *options);
int bench_run_wheel(const struct bench_options *options);

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

#define BENCH_FACTS_MAX 24u
#define BENCH_FACT_SIZE 200u
#define BENCH_FIGURES_MAX 48u
#define BENCH_ROWS_MAX 12u

struct bench_report
{
    const char *scenario;
    const struct bench_row *rows;
    unsigned row_count;
    const char *const *facts; /* sentences; our own texts: nothing in them needs escaping */
    unsigned fact_count;
    const struct bench_figure *figures;
    unsigned figure_count;
    const struct measure *before; /* NULL: not measured */
    const struct measure *after;
    uint64_t operations; /* what CPU is divided by */
};

void bench_report_print(FILE *to, bool json, const struct bench_report *report);
/* "# name" and value,count lines of each row, values in microseconds. False with a line on stderr.
 */
bool bench_report_histograms(const char *path, const struct bench_report *report);

/* A report put together bit by bit. */
struct bench_notes
{
    char facts[BENCH_FACTS_MAX][BENCH_FACT_SIZE];
    const char *pointers[BENCH_FACTS_MAX];
    unsigned fact_count;
    struct bench_figure figures[BENCH_FIGURES_MAX];
    unsigned figure_count;
    char row_names[BENCH_ROWS_MAX][64];
    struct bench_row rows[BENCH_ROWS_MAX];
    unsigned row_count;
};

void bench_note_fact(struct bench_notes *notes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void bench_note_figure(struct bench_notes *notes, const char *name, double value);
void bench_note_row(struct bench_notes *notes, const struct histogram *histogram,
                    const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Prints, and writes the histograms where asked. */
void bench_notes_print(const struct bench_options *options, const char *scenario,
                       struct bench_notes *notes, const struct measure *before,
                       const struct measure *after, uint64_t operations);

#endif
