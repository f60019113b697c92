/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

static const double shares[] = {0.5, 0.9, 0.99, 0.999};
static const char *const share_names[] = {"p50", "p90", "p99", "p99.9"};
#define SHARES (sizeof shares / sizeof shares[0])

static void
report_table(FILE *to, const char *scenario, const struct bench_row *rows, unsigned count,
             const char *const *facts, unsigned fact_count)
{
    fprintf(to, "%s\n", scenario);
    for (unsigned i = 0; i < fact_count; i++) {
        fprintf(to, "  %s\n", facts[i]);
    }
    fprintf(to, "  %-28s %9s", "microseconds", "count");
    for (unsigned i = 0; i < SHARES; i++) {
        fprintf(to, " %9s", share_names[i]);
    }
    fprintf(to, " %9s\n", "max");
    for (unsigned row = 0; row < count; row++) {
        const struct histogram *histogram = rows[row].histogram;
        fprintf(to, "  %-28s %9llu", rows[row].name, (unsigned long long)histogram->count);
        for (unsigned i = 0; i < SHARES; i++) {
            fprintf(to, " %9llu", (unsigned long long)histogram_percentile(histogram, shares[i]));
        }
        fprintf(to, " %9llu\n", (unsigned long long)histogram->max_us);
    }
}

static void
report_json(FILE *to, const char *scenario, const struct bench_row *rows, unsigned count,
            const char *const *facts, unsigned fact_count)
{
    fprintf(to, "{\"scenario\":\"%s\",\"facts\":[", scenario);
    for (unsigned i = 0; i < fact_count; i++) {
        fprintf(to, "%s\"%s\"", i == 0 ? "" : ",", facts[i]);
    }
    fprintf(to, "],\"unit\":\"us\",\"rows\":{");
    for (unsigned row = 0; row < count; row++) {
        const struct histogram *histogram = rows[row].histogram;
        fprintf(to, "%s\"%s\":{\"count\":%llu", row == 0 ? "" : ",", rows[row].name,
                (unsigned long long)histogram->count);
        for (unsigned i = 0; i < SHARES; i++) {
            fprintf(to, ",\"%s\":%llu", share_names[i],
                    (unsigned long long)histogram_percentile(histogram, shares[i]));
        }
        fprintf(to, ",\"max\":%llu}", (unsigned long long)histogram->max_us);
    }
    fprintf(to, "}}\n");
}

/* Names and facts are our own texts: nothing in them needs escaping. */
void
bench_report(FILE *to, bool json, const char *scenario, const struct bench_row *rows,
             unsigned count, const char *const *facts, unsigned fact_count)
{
    if (json) {
        report_json(to, scenario, rows, count, facts, fact_count);
    } else {
        report_table(to, scenario, rows, count, facts, fact_count);
    }
    (void)fflush(to);
}
