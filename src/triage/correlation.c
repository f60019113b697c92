/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which open incident a signal belongs to (REQ A21): the one of its unit, or of the same case in
 * the same property within the window. Another flat is another property and never merges; another
 * case in the same property has its own incident, linked. A technical incident never takes in a P1
 * or P2, so a press can not sink into it (S6), and a test incident takes in nothing real (REQ A23).
 */
#include "base/hash.h"
#include "base/require.h"
#include "triage/state.h"

static uint64_t
correlation_place_key(uint64_t case_id, uint64_t property)
{
    uint64_t both[2] = {case_id, property};
    return hash_bytes(11, both, sizeof(both));
}

static uint64_t
correlation_property_key(uint64_t property)
{
    return hash_bytes(13, &property, sizeof(property));
}

static bool
correlation_is_open(const struct triage_incident *incident)
{
    return incident != NULL && incident->state != INCIDENT_CLOSED;
}

/* Same person, as far as is known? A unit lent to somebody else meanwhile must not show one
 * person's press under another's name (S3). */
static bool
correlation_same_person(const struct triage_incident *incident, const struct card_facts *facts)
{
    bool earlier = (facts->badges & UINT32_C(1) << BADGE_EARLIER_ALLOCATION) != 0;
    if (earlier != incident_has_badge(incident, BADGE_EARLIER_ALLOCATION)) {
        return facts->resolve == RESOLVE_PENDING;
    }
    if (incident->case_id == facts->case_id || incident->case_id == 0) {
        return true;
    }
    return facts->case_id == 0 && facts->resolve != RESOLVE_CHECKED;
}

static struct triage_incident *
correlation_by_unit(struct triage *triage, const struct arrival *arrival,
                    const struct card_facts *facts, bool technical)
{
    struct unit *unit = unit_find(triage, arrival->unit_key);
    if (unit == NULL) {
        return NULL;
    }
    uint64_t id = unit->incident;
    if (arrival->loss) {
        id = unit->loss;
    } else if (arrival->test) {
        id = unit->test_incident;
    } else if (technical) {
        id = unit->technical;
    }
    struct triage_incident *incident = lifecycle_find(triage, id);
    bool joins = correlation_is_open(incident) && incident->technical == technical &&
                 correlation_same_person(incident, facts);
    return joins ? incident : NULL;
}

static struct triage_incident *
correlation_by_place(struct triage *triage, const struct arrival *arrival,
                     const struct card_facts *facts)
{
    uint32_t at = 0;
    if (facts->case_id == 0 ||
        !table_get(&triage->by_place, correlation_place_key(facts->case_id, facts->property),
                   &at)) {
        return NULL;
    }
    struct triage_incident *incident = &triage->incidents[at];
    bool joins = correlation_is_open(incident) && incident->case_id == facts->case_id &&
                 incident->property == facts->property &&
                 arrival->time_us - incident->last_signal_us <= triage->policy.correlate_us;
    return joins ? incident : NULL;
}

struct triage_incident *
correlation_find(struct triage *triage, const struct arrival *arrival,
                 const struct card_facts *facts, uint32_t priority)
{
    if (arrival->flapping) {
        return NULL;
    }
    bool technical = arrival->loss || priority >= PRIORITY_P3;
    struct triage_incident *incident = correlation_by_unit(triage, arrival, facts, technical);
    if (incident == NULL && !technical && !arrival->test) {
        incident = correlation_by_place(triage, arrival, facts);
    }
    return incident;
}

void
correlation_restore(struct triage *triage, const struct triage_incident *incident, bool by_place,
                    bool by_property)
{
    uint32_t at = lifecycle_index(triage, incident);
    bool put = true;
    if (by_place) {
        put = table_put(&triage->by_place,
                        correlation_place_key(incident->case_id, incident->property), at);
    }
    if (by_property) {
        put = table_put(&triage->by_property, correlation_property_key(incident->property), at) &&
              put;
    }
    require(put); /* each incident holds at most one key of each table */
}

void
correlation_enter(struct triage *triage, const struct triage_incident *incident)
{
    if (!incident->technical && !incident->test && incident->state != INCIDENT_CLOSED) {
        correlation_restore(triage, incident, incident->case_id != 0, incident->property != 0);
    }
}

static bool
correlation_points(const struct triage *triage, const struct table *table, uint64_t key,
                   const struct triage_incident *incident)
{
    uint32_t at = 0;
    return table_get(table, key, &at) && at == lifecycle_index(triage, incident);
}

void
correlation_entered(const struct triage *triage, const struct triage_incident *incident,
                    bool *ret_by_place, bool *ret_by_property)
{
    *ret_by_place =
        correlation_points(triage, &triage->by_place,
                           correlation_place_key(incident->case_id, incident->property), incident);
    *ret_by_property = correlation_points(triage, &triage->by_property,
                                          correlation_property_key(incident->property), incident);
}

static void
correlation_forget(const struct triage *triage, struct table *table, uint64_t key,
                   const struct triage_incident *incident)
{
    if (correlation_points(triage, table, key, incident)) {
        table_remove(table, key);
    }
}

void
correlation_leave(struct triage *triage, const struct triage_incident *incident)
{
    correlation_forget(triage, &triage->by_place,
                       correlation_place_key(incident->case_id, incident->property), incident);
    correlation_forget(triage, &triage->by_property, correlation_property_key(incident->property),
                       incident);
}

/* The other open incident at this property, of another case; 0 none. */
static uint64_t
correlation_neighbour(const struct triage *triage, const struct triage_incident *incident)
{
    uint32_t at = 0;
    if (incident->property == 0 ||
        !table_get(&triage->by_property, correlation_property_key(incident->property), &at)) {
        return 0;
    }
    const struct triage_incident *other = &triage->incidents[at];
    bool linked = other != incident && correlation_is_open(other) &&
                  other->property == incident->property && other->case_id != incident->case_id;
    return linked ? other->id : 0;
}

void
correlation_link(struct triage *triage, struct triage_incident *incident)
{
    if (incident->technical || incident->test) {
        return;
    }
    uint64_t other = correlation_neighbour(triage, incident);
    if (other != 0) {
        incident->linked = other;
    }
}

void
correlation_note_unit(struct triage *triage, struct triage_incident *incident, uint64_t unit_key)
{
    struct unit *unit = unit_find(triage, unit_key);
    if (unit == NULL) {
        return;
    }
    if (incident->loss) {
        unit->loss = incident->id;
    } else if (incident->test) {
        unit->test_incident = incident->id;
    } else if (!incident->technical) {
        unit->incident = incident->id;
    } else if (!incident->flapping) {
        unit->technical = incident->id;
    }
    for (uint32_t i = 0; i < incident->units_count; i++) {
        if (incident->units[i] == unit_key) {
            return;
        }
    }
    if (incident->units_count < INCIDENT_UNITS) {
        incident->units[incident->units_count++] = unit_key;
    }
}
