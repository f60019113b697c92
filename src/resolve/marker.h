/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status of a police marker at an instant, from its dates. Pure; any thread.
 *
 * PostgreSQL decides it for a checked answer (larwm.marker_at). Here it is decided again for an
 * answer from the last known record: a marker that was active when last seen may have run out in
 * the meantime, and a centre must not state what it does not know.
 */
#ifndef RESOLVE_MARKER_H
#define RESOLVE_MARKER_H

#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

struct marker_validity
{
    int64_t valid_from_us; /* microseconds UTC; 0 = not given: always begun */
    int64_t valid_to_us;   /* half-open: not valid at this instant; 0 = open-ended */
    bool exists;           /* a marker is on record */
    bool withdrawn;
};

/* MARKER_NONE, MARKER_ACTIVE, MARKER_LAPSED or MARKER_WITHDRAWN at `at_us`. A marker that begins
 * later is none yet. Never MARKER_UNKNOWN. */
enum marker_status marker_status_at(const struct marker_validity *validity, int64_t at_us);

#endif
