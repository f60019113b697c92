/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every unit this process has heard of from the records: its slot in the last-seen table and the
 * card it would get if PostgreSQL did not answer. A unit's slot never changes and is never reused
 * while the process runs, so a registry still in an intake thread's hands stays right.
 *
 * One thread, the desk's. Limit: LIMIT_UNITS - 1 units (slot 0 means none).
 */
#ifndef RESOLVE_KNOWN_H
#define RESOLVE_KNOWN_H

#include "larwm/limits.h"
#include "larwm/vocabulary.h"
#include "resolve/blob.h"

#include <stdbool.h>
#include <stdint.h>

struct known_unit
{
    char id[LIMIT_UNIT_ID];
    struct blob *card;       /* packed larwm.Card of the present holder, or NULL */
    uint64_t card_ms;        /* monotonic: when PostgreSQL was asked for it; 0: long ago */
    enum unit_status status; /* by the directory, as is what follows */
    bool mobile;
    uint64_t holder;      /* allocation that holds it now, 0 = nobody */
    int64_t held_from_us; /* when that allocation began */
};

struct known
{
    struct known_unit **units; /* [slot - 1]; units never move */
    uint32_t count;
    uint32_t capacity;
    uint32_t *index; /* of slots, 0 = empty; open addressing */
    uint32_t mask;
};

void known_init(struct known *known);
void known_free(struct known *known);
/* The unit, or NULL. */
struct known_unit *known_find(const struct known *known, const char *id);
/* The unit, made when it is new; NULL at the limit or without memory. */
struct known_unit *known_add(struct known *known, const char *id, uint32_t *ret_slot);
/* Takes over one reference of `card`. */
void known_set_card(struct known_unit *unit, struct blob *card);

#endif
