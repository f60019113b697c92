/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console-side library: one session of a gateway or tool with larwmd over its Unix socket,
 * speaking proto/console.proto (docs/wire-console.md). It connects, says Hello, follows snapshot
 * and deltas, notices gaps, and after a lost connection comes back by itself and resumes.
 *
 * Everything happens on the caller's libuv loop and in its thread; no function may be called from
 * another. Callbacks come from the loop, never from inside a function of this header. Whatever a
 * callback is given lives only for the call. console_client_close may be called in any callback.
 *
 * A gap is never passed on: when a delta's number is not the next one the client drops the
 * connection and resumes, so that the caller sees every delta once and in order, or a new snapshot.
 */
#ifndef CLIENT_CONSOLE_CLIENT_H
#define CLIENT_CONSOLE_CLIENT_H

#include "base/error.h"
#include "console.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define CONSOLE_FIRST_RETRY_MS 50 /* wait before the first reconnect; doubles */
#define CONSOLE_RETRY_MS_MAX 1000
#define CONSOLE_SEND_BACKLOG (1u << 20) /* bytes not yet written; beyond it: ERROR_FULL */

/* One frame as it came, for relays: the same delta has the same stream and sequence on every
 * connection, so a relay can convert it once. */
struct console_frame
{
    Larwm__Console__ServerFrame__BodyCase kind;
    uint64_t stream;      /* of the Welcome in force */
    uint64_t sequence;    /* DELTA, SNAPSHOT and TICK: the frame's number; else 0 */
    const uint8_t *bytes; /* a packed ServerFrame, without the length */
    size_t size;
};

/* Any may be NULL. `data` is the options' data. */
struct console_client_callbacks
{
    /* Welcome came. `resumed`: what was known still holds, missed deltas follow. Otherwise a
     * snapshot follows (watch only; may be some time when the daemon is still replaying). */
    void (*on_up)(void *data, const Larwm__Console__Welcome *welcome);
    /* The connection is gone or could not be made. `reason` is for people and may be logged; it
     * starts with the refusal code when larwmd refused the session. What was sent without a Result
     * may or may not have been taken. Called once for each failed try as well. */
    void (*on_down)(void *data, enum error error, const char *reason);
    /* A snapshot: begin; then on_incident for each open incident and on_status; then end. What was
     * known and was not named in between is no longer open. Deltas may come in between: they are
     * passed on at once and are the newer word. */
    void (*on_snapshot_begin)(void *data);
    void (*on_snapshot_end)(void *data);
    /* A whole incident, from a snapshot or a delta. State CLOSED: it leaves the list. */
    void (*on_incident)(void *data, const Larwm__Console__Incident *incident);
    void (*on_status)(void *data, const Larwm__Console__Status *status);
    void (*on_tick)(void *data, const Larwm__Console__Tick *tick);
    void (*on_result)(void *data, const Larwm__Console__Result *result);
    void (*on_credential)(void *data, const Larwm__Console__Credential *credential);
    void (*on_pong)(void *data, const Larwm__Console__Pong *pong);
    /* Every frame, before the callbacks above. With only this one set (and on_up, on_down) frames
     * are not unpacked at all. */
    void (*on_frame)(void *data, const struct console_frame *frame);
};

struct console_client_options
{
    const char *socket_path; /* copied */
    const char *user;        /* session's user name, copied */
    Larwm__Role role;
    const char *name; /* of the program, for larwmd's log; copied */
    bool watch;       /* wants snapshot, deltas and ticks */
    bool on_duty;     /* counts as an operator who can take alarms */
    bool once;        /* no reconnect: after on_down only console_client_close is left */
    uint64_t stream;  /* relays: resume a stream seen earlier; 0 = none */
    uint64_t after;
    struct console_client_callbacks callbacks;
    void *data;
};

struct console_client;

/*
 * Starts connecting; the outcome comes through on_up or on_down. A daemon that is not there yet is
 * no error: it is tried again. Errors: ERROR_MEMORY, ERROR_TOO_LARGE (path over 107 bytes, user
 * name over LIMIT_USER - 1).
 */
enum error console_client_open(uv_loop_t *loop, const struct console_client_options *options,
                               struct console_client **ret_client) MUST_USE;

/*
 * Ends the session. No callback comes after this call except on_closed (may be NULL), from the
 * loop, when everything is freed. The loop must run until then.
 */
void console_client_close(struct console_client *client, void (*on_closed)(void *data), void *data);

/*
 * Packs `frame` and queues it. The caller chooses frame->ref; the Result carries it. Errors:
 * ERROR_CLOSED (not up: nothing was sent), ERROR_FULL (CONSOLE_SEND_BACKLOG), ERROR_TOO_LARGE
 * (over LIMIT_CONSOLE_FRAME), ERROR_MEMORY.
 */
enum error console_client_send(struct console_client *client,
                               const Larwm__Console__ClientFrame *frame) MUST_USE;

/* The same for a frame that is packed already (relays). */
enum error console_client_send_packed(struct console_client *client, const uint8_t *bytes,
                                      size_t size) MUST_USE;

/* Shorthands that build the frame; same errors. */
enum error console_client_send_action(struct console_client *client, uint64_t ref,
                                      const Larwm__Journal__Action *action) MUST_USE;
enum error console_client_send_police(struct console_client *client, uint64_t ref,
                                      const Larwm__Journal__Police *police) MUST_USE;
enum error console_client_send_credential_query(struct console_client *client, uint64_t ref,
                                                const char *user) MUST_USE;

/* Stops or resumes reading: back-pressure of a relay whose browser does not keep up. */
void console_client_pause(struct console_client *client, bool paused);

/* Welcome came and the connection stands. */
bool console_client_is_up(const struct console_client *client);
/* Of the Welcome in force, and the number of the newest delta passed on. */
uint64_t console_client_stream(const struct console_client *client);
uint64_t console_client_sequence(const struct console_client *client);

#endif
