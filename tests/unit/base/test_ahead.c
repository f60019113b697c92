/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ahead.h"

#include "base/clock.h"
#include "base/counters.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

static int
policy(void)
{
    int now;
    struct sched_param param;
    cr_assert_eq(pthread_getschedparam(pthread_self(), &now, &param), 0);
    return now;
}

/* Computes until this thread has used so much more processor time. */
static void
burn(uint64_t us)
{
    struct timespec begin, now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do {
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while ((uint64_t)(now.tv_sec - begin.tv_sec) * 1000000000 + (uint64_t)now.tv_nsec <
             (uint64_t)begin.tv_nsec + us * 1000);
}

static bool
may_go_ahead(void)
{
    struct sched_param param = {.sched_priority = 1};
    bool may = sched_setscheduler(0, SCHED_RR, &param) == 0;
    param.sched_priority = 0;
    (void)sched_setscheduler(0, SCHED_OTHER, &param);
    return may;
}

Test(ahead, the_threads_of_a_kind_share_a_fifth_of_the_machine)
{
    cr_assert_eq(ahead_limit_percent(2, 1), 40);
    cr_assert_eq(ahead_limit_percent(16, 4), 50, "never more than half of a processor");
    cr_assert_eq(ahead_limit_percent(2, 16), 5, "never nothing");
    cr_assert_eq(ahead_limit_percent(1, 0), 20);
}

Test(ahead, a_thread_steps_back_above_its_share_and_returns_well_below)
{
    cr_assert_not(ahead_is_over(false, 40, 40));
    cr_assert(ahead_is_over(false, 41, 40));
    cr_assert(ahead_is_over(true, 31, 40));
    cr_assert_not(ahead_is_over(true, 30, 40));
}

Test(ahead, a_thread_that_computes_much_steps_back_until_it_rests)
{
    struct ahead_group group = {0};
    struct ahead ahead;
    if (!may_go_ahead()) {
        cr_skip("this process may not use real time");
    }
    ahead_begin(&ahead, &group, 1);
    uint64_t began_ms = ahead.looked_ms;
    cr_assert(ahead.on);
    cr_assert_eq(policy(), SCHED_RR);
    burn(AHEAD_LOOK_MS * 1000);
    ahead_turn(&ahead, began_ms + AHEAD_LOOK_MS);
    cr_assert_not(ahead.on);
    cr_assert_eq(policy(), SCHED_OTHER);
    cr_assert_eq(atomic_load(&group.over), 1);
    ahead_turn(&ahead, began_ms + 100 * AHEAD_LOOK_MS);
    cr_assert(ahead.on);
    cr_assert_eq(policy(), SCHED_RR);
    cr_assert_eq(atomic_load(&group.over), 0);
}

Test(ahead, a_thread_steps_back_with_another_of_its_group)
{
    struct ahead_group group = {0};
    struct ahead ahead;
    if (!may_go_ahead()) {
        cr_skip("this process may not use real time");
    }
    ahead_begin(&ahead, &group, 1);
    uint64_t began_ms = ahead.looked_ms;
    atomic_store(&group.over, 1);
    ahead_turn(&ahead, began_ms + 100 * AHEAD_LOOK_MS);
    cr_assert_eq(policy(), SCHED_OTHER);
    atomic_store(&group.over, 0);
    ahead_turn(&ahead, began_ms + 200 * AHEAD_LOOK_MS);
    cr_assert_eq(policy(), SCHED_RR);
}

Test(ahead, without_the_right_nothing_changes_and_it_is_counted_once)
{
    struct ahead_group group = {0};
    struct ahead ahead;
    struct rlimit none = {0};
    (void)setrlimit(RLIMIT_RTPRIO, &none);
    if (geteuid() == 0) {
        cr_assert_eq(setuid(NOBODY), 0);
    }
    ahead_begin(&ahead, &group, 1);
    ahead_turn(&ahead, ahead.looked_ms + 100 * AHEAD_LOOK_MS);
    cr_assert_not(ahead.on);
    cr_assert_eq(policy(), SCHED_OTHER);
    cr_assert_eq(counter_get(ahead_refused), 1);
}

Test(ahead, without_a_group_a_thread_stays_as_it_is)
{
    struct ahead ahead;
    ahead_begin(&ahead, NULL, 1);
    ahead_turn(&ahead, clock_mono_ms() + 100 * AHEAD_LOOK_MS);
    cr_assert_eq(policy(), SCHED_OTHER);
    cr_assert_eq(counter_get(ahead_refused), 0);
}
