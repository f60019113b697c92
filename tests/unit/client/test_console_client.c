/* SPDX-License-Identifier: Apache-2.0 */
#include "client/console_client.h"
#include "fixture.h"
#include "larwm/limits.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INCIDENTS 64

/* A client and everything its callbacks said. */
struct seen
{
    uv_loop_t loop;
    uv_timer_t limit;
    struct console_client *client;
    unsigned ups;
    unsigned resumed;
    unsigned downs;
    enum error down_error;
    char down_reason[200];
    unsigned begins;
    unsigned ends;
    unsigned frames;
    unsigned ticks;
    unsigned results;
    uint64_t result_ref;
    bool open[INCIDENTS];
    unsigned incidents;
    bool closed;
};

static void
on_limit(uv_timer_t *timer)
{
    (void)timer;
    cr_assert_fail("the limit of the test passed");
}

static void
on_up(void *data, const Larwm__Console__Welcome *welcome)
{
    struct seen *seen = data;
    seen->ups += 1;
    seen->resumed += welcome->resumed ? 1 : 0;
}

static void
on_down(void *data, enum error error, const char *reason)
{
    struct seen *seen = data;
    seen->downs += 1;
    seen->down_error = error;
    (void)snprintf(seen->down_reason, sizeof seen->down_reason, "%s", reason);
}

static void
on_begin(void *data)
{
    struct seen *seen = data;
    seen->begins += 1;
    memset(seen->open, 0, sizeof seen->open);
}

static void
on_end(void *data)
{
    ((struct seen *)data)->ends += 1;
}

static void
on_incident(void *data, const Larwm__Console__Incident *incident)
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

static void
on_closed(void *data)
{
    ((struct seen *)data)->closed = true;
}

static struct seen *
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
        .callbacks = {.on_up = on_up, .on_down = on_down, .on_frame = on_frame},
        .data = seen,
    };
    if (!raw_only) {
        options.callbacks.on_snapshot_begin = on_begin;
        options.callbacks.on_snapshot_end = on_end;
        options.callbacks.on_incident = on_incident;
        options.callbacks.on_tick = on_tick;
        options.callbacks.on_result = on_result;
    }
    cr_assert_eq(console_client_open(&seen->loop, &options, &seen->client), ERROR_NONE);
    return seen;
}

/* Turns the loop until `count` reaches `wanted`. */
static void
run_until(struct seen *seen, const unsigned *count, unsigned wanted)
{
    while (*count < wanted) {
        (void)uv_run(&seen->loop, UV_RUN_ONCE);
    }
    cr_expect_eq(*count, wanted);
}

static void
end_client(struct seen *seen)
{
    if (seen->client != NULL) {
        console_client_close(seen->client, on_closed, seen);
    }
    uv_close((uv_handle_t *)&seen->limit, NULL);
    (void)uv_run(&seen->loop, UV_RUN_DEFAULT);
    cr_expect(seen->closed);
    cr_expect_eq(uv_loop_close(&seen->loop), 0, "a handle was left open");
    free(seen);
}

Test(console_client, snapshot_deltas_and_ticks_come_in_order)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, 1, 10, true);
    fixture_incident(&fixture, 2, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    run_until(seen, &seen->ends, 1);
    cr_expect(seen->ups == 1 && seen->begins == 1 && seen->incidents == 2);
    cr_expect(seen->open[1] && seen->open[2]);
    fixture_incident(&fixture, 2, 10, false);
    fixture_incident(&fixture, 3, 10, true);
    fixture_tick(&fixture, 1);
    run_until(seen, &seen->ticks, 1);
    cr_expect(seen->open[1] && !seen->open[2] && seen->open[3]);
    cr_expect_eq(console_client_sequence(seen->client), 2);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, an_action_is_sent_and_its_result_comes_back_with_the_ref)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    cr_expect_eq(console_client_send_action(seen->client, 77, &action), ERROR_CLOSED,
                 "not before it is up");
    run_until(seen, &seen->ends, 1);
    cr_assert_eq(console_client_send_action(seen->client, 77, &action), ERROR_NONE);
    (void)uv_run(&seen->loop, UV_RUN_NOWAIT);
    struct flow_entry *entry = fixture_entry(&fixture, true);
    uint64_t handle = entry->handle;
    fixture_ticket(&fixture, entry, ERROR_NONE);
    fixture_result(&fixture, handle, 77, true);
    run_until(seen, &seen->results, 1);
    cr_expect_eq(seen->result_ref, 77);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, a_restarted_daemon_is_found_again_and_gives_a_new_snapshot)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, 1, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    run_until(seen, &seen->ends, 1);
    fixture_restart(&fixture);
    fixture_incident(&fixture, 2, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    run_until(seen, &seen->ends, 2);
    cr_expect_eq(seen->resumed, 0);
    cr_expect(!seen->open[1] && seen->open[2]);
    cr_expect_geq(seen->downs, 1);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, a_daemon_that_is_not_there_yet_is_tried_again)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    (void)snprintf(fixture.socket, sizeof fixture.socket, "%s/later", fixture.directory);
    struct seen *seen = open_client(&fixture, false, false, 0, 0);
    run_until(seen, &seen->downs, 2);
    cr_expect_eq(seen->down_error, ERROR_NOT_FOUND);
    cr_expect_eq(seen->ups, 0);
    fixture_restart(&fixture);
    fixture_kind(&fixture, DELTA_READY);
    run_until(seen, &seen->ups, 1);
    end_client(seen);
    fixture_stop(&fixture);
}

/* A server that says exactly what the test wants. */
static int
listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 8), 0);
    return fd;
}

static void
say(int fd, const Larwm__Console__ServerFrame *frame)
{
    uint8_t bytes[1024] = {0};
    size_t size = larwm__console__server_frame__pack(frame, bytes + 4);
    bytes[2] = (uint8_t)(size >> 8);
    bytes[3] = (uint8_t)size;
    fixture_write(fd, bytes, size + 4);
}

static void
say_welcome(int fd, uint64_t sequence, bool resumed)
{
    Larwm__Console__Welcome welcome = LARWM__CONSOLE__WELCOME__INIT;
    welcome.stream = 5;
    welcome.sequence = sequence;
    welcome.resumed = resumed;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME;
    frame.welcome = &welcome;
    say(fd, &frame);
}

static void
say_snapshot(int fd, uint64_t sequence)
{
    Larwm__Console__Snapshot snapshot = LARWM__CONSOLE__SNAPSHOT__INIT;
    snapshot.sequence = sequence;
    snapshot.last = true;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT;
    frame.snapshot = &snapshot;
    say(fd, &frame);
}

static void
say_delta(int fd, uint64_t sequence)
{
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    incident.id = sequence;
    Larwm__Console__Delta delta = LARWM__CONSOLE__DELTA__INIT;
    delta.sequence = sequence;
    delta.body_case = LARWM__CONSOLE__DELTA__BODY_INCIDENT;
    delta.incident = &incident;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA;
    frame.delta = &delta;
    say(fd, &frame);
}

static void
say_tick(int fd, uint64_t sequence)
{
    Larwm__Console__Tick tick = LARWM__CONSOLE__TICK__INIT;
    tick.sequence = sequence;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_TICK;
    frame.tick = &tick;
    say(fd, &frame);
}

/* The Hello of the next connection; the loop is turned until it has been sent. */
static int
accept_hello(struct seen *seen, int listener, uint64_t *ret_stream, uint64_t *ret_after)
{
    int fd = -1;
    struct pollfd poll_for = {.fd = listener, .events = POLLIN};
    while (poll(&poll_for, 1, 0) == 0) {
        (void)uv_run(&seen->loop, UV_RUN_ONCE);
    }
    fd = accept(listener, NULL, NULL);
    cr_assert(fd >= 0);
    poll_for.fd = fd;
    while (poll(&poll_for, 1, 0) == 0) {
        (void)uv_run(&seen->loop, UV_RUN_ONCE);
    }
    uint8_t bytes[1024];
    size_t size = fixture_read(fd, bytes, sizeof bytes);
    cr_assert(size > 4);
    Larwm__Console__ClientFrame *frame =
        larwm__console__client_frame__unpack(NULL, size - 4, bytes + 4);
    cr_assert_not_null(frame);
    cr_assert_eq(frame->body_case, LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO);
    *ret_stream = frame->hello->stream;
    *ret_after = frame->hello->after;
    larwm__console__client_frame__free_unpacked(frame, NULL);
    return fd;
}

struct stage
{
    struct fixture fixture; /* only its paths are used */
    int listener;
};

static void
start_stage(struct stage *stage)
{
    *stage = (struct stage){0};
    (void)snprintf(stage->fixture.directory, sizeof stage->fixture.directory,
                   "/tmp/larwm-client-XXXXXX");
    cr_assert_not_null(mkdtemp(stage->fixture.directory));
    (void)snprintf(stage->fixture.socket, sizeof stage->fixture.socket, "%s/s",
                   stage->fixture.directory);
    stage->listener = listen_at(stage->fixture.socket);
}

static void
end_stage(struct stage *stage)
{
    (void)close(stage->listener);
    (void)unlink(stage->fixture.socket);
    (void)rmdir(stage->fixture.directory);
}

Test(console_client, a_gap_is_not_passed_on_and_the_client_resumes_before_it)
{
    struct stage stage;
    start_stage(&stage);
    struct seen *seen = open_client(&stage.fixture, false, false, 0, 0);
    uint64_t stream;
    uint64_t after;
    int fd = accept_hello(seen, stage.listener, &stream, &after);
    cr_expect_eq(stream, 0);
    say_welcome(fd, 10, false);
    say_snapshot(fd, 10);
    say_delta(fd, 11);
    say_delta(fd, 13);
    run_until(seen, &seen->downs, 1);
    cr_expect_eq(seen->incidents, 1, "13 was not passed on");
    (void)close(fd);
    fd = accept_hello(seen, stage.listener, &stream, &after);
    cr_expect_eq(stream, 5);
    cr_expect_eq(after, 11);
    say_welcome(fd, 13, true);
    say_delta(fd, 12);
    say_delta(fd, 13);
    run_until(seen, &seen->incidents, 3);
    cr_expect_eq(seen->begins, 1);
    (void)close(fd);
    end_client(seen);
    end_stage(&stage);
}

Test(console_client, a_tick_ahead_of_the_deltas_is_a_gap)
{
    struct stage stage;
    start_stage(&stage);
    struct seen *seen = open_client(&stage.fixture, false, false, 0, 0);
    uint64_t stream;
    uint64_t after;
    int fd = accept_hello(seen, stage.listener, &stream, &after);
    say_welcome(fd, 10, false);
    say_snapshot(fd, 10);
    say_tick(fd, 10);
    say_tick(fd, 11);
    run_until(seen, &seen->downs, 1);
    cr_expect_eq(seen->ticks, 1);
    (void)close(fd);
    end_client(seen);
    end_stage(&stage);
}

Test(console_client, an_unfinished_snapshot_is_not_resumed)
{
    struct stage stage;
    start_stage(&stage);
    struct seen *seen = open_client(&stage.fixture, false, false, 0, 0);
    uint64_t stream;
    uint64_t after;
    int fd = accept_hello(seen, stage.listener, &stream, &after);
    say_welcome(fd, 10, false);
    (void)close(fd);
    run_until(seen, &seen->downs, 1);
    fd = accept_hello(seen, stage.listener, &stream, &after);
    cr_expect_eq(stream, 0);
    cr_expect_eq(after, 0);
    (void)close(fd);
    end_client(seen);
    end_stage(&stage);
}

Test(console_client, junk_from_the_other_end_drops_the_connection)
{
    static const struct
    {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\0\0\0\0", 4}, {"\xff\xff\xff\xff", 4}, {"\0\0\0\3\x12\x7f\0", 7}, {"\0\0\0\2\x52\0", 6}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage stage;
        start_stage(&stage);
        struct seen *seen = open_client(&stage.fixture, true, false, 0, 0);
        uint64_t stream;
        uint64_t after;
        int fd = accept_hello(seen, stage.listener, &stream, &after);
        say_welcome(fd, 0, false);
        fixture_write(fd, cases[i].bytes, cases[i].size);
        run_until(seen, &seen->downs, 1);
        cr_expect_eq(seen->ups, 1, "case %zu", i);
        (void)close(fd);
        end_client(seen);
        end_stage(&stage);
    }
}

Test(console_client, a_refused_session_is_told_why)
{
    struct stage stage;
    start_stage(&stage);
    struct seen *seen = open_client(&stage.fixture, true, false, 0, 0);
    uint64_t stream;
    uint64_t after;
    int fd = accept_hello(seen, stage.listener, &stream, &after);
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    result.refusal = "NOT_ALLOWED";
    result.detail = "this user may not";
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT;
    frame.result = &result;
    say(fd, &frame);
    (void)close(fd);
    run_until(seen, &seen->downs, 1);
    cr_expect_eq(seen->down_error, ERROR_DENIED);
    cr_expect_str_eq(seen->down_reason, "NOT_ALLOWED: this user may not");
    end_client(seen);
    end_stage(&stage);
}

Test(console_client, a_relay_gets_raw_frames_and_may_resume_for_somebody_else)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = open_client(&fixture, true, true, 0, 0);
    run_until(seen, &seen->frames, 2); /* Welcome, Snapshot */
    uint64_t stream = console_client_stream(seen->client);
    end_client(seen);
    for (uint64_t id = 1; id <= 5; id++) {
        fixture_incident(&fixture, id, 10, true);
    }
    seen = open_client(&fixture, true, true, stream, 2);
    run_until(seen, &seen->frames, 4); /* Welcome, deltas 3 to 5 */
    cr_expect_eq(seen->resumed, 1);
    cr_expect_eq(console_client_sequence(seen->client), 5);
    end_client(seen);
    fixture_stop(&fixture);
}

Test(console_client, a_paused_client_gets_nothing_and_then_everything)
{
    struct stage stage;
    start_stage(&stage);
    struct seen *seen = open_client(&stage.fixture, true, false, 0, 0);
    uint64_t stream;
    uint64_t after;
    int fd = accept_hello(seen, stage.listener, &stream, &after);
    say_welcome(fd, 0, false);
    say_snapshot(fd, 0);
    run_until(seen, &seen->ends, 1);
    console_client_pause(seen->client, true);
    for (uint64_t number = 1; number <= 20; number++) {
        say_delta(fd, number);
    }
    for (int turn = 0; turn < 10; turn++) {
        (void)uv_run(&seen->loop, UV_RUN_NOWAIT);
    }
    cr_expect_eq(seen->incidents, 0);
    console_client_pause(seen->client, false);
    run_until(seen, &seen->incidents, 20);
    (void)close(fd);
    end_client(seen);
    end_stage(&stage);
}

static void
close_on_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct seen *seen = data;
    (void)incident;
    seen->incidents += 1;
    console_client_close(seen->client, on_closed, seen);
    seen->client = NULL;
}

Test(console_client, closing_inside_a_callback_ends_every_callback)
{
    struct fixture fixture;
    fixture_start(&fixture, NULL);
    fixture_incident(&fixture, 1, 10, true);
    fixture_incident(&fixture, 2, 10, true);
    fixture_kind(&fixture, DELTA_READY);
    struct seen *seen = calloc(1, sizeof *seen);
    cr_assert_eq(uv_loop_init(&seen->loop), 0);
    cr_assert_eq(uv_timer_init(&seen->loop, &seen->limit), 0);
    struct console_client_options options = {.socket_path = fixture.socket,
                                             .user = "carys",
                                             .role = LARWM__ROLE__ROLE_OPERATOR,
                                             .name = "test",
                                             .watch = true,
                                             .data = seen,
                                             .callbacks = {.on_incident = close_on_incident,
                                                           .on_snapshot_end = on_end,
                                                           .on_down = on_down}};
    cr_assert_eq(console_client_open(&seen->loop, &options, &seen->client), ERROR_NONE);
    while (!seen->closed) {
        (void)uv_run(&seen->loop, UV_RUN_ONCE);
    }
    cr_expect(seen->incidents == 1 && seen->ends == 0 && seen->downs == 0);
    end_client(seen);
    fixture_stop(&fixture);
}
