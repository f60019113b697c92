/* SPDX-License-Identifier: Apache-2.0 */
/* An invented incident for the police gateway's tests. */
#ifndef TESTS_POLICE_SUPPORT_H
#define TESTS_POLICE_SUPPORT_H

#include "console.pb-c.h"

#define SUPPORT_QUEUED_US INT64_C(1763776800123456) /* 2025-11-22T02:00:00.123456Z */
#define SUPPORT_SENT "2025-11-22T02:00:00+00:00"
#define SUPPORT_SENDER "gateway@larwm.test.invalid"
#define SUPPORT_ADDRESS "controlroom@south.test.invalid"

struct support
{
    Larwm__Console__Incident incident;
    Larwm__Console__Escalation escalation;
    Larwm__Console__PositionView view;
    Larwm__Position position;
    Larwm__Console__HistoryEntry entries[4];
    Larwm__Console__HistoryEntry *history[4];
};

/* Incident 1-7, a panic alarm with an active marker, queued and not sent. */
void support_incident(struct support *support);
void support_history(struct support *support, Larwm__Console__HistoryKind kind, int64_t time_us,
                     const char *text);

#endif
