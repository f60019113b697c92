/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/file.h"

#include "journal/format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Written past the page cache and in small pieces: a large flush would hold up the file system's
 * own journal, and with it the writes of the segment in use, for a tenth of a second and more. */
#define PREPARE_CHUNK (256u << 10) /* bytes a write */

static int
open_direct(int dir, const char *name, int flags)
{
    int fd = openat(dir, name, flags | O_CLOEXEC | O_DIRECT, 0600);
    if (fd < 0 && errno == EINVAL) { /* a file system without direct writes, as tmpfs */
        fd = openat(dir, name, (flags & ~O_EXCL) | O_CLOEXEC, 0600);
    }
    return fd;
}

static int
write_zeros(int fd, uint64_t size, const char *zeros)
{
    for (uint64_t at = 0; at < size;) {
        uint64_t left = size - at;
        size_t take = left < PREPARE_CHUNK ? (size_t)left : PREPARE_CHUNK;
        ssize_t written = pwrite(fd, zeros, take, (off_t)at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written == 0 ? EIO : errno;
            return -1;
        }
        at += (uint64_t)written;
    }
    return fsync(fd);
}

static int
fill_with_zeros(int fd, uint64_t size)
{
    if (fallocate(fd, 0, 0, (off_t)size) < 0 && errno != EOPNOTSUPP) {
        return -1;
    }
    char *zeros = aligned_alloc(FORMAT_BLOCK, PREPARE_CHUNK);
    if (zeros == NULL) {
        errno = ENOMEM;
        return -1;
    }
    memset(zeros, 0, PREPARE_CHUNK);
    int result = write_zeros(fd, size, zeros);
    int number = errno;
    free(zeros);
    errno = number;
    return result;
}

static int
real_prepare(void *data, int dir, const char *name, uint64_t size)
{
    (void)unlinkat(dir, name, 0);
    int fd = open_direct(dir, name, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0) {
        return -1;
    }
    int result = fill_with_zeros(fd, size);
    int number = errno;
    (void)close(fd);
    if (result < 0) {
        (void)unlinkat(dir, name, 0); /* gives its room back when the disk is full */
    }
    errno = number;
    return result;
}

static int
real_open(void *data, int dir, const char *name)
{
    return open_direct(dir, name, O_RDWR);
}

static ssize_t
real_pwrite(void *data, int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite(fd, bytes, size, at);
}

static int
real_fdatasync(void *data, int fd)
{
    return fdatasync(fd);
}

static int
real_rename(void *data, int dir, const char *from, const char *to)
{
    return renameat(dir, from, dir, to);
}

static int
real_unlink(void *data, int dir, const char *name)
{
    return unlinkat(dir, name, 0);
}

static int
real_sync_dir(void *data, int dir)
{
    return fsync(dir);
}

const struct journal_file_ops journal_file_ops_real = {
    .prepare = real_prepare,
    .open = real_open,
    .pwrite = real_pwrite,
    .fdatasync = real_fdatasync,
    .rename = real_rename,
    .unlink = real_unlink,
    .sync_dir = real_sync_dir,
};

enum error
journal_file_write(const struct journal_file_ops *ops, int fd, const void *bytes, size_t size,
                   uint64_t at)
{
    const char *from = bytes;
    while (size > 0) {
        ssize_t written = ops->pwrite(ops->data, fd, from, size, (off_t)at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            errno = written == 0 ? EIO : errno;
            return error_from_errno(errno);
        }
        from += written;
        at += (uint64_t)written;
        size -= (size_t)written;
    }
    return ERROR_NONE;
}

enum error
journal_file_sync(const struct journal_file_ops *ops, int fd)
{
    /* Not even EINTR is tried again: only a first success proves anything (see
     * docs/journal-format.md). */
    return ops->fdatasync(ops->data, fd) < 0 ? error_from_errno(errno) : ERROR_NONE;
}

size_t
journal_file_read(int fd, void *bytes, size_t size, uint64_t at, uint64_t *unreadable)
{
    char *to = bytes;
    size_t done = 0;
    size_t step = 1u << 20;
    while (done < size) {
        size_t take = size - done < step ? size - done : step;
        ssize_t got = pread(fd, to + done, take, (off_t)(at + done));
        if (got == 0) {
            break;
        }
        if (got > 0) {
            done += (size_t)got;
            continue;
        }
        if (errno == EINTR) {
            continue;
        }
        if (take > FORMAT_BLOCK) { /* find out which block it is */
            step = FORMAT_BLOCK;
            continue;
        }
        memset(to + done, 0xFF, take);
        done += take;
        *unreadable += take;
    }
    return done;
}
