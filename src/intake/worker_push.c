/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker has on its way to the journal.
 *
 * Happy path. worker_push hands an entry over and keeps beside it what the answer needs; the ticket
 * brings both together again. Counted copies go to the journal when a record of COUNTS_MAX signals
 * is full, and on the tick.
 *
 * Failures. The journal could not keep an entry: the ticket brings it back, its session hears so. A
 * count that was not kept is not repeated: the number of copies shown is too low.
 */
#include "intake/worker.h"

#include "base/clock.h"
#include "base/require.h"
#include "base/stages.h"
#include "intake/datagram.h"

#define COUNTS_MAX 128u /* packed they fit in WORKER_BODY_MAX: at most 32 bytes each */

bool
worker_has_room(struct worker *worker)
{
    return worker->in_flight_free != 0 &&
           (worker->entries.free_count > 0 || pool_available(&worker->entries) > 0);
}

struct worker_in_flight *
worker_push(struct worker *worker, struct flow_entry *entry, uint64_t handle,
            const struct protocol_context *context)
{
    require(worker->in_flight_free != 0);
    uint32_t index = worker->in_flight_free - 1;
    struct worker_in_flight *in_flight = &worker->in_flight[index];
    worker->in_flight_free = in_flight->next_free;
    in_flight->context = *context;
    entry->home = &worker->entries;
    entry->pos = 0;
    entry->time_us = 0;
    entry->handle = handle;
    entry->ref = index;
    entry->taken_mono_us = clock_mono_us();
    if (entry->type == RECORD_SIGNAL) {
        stage_between(STAGE_DECODE, worker->stream.read_mono_us, entry->taken_mono_us);
    }
    bool fits = ring_push(&worker->port.entries, &entry);
    require(fits); /* it holds as many as the pool has blocks */
    worker->pushed += 1;
    return in_flight;
}

static void
worker_take_ticket(struct worker *worker, const struct flow_ticket *ticket)
{
    if (ticket->failed != NULL) {
        pool_give(&worker->entries, ticket->failed);
    }
    struct worker_in_flight *in_flight = &worker->in_flight[ticket->ref];
    struct protocol_context *context = &in_flight->context;
    /* REQ A24: positive only when the journal says durable */
    bool durable = ticket->error == ERROR_NONE && ticket->failed == NULL && ticket->pos != 0;
    context->copies =
        (uint16_t)resend_settle(&worker->resend, context->resend, durable ? ticket->pos : 0);
    struct session *session = worker_session(worker, ticket->handle);
    if (session != NULL) {
        if (session->datagram != NULL) {
            session->datagram->peer = in_flight->peer;
            datagram_release(session, &in_flight->peer);
        }
        session_on_ticket(session, context, durable ? PROTOCOL_DURABLE : PROTOCOL_FAILED);
    }
    in_flight->next_free = worker->in_flight_free;
    worker->in_flight_free = (uint32_t)ticket->ref + 1;
}

void
worker_take_tickets(struct worker *worker)
{
    struct flow_ticket ticket;
    uint64_t now_us = ring_count(&worker->port.tickets) > 0 ? clock_mono_us() : 0;
    while (ring_pop(&worker->port.tickets, &ticket)) {
        stage_between(STAGE_TICKET, ticket.durable_mono_us, now_us);
        worker->tickets_taken += 1;
        worker_take_ticket(worker, &ticket);
    }
    worker->tickets_us = now_us != 0 ? now_us : worker->tickets_us;
    /* Blocks the desk returned go on top of the free ones: the few in use stay warm, and the rest
     * of the pool is never touched. */
    (void)pool_available(&worker->entries);
}

/* One record of counts; false when none is left to count. */
static bool
worker_push_count(struct worker *worker)
{
    struct resend_counted counted[COUNTS_MAX];
    Larwm__Journal__Repeat repeats[COUNTS_MAX];
    Larwm__Journal__Repeat *pointers[COUNTS_MAX];
    Larwm__Journal__Repeats record = LARWM__JOURNAL__REPEATS__INIT;
    unsigned count = resend_take_counts(&worker->resend, counted, COUNTS_MAX);
    struct flow_entry *entry = count == 0 ? NULL : pool_take(&worker->entries);
    if (entry == NULL) {
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        larwm__journal__repeat__init(&repeats[i]);
        repeats[i].signal_pos = counted[i].pos;
        repeats[i].count = counted[i].copies;
        repeats[i].last_us = counted[i].last_us;
        pointers[i] = &repeats[i];
    }
    record.n_signals = count;
    record.signals = pointers;
    require(larwm__journal__repeats__get_packed_size(&record) <= WORKER_BODY_MAX);
    entry->size = (uint32_t)larwm__journal__repeats__pack(&record, entry->body);
    entry->type = RECORD_REPEATS;
    (void)worker_push(worker, entry, WORKER_NOBODY, &(struct protocol_context){.resend = 0});
    return true;
}

void
worker_push_counts(struct worker *worker)
{
    while (worker_has_room(worker) && worker_push_count(worker)) {
    }
}

void
worker_push_full_counts(struct worker *worker)
{
    while (worker->resend.listed_count >= COUNTS_MAX && worker_has_room(worker) &&
           worker_push_count(worker)) {
    }
}
