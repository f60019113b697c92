/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/rate.h"

#include <stdlib.h>

#define TOKEN_M 1000u

/* per_s tokens a second are per_s thousandths a millisecond. */
static void
rate_fill(const struct rate *rate, struct rate_level *level, uint64_t now_ms)
{
    uint64_t full_m = (uint64_t)rate->burst * TOKEN_M;
    uint64_t past_ms = now_ms > level->at_ms ? now_ms - level->at_ms : 0;
    uint64_t to_full_ms = full_m / rate->per_s + 1;
    level->tokens_m = past_ms >= to_full_ms ? full_m : level->tokens_m + past_ms * rate->per_s;
    if (level->tokens_m > full_m) {
        level->tokens_m = full_m;
    }
    level->at_ms = now_ms;
}

uint32_t
rate_spend(const struct rate *rate, struct rate_level *level, uint32_t reserve, uint64_t now_ms)
{
    if (rate->per_s == 0) {
        return 0;
    }
    rate_fill(rate, level, now_ms);
    uint64_t needed_m = ((uint64_t)reserve + 1) * TOKEN_M;
    if (level->tokens_m >= needed_m) {
        level->tokens_m -= TOKEN_M;
        return 0;
    }
    uint64_t missing_m = needed_m - level->tokens_m;
    uint64_t wait_ms = (missing_m + rate->per_s - 1) / rate->per_s;
    return wait_ms > TOKEN_M ? TOKEN_M : (uint32_t)wait_ms;
}

enum error
rate_table_init(struct rate_table *table, uint32_t buckets)
{
    uint32_t sets = 1;
    while (sets * RATE_SET < buckets) {
        sets *= 2;
    }
    *table = (struct rate_table){.buckets = calloc((size_t)sets * RATE_SET, sizeof *table->buckets),
                                 .mask = sets - 1};
    return table->buckets == NULL ? ERROR_MEMORY : ERROR_NONE;
}

void
rate_table_free(struct rate_table *table)
{
    free(table->buckets);
    table->buckets = NULL;
}

struct rate_level *
rate_table_level(struct rate_table *table, uint64_t key)
{
    struct rate_bucket *set = &table->buckets[(size_t)(key & table->mask) * RATE_SET];
    struct rate_bucket *oldest = &set[0];
    for (unsigned i = 0; i < RATE_SET; i++) {
        if (set[i].key == key) {
            return &set[i].level;
        }
        if (set[i].level.at_ms < oldest->level.at_ms) {
            oldest = &set[i];
        }
    }
    *oldest = (struct rate_bucket){.key = key};
    return &oldest->level;
}
