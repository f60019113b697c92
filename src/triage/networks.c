/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks with units late or lost: a row for each, with chains of its units. A unit stands in at
 * most one chain. Every call takes the same time however many units there are.
 */
#include "base/hash.h"
#include "base/require.h"
#include "base/text.h"
#include "triage/state.h"

#include <string.h>

static uint64_t
network_key(const char *name)
{
    return hash_bytes(19, name, strlen(name));
}

struct network *
network_find(struct triage *triage, const char *name)
{
    uint32_t at = 0;
    if (!table_get(&triage->by_network, network_key(name), &at) ||
        strcmp(triage->networks[at].name, name) != 0) {
        return NULL;
    }
    return &triage->networks[at];
}

static bool
network_is_idle(const struct network *network)
{
    return network->incident == 0 && network->chains[MASS_FRESH].count == 0;
}

void
network_release(struct triage *triage, struct network *network)
{
    if (network->key != 0 && network_is_idle(network)) {
        table_remove(&triage->by_network, network->key);
        memset(network, 0, sizeof(*network));
    }
}

/* A free row; those whose fresh ones are not fresh any more are freed for it. NULL: none. */
static struct network *
network_room(struct triage *triage)
{
    for (unsigned round = 0; round < 2; round++) {
        for (uint32_t at = 0; at < LIMIT_NETWORKS_DOWN; at++) {
            struct network *network = &triage->networks[at];
            if (round == 1) {
                network_expire(triage, network, triage->time_us - triage->policy.mass_loss_us);
                network_release(triage, network);
            }
            if (network->key == 0) {
                return network;
            }
        }
    }
    return NULL;
}

struct network *
network_get(struct triage *triage, const char *name)
{
    struct network *network = network_find(triage, name);
    uint64_t key = network_key(name);
    uint32_t at = 0;
    if (network != NULL || name[0] == '\0' || strlen(name) >= LIMIT_NETWORK || key == 0 ||
        table_get(&triage->by_network, key, &at)) { /* another name with the same hash */
        return network;
    }
    network = network_room(triage);
    if (network == NULL) {
        return NULL;
    }
    bool put = table_put(&triage->by_network, key, (uint32_t)(network - triage->networks));
    require(put); /* as many places as rows */
    memset(network, 0, sizeof(*network));
    network->key = key;
    text_copy(network->name, sizeof(network->name), name);
    for (unsigned i = 0; i < MASS_CHAINS; i++) {
        chain_clear(&network->chains[i]);
    }
    return network;
}

void
network_leave(struct triage *triage, struct unit *unit)
{
    if (unit->network != 0) {
        struct network *network = &triage->networks[unit->network - 1];
        chain_remove(&network->chains[unit->chain], triage->mass_links,
                     (uint32_t)(unit - triage->units));
        if (unit->chain < MASS_BUCKETS) {
            unit_hold(triage, unit, false);
        }
        unit->network = 0;
        unit->chain = 0;
    }
}

void
network_enter(struct triage *triage, struct network *network, struct unit *unit, uint32_t chain)
{
    network_leave(triage, unit);
    unit->network = (uint32_t)(network - triage->networks) + 1;
    unit->chain = (uint8_t)chain;
    chain_append(&network->chains[chain], triage->mass_links, (uint32_t)(unit - triage->units));
    if (chain < MASS_BUCKETS) {
        unit_hold(triage, unit, true);
    }
}

uint32_t
network_bucket(const struct unit *unit)
{
    static const uint8_t places[] = {
        [RISK_VERY_HIGH] = 0, [RISK_HIGH] = 1,     [RISK_UNKNOWN] = 2,
        [RISK_MEDIUM] = 3,    [RISK_STANDARD] = 4,
    };
    uint32_t kind = loss_kind(unit);
    bool lost = kind == SIGNAL_UNIT_LOST || kind == SIGNAL_PATH_LOST;
    uint32_t risk = unit->risk < ARRAY_COUNT(places) ? unit->risk : RISK_UNKNOWN;
    return places[risk] * 2u + (lost ? 0u : 1u);
}

void
network_expire(struct triage *triage, struct network *network, int64_t before_us)
{
    const struct chain *fresh = &network->chains[MASS_FRESH];
    while (network->key != 0 && fresh->count > 0 &&
           triage->units[fresh->first].down_us < before_us) {
        network_leave(triage, &triage->units[fresh->first]);
    }
}
