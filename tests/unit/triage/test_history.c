/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded list of an incident's signals, also when it has been full for long. */
#include "support.h"

#include "base/sheet.h"
#include "triage/history.h"
#include "triage/state.h"

#include <criterion/criterion.h>
#include <string.h>

/* A list kept the plain way: the whole one moves down over what goes. */
struct plain
{
    struct incident_signal signals[LIMIT_INCIDENT_SIGNALS];
    uint32_t count;
};

static bool
is_press(const struct incident_signal *signal)
{
    return signal->kind == SIGNAL_PANIC && !signal->restore;
}

static void
plain_add(struct plain *plain, const struct incident_signal *signal)
{
    if (plain->count == LIMIT_INCIDENT_SIGNALS) {
        uint32_t victim = 1;
        for (uint32_t i = LIMIT_INCIDENT_SIGNALS; i-- > 1;) {
            victim = is_press(&plain->signals[i]) ? victim : i;
        }
        plain->count--;
        memmove(&plain->signals[victim], &plain->signals[victim + 1],
                (plain->count - victim) * sizeof(plain->signals[0]));
    }
    plain->signals[plain->count++] = *signal;
}

Test(history, signals_stand_oldest_first_whichever_went)
{
    static struct triage_incident incident;
    struct plain plain = {.count = 0};
    uint32_t seed = 7;
    for (uint64_t pos = 1; pos <= 2000; pos++) {
        seed = seed * 1664525u + 1013904223u;
        struct incident_signal signal = {.pos = pos,
                                         .kind =
                                             (seed >> 8) % 9 == 0 ? SIGNAL_CANCEL : SIGNAL_PANIC,
                                         .restore = (seed >> 16) % 7 == 0};
        history_add_signal(&incident, &signal);
        plain_add(&plain, &signal);
        cr_assert_eq(incident.signals_kept, plain.count);
        for (uint32_t i = 0; i < plain.count; i++) {
            cr_assert_eq(incident_signal(&incident, i)->pos, plain.signals[i].pos,
                         "signal %u after %llu", i, (unsigned long long)pos);
            cr_assert_eq(history_find_signal(&incident, plain.signals[i].pos)->pos,
                         plain.signals[i].pos);
        }
        cr_assert_eq(incident_signal(&incident, 0)->pos, 1, "the opening one stays");
        cr_assert_eq(history_find_signal(&incident, pos + 1), NULL);
    }
}

/* Where the entries stand depends on what went before; a checkpoint has their order alone, so a
 * state restored from one stands otherwise and must be the same state, and go on the same. */
Test(history, a_full_list_is_the_same_after_a_checkpoint)
{
    struct triage_limits limits = {
        .incidents = 8, .pending = 8, .units = 8, .zones = 8, .users = 8};
    struct triage_policy policy = triage_policy_default();
    struct rig *rig = rig_new_with(&limits, &policy);
    struct rig *restored = rig_new_with(&limits, &policy);
    struct test_card card;
    test_card_init(&card, 1, 1);
    uint64_t id = rig_press(rig, "SKY-101", SIGNAL_PANIC, &card);
    for (unsigned i = 0; i <= 45; i++) { /* the last one is a cancel code: it goes first */
        rig_wait(rig, SECOND / 100);
        (void)rig_signal(rig, "SKY-101", i % 5 == 0 ? SIGNAL_CANCEL : SIGNAL_PANIC);
    }
    struct sheet_writer writer = {0};
    struct sheet_reader reader;
    triage_save(rig->triage, rig->pos, &writer);
    cr_assert(sheet_open(&reader, writer.bytes, writer.size));
    cr_assert(triage_load(restored->triage, &reader));
    sheet_free(&writer);
    cr_assert_eq(triage_hash(rig->triage), triage_hash(restored->triage));
    restored->pos = rig->pos;
    restored->now = rig->now;
    restored->sequence = rig->sequence;
    for (unsigned i = 0; i < LIMIT_INCIDENT_SIGNALS; i++) {
        (void)rig_signal(rig, "SKY-101", SIGNAL_PANIC);
        (void)rig_signal(restored, "SKY-101", SIGNAL_PANIC);
        cr_assert_eq(triage_hash(rig->triage), triage_hash(restored->triage), "press %u", i);
    }
    cr_assert_eq(rig_find(restored, id)->signals_kept, LIMIT_INCIDENT_SIGNALS);
    rig_free(rig);
    rig_free(restored);
}
