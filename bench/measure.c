/* SPDX-License-Identifier: Apache-2.0 */
#include "measure.h"

#include "bench.h"
#include "client/console_call.h"
#include "load.h"

#include <string.h>
#include <unistd.h>

#define COUNTERS_LIMIT_MS 5000u

/* The number after `label` in a file of labelled lines; 0 when it is not there. */
static uint64_t
measure_read_label(const char *path, const char *label)
{
    char line[512];
    uint64_t value = 0;
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, label);
        if (at != NULL) {
            unsigned long long read = 0;
            value = sscanf(at + strlen(label), " %llu", &read) == 1 ? read : 0;
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return value;
}

static uint64_t
measure_read_sockets_kib(void)
{
    char line[512];
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/net/sockstat", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *at = strncmp(line, "TCP:", 4) == 0 ? strstr(line, " mem ") : NULL;
        if (at != NULL && sscanf(at, " mem %llu", &pages) != 1) {
            pages = 0;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* user nice system idle iowait irq softirq steal; guest time is part of user. */
static void
measure_read_machine(struct measure *ret)
{
    unsigned long long part[8] = {0};
    FILE *file = fopen("/proc/stat", "r");
    bool read = file != NULL &&
                fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &part[0], &part[1],
                       &part[2], &part[3], &part[4], &part[5], &part[6], &part[7]) == 8;
    if (file != NULL) {
        (void)fclose(file);
    }
    uint64_t tick_us = 1000000u / (uint64_t)sysconf(_SC_CLK_TCK);
    for (unsigned i = 0; read && i < 8; i++) {
        ret->machine_us += part[i] * tick_us;
        ret->busy_us += i == 3 || i == 4 ? 0 : part[i] * tick_us;
    }
}

static void
measure_read_counters(const char *socket, struct measure *ret)
{
    struct console_call_options options = {.socket_path = socket,
                                           .user = "larwm-bench",
                                           .role = LARWM__ROLE__ROLE_TOOL,
                                           .name = "larwm-bench",
                                           .limit_ms = COUNTERS_LIMIT_MS};
    struct console_call *call = NULL;
    if (socket == NULL || console_call_open(&options, &call) != ERROR_NONE) {
        return;
    }
    if (console_call_counters(call, COUNTERS_LIMIT_MS, &ret->counters) != ERROR_NONE) {
        ret->counters = NULL;
    }
    console_call_close(call);
}

void
measure_take(const struct bench_options *options, struct measure *ret)
{
    memset(ret, 0, sizeof *ret);
    measure_read_counters(options->socket, ret);
    ret->slab_kib = measure_read_label("/proc/meminfo", "Slab:");
    ret->sockets_kib = measure_read_sockets_kib();
    measure_read_machine(ret);
    ret->mono_us = bench_now_us();
    for (unsigned i = 0; i <= options->pid_count; i++) {
        pid_t pid = i == 0 ? getpid() : (pid_t)options->pids[i - 1];
        if (process_read_tree(pid, &ret->processes[ret->count])) {
            ret->count += 1;
        }
    }
}

void
measure_free(struct measure *measure)
{
    if (measure->counters != NULL) {
        larwm__console__server_frame__free_unpacked(measure->counters, NULL);
        measure->counters = NULL;
    }
}

double
measure_seconds(const struct measure *before, const struct measure *after)
{
    return (double)(after->mono_us - before->mono_us) / 1e6;
}

int
measure_find(const struct measure *measure, const char *name)
{
    for (unsigned i = 0; i < measure->count; i++) {
        if (strcmp(measure->processes[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

double
measure_foreign(const struct measure *before, const struct measure *after)
{
    double all_us = (double)(after->machine_us - before->machine_us);
    double foreign_us = (double)(after->busy_us - before->busy_us);
    for (unsigned i = 0; i < after->count && i < before->count; i++) {
        foreign_us -= (double)(after->processes[i].cpu_us - before->processes[i].cpu_us);
    }
    return all_us <= 0.0 || foreign_us < 0.0 ? 0.0 : foreign_us / all_us;
}

uint64_t
measure_counter(const struct measure *before, const struct measure *after, const char *name)
{
    if (before->counters == NULL || after->counters == NULL) {
        return 0;
    }
    const Larwm__Console__Counters *was = before->counters->counters;
    const Larwm__Console__Counters *is = after->counters->counters;
    for (size_t i = 0; i < is->n_counters && i < was->n_counters; i++) {
        if (strcmp(is->counters[i]->name, name) == 0) {
            return is->counters[i]->value - was->counters[i]->value;
        }
    }
    return 0;
}
