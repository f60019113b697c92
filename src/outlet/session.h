/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client of the outlet: its socket, what it still has to be sent, and where it is in the stream
 * of deltas. Outlet thread only.
 *
 * A session keeps no queue of deltas: it knows the number of the next one and takes references to
 * the hub's bytes when its socket can be written. Only what is meant for it alone (Welcome,
 * Results) waits in its own queue, each behind the deltas that were there before it.
 *
 * Limits: LIMIT_CLIENT_BACKLOG bytes not yet taken by the client (own queue and deltas), then it is
 * closed and may resume; SESSION_REQUESTS_MAX requests on their way to the journal, then BUSY.
 */
#ifndef OUTLET_SESSION_H
#define OUTLET_SESSION_H

#include "larwm/limits.h"
#include "outlet/buffer.h"
#include "outlet/frame.h"
#include "outlet/hub.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define SESSION_MAGIC 0x53455353u
#define SESSION_WRITE_BUFFERS 128
#define SESSION_WRITE_BYTES (512u << 10)
#define SESSION_REQUESTS_MAX 256
#define SESSION_LAST_WORD_MS                                                                       \
    1000 /* a refusal must be read within this before the socket closes                            \
          */

struct outlet;

enum session_state
{
    SESSION_GREETING, /* connected, Hello must come */
    SESSION_ACTIVE,
    SESSION_LAST_WORD, /* a refusal is being sent; nothing more is read */
    SESSION_CLOSING,   /* uv_close was called */
};

enum client_session_follow
{
    FOLLOW_NOTHING,  /* no watch, or no Hello yet */
    FOLLOW_LATER,    /* watch, but the desk is still replaying */
    FOLLOW_SNAPSHOT, /* frames of a snapshot are going out; deltas in between */
    FOLLOW_DELTAS,
};

struct client_session
{
    uint32_t magic;
    struct outlet *outlet;
    unsigned index;      /* in the outlet's table */
    uint32_t generation; /* makes a handle of an earlier session of this index stale */
    enum session_state state;
    uint64_t deadline_ms; /* GREETING, LAST_WORD: monotonic */

    unsigned roles; /* bits this peer may name */
    unsigned peer_user;
    char user[LIMIT_USER];
    int role;
    int presence;      /* entry, or PRESENCE_NONE */
    unsigned requests; /* on their way to the journal */

    uv_pipe_t pipe;
    struct frame_reader reader;

    enum client_session_follow follow;
    uint64_t next; /* number of the next delta to send */
    uint64_t tick_no;
    struct hub_walk walk;

    struct buffer *own_first; /* waiting, oldest first */
    struct buffer *own_last;
    uint64_t own_bytes;

    uv_write_t write;
    bool writing;
    uint64_t writing_bytes;
    unsigned writing_count;
    struct buffer *writing_buffers[SESSION_WRITE_BUFFERS];
};

/* Names this session in records and results; never 0. */
uint64_t client_session_handle(const struct client_session *session);

/* Starts reading. False: the socket is gone, the session is closing. */
bool client_session_begin(struct client_session *session);
/* Takes the buffer over (NULL: the session is closed for want of memory) into its own queue. */
void client_session_send(struct client_session *session, struct buffer *buffer);
/* Sends Result{ref, refusal, detail}. */
void client_session_refuse(struct client_session *session, uint64_t ref, const char *refusal,
                           const char *detail);
/* Sends the refusal as the last word and closes. */
void client_session_refuse_and_close(struct client_session *session, uint64_t ref,
                                     const char *refusal, const char *detail);
/* Begins to follow: from delta `after` + 1, or with a snapshot. The hub must be ready. */
void client_session_follow_from(struct client_session *session, uint64_t after);
void client_session_follow_snapshot(struct client_session *session);
/* Writes what is due, in one write; closes the session when it is too far behind. */
void client_session_flush(struct client_session *session);
/* Closes at once; the outlet is told by outlet_session_closed when the handle is gone. */
void client_session_close(struct client_session *session);

#endif
