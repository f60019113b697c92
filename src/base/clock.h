/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks. Wall time (microseconds since 1970 UTC) is for people and records; it never jumps
 * while we run: it is the wall clock at start plus monotonic time, pulled towards the real wall
 * clock by at most 0.5 ms a second. Monotonic time is for limits. Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define US_PER_S INT64_C(1000000)
#define US_PER_MS INT64_C(1000)

/* Call once before threads start; later calls do nothing. */
void clock_init(void);
/* Call about once a second from one thread: follows the real wall clock by slewing.
 * Returns how far the real wall clock is ahead of ours, in microseconds. */
int64_t clock_follow(void);
int64_t clock_wall_us(void);
uint64_t clock_mono_us(void);
uint64_t clock_mono_ms(void);
/* Processor time the calling thread has had; a call of the kernel. */
uint64_t clock_thread_us(void);

#define CLOCK_TEXT_SIZE 32
/* Writes "2026-11-22T12:00:00.123456Z" into `text`. Returns text. */
const char *clock_format(int64_t wall_us, char text[CLOCK_TEXT_SIZE]);

#endif
