/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log-linear histogram of microseconds: exact below 128, then 64 steps to each doubling, so a
 * value is known within 1/64. Merged by adding counts; percentiles are never averaged. One thread.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 64u
#define HISTOGRAM_BUCKETS (2u * HISTOGRAM_STEPS + HISTOGRAM_STEPS * 57u)

struct histogram
{
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count;
    uint64_t max_us;
};

void histogram_clear(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value_us);
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The smallest bucket's upper end below which at least `share` (0..1) of the values lie; 0 when
 * empty. Never above the true maximum. */
uint64_t histogram_percentile(const struct histogram *histogram, double share);
/* The bucket of a value, and the highest value of a bucket; for tests. */
unsigned histogram_bucket(uint64_t value_us);
uint64_t histogram_upper(unsigned bucket);

#endif
