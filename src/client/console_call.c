/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: connect, Hello, Welcome; then each call writes one frame and reads until the answer.
 *
 * Failures: every wait is a poll with what is left of the call's limit. After any error the
 * connection is of no more use and is closed by console_call_close.
 *
 * On close: the socket is closed; larwmd sees it and counts the session out.
 */
#include "client/console_call.h"

#include "base/clock.h"
#include "client/console_wire.h"
#include "larwm/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct console_call
{
    int fd;
    uint64_t next_ref;
    struct console_reader reader;
    Larwm__Console__ServerFrame *welcome;
};

static uint64_t
deadline_in(unsigned limit_ms)
{
    return clock_mono_ms() + limit_ms;
}

/* Waits until the socket can be read (POLLIN) or written (POLLOUT). */
static enum error
wait_for(struct console_call *call, short events, uint64_t deadline_ms)
{
    for (;;) {
        uint64_t now_ms = clock_mono_ms();
        int left = now_ms >= deadline_ms ? 0 : (int)(deadline_ms - now_ms);
        struct pollfd poll_for = {.fd = call->fd, .events = events};
        int ready = poll(&poll_for, 1, left);
        if (ready > 0) {
            return ERROR_NONE;
        }
        if (ready == 0) {
            return ERROR_TIMEOUT;
        }
        if (errno != EINTR) {
            return ERROR_IO;
        }
    }
}

static enum error
write_all(struct console_call *call, const uint8_t *bytes, size_t size, uint64_t deadline_ms)
{
    while (size > 0) {
        ssize_t written = send(call->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return ERROR_CLOSED;
        }
        enum error error = wait_for(call, POLLOUT, deadline_ms);
        if (error != ERROR_NONE) {
            return error;
        }
    }
    return ERROR_NONE;
}

static enum error
send_frame(struct console_call *call, const Larwm__Console__ClientFrame *frame,
           uint64_t deadline_ms)
{
    size_t size = larwm__console__client_frame__get_packed_size(frame);
    if (size == 0 || size > LIMIT_CONSOLE_FRAME) {
        return ERROR_TOO_LARGE;
    }
    uint8_t *bytes = malloc(CONSOLE_LENGTH + size);
    if (bytes == NULL) {
        return ERROR_MEMORY;
    }
    console_put_length(bytes, size);
    (void)larwm__console__client_frame__pack(frame, bytes + CONSOLE_LENGTH);
    enum error error = write_all(call, bytes, CONSOLE_LENGTH + size, deadline_ms);
    free(bytes);
    return error;
}

static enum error
read_more(struct console_call *call, uint64_t deadline_ms)
{
    enum error error = wait_for(call, POLLIN, deadline_ms);
    if (error != ERROR_NONE) {
        return error;
    }
    uint8_t *room;
    size_t size;
    error = console_reader_room(&call->reader, &room, &size);
    if (error != ERROR_NONE) {
        return error;
    }
    ssize_t got = recv(call->fd, room, size, MSG_DONTWAIT);
    if (got > 0) {
        console_reader_fed(&call->reader, (size_t)got);
        return ERROR_NONE;
    }
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? ERROR_NONE : ERROR_CLOSED;
}

static enum error
receive_frame(struct console_call *call, uint64_t deadline_ms,
              Larwm__Console__ServerFrame **ret_frame)
{
    for (;;) {
        const uint8_t *bytes;
        size_t size;
        enum error error = console_reader_next(&call->reader, &bytes, &size);
        if (error == ERROR_NONE) {
            *ret_frame = larwm__console__server_frame__unpack(NULL, size, bytes);
            return *ret_frame == NULL ? ERROR_MALFORMED : ERROR_NONE;
        }
        if (error == ERROR_AGAIN) {
            error = read_more(call, deadline_ms);
        }
        if (error != ERROR_NONE) {
            return error;
        }
    }
}

static enum error
connect_to(struct console_call *call, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return ERROR_TOO_LARGE;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    call->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (call->fd < 0) {
        return ERROR_IO;
    }
    if (connect(call->fd, (struct sockaddr *)&address, sizeof address) == 0) {
        return ERROR_NONE;
    }
    switch (errno) {
        case ENOENT:
        case ECONNREFUSED:
            return ERROR_NOT_FOUND;
        case EACCES:
        case EPERM:
            return ERROR_DENIED;
        default:
            return ERROR_IO;
    }
}

static enum error
greet(struct console_call *call, const struct console_call_options *options)
{
    uint64_t deadline_ms = deadline_in(options->limit_ms);
    Larwm__Console__Hello hello = LARWM__CONSOLE__HELLO__INIT;
    hello.version = 1;
    hello.user = (char *)(uintptr_t)options->user; /* protobuf-c has no const; it only reads */
    hello.role = options->role;
    hello.name = (char *)(uintptr_t)options->name;
    hello.watch = options->watch;
    hello.on_duty = options->on_duty;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO;
    frame.hello = &hello;
    enum error error = send_frame(call, &frame, deadline_ms);
    if (error != ERROR_NONE) {
        /* A larwmd that refuses the peer closes at once: the write may be the first to see it. */
        return error == ERROR_CLOSED ? ERROR_DENIED : error;
    }
    error = receive_frame(call, deadline_ms, &call->welcome);
    if (error != ERROR_NONE) {
        return error == ERROR_CLOSED ? ERROR_DENIED : error;
    }
    return call->welcome->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_WELCOME ? ERROR_NONE
                                                                                  : ERROR_DENIED;
}

enum error
console_call_open(const struct console_call_options *options, struct console_call **ret_call)
{
    struct console_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return ERROR_MEMORY;
    }
    call->fd = -1;
    call->next_ref = 1;
    enum error error = connect_to(call, options->socket_path);
    if (error == ERROR_NONE) {
        error = greet(call, options);
    }
    if (error != ERROR_NONE) {
        console_call_close(call);
        return error;
    }
    *ret_call = call;
    return ERROR_NONE;
}

void
console_call_close(struct console_call *call)
{
    if (call->fd >= 0) {
        (void)close(call->fd);
    }
    if (call->welcome != NULL) {
        larwm__console__server_frame__free_unpacked(call->welcome, NULL);
    }
    console_reader_free(&call->reader);
    free(call);
}

const Larwm__Console__Welcome *
console_call_welcome(const struct console_call *call)
{
    return call->welcome->welcome;
}

enum error
console_call_send(struct console_call *call, const Larwm__Console__ClientFrame *frame,
                  unsigned limit_ms)
{
    return send_frame(call, frame, deadline_in(limit_ms));
}

enum error
console_call_receive(struct console_call *call, unsigned limit_ms,
                     Larwm__Console__ServerFrame **ret_frame)
{
    return receive_frame(call, deadline_in(limit_ms), ret_frame);
}

/* Frames until the Result of `ref`; the others are dropped. */
static enum error
wait_for_result(struct console_call *call, uint64_t ref, uint64_t deadline_ms,
                Larwm__Console__ServerFrame **ret_frame)
{
    for (;;) {
        Larwm__Console__ServerFrame *frame;
        enum error error = receive_frame(call, deadline_ms, &frame);
        if (error != ERROR_NONE) {
            return error;
        }
        if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT &&
            frame->result->ref == ref) {
            *ret_frame = frame;
            return ERROR_NONE;
        }
        larwm__console__server_frame__free_unpacked(frame, NULL);
    }
}

/* Frames until the Counters of `ref`, or its refusal. */
static enum error
wait_for_counters(struct console_call *call, uint64_t ref, uint64_t deadline_ms,
                  Larwm__Console__ServerFrame **ret_frame)
{
    for (;;) {
        Larwm__Console__ServerFrame *frame;
        enum error error = receive_frame(call, deadline_ms, &frame);
        if (error != ERROR_NONE) {
            return error;
        }
        if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_COUNTERS) {
            *ret_frame = frame;
            return ERROR_NONE;
        }
        bool refused = frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT &&
                       frame->result->ref == ref;
        larwm__console__server_frame__free_unpacked(frame, NULL);
        if (refused) {
            return ERROR_DENIED;
        }
    }
}

enum error
console_call_action(struct console_call *call, const Larwm__Journal__Action *action,
                    unsigned limit_ms, Larwm__Console__ServerFrame **ret_frame)
{
    uint64_t deadline_ms = deadline_in(limit_ms);
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = call->next_ref++;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION;
    frame.action = (Larwm__Journal__Action *)(uintptr_t)action;
    enum error error = send_frame(call, &frame, deadline_ms);
    return error != ERROR_NONE ? error : wait_for_result(call, frame.ref, deadline_ms, ret_frame);
}

enum error
console_call_counters(struct console_call *call, unsigned limit_ms,
                      Larwm__Console__ServerFrame **ret_frame)
{
    uint64_t deadline_ms = deadline_in(limit_ms);
    Larwm__Console__CountersQuery query = LARWM__CONSOLE__COUNTERS_QUERY__INIT;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = call->next_ref++;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_COUNTERS;
    frame.counters = &query;
    enum error error = send_frame(call, &frame, deadline_ms);
    return error != ERROR_NONE ? error : wait_for_counters(call, frame.ref, deadline_ms, ret_frame);
}

enum error
console_call_snapshot(struct console_call *call, unsigned limit_ms,
                      void (*on_incident)(void *data, const Larwm__Console__Incident *incident),
                      void (*on_status)(void *data, const Larwm__Console__Status *status),
                      void *data)
{
    uint64_t deadline_ms = deadline_in(limit_ms);
    for (bool last = false; !last;) {
        Larwm__Console__ServerFrame *frame;
        enum error error = receive_frame(call, deadline_ms, &frame);
        if (error != ERROR_NONE) {
            return error;
        }
        if (frame->body_case == LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT) {
            const Larwm__Console__Snapshot *snapshot = frame->snapshot;
            for (size_t i = 0; on_incident != NULL && i < snapshot->n_incidents; i++) {
                on_incident(data, snapshot->incidents[i]);
            }
            if (on_status != NULL && snapshot->status != NULL) {
                on_status(data, snapshot->status);
            }
            last = snapshot->last;
        }
        larwm__console__server_frame__free_unpacked(frame, NULL);
    }
    return ERROR_NONE;
}
