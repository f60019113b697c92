/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/incidents.h"

#include "base/hash.h"
#include "base/require.h"

#include <stdlib.h>

enum error
incident_table_init(struct incident_table *table, unsigned capacity)
{
    unsigned slots = 4;
    while (slots < 2 * capacity) {
        slots *= 2;
    }
    *table = (struct incident_table){.capacity = capacity, .mask = slots - 1};
    table->places = calloc(capacity, sizeof *table->places);
    table->index = calloc(slots, sizeof *table->index);
    table->free_places = calloc(capacity, sizeof *table->free_places);
    if (table->places == NULL || table->index == NULL || table->free_places == NULL) {
        free(table->places);
        free(table->index);
        free(table->free_places);
        *table = (struct incident_table){0};
        return ERROR_MEMORY;
    }
    return ERROR_NONE;
}

void
incident_table_free(struct incident_table *table, struct buffer_store *store)
{
    for (unsigned i = 0; i < table->top; i++) {
        buffer_drop(store, table->places[i].buffer);
    }
    free(table->places);
    free(table->index);
    free(table->free_places);
    *table = (struct incident_table){0};
}

static unsigned
home_of(const struct incident_table *table, uint64_t id)
{
    return (unsigned)hash_bytes(0, &id, sizeof id) & table->mask;
}

/* The index slot that holds `id`, or the empty one where it would go. */
static unsigned
slot_of(const struct incident_table *table, uint64_t id)
{
    unsigned slot = home_of(table, id);
    while (table->index[slot] != 0 && table->places[table->index[slot] - 1].id != id) {
        slot = (slot + 1) & table->mask;
    }
    return slot;
}

const struct incident_place *
incident_table_find(const struct incident_table *table, uint64_t id)
{
    unsigned place = table->index[slot_of(table, id)];
    return place == 0 ? NULL : &table->places[place - 1];
}

static unsigned
take_place(struct incident_table *table)
{
    if (table->free_count > 0) {
        table->free_count -= 1;
        return table->free_places[table->free_count];
    }
    unsigned place = table->top;
    table->top += 1;
    return place;
}

bool
incident_table_put(struct incident_table *table, struct buffer_store *store, uint64_t id,
                   struct buffer *buffer)
{
    unsigned slot = slot_of(table, id);
    if (table->index[slot] == 0) {
        if (incident_table_count(table) == table->capacity) {
            return false;
        }
        unsigned place = take_place(table);
        table->places[place] = (struct incident_place){.id = id};
        table->index[slot] = place + 1;
    }
    struct incident_place *at = &table->places[table->index[slot] - 1];
    buffer_drop(store, at->buffer);
    at->buffer = buffer_hold(buffer);
    return true;
}

/* Closes the hole at `slot` so that every remaining probe still finds its entry. */
static void
close_hole(struct incident_table *table, unsigned hole)
{
    unsigned slot = hole;
    for (;;) {
        slot = (slot + 1) & table->mask;
        unsigned place = table->index[slot];
        if (place == 0) {
            break;
        }
        unsigned home = home_of(table, table->places[place - 1].id);
        /* It may move back only when its home does not lie between the hole and itself. */
        if (((slot - home) & table->mask) >= ((slot - hole) & table->mask)) {
            table->index[hole] = place;
            hole = slot;
        }
    }
    table->index[hole] = 0;
}

void
incident_table_remove(struct incident_table *table, struct buffer_store *store, uint64_t id)
{
    unsigned slot = slot_of(table, id);
    unsigned place = table->index[slot];
    if (place == 0) {
        return;
    }
    buffer_drop(store, table->places[place - 1].buffer);
    close_hole(table, slot);
    table->places[place - 1] = (struct incident_place){0};
    table->free_places[table->free_count] = place - 1;
    table->free_count += 1;
}

unsigned
incident_table_count(const struct incident_table *table)
{
    return table->top - table->free_count;
}
