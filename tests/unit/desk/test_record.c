/* SPDX-License-Identifier: Apache-2.0 */
/* The rows a record makes, as they wait in the recorder's queue. */
#include "rig.h"

#include "record/writer.h"

#include <criterion/criterion.h>

#define PRESSES (2 * LIMIT_INCIDENT_HISTORY)

/* What waits of one record. */
struct rows
{
    unsigned kinds[EFFECT_KIND_COUNT];
    struct effect_state state; /* of the newest signal row */
};

static struct rows
rows_of(struct rig *rig, uint64_t pos)
{
    struct rows rows = {{0}, {0}};
    struct queue_place place = {0};
    const uint8_t *effect;
    while ((effect = queue_next(&rig->desk->record->queue, &place)) != NULL) {
        if (effect_pos(effect) == pos && effect_kind_of(effect) < EFFECT_KIND_COUNT) {
            rows.kinds[effect_kind_of(effect)] += 1;
            if (effect_kind_of(effect) == EFFECT_SIGNAL) {
                effect_state_read(effect, &rows.state);
            }
        }
    }
    return rows;
}

/* REQ A21 TEST: pressed again, nobody asked: one row for the press, and it says whose it is. Also
 * when the incident's lists have long been full. */
Test(record, each_press_that_joins_unasked_makes_its_rows_once)
{
    struct rig *rig = rig_new(10);
    uint64_t positions[PRESSES];
    uint64_t first = rig_replay_press(rig, "SKY-101", SIGNAL_PANIC, 1);
    rig_replay_resolved(rig, first, 7);
    for (unsigned i = 0; i < PRESSES; i++) {
        rig->time_us -= US_PER_S - US_PER_S / PRESSES / 4; /* replay adds a second to each */
        positions[i] = rig_replay_press(rig, "SKY-101", SIGNAL_PANIC, 2 + i);
    }
    for (unsigned i = 0; i < PRESSES; i++) {
        struct rows rows = rows_of(rig, positions[i]);
        cr_assert_eq(rows.kinds[EFFECT_SIGNAL], 1, "press %u", i);
        cr_assert_eq(rows.kinds[EFFECT_SIGNAL_STATE], 0);
        cr_assert_eq(rows.kinds[EFFECT_INCIDENT_SIGNAL], 1);
        cr_assert_eq(rows.kinds[EFFECT_INCIDENT], 1);
        cr_assert_eq(rows.kinds[EFFECT_HISTORY], 1, "press %u", i);
        cr_assert_eq(rows.state.allocation, 7);
        cr_assert_eq(rows.state.case_id, 7);
    }
    struct rows rows = rows_of(rig, first);
    cr_assert_eq(rows.state.allocation, 0, "it was not known yet");
    cr_assert_eq(rows_of(rig, first + 1).kinds[EFFECT_SIGNAL_STATE], 1, "the answer says it");
    rig_free(rig);
}
