/* SPDX-License-Identifier: Apache-2.0 */
/* Networks with units late or lost, and their chains, in a checkpoint. */
#include "triage/checkpoint.h"

#include <string.h>

void
checkpoint_save_networks(const struct triage *triage, struct sheet_writer *writer)
{
    sheet_begin(writer, &checkpoint_network_kind);
    for (uint32_t at = 0; at < LIMIT_NETWORKS_DOWN; at++) {
        if (triage->networks[at].key != 0) {
            sheet_add(writer, &(struct checkpoint_network){at, triage->networks[at]});
        }
    }
    sheet_end(writer);
    sheet_begin(writer, &checkpoint_gathered_kind);
    for (uint32_t at = 0; at < LIMIT_NETWORKS_DOWN * MASS_CHAINS; at++) {
        const struct network *network = &triage->networks[at / MASS_CHAINS];
        uint32_t unit = network->key == 0 ? NO_INDEX : network->chains[at % MASS_CHAINS].first;
        for (; unit != NO_INDEX; unit = triage->mass_links[unit].next) {
            sheet_add(writer, &(struct checkpoint_gathered){.unit_key = triage->units[unit].key,
                                                            .network = triage->units[unit].network,
                                                            .chain = triage->units[unit].chain});
        }
    }
    sheet_end(writer);
}

/* The incident it names is open and names it. */
static bool
network_is_sound(struct triage *triage, const struct network *network)
{
    const struct triage_incident *incident = lifecycle_find(triage, network->incident);
    if (memchr(network->name, 0, sizeof network->name) == NULL || network->name[0] == '\0') {
        return false;
    }
    return network->incident == 0 ||
           (incident != NULL && incident->state != INCIDENT_CLOSED && incident->mass &&
            strcmp(incident->network, network->name) == 0);
}

static bool
load_rows(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct checkpoint_network row = {0};
    uint32_t other = 0;
    sheet_find(reader, &checkpoint_network_kind, &cursor);
    while (sheet_next(&cursor, &row)) {
        if (row.at >= LIMIT_NETWORKS_DOWN || row.network.key == 0 ||
            triage->networks[row.at].key != 0 ||
            table_get(&triage->by_network, row.network.key, &other) ||
            !network_is_sound(triage, &row.network) ||
            !table_put(&triage->by_network, row.network.key, row.at)) {
            return false;
        }
        for (unsigned i = 0; i < MASS_CHAINS; i++) {
            chain_clear(&row.network.chains[i]);
        }
        triage->networks[row.at] = row.network;
    }
    return true;
}

/* Each unit that says it is in a chain must be named once, and no other. */
static bool
load_chains(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct checkpoint_gathered row = {0};
    uint32_t expected = 0;
    uint32_t found = 0;
    for (uint32_t at = 0; at < triage->units_fresh; at++) {
        expected += triage->units[at].network != 0 ? 1 : 0;
        triage->units[at].chain =
            triage->units[at].network == 0 ? 0 : (uint8_t)(triage->units[at].chain + MASS_CHAINS);
    }
    sheet_find(reader, &checkpoint_gathered_kind, &cursor);
    while (sheet_next(&cursor, &row)) {
        struct unit *unit = unit_find(triage, row.unit_key);
        if (unit == NULL || row.network == 0 || row.network > LIMIT_NETWORKS_DOWN ||
            row.chain >= MASS_CHAINS || triage->networks[row.network - 1].key == 0 ||
            unit->network != row.network || unit->chain != row.chain + MASS_CHAINS) {
            return false;
        }
        unit->chain = row.chain;
        chain_append(&triage->networks[row.network - 1].chains[row.chain], triage->mass_links,
                     (uint32_t)(unit - triage->units));
        found++;
    }
    return found == expected;
}

/* All stand among the used ones so far, in the order they are to have. */
static void
hold_listed(struct triage *triage)
{
    uint32_t next;
    for (uint32_t at = triage->units_used.first; at != NO_INDEX; at = next) {
        struct unit *unit = &triage->units[at];
        next = triage->unit_links[at].next;
        if (unit->network != 0 && unit->chain < MASS_BUCKETS) {
            unit_hold(triage, unit, true);
        }
    }
}

bool
checkpoint_load_networks(struct triage *triage, const struct sheet_reader *reader)
{
    bool good = load_rows(triage, reader) && load_chains(triage, reader);
    if (good) {
        hold_listed(triage);
    }
    return good;
}
