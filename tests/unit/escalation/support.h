/* SPDX-License-Identifier: Apache-2.0 */
/* An escalation with short words for feeding it. */
#ifndef TEST_ESCALATION_SUPPORT_H
#define TEST_ESCALATION_SUPPORT_H

#include "console.pb-c.h"
#include "escalation/escalation.h"
#include "journal.pb-c.h"

#define SECOND INT64_C(1000000)
#define START INT64_C(1478916780000000)
#define HISTORY(word) LARWM__CONSOLE__HISTORY_KIND__HISTORY_##word
#define POLICE(word) LARWM__JOURNAL__POLICE_EVENT__POLICE_##word

struct desk
{
    struct escalation *escalation;
    struct escalation_out out;
    int64_t now;
    unsigned history[64]; /* notes by kind, over all incidents */
};

struct desk *desk_new(void);
void desk_free(struct desk *desk);
/* A P1 panic with a case, consent given, marker as said. */
struct escalation_facts desk_facts(enum marker_status marker);
void desk_step(struct desk *desk, struct escalation_event *event);
void desk_boot(struct desk *desk);
void desk_duty(struct desk *desk, uint32_t duty);
void desk_open(struct desk *desk, uint64_t incident, struct escalation_facts facts);
void
desk_signal(struct desk *desk, uint64_t incident, struct escalation_facts facts, uint32_t what);
void desk_do(struct desk *desk, uint64_t incident, enum escalation_event_kind kind);
void desk_close(struct desk *desk, uint64_t incident, enum outcome outcome);
enum escalation_refusal desk_ask(struct desk *desk, uint64_t incident, const char *reason);
void desk_police(struct desk *desk, uint64_t incident, uint32_t police, const char *text);
/* Lets time pass in steps of 100 ms, applying each deadline as it comes. */
void desk_wait(struct desk *desk, int64_t us);
const struct escalation_plan *desk_plan(const struct desk *desk, uint64_t incident);

#endif
