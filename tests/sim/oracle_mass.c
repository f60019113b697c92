/* SPDX-License-Identifier: Apache-2.0 */
/*
 * REQ A29 TEST: a network has one open incident of its losses, and nothing that is lost is hidden:
 * each unit the journal calls lost stands in that, has an incident of its own, or waits for its
 * case, unless somebody has closed an incident since.
 */
#include "sim.h"

#include <string.h>

#define S UINT64_C(1000000)
#define SHOWN_US (10 * S) /* after the record, and after a start */

static bool
stands_in_a_list(const struct triage *triage, const struct triage_incident *incident,
                 const char *unit)
{
    struct triage_mass_unit list[SIM_UNITS];
    uint32_t count = triage_mass_units(triage, incident, list, SIM_UNITS);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(list[i].unit, unit) == 0) {
            return true;
        }
    }
    return false;
}

static bool
has_incident(const struct triage *triage, const char *unit)
{
    const struct triage_incident *incident = NULL;
    while ((incident = triage_each(triage, incident)) != NULL) {
        bool own = incident->loss && !incident->mass && incident->signals_kept > 0 &&
                   strcmp(incident_signal(incident, 0)->unit, unit) == 0;
        if (incident->state != INCIDENT_CLOSED &&
            (own || (incident->mass && stands_in_a_list(triage, incident, unit)))) {
            return true;
        }
    }
    return false;
}

static bool
is_waiting(const struct triage *triage, const char *unit)
{
    struct triage_waiting waiting = {.pos = 0};
    while (triage_pending(triage, waiting.pos, &waiting)) {
        if (strcmp(waiting.unit, unit) == 0) {
            return true;
        }
    }
    return false;
}

static void
look_at_networks(struct sim *sim)
{
    const struct triage_incident *incident = NULL;
    unsigned open = 0;
    while ((incident = triage_each(sim->desk->triage, incident)) != NULL) {
        open += incident->mass && incident->state != INCIDENT_CLOSED ? 1 : 0;
    }
    sim->stats.gathered += open;
    if (open > 1) {
        sim_broken(sim, "gathered", "%u incidents of one network", open);
    }
}

void
oracle_look_at_losses(struct sim *sim)
{
    if (sim->desk == NULL || sim->served_from_us == 0 ||
        sim->now_us < sim->served_from_us + SHOWN_US) {
        return;
    }
    look_at_networks(sim);
    for (unsigned i = 0; i < sim->units_count && !sim->broken; i++) {
        const struct sim_unit *unit = &sim->units[i];
        for (unsigned at = 0; at < 2; at++) {
            const struct sim_path *path = &unit->paths[at];
            if (path->used && path->lost && path->said_pos > sim->closed_pos &&
                sim->now_us > path->said_us + SHOWN_US &&
                !has_incident(sim->desk->triage, unit->id) &&
                !is_waiting(sim->desk->triage, unit->id)) {
                sim_broken(sim, "gathered", "%s is lost since record %llu, and no incident says so",
                           unit->id, (unsigned long long)path->said_pos);
                return;
            }
        }
    }
}
