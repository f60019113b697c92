/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/incidents.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define PLACES 64

/* A fixed sequence that looks random. */
static uint64_t
next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Puts and removes at random against a plain list: the two must agree after every step. */
Test(incidents, the_table_agrees_with_a_plain_list_over_many_changes)
{
    struct buffer_store store = {0};
    struct incident_table table;
    cr_assert_eq(incident_table_init(&table, PLACES), ERROR_NONE);
    struct buffer *list[2 * PLACES] = {0};
    unsigned count = 0;
    uint64_t state = 20261122;
    for (unsigned step = 0; step < 20000; step++) {
        unsigned id = (unsigned)next(&state) % (2 * PLACES);
        if (next(&state) % 3 == 0) {
            incident_table_remove(&table, &store, id + 1);
            count -= list[id] != NULL ? 1 : 0;
            buffer_drop(&store, list[id]);
            list[id] = NULL;
        } else {
            struct buffer *buffer = buffer_take(&store, 100);
            bool room = list[id] != NULL || count < PLACES;
            cr_assert_eq(incident_table_put(&table, &store, id + 1, buffer), room);
            if (room) {
                count += list[id] == NULL ? 1 : 0;
                buffer_drop(&store, list[id]);
                list[id] = buffer;
            } else {
                buffer_drop(&store, buffer);
            }
        }
        cr_assert_eq(incident_table_count(&table), count);
        unsigned probe = (unsigned)next(&state) % (2 * PLACES);
        const struct incident_place *place = incident_table_find(&table, probe + 1);
        cr_assert_eq(place == NULL ? NULL : place->buffer, list[probe]);
    }
    for (unsigned id = 0; id < 2 * PLACES; id++) {
        buffer_drop(&store, list[id]);
    }
    incident_table_free(&table, &store);
    cr_expect_eq(store.live_bytes, 0);
    buffer_store_free(&store);
}
