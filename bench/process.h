/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process has cost so far: CPU of the whole and of each thread name, resident memory. Read
 * from /proc; a run takes the difference of two readings. One thread.
 */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define PROCESS_THREADS_MAX 64u

struct process_thread
{
    char name[16];
    uint64_t cpu_us;
};

struct process_cost
{
    char name[16];         /* of the main thread */
    uint64_t cpu_us;       /* user and kernel, of the threads alive */
    uint64_t resident_kib; /* pages shared with others count in full */
    uint64_t pss_kib;      /* pages shared with others count in part; 0 when not read */
    unsigned thread_count;
    struct process_thread
        threads[PROCESS_THREADS_MAX]; /* alive now, threads of one name together */
};

/* False when there is no such process. */
bool process_read(pid_t pid, struct process_cost *ret);
/* The same with its children's, and both memories from smaps_rollup: some milliseconds each. */
bool process_read_tree(pid_t pid, struct process_cost *ret);
/* "intake-0 8.1, journal 4.0, desk 3.9 us": each thread's CPU between two readings, divided by
 * `count` operations; the greatest first, at most `size` bytes. */
void process_describe(const struct process_cost *before, const struct process_cost *after,
                      uint64_t count, char *text, size_t size);

#endif
