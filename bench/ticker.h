/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A one-shot alarm clock for an absolute time in microseconds on a libuv loop: a timerfd, because
 * libuv's own timers count whole milliseconds and would add half of one to every latency. One
 * thread.
 */
#ifndef BENCH_TICKER_H
#define BENCH_TICKER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct ticker
{
    int fd;
    uv_poll_t poll;
    void (*on_time)(void *data);
    void *data;
};

bool ticker_init(uv_loop_t *loop, struct ticker *ticker, void (*on_time)(void *data), void *data);
/* Rings once at `mono_us` of CLOCK_MONOTONIC, at once when that is past. 0: not at all. */
void ticker_set(struct ticker *ticker, uint64_t mono_us);
void ticker_close(struct ticker *ticker);

#endif
