/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checkpoint into a triage that has just been made. The file's checksum was right, so what does
 * not fit was written by another version or a fault of ours: nothing of it is believed, and the
 * caller falls back to an older one.
 */
#include "triage/checkpoint.h"

#include <string.h>

static bool
load_triage(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct checkpoint_triage row;
    sheet_find(reader, &checkpoint_triage_kind, &cursor);
    if (!sheet_next(&cursor, &row) || row.node != triage->node ||
        row.throttled_count > TRIAGE_THROTTLED) {
        return false;
    }
    triage->time_us = row.time_us;
    triage->throttled_count = row.throttled_count;
    memcpy(triage->throttled, row.throttled, sizeof triage->throttled);
    return true;
}

static bool
incident_is_sound(const struct triage_incident *incident)
{
    return incident->id != 0 && (incident->id & ((UINT64_C(1) << 48) - 1)) == incident->pos &&
           incident->state > INCIDENT_NONE && incident->state <= INCIDENT_CLOSED &&
           incident->units_count <= INCIDENT_UNITS &&
           incident->signals_kept <= LIMIT_INCIDENT_SIGNALS &&
           incident->history_kept <= LIMIT_INCIDENT_HISTORY &&
           incident->history_text_used <= INCIDENT_HISTORY_TEXT &&
           incident->card_size <= LIMIT_CARD &&
           memchr(incident->owner, 0, sizeof incident->owner) != NULL &&
           memchr(incident->network, 0, sizeof incident->network) != NULL &&
           memchr(incident->flap_unit, 0, sizeof incident->flap_unit) != NULL &&
           memchr(incident->flap_zone, 0, sizeof incident->flap_zone) != NULL &&
           memchr(incident->attached, 0, sizeof incident->attached) != NULL;
}

static bool
signal_is_sound(const struct incident_signal *signal)
{
    return memchr(signal->unit, 0, sizeof signal->unit) != NULL &&
           memchr(signal->zone, 0, sizeof signal->zone) != NULL &&
           memchr(signal->code, 0, sizeof signal->code) != NULL &&
           memchr(signal->text, 0, sizeof signal->text) != NULL;
}

/* Both texts of it end with a NUL, within what is used. */
static bool
history_is_sound(const struct triage_incident *incident, const struct incident_history *entry)
{
    const char *text = incident->history_text + entry->text_at;
    if (entry->text_size == 0) {
        return true;
    }
    return entry->text_at + entry->text_size <= incident->history_text_used &&
           entry->user_size >= 1 && entry->user_size < entry->text_size &&
           text[entry->user_size - 1] == '\0' && text[entry->text_size - 1] == '\0';
}

/* The parts of the incidents, each a list over all of them. */
struct parts
{
    struct sheet_cursor signals;
    struct sheet_cursor history;
    const uint8_t *texts;
    size_t texts_size;
    const uint8_t *cards;
    size_t cards_size;
};

static bool
load_bytes(const uint8_t **from, size_t *left, void *to, size_t size)
{
    if (*left < size) {
        return false;
    }
    if (size > 0) {
        memcpy(to, *from, size);
        *from += size;
        *left -= size;
    }
    return true;
}

static bool
load_parts(struct triage_incident *incident, struct parts *parts)
{
    for (uint32_t i = 0; i < incident->signals_kept; i++) {
        if (!sheet_next(&parts->signals, &incident->signal_places[i]) ||
            !signal_is_sound(&incident->signal_places[i])) {
            return false;
        }
        incident->signal_order[i] = (uint8_t)i;
        incident->signal_press[i] = history_is_press(&incident->signal_places[i]);
    }
    if (!load_bytes(&parts->texts, &parts->texts_size, incident->history_text,
                    incident->history_text_used) ||
        !load_bytes(&parts->cards, &parts->cards_size, incident->card, incident->card_size)) {
        return false;
    }
    for (uint32_t i = 0; i < incident->history_kept; i++) {
        if (!sheet_next(&parts->history, &incident->history[i]) ||
            !history_is_sound(incident, &incident->history[i])) {
            return false;
        }
    }
    return true;
}

static bool
load_incidents(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct parts parts = {0};
    sheet_find(reader, &checkpoint_incident_kind, &cursor);
    sheet_find(reader, &checkpoint_signal_kind, &parts.signals);
    sheet_find(reader, &checkpoint_history_kind, &parts.history);
    parts.texts = sheet_bytes(reader, CHECKPOINT_TEXTS, &parts.texts_size);
    parts.cards = sheet_bytes(reader, CHECKPOINT_CARDS, &parts.cards_size);
    while (cursor.left > 0) {
        if (triage->free_count == 0) {
            return false;
        }
        uint32_t at = triage->free_incidents[triage->free_count - 1];
        uint32_t other = 0;
        struct triage_incident *incident = &triage->incidents[at];
        (void)sheet_next(&cursor, incident);
        if (!incident_is_sound(incident) || incident->id >> 48 != triage->node ||
            table_get(&triage->by_id, incident->id, &other) || !load_parts(incident, &parts)) {
            return false;
        }
        lifecycle_restore(triage, incident);
    }
    return true;
}

static bool
load_orders(struct triage *triage, const struct sheet_reader *reader)
{
    size_t size = 0;
    const uint8_t *closed = sheet_bytes(reader, CHECKPOINT_CLOSED, &size);
    for (uint64_t id; size >= sizeof id; closed += sizeof id, size -= sizeof id) {
        memcpy(&id, closed, sizeof id);
        struct triage_incident *incident = lifecycle_find(triage, id);
        if (incident == NULL || incident->state != INCIDENT_CLOSED) {
            return false;
        }
        chain_append(&triage->closed, triage->closed_links, lifecycle_index(triage, incident));
    }
    if (size != 0 || triage->closed.count + triage->open_count != triage->order.count) {
        return false;
    }
    struct sheet_cursor cursor;
    struct checkpoint_place row;
    sheet_find(reader, &checkpoint_place_kind, &cursor);
    while (sheet_next(&cursor, &row)) {
        const struct triage_incident *incident = lifecycle_find(triage, row.incident);
        if (incident == NULL || incident->state == INCIDENT_CLOSED) {
            return false;
        }
        correlation_restore(triage, incident, row.by_place, row.by_property);
    }
    return true;
}

static bool
load_recents(struct triage *triage, struct unit *unit, struct sheet_cursor *recents)
{
    if (unit->recent_count > UNIT_RECENT || unit->recent_next >= UNIT_RECENT) {
        return false;
    }
    for (uint32_t i = 0; i < unit->recent_count; i++) {
        if (!sheet_next(recents, &unit->recent[i])) {
            return false;
        }
        repeat_restore(triage, unit, unit->recent[i].pos, 0);
    }
    return true;
}

static bool
load_units(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct sheet_cursor recents;
    struct checkpoint_copy copy;
    struct unit row = {0};
    sheet_find(reader, &checkpoint_unit_kind, &cursor);
    sheet_find(reader, &checkpoint_recent_kind, &recents);
    while (sheet_next(&cursor, &row)) {
        if (row.key == 0 || unit_find(triage, row.key) != NULL) {
            return false;
        }
        struct unit *unit = unit_get(triage, row.key, row.identity);
        *unit = row;
        if (!load_recents(triage, unit, &recents)) {
            return false;
        }
    }
    sheet_find(reader, &checkpoint_copy_kind, &cursor);
    while (sheet_next(&cursor, &copy)) {
        struct unit *unit = unit_find(triage, copy.unit_key);
        if (unit != NULL) {
            repeat_restore(triage, unit, copy.pos, copy.back);
        }
    }
    return true;
}

static bool
load_zones(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct zone row = {0};
    sheet_find(reader, &checkpoint_zone_kind, &cursor);
    while (sheet_next(&cursor, &row)) {
        if (row.key == 0 || row.edges_count > ZONE_EDGES || row.edges_next >= ZONE_EDGES ||
            flapping_find(triage, row.key) != NULL) {
            return false;
        }
        *flapping_make(triage, row.key) = row;
    }
    return true;
}

static bool
load_arrivals(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct arrival row = {0};
    sheet_find(reader, &checkpoint_arrival_kind, &cursor);
    while (sheet_next(&cursor, &row)) {
        struct arrival *arrival = waiting_find(triage, row.view.pos) == NULL &&
                                          signal_is_sound(&row.view) &&
                                          row.followers_count <= TRIAGE_FOLLOWERS
                                      ? waiting_add(triage, row.view.pos)
                                      : NULL;
        if (arrival == NULL) {
            return false;
        }
        *arrival = row;
    }
    return true;
}

static bool
load_users(struct triage *triage, const struct sheet_reader *reader)
{
    struct sheet_cursor cursor;
    struct checkpoint_user row = {0};
    sheet_find(reader, &checkpoint_user_kind, &cursor);
    while (sheet_next(&cursor, &row)) {
        if (row.at >= triage->limits.users ||
            memchr(row.user.name, 0, sizeof row.user.name) == NULL) {
            return false;
        }
        triage->users[row.at] = row.user;
    }
    presence_restore(triage);
    return true;
}

bool
triage_load(struct triage *triage, const struct sheet_reader *reader)
{
    return load_triage(triage, reader) && load_incidents(triage, reader) &&
           load_orders(triage, reader) && load_units(triage, reader) &&
           checkpoint_load_networks(triage, reader) && load_zones(triage, reader) &&
           load_arrivals(triage, reader) && load_users(triage, reader);
}
