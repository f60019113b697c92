/* SPDX-License-Identifier: Apache-2.0 */
/* What an assertion of the stand-in does; apart from its main(), for programs with their own. */
#include <criterion/criterion.h>
#include <unistd.h>

void
stand_in_check(bool holds, const char *file, int line, const char *text, ...)
{
    if (!holds) {
        fprintf(stderr, "%s:%d: %s\n", file, line, text);
        _exit(1);
    }
}
