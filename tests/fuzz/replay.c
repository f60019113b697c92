/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target without a fuzzer: runs it on every file named, and on every file of every folder named.
 *
 *     fuzz_replay_<target> FILE|FOLDER...
 *
 * Ends with "N passed, 0 failed"; a broken promise or a sanitizer ends the process before that. The
 * file under way is named first, so that the last line says which one it was.
 */
#include "fuzz_core.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define INPUT_MAX (1u << 20)

static unsigned
replay_file(const char *path)
{
    static uint8_t bytes[INPUT_MAX];
    FILE *from = fopen(path, "rb");

    if (from == NULL) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        exit(2);
    }
    size_t size = fread(bytes, 1, sizeof(bytes), from);
    (void)fclose(from);
    (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(bytes, size);
    return 1;
}

static unsigned
replay_folder(const char *path)
{
    struct dirent **entries = NULL;
    unsigned done = 0;
    int count = scandir(path, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        char file[4096];
        (void)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
        done += entries[i]->d_name[0] == '.' ? 0 : replay_file(file);
        free(entries[i]);
    }
    free(entries);
    return done;
}

int
main(int argc, char **argv)
{
    unsigned done = 0;

    for (int i = 1; i < argc; i++) {
        struct stat status;
        bool folder = stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode);
        done += folder ? replay_folder(argv[i]) : replay_file(argv[i]);
    }
    (void)printf("%u passed, 0 failed\n", done);
    return done == 0 ? 2 : 0;
}
