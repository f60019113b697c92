/* SPDX-License-Identifier: Apache-2.0 */
#include "histogram.h"

#include <math.h>
#include <string.h>

void
histogram_clear(struct histogram *histogram)
{
    memset(histogram, 0, sizeof *histogram);
}

unsigned
histogram_bucket(uint64_t value_us)
{
    if (value_us < 2 * HISTOGRAM_STEPS) {
        return (unsigned)value_us;
    }
    unsigned shift = 63u - (unsigned)__builtin_clzll(value_us) - 6u; /* keeps 7 leading bits */
    unsigned step = (unsigned)(value_us >> shift) - HISTOGRAM_STEPS;
    return HISTOGRAM_STEPS + shift * HISTOGRAM_STEPS + step;
}

uint64_t
histogram_upper(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS) {
        return bucket;
    }
    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t step = bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS;
    return ((step + 1) << shift) - 1;
}

void
histogram_add(struct histogram *histogram, uint64_t value_us)
{
    histogram->counts[histogram_bucket(value_us)] += 1;
    histogram->count += 1;
    histogram->max_us = value_us > histogram->max_us ? value_us : histogram->max_us;
}

void
histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        into->counts[i] += from->counts[i];
    }
    into->count += from->count;
    into->max_us = from->max_us > into->max_us ? from->max_us : into->max_us;
}

uint64_t
histogram_percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)histogram->count);
    uint64_t seen = 0;
    wanted = wanted == 0 ? 1 : wanted;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (histogram->count > 0 && seen >= wanted) {
            uint64_t upper = histogram_upper(i);
            return upper < histogram->max_us ? upper : histogram->max_us;
        }
    }
    return histogram->max_us;
}
