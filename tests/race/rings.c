/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rings that are nearly always full or empty, so that every slot is filled again at once: three
 * pipelines, each of three threads and two small rings.
 *     rings [ELEMENTS]
 * Each element arrives once, in order and whole. The same program with a ring whose releases are
 * relaxed (planted_ring.c) is the suite's control: ThreadSanitizer must see that one.
 */
#include "base/require.h"
#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PIPELINES 3u
#define STAGES 3u
#define WORDS_MAX 16u
#define DEADLINE_S 300u

struct pipeline
{
    struct ring rings[STAGES - 1];
    pthread_t threads[STAGES];
    unsigned words; /* of an element */
};

static struct pipeline pipelines[PIPELINES];
static uint64_t elements = 100000;

static void
push(struct ring *ring, const uint64_t *element)
{
    while (!ring_push(ring, element)) {
        (void)sched_yield();
    }
}

static void
pop(struct ring *ring, uint64_t *element)
{
    while (!ring_pop(ring, element)) {
        (void)sched_yield();
    }
}

static void *
produce(void *data)
{
    struct pipeline *pipeline = data;
    for (uint64_t number = 1; number <= elements; number++) {
        uint64_t element[WORDS_MAX];
        for (unsigned i = 0; i < pipeline->words; i++) {
            element[i] = number * (i + 1);
        }
        push(&pipeline->rings[0], element);
    }
    return NULL;
}

static void *
pass(void *data)
{
    struct pipeline *pipeline = data;
    for (uint64_t number = 1; number <= elements; number++) {
        uint64_t element[WORDS_MAX];
        pop(&pipeline->rings[0], element);
        push(&pipeline->rings[1], element);
    }
    return NULL;
}

static void *
consume(void *data)
{
    struct pipeline *pipeline = data;
    for (uint64_t number = 1; number <= elements; number++) {
        uint64_t element[WORDS_MAX];
        pop(&pipeline->rings[1], element);
        for (unsigned i = 0; i < pipeline->words; i++) {
            require(element[i] == number * (i + 1));
        }
    }
    return NULL;
}

int
main(int count, char **arguments)
{
    void *(*const stages[STAGES])(void *) = {produce, pass, consume};
    elements = count > 1 ? strtoull(arguments[1], NULL, 10) : elements;
    (void)alarm(DEADLINE_S);
    for (unsigned i = 0; i < PIPELINES; i++) {
        struct pipeline *at = &pipelines[i];
        at->words = 1u << (2 * i); /* 1, 4, 16 */
        bool good = true;
        for (unsigned k = 0; k < STAGES - 1; k++) {
            good = good && ring_init(&at->rings[k], 3u << (2 * i), at->words * sizeof(uint64_t)) ==
                               ERROR_NONE;
        }
        for (unsigned k = 0; k < STAGES; k++) {
            good = good && pthread_create(&at->threads[k], NULL, stages[k], at) == 0;
        }
        require(good);
    }
    for (unsigned i = 0; i < PIPELINES; i++) {
        for (unsigned k = 0; k < STAGES; k++) {
            (void)pthread_join(pipelines[i].threads[k], NULL);
        }
    }
    printf("cycles=%llu\n", (unsigned long long)(PIPELINES * elements));
    return 0;
}
