/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The newest packed bytes of every open incident, by id. An incident's bytes stay where its delta
 * was framed: this table holds a reference to that buffer. Places are stable while an incident is
 * open, so a snapshot can walk them over many loop turns. Outlet thread only.
 */
#ifndef OUTLET_INCIDENTS_H
#define OUTLET_INCIDENTS_H

#include "base/error.h"
#include "outlet/buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct incident_place
{
    uint64_t id;           /* 0: the place is free */
    struct buffer *buffer; /* body_at and body_size name the incident in it */
};

struct incident_table
{
    struct incident_place *places;
    unsigned *index; /* open addressing; a place's number + 1, 0 = empty */
    unsigned *free_places;
    unsigned free_count;
    unsigned capacity;
    unsigned mask; /* of index */
    unsigned top;  /* places at and above it were never used */
};

enum error incident_table_init(struct incident_table *table, unsigned capacity) MUST_USE;
void incident_table_free(struct incident_table *table, struct buffer_store *store);
/* Keeps a reference to `buffer` as the newest state of `id` (not 0). False when full. */
bool incident_table_put(struct incident_table *table, struct buffer_store *store, uint64_t id,
                        struct buffer *buffer);
void incident_table_remove(struct incident_table *table, struct buffer_store *store, uint64_t id);
/* NULL when not open. */
const struct incident_place *incident_table_find(const struct incident_table *table, uint64_t id);
unsigned incident_table_count(const struct incident_table *table);

#endif
