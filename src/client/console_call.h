/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session with larwmd for programs that do one thing and end (larwmctl, scripts): connect, say
 * Hello, send, wait for the answer, all blocking with a deadline. For a session that stays, see
 * client/console_client.h.
 *
 * One thread. Every deadline is a limit for the whole call in milliseconds from its start.
 */
#ifndef CLIENT_CONSOLE_CALL_H
#define CLIENT_CONSOLE_CALL_H

#include "base/error.h"
#include "console.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

struct console_call_options
{
    const char *socket_path;
    const char *user;
    Larwm__Role role;
    const char *name; /* of the program, for larwmd's log */
    bool watch;       /* snapshot and deltas come */
    bool on_duty;
    unsigned limit_ms; /* for connect, Hello and Welcome together */
};

struct console_call;

/*
 * Connects and waits for the Welcome. Errors: ERROR_NOT_FOUND (no socket there, or nobody listens),
 * ERROR_DENIED (no permission, or larwmd refused the session), ERROR_TIMEOUT, ERROR_CLOSED,
 * ERROR_MALFORMED, ERROR_TOO_LARGE (path), ERROR_MEMORY.
 */
enum error console_call_open(const struct console_call_options *options,
                             struct console_call **ret_call) MUST_USE;
void console_call_close(struct console_call *call);

/* The Welcome; lives as long as the call. */
const Larwm__Console__Welcome *console_call_welcome(const struct console_call *call);

/* Sends one frame. Errors: ERROR_TIMEOUT, ERROR_CLOSED, ERROR_TOO_LARGE, ERROR_MEMORY. */
enum error console_call_send(struct console_call *call, const Larwm__Console__ClientFrame *frame,
                             unsigned limit_ms) MUST_USE;

/* The next frame, whatever it is; the caller frees it with
 * larwm__console__server_frame__free_unpacked(frame, NULL). Errors as above and ERROR_MALFORMED. */
enum error console_call_receive(struct console_call *call, unsigned limit_ms,
                                Larwm__Console__ServerFrame **ret_frame) MUST_USE;

/* Sends an action and waits for its Result, which may be a refusal (ret_frame->result->ok false).
 * Frames of other kinds that come in between are dropped. The caller frees *ret_frame. */
enum error console_call_action(struct console_call *call, const Larwm__Journal__Action *action,
                               unsigned limit_ms, Larwm__Console__ServerFrame **ret_frame) MUST_USE;

/* Asks for the daemon's counters and stage times (roles tool, supervisor, administrator). The
 * caller frees *ret_frame. ERROR_DENIED when it is refused. */
enum error console_call_counters(struct console_call *call, unsigned limit_ms,
                                 Larwm__Console__ServerFrame **ret_frame) MUST_USE;

/* Waits for the whole snapshot (options.watch) and gives every incident to `on_incident` (may be
 * NULL) and the status to `on_status` (may be NULL); what they are given lives only for the call.
 * ERROR_TIMEOUT also when larwmd is still replaying its journal. */
enum error
console_call_snapshot(struct console_call *call, unsigned limit_ms,
                      void (*on_incident)(void *data, const Larwm__Console__Incident *incident),
                      void (*on_status)(void *data, const Larwm__Console__Status *status),
                      void *data) MUST_USE;

#endif
