/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on incidents, for scripts and for the day the web gateway is down. Each is journaled in the
 * name given, like an operator's own. */
#include "base/require.h"
#include "larwm/vocabulary.h"
#include "tools/ctl.h"
#include "tools/ctl_live.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NODE_SHIFT 48

/* Sends the action; `done` is said when larwmd took it, with the incident's reference where the
 * action named or chose one. */
static int
act(struct ctl *ctl, Larwm__Journal__Action *action, const char *done)
{
    int status;
    struct console_call *call = ctl_live_open(ctl, false, &status);
    if (call == NULL) {
        return status;
    }
    Larwm__Console__ServerFrame *frame = ctl_live_act(ctl, call, action);
    status = CTL_FAILED;
    if (frame != NULL) {
        uint64_t incident =
            frame->result->incident != 0 ? frame->result->incident : action->incident;
        if (incident != 0) {
            ctl_say(ctl, "%lu-%lu: %s", (unsigned long)(incident >> NODE_SHIFT),
                    (unsigned long)(incident & ((UINT64_C(1) << NODE_SHIFT) - 1)), done);
        } else {
            ctl_say(ctl, "%s", done);
        }
        if (frame->result->revealed[0] != '\0') {
            ctl_say(ctl, "%s", frame->result->revealed);
        }
        larwm__console__server_frame__free_unpacked(frame, NULL);
        status = CTL_OK;
    }
    console_call_close(call);
    return status;
}

/* An action on the incident named by the first argument. */
static int
act_on(struct ctl *ctl, Larwm__Journal__ActionKind kind, Larwm__Journal__Action *action,
       const char *done)
{
    action->kind = kind;
    if (!ctl_live_incident(ctl, ctl_argument(ctl, 0), &action->incident)) {
        return CTL_USAGE;
    }
    return act(ctl, action, done);
}

static int
run_next(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT;
    return act(ctl, &action, "claimed");
}

static int
run_claim(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    uint64_t epoch;
    if (!ctl_number(ctl, "epoch", 0, UINT32_MAX, 0, &epoch)) {
        return CTL_USAGE;
    }
    action.epoch = (uint32_t)epoch;
    return act_on(ctl, LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM, &action, "claimed");
}

static int
run_release(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    return act_on(ctl, LARWM__JOURNAL__ACTION_KIND__ACTION_RELEASE, &action, "released");
}

static int
run_note(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.text = (char *)(uintptr_t)ctl_argument(ctl, 1); /* protobuf-c has no const */
    return act_on(ctl, LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE, &action, "noted");
}

static int
run_escalate(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    return act_on(ctl, LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE, &action,
                  "police message queued");
}

static int
outcome_of(const char *text)
{
    for (int outcome = OUTCOME_NONE + 1; outcome <= OUTCOME_NO_CONTACT; outcome++) {
        if (strcasecmp(text, outcome_text(outcome)) == 0) {
            return outcome;
        }
    }
    return OUTCOME_NONE;
}

static int
run_close(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    int outcome = outcome_of(ctl_argument(ctl, 1));
    if (outcome == OUTCOME_NONE) {
        return ctl_misuse(ctl, "\"%s\" is not an outcome; --help lists them", ctl_argument(ctl, 1));
    }
    action.outcome = (Larwm__Outcome)outcome;
    const char *note = ctl_argument(ctl, 2);
    if (note != NULL) {
        action.text = (char *)(uintptr_t)note;
    }
    return act_on(ctl, LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE, &action, "closed");
}

static int
run_attach(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    action.target = (char *)(uintptr_t)ctl_argument(ctl, 1);
    return act_on(ctl, LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH, &action, "attached");
}

static int
run_reveal(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    const char *reason = ctl_argument(ctl, 1);
    if (reason != NULL) {
        action.text = (char *)(uintptr_t)reason;
    }
    return act_on(ctl, LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL, &action, "revealed");
}

/* REQ A23: a window for one unit; it ends by itself. */
static int
run_test_window(struct ctl *ctl)
{
    Larwm__Journal__Action action = LARWM__JOURNAL__ACTION__INIT;
    uint64_t minutes;
    if (!ctl_number(ctl, "minutes", 1, 15, 15, &minutes)) {
        return CTL_USAGE;
    }
    action.kind = LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW;
    action.target = (char *)(uintptr_t)ctl_argument(ctl, 0);
    action.minutes = (uint32_t)minutes;
    return act(ctl, &action, "test window open");
}

static const struct ctl_option act_options[] = {CTL_LIVE_OPTIONS, CTL_OPTION_END};

static const struct ctl_option claim_options[] = {
    CTL_LIVE_OPTIONS,
    {"epoch", "N", "only if the incident is still as it was at this epoch"},
    CTL_OPTION_END,
};

static const struct ctl_option window_options[] = {
    CTL_LIVE_OPTIONS,
    {"minutes", "N", "1 to 15 (default 15)"},
    CTL_OPTION_END,
};

static const char close_help[] =
    "OUTCOME: police_attended, person_safe, precautionary, false, planned_test, stock_handling,\n"
    "technical_resolved, restored or no_contact.";

const struct ctl_command ctl_incident_act_commands[] = {
    {"incident", "next", "", 0, 0, "claim the alarm that ranks first", NULL, act_options, run_next},
    {"incident", "claim", "ID", 1, 1, "claim this incident", NULL, claim_options, run_claim},
    {"incident", "release", "ID", 1, 1, "give it back to the queue", NULL, act_options,
     run_release},
    {"incident", "note", "ID TEXT", 2, 2, "add a note", NULL, act_options, run_note},
    {"incident", "escalate", "ID", 1, 1, "send it to the police", NULL, act_options, run_escalate},
    {"incident", "close", "ID OUTCOME [NOTE]", 2, 3, "close it with an outcome", close_help,
     act_options, run_close},
    {"incident", "attach", "ID CASE", 2, 2, "attach an incident without a case to one", NULL,
     act_options, run_attach},
    {"incident", "reveal", "ID [REASON]", 1, 2, "name the last or earlier holder; journaled", NULL,
     act_options, run_reveal},
    {"test-window", "open", "UNIT", 1, 1, "label presses of a unit as tests for some minutes", NULL,
     window_options, run_test_window},
    {0},
};
