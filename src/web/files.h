/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page's files and map tiles: which address means which file, and what is in it. An address
 * maps to a file only when every part of it is plain, so nothing outside the directory can be
 * named; there are no listings. Loop thread; a file is read whole, at most WEB_FILE_MAX bytes.
 */
#ifndef WEB_FILES_H
#define WEB_FILES_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

#define WEB_FILE_MAX (4u << 20)
#define WEB_PATH_MAX 256
#define WEB_ETAG_SIZE 24
#define WEB_TILES_ZOOM_MAX 22

/*
 * The path below the page's directory for the address's path: "/" is index.html, "/static/x" is x.
 * False: no such file can be. Parts are letters, digits, '.', '-' and '_', and begin with a letter
 * or digit.
 */
bool web_files_page_path(const char *address, char to[WEB_PATH_MAX]);
/* The path below the tiles' directory for "/tiles/Z/X/Y.png". */
bool web_files_tile_path(const char *address, char to[WEB_PATH_MAX]);
/* Of the file's name; "application/octet-stream" when not known. */
const char *web_files_type(const char *path);

struct web_file
{
    char *data; /* freed by web_file_free */
    size_t size;
    char etag[WEB_ETAG_SIZE]; /* quoted hash of the content */
};

/* ERROR_NOT_FOUND (also: not a regular file), ERROR_TOO_LARGE, ERROR_IO, ERROR_MEMORY. */
enum error web_file_read(const char *directory, const char *path, struct web_file *ret) MUST_USE;
void web_file_free(struct web_file *file);

/* The deepest zoom of a tiles directory: its largest subdirectory 0..WEB_TILES_ZOOM_MAX, -1: none.
 */
int web_files_zoom_max(const char *directory);

#endif
