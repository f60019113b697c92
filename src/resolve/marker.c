/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/marker.h"

/* REQ B1: status at the event time; S2 (e): at the exact second of valid_to it has lapsed. */
enum marker_status
marker_status_at(const struct marker_validity *validity, int64_t at_us)
{
    if (!validity->exists) {
        return MARKER_NONE;
    }
    if (validity->withdrawn) {
        return MARKER_WITHDRAWN;
    }
    if (validity->valid_from_us != 0 && at_us < validity->valid_from_us) {
        return MARKER_NONE;
    }
    if (validity->valid_to_us != 0 && at_us >= validity->valid_to_us) {
        return MARKER_LAPSED;
    }
    return MARKER_ACTIVE;
}
