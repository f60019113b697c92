/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What crosses threads on the alarm path: an entry on its way into the journal and then to the
 * desk, the ticket that tells its producer it is durable, and the record the desk applies.
 *
 * An entry is a block of the producer's pool. The producer fills it and pushes its pointer to the
 * journal. When it is durable the journal pushes a ticket to the producer and the pointer to the
 * desk, which hands the block back with pool_return. When it failed, the ticket carries the pointer
 * back and the producer gives the block to its own pool; the desk never sees it.
 */
#ifndef FLOW_ENTRY_H
#define FLOW_ENTRY_H

#include "base/error.h"
#include "base/pool.h"
#include "base/ring.h"
#include "base/waker.h"
#include "larwm/limits.h"

#include <stdint.h>

/* The type byte of a record: which message of proto/journal.proto its body is. */
enum record_type
{
    RECORD_NONE = 0,
    RECORD_BOOT = 1,
    RECORD_SIGNAL = 2,
    RECORD_RESOLVED = 3,
    RECORD_ACTION = 4,
    RECORD_TIMER = 5,
    RECORD_PRESENCE = 6,
    RECORD_SUPERVISION = 7,
    RECORD_POLICE = 8,
    RECORD_SYSTEM = 9,
    RECORD_REPEATS = 10,
    RECORD_ANSWERS = 11,
    RECORD_TYPE_COUNT
};

/* One record as the desk applies it, live or replayed. `body` is a packed journal.proto message and
 * lives only for the call. */
struct flow_record
{
    uint64_t pos;    /* 1, 2, 3 ... per node, never reused */
    int64_t time_us; /* wall time at which the journal took it; never goes back */
    enum record_type type;
    bool live;       /* false while replaying at start */
    uint64_t handle; /* the producer's, for answers; 0 when replayed */
    uint64_t ref;
    const uint8_t *body;
    size_t size;
};

struct flow_entry
{
    struct pool *home;        /* where the desk returns it */
    uint64_t pos;             /* set by the journal */
    int64_t time_us;          /* set by the journal */
    uint64_t handle;          /* producer's own, comes back in the ticket */
    uint64_t ref;             /* producer's own, comes back in the ticket */
    uint64_t taken_mono_us;   /* when the producer had the whole message, for stage times */
    uint64_t durable_mono_us; /* set by the journal, for stage times */
    uint32_t size;            /* of body */
    uint8_t type;             /* enum record_type */
    uint8_t producer;         /* index of the port */
    uint8_t body[];           /* up to the pool's block size */
};

struct flow_ticket
{
    uint64_t handle;
    uint64_t ref;
    uint64_t pos;              /* 0 when it failed */
    uint64_t durable_mono_us;  /* for stage times; 0 when it failed */
    struct flow_entry *failed; /* the entry, when it failed: the producer takes it back */
    enum error error;          /* ERROR_NONE when durable; ERROR_DISK_FULL, ERROR_IO */
};

/*
 * One producer's connection to the journal.
 *     producer thread: pushes `entries` (flow_entry *), pops `tickets`, then wakes `journal` once.
 *     journal thread:  pops `entries`, pushes `tickets`, then wakes `producer` once a batch.
 * `tickets` holds as many as the producer's pool has blocks, so it can never be full.
 * A producer that wants no tickets sets `producer` to NULL; failed entries still come as tickets.
 */
struct flow_port
{
    struct ring entries;
    struct ring tickets;
    struct waker *journal;
    struct waker *producer;
};

#endif
