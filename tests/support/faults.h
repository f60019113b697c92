/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What faults.c and the test that steers it (faults.py) share: one mapped file, 8-byte fields only.
 * The test writes rules, the program under test counts; every field stands for itself.
 */
#ifndef TEST_SUPPORT_FAULTS_H
#define TEST_SUPPORT_FAULTS_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

enum faults_call
{
    FAULTS_OPEN,
    FAULTS_PWRITE,
    FAULTS_FDATASYNC,
    FAULTS_FSYNC,
    FAULTS_FALLOCATE,
    FAULTS_RENAME,
    FAULTS_UNLINK,
    FAULTS_CALLS
};

enum faults_action
{
    FAULTS_PASS,
    FAULTS_FAIL,      /* -1 and `number` in errno; the call is not made */
    FAULTS_SHORT,     /* pwrite: half of it, in whole sectors */
    FAULTS_SKIP,      /* success without the call: a disk that lies */
    FAULTS_TORN_KILL, /* inside: pwrite of half, then SIGKILL */
};

struct faults_rule
{
    _Atomic uint64_t calls;         /* so far */
    _Atomic uint64_t from;          /* number of the first call that is touched; 0 = none */
    _Atomic uint64_t count;         /* how many in a row */
    _Atomic uint64_t action;        /* enum faults_action */
    _Atomic uint64_t number;        /* errno for FAULTS_FAIL */
    _Atomic uint64_t delay_us;      /* before every call of the kind */
    _Atomic uint64_t fired;         /* calls touched */
    _Atomic uint64_t fired_mono_us; /* when the first was, CLOCK_MONOTONIC; 0 = none was */
};

struct faults_shared
{
    _Atomic uint64_t calls;       /* of all kinds */
    _Atomic uint64_t kill_at;     /* SIGKILL instead of call number so-and-so of all; 0 = never */
    _Atomic uint64_t kill_torn;   /* 1: a pwrite is half done first */
    _Atomic uint64_t killed_in;   /* enum faults_call + 1 */
    _Atomic uint64_t broken;      /* inode of the file whose write or sync was failed last */
    _Atomic uint64_t broken_used; /* writes and syncs of it since; there must be none */
    struct faults_rule rules[FAULTS_CALLS];
};

/* Defined here because libc declares them only for some settings of its headers. */
int fallocate64(int fd, int mode, off_t offset, off_t size);
ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at);
int openat64(int dir, const char *name, int flags, ...);
int __openat64_2(int dir, const char *name, int flags);
int __openat_2(int dir, const char *name, int flags);

#endif
