/* SPDX-License-Identifier: Apache-2.0 */
#include "base/require.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void
require_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "larwm: broken requirement: %s (%s:%d)\n", condition, file, line);
    abort();
}
