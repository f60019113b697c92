/* SPDX-License-Identifier: Apache-2.0 */
/* The ring with its releases taken away: the control of the suite, which must be reported. The
 * source itself is included, so that the fault stays planted in whatever the ring becomes. */
#include <stdatomic.h>

#define memory_order_release memory_order_relaxed
#include "../../src/base/ring.c" // NOLINT
