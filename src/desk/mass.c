/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the desk does for mass losses (REQ A29): which network a unit belongs to, told by the
 * registry and carried in the record of its loss, so that a replay decides the same; counts that
 * change thousands of times a second, shown on the tick; and which signals belong to the incident.
 */
#include "desk/internal.h"

#include "base/hash.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define TAG_RISK_BITS 8u

enum error
desk_mass_create(struct desk *desk)
{
    desk->networks.names = calloc(DESK_NETWORKS, sizeof *desk->networks.names);
    desk->networks.count = 1; /* "" */
    return desk->networks.names == NULL ? ERROR_MEMORY
                                        : table_init(&desk->networks.by_name, DESK_NETWORKS);
}

void
desk_mass_free(struct desk *desk)
{
    free(desk->networks.names);
    table_free(&desk->networks.by_name);
}

/* The place of the name in the list; 0: none, too long, or no room. */
static uint32_t
desk_network(struct desk *desk, const char *name)
{
    struct desk_networks *networks = &desk->networks;
    size_t size = name == NULL ? 0 : strlen(name);
    uint32_t at = 0;
    if (size == 0 || size >= LIMIT_NETWORK) {
        return 0;
    }
    uint64_t key = hash_bytes(1, name, size);
    if (table_get(&networks->by_name, key, &at)) {
        return strcmp(networks->names[at], name) == 0 ? at : 0;
    }
    at = networks->count;
    if (at == DESK_NETWORKS || !table_put(&networks->by_name, key, at)) {
        return 0;
    }
    text_copy(networks->names[at], LIMIT_NETWORK, name);
    networks->count += 1;
    return at;
}

uint32_t
desk_mass_tag(struct desk *desk, const struct resolve_unit *unit)
{
    return desk_network(desk, unit->network) << TAG_RISK_BITS | (uint32_t)unit->risk;
}

void
desk_mass_fill(const struct desk *desk, uint32_t tag, Larwm__Journal__Supervision *ret_supervision)
{
    ret_supervision->network = desk->networks.names[tag >> TAG_RISK_BITS];
    ret_supervision->risk = (Larwm__Risk)(tag & ((1u << TAG_RISK_BITS) - 1));
}

void
desk_count_later(struct desk *desk, uint64_t incident)
{
    for (uint32_t i = 0; i < desk->counted_count; i++) {
        if (desk->counted[i] == incident) {
            return;
        }
    }
    if (desk->counted_count == DESK_COUNTED) {
        desk_mark_dirty(desk, incident);
        return;
    }
    desk->counted[desk->counted_count] = incident;
    desk->counted_count += 1;
}

void
desk_show_counted(struct desk *desk)
{
    for (uint32_t i = 0; i < desk->counted_count; i++) {
        if (triage_find(desk->triage, desk->counted[i]) != NULL) {
            desk_mark_dirty(desk, desk->counted[i]);
        }
    }
    desk->counted_count = 0;
}

void
desk_record_gathered(struct desk *desk, const struct desk_turn *turn, const struct triage_out *out)
{
    for (uint32_t i = 0; out->gathered != 0 && i < out->changes_count; i++) {
        const struct triage_incident *incident =
            triage_find(desk->triage, out->changes[i].incident);
        bool gone = out->changes[i].kind == TRIAGE_CHANGE_CLOSED && incident != NULL &&
                    incident->outcome == OUTCOME_GATHERED;
        for (uint32_t at = 0; gone && at < incident->signals_kept; at++) {
            record_incident_signal(
                desk->record,
                &(struct record_incident_signal){.pos = turn->record->pos,
                                                 .incident = out->gathered,
                                                 .signal_pos = incident_signal(incident, at)->pos});
        }
    }
}
