/* SPDX-License-Identifier: Apache-2.0 */
/* The disk alone: group commits of `batch` records of `size` bytes on a preallocated file. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DISK_FILE_SIZE ((size_t)64 << 20)

int
peer_disk(const char *directory, unsigned size, unsigned batch, double seconds)
{
    static struct histogram histogram;
    char path[1024];
    size_t bytes = (size_t)size * batch;
    (void)snprintf(path, sizeof path, "%s/bench-disk-XXXXXX", directory);
    int file = bytes == 0 || bytes > DISK_FILE_SIZE / 4 ? -1 : mkstemp(path);
    char *zeros = calloc(1, DISK_FILE_SIZE);
    if (file < 0 || zeros == NULL) {
        peer_give_up("no file to write to");
    }
    (void)unlink(path);
    bool good = write(file, zeros, DISK_FILE_SIZE) == (ssize_t)DISK_FILE_SIZE && fsync(file) == 0;
    memset(zeros, 'x', bytes);
    uint64_t began_ns = peer_now_ns();
    uint64_t now_ns = began_ns;
    size_t at = 0;
    while (good && (double)(now_ns - began_ns) < seconds * 1e9) {
        at = at + bytes > DISK_FILE_SIZE ? 0 : at;
        good = pwrite(file, zeros, bytes, (off_t)at) == (ssize_t)bytes && fdatasync(file) == 0;
        at += bytes;
        uint64_t after_ns = peer_now_ns();
        histogram_add(&histogram, (after_ns - now_ns) / 1000u);
        now_ns = after_ns;
    }
    (void)close(file);
    free(zeros);
    double took_s = (double)(now_ns - began_ns) / 1e9;
    printf("{\"event\":\"done\",\"batch\":%u,\"syncs_per_s\":%.1f,\"rate\":%.1f,\"histogram\":",
           batch, (double)histogram.count / took_s, (double)histogram.count * batch / took_s);
    peer_report_histogram(&histogram);
    printf("}\n");
    return good ? 0 : 1;
}
