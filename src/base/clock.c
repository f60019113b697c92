/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* How far wall time is ahead of monotonic time, in microseconds. Written by clock_init and by the
 * one thread that calls clock_follow; read by all; relaxed: a value a moment old is as good. */
static _Atomic int64_t wall_ahead_us;
static _Atomic bool initialised;
static _Atomic uint64_t followed_us;

#define SLEW_US_PER_S 500

static int64_t
clock_read_us(clockid_t id)
{
    struct timespec now;
    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

void
clock_init(void)
{
    if (!atomic_exchange(&initialised, true)) {
        atomic_store(&wall_ahead_us,
                     clock_read_us(CLOCK_REALTIME) - clock_read_us(CLOCK_MONOTONIC));
        atomic_store(&followed_us, clock_mono_us());
    }
}

int64_t
clock_follow(void)
{
    uint64_t now_us = clock_mono_us();
    int64_t ours = atomic_load_explicit(&wall_ahead_us, memory_order_relaxed);
    int64_t real = clock_read_us(CLOCK_REALTIME) - (int64_t)now_us;
    int64_t ahead = real - ours;
    int64_t passed_s = (int64_t)(now_us - atomic_load(&followed_us)) / US_PER_S;
    if (passed_s < 1) {
        return ahead;
    }
    int64_t most = passed_s * SLEW_US_PER_S;
    int64_t step = ahead > most ? most : ahead < -most ? -most : ahead;
    atomic_store_explicit(&wall_ahead_us, ours + step, memory_order_relaxed);
    atomic_store(&followed_us, now_us);
    return ahead - step;
}

int64_t
clock_wall_us(void)
{
    return clock_read_us(CLOCK_MONOTONIC) +
           atomic_load_explicit(&wall_ahead_us, memory_order_relaxed);
}

uint64_t
clock_mono_us(void)
{
    return (uint64_t)clock_read_us(CLOCK_MONOTONIC);
}

uint64_t
clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

uint64_t
clock_thread_us(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

const char *
clock_format(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
    int64_t rest = wall_us % US_PER_S;
    time_t seconds = (time_t)(wall_us / US_PER_S);
    if (rest < 0) {
        rest += US_PER_S;
        seconds -= 1;
    }
    struct tm parts;
    if (gmtime_r(&seconds, &parts) == NULL) {
        parts = (struct tm){.tm_mday = 1};
    }
    char date[24];
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text, CLOCK_TEXT_SIZE, "%s.%06uZ", date, (unsigned)(rest % US_PER_S));
    return text;
}
