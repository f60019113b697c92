/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alarm path's hand-overs alone, as fast as they go: three producers, a thread that plays the
 * journal and one that plays the desk, joined by the real rings, pools and wakers.
 *     hand-over [ENTRIES]
 * Each of ENTRIES blocks a producer takes is filled, crosses to the journal, gets its position,
 * crosses to the desk, is checked byte for byte, overwritten and returned. Every tenth batch fails
 * and comes back by ticket. A block that is changed while another thread reads it is a race to
 * ThreadSanitizer and, without it, a wrong byte.
 */
#include "base/require.h"
#include "flow/entry.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRODUCERS 3u
#define BLOCKS 64u
#define BODY 200u
#define FAILS_EVERY 10u /* batches */
#define DEADLINE_S 300u

struct producer
{
    struct pool pool;
    struct flow_port port;
    struct waker waker;
    pthread_t thread;
    uint64_t acknowledged;
    uint64_t failed;
};

static struct producer producers[PRODUCERS];
static struct waker journal_waker;
static struct ring desk_entries;
static struct waker desk_waker;
static uv_loop_t desk_loop;
static uv_poll_t desk_wake;
static _Atomic unsigned producing; /* producers that still run; seq_cst, then a wake-up */
static _Atomic bool journal_ended; /* set before the desk's last wake-up; seq_cst */
static uint64_t entries_each = 100000;
static uint64_t desk_count; /* the desk thread's, read after it was joined */
static uint64_t desk_pos;

static void
fill(struct flow_entry *entry, uint64_t number)
{
    entry->handle = number;
    entry->size = BODY;
    for (unsigned i = 0; i < BODY; i++) {
        entry->body[i] = (uint8_t)(number + i);
    }
}

static bool
is_whole(const struct flow_entry *entry)
{
    bool whole = entry->size == BODY;
    for (unsigned i = 0; i < BODY; i++) {
        whole = whole && entry->body[i] == (uint8_t)(entry->handle + i);
    }
    return whole;
}

static bool
has_ticket(void *data)
{
    struct producer *producer = data;
    return ring_count(&producer->port.tickets) > 0;
}

static void
take_tickets(struct producer *producer)
{
    struct flow_ticket ticket;
    while (ring_pop(&producer->port.tickets, &ticket)) {
        if (ticket.failed != NULL) {
            require(is_whole(ticket.failed));
            pool_give(&producer->pool, ticket.failed);
            producer->failed++;
        } else {
            producer->acknowledged++;
        }
    }
}

static void *
produce(void *data)
{
    struct producer *producer = data;
    uint64_t sent = 0;
    while (producer->acknowledged + producer->failed < entries_each) {
        struct flow_entry *entry;
        while (sent < entries_each && (entry = pool_take(&producer->pool)) != NULL) {
            *entry = (struct flow_entry){.home = &producer->pool};
            fill(entry, sent++);
            bool fits = ring_push(&producer->port.entries, &entry);
            require(fits);
        }
        waker_wake(producer->port.journal);
        waker_sleep(&producer->waker, 1, has_ticket, producer);
        take_tickets(producer);
    }
    (void)atomic_fetch_sub(&producing, 1);
    waker_wake(&journal_waker);
    return NULL;
}

static bool
journal_has_work(void *data)
{
    bool work = atomic_load(&producing) == 0;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        work = work || ring_count(&producers[i].port.entries) > 0;
    }
    return work;
}

static void
journal_pass(struct producer *producer, bool fails, uint64_t *pos)
{
    struct flow_entry *entry;
    while (ring_pop(&producer->port.entries, &entry)) {
        struct flow_ticket ticket = {.handle = entry->handle};
        if (fails) {
            ticket.failed = entry;
            ticket.error = ERROR_IO;
        } else {
            entry->pos = ticket.pos = ++*pos;
            bool fits = ring_push(&desk_entries, &entry);
            require(fits);
        }
        bool fits = ring_push(&producer->port.tickets, &ticket);
        require(fits);
    }
    waker_wake(producer->port.producer);
}

static void *
journal(void *data)
{
    uint64_t pos = 0;
    for (unsigned turn = 1; atomic_load(&producing) > 0; turn++) {
        for (unsigned i = 0; i < PRODUCERS; i++) {
            journal_pass(&producers[i], turn % FAILS_EVERY == 0, &pos);
        }
        waker_wake(&desk_waker);
        waker_sleep(&journal_waker, 100, journal_has_work, NULL);
    }
    atomic_store(&journal_ended, true);
    waker_wake(&desk_waker);
    return data;
}

static void
desk_on_wake(uv_poll_t *poll, int status, int events)
{
    require(status == 0 && events == UV_READABLE);
    waker_take(&desk_waker);
    bool ended = atomic_load(&journal_ended);
    struct flow_entry *entry;
    while (ring_pop(&desk_entries, &entry)) {
        require(is_whole(entry) && entry->pos == desk_pos + 1);
        desk_pos = entry->pos;
        desk_count++;
        memset(entry->body, 0xEE, BODY);
        pool_return(entry->home, entry);
    }
    if (ended) {
        uv_close((uv_handle_t *)poll, NULL);
    }
}

static void *
desk(void *data)
{
    (void)uv_run(&desk_loop, UV_RUN_DEFAULT);
    return data;
}

static void
set_up(void)
{
    bool good = uv_loop_init(&desk_loop) == 0 &&
                waker_init_poll(&desk_waker, &desk_loop, &desk_wake, desk_on_wake) == ERROR_NONE &&
                waker_init_eventfd(&journal_waker) == ERROR_NONE &&
                ring_init(&desk_entries, PRODUCERS * BLOCKS, sizeof(void *)) == ERROR_NONE;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        struct producer *at = &producers[i];
        /* a block may be back and away again before its ticket was read */
        good = good &&
               pool_init(&at->pool, BLOCKS, sizeof(struct flow_entry) + BODY) == ERROR_NONE &&
               ring_init(&at->port.entries, BLOCKS, sizeof(void *)) == ERROR_NONE &&
               ring_init(&at->port.tickets, (unsigned)entries_each, sizeof(struct flow_ticket)) ==
                   ERROR_NONE &&
               waker_init_eventfd(&at->waker) == ERROR_NONE;
        at->port.journal = &journal_waker;
        at->port.producer = &at->waker;
    }
    require(good);
}

int
main(int count, char **arguments)
{
    pthread_t journal_thread;
    pthread_t desk_thread;
    entries_each = count > 1 ? strtoull(arguments[1], NULL, 10) : entries_each;
    (void)alarm(DEADLINE_S);
    set_up();
    atomic_store(&producing, PRODUCERS);
    bool made = pthread_create(&desk_thread, NULL, desk, NULL) == 0 &&
                pthread_create(&journal_thread, NULL, journal, NULL) == 0;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        made = made && pthread_create(&producers[i].thread, NULL, produce, &producers[i]) == 0;
    }
    require(made);
    uint64_t acknowledged = 0;
    uint64_t failed = 0;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        (void)pthread_join(producers[i].thread, NULL);
        acknowledged += producers[i].acknowledged;
        failed += producers[i].failed;
    }
    (void)pthread_join(journal_thread, NULL);
    (void)pthread_join(desk_thread, NULL);
    require(acknowledged + failed == PRODUCERS * entries_each && desk_count == acknowledged);
    printf("cycles=%llu\n", (unsigned long long)(acknowledged + failed));
    return 0;
}
