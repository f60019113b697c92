/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file operations of the journal, through a small table so that a test can make any one call
 * fail. Each behaves as the system call of its name: -1 and errno on failure. `dir` is the open
 * journal directory, `name` a file in it. `prepare` alone is called from the helper thread.
 */
#ifndef JOURNAL_FILE_H
#define JOURNAL_FILE_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct journal_file_ops
{
    void *data;
    /* Creates `name` with `size` bytes of written zeros, synced, so that later writes into it
     * change no metadata. Replaces an unfinished earlier try. */
    int (*prepare)(void *data, int dir, const char *name, uint64_t size);
    /* Opens for reading and writing; past the page cache where the file system can. */
    int (*open)(void *data, int dir, const char *name);
    ssize_t (*pwrite)(void *data, int fd, const void *bytes, size_t size, off_t at);
    int (*fdatasync)(void *data, int fd);
    int (*rename)(void *data, int dir, const char *from, const char *to);
    int (*unlink)(void *data, int dir, const char *name);
    int (*sync_dir)(void *data, int dir);
};

extern const struct journal_file_ops journal_file_ops_real;

/* Writes all of it, short writes continued. ERROR_IO or ERROR_DISK_FULL; errno says more. */
enum error journal_file_write(const struct journal_file_ops *ops, int fd, const void *bytes,
                              size_t size, uint64_t at) MUST_USE;
enum error journal_file_sync(const struct journal_file_ops *ops, int fd) MUST_USE;
/* Reads up to `size` bytes. Blocks the disk cannot read come as 0xFF bytes, which are never a
 * record, and are counted in *unreadable (bytes). Returns how many bytes the file had. */
size_t journal_file_read(int fd, void *bytes, size_t size, uint64_t at, uint64_t *unreadable);

#endif
