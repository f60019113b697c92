/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stages.h"

struct stage_times stage_times[STAGE_COUNT];

unsigned
stage_bucket(uint64_t us)
{
    if (us < STAGE_STEPS) {
        return (unsigned)us;
    }
    unsigned shift = 60u - (unsigned)__builtin_clzll(us); /* keeps 4 leading bits */
    unsigned bucket = shift * STAGE_STEPS + (unsigned)(us >> shift);
    return bucket < STAGE_BUCKETS ? bucket : STAGE_BUCKETS - 1;
}

uint64_t
stage_upper_us(unsigned bucket)
{
    if (bucket < STAGE_STEPS) {
        return bucket;
    }
    unsigned shift = bucket / STAGE_STEPS - 1;
    uint64_t step = bucket % STAGE_STEPS + STAGE_STEPS;
    return ((step + 1) << shift) - 1;
}

void
stage_add(enum stage stage, uint64_t us, uint64_t records)
{
    struct stage_times *times = &stage_times[stage];
    if (records > 0) {
        (void)atomic_fetch_add_explicit(&times->sum_us, us * records, memory_order_relaxed);
        (void)atomic_fetch_add_explicit(&times->counts[stage_bucket(us)], records,
                                        memory_order_relaxed);
    }
}

void
stage_between(enum stage stage, uint64_t from_us, uint64_t to_us)
{
    if (from_us != 0) {
        stage_add(stage, to_us > from_us ? to_us - from_us : 0, 1);
    }
}

const char *
stage_name(enum stage stage)
{
    static const char *const names[] = {
#define X(name, word, text) word,
        STAGE_LIST(X)
#undef X
    };
    return (unsigned)stage < STAGE_COUNT ? names[stage] : "?";
}

const char *
stage_text(enum stage stage)
{
    static const char *const texts[] = {
#define X(name, word, text) text,
        STAGE_LIST(X)
#undef X
    };
    return (unsigned)stage < STAGE_COUNT ? texts[stage] : "?";
}

uint64_t
stage_percentile_us(const uint64_t *counts, unsigned count, double share)
{
    uint64_t all = 0;
    uint64_t seen = 0;
    for (unsigned i = 0; i < count; i++) {
        all += counts[i];
    }
    for (unsigned i = 0; i < count; i++) {
        seen += counts[i];
        if (seen > 0 && (double)seen >= share * (double)all) {
            return stage_upper_us(i);
        }
    }
    return 0;
}
