/* SPDX-License-Identifier: Apache-2.0 */
/* The state of triage as tables. Every list is written in its order. */
#include "triage/checkpoint.h"

#define COPIES_BACK 262144u /* records */

static void
save_triage(const struct triage *triage, struct sheet_writer *writer)
{
    struct checkpoint_triage row = {.node = triage->node,
                                    .time_us = triage->time_us,
                                    .throttled_count = triage->throttled_count};
    for (uint32_t i = 0; i < triage->throttled_count; i++) {
        row.throttled[i] = triage->throttled[i];
    }
    sheet_begin(writer, &checkpoint_triage_kind);
    sheet_add(writer, &row);
    sheet_end(writer);
}

static void
save_incidents(const struct triage *triage, struct sheet_writer *writer)
{
    const struct triage_incident *incident = NULL;
    sheet_begin(writer, &checkpoint_incident_kind);
    while ((incident = triage_each(triage, incident)) != NULL) {
        sheet_add(writer, incident);
    }
    sheet_end(writer);
    sheet_begin(writer, &checkpoint_signal_kind);
    while ((incident = triage_each(triage, incident)) != NULL) {
        for (uint32_t i = 0; i < incident->signals_kept; i++) {
            sheet_add(writer, incident_signal(incident, i));
        }
    }
    sheet_end(writer);
    sheet_begin(writer, &checkpoint_history_kind);
    while ((incident = triage_each(triage, incident)) != NULL) {
        for (uint32_t i = 0; i < incident->history_kept; i++) {
            sheet_add(writer, &incident->history[i]);
        }
    }
    sheet_end(writer);
    sheet_begin_bytes(writer, CHECKPOINT_TEXTS);
    while ((incident = triage_each(triage, incident)) != NULL) {
        sheet_add_bytes(writer, incident->history_text, incident->history_text_used);
    }
    sheet_end(writer);
    sheet_begin_bytes(writer, CHECKPOINT_CARDS);
    while ((incident = triage_each(triage, incident)) != NULL) {
        sheet_add_bytes(writer, incident->card, incident->card_size);
    }
    sheet_end(writer);
}

/* What the tables say that the incidents themselves do not. */
static void
save_orders(const struct triage *triage, struct sheet_writer *writer)
{
    const struct triage_incident *incident = NULL;
    sheet_begin_bytes(writer, CHECKPOINT_CLOSED);
    for (uint32_t at = triage->closed.first; at != NO_INDEX; at = triage->closed_links[at].next) {
        sheet_add_bytes(writer, &triage->incidents[at].id, sizeof triage->incidents[at].id);
    }
    sheet_end(writer);
    sheet_begin(writer, &checkpoint_place_kind);
    while ((incident = triage_each(triage, incident)) != NULL) {
        struct checkpoint_place row = {.incident = incident->id};
        correlation_entered(triage, incident, &row.by_place, &row.by_property);
        if (row.by_place || row.by_property) {
            sheet_add(writer, &row);
        }
    }
    sheet_end(writer);
}

static void
add_units(const struct triage *triage, const struct chain *chain, struct sheet_writer *writer)
{
    for (uint32_t at = chain->first; at != NO_INDEX; at = triage->unit_links[at].next) {
        sheet_add(writer, &triage->units[at]);
    }
}

static void
add_recents(const struct triage *triage, const struct chain *chain, struct sheet_writer *writer)
{
    for (uint32_t at = chain->first; at != NO_INDEX; at = triage->unit_links[at].next) {
        for (uint32_t i = 0; i < triage->units[at].recent_count; i++) {
            sheet_add(writer, &triage->units[at].recent[i]);
        }
    }
}

/* Those held stand last, in their order: so they are found again by their chains. */
static void
save_units(const struct triage *triage, struct sheet_writer *writer)
{
    sheet_begin(writer, &checkpoint_unit_kind);
    add_units(triage, &triage->units_used, writer);
    add_units(triage, &triage->units_held, writer);
    sheet_end(writer);
    sheet_begin(writer, &checkpoint_recent_kind);
    add_recents(triage, &triage->units_used, writer);
    add_recents(triage, &triage->units_held, writer);
    sheet_end(writer);
}

/* Copies among the newest records: intake counts further copies of them within seconds. The table
 * is not walked as a whole: most of it was never touched. */
static void
save_copies(const struct triage *triage, uint64_t newest, struct sheet_writer *writer)
{
    uint64_t pos = newest > COPIES_BACK ? newest - COPIES_BACK : 1;
    sheet_begin(writer, &checkpoint_copy_kind);
    for (; pos <= newest; pos++) {
        const struct place *place = &triage->places[pos % LIMIT_REPEAT_POSITIONS];
        if (place->pos == pos && place->back != 0) {
            sheet_add(writer, &(struct checkpoint_copy){
                                  .pos = pos,
                                  .unit_key = triage->units[place->unit].key,
                                  .back = place->back,
                              });
        }
    }
    sheet_end(writer);
}

void
triage_save(const struct triage *triage, uint64_t pos, struct sheet_writer *writer)
{
    uint32_t at;
    save_triage(triage, writer);
    save_incidents(triage, writer);
    save_orders(triage, writer);
    save_units(triage, writer);
    save_copies(triage, pos, writer);
    checkpoint_save_networks(triage, writer);
    sheet_begin(writer, &checkpoint_zone_kind);
    for (at = triage->zones_used.first; at != NO_INDEX; at = triage->zone_links[at].next) {
        sheet_add(writer, &triage->zones[at]);
    }
    sheet_end(writer);
    sheet_begin(writer, &checkpoint_arrival_kind);
    for (at = triage->pending_used.first; at != NO_INDEX; at = triage->pending_links[at].next) {
        sheet_add(writer, &triage->pending[at]);
    }
    sheet_end(writer);
    sheet_begin(writer, &checkpoint_user_kind);
    for (at = 0; at < triage->limits.users; at++) {
        if (triage->users[at].name[0] != '\0') {
            sheet_add(writer, &(struct checkpoint_user){at, triage->users[at]});
        }
    }
    sheet_end(writer);
}
