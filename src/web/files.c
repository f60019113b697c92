/* SPDX-License-Identifier: Apache-2.0 */
#include "web/files.h"

#include "base/hash.h"
#include "base/require.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_PREFIX "/static/"
#define TILES_PREFIX "/tiles/"

/* Plain parts between single slashes. A part cannot begin with a dot, so neither ".." nor a hidden
 * file can be named. */
static bool
is_plain(const char *path)
{
    bool at_start = true;
    for (; *path != '\0'; path++) {
        if (*path == '/') {
            if (at_start) {
                return false;
            }
            at_start = true;
            continue;
        }
        bool letter = isascii((unsigned char)*path) && isalnum((unsigned char)*path);
        if (!letter && (at_start || strchr(".-_", *path) == NULL)) {
            return false;
        }
        at_start = false;
    }
    return !at_start;
}

bool
web_files_page_path(const char *address, char to[WEB_PATH_MAX])
{
    if (strcmp(address, "/") == 0) {
        return text_copy(to, WEB_PATH_MAX, "index.html");
    }
    if (strncmp(address, PAGE_PREFIX, sizeof PAGE_PREFIX - 1) != 0) {
        return false;
    }
    const char *path = address + sizeof PAGE_PREFIX - 1;
    return is_plain(path) && text_copy(to, WEB_PATH_MAX, path);
}

/* Up to eight digits; returns what follows them, or NULL. */
static const char *
skip_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits >= 1 && digits <= 8 ? text + digits : NULL;
}

bool
web_files_tile_path(const char *address, char to[WEB_PATH_MAX])
{
    if (strncmp(address, TILES_PREFIX, sizeof TILES_PREFIX - 1) != 0) {
        return false;
    }
    const char *path = address + sizeof TILES_PREFIX - 1;
    const char *at = skip_number(path);
    at = at != NULL && *at == '/' ? skip_number(at + 1) : NULL;
    at = at != NULL && *at == '/' ? skip_number(at + 1) : NULL;
    return at != NULL && strcmp(at, ".png") == 0 && text_copy(to, WEB_PATH_MAX, path);
}

const char *
web_files_type(const char *path)
{
    static const struct
    {
        const char *ending;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json; charset=utf-8"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".txt", "text/plain; charset=utf-8"},
    };
    const char *ending = strrchr(path, '.');
    for (unsigned i = 0; ending != NULL && i < ARRAY_COUNT(types); i++) {
        if (strcmp(ending, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

static enum error
read_whole(int file, struct web_file *ret)
{
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        return ERROR_NOT_FOUND;
    }
    if (about.st_size > (off_t)WEB_FILE_MAX) {
        return ERROR_TOO_LARGE;
    }
    size_t size = (size_t)about.st_size;
    char *data = malloc(size + 1);
    size_t used = 0;
    if (data == NULL) {
        return ERROR_MEMORY;
    }
    while (used < size) {
        ssize_t got = read(file, data + used, size - used);
        if (got <= 0) {
            free(data);
            return ERROR_IO;
        }
        used += (size_t)got;
    }
    ret->data = data;
    ret->size = size;
    (void)snprintf(ret->etag, sizeof ret->etag, "\"%016" PRIx64 "\"", hash_bytes(0, data, size));
    return ERROR_NONE;
}

enum error
web_file_read(const char *directory, const char *path, struct web_file *ret)
{
    int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return ERROR_NOT_FOUND;
    }
    /* Not blocking, so that a FIFO laid there cannot stop the loop. */
    int file = openat(root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    (void)close(root);
    if (file < 0) {
        return errno == EMFILE || errno == ENFILE ? ERROR_IO : ERROR_NOT_FOUND;
    }
    enum error error = read_whole(file, ret);
    (void)close(file);
    return error;
}

void
web_file_free(struct web_file *file)
{
    free(file->data);
    file->data = NULL;
}

int
web_files_zoom_max(const char *directory)
{
    for (int zoom = WEB_TILES_ZOOM_MAX; zoom >= 0; zoom--) {
        char path[4096];
        struct stat about;
        int size = snprintf(path, sizeof path, "%s/%d", directory, zoom);
        if (size > 0 && (size_t)size < sizeof path && stat(path, &about) == 0 &&
            S_ISDIR(about.st_mode)) {
            return zoom;
        }
    }
    return -1;
}
