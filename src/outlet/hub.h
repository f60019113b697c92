/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every client is told, kept once: the newest state (open incidents, status, tick, users) and
 * the recent deltas by number, for clients that are behind or come back. Each delta is framed once;
 * sessions hold references to the same bytes. Outlet thread only.
 *
 * Numbers run 1, 2, 3 ... from DELTA_READY on, under a stream id that is new in every run of the
 * daemon. What came before DELTA_READY is state without a number.
 *
 * Limits: deltas_kept and delta_bytes_kept; the oldest goes first, and whoever still needed it
 * takes a snapshot. LIMIT_INCIDENTS_OPEN: an incident over it is sent as a delta and logged, but is
 * missing from snapshots.
 */
#ifndef OUTLET_HUB_H
#define OUTLET_HUB_H

#include "base/error.h"
#include "flow/delta.h"
#include "outlet/buffer.h"
#include "outlet/credentials.h"
#include "outlet/incidents.h"

#include <stdbool.h>
#include <stdint.h>

#define HUB_SNAPSHOT_FRAME                                                                         \
    (128u << 10) /* incidents put into one Snapshot frame: about this much                         \
                  */

struct hub_kept
{
    struct buffer *buffer;
    uint64_t bytes_before; /* bytes of all deltas before this one */
};

struct hub
{
    struct buffer_store store;
    uint64_t stream;   /* never 0 */
    uint64_t sequence; /* of the newest delta */
    bool ready;        /* DELTA_READY came */

    struct hub_kept *kept; /* ring by number: delta n at n & kept_mask */
    uint64_t kept_mask;
    uint64_t kept_max;
    uint64_t oldest;      /* number of the oldest kept; sequence + 1 when none */
    uint64_t bytes_total; /* of all deltas so far */
    uint64_t bytes_max;   /* kept at most */

    struct incident_table incidents;
    struct buffer *status; /* newest, or NULL */
    struct buffer *tick;   /* newest, or NULL */
    uint64_t tick_no;
    struct credentials credentials;
};

/* A snapshot on its way to one client, over as many loop turns as it takes. */
struct hub_walk
{
    uint64_t sequence; /* told in every frame: deltas after it follow */
    unsigned place;
    bool done;
};

/* `stream` not 0. ERROR_MEMORY. */
enum error
hub_init(struct hub *hub, uint64_t stream, unsigned deltas_kept, size_t bytes_kept) MUST_USE;
void hub_free(struct hub *hub);

/* Takes in one delta of the desk, except DELTA_RESULT. ERROR_MEMORY or ERROR_TOO_LARGE: clients
 * cannot be told by a delta, so the number is used up and every follower must take a snapshot. */
enum error hub_apply(struct hub *hub, const struct flow_delta *delta) MUST_USE;

/* Delta `number`, not referenced for the caller; NULL when it is no longer kept. */
struct buffer *hub_delta(const struct hub *hub, uint64_t number);
/* Bytes of the deltas from `number` to the newest; UINT64_MAX when `number` is no longer kept. */
uint64_t hub_bytes_from(const struct hub *hub, uint64_t number);
/* Can a client that saw deltas up to `after` of `stream` go on from there? */
bool hub_can_resume(const struct hub *hub, uint64_t stream, uint64_t after);

struct hub_walk hub_walk_begin(const struct hub *hub);
/* The next Snapshot frame, one reference; sets walk->done with the last one. NULL: no memory. */
struct buffer *hub_walk_next(struct hub *hub, struct hub_walk *walk);

#endif
