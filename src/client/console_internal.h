/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of console_client, shared by its own files only. The caller's loop thread. */
#ifndef CLIENT_CONSOLE_INTERNAL_H
#define CLIENT_CONSOLE_INTERNAL_H

#include "client/console_client.h"
#include "client/console_wire.h"
#include "larwm/limits.h"

#define CLIENT_MAGIC 0x434c4e54u
#define CLIENT_REFUSAL_MAX 160

enum client_state
{
    CLIENT_WAITING, /* no connection; the timer starts the next try */
    CLIENT_CONNECTING,
    CLIENT_GREETING, /* Hello sent, Welcome to come */
    CLIENT_UP,
    CLIENT_DROPPING, /* the pipe is being closed */
};

struct console_client
{
    uint32_t magic;
    enum client_state state;
    bool closing;   /* console_client_close was called */
    bool pipe_open; /* the handle is initialised and not yet closed */
    bool paused;
    bool whole; /* a snapshot was complete: stream and sequence can be resumed */
    bool in_snapshot;
    uint64_t stream;
    uint64_t sequence; /* newest delta passed on */
    unsigned retry_ms;
    size_t backlog; /* bytes given to libuv and not yet written */

    uv_loop_t *loop;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_connect_t connect;
    struct console_reader reader;
    char refusal[CLIENT_REFUSAL_MAX]; /* why larwmd would not have us, or empty */

    struct console_client_options options; /* its strings are not used: the copies below are */
    char socket_path[108];
    char user[LIMIT_USER];
    char name[64];
    void (*on_closed)(void *data);
    void *on_closed_data;
};

/* console_client.c: ends the connection and tells on_down. Safe in any state. */
void client_drop(struct console_client *client, enum error error, const char *reason);
/* console_send.c: packs and queues; the state is the caller's to check. */
enum error
client_send(struct console_client *client, const Larwm__Console__ClientFrame *frame) MUST_USE;
/* console_follow.c: handles every whole frame that was read. */
void client_take_frames(struct console_client *client);

#endif
