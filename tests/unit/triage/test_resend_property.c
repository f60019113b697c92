/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random nights of panels that press, send again, restart and are closed, over a network that loses
 * frames and answers and delivers copies late. An oracle that knows what was pressed and what was
 * in transit judges triage:
 *
 *   clear night   every panel has a clock and a number is not used twice within a minute: no press
 *                 is ever taken for a copy, no copy for a copy of another press
 *   murky night   panels without clocks, restarts at once, four sequence numbers: a press may look
 *                 like a copy on the wire; then it is counted on an incident that is open, or waits
 *   both          a copy within a minute of the signal it is of adds no signal
 *
 * REQ R0 TEST, REQ A24 TEST
 */
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define PANELS 5
#define STEPS 500
#define COPIES 64 /* in transit at once */
#define RECORDS 4096
#define REMEMBERED 16 /* signals of a unit that triage knows again */

enum stamp
{
    STAMP_EVENT,   /* the time of the press */
    STAMP_SENDING, /* the time of each sending */
    STAMP_NONE,
};

struct press
{
    unsigned panel;
    uint64_t sequence;
    enum signal_kind kind;
    int64_t device_time_us; /* of the copy sent last */
    uint64_t pos;           /* newest signal it became, 0: the centre has not heard of it */
};

struct panel
{
    char unit[8];
    enum stamp stamp;
    uint64_t sequence;
    int press; /* waiting for its ACK, -1 none */
    unsigned tries;
    unsigned signals; /* new ones so far */
};

/* What the oracle knows of the signal of one record. */
struct known
{
    int press; /* -1: no signal */
    uint64_t incident;
    int64_t time_us;
    int64_t device_time_us;
    unsigned number; /* n-th signal of its panel */
    bool waiting;
};

struct copy
{
    int press;
    int64_t device_time_us;
    int64_t due_us;
};

struct night
{
    struct rig *rig;
    uint32_t random;
    bool clear;
    struct panel panels[PANELS];
    struct press presses[STEPS + 1];
    int presses_count;
    struct known known[RECORDS];
    struct copy copies[COPIES];
    unsigned copies_count;
    unsigned hidden; /* presses that only an incident's count shows */
    unsigned counted;
};

static uint32_t
night_random(struct night *night, uint32_t below)
{
    night->random = night->random * 1664525u + 1013904223u;
    return (night->random >> 8) % below;
}

static bool
night_opens(enum signal_kind kind)
{
    return kind == SIGNAL_PANIC || kind == SIGNAL_DURESS;
}

/* Does an operator see it: it waits for its case, or its incident is open. */
static bool
night_is_seen(const struct night *night, const struct known *known)
{
    const struct triage_incident *incident = triage_find(night->rig->triage, known->incident);
    return known->waiting || (incident != NULL && incident->state != INCIDENT_CLOSED);
}

/* The incident that the record opened or joined; 0 none. */
static uint64_t
night_incident(const struct night *night)
{
    uint64_t incident = 0;
    for (uint32_t i = 0; i < night->rig->out.changes_count; i++) {
        const struct triage_change *change = &night->rig->out.changes[i];
        if (change->kind == TRIAGE_CHANGE_OPENED || change->kind == TRIAGE_CHANGE_SIGNAL) {
            incident = change->incident;
        }
    }
    return incident;
}

static void
night_judge_copy(struct night *night, const struct press *press, uint64_t first_pos,
                 int64_t time_us)
{
    const struct known *first = &night->known[first_pos];
    cr_assert_geq(first->press, 0);
    const struct press *of = &night->presses[first->press];
    cr_assert_eq(of->panel, press->panel);
    cr_assert_eq(of->sequence, press->sequence);
    cr_assert_eq(of->kind, press->kind);
    cr_assert_leq(night->rig->now - first->time_us, 600 * SECOND);
    cr_assert(first->device_time_us == time_us || night->rig->now - first->time_us <= 60 * SECOND);
    cr_assert(!night_opens(press->kind) || night_is_seen(night, first),
              "counted where nobody sees");
    if (of != press) {
        cr_assert_not(night->clear, "a press taken for a copy of another");
        night->hidden += press->pos == 0 ? 1 : 0;
    }
    night->counted++;
}

/* A copy of a signal made within the last minute, which triage can still know, adds none. */
static bool
night_must_know(const struct night *night, const struct press *press)
{
    const struct known *known = &night->known[press->pos];
    const struct panel *panel = &night->panels[press->panel];
    return press->pos != 0 && night->rig->now - known->time_us <= 60 * SECOND &&
           panel->signals - known->number < REMEMBERED &&
           (!night_opens(press->kind) || night_is_seen(night, known));
}

static void
night_deliver(struct night *night, int at, int64_t device_time_us)
{
    struct press *press = &night->presses[at];
    struct panel *panel = &night->panels[press->panel];
    Larwm__Journal__Signal signal;
    rig_signal_init(night->rig, &signal, panel->unit, press->kind);
    signal.boot_id = 0;
    signal.sequence = press->sequence;
    signal.device_time_us = device_time_us;
    bool known = night_must_know(night, press);
    uint64_t pos = rig_send(night->rig, &signal);
    cr_assert_lt(pos, RECORDS);
    if (night->rig->out.repeat) {
        night_judge_copy(night, press, night->rig->out.repeat_of, device_time_us);
        return;
    }
    cr_assert_not(known, "a copy within a minute added a signal");
    panel->signals++;
    press->pos = pos;
    night->known[pos] =
        (struct known){.press = at,
                       .time_us = night->rig->now,
                       .device_time_us = device_time_us,
                       .number = panel->signals,
                       .incident = night_incident(night),
                       .waiting = night->rig->out.resolve || night->rig->out.follows};
    cr_assert_eq(night->rig->out.resolve || night->rig->out.again || night->rig->out.follows,
                 night_opens(press->kind));
}

static void
night_send_late_copies(struct night *night)
{
    for (unsigned i = 0; i < night->copies_count;) {
        struct copy copy = night->copies[i];
        if (copy.due_us > night->rig->now) {
            i++;
            continue;
        }
        night->copies[i] = night->copies[--night->copies_count];
        night_deliver(night, copy.press, copy.device_time_us);
    }
}

/* A panel sends the press it has in hand: the frame or its answer may be lost, it may have a NAK,
 * a copy may come late. */
static void
night_transmit(struct night *night, struct panel *panel)
{
    static const int64_t late_us[] = {SECOND, 5 * SECOND, 20 * SECOND, 45 * SECOND};
    struct press *press = &night->presses[panel->press];
    if (panel->stamp == STAMP_SENDING) {
        press->device_time_us = night->rig->now / SECOND * SECOND;
    }
    uint32_t chance = night_random(night, 10);
    if (chance < 2 && night->copies_count < COPIES) {
        night->copies[night->copies_count++] = (struct copy){
            panel->press, press->device_time_us, night->rig->now + late_us[night_random(night, 4)]};
    }
    if (chance != 9) { /* not lost on the way */
        night_deliver(night, panel->press, press->device_time_us);
    }
    if (chance == 5 && panel->stamp != STAMP_NONE) { /* NAK: it sets its clock */
        press->device_time_us = night->rig->now / SECOND * SECOND;
    }
    if (chance < 5 || ++panel->tries == 4) { /* acknowledged, or given up */
        panel->press = -1;
    }
}

static void
night_press(struct night *night, struct panel *panel, unsigned at)
{
    static const enum signal_kind kinds[] = {SIGNAL_PANIC, SIGNAL_PANIC, SIGNAL_DURESS,
                                             SIGNAL_TEST};
    if (night->clear && panel->sequence == 0) { /* a start takes a minute at least */
        rig_wait(night->rig, 61 * SECOND);
        night_send_late_copies(night);
    }
    panel->sequence = panel->sequence % (night->clear ? 9999 : 4) + 1;
    panel->tries = 0;
    panel->press = night->presses_count++;
    night->presses[panel->press] = (struct press){
        .panel = at,
        .sequence = panel->sequence,
        .kind = kinds[night_random(night, 4)],
        .device_time_us = panel->stamp == STAMP_NONE ? 0 : night->rig->now / SECOND * SECOND,
    };
}

/* False when nothing waits. */
static bool
night_resolve(struct night *night)
{
    struct triage_waiting waiting;
    if (!triage_pending(night->rig->triage, 0, &waiting)) {
        return false;
    }
    struct known *known = &night->known[waiting.pos];
    struct test_card card;
    uint64_t number = night->presses[known->press].panel + 1;
    test_card_init(&card, number, number);
    rig_resolve(night->rig, waiting.pos, &card);
    known->waiting = false;
    known->incident = night_incident(night);
    cr_assert_neq(known->incident, 0);
    for (uint32_t i = 0; i < night->rig->out.followers_count; i++) {
        struct known *follower = &night->known[night->rig->out.followers[i]];
        cr_assert(follower->waiting);
        follower->waiting = false;
        follower->incident = known->incident;
    }
    return true;
}

static void
night_close(struct night *night)
{
    const struct triage_incident *incident = NULL;
    while ((incident = triage_each(night->rig->triage, incident)) != NULL) {
        if (incident->state == INCIDENT_OPEN && night_random(night, 2) == 0) {
            uint64_t id = incident->id;
            cr_assert(rig_claim(night->rig, "nia", id, 0).ok);
            cr_assert(rig_close(night->rig, "nia", id, OUTCOME_PERSON_SAFE).ok);
            return;
        }
    }
}

static void
night_step(struct night *night)
{
    static const int64_t waits_us[] = {0, SECOND, 3 * SECOND, 9 * SECOND, 25 * SECOND, 70 * SECOND};
    unsigned at = night_random(night, PANELS);
    struct panel *panel = &night->panels[at];
    uint32_t what = night_random(night, 20);
    rig_wait(night->rig, waits_us[night_random(night, 6)] + (int64_t)night_random(night, 1000000));
    night_send_late_copies(night);
    if (what < 3) { /* PostgreSQL answers some of what waits */
        while (night_resolve(night) && night_random(night, 8) != 0) {
        }
    } else if (what == 3) {
        night_close(night);
    } else if (what == 4) { /* it restarts: what it had in hand is lost, its number too */
        panel->press = -1;
        panel->sequence = 0;
    } else if (panel->press < 0) {
        night_press(night, panel, at);
        night_transmit(night, panel);
    } else {
        night_transmit(night, panel);
    }
}

static uint64_t
night_run(uint32_t seed, bool clear, unsigned *ret_hidden, unsigned *ret_counted)
{
    struct triage_limits limits = {
        .incidents = 64, .pending = 64, .units = 16, .zones = 4, .users = 4};
    struct triage_policy policy = triage_policy_default();
    struct night *night = calloc(1, sizeof(*night));
    cr_assert_not_null(night);
    night->rig = rig_new_with(&limits, &policy);
    night->random = seed;
    night->clear = clear;
    for (unsigned i = 0; i < RECORDS; i++) {
        night->known[i].press = -1;
    }
    for (unsigned i = 0; i < PANELS; i++) {
        struct panel *panel = &night->panels[i];
        memcpy(panel->unit, (char[]){'H', 'U', 'B', '-', (char)('1' + i), '\0'}, 6);
        panel->stamp = (enum stamp)(i % (clear ? 2 : 3));
        panel->press = -1;
    }
    rig_presence(night->rig, "nia", ROLE_OPERATOR, true);
    for (unsigned i = 0; i < STEPS; i++) {
        night_step(night);
    }
    uint64_t hash = triage_hash(night->rig->triage);
    *ret_hidden += night->hidden;
    *ret_counted += night->counted;
    rig_free(night->rig);
    free(night);
    return hash;
}

Test(resend_property, no_press_of_a_panel_with_a_clock_is_ever_taken_for_a_copy, .timeout = 120)
{
    unsigned hidden = 0;
    unsigned counted = 0;
    for (uint32_t seed = 1; seed <= 150; seed++) {
        (void)night_run(seed, true, &hidden, &counted);
    }
    cr_assert_eq(hidden, 0);
    cr_assert_gt(counted, 1000, "the nights have copies in them, not %u", counted);
}

Test(resend_property, a_press_that_looks_like_a_copy_is_counted_where_it_is_seen, .timeout = 120)
{
    unsigned hidden = 0;
    unsigned counted = 0;
    for (uint32_t seed = 1001; seed <= 1150; seed++) {
        (void)night_run(seed, false, &hidden, &counted);
    }
    cr_assert_gt(hidden, 20, "the nights are murky, not %u", hidden);
    cr_assert_gt(counted, 1000);
}

Test(resend_property, the_same_night_ends_in_the_same_state, .timeout = 120)
{
    unsigned unused = 0;
    for (uint32_t seed = 1; seed <= 5; seed++) {
        uint64_t hash = night_run(seed, false, &unused, &unused);
        cr_assert_eq(hash, night_run(seed, false, &unused, &unused));
    }
}
