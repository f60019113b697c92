/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: connect, send Hello, Welcome (on_up), then frames as they come (console_follow.c).
 *
 * Failures: whatever ends the connection closes the pipe, tells on_down once and, when the pipe is
 * gone, waits with a doubling pause and connects again, naming the stream and the last number seen.
 *
 * On close: console_client_close silences every callback; pipe and timer are closed one after the
 * other and the memory goes with the last of them.
 */
#include "client/console_client.h"

#include "base/require.h"
#include "base/text.h"
#include "client/console_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET_PATH_MAX 107

static void connect_now(struct console_client *client);

static void
client_on_freed(uv_handle_t *handle)
{
    struct console_client *client = checked_cast(handle->data, struct console_client, CLIENT_MAGIC);
    void (*on_closed)(void *) = client->on_closed;
    void *data = client->on_closed_data;
    console_reader_free(&client->reader);
    client->magic = 0;
    free(client);
    if (on_closed != NULL) {
        on_closed(data);
    }
}

static void
client_on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
    struct console_client *client = checked_cast(handle->data, struct console_client, CLIENT_MAGIC);
    uint8_t *room = NULL;
    size_t size = 0;
    if (console_reader_room(&client->reader, &room, &size) != ERROR_NONE) {
        size = 0; /* libuv reports UV_ENOBUFS */
    }
    *ret_room = uv_buf_init((char *)room, (unsigned)size);
}

static void
client_on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *room)
{
    struct console_client *client = checked_cast(stream->data, struct console_client, CLIENT_MAGIC);
    if (size < 0) {
        client_drop(client, ERROR_CLOSED,
                    size == UV_EOF ? "larwmd closed the connection" : uv_strerror((int)size));
        return;
    }
    console_reader_fed(&client->reader, (size_t)size);
    client_take_frames(client);
}

/* After a pause: first what was read already, then the socket again. */
static void
go_on_reading(struct console_client *client)
{
    client_take_frames(client);
    bool reads = client->state == CLIENT_GREETING || client->state == CLIENT_UP;
    if (client->closing || client->paused || !reads) {
        return;
    }
    if (uv_read_start((uv_stream_t *)&client->pipe, client_on_room, client_on_read) != 0) {
        client_drop(client, ERROR_IO, "the connection could not be read");
    }
}

static void
client_on_timer(uv_timer_t *timer)
{
    struct console_client *client = checked_cast(timer->data, struct console_client, CLIENT_MAGIC);
    if (client->state == CLIENT_WAITING) {
        connect_now(client);
    } else {
        go_on_reading(client);
    }
}

static void
client_on_pipe_closed(uv_handle_t *handle)
{
    struct console_client *client = checked_cast(handle->data, struct console_client, CLIENT_MAGIC);
    client->pipe_open = false;
    if (client->closing) {
        uv_close((uv_handle_t *)&client->timer, client_on_freed);
        return;
    }
    client->state = CLIENT_WAITING;
    if (!client->options.once) {
        (void)uv_timer_start(&client->timer, client_on_timer, client->retry_ms, 0);
        client->retry_ms = client->retry_ms * 2 > CONSOLE_RETRY_MS_MAX ? CONSOLE_RETRY_MS_MAX
                                                                       : client->retry_ms * 2;
    }
}

void
client_drop(struct console_client *client, enum error error, const char *reason)
{
    if (client->closing || client->state == CLIENT_DROPPING) {
        return;
    }
    client->state = CLIENT_DROPPING;
    (void)uv_timer_stop(&client->timer);
    if (client->pipe_open) {
        uv_close((uv_handle_t *)&client->pipe, client_on_pipe_closed);
    }
    if (client->refusal[0] != '\0') {
        error = ERROR_DENIED;
        reason = client->refusal;
    }
    if (client->options.callbacks.on_down != NULL) {
        client->options.callbacks.on_down(client->options.data, error, reason);
    }
}

static enum error
say_hello(struct console_client *client)
{
    Larwm__Console__Hello hello = LARWM__CONSOLE__HELLO__INIT;
    hello.version = 1;
    hello.user = client->user;
    hello.role = client->options.role;
    hello.name = client->name;
    hello.watch = client->options.watch;
    hello.on_duty = client->options.on_duty;
    hello.stream = client->whole ? client->stream : 0;
    hello.after = client->whole ? client->sequence : 0;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO;
    frame.hello = &hello;
    return client_send(client, &frame);
}

static enum error
connect_error(int status)
{
    if (status == UV_ENOENT || status == UV_ECONNREFUSED) {
        return ERROR_NOT_FOUND;
    }
    return status == UV_EACCES || status == UV_EPERM ? ERROR_DENIED : ERROR_IO;
}

static void
client_on_connected(uv_connect_t *connect, int status)
{
    struct console_client *client =
        checked_cast(connect->data, struct console_client, CLIENT_MAGIC);
    if (client->closing || client->state != CLIENT_CONNECTING) {
        return;
    }
    if (status < 0) {
        client_drop(client, connect_error(status), uv_strerror(status));
        return;
    }
    client->state = CLIENT_GREETING;
    int reading = uv_read_start((uv_stream_t *)&client->pipe, client_on_room, client_on_read);
    if (reading != 0 || say_hello(client) != ERROR_NONE) {
        client_drop(client, ERROR_IO, "the connection could not be used");
    }
}

static void
connect_now(struct console_client *client)
{
    require(uv_pipe_init(client->loop, &client->pipe, 0) == 0);
    client->pipe.data = client;
    client->pipe_open = true;
    client->state = CLIENT_CONNECTING;
    client->in_snapshot = false;
    client->paused = false;
    client->refusal[0] = '\0';
    console_reader_reset(&client->reader);
    client->connect.data = client;
    uv_pipe_connect(&client->connect, &client->pipe, client->socket_path, client_on_connected);
}

enum error
console_client_open(uv_loop_t *loop, const struct console_client_options *options,
                    struct console_client **ret_client)
{
    if (strlen(options->socket_path) > SOCKET_PATH_MAX || strlen(options->user) >= LIMIT_USER) {
        return ERROR_TOO_LARGE;
    }
    struct console_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return ERROR_MEMORY;
    }
    client->magic = CLIENT_MAGIC;
    client->loop = loop;
    client->options = *options;
    client->retry_ms = CONSOLE_FIRST_RETRY_MS;
    client->stream = options->stream;
    client->sequence = options->after;
    client->whole = options->stream != 0;
    (void)text_copy(client->socket_path, sizeof client->socket_path, options->socket_path);
    (void)text_copy(client->user, sizeof client->user, options->user);
    (void)text_copy(client->name, sizeof client->name, options->name);
    if (uv_timer_init(loop, &client->timer) != 0) {
        free(client);
        return ERROR_IO;
    }
    client->timer.data = client;
    connect_now(client);
    *ret_client = client;
    return ERROR_NONE;
}

void
console_client_close(struct console_client *client, void (*on_closed)(void *data), void *data)
{
    require(client->magic == CLIENT_MAGIC && !client->closing);
    client->closing = true;
    client->on_closed = on_closed;
    client->on_closed_data = data;
    (void)uv_timer_stop(&client->timer);
    if (!client->pipe_open) {
        uv_close((uv_handle_t *)&client->timer, client_on_freed);
    } else if (!uv_is_closing((uv_handle_t *)&client->pipe)) {
        uv_close((uv_handle_t *)&client->pipe, client_on_pipe_closed);
    }
}

void
console_client_pause(struct console_client *client, bool paused)
{
    bool reading = client->state == CLIENT_GREETING || client->state == CLIENT_UP;
    if (client->closing || !reading || client->paused == paused) {
        return;
    }
    client->paused = paused;
    if (paused) {
        (void)uv_read_stop((uv_stream_t *)&client->pipe);
        return;
    }
    /* From the loop, since no callback may come from inside this call. */
    (void)uv_timer_start(&client->timer, client_on_timer, 0, 0);
}

bool
console_client_is_up(const struct console_client *client)
{
    return !client->closing && client->state == CLIENT_UP;
}

uint64_t
console_client_stream(const struct console_client *client)
{
    return client->stream;
}

uint64_t
console_client_sequence(const struct console_client *client)
{
    return client->sequence;
}
