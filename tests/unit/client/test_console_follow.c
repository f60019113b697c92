/* SPDX-License-Identifier: Apache-2.0 */
#include "seen.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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

Test(console_follow, a_gap_is_not_passed_on_and_the_client_resumes_before_it)
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

Test(console_follow, a_tick_ahead_of_the_deltas_is_a_gap)
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

Test(console_follow, an_unfinished_snapshot_is_not_resumed)
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

Test(console_follow, junk_from_the_other_end_drops_the_connection)
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

Test(console_follow, a_refused_session_is_told_why)
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

Test(console_follow, a_paused_client_gets_nothing_and_then_everything)
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
