/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ahead.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

unsigned
ahead_limit_percent(unsigned processors, unsigned threads)
{
    unsigned percent = AHEAD_PERCENT * processors / (threads == 0 ? 1 : threads);
    return percent < 5 ? 5 : percent > 50 ? 50 : percent;
}

bool
ahead_is_over(bool over, unsigned used_percent, unsigned limit_percent)
{
    return used_percent * 4 > limit_percent * (over ? 3 : 4);
}

static unsigned
ahead_processors(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static void
ahead_refuse(struct ahead *ahead, int reason)
{
    char name[16] = "";
    ahead->refused = true;
    counter_add(ahead_refused, 1);
    (void)pthread_getname_np(pthread_self(), name, sizeof name);
    log_info("ahead", "%s stays among the others: %s (CAP_SYS_NICE or LimitRTPRIO=1 would let it)",
             name, strerror(reason));
}

static void
ahead_set(struct ahead *ahead, bool on)
{
    if (ahead->on == on || ahead->refused) {
        return;
    }
    struct sched_param param = {.sched_priority = on ? sched_get_priority_min(SCHED_RR) : 0};
    int failed = pthread_setschedparam(pthread_self(), on ? SCHED_RR : SCHED_OTHER, &param);
    if (failed != 0) {
        ahead_refuse(ahead, failed);
        return;
    }
    ahead->on = on;
    if (on) {
        counter_add(ahead_on, 1);
    } else {
        counter_add(ahead_off, 1);
    }
}

void
ahead_begin(struct ahead *ahead, struct ahead_group *group, unsigned threads)
{
    *ahead = (struct ahead){.group = group, .looked_ms = clock_mono_ms()};
    if (group != NULL) {
        ahead->limit_percent = ahead_limit_percent(ahead_processors(), threads);
        ahead->used_us = clock_thread_us();
        ahead_set(ahead, true);
    }
}

void
ahead_turn(struct ahead *ahead, uint64_t now_ms)
{
    if (ahead->group == NULL || now_ms < ahead->looked_ms + AHEAD_LOOK_MS) {
        return;
    }
    uint64_t used_us = clock_thread_us();
    uint64_t passed_us = (now_ms - ahead->looked_ms) * 1000;
    unsigned percent = (unsigned)((used_us - ahead->used_us) * 100 / passed_us);
    ahead->looked_ms = now_ms;
    ahead->used_us = used_us;
    bool over = ahead_is_over(ahead->over, percent, ahead->limit_percent);
    if (over && !ahead->over) {
        atomic_fetch_add_explicit(&ahead->group->over, 1, memory_order_relaxed);
    } else if (!over && ahead->over) {
        atomic_fetch_sub_explicit(&ahead->group->over, 1, memory_order_relaxed);
    }
    ahead->over = over;
    ahead_set(ahead, atomic_load_explicit(&ahead->group->over, memory_order_relaxed) == 0);
}
