/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

static const double shares[] = {0.5, 0.9, 0.99, 0.999};
static const char *const share_names[] = {"p50", "p90", "p99", "p99.9"};
#define SHARES (sizeof shares / sizeof shares[0])

static void
report_table(FILE *to, const struct bench_report *report)
{
    fprintf(to, "%s\n", report->scenario);
    for (unsigned i = 0; i < report->fact_count; i++) {
        fprintf(to, "  %s\n", report->facts[i]);
    }
    fprintf(to, "  %-28s %9s", "microseconds", "count");
    for (unsigned i = 0; i < SHARES; i++) {
        fprintf(to, " %9s", share_names[i]);
    }
    fprintf(to, " %9s\n", "max");
    for (unsigned row = 0; row < report->row_count; row++) {
        const struct histogram *histogram = report->rows[row].histogram;
        fprintf(to, "  %-28s %9llu", report->rows[row].name, (unsigned long long)histogram->count);
        for (unsigned i = 0; i < SHARES; i++) {
            fprintf(to, " %9llu", (unsigned long long)histogram_percentile(histogram, shares[i]));
        }
        fprintf(to, " %9llu\n", (unsigned long long)histogram->max_us);
    }
}

static void
report_json_rows(FILE *to, const struct bench_report *report)
{
    for (unsigned row = 0; row < report->row_count; row++) {
        const struct histogram *histogram = report->rows[row].histogram;
        fprintf(to, "%s\"%s\":{\"count\":%llu", row == 0 ? "" : ",", report->rows[row].name,
                (unsigned long long)histogram->count);
        for (unsigned i = 0; i < SHARES; i++) {
            fprintf(to, ",\"%s\":%llu", share_names[i],
                    (unsigned long long)histogram_percentile(histogram, shares[i]));
        }
        fprintf(to, ",\"max\":%llu}", (unsigned long long)histogram->max_us);
    }
}

static void
report_json(FILE *to, const struct bench_report *report)
{
    fprintf(to, "{\"scenario\":\"%s\",\"facts\":[", report->scenario);
    for (unsigned i = 0; i < report->fact_count; i++) {
        fprintf(to, "%s\"%s\"", i == 0 ? "" : ",", report->facts[i]);
    }
    fprintf(to, "],\"figures\":{");
    for (unsigned i = 0; i < report->figure_count; i++) {
        fprintf(to, "%s\"%s\":%.3f", i == 0 ? "" : ",", report->figures[i].name,
                report->figures[i].value);
    }
    fprintf(to, "},\"unit\":\"us\",\"rows\":{");
    report_json_rows(to, report);
    fprintf(to, "}}\n");
}

void
bench_report_print(FILE *to, bool json, const struct bench_report *report)
{
    if (json) {
        report_json(to, report);
    } else {
        report_table(to, report);
    }
    (void)fflush(to);
}
