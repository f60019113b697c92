/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to triage: what of its state a checkpoint holds, as tables (base/sheet.h). Field numbers
 * are for ever: a member that goes leaves its number unused, a new one takes the next.
 */
#ifndef TRIAGE_CHECKPOINT_H
#define TRIAGE_CHECKPOINT_H

#include "base/sheet.h"
#include "triage/state.h"

/* One row: what is not in any table. */
struct checkpoint_triage
{
    uint32_t node;
    int64_t time_us;
    uint64_t throttled[TRIAGE_THROTTLED];
    uint32_t throttled_count;
};

/* Beside each incident, in the same order: where the tables over incidents point. */
struct checkpoint_place
{
    uint64_t incident;
    bool by_place;
    bool by_property;
};

/* A record that was a copy: first copies are found by their `recent`. */
struct checkpoint_copy
{
    uint64_t pos;
    uint64_t unit_key;
    uint32_t back;
};

/* A network's row, without its chains. */
struct checkpoint_network
{
    uint32_t at; /* place in the list of networks */
    struct network network;
};

/* A unit in a chain of a network, in the order of the chains. */
struct checkpoint_gathered
{
    uint64_t unit_key;
    uint32_t network; /* as in struct unit */
    uint8_t chain;
};

struct checkpoint_user
{
    uint32_t at; /* place in the list of those present */
    struct user user;
};

extern const struct sheet_kind checkpoint_triage_kind;
extern const struct sheet_kind checkpoint_incident_kind; /* in order of opening */
extern const struct sheet_kind checkpoint_signal_kind;   /* of the incidents, in their order */
extern const struct sheet_kind checkpoint_history_kind;  /* the same */
extern const struct sheet_kind checkpoint_place_kind;
extern const struct sheet_kind checkpoint_unit_kind;   /* unheard for longest first */
extern const struct sheet_kind checkpoint_recent_kind; /* of the units, in their order */
extern const struct sheet_kind checkpoint_copy_kind;
extern const struct sheet_kind checkpoint_zone_kind;
extern const struct sheet_kind checkpoint_arrival_kind; /* oldest first */
extern const struct sheet_kind checkpoint_network_kind;
extern const struct sheet_kind checkpoint_gathered_kind;
extern const struct sheet_kind checkpoint_user_kind;

#define CHECKPOINT_TEXTS "history_text"  /* of the incidents, one behind the other */
#define CHECKPOINT_CARDS "cards"         /* the same */
#define CHECKPOINT_CLOSED "closed_order" /* ids (uint64_t) of the closed ones, by closing */

/* checkpoint_mass.c: networks and their chains; loaded after incidents and units. */
void checkpoint_save_networks(const struct triage *triage, struct sheet_writer *writer);
bool checkpoint_load_networks(struct triage *triage, const struct sheet_reader *reader);

#endif
