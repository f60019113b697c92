/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long an alarm spends in each stage of a running daemon: one log-linear histogram a stage.
 * Relaxed atomics, any thread adds, any thread reads; a reader takes the difference of two readings
 * (larwmctl counters, larwm-bench). Adding costs two atomic additions, about 10 ns; the clock is
 * read once a batch where there is a batch.
 *
 * Limits: exact below 16 us, then 8 steps to each doubling (a value is known within 1/8), up to
 * 134 s; longer times count as that.
 */
#ifndef BASE_STAGES_H
#define BASE_STAGES_H

#include <stdatomic.h>
#include <stdint.h>

/* In the order of the flow. Every stage counts records, also where the time is that of a batch, so
 * that the means of the stages can be added up. */
#define STAGE_LIST(X)                                                                              \
    X(STAGE_DECODE, "decode", "bytes read until the signal is on its way to the journal")          \
    X(STAGE_JOURNAL_WAIT, "journal_wait", "pushed until its batch begins to be written")           \
    X(STAGE_JOURNAL_SYNC, "journal_sync", "write and fdatasync of its batch")                      \
    X(STAGE_TICKET, "ticket", "durable until intake has the ticket")                               \
    X(STAGE_RECEIPT, "receipt", "ticket taken until the receipt is with the kernel")               \
    X(STAGE_DESK_WAIT, "desk_wait", "durable until the desk takes the record")                     \
    X(STAGE_TRIAGE, "triage", "one record applied: unpacked, judged, its rows queued")             \
    X(STAGE_RESOLVE, "resolve", "asked whose unit it is until answered")                           \
    X(STAGE_OUTLET, "outlet", "a delta pushed until it is written to every client")                \
    X(STAGE_RECORD, "record", "a batch sent to PostgreSQL until it is committed")

enum stage
{
#define X(name, word, text) name,
    STAGE_LIST(X)
#undef X
        STAGE_COUNT
};

#define STAGE_STEPS 8u
#define STAGE_BUCKETS 200u

struct stage_times
{
    _Atomic uint64_t sum_us;
    _Atomic uint64_t counts[STAGE_BUCKETS]; /* by stage_bucket */
} __attribute__((aligned(64)));             /* no stage shares a cache line with another */

extern struct stage_times stage_times[STAGE_COUNT];

/* `records` records spent `us` microseconds in the stage. 0 records: nothing. */
void stage_add(enum stage stage, uint64_t us, uint64_t records);
/* The same for one record, from one reading of the monotonic clock to another. Nothing when the
 * first is 0: not known. */
void stage_between(enum stage stage, uint64_t from_us, uint64_t to_us);

/* "journal_sync"; what it measures. */
const char *stage_name(enum stage stage);
const char *stage_text(enum stage stage);
/* The bucket of a time, and the longest time of a bucket. */
unsigned stage_bucket(uint64_t us);
uint64_t stage_upper_us(unsigned bucket);
/* The time below which `share` (0..1) of the records lie, known within 1/8; 0 when there are none.
 */
uint64_t stage_percentile_us(const uint64_t *counts, unsigned count, double share);

#endif
