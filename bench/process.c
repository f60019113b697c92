/* SPDX-License-Identifier: Apache-2.0 */
#include "process.h"

#include "base/text.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Name and CPU from a stat file: the name stands in brackets and may hold anything but those. */
static bool
process_read_stat(const char *path, char name[16], uint64_t *ret_cpu_us)
{
    char line[1024];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return false;
    }
    bool read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    const char *open = read ? strchr(line, '(') : NULL;
    const char *close = read ? strrchr(line, ')') : NULL;
    unsigned long long user = 0;
    unsigned long long kernel = 0;
    if (open == NULL || close == NULL ||
        sscanf(close + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user,
               &kernel) != 2) {
        return false;
    }
    size_t size = (size_t)(close - open - 1) < 15 ? (size_t)(close - open - 1) : 15;
    memcpy(name, open + 1, size);
    name[size] = '\0';
    *ret_cpu_us = (user + kernel) * 1000000u / (uint64_t)sysconf(_SC_CLK_TCK);
    return true;
}

/* The scheduler's own count is in nanoseconds; the stat file only in hundredths of a second. */
static uint64_t
process_read_runtime_us(const char *path)
{
    unsigned long long runtime_ns = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%llu", &runtime_ns) != 1) {
        runtime_ns = 0;
    }
    (void)fclose(file);
    return runtime_ns / 1000;
}

static uint64_t
process_read_resident_kib(pid_t pid)
{
    char path[64];
    unsigned long long pages = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%*u %llu", &pages) != 1) {
        pages = 0;
    }
    (void)fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void
process_add_thread(struct process_cost *cost, const char *name, uint64_t cpu_us)
{
    for (unsigned i = 0; i < cost->thread_count; i++) {
        if (strcmp(cost->threads[i].name, name) == 0) {
            cost->threads[i].cpu_us += cpu_us;
            return;
        }
    }
    if (cost->thread_count < PROCESS_THREADS_MAX) {
        struct process_thread *thread = &cost->threads[cost->thread_count];
        cost->thread_count += 1;
        (void)text_copy(thread->name, sizeof thread->name, name);
        thread->cpu_us = cpu_us;
    }
}

bool
process_read(pid_t pid, struct process_cost *ret)
{
    char path[128];
    char name[16];
    memset(ret, 0, sizeof *ret);
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (!process_read_stat(path, name, &ret->cpu_us)) {
        return false;
    }
    memcpy(ret->name, name, sizeof ret->name);
    ret->resident_kib = process_read_resident_kib(pid);
    (void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL) {
        return false;
    }
    uint64_t all_us = 0;
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        uint64_t cpu_us;
        int tid = atoi(task->d_name);
        (void)snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, tid);
        if (tid == 0 || !process_read_stat(path, name, &cpu_us)) {
            continue;
        }
        (void)snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)pid, tid);
        uint64_t runtime_us = process_read_runtime_us(path);
        all_us += runtime_us;
        process_add_thread(ret, name, runtime_us != 0 ? runtime_us : cpu_us);
    }
    (void)closedir(tasks);
    ret->cpu_us = all_us != 0 ? all_us : ret->cpu_us;
    return true;
}

/* Exact resident memory; the counts of statm lag behind by up to 64 pages a thread. */
static void
process_read_smaps(pid_t pid, struct process_cost *cost)
{
    char path[64];
    char line[256];
    (void)snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        unsigned long long kib;
        if (sscanf(line, "Rss: %llu", &kib) == 1) {
            cost->resident_kib = kib;
        } else if (sscanf(line, "Pss: %llu", &kib) == 1) {
            cost->pss_kib = kib;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static pid_t
process_parent(pid_t pid)
{
    char path[64];
    char line[1024];
    int parent = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *close = strrchr(line, ')');
        parent = close != NULL && sscanf(close + 1, " %*c %d", &parent) == 1 ? parent : 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return (pid_t)parent;
}

static void
process_add_child(struct process_cost *cost, const struct process_cost *child)
{
    cost->cpu_us += child->cpu_us;
    cost->resident_kib += child->resident_kib;
    cost->pss_kib += child->pss_kib;
    for (unsigned i = 0; i < child->thread_count; i++) {
        process_add_thread(cost, child->threads[i].name, child->threads[i].cpu_us);
    }
}

bool
process_read_tree(pid_t pid, struct process_cost *ret)
{
    if (!process_read(pid, ret)) {
        return false;
    }
    process_read_smaps(pid, ret);
    DIR *processes = opendir("/proc");
    if (processes == NULL) {
        return true;
    }
    for (const struct dirent *entry; (entry = readdir(processes)) != NULL;) {
        struct process_cost child;
        pid_t other = (pid_t)atoi(entry->d_name);
        if (other > 0 && other != pid && process_parent(other) == pid &&
            process_read(other, &child)) {
            process_read_smaps(other, &child);
            process_add_child(ret, &child);
        }
    }
    (void)closedir(processes);
    return true;
}

static int
process_compare(const void *left, const void *right)
{
    const struct process_thread *one = left;
    const struct process_thread *other = right;
    return one->cpu_us < other->cpu_us ? 1 : one->cpu_us > other->cpu_us ? -1 : 0;
}

void
process_describe(const struct process_cost *before, const struct process_cost *after,
                 uint64_t count, char *text, size_t size)
{
    struct process_cost spent = *after;
    for (unsigned i = 0; i < spent.thread_count; i++) {
        for (unsigned j = 0; j < before->thread_count; j++) {
            if (strcmp(spent.threads[i].name, before->threads[j].name) == 0) {
                uint64_t was_us = before->threads[j].cpu_us;
                spent.threads[i].cpu_us -=
                    was_us < spent.threads[i].cpu_us ? was_us : spent.threads[i].cpu_us;
            }
        }
    }
    qsort(spent.threads, spent.thread_count, sizeof spent.threads[0], process_compare);
    size_t used = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < spent.thread_count && count > 0; i++) {
        double each_us = (double)spent.threads[i].cpu_us / (double)count;
        if (each_us >= 0.05) {
            text_append(text, size, &used, "%s%s %.1f", used == 0 ? "" : ", ",
                        spent.threads[i].name, each_us);
        }
    }
}
