/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

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
    if (report->before != NULL) {
        measure_print_table(to, report->before, report->after, report->operations);
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
    fprintf(to, "}");
    if (report->before != NULL) {
        fprintf(to, ",");
        measure_print_json(to, report->before, report->after, report->operations);
    }
    fprintf(to, "}\n");
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

bool
bench_report_histograms(const char *path, const struct bench_report *report)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        fprintf(stderr, "larwm-bench: %s: %s\n", path, strerror(errno));
        return false;
    }
    for (unsigned row = 0; row < report->row_count; row++) {
        const struct histogram *histogram = report->rows[row].histogram;
        fprintf(file, "# %s\n", report->rows[row].name);
        for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
            if (histogram->counts[i] > 0) {
                fprintf(file, "%llu,%llu\n", (unsigned long long)histogram_upper(i),
                        (unsigned long long)histogram->counts[i]);
            }
        }
    }
    return fclose(file) == 0;
}

void
bench_note_fact(struct bench_notes *notes, const char *format, ...)
{
    va_list arguments;
    if (notes->fact_count == BENCH_FACTS_MAX) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(notes->facts[notes->fact_count], BENCH_FACT_SIZE, format, arguments);
    va_end(arguments);
    notes->pointers[notes->fact_count] = notes->facts[notes->fact_count];
    notes->fact_count += 1;
}

void
bench_note_figure(struct bench_notes *notes, const char *name, double value)
{
    if (notes->figure_count < BENCH_FIGURES_MAX) {
        notes->figures[notes->figure_count++] = (struct bench_figure){name, value};
    }
}

void
bench_note_row(struct bench_notes *notes, const struct histogram *histogram, const char *format,
               ...)
{
    va_list arguments;
    if (notes->row_count == BENCH_ROWS_MAX) {
        return;
    }
    char *name = notes->row_names[notes->row_count];
    va_start(arguments, format);
    (void)vsnprintf(name, sizeof notes->row_names[0], format, arguments);
    va_end(arguments);
    notes->rows[notes->row_count++] = (struct bench_row){name, histogram};
}

void
bench_notes_print(const struct bench_options *options, const char *scenario,
                  struct bench_notes *notes, const struct measure *before,
                  const struct measure *after, uint64_t operations)
{
    struct bench_report report = {.scenario = scenario,
                                  .rows = notes->rows,
                                  .row_count = notes->row_count,
                                  .facts = notes->pointers,
                                  .fact_count = notes->fact_count,
                                  .figures = notes->figures,
                                  .figure_count = notes->figure_count,
                                  .before = before,
                                  .after = after,
                                  .operations = operations};
    bench_report_print(stdout, options->json, &report);
    if (options->histogram != NULL) {
        (void)bench_report_histograms(options->histogram, &report);
    }
}
