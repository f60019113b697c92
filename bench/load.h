/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the simulated units send, and what becomes of it. Open loop: every moment is fixed before
 * the run (Poisson, from the seed); latency counts from the intended moment, also when the unit or
 * this program was late, so a stall is not hidden by what was not sent meanwhile. One thread.
 *
 * A stream is one kind of message from some units. The presses' stream is divided into phases of
 * the run, each with its own rate and its own histograms.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "bench.h"
#include "ticker.h"

#define LOAD_STREAMS_MAX 4u
#define LOAD_PHASES_MAX 4u

enum load_kind
{
    LOAD_PRESS,     /* a panic press: receipt and console delta are timed */
    LOAD_HEARTBEAT, /* answered, nothing else */
    LOAD_CHATTER,   /* doors and sensors: an OPEN_CLOSE of one of 8 zones; its receipt is counted */
    LOAD_FLAP,      /* one zone's intrusion contact, on and off: its receipt is counted */
};

struct load_phase
{
    const char *name; /* "" where there is but one */
    double from_s;    /* of the run */
    double to_s;
    struct histogram receipt;
    struct histogram delta;
};

struct load_event
{
    uint64_t intended_us;
    uint64_t receipt_us; /* 0: not yet */
    bool shown;
    bool sent;
    uint8_t phase; /* presses only */
};

struct load_stream
{
    enum load_kind kind;
    unsigned first_unit; /* which of the fleet */
    unsigned units;
    uint64_t first_sequence;
    struct load_event *events; /* in order of time */
    unsigned count;
    unsigned room;
    unsigned next;
    unsigned not_sent; /* the unit was not connected then */
    unsigned receipts; /* positive */
    unsigned refused;  /* told to try again later */
    unsigned shown;    /* presses seen on the console */
    unsigned answers;  /* heartbeats */
};

struct load
{
    const struct bench_options *options;
    struct bench_fleet *fleet;
    struct ticker ticker;
    uint64_t random;
    uint64_t began_us; /* when the run began; 0: not yet */
    bool watched;      /* a console shows presses */
    bool one_by_one;   /* instead: each when the one before was seen; not from intended times */
    bool ended;
    struct load_stream streams[LOAD_STREAMS_MAX]; /* presses first */
    unsigned stream_count;
    struct load_phase phases[LOAD_PHASES_MAX];
    unsigned phase_count;
    void (*on_settled)(void *data); /* everything is sent, and answered */
    void (*on_sent)(void *data);    /* everything is sent; one by one: each time one was */
    void *data;
};

bool load_init(struct load *load, uv_loop_t *loop, const struct bench_options *options);
/* Adds a stream without events; kind PRESS first. */
struct load_stream *
load_add_stream(struct load *load, enum load_kind kind, unsigned first_unit, unsigned units);
/* Adds moments at `rate` a second to a stream, later than those there. Times from the beginning of
 * the run; false without memory. */
bool load_fill(struct load *load, struct load_stream *stream, double from_s, double to_s,
               double rate, unsigned phase);
/* `count` presses one by one. */
bool load_add_presses(struct load *load, unsigned count);
/* A phase of the presses at `rate`; false without memory. */
bool load_add_phase(struct load *load, const char *name, double from_s, double to_s, double rate);
/* Presses intended from now on belong to a new phase; nothing when there are LOAD_PHASES_MAX. */
void load_next_phase(struct load *load);
void load_begin(struct load *load, struct bench_fleet *fleet);

/* What came back. */
void load_on_receipt(struct load *load, uint64_t sequence, bool durable);
void load_on_heartbeat(struct load *load);
void load_on_incident(struct load *load, const uint64_t *sequences, size_t count);
/* Asks again whether everything is settled, when on_settled was not ready for it. */
void load_check_settled(struct load *load);
/* Signals of all streams that were sent and have no receipt of either kind. */
unsigned load_lost(const struct load *load);
unsigned load_sent_signals(const struct load *load);
void load_end(struct load *load);

uint64_t bench_now_us(void);

#endif
