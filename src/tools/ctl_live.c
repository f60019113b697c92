/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl_live.h"

#include "base/require.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define INCIDENT_NUMBER_BITS 48

static const struct
{
    const char *refusal;
    const char *advice;
} advices[] = {
    {"TAKEN", "another operator has it; larwmctl incident list shows who holds what"},
    {"STALE", "it changed in the meantime: look at it again"},
    {"OUTCOME_MISSING", "name an outcome; --help lists them"},
    {"NOT_ALLOWED", "this role may not do that; see --role"},
    {"NOT_FOUND", "larwmctl incident list shows what is open"},
    {"NOTHING_WAITING", "no alarm waits to be taken"},
    {"NOT_OWNER", "claim it first, or act as a supervisor"},
    {"ALREADY_SENT", "the police message has gone: telephone to add to it"},
    {"ALREADY_CLOSED", "a new press opens a new incident"},
    {"JOURNAL_DOWN", "larwmd cannot write its journal: larwmctl doctor looks at the disk"},
    {"BUSY", "try again in a moment"},
    {"BAD_REQUEST", "--help says what is needed"},
    {"ONE_PERSON",
     "it is about a whole network: go through its units, which larwmctl incident show lists"},
};

const char *
ctl_live_advice(const char *refusal)
{
    for (size_t i = 0; i < ARRAY_COUNT(advices); i++) {
        if (strcmp(advices[i].refusal, refusal) == 0) {
            return advices[i].advice;
        }
    }
    return "";
}

/* The role of option --role; ROLE_NONE when it is no role a tool may take. Commands that act do so
 * as a supervisor, the others are a tool that looks on. */
static int
role_of(struct ctl *ctl)
{
    if (!ctl_has_option(ctl, "role")) {
        return ROLE_TOOL;
    }
    const char *text = ctl_value(ctl, "role");
    static const int roles[] = {ROLE_OPERATOR, ROLE_SUPERVISOR, ROLE_ADMINISTRATOR, ROLE_TOOL};
    for (size_t i = 0; text != NULL && i < ARRAY_COUNT(roles); i++) {
        if (strcasecmp(text, role_text(roles[i])) == 0) {
            return roles[i];
        }
    }
    return text == NULL ? ROLE_SUPERVISOR : ROLE_NONE;
}

static void
tell_why_not(struct ctl *ctl, const char *path, enum error error)
{
    switch (error) {
        case ERROR_NOT_FOUND:
            (void)ctl_fail(ctl, "larwmd does not answer on %s: is it running?", path);
            return;
        case ERROR_DENIED:
            (void)ctl_fail(ctl,
                           "larwmd does not let this user in on %s: run as root, as larwmd's own "
                           "user, or as one of outlet.allowed_uids",
                           path);
            return;
        case ERROR_TIMEOUT:
            (void)ctl_fail(ctl, "larwmd took too long on %s: larwmctl doctor looks further", path);
            return;
        default:
            (void)ctl_fail(ctl, "larwmd on %s: %s", path, error_text(error));
    }
}

static bool
limit_of(struct ctl *ctl, uint64_t *ret_limit_ms)
{
    *ret_limit_ms = CTL_LIVE_LIMIT_MS;
    return !ctl_has_option(ctl, "timeout") ||
           ctl_number(ctl, "timeout", 1, 3600000, CTL_LIVE_LIMIT_MS, ret_limit_ms);
}

struct console_call *
ctl_live_open(struct ctl *ctl, bool watch, int *ret_status)
{
    uint64_t limit_ms;
    *ret_status = CTL_USAGE;
    int role = role_of(ctl);
    if (role == ROLE_NONE) {
        (void)ctl_misuse(ctl, "--role: operator, supervisor, administrator or tool");
        return NULL;
    }
    if (!limit_of(ctl, &limit_ms)) {
        return NULL;
    }
    *ret_status = CTL_FAILED;
    const char *path = ctl_environment("LARWM_SOCKET");
    if (path == NULL) {
        (void)ctl_fail(ctl, "LARWM_SOCKET is not set: name larwmd's socket "
                            "(quickstart writes it to build/demo/env)");
        return NULL;
    }
    const char *user = ctl_has_option(ctl, "user") ? ctl_value(ctl, "user") : NULL;
    struct console_call_options options = {.socket_path = path,
                                           .user = user == NULL ? "larwmctl" : user,
                                           .role = (Larwm__Role)role,
                                           .name = "larwmctl",
                                           .watch = watch,
                                           .limit_ms = (unsigned)limit_ms};
    struct console_call *call = NULL;
    enum error error = console_call_open(&options, &call);
    if (error != ERROR_NONE) {
        tell_why_not(ctl, path, error);
        return NULL;
    }
    return call;
}

Larwm__Console__ServerFrame *
ctl_live_act(struct ctl *ctl, struct console_call *call, const Larwm__Journal__Action *action)
{
    uint64_t limit_ms;
    if (!limit_of(ctl, &limit_ms)) {
        return NULL;
    }
    Larwm__Console__ServerFrame *frame = NULL;
    enum error error = console_call_action(call, action, (unsigned)limit_ms, &frame);
    if (error != ERROR_NONE) {
        (void)ctl_fail(ctl, "no answer from larwmd (%s): it may or may not have been done",
                       error_text(error));
        return NULL;
    }
    if (frame->result->ok) {
        return frame;
    }
    const char *advice = ctl_live_advice(frame->result->refusal);
    bool detailed = frame->result->detail[0] != '\0';
    (void)ctl_fail(ctl, "refused: %s%s%s%s", frame->result->refusal, detailed ? " (" : "",
                   frame->result->detail, detailed ? ")" : "");
    if (advice[0] != '\0') {
        (void)fprintf(ctl->err, "  %s\n", advice);
    }
    larwm__console__server_frame__free_unpacked(frame, NULL);
    return NULL;
}

bool
ctl_live_incident(struct ctl *ctl, const char *text, uint64_t *ret_incident)
{
    char *end;
    errno = 0;
    uint64_t first = strtoull(text, &end, 10);
    bool whole = errno == 0 && end != text && text[0] != '-' && first > 0;
    if (whole && *end == '\0') {
        *ret_incident = first;
        return true;
    }
    const char *rest = end + 1;
    if (whole && *end == '-' && first <= LIMIT_NODES && *rest >= '0' && *rest <= '9') {
        uint64_t number = strtoull(rest, &end, 10);
        if (errno == 0 && *end == '\0' && number > 0 &&
            number < UINT64_C(1) << INCIDENT_NUMBER_BITS) {
            *ret_incident = first << INCIDENT_NUMBER_BITS | number;
            return true;
        }
    }
    (void)ctl_misuse(ctl, "\"%s\" is not an incident: 1-123 is one", text);
    return false;
}
