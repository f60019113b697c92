/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's counters (base/counters.h) and stage times (base/stages.h) as one frame. Numbers
 * only: nothing of a person or a unit. Outlet thread (the buffer store).
 */
#ifndef OUTLET_COUNTS_H
#define OUTLET_COUNTS_H

#include "outlet/buffer.h"

#include <stdint.h>

/* ServerFrame{counters{ref, ...}} with one reference, or NULL when there is no memory. Readings are
 * relaxed: counters of one moment, give or take what other threads did meanwhile. */
struct buffer *counts_frame(struct buffer_store *store, uint64_t ref);

#endif
