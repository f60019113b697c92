/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the outlet, shared by its own files only. Everything here is the outlet thread's,
 * except where a field says otherwise. */
#ifndef OUTLET_INTERNAL_H
#define OUTLET_INTERNAL_H

#include "base/pool.h"
#include "console.pb-c.h"
#include "flow/entry.h"
#include "outlet/hub.h"
#include "outlet/outlet.h"
#include "outlet/presence.h"
#include "outlet/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#define OUTLET_RECORD_MAX 4000u /* body of one record: the checks of check.c keep it well below */
#define OUTLET_TURN_MS 250      /* deadlines and presence records are looked at this often */
#define OUTLET_SOCKET_PATH_MAX 108
#define OUTLET_NODE_MAX 8
#define OUTLET_VERSION_MAX 32

struct outlet
{
    struct outlet_options options; /* strings point into the fields below */
    char socket_path[OUTLET_SOCKET_PATH_MAX];
    char node[OUTLET_NODE_MAX];
    char version[OUTLET_VERSION_MAX];
    uint64_t backlog_bytes;
    uint64_t hello_ms;
    uid_t own_user;

    uv_loop_t loop;
    uv_poll_t wake;
    uv_timer_t timer;
    uv_pipe_t listener;
    pthread_t thread;
    bool listening;
    bool running;               /* the thread exists; app thread */
    bool stopped;               /* the loop is winding up */
    _Atomic bool stop;          /* set by outlet_stop, read in the loop after a wake-up; seq_cst */
    _Atomic unsigned connected; /* written here, read by anybody; relaxed */

    struct waker waker; /* producer side of the port, and the desk's */
    struct pool pool;   /* blocks of the port; returned by the desk */
    struct flow_port port;
    struct ring deltas; /* desk pushes, we pop */

    struct hub hub;
    struct presence presence;
    struct client_session *sessions; /* magic 0: free */
    unsigned session_max;
    unsigned session_top; /* places at and above it were never used */
};

/* socket.c: binds and listens, or takes the inherited socket. */
enum error socket_listen(struct outlet *outlet) MUST_USE;
void socket_on_connection(uv_stream_t *listener, int status);

/* greet.c: the first frame of a session. */
void
greet_session(struct client_session *session, uint64_t ref, const Larwm__Console__Hello *hello);

/* outlet.c */
/* Something waits in the rings, or the outlet is to stop. */
void outlet_on_wake(uv_poll_t *poll, int status, int events);
/* NULL when that session is gone. */
struct client_session *outlet_session_of(struct outlet *outlet, uint64_t handle);
/* A session is about to close: its user may have gone. */
void outlet_session_leaving(struct client_session *session);
/* Its handle is closed: the place is free again. */
void outlet_session_closed(struct client_session *session);
/* A free place with a new generation, or NULL. */
struct client_session *outlet_session_new(struct outlet *outlet);

#endif
