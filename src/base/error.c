/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stddef.h>

static const char *const texts[ERROR_COUNT] = {
#define X(name, text) [name] = text,
    ERROR_LIST(X)
#undef X
};

const char *
error_text(enum error error)
{
    if ((unsigned)error >= ERROR_COUNT || texts[error] == NULL) {
        return "an unknown error";
    }
    return texts[error];
}

enum error
error_from_errno(int number)
{
    switch (number) {
        case 0:
            return ERROR_NONE;
        case ENOSPC:
        case EDQUOT:
            return ERROR_DISK_FULL;
        case ENOMEM:
            return ERROR_MEMORY;
        case ENOENT:
            return ERROR_NOT_FOUND;
        case EEXIST:
            return ERROR_EXISTS;
        case EACCES:
        case EPERM:
            return ERROR_DENIED;
        default:
            return ERROR_IO;
    }
}
