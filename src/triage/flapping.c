/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chattering zone. Changes (alarm and restore edges) of one zone of one unit are counted; the one
 * after `flapping_edges` within the window begins a P4 incident, and from then on changes are only
 * counted, until the zone has been quiet for the window or the incident is closed. The changes
 * before that took the ordinary way, so the first genuine opening has its P2 (S6).
 * Attack kinds never come here (priority.c proves it at compile time).
 */
#include "base/hash.h"
#include "base/require.h"
#include "triage/state.h"

#include <string.h>

#define FLUSH_MAX 8 /* changes a step may spend on counts */

struct zone *
flapping_find(struct triage *triage, uint64_t zone_key)
{
    uint32_t at = 0;
    return table_get(&triage->by_zone, zone_key, &at) ? &triage->zones[at] : NULL;
}

struct zone *
flapping_make(struct triage *triage, uint64_t key)
{
    uint32_t at = triage->zones_fresh;
    if (at < triage->limits.zones) {
        triage->zones_fresh++;
    } else {
        at = triage->zones_used.first;
        chain_remove(&triage->zones_used, triage->zone_links, at);
        table_remove(&triage->by_zone, triage->zones[at].key);
    }
    bool put = table_put(&triage->by_zone, key, at);
    require(put); /* as many places as rows */
    chain_append(&triage->zones_used, triage->zone_links, at);
    memset(&triage->zones[at], 0, sizeof(triage->zones[at]));
    return &triage->zones[at];
}

static struct zone *
flapping_get(struct triage *triage, uint64_t unit_key, const char *name)
{
    uint64_t name_hash = hash_bytes(7, name, strlen(name));
    uint64_t key = hash_bytes(unit_key, name, strlen(name));
    struct zone *zone = flapping_find(triage, key);
    if (zone == NULL) {
        zone = flapping_make(triage, key);
    } else {
        uint32_t at = (uint32_t)(zone - triage->zones);
        chain_remove(&triage->zones_used, triage->zone_links, at);
        chain_append(&triage->zones_used, triage->zone_links, at);
    }
    if (zone->unit != unit_key || zone->name != name_hash) { /* new, or another zone's hash */
        memset(zone, 0, sizeof(*zone));
        zone->key = key;
        zone->unit = unit_key;
        zone->name = name_hash;
    }
    return zone;
}

static void
flapping_forget_edges(struct zone *zone)
{
    zone->flapping = false;
    zone->incident = 0;
    zone->edges_count = 0;
    zone->edges_next = 0;
    zone->total = 0;
}

static void
flapping_show(struct triage *triage, struct zone *zone, struct triage_out *out)
{
    struct triage_incident *incident = lifecycle_find(triage, zone->incident);
    if (incident == NULL || incident->state == INCIDENT_CLOSED) {
        return;
    }
    incident->flap_edges = zone->total;
    incident->last_signal_us = zone->last_us;
    zone->reported_us = triage->time_us;
    triage_change(out, TRIAGE_CHANGE_SHOWN, incident->id, 0);
}

/* At most one view a second for one zone (S6); the last count is shown by a later step. */
static void
flapping_report(struct triage *triage, struct zone *zone, struct triage_out *out)
{
    if (triage->time_us - zone->reported_us >= triage->policy.flapping_report_us) {
        flapping_show(triage, zone, out);
        return;
    }
    for (uint32_t i = 0; i < triage->throttled_count; i++) {
        if (triage->throttled[i] == zone->key) {
            return;
        }
    }
    if (triage->throttled_count <
        TRIAGE_THROTTLED) { /* beyond it the next change shows the count */
        triage->throttled[triage->throttled_count++] = zone->key;
    }
}

void
flapping_flush(struct triage *triage, struct triage_out *out)
{
    uint32_t kept = 0;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < triage->throttled_count; i++) {
        struct zone *zone = flapping_find(triage, triage->throttled[i]);
        if (zone == NULL || !zone->flapping) {
            continue;
        }
        if (shown < FLUSH_MAX &&
            triage->time_us - zone->reported_us >= triage->policy.flapping_report_us) {
            flapping_show(triage, zone, out);
            shown++;
        } else {
            triage->throttled[kept++] = triage->throttled[i];
        }
    }
    triage->throttled_count = kept;
}

static bool
flapping_begins(const struct triage *triage, const struct zone *zone)
{
    uint32_t limit = triage->policy.flapping_edges;
    if (zone->edges_count <= limit) {
        return false;
    }
    uint32_t oldest = (zone->edges_next + ZONE_EDGES - 1 - limit) % ZONE_EDGES;
    return triage->time_us - zone->edges[oldest] <= triage->policy.flapping_window_us;
}

bool
flapping_count(struct triage *triage, uint64_t unit_key, const char *zone_name, uint32_t kind,
               struct triage_out *out, uint64_t *ret_zone)
{
    if (unit_key == 0 || !priority_rule(kind)->flaps) {
        return false;
    }
    struct zone *zone = flapping_get(triage, unit_key, zone_name);
    if (zone->edges_count > 0 &&
        triage->time_us - zone->last_us > triage->policy.flapping_window_us) {
        flapping_forget_edges(zone);
    }
    zone->last_us = triage->time_us;
    if (zone->flapping) {
        *ret_zone = zone->key;
        zone->total++;
        flapping_report(triage, zone, out);
        return true;
    }
    zone->edges[zone->edges_next] = triage->time_us;
    zone->edges_next = (zone->edges_next + 1) % ZONE_EDGES;
    zone->edges_count += zone->edges_count < ZONE_EDGES ? 1 : 0;
    if (flapping_begins(triage, zone)) {
        zone->flapping = true;
        zone->total = triage->policy.flapping_edges + 1;
        zone->from_us = triage->time_us;
        *ret_zone = zone->key;
    }
    return false;
}

void
flapping_ended(struct triage *triage, const struct triage_incident *incident)
{
    struct zone *zone = flapping_find(triage, incident->flap_key);
    if (incident->flapping && zone != NULL && zone->incident == incident->id) {
        flapping_forget_edges(zone);
    }
}
