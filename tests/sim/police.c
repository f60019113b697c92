/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The police gateway, which remembers nothing over its own restarts, and the control room, which
 * accepts, rejects, is silent, answers twice or late. What the gateway does is told to the centre
 * as records, like the real one does.
 */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#define HANDLE 99u
#define IN_HAND_US 6000000u /* tried again after it */
#define WHAT_SENT 1u
#define WHAT_UPDATE 2u
#define WHAT_CANCEL 3u

static void
police_presence(struct sim *sim, bool present)
{
    Larwm__Journal__Presence body = LARWM__JOURNAL__PRESENCE__INIT;
    body.user = (char *)(uintptr_t) "gateway";
    body.role = LARWM__ROLE__ROLE_POLICE_GATEWAY;
    body.present = present;
    sim->gateway = present;
    (void)journal_push(sim, RECORD_PRESENCE, &body.base, 0, 0);
}

static void
police_connect(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    if (sim->desk != NULL && !sim->gateway) {
        police_presence(sim, true);
        for (unsigned i = sim->first_open; i < sim->incidents_count; i++) {
            sim->incidents[i].gateway_us = 0;
            police_look(sim, &sim->incidents[i]);
        }
    }
}

void
police_reconnect(struct sim *sim)
{
    sim->gateway = false;
    sim_plan_life(sim, random_between(&sim->random, 200000, 4000000), police_connect, 0, 0);
}

static void
police_tell(struct sim *sim, uint64_t incident, Larwm__Journal__PoliceEvent event,
            const char *detail, uint32_t update_no)
{
    const struct sim_incident *of = oracle_incident(sim, incident, false);
    Larwm__Journal__Police body = LARWM__JOURNAL__POLICE__INIT;
    if (sim->desk == NULL || !sim->gateway || of == NULL) {
        return;
    }
    body.incident = incident;
    body.message_id = (char *)(uintptr_t)of->message_id;
    body.event = event;
    body.detail = (char *)(uintptr_t)detail;
    body.update_no = update_no;
    (void)journal_push(sim, RECORD_POLICE, &body.base, HANDLE, 1);
}

static void
police_answer(struct sim *sim, uint64_t incident, uint64_t rejects)
{
    if (rejects != 0) {
        sim_fault(sim, SIM_FAULT_REJECTED);
        police_tell(sim, incident, LARWM__JOURNAL__POLICE_EVENT__POLICE_REJECTED, "no such address",
                    0);
    } else {
        police_tell(sim, incident, LARWM__JOURNAL__POLICE_EVENT__POLICE_ACCEPTED, "log 77", 0);
    }
}

/* The control room has it: what does it say, and when. */
static void
police_room(struct sim *sim, uint64_t incident)
{
    struct sim_random *random = &sim->random;
    uint64_t rejects = random_chance(random, sim->rates.rejected);
    uint64_t late = random_chance(random, sim->rates.twice) ? 40000000 : 3000000;
    if (random_chance(random, sim->rates.silent)) {
        sim_fault(sim, SIM_FAULT_SILENT);
        return;
    }
    sim_plan(sim, random_around(random, late), police_answer, incident, rejects);
    if (random_chance(random, sim->rates.twice)) {
        sim_fault(sim, SIM_FAULT_TWICE);
        rejects = random_chance(random, 500) ? rejects : 1 - rejects;
        sim_plan(sim, random_around(random, 20000000), police_answer, incident, rejects);
    }
}

/* The gateway sends one thing. It may be dead, or the line may be, in the meantime. */
static void
police_send(struct sim *sim, uint64_t incident, uint64_t what)
{
    const struct sim_incident *of = oracle_incident(sim, incident, false);
    if (of == NULL || !sim->gateway) {
        return;
    }
    if (random_chance(&sim->random, 100)) {
        police_tell(sim, incident, LARWM__JOURNAL__POLICE_EVENT__POLICE_FAILED, "no line", 0);
        return;
    }
    sim->stats.messages += 1;
    if (what == WHAT_SENT) {
        police_tell(sim, incident, LARWM__JOURNAL__POLICE_EVENT__POLICE_SENT, "", 0);
        police_room(sim, incident);
    } else if (what == WHAT_UPDATE) {
        police_tell(sim, incident, LARWM__JOURNAL__POLICE_EVENT__POLICE_UPDATE_SENT, "",
                    of->update_no);
    } else {
        police_tell(sim, incident, LARWM__JOURNAL__POLICE_EVENT__POLICE_CANCEL_SENT, "", 0);
    }
}

/* What the newest state of an incident asks of the gateway. */
void
police_look(struct sim *sim, struct sim_incident *incident)
{
    uint64_t what = 0;
    bool gone = incident->police == ESCALATION_SENT || incident->police == ESCALATION_ACCEPTED ||
                incident->police == ESCALATION_NO_ANSWER;
    if (!sim->gateway || !incident->shown || incident->gateway_us > sim->now_us) {
        return;
    }
    if (incident->cancel_wanted) {
        what = WHAT_CANCEL;
    } else if (incident->police == ESCALATION_QUEUED) {
        what = WHAT_SENT;
    } else if (gone && incident->update_sent < incident->update_no) {
        what = WHAT_UPDATE;
    }
    if (what != 0) {
        incident->gateway_us = sim->now_us + IN_HAND_US;
        sim_plan_life(sim, random_between(&sim->random, 20000, 2500000), police_send, incident->id,
                      what);
    }
}

static void
police_restart(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_plan(sim, random_around(&sim->random, 3600000000), police_restart, 0, 0);
    if (sim->desk != NULL && sim->gateway) {
        sim_fault(sim, SIM_FAULT_GATEWAY);
        police_presence(sim, false);
        sim_plan_life(sim, random_around(&sim->random, 5000000), police_connect, 0, 0);
    }
}

static void
police_again(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_plan(sim, 5000000, police_again, 0, 0);
    for (unsigned i = sim->first_open; i < sim->incidents_count; i++) {
        police_look(sim, &sim->incidents[i]);
    }
}

void
police_make(struct sim *sim)
{
    sim_plan(sim, random_around(&sim->random, 3600000000), police_restart, 0, 0);
    sim_plan(sim, 5000000, police_again, 0, 0);
}
