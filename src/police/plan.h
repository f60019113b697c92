/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do next about one incident's message (REQ B3, E5): a pure function of what larwmd shows
 * and of what this run of the gateway has done. larwmd's word survives everything; the memory only
 * bridges the time until a report is acknowledged. Nothing is lost with it: after a restart the
 * same identifiers go out again and the control room knows them.
 *
 * The message that waits for the control room's decision is the *primary*: the Alert, or, when an
 * operator asked again after a rejection, the update of that number (an Alert is sent once only).
 */
#ifndef POLICE_PLAN_H
#define POLICE_PLAN_H

#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

/* larwmd's word, from console.Escalation. */
struct police_view
{
    enum escalation_state state;
    uint32_t update_no;
    uint32_t update_sent;
    bool cancel_wanted;
    bool answered_before; /* answered_us is set: the control room decided once already */
};

/* This run's doing. All zero at first. */
struct police_memory
{
    uint32_t primary;     /* 0 the Alert, else the update's number; the four below are about it */
    bool handed_over;     /* the control room has it */
    bool answered;        /* ... and has decided */
    bool lost;            /* the control room said that it does not have it */
    bool tried;           /* sent without a clear outcome */
    uint32_t update_done; /* newest update handed over */
    bool update_failed;   /* the last try of an update failed: ask for the answer in between */
    bool cancel_done;
};

enum police_step
{
    POLICE_STEP_NONE,
    POLICE_STEP_SEND,   /* the primary */
    POLICE_STEP_POLL,   /* for the primary's answer */
    POLICE_STEP_UPDATE, /* `number` */
    POLICE_STEP_CANCEL,
    POLICE_STEP_LISTEN, /* withdrawn while it may have been on its way: ask whether it arrived */
};

struct police_plan
{
    enum police_step step;
    uint32_t number; /* SEND, POLL, LISTEN: the primary; UPDATE: the update */
};

/* Takes note of a new primary, then says what to do. */
struct police_plan police_plan_next(const struct police_view *view, struct police_memory *memory);

#endif
