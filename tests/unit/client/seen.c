/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
on_limit(uv_timer_t *timer)
{
    (void)timer;
    cr_assert_fail("the limit of the test passed");
}

static void
seen_on_up(void *data, const Larwm__Console__Welcome *welcome)
{
    struct seen *seen = data;
    seen->ups += 1;
    seen->resumed += welcome->resumed ? 1 : 0;
}

void
seen_on_down(void *data, enum error error, const char *reason)
{
    struct seen *seen = data;
    seen->downs += 1;
    seen->down_error = error;
    (void)snprintf(seen->down_reason, sizeof seen->down_reason, "%s", reason);
}

static void
seen_on_begin(void *data)
{
    struct seen *seen = data;
    seen->begins += 1;
    memset(seen->open, 0, sizeof seen->open);
}

void
seen_on_end(void *data)
{
    ((struct seen *)data)->ends += 1;
}

static void
seen_on_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct seen *seen = data;
    seen->incidents += 1;
    cr_assert(incident->id < INCIDENTS);
    seen->open[incident->id] = incident->state != LARWM__INCIDENT_STATE__INCIDENT_CLOSED;
}

static void
on_tick(void *data, const Larwm__Console__Tick *tick)
{
    (void)tick;
    ((struct seen *)data)->ticks += 1;
}

static void
on_result(void *data, const Larwm__Console__Result *result)
{
    struct seen *seen = data;
    seen->results += 1;
    seen->result_ref = result->ref;
}

static void
on_frame(void *data, const struct console_frame *frame)
{
    struct seen *seen = data;
    seen->frames += 1;
    cr_expect_eq(frame->stream, console_client_stream(seen->client));
    Larwm__Console__ServerFrame *whole =
        larwm__console__server_frame__unpack(NULL, frame->size, frame->bytes);
    cr_assert_not_null(whole);
    cr_expect_eq(whole->body_case, frame->kind);
    larwm__console__server_frame__free_unpacked(whole, NULL);
}

void
seen_on_closed(void *data)
{
    ((struct seen *)data)->closed = true;
}

struct seen *
open_client(struct fixture *fixture, bool once, bool raw_only, uint64_t stream, uint64_t after)
{
    struct seen *seen = calloc(1, sizeof *seen);
    cr_assert_eq(uv_loop_init(&seen->loop), 0);
    cr_assert_eq(uv_timer_init(&seen->loop, &seen->limit), 0);
    cr_assert_eq(uv_timer_start(&seen->limit, on_limit, FIXTURE_LIMIT_MS, 0), 0);
    struct console_client_options options = {
        .socket_path = fixture->socket,
        .user = "carys",
        .role = LARWM__ROLE__ROLE_OPERATOR,
        .name = "test",
        .watch = true,
        .once = once,
        .stream = stream,
        .after = after,
        .callbacks = {.on_up = seen_on_up, .on_down = seen_on_down, .on_frame = on_frame},
        .data = seen,
    };
    if (!raw_only) {
        options.callbacks.on_snapshot_begin = seen_on_begin;
        options.callbacks.on_snapshot_end = seen_on_end;
        options.callbacks.on_incident = seen_on_incident;
        options.callbacks.on_tick = on_tick;
        options.callbacks.on_result = on_result;
    }
    cr_assert_eq(console_client_open(&seen->loop, &options, &seen->client), ERROR_NONE);
    return seen;
}

/* Turns the loop until `count` reaches `wanted`. */
void
run_until(struct seen *seen, const unsigned *count, unsigned wanted)
{
    while (*count < wanted) {
        (void)uv_run(&seen->loop, UV_RUN_ONCE);
    }
    cr_expect_eq(*count, wanted);
}

void
end_client(struct seen *seen)
{
    if (seen->client != NULL) {
        console_client_close(seen->client, seen_on_closed, seen);
    }
    uv_close((uv_handle_t *)&seen->limit, NULL);
    (void)uv_run(&seen->loop, UV_RUN_DEFAULT);
    cr_expect(seen->closed);
    cr_expect_eq(uv_loop_close(&seen->loop), 0, "a handle was left open");
    free(seen);
}
