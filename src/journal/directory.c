/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
journal_segment_name(uint64_t first_pos, char name[SEGMENT_NAME_SIZE])
{
    (void)snprintf(name, SEGMENT_NAME_SIZE, "journal-%016" PRIx64 ".seg", first_pos);
    return name;
}

const char *
journal_checkpoint_name(uint64_t pos, char name[SEGMENT_NAME_SIZE])
{
    (void)snprintf(name, SEGMENT_NAME_SIZE, "checkpoint-%016" PRIx64 ".ckp", pos);
    return name;
}

static bool
parse_name(const char *name, journal_name *name_of, uint64_t *ret_pos)
{
    char again[SEGMENT_NAME_SIZE];
    const char *digits = strchr(name, '-');
    uint64_t pos;
    if (digits == NULL || sscanf(digits, "-%16" SCNx64, &pos) != 1 ||
        strcmp(name_of(pos, again), name) != 0) {
        return false;
    }
    *ret_pos = pos;
    return true;
}

static int
compare_positions(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static enum error
append(uint64_t **list, size_t *count, size_t *room, uint64_t first_pos)
{
    if (*count == *room) {
        size_t larger = *room == 0 ? 64 : *room * 2;
        uint64_t *grown = realloc(*list, larger * sizeof *grown);
        if (grown == NULL) {
            return ERROR_MEMORY;
        }
        *list = grown;
        *room = larger;
    }
    (*list)[(*count)++] = first_pos;
    return ERROR_NONE;
}

enum error
journal_directory_list(int dir, journal_name *name_of, uint64_t **ret_list, size_t *ret_count)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    if (stream == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return error_from_errno(errno);
    }
    uint64_t *list = NULL;
    size_t count = 0;
    size_t room = 0;
    enum error error = ERROR_NONE;
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            error = errno == 0 ? ERROR_NONE : error_from_errno(errno);
            break;
        }
        uint64_t pos;
        if (parse_name(entry->d_name, name_of, &pos)) {
            error = append(&list, &count, &room, pos);
            if (error != ERROR_NONE) {
                break;
            }
        }
    }
    (void)closedir(stream);
    if (error != ERROR_NONE) {
        free(list);
        return error;
    }
    if (count > 0) {
        qsort(list, count, sizeof *list, compare_positions);
    }
    *ret_list = list;
    *ret_count = count;
    return ERROR_NONE;
}
