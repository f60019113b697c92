/* SPDX-License-Identifier: Apache-2.0 */
#include "histogram.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static int
compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static uint64_t
next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 20;
}

Test(histogram, buckets_follow_one_another_without_gap_and_within_a_64th)
{
    uint64_t lower = 0;
    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        uint64_t upper = histogram_upper(bucket);
        cr_assert(upper >= lower);
        cr_assert_eq(histogram_bucket(lower), bucket);
        cr_assert_eq(histogram_bucket(upper), bucket);
        cr_assert((upper - lower) * 64 <= upper, "bucket %u", bucket);
        lower = upper + 1;
        if (upper > UINT64_MAX / 4) {
            break;
        }
    }
}

Test(histogram, percentiles_are_within_a_64th_of_the_sorted_values)
{
    static uint64_t values[20000];
    uint64_t state = 7;
    for (int round = 0; round < 20; round++) {
        struct histogram *histogram = calloc(1, sizeof *histogram);
        size_t count = 1 + next(&state) % 20000;
        for (size_t i = 0; i < count; i++) {
            values[i] = next(&state) % (UINT64_C(1) << (1 + next(&state) % 40));
            histogram_add(histogram, values[i]);
        }
        qsort(values, count, sizeof values[0], compare);
        const double shares[] = {0.0, 0.5, 0.9, 0.99, 0.999, 1.0};
        for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
            double at = shares[i] * (double)count;
            size_t rank = (size_t)at < at ? (size_t)at + 1 : (size_t)at;
            uint64_t exact = values[rank == 0 ? 0 : rank - 1];
            uint64_t told = histogram_percentile(histogram, shares[i]);
            cr_assert(told >= exact && told - exact <= exact / 64 + 1, "%g: %lu for %lu", shares[i],
                      told, exact);
        }
        free(histogram);
    }
}

Test(histogram, merging_is_the_same_as_adding_all_to_one)
{
    static struct histogram one, left, right;
    uint64_t state = 3;
    for (int i = 0; i < 5000; i++) {
        uint64_t value = next(&state) % 1000000;
        histogram_add(&one, value);
        histogram_add(i % 2 == 0 ? &left : &right, value);
    }
    histogram_merge(&left, &right);
    cr_assert_eq(left.count, one.count);
    cr_assert_eq(left.max_us, one.max_us);
    cr_assert_arr_eq(left.counts, one.counts, sizeof one.counts);
}

Test(histogram, percentiles_rise_and_the_last_is_the_greatest_value)
{
    static struct histogram histogram;
    uint64_t state = 23;
    for (int round = 0; round < 50; round++) {
        uint64_t greatest = 0;
        histogram_clear(&histogram);
        for (uint64_t i = 1 + next(&state) % 3000; i > 0; i--) {
            uint64_t value = next(&state) % (UINT64_C(1) << (1 + next(&state) % 40));
            histogram_add(&histogram, value);
            greatest = value > greatest ? value : greatest;
        }
        uint64_t last = 0;
        for (int share = 0; share <= 1000; share++) {
            uint64_t told = histogram_percentile(&histogram, share / 1000.0);
            cr_assert(told >= last && told <= greatest);
            last = told;
        }
        cr_assert_eq(last, greatest);
    }
}

Test(histogram, merging_in_any_order_and_grouping_gives_the_same_percentiles)
{
    static struct histogram parts[3];
    static struct histogram one, other;
    uint64_t state = 31;
    for (int i = 0; i < 9000; i++) {
        histogram_add(&parts[next(&state) % 3], next(&state) % 5000000);
    }
    for (int i = 0; i < 3; i++) {
        histogram_merge(&one, &parts[i]);
        histogram_merge(&other, &parts[2 - i]);
    }
    cr_assert_eq(one.count, 9000);
    for (int share = 0; share <= 100; share++) {
        cr_assert_eq(histogram_percentile(&one, share / 100.0),
                     histogram_percentile(&other, share / 100.0));
    }
}
