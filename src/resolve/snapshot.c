/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/snapshot.h"

#include "base/hash.h"
#include "base/text.h"
#include "resolve/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "LARWMSN1"
#define FILE_SIZE_MAX (INT64_C(16) << 30)
#define CHUNK (256u << 10)

/* The file being written. */
struct output
{
    int fd;
    struct builder chunk;
    uint32_t crc;
    uint64_t size;
    uint32_t records;
    enum error error;
};

static enum error
write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0) {
            if (errno == EINTR) {
                continue;
            }
            return error_from_errno(errno);
        }
        bytes += done;
        size -= (size_t)done;
    }
    return ERROR_NONE;
}

static void
output_put(struct output *output, const void *bytes, size_t size)
{
    if (output->error == ERROR_NONE) {
        output->error = write_all(output->fd, bytes, size);
        output->crc = crc32c(output->crc, bytes, size);
        output->size += size;
    }
}

static void
output_flush(struct output *output)
{
    if (output->chunk.failed) {
        output->error = ERROR_MEMORY;
    } else if (output->chunk.size > 0) {
        output_put(output, output->chunk.bytes, output->chunk.size);
    }
    output->chunk.size = 0;
}

static void
output_card(struct output *output, const struct snapshot_card *card)
{
    builder_begin(&output->chunk, DIRECTORY_CARD);
    builder_put_text(&output->chunk, card->unit);
    builder_put_bytes(&output->chunk, card->card->bytes, card->card->size);
    builder_end(&output->chunk);
    output->records++;
    if (output->chunk.size >= CHUNK) {
        output_flush(output);
    }
}

static uint32_t
count_records(const struct blob *blob)
{
    struct cursor cursor = cursor_over_const(blob->bytes, blob->size);
    struct cursor body;
    uint32_t count = 0;
    while (blob_next(&cursor, &body) != 0) {
        count++;
    }
    return count;
}

static void
header_fill(uint8_t header[SNAPSHOT_HEADER], const struct output *output, int64_t time_us)
{
    struct cursor cursor = cursor_over(header, SNAPSHOT_HEADER);
    cursor_write_bytes(&cursor, MAGIC, 8);
    cursor_write_le32(&cursor, output->records);
    cursor_write_le32(&cursor, output->crc);
    cursor_write_le64(&cursor, (uint64_t)time_us);
    cursor_write_le64(&cursor, output->size);
    cursor_write_le32(&cursor, crc32c(0, header, 32));
    cursor_write_le32(&cursor, 0);
}

static enum error
write_content(int fd, const struct snapshot_content *content)
{
    struct output output = {.fd = fd};
    uint8_t header[SNAPSHOT_HEADER] = {0};
    /* The header has room first and content last: until then the file is no snapshot. */
    enum error error = write_all(fd, header, sizeof(header));
    if (error != ERROR_NONE) {
        return error;
    }
    output.records = count_records(content->directory);
    output_put(&output, content->directory->bytes, content->directory->size);
    for (size_t i = 0; i < content->card_count; i++) {
        output_card(&output, &content->cards[i]);
    }
    output_flush(&output);
    builder_free(&output.chunk);
    if (output.error != ERROR_NONE) {
        return output.error;
    }
    header_fill(header, &output, content->time_us);
    if (pwrite(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header)) {
        return error_from_errno(errno);
    }
    return fdatasync(fd) == 0 ? ERROR_NONE : error_from_errno(errno);
}

static enum error
sync_folder_of(const char *path)
{
    char copy[PATH_MAX];
    if (!text_copy(copy, sizeof(copy), path)) {
        return ERROR_IO;
    }
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return error_from_errno(errno);
    }
    enum error error = fsync(fd) == 0 ? ERROR_NONE : error_from_errno(errno);
    close(fd);
    return error;
}

enum error
snapshot_write(const char *path, const struct snapshot_content *content)
{
    char temporary[PATH_MAX];
    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
        return ERROR_IO;
    }
    unlink(temporary); /* of a run that was cut off; a fresh file gets a fresh mode */
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_from_errno(errno);
    }
    enum error error = write_content(fd, content);
    if (close(fd) != 0 && error == ERROR_NONE) {
        error = error_from_errno(errno);
    }
    if (error == ERROR_NONE && rename(temporary, path) != 0) {
        error = error_from_errno(errno);
    }
    if (error != ERROR_NONE) {
        unlink(temporary);
        return error;
    }
    return sync_folder_of(path);
}

static enum error
read_file(const char *path, uint8_t **ret_bytes, size_t *ret_size)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? ERROR_NOT_FOUND : error_from_errno(errno);
    }
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_SIZE_MAX) {
        close(fd);
        return ERROR_IO;
    }
    size_t size = (size_t)status.st_size;
    uint8_t *bytes = malloc(size + 1);
    size_t at = 0;
    while (bytes != NULL && at < size) {
        ssize_t done = read(fd, bytes + at, size - at);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            break;
        }
        at += (size_t)done;
    }
    close(fd);
    if (bytes == NULL || at < size) {
        free(bytes);
        return bytes == NULL ? ERROR_MEMORY : ERROR_IO;
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return ERROR_NONE;
}

static bool
header_is_sound(const uint8_t *file, size_t size, uint32_t *ret_records, int64_t *ret_time_us)
{
    struct cursor cursor = cursor_over_const(file, size);
    const uint8_t *magic = cursor_read_bytes(&cursor, 8);
    *ret_records = cursor_read_le32(&cursor);
    uint32_t body_crc = cursor_read_le32(&cursor);
    *ret_time_us = (int64_t)cursor_read_le64(&cursor);
    uint64_t body_size = cursor_read_le64(&cursor);
    uint32_t header_crc = cursor_read_le32(&cursor);
    uint32_t zero = cursor_read_le32(&cursor);
    return !cursor.failed && memcmp(magic, MAGIC, 8) == 0 && zero == 0 &&
           header_crc == crc32c(0, file, 32) && body_size == size - SNAPSHOT_HEADER &&
           body_crc == crc32c(0, file + SNAPSHOT_HEADER, size - SNAPSHOT_HEADER);
}

/* The directory's records stand first. */
static bool
split_body(struct snapshot *snapshot, uint32_t records)
{
    struct cursor cursor =
        cursor_over_const(snapshot->file + SNAPSHOT_HEADER, snapshot->size - SNAPSHOT_HEADER);
    struct cursor body;
    size_t directory_size = 0;
    uint32_t count = 0;
    uint8_t type;
    while ((type = blob_next(&cursor, &body)) != 0) {
        count++;
        if (type != DIRECTORY_CARD) {
            directory_size = cursor.at;
        }
    }
    if (cursor.failed || count != records) {
        return false;
    }
    snapshot->directory = blob_new(snapshot->file + SNAPSHOT_HEADER, directory_size);
    snapshot->cards =
        cursor_over_const(snapshot->file + SNAPSHOT_HEADER, snapshot->size - SNAPSHOT_HEADER);
    return snapshot->directory != NULL;
}

enum error
snapshot_read(const char *path, struct snapshot *ret_snapshot)
{
    struct snapshot snapshot = {0};
    uint32_t records;
    enum error error = read_file(path, &snapshot.file, &snapshot.size);
    if (error != ERROR_NONE) {
        return error;
    }
    if (!header_is_sound(snapshot.file, snapshot.size, &records, &snapshot.time_us) ||
        !split_body(&snapshot, records)) {
        snapshot_free(&snapshot);
        return ERROR_DAMAGED;
    }
    *ret_snapshot = snapshot;
    return ERROR_NONE;
}

void
snapshot_free(struct snapshot *snapshot)
{
    blob_release(snapshot->directory);
    if (snapshot->file != NULL) {
        explicit_bzero(snapshot->file, snapshot->size);
    }
    free(snapshot->file);
    memset(snapshot, 0, sizeof(*snapshot));
}

void
snapshot_give_cards(const struct snapshot *snapshot, struct known *known)
{
    struct cursor cursor = snapshot->cards;
    struct cursor body;
    uint8_t type;
    while ((type = blob_next(&cursor, &body)) != 0) {
        char id[LIMIT_UNIT_ID];
        size_t size;
        if (type != DIRECTORY_CARD) {
            continue;
        }
        blob_read_text(&body, id, sizeof(id));
        const uint8_t *card = blob_read_bytes(&body, &size);
        struct known_unit *unit = known_find(known, id);
        if (card == NULL || size == 0 || size > LIMIT_CARD || unit == NULL) {
            continue;
        }
        struct blob *blob = blob_new(card, size);
        if (blob != NULL) {
            known_set_card(unit, blob);
        }
    }
}
