/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands that talk to a running larwmd over its socket: opening the session, sending an action
 * and saying what came of it, and reading the open incidents. One thread.
 */
#ifndef TOOLS_CTL_LIVE_H
#define TOOLS_CTL_LIVE_H

#include "client/console_call.h"
#include "tools/ctl.h"

#define CTL_LIVE_LIMIT_MS 5000

/* Options every command that acts has; they stand first in its list. */
#define CTL_LIVE_OPTIONS CTL_OPTION_USER, CTL_OPTION_ROLE, CTL_OPTION_TIMEOUT

/* Opens a session by LARWM_SOCKET and the options user, role and timeout, where the command has
 * them. NULL when it cannot; the exit code is then in *ret_status and the reason told. */
struct console_call *ctl_live_open(struct ctl *ctl, bool watch, int *ret_status);

/* Sends the action and waits. NULL when larwmd refused or did not answer, with the reason and what
 * to do told; else the Result's frame, which the caller frees. */
Larwm__Console__ServerFrame *
ctl_live_act(struct ctl *ctl, struct console_call *call, const Larwm__Journal__Action *action);

/* An incident by "1-123" or by its number. False, with the reason told, when it is neither. */
bool ctl_live_incident(struct ctl *ctl, const char *text, uint64_t *ret_incident);

/* What to do about a refusal code, or "". */
const char *ctl_live_advice(const char *refusal);

#endif
