/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several threads share without a ring, as fast as it goes: the last-seen table, the count of
 * closings, registries published and given back, the log, counters and clocks.
 *     shared [TURNS]
 * Three threads play intake and one the desk. Words read must be words that were written, closings
 * never go back, a unit found in a registry is whole, and a registry given back by all is freed.
 */
#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/ring.h"
#include "flow/closings.h"
#include "flow/last_seen.h"
#include "flow/registry.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORKERS 3u
#define SLOTS 8u
#define STEP_MS 10000u /* every time heard is a multiple */
#define REGISTRIES 4u  /* on their way to one worker */
#define TURNS_PER_REGISTRY 100u
#define DEADLINE_S 300u

struct worker
{
    pthread_t thread;
    struct ring registries; /* of struct registry *: desk to worker */
    struct ring retired;    /* the way back */
    uint64_t found;
};

static struct worker workers[WORKERS];
static struct last_seen *seen;
static struct closings closings;
static uint64_t turns = 1000000;
static _Atomic unsigned working;

static void
worker_take_registry(struct worker *worker, struct registry **registry)
{
    struct registry *newer;
    while (ring_pop(&worker->registries, &newer)) {
        if (*registry != NULL) {
            bool fits = ring_push(&worker->retired, registry);
            require(fits);
        }
        *registry = newer;
    }
}

static void *
worker_run(void *data)
{
    struct worker *worker = data;
    struct registry *registry = NULL;
    uint64_t closed = 0;
    for (uint64_t turn = 1; turn <= turns; turn++) {
        uint32_t slot = 1 + (uint32_t)(turn % SLOTS);
        enum path path = turn % 2 == 0 ? PATH_MAIN : PATH_BACKUP;
        last_seen_note(seen, slot, path, true, turn * STEP_MS);
        (void)last_seen_advance(seen, slot, path, (int64_t)turn, true, INT64_C(1) << 60);
        require(closings_count(&closings) >= closed);
        closed = closings_count(&closings);
        worker_take_registry(worker, &registry);
        const struct registry_unit *unit =
            registry == NULL ? NULL : registry_find_unit(registry, "SKY-101");
        if (unit != NULL) {
            require(unit->slot == unit->interval_s && strcmp(unit->id, "SKY-101") == 0);
            worker->found++;
        }
        counter_add(frames_native, 1);
        log_debug("race", "turn %llu", (unsigned long long)turn);
        require(clock_wall_us() > 0);
    }
    if (registry != NULL) {
        bool fits = ring_push(&worker->retired, &registry);
        require(fits);
    }
    (void)atomic_fetch_sub(&working, 1);
    return NULL;
}

static void
desk_publish(uint32_t number)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        struct registry *registry = registry_new(4, 4, 4);
        struct registry_unit unit = {.id = "SKY-101", .slot = number, .interval_s = number};
        require(registry != NULL && registry_add_unit(registry, &unit) != NULL);
        if (!ring_push(&workers[i].registries, &registry)) {
            registry_free(registry); /* published again on the next turn */
        }
    }
}

static unsigned
desk_free(bool last)
{
    unsigned freed = 0;
    struct registry *registry;
    for (unsigned i = 0; i < WORKERS; i++) {
        while (ring_pop(&workers[i].retired, &registry)) {
            registry_free(registry);
            freed++;
        }
        while (last && ring_pop(&workers[i].registries, &registry)) {
            registry_free(registry);
        }
    }
    return freed;
}

static void
desk_look(void)
{
    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        for (enum path path = PATH_MAIN; path <= PATH_BACKUP; path++) {
            uint64_t heard_ms = last_seen_ms(seen, slot, path);
            require(heard_ms % STEP_MS == 0 && heard_ms <= turns * STEP_MS);
            require(last_seen_run(seen, slot, path).count <= LAST_SEEN_RUN_MAX);
        }
    }
}

int
main(int count, char **arguments)
{
    turns = count > 1 ? strtoull(arguments[1], NULL, 10) : turns;
    (void)alarm(DEADLINE_S);
    clock_init();
    log_set_level(LOG_LEVEL_DEBUG);
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool good = seen != MAP_FAILED && turns > 0;
    atomic_store(&working, WORKERS);
    for (unsigned i = 0; i < WORKERS; i++) {
        good = good &&
               ring_init(&workers[i].registries, REGISTRIES, sizeof(void *)) == ERROR_NONE &&
               ring_init(&workers[i].retired, 4096 * REGISTRIES, sizeof(void *)) == ERROR_NONE;
    }
    require(good);
    for (unsigned i = 0; i < WORKERS; i++) {
        good = good && pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]) == 0;
    }
    require(good);
    unsigned freed = 0;
    for (uint32_t turn = 1; atomic_load(&working) > 0; turn++) {
        if (turn % TURNS_PER_REGISTRY == 1) {
            desk_publish(turn);
        }
        freed += desk_free(false);
        desk_look();
        closings_note(&closings);
        (void)clock_follow();
    }
    uint64_t found = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        found += workers[i].found;
    }
    freed += desk_free(true);
    require(found > 0 && freed > 0 && counter_get(frames_native) == WORKERS * turns);
    printf("cycles=%llu\n", (unsigned long long)(WORKERS * turns));
    return 0;
}
