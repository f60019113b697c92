/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real journal with both of its threads on a disk that fails now and then: three producers, a
 * thread that plays the desk and lets segments go, one that plays the watchdog.
 *     journal [ENTRIES]
 * Segments are small, so that the keeper prepares and deletes files all the time. At the end every
 * number that has a ticket without error is on disk, at the position of its ticket or deleted with
 * it.
 */
#include "../unit/journal/support.h"

#include "base/clock.h"
#include "base/require.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRODUCERS 3u
#define BLOCKS 64u
#define BODY 600u
#define ENTRIES_MAX 100000u
#define BURST 8u  /* entries a producer pushes before it looks for tickets */
#define KEPT 200u /* records after which there is another checkpoint */
#define DEADLINE_S 300u

struct producer
{
    struct pool pool;
    struct flow_port port;
    struct waker waker;
    pthread_t thread;
    uint64_t done;
    uint64_t failed;
    uint64_t again[BLOCKS]; /* numbers that failed and are to be pushed again */
    unsigned again_count;
    uint64_t pos[ENTRIES_MAX]; /* of each number */
};

static struct producer producers[PRODUCERS];
static struct faults faults;
static struct journal *journal;
static struct ring desk_entries;
static struct waker desk_waker;
static _Atomic bool desk_stopping; /* then a wake-up */
static _Atomic bool watch_stopping;
static uint64_t entries_each = 3000;

static bool
has_ticket(void *data)
{
    struct producer *producer = data;
    return ring_count(&producer->port.tickets) > 0;
}

/* A failed number comes again in another block, as a unit would send it. */
static void
take_tickets(struct producer *producer)
{
    struct flow_ticket ticket;
    while (ring_pop(&producer->port.tickets, &ticket)) {
        if (ticket.failed == NULL) {
            producer->pos[ticket.handle] = ticket.pos;
            producer->done++;
            continue;
        }
        producer->failed++;
        producer->again[producer->again_count++] = ticket.handle;
        pool_give(&producer->pool, ticket.failed);
    }
}

/* As tests/unit/journal/support.c expects it when it reads. */
static void
fill(struct flow_entry *entry, uint64_t number)
{
    memcpy(entry->body, &number, sizeof number);
    for (size_t i = sizeof number; i < entry->size; i++) {
        entry->body[i] = (uint8_t)(number * 31 + i);
    }
}

static bool
push_next(struct producer *producer, uint64_t *sent)
{
    bool again = producer->again_count > 0;
    struct flow_entry *entry = again || *sent < entries_each ? pool_take(&producer->pool) : NULL;
    if (entry == NULL) {
        return false;
    }
    uint64_t handle = again ? producer->again[--producer->again_count] : (*sent)++;
    *entry = (struct flow_entry){.home = &producer->pool,
                                 .handle = handle,
                                 .type = RECORD_SIGNAL,
                                 .size = 8 + (uint32_t)(handle % (BODY - 8))};
    fill(entry, (uint64_t)(producer - producers) * ENTRIES_MAX + handle);
    bool fits = ring_push(&producer->port.entries, &entry);
    require(fits);
    return true;
}

static void *
produce(void *data)
{
    struct producer *producer = data;
    uint64_t sent = 0;
    while (producer->done < entries_each) {
        for (unsigned burst = 0; burst < BURST && push_next(producer, &sent); burst++) {
        }
        waker_wake(producer->port.journal);
        waker_sleep(&producer->waker, 1, has_ticket, producer);
        take_tickets(producer);
    }
    return NULL;
}

static bool
desk_has_work(void *data)
{
    (void)data;
    return ring_count(&desk_entries) > 0 || atomic_load(&desk_stopping);
}

static void *
desk(void *data)
{
    uint64_t pos = 0;
    uint64_t kept = 0;
    bool stopping = false;
    while (!stopping) {
        waker_sleep(&desk_waker, 100, desk_has_work, NULL);
        stopping = atomic_load(&desk_stopping);
        struct flow_entry *entry;
        while (ring_pop(&desk_entries, &entry)) {
            require(entry->pos > pos);
            pos = entry->pos;
            memset(entry->body, 0xEE, 8);
            pool_return(entry->home, entry);
        }
        if (pos > kept + KEPT) {
            kept = pos;
            journal_checkpoint(journal, kept, calloc(1, 64), 64);
        }
    }
    return data;
}

static void *
watch(void *data)
{
    uint64_t pos = 0;
    while (!atomic_load(&watch_stopping)) {
        struct journal_health health;
        journal_health(journal, &health);
        require(health.durable_pos >= pos);
        pos = health.durable_pos;
        (void)usleep(500); /* a pace, no verdict: a bare loop would take a core from the others */
    }
    return data;
}

static void
set_up(const char *path)
{
    struct journal_options options = {
        .dir = path, .node = 7, .segment_bytes = RIG_SEGMENT_BYTES, .ops = &faults.ops};
    faults_init(&faults);
    faults.fail_from[CALL_PWRITE] = 100;
    faults.fail_from[CALL_FDATASYNC] = 40;
    faults.fail_from[CALL_PREPARE] = 9;
    faults.fail_count[CALL_PWRITE] = faults.fail_count[CALL_FDATASYNC] = 3;
    faults.fail_count[CALL_PREPARE] = 1;
    bool good = journal_open(&options, &journal) == ERROR_NONE &&
                waker_init_eventfd(&desk_waker) == ERROR_NONE &&
                ring_init(&desk_entries, PRODUCERS * BLOCKS, sizeof(void *)) == ERROR_NONE;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        struct producer *at = &producers[i];
        good =
            good && pool_init(&at->pool, BLOCKS, sizeof(struct flow_entry) + BODY) == ERROR_NONE &&
            ring_init(&at->port.entries, BLOCKS, sizeof(void *)) == ERROR_NONE &&
            ring_init(&at->port.tickets, (unsigned)entries_each * 2, sizeof(struct flow_ticket)) ==
                ERROR_NONE &&
            waker_init_eventfd(&at->waker) == ERROR_NONE;
        at->port.producer = &at->waker;
        (void)journal_add_port(journal, &at->port);
    }
    journal_set_desk(journal, &desk_entries, &desk_waker);
    require(good);
}

static void
check(const char *path)
{
    static struct seen seen;
    seen_read(&seen, path);
    require(seen.count > 0);
    for (size_t i = 0; i < seen.count; i++) {
        const struct producer *of = &producers[seen.number[i] / ENTRIES_MAX];
        require(of->pos[seen.number[i] % ENTRIES_MAX] == seen.pos[i]);
    }
    uint64_t kept = seen.count;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        for (uint64_t n = 0; n < entries_each; n++) {
            require(producers[i].pos[n] != 0);
            kept -= producers[i].pos[n] >= seen.pos[0];
        }
    }
    require(kept == 0);
}

int
main(int count, char **arguments)
{
    char path[] = "/tmp/larwm-race-XXXXXX";
    pthread_t desk_thread;
    pthread_t watch_thread;
    entries_each = count > 1 ? strtoull(arguments[1], NULL, 10) : entries_each;
    require(entries_each <= ENTRIES_MAX && mkdtemp(path) != NULL);
    (void)alarm(DEADLINE_S);
    clock_init();
    set_up(path);
    bool made = journal_start(journal) == ERROR_NONE &&
                pthread_create(&desk_thread, NULL, desk, NULL) == 0 &&
                pthread_create(&watch_thread, NULL, watch, NULL) == 0;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        made = made && pthread_create(&producers[i].thread, NULL, produce, &producers[i]) == 0;
    }
    require(made);
    uint64_t failed = 0;
    for (unsigned i = 0; i < PRODUCERS; i++) {
        (void)pthread_join(producers[i].thread, NULL);
        failed += producers[i].failed;
    }
    journal_stop(journal);
    atomic_store(&desk_stopping, true);
    waker_wake(&desk_waker);
    (void)pthread_join(desk_thread, NULL);
    atomic_store(&watch_stopping, true);
    (void)pthread_join(watch_thread, NULL);
    journal_close(journal);
    check(path);
    directory_remove(path);
    require(failed > 0);
    printf("cycles=%llu\n", (unsigned long long)(PRODUCERS * entries_each));
    return 0;
}
