/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORD_SIZE 512
#define FILE_SIZE (4 << 20)

static uint64_t
disk_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static bool
disk_prepare(int file)
{
    static char zeros[65536];
    for (off_t at = 0; at < FILE_SIZE; at += (off_t)sizeof zeros) {
        if (pwrite(file, zeros, sizeof zeros, at) != (ssize_t)sizeof zeros) {
            return false;
        }
    }
    return fsync(file) == 0;
}

bool
bench_disk(const char *directory, unsigned rounds, struct histogram *ret)
{
    char path[1024];
    char record[RECORD_SIZE];
    memset(record, 'x', sizeof record);
    (void)snprintf(path, sizeof path, "%s/bench-disk-XXXXXX", directory);
    int file = mkstemp(path);
    if (file < 0) {
        return false;
    }
    (void)unlink(path);
    bool good = disk_prepare(file);
    for (unsigned i = 0; good && i < rounds; i++) {
        uint64_t began_us = disk_now_us();
        off_t at = (off_t)i * RECORD_SIZE % FILE_SIZE;
        good = pwrite(file, record, sizeof record, at) == RECORD_SIZE && fdatasync(file) == 0;
        histogram_add(ret, disk_now_us() - began_us);
    }
    (void)close(file);
    return good;
}
