/* SPDX-License-Identifier: Apache-2.0 */
/* What of a batch is sent: only its end counts, and nothing that was known is forgotten. */
#include "record/condense.h"

#include <criterion/criterion.h>
#include <string.h>

#define EFFECTS 64
#define SIZE 512

static uint8_t store[EFFECTS][SIZE];
static const uint8_t *effects[EFFECTS];
static unsigned count;

/* An effect of which only the first columns matter here. */
static uint8_t *
put(enum effect_kind kind, uint64_t pos, uint64_t first, uint64_t second)
{
    cr_assert(count < EFFECTS);
    uint8_t *effect = store[count];
    uint32_t size = SIZE;
    memset(effect, 0, SIZE);
    memcpy(effect, &size, sizeof(size));
    effect[4] = (uint8_t)kind;
    memcpy(effect + 5, &pos, sizeof(pos));
    memcpy(effect + EFFECT_HEADER, &first, sizeof(first));
    memcpy(effect + EFFECT_HEADER + 8, &second, sizeof(second));
    effects[count++] = effect;
    return effect;
}

static void
put_state(uint64_t pos, uint64_t signal_pos, const struct effect_state *state)
{
    effect_state_write(put(EFFECT_SIGNAL_STATE, pos, signal_pos, 0), state);
}

static void
expect_state(const struct condense *condense, unsigned at, const struct effect_state *wanted)
{
    const struct effect_state *state = &condense->entries[at].state;
    cr_expect_eq(state->allocation, wanted->allocation);
    cr_expect_eq(state->case_id, wanted->case_id);
    cr_expect_eq(state->repeats, wanted->repeats);
    cr_expect_eq(state->last_repeat_us, wanted->last_repeat_us);
}

static void
begin(void)
{
    count = 0;
}

Test(condense, of_several_states_of_an_incident_the_newest_is_sent)
{
    struct condense condense = {0};
    begin();
    put(EFFECT_INCIDENT, 1, 77, 0);
    put(EFFECT_INCIDENT, 1, 78, 0);
    put(EFFECT_ESCALATION, 2, 77, 0);
    put(EFFECT_INCIDENT, 3, 77, 0);
    put(EFFECT_ESCALATION, 3, 77, 0);
    put(EFFECT_INCIDENT, 4, 77, 0);
    cr_assert(condense_effects(&condense, effects, count, true));
    const bool left_out[] = {true, false, true, true, false, false};
    for (unsigned i = 0; i < count; i++) {
        cr_expect_eq(condense.entries[i].left_out, left_out[i], "effect %u", i);
    }
    condense_free(&condense);
}

Test(condense, what_became_known_of_a_signal_goes_into_its_row)
{
    struct condense condense = {0};
    begin();
    put(EFFECT_SIGNAL, 5, 0, 0);
    put_state(6, 5, &(struct effect_state){.allocation = 24, .case_id = 3});
    put_state(7, 5, &(struct effect_state){.repeats = 4, .last_repeat_us = 900});
    put_state(8, 5, &(struct effect_state){.repeats = 2, .last_repeat_us = 100});
    cr_assert(condense_effects(&condense, effects, count, true));
    cr_expect(condense.entries[0].changed && !condense.entries[0].left_out);
    cr_expect(condense.entries[1].left_out && condense.entries[2].left_out &&
              condense.entries[3].left_out);
    expect_state(&condense, 0,
                 &(struct effect_state){
                     .allocation = 24, .case_id = 3, .repeats = 4, .last_repeat_us = 900});
    condense_free(&condense);
}

Test(condense, a_signal_of_an_earlier_batch_has_one_update)
{
    struct condense condense = {0};
    begin();
    put_state(6, 5, &(struct effect_state){.allocation = 24, .repeats = 1});
    put_state(7, 9, &(struct effect_state){.repeats = 1});
    put_state(8, 5, &(struct effect_state){.case_id = 3, .repeats = 2});
    cr_assert(condense_effects(&condense, effects, count, true));
    cr_expect(!condense.entries[0].left_out && !condense.entries[1].left_out &&
              condense.entries[2].left_out);
    cr_expect_not(condense.entries[1].changed);
    expect_state(&condense, 0,
                 &(struct effect_state){.allocation = 24, .case_id = 3, .repeats = 2});
    condense_free(&condense);
}

Test(condense, where_rows_may_be_there_already_a_signal_stays_as_it_came)
{
    struct condense condense = {0};
    begin();
    put(EFFECT_SIGNAL, 5, 0, 0);
    put_state(6, 5, &(struct effect_state){.allocation = 24});
    put_state(7, 5, &(struct effect_state){.case_id = 3});
    cr_assert(condense_effects(&condense, effects, count, false));
    cr_expect_not(condense.entries[0].changed);
    cr_expect(condense.entries[1].changed && !condense.entries[1].left_out &&
              condense.entries[2].left_out);
    condense_free(&condense);
}

Test(condense, a_signal_belongs_to_each_of_its_incidents_once)
{
    struct condense condense = {0};
    begin();
    put(EFFECT_INCIDENT_SIGNAL, 6, 77, 5);
    put(EFFECT_INCIDENT_SIGNAL, 6, 77, 5);
    put(EFFECT_INCIDENT_SIGNAL, 6, 78, 5);
    put(EFFECT_INCIDENT_SIGNAL, 6, 77, 6);
    cr_assert(condense_effects(&condense, effects, count, true));
    cr_expect(!condense.entries[0].left_out && condense.entries[1].left_out);
    cr_expect(!condense.entries[2].left_out && !condense.entries[3].left_out);
    condense_free(&condense);
}

Test(condense, what_happened_is_never_left_out)
{
    struct condense condense = {0};
    begin();
    for (unsigned i = 0; i < 8; i++) {
        put(EFFECT_HISTORY, 6, 77, 5);
        put(EFFECT_AUDIT, 6, 77, 5);
        put(EFFECT_DELIVERY, 6, 77, 5);
        put(EFFECT_DISCLOSURE, 6, 77, 5);
    }
    cr_assert(condense_effects(&condense, effects, count, true));
    for (unsigned i = 0; i < count; i++) {
        cr_expect(!condense.entries[i].left_out && !condense.entries[i].changed);
    }
    condense_free(&condense);
}
