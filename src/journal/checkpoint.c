/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: the file is made under another name, written past the page cache in small pieces (as
 * the spare is), synced, renamed, the directory synced; then older ones go.
 * Failures: the unfinished file is removed; the checkpoints there were stay, and the journal keeps
 * more records. A later checkpoint tries again. A full disk: the room kept for this is used.
 */
#include "journal/checkpoint.h"

#include "base/cursor.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/require.h"
#include "journal/directory.h"
#include "journal/format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKPOINT_VERSION 1u
#define PIECE (256u << 10) /* bytes a write */

#define HEADER_CRC_AT 32u /* what stands before it, then the bytes, have this checksum */

struct header
{
    uint32_t version;
    uint32_t node;
    uint64_t pos;
    uint64_t size; /* of the bytes */
    uint32_t crc;
};
static const uint8_t magic[8] = {'L', 'A', 'R', 'W', 'M', 'C', 'K', 'P'};

static uint32_t
checkpoint_crc(const uint8_t *block, const void *bytes, size_t size)
{
    return crc32c(crc32c(0, block, HEADER_CRC_AT), bytes, size);
}

/* Header and bytes in whole blocks, aligned for direct writes; NULL when there is no memory. */
static uint8_t *
checkpoint_image(uint32_t node, uint64_t pos, const void *bytes, size_t size, size_t *ret_size)
{
    size_t whole = FORMAT_BLOCK + (size + FORMAT_BLOCK - 1) / FORMAT_BLOCK * FORMAT_BLOCK;
    uint8_t *image = aligned_alloc(FORMAT_BLOCK, whole);
    if (image == NULL) {
        return NULL;
    }
    memset(image, 0, FORMAT_BLOCK);
    memset(image + whole - FORMAT_BLOCK, 0, FORMAT_BLOCK);
    struct cursor cursor = cursor_over(image, FORMAT_BLOCK);
    cursor_write_bytes(&cursor, magic, sizeof magic);
    cursor_write_le32(&cursor, CHECKPOINT_VERSION);
    cursor_write_le32(&cursor, node);
    cursor_write_le64(&cursor, pos);
    cursor_write_le64(&cursor, size);
    cursor_write_le32(&cursor, checkpoint_crc(image, bytes, size));
    require(!cursor.failed);
    memcpy(image + FORMAT_BLOCK, bytes, size);
    *ret_size = whole;
    return image;
}

static enum error
checkpoint_fill(const struct journal_file_ops *ops, int dir, const uint8_t *image, size_t size)
{
    if (ops->prepare(ops->data, dir, CHECKPOINT_UNFINISHED_NAME, size) < 0) {
        return error_from_errno(errno);
    }
    int fd = ops->open(ops->data, dir, CHECKPOINT_UNFINISHED_NAME);
    if (fd < 0) {
        return error_from_errno(errno);
    }
    enum error error = ERROR_NONE;
    for (size_t at = 0; error == ERROR_NONE && at < size; at += PIECE) {
        size_t take = size - at < PIECE ? size - at : PIECE;
        error = journal_file_write(ops, fd, image + at, take, at);
    }
    if (error == ERROR_NONE) {
        error = journal_file_sync(ops, fd);
    }
    (void)close(fd);
    return error;
}

static enum error
checkpoint_publish(const struct journal_file_ops *ops, int dir, uint64_t pos)
{
    char name[SEGMENT_NAME_SIZE];
    if (ops->rename(ops->data, dir, CHECKPOINT_UNFINISHED_NAME,
                    journal_checkpoint_name(pos, name)) < 0 ||
        ops->sync_dir(ops->data, dir) < 0) {
        return error_from_errno(errno);
    }
    return ERROR_NONE;
}

/* Deletes all but the newest `kept`, and tells the oldest of those; 0 while there are fewer. */
static uint64_t
checkpoint_drop_old(const struct journal_file_ops *ops, int dir, size_t kept)
{
    uint64_t *list;
    size_t count;
    char name[SEGMENT_NAME_SIZE];
    if (journal_directory_list(dir, journal_checkpoint_name, &list, &count) != ERROR_NONE) {
        return 0;
    }
    uint64_t oldest = count < kept ? 0 : list[count - kept];
    for (size_t i = 0; i + kept < count; i++) {
        if (ops->unlink(ops->data, dir, journal_checkpoint_name(list[i], name)) < 0) {
            log_warning("journal", "%s cannot be deleted: %s", name, strerror(errno));
        }
    }
    free(list);
    return oldest;
}

enum error
journal_checkpoint_write(const struct journal_file_ops *ops, int dir, uint32_t node, uint64_t pos,
                         const void *bytes, size_t size, uint64_t *ret_oldest_pos)
{
    size_t whole = 0;
    uint8_t *image = checkpoint_image(node, pos, bytes, size, &whole);
    *ret_oldest_pos = 0;
    if (image == NULL) {
        return ERROR_MEMORY;
    }
    enum error error = checkpoint_fill(ops, dir, image, whole);
    if (error == ERROR_DISK_FULL && ops->unlink(ops->data, dir, CHECKPOINT_ROOM_NAME) == 0) {
        error = checkpoint_fill(ops, dir, image, whole);
    }
    free(image);
    if (error == ERROR_NONE) {
        error = checkpoint_publish(ops, dir, pos);
    }
    if (error != ERROR_NONE) {
        (void)ops->unlink(ops->data, dir, CHECKPOINT_UNFINISHED_NAME);
        return error;
    }
    *ret_oldest_pos = checkpoint_drop_old(ops, dir, CHECKPOINTS_KEPT);
    return ERROR_NONE;
}

/* Bytes of the file; 0 when there is none. */
static uint64_t
file_size(int dir, const char *name)
{
    struct stat status;
    bool there = fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
    return there ? (uint64_t)status.st_size : 0;
}

static uint64_t
checkpoint_newest(int dir)
{
    uint64_t *list;
    size_t count;
    uint64_t newest = 0;
    if (journal_directory_list(dir, journal_checkpoint_name, &list, &count) == ERROR_NONE) {
        newest = count == 0 ? 0 : list[count - 1];
        free(list);
    }
    return newest;
}

void
journal_checkpoint_keep_room(const struct journal_file_ops *ops, int dir, uint64_t least)
{
    char name[SEGMENT_NAME_SIZE];
    uint64_t newest = file_size(dir, journal_checkpoint_name(checkpoint_newest(dir), name));
    uint64_t there = file_size(dir, CHECKPOINT_ROOM_NAME);
    if (there >= least && there > newest) {
        return;
    }
    uint64_t size = (newest / FORMAT_BLOCK + newest / FORMAT_BLOCK / 2 + 1) * FORMAT_BLOCK;
    size = size < least ? least : size;
    if (ops->prepare(ops->data, dir, CHECKPOINT_ROOM_NAME, size) < 0) {
        log_warning("journal", "no room can be kept for a checkpoint: %s", strerror(errno));
    }
}

uint64_t
journal_checkpoint_keep_one(const struct journal_file_ops *ops, int dir, uint32_t node,
                            uint64_t after)
{
    uint64_t newest = checkpoint_newest(dir);
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (newest <= after ||
        journal_checkpoint_read(dir, node, newest, &bytes, &size) != ERROR_NONE) {
        return 0;
    }
    free(bytes);
    return checkpoint_drop_old(ops, dir, 1);
}

static enum error
checkpoint_header(const uint8_t block[FORMAT_BLOCK], struct header *ret_header)
{
    struct cursor cursor = cursor_over_const(block, FORMAT_BLOCK);
    if (memcmp(cursor_read_bytes(&cursor, sizeof magic), magic, sizeof magic) != 0) {
        return ERROR_DAMAGED;
    }
    ret_header->version = cursor_read_le32(&cursor);
    ret_header->node = cursor_read_le32(&cursor);
    ret_header->pos = cursor_read_le64(&cursor);
    ret_header->size = cursor_read_le64(&cursor);
    ret_header->crc = cursor_read_le32(&cursor);
    return ret_header->version == CHECKPOINT_VERSION ? ERROR_NONE : ERROR_UNSUPPORTED;
}

static enum error
checkpoint_load(int fd, uint32_t node, uint64_t pos, uint8_t **ret_bytes, size_t *ret_size)
{
    uint8_t block[FORMAT_BLOCK];
    struct header header;
    uint64_t unreadable = 0;
    off_t end = lseek(fd, 0, SEEK_END);
    if (end < (off_t)FORMAT_BLOCK ||
        journal_file_read(fd, block, sizeof block, 0, &unreadable) != sizeof block) {
        return ERROR_DAMAGED;
    }
    enum error error = checkpoint_header(block, &header);
    if (error != ERROR_NONE) {
        return error;
    }
    if (node != 0 && header.node != node) {
        return ERROR_CONFIG;
    }
    if (header.pos != pos || header.size > (uint64_t)end - FORMAT_BLOCK) {
        return ERROR_DAMAGED;
    }
    uint8_t *bytes = malloc((size_t)header.size + 1);
    if (bytes == NULL) {
        return ERROR_MEMORY;
    }
    if (journal_file_read(fd, bytes, (size_t)header.size, FORMAT_BLOCK, &unreadable) !=
            header.size ||
        unreadable > 0 || checkpoint_crc(block, bytes, (size_t)header.size) != header.crc) {
        free(bytes);
        return ERROR_DAMAGED;
    }
    *ret_bytes = bytes;
    *ret_size = (size_t)header.size;
    return ERROR_NONE;
}

enum error
journal_checkpoint_read(int dir, uint32_t node, uint64_t pos, uint8_t **ret_bytes, size_t *ret_size)
{
    char name[SEGMENT_NAME_SIZE];
    int fd = openat(dir, journal_checkpoint_name(pos, name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? ERROR_NOT_FOUND : error_from_errno(errno);
    }
    enum error error = checkpoint_load(fd, node, pos, ret_bytes, ret_size);
    (void)close(fd);
    return error;
}
