/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token buckets: how fast one sender may go. A bucket fills by `per_s` tokens a second up to
 * `burst`; a frame takes one. The lesser frames leave a reserve, so that a flood of link tests
 * leaves room for alarms. One worker, one thread; the time is an argument.
 */
#ifndef INTAKE_RATE_H
#define INTAKE_RATE_H

#include "base/error.h"

#include <stdint.h>

struct rate
{
    uint32_t per_s; /* 0: no limit */
    uint32_t burst; /* tokens of a full bucket, 1.. */
};

/* All zero: a full bucket. */
struct rate_level
{
    uint64_t at_ms;    /* when it was last looked at, monotonic */
    uint64_t tokens_m; /* thousandths of a token at that time */
};

/*
 * Takes a token if more than `reserve` (below burst) are there. Returns 0, or after how many
 * milliseconds there will be one (1..1000 for a rate of 1 a second); then none was taken.
 */
uint32_t
rate_spend(const struct rate *rate, struct rate_level *level, uint32_t reserve, uint64_t now_ms);

#define RATE_SET 4u /* buckets a key may be in */

struct rate_bucket
{
    uint64_t key; /* 0: never used */
    struct rate_level level;
};

/* Buckets by key. A key that finds no place takes that of the one longest not seen: it costs a
 * flooder's memory, never a sender's token. */
struct rate_table
{
    struct rate_bucket *buckets;
    uint32_t mask; /* of sets */
};

/* `buckets`: how many, rounded up to a power of two. ERROR_MEMORY. */
enum error rate_table_init(struct rate_table *table, uint32_t buckets) MUST_USE;
void rate_table_free(struct rate_table *table);
/* The level of `key` (not 0); valid until the next call. */
struct rate_level *rate_table_level(struct rate_table *table, uint64_t key);

#endif
