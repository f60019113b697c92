/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chance from one 64-bit seed (splitmix64): the same seed gives the same numbers on every machine.
 * One thread.
 */
#ifndef TESTS_SIM_RANDOM_H
#define TESTS_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct sim_random
{
    uint64_t state;
};

static inline uint64_t
random_next(struct sim_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = random->state;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/* from .. to, both included. */
static inline uint64_t
random_between(struct sim_random *random, uint64_t from, uint64_t to)
{
    return from + random_next(random) % (to - from + 1);
}

/* True `permille` times in a thousand. */
static inline bool
random_chance(struct sim_random *random, unsigned permille)
{
    return random_next(random) % 1000 < permille;
}

/* A time around `mean_us`: between a tenth and three times of it, short ones more often. */
static inline uint64_t
random_around(struct sim_random *random, uint64_t mean_us)
{
    uint64_t part = random_between(random, 100, 3000);
    uint64_t other = random_between(random, 100, 3000);
    return mean_us / 1000 * (part < other ? part : other);
}

#endif
