/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread says of itself when it begins. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

/*
 * How a thread is weighed where there is less processor than work: as nice(2) has it, below 0 is
 * ahead of programs that said nothing. Receipts and the way to the screen go ahead of PostgreSQL
 * and everything else on the machine (rule R0); no thread of larwmd runs without resting.
 */
#define THREAD_RECEIPT (-10) /* intake, journal */
#define THREAD_SCREEN (-5)   /* desk, outlet */
#define THREAD_PLAIN 0

/* First call of the calling thread: its name (at most 15 bytes are kept) and weight. Where the
 * process may not go ahead (RLIMIT_NICE, no CAP_SYS_NICE) it stays as it was; the first time that
 * is logged. */
void thread_begin(const char *name, int weight);

#endif
