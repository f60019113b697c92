/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that go ahead of everything else on the machine while they need little of it (REQ A24,
 * docs/decisions/0021). A receipt costs some 50 us of work on two threads; on a busy machine each
 * of them waits up to some milliseconds for a processor that a database or a report has. While they
 * are ahead (real time, round robin, the lowest priority of it), they wait for nobody but their
 * like.
 *
 * Real time may not starve the rest: a thread that needs more than its share in a look of
 * AHEAD_LOOK_MS steps back, and all of its group with it, until it needs clearly less. So in a
 * storm everything is scheduled as before, and receipts are gathered in large batches, which is
 * cheaper.
 *
 * It takes the right to do so: CAP_SYS_NICE or RLIMIT_RTPRIO of 1 or more (systemd:
 * LimitRTPRIO=1). Without it nothing changes and the counter ahead_refused says so.
 *
 * A group: one for all its threads, which read and write `over` (relaxed: it only decides who steps
 * back a moment sooner). A struct ahead: its thread alone.
 */
#ifndef BASE_AHEAD_H
#define BASE_AHEAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define AHEAD_LOOK_MS 50u
/* Of all processors together, what the threads of one kind may take while they are ahead. */
#define AHEAD_PERCENT 20u

struct ahead_group
{
    _Atomic unsigned over; /* members that need more than their share */
};

struct ahead
{
    struct ahead_group *group; /* NULL: never ahead */
    unsigned limit_percent;    /* of one processor; ahead_begin sets it */
    bool on;                   /* it is ahead now */
    bool over;                 /* it needs more than its share */
    bool refused;              /* the system did not let it */
    uint64_t looked_ms;        /* monotonic, when it last looked .. */
    uint64_t used_us;          /* .. and the processor time it had had then */
};

/* What each of `threads` alike may take of one processor, on `processors`: 5..50 percent. */
unsigned ahead_limit_percent(unsigned processors, unsigned threads);

/* The decision alone: a thread that `used_percent` of a processor since it last looked. Steps back
 * above its limit, comes back below three quarters of it. Returns whether it is over. */
bool ahead_is_over(bool over, unsigned used_percent, unsigned limit_percent);

/* Of the calling thread, which goes ahead at once where it may. `threads`: how many are like it.
 * `group` NULL: it never goes. */
void ahead_begin(struct ahead *ahead, struct ahead_group *group, unsigned threads);
/* The same thread, often: looks every AHEAD_LOOK_MS and costs a comparison otherwise. */
void ahead_turn(struct ahead *ahead, uint64_t now_ms);

#endif
