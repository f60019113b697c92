/* SPDX-License-Identifier: Apache-2.0 */
/* The units of a mass loss, ranked by risk: what the view shows of them. */
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

static void
mass_list_fill(struct triage *triage, const struct unit *unit, struct triage_mass_unit *to)
{
    const struct triage_incident *own = loss_incident(triage, unit);
    *to = (struct triage_mass_unit){.risk = unit->risk,
                                    .kind = (uint8_t)loss_kind(unit),
                                    .down_us = unit->down_us,
                                    .incident = own == NULL ? 0 : own->id};
    if (unit->identity[0] == UNIT_IDENTITY_ID) {
        memcpy(to->unit, unit->identity + 1, UNIT_IDENTITY - 1);
    }
    for (unsigned i = 0; i < INCIDENT_PATHS; i++) {
        if (unit->paths[i].last_seen_us > to->last_seen_us) {
            to->last_seen_us = unit->paths[i].last_seen_us;
        }
    }
}

uint32_t
triage_mass_units(const struct triage *triage, const struct triage_incident *incident,
                  struct triage_mass_unit *to, uint32_t room)
{
    struct triage *whole = (struct triage *)(uintptr_t)triage; /* look-ups only */
    const struct network *network = incident->mass ? network_find(whole, incident->network) : NULL;
    uint32_t count = 0;
    if (network == NULL || network->incident != incident->id) {
        return 0;
    }
    for (unsigned bucket = 0; bucket < MASS_BUCKETS; bucket++) {
        uint32_t at = network->chains[bucket].first;
        for (; at != NO_INDEX && count < room; at = triage->mass_links[at].next) {
            mass_list_fill(whole, &triage->units[at], &to[count]);
            count++;
        }
    }
    return count;
}
_Static_assert(UNIT_IDENTITY - 1 < LIMIT_UNIT_ID, "an identifier with its closing NUL");
