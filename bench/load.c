/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SEQUENCES_BITS 24u /* of each stream */
#define ZONES 8u

uint64_t
bench_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static double
load_random(struct load *load)
{
    load->random = load->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(load->random >> 11) + 1.0) / 9007199254740994.0;
}

struct load_stream *
load_add_stream(struct load *load, enum load_kind kind, unsigned first_unit, unsigned units)
{
    struct load_stream *stream = &load->streams[load->stream_count];
    *stream = (struct load_stream){.kind = kind, .first_unit = first_unit, .units = units};
    /* far from what units and panels use, so that a signal is known by its number alone */
    stream->first_sequence = (UINT64_C(1) << 44) + ((load->options->seed & 0xFFFFu) << 27) +
                             ((uint64_t)load->stream_count << SEQUENCES_BITS);
    load->stream_count += 1;
    return stream;
}

static bool
load_add_event(struct load_stream *stream, uint64_t intended_us, unsigned phase)
{
    if (stream->count == 1u << SEQUENCES_BITS) {
        return false;
    }
    if (stream->count == stream->room) {
        unsigned room = stream->room == 0 ? 1024 : stream->room * 2;
        struct load_event *grown = realloc(stream->events, room * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        stream->events = grown;
        stream->room = room;
    }
    stream->events[stream->count] =
        (struct load_event){.intended_us = intended_us, .phase = (uint8_t)phase};
    stream->count += 1;
    return true;
}

bool
load_fill(struct load *load, struct load_stream *stream, double from_s, double to_s, double rate,
          unsigned phase)
{
    double at_s = from_s - log(load_random(load)) / rate;
    for (; at_s < to_s; at_s += -log(load_random(load)) / rate) {
        if (!load_add_event(stream, (uint64_t)(at_s * 1e6), phase)) {
            return false;
        }
    }
    return true;
}

bool
load_add_presses(struct load *load, unsigned count)
{
    load->one_by_one = true;
    load->phases[0] = (struct load_phase){.name = ""};
    load->phase_count = 1;
    for (unsigned i = 0; i < count; i++) {
        if (!load_add_event(&load->streams[0], 0, 0)) {
            return false;
        }
    }
    return true;
}

bool
load_add_phase(struct load *load, const char *name, double from_s, double to_s, double rate)
{
    struct load_phase *phase = &load->phases[load->phase_count];
    *phase = (struct load_phase){.name = name, .from_s = from_s, .to_s = to_s};
    load->phase_count += 1;
    return load_fill(load, &load->streams[0], from_s, to_s, rate, load->phase_count - 1);
}

static struct unit_signal
load_signal(const struct load_stream *stream, unsigned index, char zone[16])
{
    struct unit_signal signal = {.sequence = stream->first_sequence + index,
                                 .kind = SIGNAL_PANIC,
                                 .battery_percent = 80,
                                 .zone = ""};
    unsigned turn = index / stream->units;
    if (stream->kind == LOAD_CHATTER) {
        (void)snprintf(zone, 16, "%u", 1 + turn % ZONES);
        signal.kind = SIGNAL_OPEN_CLOSE;
        signal.zone = zone;
        signal.restore = turn / ZONES % 2 == 1;
    } else if (stream->kind == LOAD_FLAP) {
        signal.kind = SIGNAL_INTRUSION;
        signal.zone = "1";
        signal.restore = turn % 2 == 1;
    }
    return signal;
}

static void
load_send(struct load *load, struct load_stream *stream, unsigned index)
{
    struct load_event *event = &stream->events[index];
    unsigned unit = stream->first_unit + index % stream->units;
    char zone[16];
    if (stream->kind == LOAD_HEARTBEAT) {
        event->sent = bench_fleet_heartbeat(load->fleet, unit);
    } else {
        struct unit_signal signal = load_signal(stream, index, zone);
        event->sent = bench_fleet_signal(load->fleet, unit, &signal);
    }
    stream->not_sent += event->sent ? 0 : 1;
}

static bool
load_is_sent(const struct load *load)
{
    for (unsigned i = 0; i < load->stream_count; i++) {
        if (load->streams[i].next < load->streams[i].count) {
            return false;
        }
    }
    return true;
}

static bool
load_is_settled(const struct load *load)
{
    for (unsigned i = 0; i < load->stream_count; i++) {
        const struct load_stream *stream = &load->streams[i];
        if (stream->next < stream->count) {
            return false;
        }
        unsigned owed = stream->count - stream->not_sent - stream->refused;
        if (stream->kind == LOAD_HEARTBEAT) {
            if (stream->answers < owed) {
                return false;
            }
            continue;
        }
        bool shown = stream->kind != LOAD_PRESS || !load->watched || stream->shown >= owed;
        if (stream->receipts < owed || !shown) {
            return false;
        }
    }
    return true;
}

static void
load_send_next(struct load *load)
{
    struct load_stream *stream = &load->streams[0];
    if (stream->next < stream->count) {
        stream->events[stream->next].intended_us = bench_now_us() - load->began_us;
        stream->next += 1;
        load_send(load, stream, stream->next - 1);
        load->on_sent(load->data);
    }
}

/* Everything whose time has come; then the clock for the next. */
static void
load_on_time(void *data)
{
    struct load *load = data;
    uint64_t next_us = UINT64_MAX;
    uint64_t now_us = bench_now_us() - load->began_us;
    if (load->ended) {
        return;
    }
    if (load->one_by_one) {
        load_send_next(load);
        return;
    }
    for (unsigned i = 0; i < load->stream_count; i++) {
        struct load_stream *stream = &load->streams[i];
        while (stream->next < stream->count && stream->events[stream->next].intended_us <= now_us) {
            stream->next += 1;
            load_send(load, stream, stream->next - 1);
        }
        if (stream->next < stream->count && stream->events[stream->next].intended_us < next_us) {
            next_us = stream->events[stream->next].intended_us;
        }
    }
    if (next_us != UINT64_MAX) {
        ticker_set(&load->ticker, load->began_us + next_us);
        return;
    }
    load->on_sent(load->data);
    if (load_is_settled(load)) {
        load->on_settled(load->data);
    }
}

bool
load_init(struct load *load, uv_loop_t *loop, const struct bench_options *options)
{
    *load = (struct load){.options = options, .random = options->seed};
    return ticker_init(loop, &load->ticker, load_on_time, load);
}

void
load_next_phase(struct load *load)
{
    struct load_stream *stream = &load->streams[0];
    uint64_t now_us = bench_now_us();
    if (load->phase_count == LOAD_PHASES_MAX || load->began_us == 0) {
        return;
    }
    now_us = now_us > load->began_us ? now_us - load->began_us : 0;
    load->phases[load->phase_count] = (struct load_phase){.name = ""};
    load->phase_count += 1;
    for (unsigned i = stream->next; i < stream->count; i++) {
        if (load->one_by_one || stream->events[i].intended_us >= now_us) {
            stream->events[i].phase = (uint8_t)(load->phase_count - 1);
        }
    }
}

void
load_begin(struct load *load, struct bench_fleet *fleet)
{
    load->fleet = fleet;
    load->began_us = bench_now_us() + 50000;
    ticker_set(&load->ticker, load->began_us);
}

static struct load_stream *
load_find(struct load *load, uint64_t sequence, unsigned *ret_index)
{
    for (unsigned i = 0; i < load->stream_count; i++) {
        struct load_stream *stream = &load->streams[i];
        uint64_t index = sequence - stream->first_sequence;
        if (index < stream->count && stream->events[index].sent) {
            *ret_index = (unsigned)index;
            return stream;
        }
    }
    return NULL;
}

/* One by one: the newest press was seen everywhere. */
static bool
load_is_newest_seen(const struct load *load)
{
    const struct load_stream *stream = &load->streams[0];
    if (stream->next == 0) {
        return false; /* an incident of somebody else is shown before the first press */
    }
    const struct load_event *event = &stream->events[stream->next - 1];
    return event->receipt_us != 0 && (event->shown || !load->watched);
}

void
load_check_settled(struct load *load)
{
    if (load->one_by_one && !load_is_sent(load) && load_is_newest_seen(load)) {
        ticker_set(&load->ticker, 1); /* from the loop */
    }
    if (!load->ended && load_is_sent(load) && load_is_settled(load)) {
        load->on_settled(load->data);
    }
}

void
load_on_receipt(struct load *load, uint64_t sequence, bool durable)
{
    unsigned index;
    uint64_t now_us = bench_now_us() - load->began_us;
    struct load_stream *stream = load_find(load, sequence, &index);
    if (stream == NULL || stream->events[index].receipt_us != 0) {
        return;
    }
    struct load_event *event = &stream->events[index];
    event->receipt_us = now_us == 0 ? 1 : now_us;
    if (!durable) {
        stream->refused += 1;
    } else {
        stream->receipts += 1;
        if (stream->kind == LOAD_PRESS) {
            histogram_add(&load->phases[event->phase].receipt, now_us - event->intended_us);
        }
    }
    load_check_settled(load);
}

void
load_on_heartbeat(struct load *load)
{
    for (unsigned i = 0; i < load->stream_count; i++) {
        struct load_stream *stream = &load->streams[i];
        if (stream->kind == LOAD_HEARTBEAT) {
            stream->answers += 1;
            if (stream->answers + stream->not_sent >= stream->count) {
                load_check_settled(load);
            }
        }
    }
}

void
load_on_incident(struct load *load, const uint64_t *sequences, size_t count)
{
    struct load_stream *stream = &load->streams[0];
    uint64_t now_us = bench_now_us() - load->began_us;
    for (size_t i = 0; i < count; i++) {
        uint64_t index = sequences[i] - stream->first_sequence;
        if (index >= stream->count || !stream->events[index].sent || stream->events[index].shown) {
            continue;
        }
        struct load_event *event = &stream->events[index];
        event->shown = true;
        stream->shown += 1;
        histogram_add(&load->phases[event->phase].delta, now_us - event->intended_us);
    }
    load_check_settled(load);
}

unsigned
load_sent_signals(const struct load *load)
{
    unsigned sent = 0;
    for (unsigned i = 0; i < load->stream_count; i++) {
        const struct load_stream *stream = &load->streams[i];
        sent += stream->kind == LOAD_HEARTBEAT ? 0 : stream->next - stream->not_sent;
    }
    return sent;
}

unsigned
load_lost(const struct load *load)
{
    unsigned lost = load_sent_signals(load);
    for (unsigned i = 0; i < load->stream_count; i++) {
        lost -= load->streams[i].receipts + load->streams[i].refused;
    }
    return lost;
}

void
load_end(struct load *load)
{
    load->ended = true;
    ticker_close(&load->ticker);
}
