/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each kind of signal means for the queue, as a table (priority.c). Pure; any thread.
 */
#ifndef TRIAGE_PRIORITY_H
#define TRIAGE_PRIORITY_H

#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

#define RANK_TEST 100000u /* added for a test window: below everything real (REQ A23) */

struct priority_rule
{
    uint8_t base;    /* enum priority of the kind alone */
    uint8_t at_risk; /* enum priority when the risk is high, very high or unknown */
    bool opens;      /* may open an incident by itself */
    bool attack;     /* a press: counted as "pressed again", exempt from flapping */
    bool flaps;      /* changes of its zone are counted for flapping */
    bool tests;      /* inside a test window it is a test */
};

/* The rule of a kind; SIGNAL_UNKNOWN's for a number outside the list. */
const struct priority_rule *priority_rule(uint32_t kind);
/* The graver of what the kind says at this risk and of `hint` (PRIORITY_NONE when there is none).
 */
enum priority priority_of(uint32_t kind, uint32_t hint, uint32_t risk);
/* 0 = very high, high, unknown; 1 = medium; 2 = standard (REQ B6). */
uint32_t priority_risk_group(uint32_t risk);
/* The graver of two; an unknown risk is graver than medium (REQ B6). */
enum risk priority_graver_risk(uint32_t one, uint32_t other);
/* Queue order: smaller comes first; equal ranks by age. */
uint32_t priority_rank(uint32_t priority, uint32_t risk, bool test);

#endif
