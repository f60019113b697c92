/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded before libc (LD_PRELOAD): counts the system calls a program makes on the files of one
 * directory and below, and kills, fails, shortens, skips or delays any of them. What to do stands
 * in a file that is mapped here and by the test (faults.py has the same layout), so the test can
 * change it and read the counts while the program runs.
 *
 *     LARWM_FAULTS_DIR   the directory, as realpath gives it
 *     LARWM_FAULTS_FILE  the mapped file: struct faults_shared, made by the test
 *
 * All threads. Calls on other files, and openat for reading only, pass through untouched.
 */
#include "faults.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct faults_shared *shared;
static const char *directory;
static size_t directory_length;

/* The next definition of a function: libc's, or the sanitizer's before it. */
#define NEXT(function)                                                                             \
    static __typeof__(function) *next;                                                             \
    if (next == NULL) {                                                                            \
        *(void **)(&next) = dlsym(RTLD_NEXT, #function);                                           \
    }

__attribute__((constructor)) static void
attach(void)
{
    const char *file = getenv("LARWM_FAULTS_FILE");
    directory = getenv("LARWM_FAULTS_DIR");
    if (file == NULL || directory == NULL) {
        return;
    }
    directory_length = strlen(directory);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    void *mapped =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        (void)fprintf(stderr, "faults: %s cannot be mapped\n", file);
        abort();
    }
    shared = mapped;
    (void)close(fd);
}

static bool
path_counts(const char *path)
{
    return strncmp(path, directory, directory_length) == 0 &&
           (path[directory_length] == '/' || path[directory_length] == '\0');
}

static bool
fd_counts(int fd)
{
    char link[64];
    char path[4096];
    if (shared == NULL) {
        return false;
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) {
        return false;
    }
    path[size] = '\0';
    return path_counts(path);
}

static bool
name_counts(int dir, const char *name)
{
    if (shared == NULL) {
        return false;
    }
    return name[0] == '/' ? path_counts(name) : dir != AT_FDCWD && fd_counts(dir);
}

static void
note_fired(struct faults_rule *rule)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t now_us = (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
    uint64_t never = 0;
    (void)atomic_compare_exchange_strong(&rule->fired_mono_us, &never, now_us);
    atomic_fetch_add(&rule->fired, 1);
}

/* Counts the call, kills the process when its turn has come, waits when it is to be slow. Returns
 * the action for this call. */
static enum faults_action
enter(enum faults_call call)
{
    struct faults_rule *rule = &shared->rules[call];
    uint64_t number = atomic_fetch_add(&rule->calls, 1) + 1;
    uint64_t total = atomic_fetch_add(&shared->calls, 1) + 1;
    if (total == atomic_load(&shared->kill_at)) {
        atomic_store(&shared->killed_in, (uint64_t)call + 1);
        if (call != FAULTS_PWRITE || atomic_load(&shared->kill_torn) == 0) {
            (void)kill(getpid(), SIGKILL);
        }
        return FAULTS_TORN_KILL;
    }
    uint64_t delay_us = atomic_load(&rule->delay_us);
    if (delay_us > 0) {
        struct timespec wait = {.tv_sec = (time_t)(delay_us / 1000000u),
                                .tv_nsec = (long)(delay_us % 1000000u) * 1000};
        (void)nanosleep(&wait, NULL); /* the fault itself: a disk that takes so long */
    }
    uint64_t from = atomic_load(&rule->from);
    if (from == 0 || number < from || number >= from + atomic_load(&rule->count)) {
        return FAULTS_PASS;
    }
    note_fired(rule);
    return (enum faults_action)atomic_load(&rule->action);
}

/* A file whose write or sync failed must never be written or synced again. */
static uint64_t
file_number(int fd)
{
    struct stat status;
    return fstat(fd, &status) < 0 ? 0 : (uint64_t)status.st_ino;
}

static void
watch_broken(int fd)
{
    uint64_t broken = atomic_load(&shared->broken);
    if (broken != 0 && file_number(fd) == broken) {
        atomic_fetch_add(&shared->broken_used, 1);
    }
}

static int
fail(enum faults_call call)
{
    errno = (int)atomic_load(&shared->rules[call].number);
    return -1;
}

/* A call with nothing but a result: passed on, failed, or left out and called a success. */
#define SIMPLE(call, counts, pass)                                                                 \
    if (!(counts)) {                                                                               \
        return pass;                                                                               \
    }                                                                                              \
    enum faults_action action = enter(call);                                                       \
    return action == FAULTS_FAIL ? fail(call) : action == FAULTS_SKIP ? 0 : pass

int
fdatasync(int fd)
{
    NEXT(fdatasync)
    if (!fd_counts(fd)) {
        return next(fd);
    }
    watch_broken(fd);
    enum faults_action action = enter(FAULTS_FDATASYNC);
    if (action == FAULTS_FAIL) {
        atomic_store(&shared->broken, file_number(fd));
        return fail(FAULTS_FDATASYNC);
    }
    return action == FAULTS_SKIP ? 0 : next(fd);
}

int
fsync(int fd)
{
    NEXT(fsync)
    SIMPLE(FAULTS_FSYNC, fd_counts(fd), next(fd));
}

int
fallocate64(int fd, int mode, off_t offset, off_t size)
{
    NEXT(fallocate64)
    SIMPLE(FAULTS_FALLOCATE, fd_counts(fd), next(fd, mode, offset, size));
}

int
fallocate(int fd, int mode, off_t offset, off_t size)
{
    return fallocate64(fd, mode, offset, size);
}

int
renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    NEXT(renameat)
    SIMPLE(FAULTS_RENAME, name_counts(from_dir, from), next(from_dir, from, to_dir, to));
}

int
unlinkat(int dir, const char *name, int flags)
{
    NEXT(unlinkat)
    struct stat status; /* its number may be given to a new file */
    if (shared != NULL && fstatat(dir, name, &status, 0) == 0 &&
        (uint64_t)status.st_ino == atomic_load(&shared->broken)) {
        atomic_store(&shared->broken, 0);
    }
    SIMPLE(FAULTS_UNLINK, name_counts(dir, name), next(dir, name, flags));
}

ssize_t
pwrite64(int fd, const void *bytes, size_t size, off_t at)
{
    NEXT(pwrite64)
    if (!fd_counts(fd)) {
        return next(fd, bytes, size, at);
    }
    size_t part = size / 2 / 512 * 512; /* what O_DIRECT takes; nothing of a single sector */
    watch_broken(fd);
    switch (enter(FAULTS_PWRITE)) {
        case FAULTS_FAIL:
            atomic_store(&shared->broken, file_number(fd));
            return fail(FAULTS_PWRITE);
        case FAULTS_SKIP:
            return (ssize_t)size;
        case FAULTS_SHORT:
            return next(fd, bytes, part > 0 ? part : size, at);
        case FAULTS_TORN_KILL:
            if (part > 0) {
                (void)next(fd, bytes, part, at);
            }
            (void)kill(getpid(), SIGKILL);
            return -1;
        default:
            return next(fd, bytes, size, at);
    }
}

ssize_t
pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite64(fd, bytes, size, at);
}

static int
open_counted(int dir, const char *name, int flags, mode_t mode)
{
    NEXT(openat64)
    if ((flags & O_ACCMODE) == O_RDONLY || !name_counts(dir, name)) {
        return next(dir, name, flags, mode);
    }
    return enter(FAULTS_OPEN) == FAULTS_FAIL ? fail(FAULTS_OPEN) : next(dir, name, flags, mode);
}

int
openat64(int dir, const char *name, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open_counted(dir, name, flags, mode);
}

int
openat(int dir, const char *name, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open_counted(dir, name, flags, mode);
}

/* What libc's checked headers call instead. */
int
__openat64_2(int dir, const char *name, int flags)
{
    return open_counted(dir, name, flags, 0);
}

int
__openat_2(int dir, const char *name, int flags)
{
    return open_counted(dir, name, flags, 0);
}
