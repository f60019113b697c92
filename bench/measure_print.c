/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

#include "base/stages.h"

#include <string.h>

/* One stage between two readings. */
struct stage_spent
{
    const char *name;
    uint64_t records;
    uint64_t sum_us;
    uint64_t counts[STAGE_BUCKETS];
};

static bool
measure_has_stages(const struct measure *before, const struct measure *after)
{
    return before->counters != NULL && after->counters != NULL &&
           before->counters->counters->n_stages == after->counters->counters->n_stages;
}

static void
measure_stage(const struct measure *before, const struct measure *after, size_t stage,
              struct stage_spent *ret)
{
    const Larwm__Console__Stage *was = before->counters->counters->stages[stage];
    const Larwm__Console__Stage *is = after->counters->counters->stages[stage];
    memset(ret, 0, sizeof *ret);
    ret->name = is->name;
    ret->sum_us = is->sum_us - was->sum_us;
    for (size_t i = 0; i < is->n_counts && i < STAGE_BUCKETS; i++) {
        ret->counts[i] = is->counts[i] - (i < was->n_counts ? was->counts[i] : 0);
        ret->records += ret->counts[i];
    }
}

static double
measure_mean(const struct stage_spent *spent)
{
    return spent->records == 0 ? 0.0 : (double)spent->sum_us / (double)spent->records;
}

static unsigned long long
measure_share(const struct stage_spent *spent, double share)
{
    return (unsigned long long)stage_percentile_us(spent->counts, STAGE_BUCKETS, share);
}

static double
measure_cpu_us(const struct measure *before, const struct measure *after, unsigned process)
{
    return (double)(after->processes[process].cpu_us - before->processes[process].cpu_us);
}

void
measure_print_table(FILE *to, const struct measure *before, const struct measure *after,
                    uint64_t operations)
{
    double each = operations == 0 ? 1.0 : (double)operations;
    fprintf(to, "  %-28s %9s %9s %9s %9s\n", "process", "CPU %", "us each", "RSS KiB", "PSS KiB");
    for (unsigned i = 0; i < after->count && i < before->count; i++) {
        double cpu_us = measure_cpu_us(before, after, i);
        char threads[300];
        process_describe(&before->processes[i], &after->processes[i], operations, threads,
                         sizeof threads);
        fprintf(to, "  %-28s %9.1f %9.1f %9llu %9llu  %s\n", after->processes[i].name,
                cpu_us / measure_seconds(before, after) / 1e4, cpu_us / each,
                (unsigned long long)after->processes[i].resident_kib,
                (unsigned long long)after->processes[i].pss_kib, threads);
    }
    if (!measure_has_stages(before, after)) {
        return;
    }
    fprintf(to, "  %-28s %9s %9s %9s %9s %9s\n", "stage, us", "records", "mean", "p50", "p99",
            "p99.9");
    for (size_t i = 0; i < after->counters->counters->n_stages; i++) {
        struct stage_spent spent;
        measure_stage(before, after, i, &spent);
        fprintf(to, "  %-28s %9llu %9.1f %9llu %9llu %9llu\n", spent.name,
                (unsigned long long)spent.records, measure_mean(&spent), measure_share(&spent, 0.5),
                measure_share(&spent, 0.99), measure_share(&spent, 0.999));
    }
}

static void
measure_print_json_process(FILE *to, const struct measure *before, const struct measure *after,
                           unsigned process, uint64_t operations)
{
    const struct process_cost *is = &after->processes[process];
    const struct process_cost *was = &before->processes[process];
    double cpu_us = measure_cpu_us(before, after, process);
    fprintf(to,
            "\"cpu_us\":%.0f,\"cpu_us_each\":%.3f,\"rss_kib\":%llu,\"rss_kib_before\":%llu,"
            "\"pss_kib\":%llu,\"threads\":{",
            cpu_us, operations == 0 ? 0.0 : cpu_us / (double)operations,
            (unsigned long long)is->resident_kib, (unsigned long long)was->resident_kib,
            (unsigned long long)is->pss_kib);
    for (unsigned i = 0; i < is->thread_count; i++) {
        uint64_t was_us = 0;
        for (unsigned j = 0; j < was->thread_count; j++) {
            was_us = strcmp(was->threads[j].name, is->threads[i].name) == 0 ? was->threads[j].cpu_us
                                                                            : was_us;
        }
        uint64_t spent_us = is->threads[i].cpu_us > was_us ? is->threads[i].cpu_us - was_us : 0;
        fprintf(to, "%s\"%s\":%llu", i == 0 ? "" : ",", is->threads[i].name,
                (unsigned long long)spent_us);
    }
    fprintf(to, "}");
}

static void
measure_print_json_counters(FILE *to, const struct measure *before, const struct measure *after)
{
    const Larwm__Console__Counters *was = before->counters->counters;
    const Larwm__Console__Counters *is = after->counters->counters;
    bool first = true;
    fprintf(to, ",\"counters\":{");
    for (size_t i = 0; i < is->n_counters && i < was->n_counters; i++) {
        uint64_t grown = is->counters[i]->value - was->counters[i]->value;
        if (grown > 0) {
            fprintf(to, "%s\"%s\":%llu", first ? "" : ",", is->counters[i]->name,
                    (unsigned long long)grown);
            first = false;
        }
    }
    fprintf(to, "}");
}

void
measure_print_json(FILE *to, const struct measure *before, const struct measure *after,
                   uint64_t operations)
{
    fprintf(to, "\"seconds\":%.3f,\"operations\":%llu,\"foreign_share\":%.3f,\"processes\":{",
            measure_seconds(before, after), (unsigned long long)operations,
            measure_foreign(before, after));
    for (unsigned i = 0; i < after->count && i < before->count; i++) {
        fprintf(to, "%s\"%s\":{", i == 0 ? "" : ",", after->processes[i].name);
        measure_print_json_process(to, before, after, i, operations);
        fprintf(to, "}");
    }
    fprintf(to, "},\"kernel\":{\"slab_kib\":%lld,\"sockets_kib\":%lld},\"stages\":{",
            (long long)after->slab_kib - (long long)before->slab_kib,
            (long long)after->sockets_kib - (long long)before->sockets_kib);
    bool stages = measure_has_stages(before, after);
    for (size_t i = 0; stages && i < after->counters->counters->n_stages; i++) {
        struct stage_spent spent;
        measure_stage(before, after, i, &spent);
        fprintf(to,
                "%s\"%s\":{\"records\":%llu,\"mean\":%.2f,\"p50\":%llu,\"p90\":%llu,\"p99\":%llu,"
                "\"p99.9\":%llu,\"max\":%llu}",
                i == 0 ? "" : ",", spent.name, (unsigned long long)spent.records,
                measure_mean(&spent), measure_share(&spent, 0.5), measure_share(&spent, 0.9),
                measure_share(&spent, 0.99), measure_share(&spent, 0.999),
                measure_share(&spent, 1.0));
    }
    fprintf(to, "}");
    if (stages) {
        measure_print_json_counters(to, before, after);
    }
}
