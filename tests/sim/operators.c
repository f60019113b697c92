/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People on duty: they take the next alarm or a certain one, often the same at once, look, note,
 * call the police, close, hand back, and sometimes their console is gone. The first is a
 * supervisor.
 */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#define HANDLE 100u /* + operator: who waits for the answer */

/* As the outlet does: until it is durable. */
void
operators_say(struct sim *sim, uint64_t at, uint64_t unused)
{
    (void)unused;
    struct sim_operator *person = &sim->operators[at];
    Larwm__Journal__Presence body = LARWM__JOURNAL__PRESENCE__INIT;
    body.user = person->name;
    body.role = (Larwm__Role)person->role;
    body.present = person->console;
    if (!journal_push(sim, RECORD_PRESENCE, &body.base, 0, at + 1)) {
        sim_plan_life(sim, 500000, operators_say, at, 0);
    }
}

static void
operators_presence(struct sim *sim, unsigned at, bool present)
{
    sim->operators[at].console = present;
    operators_say(sim, at, 0);
}

static void
operators_connect(struct sim *sim, uint64_t at, uint64_t unused)
{
    (void)unused;
    struct sim_operator *person = &sim->operators[at];
    if (person->duty && !person->console && sim->desk != NULL) {
        operators_presence(sim, (unsigned)at, true);
    }
}

/* After a start every console comes back by itself. */
void
operators_reconnect(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_OPERATORS; i++) {
        sim->operators[i].console = false;
        if (sim->operators[i].duty) {
            sim_plan_life(sim, random_between(&sim->random, 200000, 4000000), operators_connect, i,
                          0);
        }
    }
}

static void
operators_watch(struct sim *sim, uint64_t at, uint64_t unused)
{
    (void)unused;
    struct sim_operator *person = &sim->operators[at];
    person->duty = !person->duty;
    sim_plan(sim, random_around(&sim->random, person->duty ? 7200000000 : 3600000000),
             operators_watch, at, 0);
    if (sim->desk != NULL && person->duty != person->console) {
        operators_presence(sim, (unsigned)at, person->duty);
    }
}

static void
operators_act(struct sim *sim, unsigned at, Larwm__Journal__ActionKind kind, uint64_t incident,
              uint32_t epoch)
{
    static const uint8_t outcomes[] = {OUTCOME_POLICE_ATTENDED, OUTCOME_PERSON_SAFE, OUTCOME_FALSE,
                                       OUTCOME_PLANNED_TEST, OUTCOME_NONE};
    struct sim_operator *person = &sim->operators[at];
    Larwm__Journal__Action body = LARWM__JOURNAL__ACTION__INIT;
    body.user = person->name;
    body.role = (Larwm__Role)person->role;
    body.kind = kind;
    body.incident = incident;
    body.epoch = epoch;
    body.text = (char *)(uintptr_t) "said by the simulation";
    if (kind == LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE) {
        body.outcome =
            (Larwm__Outcome)outcomes[random_between(&sim->random, 0, ARRAY_COUNT(outcomes) - 1)];
    }
    sim->ref += 1;
    sim->stats.actions += 1;
    (void)journal_push(sim, RECORD_ACTION, &body.base, HANDLE + at, sim->ref);
}

static struct sim_incident *
operators_pick(struct sim *sim, const char *owner)
{
    struct sim_incident *picked = NULL;
    uint64_t seen = 0;
    for (unsigned i = sim->first_open; i < sim->incidents_count; i++) {
        struct sim_incident *incident = &sim->incidents[i];
        bool shown = incident->shown && incident->shown_state != INCIDENT_CLOSED;
        if (!shown || (owner != NULL && strcmp(incident->shown_owner, owner) != 0)) {
            continue;
        }
        seen += 1;
        picked = random_between(&sim->random, 1, seen) == 1 ? incident : picked;
    }
    return picked;
}

static void
operators_work(struct sim *sim, unsigned at, const struct sim_incident *incident)
{
    static const Larwm__Journal__ActionKind acts[] = {
        LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW,     LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE,
        LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE, LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE,
        LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE,    LARWM__JOURNAL__ACTION_KIND__ACTION_RELEASE};
    uint32_t epoch = random_chance(&sim->random, 500) ? incident->shown_epoch : 0;
    operators_act(sim, at, acts[random_between(&sim->random, 0, ARRAY_COUNT(acts) - 1)],
                  incident->id, epoch);
}

void
operators_close(struct sim *sim)
{
    for (unsigned at = 0; at < SIM_OPERATORS; at++) {
        const struct sim_operator *person = &sim->operators[at];
        const struct sim_incident *incident =
            person->console ? operators_pick(sim, person->name) : NULL;
        if (incident != NULL) {
            operators_act(sim, at, LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE, incident->id, 0);
        }
    }
}

/* The console is gone, without a word; the outlet notices. */
static void
operators_vanish(struct sim *sim, unsigned at)
{
    sim_fault(sim, SIM_FAULT_VANISH);
    operators_presence(sim, at, false);
    sim_plan_life(sim, random_around(&sim->random, 9000000), operators_connect, at, 0);
}

static void
operators_turn(struct sim *sim, uint64_t at, uint64_t unused)
{
    (void)unused;
    struct sim_operator *person = &sim->operators[at];
    sim_plan(sim, random_around(&sim->random, 15000000), operators_turn, at, 0);
    if (sim->desk == NULL || !person->console) {
        return;
    }
    const struct sim_incident *mine = operators_pick(sim, person->name);
    const struct sim_incident *any = operators_pick(sim, NULL);
    if (any != NULL && random_chance(&sim->random, 20)) {
        operators_vanish(sim, (unsigned)at);
    } else if (mine != NULL && random_chance(&sim->random, 850)) {
        operators_work(sim, (unsigned)at, mine);
    } else if (any != NULL && random_chance(&sim->random, 300)) {
        operators_act(sim, (unsigned)at, LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM, any->id,
                      random_chance(&sim->random, 500) ? any->shown_epoch : 0);
    } else if (any != NULL && random_chance(&sim->random, 100)) {
        operators_work(sim, (unsigned)at, any); /* not theirs, perhaps */
    } else if (any != NULL) {
        operators_act(sim, (unsigned)at, LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT, 0, 0);
    }
}

void
operators_make(struct sim *sim)
{
    for (unsigned i = 0; i < SIM_OPERATORS; i++) {
        struct sim_operator *person = &sim->operators[i];
        (void)snprintf(person->name, sizeof person->name, "person-%u", i + 1);
        person->role = i == 0 ? ROLE_SUPERVISOR : ROLE_OPERATOR;
        person->duty = random_chance(&sim->random, 500);
        sim_plan(sim, random_around(&sim->random, 3600000000), operators_watch, i, 0);
        sim_plan(sim, random_around(&sim->random, 15000000), operators_turn, i, 0);
    }
}
