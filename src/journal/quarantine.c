/* SPDX-License-Identifier: Apache-2.0 */
#include "journal/quarantine.h"

#include "base/hash.h"
#include "journal/directory.h"
#include "journal/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 96

static void
make_name(const struct journal_finding *finding, const uint8_t *bytes, char name[NAME_SIZE])
{
    if (finding->kind == JOURNAL_FINDING_MISSING) {
        (void)snprintf(name, NAME_SIZE, "missing-%016" PRIx64 "-%016" PRIx64 ".txt",
                       finding->pos_from, finding->pos_to);
    } else if (bytes == NULL) {
        (void)snprintf(name, NAME_SIZE, "%016" PRIx64 "-%08" PRIx64 "-%08" PRIx64 ".txt",
                       finding->segment, finding->offset, finding->size);
    } else {
        (void)snprintf(name, NAME_SIZE, "%016" PRIx64 "-%08" PRIx64 "-%08" PRIx32 ".bin",
                       finding->segment, finding->offset, crc32c(0, bytes, (size_t)finding->size));
    }
}

static enum error
write_file(int fd, const struct journal_finding *finding, const uint8_t *bytes)
{
    char text[JOURNAL_TEXT];
    size_t size = (size_t)finding->size;
    if (bytes == NULL) {
        int length =
            finding->kind == JOURNAL_FINDING_MISSING
                ? snprintf(text, sizeof text, "positions %" PRIu64 " to %" PRIu64 " are missing\n",
                           finding->pos_from, finding->pos_to)
                : snprintf(text, sizeof text,
                           "the header or size of segment %016" PRIx64 " is wrong\n",
                           finding->segment);
        bytes = (const uint8_t *)text;
        size = (size_t)length;
    }
    enum error error = journal_file_write(&journal_file_ops_real, fd, bytes, size, 0);
    if (error == ERROR_NONE && fsync(fd) < 0) {
        error = error_from_errno(errno);
    }
    return error;
}

enum error
journal_quarantine_keep(int dir, struct journal_finding *finding, const uint8_t *bytes)
{
    if (mkdirat(dir, QUARANTINE_NAME, 0700) < 0 && errno != EEXIST) {
        return error_from_errno(errno);
    }
    int quarantine = openat(dir, QUARANTINE_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (quarantine < 0) {
        return error_from_errno(errno);
    }
    char name[NAME_SIZE];
    make_name(finding, bytes, name);
    enum error error = ERROR_NONE;
    int fd = openat(quarantine, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        finding->known = errno == EEXIST;
        error = finding->known ? ERROR_NONE : error_from_errno(errno);
    } else {
        error = write_file(fd, finding, bytes);
        (void)close(fd);
        if (error != ERROR_NONE) {
            (void)unlinkat(quarantine, name, 0);
        } else if (fsync(quarantine) < 0 || fsync(dir) < 0) {
            error = error_from_errno(errno);
        }
    }
    (void)close(quarantine);
    return error;
}
