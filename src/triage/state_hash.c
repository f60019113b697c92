/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash over the folded state. What only schedules (wheels, free lists, the "shown at" of the
 * asking side) is left out. Structs are zeroed before they are filled, so their padding is the
 * same.
 */
#include "base/hash.h"
#include "triage/state.h"

#include <stddef.h>

static uint64_t
hash_incident(uint64_t hash, const struct triage_incident *incident)
{
    hash = hash_bytes(hash, incident, offsetof(struct triage_incident, signal_places));
    for (uint32_t i = 0; i < incident->signals_kept; i++) {
        hash = hash_bytes(hash, incident_signal(incident, i), sizeof(struct incident_signal));
    }
    hash =
        hash_bytes(hash, incident->history, incident->history_kept * sizeof(incident->history[0]));
    hash = hash_bytes(hash, incident->history_text, incident->history_text_used);
    hash = hash_bytes(hash, &incident->card_turn, sizeof(incident->card_turn));
    return hash_bytes(hash, incident->card, incident->card_size);
}

static uint64_t
hash_network(const struct triage *triage, uint64_t hash, const struct network *network)
{
    hash = hash_bytes(hash, network->name, sizeof(network->name));
    hash = hash_bytes(hash, &network->incident, sizeof(network->incident));
    hash = hash_bytes(hash, &network->shown_us, sizeof(network->shown_us));
    hash = hash_bytes(hash, &network->forgotten, sizeof(network->forgotten));
    for (unsigned i = 0; i < MASS_CHAINS; i++) {
        uint32_t at = network->chains[i].first;
        for (; at != NO_INDEX; at = triage->mass_links[at].next) {
            hash = hash_bytes(hash, &triage->units[at].key, sizeof(triage->units[at].key));
        }
    }
    return hash;
}

static uint64_t
hash_units(const struct triage *triage, uint64_t hash, const struct chain *chain)
{
    for (uint32_t at = chain->first; at != NO_INDEX; at = triage->unit_links[at].next) {
        hash = hash_bytes(hash, &triage->units[at], sizeof(triage->units[at]));
    }
    return hash;
}

uint64_t
triage_hash(const struct triage *triage)
{
    uint64_t hash = 1;
    for (uint32_t at = triage->order.first; at != NO_INDEX; at = triage->order_links[at].next) {
        hash = hash_incident(hash, &triage->incidents[at]);
    }
    for (uint32_t at = triage->pending_used.first; at != NO_INDEX;
         at = triage->pending_links[at].next) {
        hash = hash_bytes(hash, &triage->pending[at], sizeof(triage->pending[at]));
    }
    hash = hash_units(triage, hash, &triage->units_used);
    hash = hash_units(triage, hash, &triage->units_held);
    for (uint32_t at = triage->zones_used.first; at != NO_INDEX; at = triage->zone_links[at].next) {
        hash = hash_bytes(hash, &triage->zones[at], sizeof(triage->zones[at]));
    }
    for (uint32_t at = 0; at < LIMIT_NETWORKS_DOWN; at++) {
        if (triage->networks[at].key != 0) {
            hash = hash_network(triage, hash, &triage->networks[at]);
        }
    }
    hash = hash_bytes(hash, triage->users, triage->limits.users * sizeof(triage->users[0]));
    return hash_bytes(hash, &triage->time_us, sizeof(triage->time_us));
}
