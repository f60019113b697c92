/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the recorder may write. In a storm that is more than PostgreSQL can take, on a machine
 * whose processors are all busy, every row written now takes time from a receipt or a screen
 * (docs/decisions/0020): the rows wait in the queue, which is made for that, and the recorder
 * leaves the greater part of the time to alarms. A recorder that keeps up is never held back, and
 * none is once the storm is over or much waits. Desk thread.
 */
#ifndef RECORD_PACE_H
#define RECORD_PACE_H

#include <stdint.h>

struct pace
{
    int pressure;       /* /proc/pressure/cpu, or -1: the kernel does not say */
    uint64_t waited_us; /* all time in which something waited for a processor, when last read .. */
    uint64_t read_us;   /* .. and when that was (monotonic) */
    uint64_t backlog;   /* bytes in the queue, then */
};

void pace_open(struct pace *pace, const char *pressure_path);
void pace_close(struct pace *pace);

/*
 * After a batch that took `taken_us`: how long to rest before the next, in microseconds; mostly 0.
 * `backlog` bytes wait now, `most` may be left waiting by choice.
 */
uint64_t pace_rest_us(struct pace *pace, uint64_t now_us, uint64_t taken_us, uint64_t backlog,
                      uint64_t most);

#endif
