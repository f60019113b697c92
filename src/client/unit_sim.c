/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. connect -> welcome -> what the mode says -> end with the first answer, or go on.
 *
 * Failures. Each prints a line and becomes the exit code. With run, and session --stay, the unit
 * connects again by itself, when unit_client_wait_ms says; with --stay it then sends again the
 * presses that have no DURABLE receipt.
 *
 * On close. The client, then the timers and stdin; the loop ends when nothing is left.
 */
#include "client/unit_sim.h"

#include "base/clock.h"
#include "base/require.h"
#include "client/unit_held.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define UNIT_SIM_MAGIC 0x53494D55u
#define LINE_MAX_SIZE 512
#define RECONNECT_MS 1000

struct unit_sim
{
    uint32_t magic;
    struct unit_sim_options options;
    uv_loop_t loop;
    struct unit_client *client; /* NULL between connections */
    uv_timer_t limit;           /* the time-out of press and heartbeat */
    uv_timer_t beat;            /* heartbeats, and reconnecting */
    uv_pipe_t input;
    bool has_input;
    bool input_ended;
    bool ending;
    bool welcomed;         /* this connection */
    uint32_t spread_ms;    /* of the last welcome */
    struct unit_held held; /* with --stay */
    unsigned waiting;      /* answers not here yet */
    uint64_t sent_us;
    uint64_t sequence;
    char line[LINE_MAX_SIZE];
    size_t line_size;
    char input_buffer[LINE_MAX_SIZE];
    int exit_code;
};

static void unit_sim_connect(struct unit_sim *sim);
static void unit_sim_on_beat(uv_timer_t *timer);
static void unit_sim_open_input(struct unit_sim *sim);

bool
unit_sim_parse_kind(const char *word, enum signal_kind *ret_kind)
{
    for (int kind = SIGNAL_UNKNOWN; kind <= SIGNAL_CREDENTIAL_FAULT; kind++) {
        if (strcasecmp(word, signal_kind_text(kind)) == 0) {
            *ret_kind = (enum signal_kind)kind;
            return true;
        }
    }
    return false;
}

static void
unit_sim_close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void
unit_sim_end(struct unit_sim *sim, int exit_code)
{
    if (sim->ending) {
        return;
    }
    sim->ending = true;
    sim->exit_code = exit_code;
    unit_sim_close_handle((uv_handle_t *)&sim->limit);
    unit_sim_close_handle((uv_handle_t *)&sim->beat);
    if (sim->has_input) {
        unit_sim_close_handle((uv_handle_t *)&sim->input);
    }
    if (sim->client != NULL) {
        unit_client_close(sim->client);
    }
}

/* Sending. */

static void
unit_sim_press(struct unit_sim *sim, uint64_t sequence, enum signal_kind kind)
{
    struct unit_signal signal = sim->options.signal;
    signal.sequence = sequence;
    signal.kind = kind;
    if (signal.position.source != POSITION_NONE) {
        signal.position.fix_time_us = clock_wall_us() - (int64_t)sim->options.fix_age_s * US_PER_S;
    }
    sim->sent_us = clock_mono_us();
    if (sim->options.stay && !unit_held_add(&sim->held, sequence, kind)) {
        printf("{\"event\":\"not_held\",\"sequence\":%" PRIu64 "}\n", sequence);
    }
    if (sim->client != NULL && unit_client_signal(sim->client, &signal)) {
        sim->waiting += 1;
        printf("{\"event\":\"sent\",\"sequence\":%" PRIu64 ",\"kind\":\"%s\"}\n", sequence,
               signal_kind_text((int)kind));
    } else {
        printf("{\"event\":\"not_sent\",\"sequence\":%" PRIu64 "}\n", sequence);
        if (sim->options.stay && sim->client == NULL && sim->welcomed) {
            /* it waits for its turn: no longer */
            (void)uv_timer_start(&sim->beat, unit_sim_on_beat, 0, 0);
        }
    }
}

static void
unit_sim_heartbeat(struct unit_sim *sim)
{
    if (sim->client != NULL &&
        unit_client_heartbeat(sim->client, sim->options.signal.battery_percent, NULL)) {
        sim->waiting += 1;
        sim->sent_us = clock_mono_us();
    }
}

static void
unit_sim_on_beat(uv_timer_t *timer)
{
    struct unit_sim *sim = checked_cast(timer->data, struct unit_sim, UNIT_SIM_MAGIC);
    if (sim->client == NULL) {
        unit_sim_connect(sim);
    } else {
        unit_sim_heartbeat(sim);
    }
}

static void
unit_sim_on_limit(uv_timer_t *timer)
{
    struct unit_sim *sim = checked_cast(timer->data, struct unit_sim, UNIT_SIM_MAGIC);
    printf("{\"event\":\"timeout\"}\n");
    unit_sim_end(sim, UNIT_EXIT_NO_ANSWER);
}

/* Answers. */

static void
unit_sim_on_ready(struct unit_client *client, const struct unit_welcome *welcome, void *data)
{
    struct unit_sim *sim = checked_cast(data, struct unit_sim, UNIT_SIM_MAGIC);
    sim->welcomed = true;
    sim->spread_ms = welcome->reconnect_spread_ms;
    printf("{\"event\":\"welcome\",\"known\":%s,\"heartbeat_s\":%" PRIu32 "}\n",
           welcome->known ? "true" : "false", welcome->heartbeat_interval_s);
    uint32_t interval_s =
        sim->options.interval_s != 0 ? sim->options.interval_s : welcome->heartbeat_interval_s;
    switch (sim->options.mode) {
        case UNIT_SIM_RUN:
            (void)uv_timer_start(&sim->beat, unit_sim_on_beat, 0, (uint64_t)interval_s * 1000);
            return;
        case UNIT_SIM_HEARTBEAT:
            unit_sim_heartbeat(sim);
            return;
        case UNIT_SIM_PRESS:
        case UNIT_SIM_SESSION:
        default:
            return;
    }
}

static void
unit_sim_on_connected(struct unit_client *client, void *data)
{
    struct unit_sim *sim = checked_cast(data, struct unit_sim, UNIT_SIM_MAGIC);
    printf("{\"event\":\"connected\",\"resumed\":%s}\n",
           unit_client_resumed(client) ? "true" : "false");
    if (sim->options.mode == UNIT_SIM_PRESS) {
        /* A press waits for nothing, not even the welcome. */
        unit_sim_press(sim, sim->options.signal.sequence, sim->options.signal.kind);
        if (sim->options.no_wait) {
            unit_sim_end(sim, UNIT_EXIT_OK);
        }
    } else if (sim->options.mode == UNIT_SIM_SESSION && !sim->has_input) {
        unit_sim_open_input(sim); /* commands wait in the pipe until they can be sent */
    }
    for (unsigned i = 0; i < sim->held.count; i++) {
        unit_sim_press(sim, sim->held.presses[i].sequence, sim->held.presses[i].kind);
    }
}

/* Standard input has ended: so does the unit, once nothing is owed to it. */
static void
unit_sim_end_with_input(struct unit_sim *sim)
{
    if (sim->input_ended && sim->waiting == 0 && sim->held.count == 0) {
        unit_sim_end(sim, UNIT_EXIT_OK);
    }
}

static void
unit_sim_answered(struct unit_sim *sim)
{
    sim->waiting -= sim->waiting > 0 ? 1 : 0;
    unit_sim_end_with_input(sim);
}

static void
unit_sim_on_receipt(struct unit_client *client, const struct unit_receipt *receipt, void *data)
{
    struct unit_sim *sim = checked_cast(data, struct unit_sim, UNIT_SIM_MAGIC);
    bool durable = receipt->status == UNIT_RECEIPT_DURABLE;
    if (durable) {
        unit_held_remove(&sim->held, receipt->sequence);
    }
    if (sim->options.drop_receipt) {
        printf("{\"event\":\"receipt_dropped\",\"sequence\":%" PRIu64 "}\n", receipt->sequence);
    } else {
        printf("{\"event\":\"receipt\",\"sequence\":%" PRIu64
               ",\"status\":\"%s\",\"silent\":%s,\"back_off_ms\":%" PRIu32 ",\"us\":%" PRIu64 "}\n",
               receipt->sequence, durable ? "DURABLE" : "RETRY", receipt->silent ? "true" : "false",
               receipt->back_off_ms, clock_mono_us() - sim->sent_us);
    }
    if (sim->options.mode == UNIT_SIM_PRESS) {
        unit_sim_end(sim, durable ? UNIT_EXIT_OK : UNIT_EXIT_RETRY);
    } else {
        unit_sim_answered(sim);
    }
}

static void
unit_sim_on_heartbeat(struct unit_client *client, int64_t server_time_us, uint32_t back_off_ms,
                      void *data)
{
    struct unit_sim *sim = checked_cast(data, struct unit_sim, UNIT_SIM_MAGIC);
    printf("{\"event\":\"heartbeat\",\"server_time_us\":%" PRId64 ",\"us\":%" PRIu64 "}\n",
           server_time_us, clock_mono_us() - sim->sent_us);
    if (sim->options.mode == UNIT_SIM_HEARTBEAT) {
        unit_sim_end(sim, UNIT_EXIT_OK);
    } else {
        unit_sim_answered(sim);
    }
}

static int
unit_sim_exit_for(enum unit_closed reason)
{
    switch (reason) {
        case UNIT_CLOSED_CONNECT:
            return UNIT_EXIT_NO_CONNECT;
        case UNIT_CLOSED_REFUSED:
        case UNIT_CLOSED_HANDSHAKE:
            return UNIT_EXIT_REFUSED;
        case UNIT_CLOSED_BY_CALLER:
            return UNIT_EXIT_OK;
        case UNIT_CLOSED_BY_PEER:
        case UNIT_CLOSED_IO:
        case UNIT_CLOSED_MALFORMED:
        default:
            return UNIT_EXIT_FAILED;
    }
}

/* The connection is gone: when does it come back? */
static void
unit_sim_return(struct unit_sim *sim)
{
    struct unit_ending ending = {.welcomed = sim->welcomed,
                                 .holding = sim->held.count > 0,
                                 .spread_ms = sim->spread_ms,
                                 .retry_ms = RECONNECT_MS};
    if (getrandom(&ending.random, sizeof ending.random, 0) != (ssize_t)sizeof ending.random) {
        ending.random = clock_mono_us();
    }
    uint32_t wait_ms = unit_client_wait_ms(&ending);
    printf("{\"event\":\"waiting\",\"ms\":%" PRIu32 "}\n", wait_ms);
    uv_update_time(&sim->loop);
    (void)uv_timer_start(&sim->beat, unit_sim_on_beat, wait_ms, 0);
}

static void
unit_sim_on_closed(struct unit_client *client, enum unit_closed reason, const char *detail,
                   void *data)
{
    static const char *const words[] = {"closed",    "peer", "refused",  "connect",
                                        "handshake", "io",   "malformed"};
    struct unit_sim *sim = checked_cast(data, struct unit_sim, UNIT_SIM_MAGIC);
    sim->client = NULL;
    sim->waiting = 0;
    printf("{\"event\":\"closed\",\"reason\":\"%s\",\"detail\":\"%s\"}\n", words[reason], detail);
    if (sim->ending) {
        return;
    }
    bool stays =
        sim->options.mode == UNIT_SIM_RUN || (sim->options.mode == UNIT_SIM_SESSION &&
                                              sim->options.stay && reason != UNIT_CLOSED_BY_CALLER);
    if (stays && reason != UNIT_CLOSED_REFUSED) {
        unit_sim_return(sim);
    } else if (sim->options.mode != UNIT_SIM_SESSION || reason != UNIT_CLOSED_BY_CALLER) {
        unit_sim_end(sim, unit_sim_exit_for(reason));
    }
}

static const struct unit_client_callbacks unit_sim_callbacks = {
    .on_connected = unit_sim_on_connected,
    .on_ready = unit_sim_on_ready,
    .on_receipt = unit_sim_on_receipt,
    .on_heartbeat = unit_sim_on_heartbeat,
    .on_closed = unit_sim_on_closed,
};

static void
unit_sim_connect(struct unit_sim *sim)
{
    struct unit_client_options options = sim->options.client;
    options.callbacks = &unit_sim_callbacks;
    options.data = sim;
    sim->welcomed = false;
    (void)uv_timer_stop(&sim->beat);
    sim->client = unit_client_connect(&sim->loop, &options);
    if (sim->client == NULL) {
        printf("{\"event\":\"closed\",\"reason\":\"connect\",\"detail\":\"address\"}\n");
        unit_sim_end(sim, UNIT_EXIT_NO_CONNECT);
    }
}

/* Commands from stdin: press [N] [KIND], heartbeat, drop, connect, quit. */

static void
unit_sim_command_press(struct unit_sim *sim, char *arguments)
{
    char *save = NULL;
    const char *number = strtok_r(arguments, " \t\r", &save);
    const char *word = strtok_r(NULL, " \t\r", &save);
    enum signal_kind kind = sim->options.signal.kind;
    if (word != NULL && !unit_sim_parse_kind(word, &kind)) {
        printf("{\"event\":\"bad_command\"}\n");
        return;
    }
    sim->sequence = number != NULL ? strtoull(number, NULL, 10) : sim->sequence + 1;
    unit_sim_press(sim, sim->sequence, kind);
}

static void
unit_sim_command(struct unit_sim *sim, char *line)
{
    char *save = NULL;
    const char *word = strtok_r(line, " \t\r", &save);
    if (word == NULL) {
        return;
    }
    if (strcmp(word, "press") == 0) {
        unit_sim_command_press(sim, save);
    } else if (strcmp(word, "heartbeat") == 0) {
        unit_sim_heartbeat(sim);
    } else if (strcmp(word, "drop") == 0 && sim->client != NULL) {
        unit_client_abort(sim->client);
    } else if (strcmp(word, "connect") == 0 && sim->client == NULL) {
        unit_sim_connect(sim);
    } else if (strcmp(word, "quit") == 0) {
        unit_sim_end(sim, UNIT_EXIT_OK);
    } else {
        printf("{\"event\":\"bad_command\"}\n");
    }
}

static void
unit_sim_take_input(struct unit_sim *sim, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size && !sim->ending; i++) {
        if (bytes[i] == '\n') {
            sim->line[sim->line_size] = '\0';
            sim->line_size = 0;
            unit_sim_command(sim, sim->line);
        } else if (sim->line_size + 1 < sizeof sim->line) {
            sim->line[sim->line_size] = bytes[i];
            sim->line_size += 1;
        }
    }
}

static void
unit_sim_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    struct unit_sim *sim = checked_cast(handle->data, struct unit_sim, UNIT_SIM_MAGIC);
    *ret_buffer = uv_buf_init(sim->input_buffer, sizeof sim->input_buffer);
}

static void
unit_sim_on_input(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer)
{
    struct unit_sim *sim = checked_cast(handle->data, struct unit_sim, UNIT_SIM_MAGIC);
    if (size > 0) {
        unit_sim_take_input(sim, buffer->base, (size_t)size);
    } else if (size < 0) {
        (void)uv_read_stop(handle);
        sim->input_ended = true;
        unit_sim_end_with_input(sim);
    }
}

static void
unit_sim_open_input(struct unit_sim *sim)
{
    (void)uv_pipe_init(&sim->loop, &sim->input, 0);
    sim->input.data = sim;
    sim->has_input = true;
    if (uv_pipe_open(&sim->input, 0) != 0 ||
        uv_read_start((uv_stream_t *)&sim->input, unit_sim_on_alloc, unit_sim_on_input) != 0) {
        fprintf(stderr, "larwm-unit: session mode needs a pipe as its standard input\n");
        unit_sim_end(sim, UNIT_EXIT_USAGE);
    }
}

int
unit_sim_run(const struct unit_sim_options *options)
{
    struct unit_sim sim = {.magic = UNIT_SIM_MAGIC, .options = *options};
    int status = uv_loop_init(&sim.loop);
    require(status == 0);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)uv_timer_init(&sim.loop, &sim.limit);
    (void)uv_timer_init(&sim.loop, &sim.beat);
    sim.limit.data = &sim;
    sim.beat.data = &sim;
    if (options->mode == UNIT_SIM_PRESS || options->mode == UNIT_SIM_HEARTBEAT) {
        (void)uv_timer_start(&sim.limit, unit_sim_on_limit, options->timeout_ms, 0);
    }
    unit_sim_connect(&sim);
    (void)uv_run(&sim.loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&sim.loop);
    return sim.exit_code;
}
