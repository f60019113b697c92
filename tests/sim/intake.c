/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intake, played: a frame becomes a record, a durable record a receipt. Copies of DC-09 frames are
 * answered by the real memory of intake (src/intake/resend.c) where it allows it, and counted.
 */
#include "sim.h"

#include <stdio.h>
#include <string.h>

#define COUNT_US 1000000u

void
intake_heard(struct sim *sim, unsigned unit, enum path path, bool poll)
{
    struct sim_unit *of = &sim->units[unit];
    last_seen_note(sim->last_seen, of->slot, path, poll, sim->now_us / 1000);
    of->paths[path == PATH_BACKUP].heard_us = sim->now_us;
}

static size_t
intake_bytes(const struct sim_unit *unit, const struct sim_press *press, uint8_t to[96])
{
    int size =
        snprintf((char *)to, 96, "%s %llu %llx %lld", unit->id, (unsigned long long)press->sequence,
                 (unsigned long long)press->content, (long long)press->device_us);
    return (size_t)size;
}

static void
intake_count(struct sim *sim, uint64_t one, uint64_t two)
{
    struct resend_counted counted[8];
    Larwm__Journal__Repeat repeats[8];
    Larwm__Journal__Repeat *pointers[8];
    Larwm__Journal__Repeats body = LARWM__JOURNAL__REPEATS__INIT;
    (void)one;
    (void)two;
    body.n_signals = resend_take_counts(&sim->resend, counted, 8);
    body.signals = pointers;
    for (size_t i = 0; i < body.n_signals; i++) {
        larwm__journal__repeat__init(&repeats[i]);
        repeats[i].signal_pos = counted[i].pos;
        repeats[i].count = counted[i].copies;
        repeats[i].last_us = counted[i].last_us;
        pointers[i] = &repeats[i];
    }
    if (body.n_signals > 0) {
        (void)journal_push(sim, RECORD_REPEATS, &body.base, 0, 0);
    }
}

/* True: a copy that needs no record. */
static bool
intake_answers(struct sim *sim, unsigned unit, const struct sim_press *press)
{
    uint8_t bytes[96];
    size_t size = intake_bytes(&sim->units[unit], press, bytes);
    sim->resend.closings = closings_count(&sim->closings);
    struct resend_entry *entry = resend_find(&sim->resend, bytes, size, 1, sim->now_us / 1000);
    if (entry == NULL || entry->state != RESEND_DURABLE) {
        return false;
    }
    oracle_intake_copy(sim, unit, press, entry->pos);
    resend_count(&sim->resend, entry, clock_wall_us());
    sim_plan_life(sim, COUNT_US, intake_count, 0, 0);
    sim_plan(sim, random_between(&sim->random, 5000, 200000), units_receipt, unit, press->id);
    return true;
}

static void
intake_remember(struct sim *sim, unsigned unit, const struct sim_press *press)
{
    uint8_t bytes[96];
    size_t size = intake_bytes(&sim->units[unit], press, bytes);
    struct sim_flight *flight = &sim->flights[press->id % 64];
    flight->press = press->id;
    flight->ref = resend_find(&sim->resend, bytes, size, 1, sim->now_us / 1000) != NULL
                      ? 0
                      : resend_add(&sim->resend, bytes, size, 1, unit, sim->now_us / 1000);
}

static void
intake_signal(const struct sim_unit *unit, const struct sim_press *press,
              Larwm__Journal__Signal *signal)
{
    larwm__journal__signal__init(signal);
    signal->protocol =
        unit->dc09 ? LARWM__PROTOCOL__PROTOCOL_DC09 : LARWM__PROTOCOL__PROTOCOL_NATIVE;
    signal->unit = (char *)(uintptr_t)unit->id;
    signal->kind = (Larwm__SignalKind)press->kind;
    signal->boot_id = press->boot;
    signal->sequence = press->sequence;
    signal->content_hash = press->content;
    signal->device_time_us = press->device_us;
    signal->received_us = clock_wall_us();
    signal->path = LARWM__PATH__PATH_MAIN;
}

void
intake_frame(struct sim *sim, unsigned unit, const struct sim_press *press)
{
    Larwm__Journal__Signal signal;
    const struct sim_unit *of = &sim->units[unit];
    if (sim->desk == NULL) {
        return;
    }
    intake_heard(sim, unit, PATH_MAIN, false);
    if (of->dc09 && intake_answers(sim, unit, press)) {
        return;
    }
    if (of->dc09) {
        intake_remember(sim, unit, press);
    }
    intake_signal(of, press, &signal);
    (void)journal_push(sim, RECORD_SIGNAL, &signal.base, unit + 1, press->id);
}

/* REQ A24: the receipt, only now. */
void
intake_ticket(struct sim *sim, const struct flow_ticket *ticket)
{
    struct sim_flight *flight = &sim->flights[ticket->ref % 64];
    if (flight->press == ticket->ref && flight->ref != 0) {
        (void)resend_settle(&sim->resend, flight->ref, ticket->pos);
        flight->ref = 0;
    }
    if (ticket->pos == 0) {
        return;
    }
    sim->rows[ticket->pos].receipt = true;
    if (random_chance(&sim->random, sim->calm ? 0 : sim->rates.receipt_lost)) {
        sim_fault(sim, SIM_FAULT_RECEIPT);
        return;
    }
    sim_plan(sim, random_between(&sim->random, 5000, 200000), units_receipt, ticket->handle - 1,
             ticket->ref);
}
