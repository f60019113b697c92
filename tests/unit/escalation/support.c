/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct desk *
desk_new(void)
{
    struct desk *desk = calloc(1, sizeof(*desk));
    struct escalation_policy policy = escalation_policy_default();
    cr_assert_eq(escalation_create(64, &policy, &desk->escalation), ERROR_NONE);
    desk->now = START;
    desk_boot(desk);
    desk_duty(desk, 1);
    desk->now += 3600 * SECOND;
    return desk;
}

void
desk_free(struct desk *desk)
{
    escalation_free(desk->escalation);
    free(desk);
}

struct escalation_facts
desk_facts(enum marker_status marker)
{
    struct escalation_facts facts;
    memset(&facts, 0, sizeof(facts));
    facts.priority = PRIORITY_P1;
    facts.kind = SIGNAL_PANIC;
    facts.marker = (uint8_t)marker;
    facts.consent = CONSENT_YES;
    facts.case_attached = true;
    return facts;
}

void
desk_step(struct desk *desk, struct escalation_event *event)
{
    event->time_us = desk->now;
    escalation_step(desk->escalation, event, &desk->out);
    for (uint32_t i = 0; i < desk->out.notes_count; i++) {
        desk->history[desk->out.notes[i].history]++;
    }
}

void
desk_boot(struct desk *desk)
{
    desk_step(desk, &(struct escalation_event){.kind = ESCALATION_BOOT});
}

void
desk_duty(struct desk *desk, uint32_t duty)
{
    desk_step(desk, &(struct escalation_event){.kind = ESCALATION_DUTY, .duty = duty});
}

void
desk_open(struct desk *desk, uint64_t incident, struct escalation_facts facts)
{
    struct escalation_event event = {.kind = ESCALATION_OPENED, .incident = incident};
    memcpy(&event.facts, &facts, sizeof(facts));
    desk_step(desk, &event);
}

void
desk_signal(struct desk *desk, uint64_t incident, struct escalation_facts facts, uint32_t what)
{
    struct escalation_event event = {.kind = ESCALATION_SIGNAL, .incident = incident, .what = what};
    memcpy(&event.facts, &facts, sizeof(facts));
    desk_step(desk, &event);
}

void
desk_do(struct desk *desk, uint64_t incident, enum escalation_event_kind kind)
{
    desk_step(desk,
              &(struct escalation_event){.kind = kind, .incident = incident, .user = "Olwen"});
}

void
desk_close(struct desk *desk, uint64_t incident, enum outcome outcome)
{
    desk_step(desk, &(struct escalation_event){.kind = ESCALATION_CLOSED,
                                               .incident = incident,
                                               .outcome = (uint8_t)outcome});
}

enum escalation_refusal
desk_ask(struct desk *desk, uint64_t incident, const char *reason)
{
    desk_step(desk,
              &(struct escalation_event){
                  .kind = ESCALATION_ASKED, .incident = incident, .user = "Olwen", .text = reason});
    cr_assert(desk->out.answered);
    return desk->out.refusal;
}

void
desk_police(struct desk *desk, uint64_t incident, uint32_t police, const char *text)
{
    desk_step(desk,
              &(struct escalation_event){
                  .kind = ESCALATION_POLICE, .incident = incident, .police = police, .text = text});
}

void
desk_wait(struct desk *desk, int64_t us)
{
    for (int64_t end = desk->now + us; desk->now < end;) {
        desk->now += SECOND / 10;
        struct escalation_timer timer;
        while (escalation_take_due(desk->escalation, desk->now, &timer)) {
            desk_step(desk, &(struct escalation_event){.kind = ESCALATION_TIMER,
                                                       .incident = timer.incident,
                                                       .timer = timer.kind,
                                                       .due_us = timer.due_us});
        }
        cr_assert_eq(escalation_audit(desk->escalation, desk->now, 2 * SECOND), 0,
                     "every open incident has a limit that lies ahead");
    }
}

const struct escalation_plan *
desk_plan(const struct desk *desk, uint64_t incident)
{
    const struct escalation_plan *plan = escalation_find(desk->escalation, incident);
    cr_assert_not_null(plan);
    return plan;
}
