/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outlet: the one door of every client of the daemon (web gateway, police gateway, tools). It
 * keeps the newest state of every open incident as packed bytes, sends snapshots and numbered
 * deltas, checks what each session may do, and puts actions on their way to the journal.
 *
 * One thread with its own libuv loop. It never unpacks or packs an incident: a delta is framed once
 * and the same bytes go to every client.
 *
 *                                            | app thread, before start | desk thread | outlet
 * thread outlet_create, _port, _start, _stop    |           yes            |     no      |      no
 *     push into outlet_deltas, wake its waker|           no             |     yes     |      no
 *
 * What the desk owes the outlet, in this order: any number of DELTA_INCIDENT (open incidents),
 * DELTA_STATUS, DELTA_CREDENTIALS_BEGIN .. DELTA_CREDENTIAL .. DELTA_CREDENTIALS_END, then one
 * DELTA_READY; afterwards whatever changes, a DELTA_TICK twice a second, and exactly one
 * DELTA_RESULT for each record whose handle is not 0 (RECORD_ACTION and RECORD_POLICE), carrying
 * the record's handle and a console.Result with the record's ref.
 *
 * Limits and the answer at each: docs/wire-console.md.
 */
#ifndef OUTLET_OUTLET_H
#define OUTLET_OUTLET_H

#include "base/error.h"
#include "base/ring.h"
#include "base/waker.h"
#include "flow/delta.h"
#include "flow/entry.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define OUTLET_PEERS_MAX 16

/* Who else may connect, besides root and the daemon's own user, and as what. */
struct outlet_peer
{
    bool by_group;  /* `id` is a group (the peer's own or a supplementary one), else a user */
    unsigned id;    /* uid or gid */
    unsigned roles; /* bits 1u << enum role that a Hello may name; 0 = all */
};

struct outlet_options
{
    const char *socket_path; /* of the Unix socket, at most 107 bytes; a stale one is removed */
    mode_t socket_mode;      /* 0 means 0660 */
    gid_t socket_group;      /* (gid_t)-1 leaves the group alone */
    int inherited_fd;        /* a listening socket from the service manager, or -1; then path, mode
                                and group are not used */
    struct outlet_peer peers[OUTLET_PEERS_MAX];
    unsigned peer_count;
    unsigned node;       /* 1..LIMIT_NODES, told in Welcome */
    const char *version; /* told in Welcome */

    /* Bounds, smaller in tests; 0 means the value named. */
    unsigned entries;        /* LIMIT_OUTLET_ENTRIES */
    unsigned deltas_kept;    /* LIMIT_DELTAS */
    size_t delta_bytes_kept; /* 4 times the backlog: what is kept for clients that resume */
    size_t backlog_bytes;    /* LIMIT_CLIENT_BACKLOG */
    unsigned clients;        /* LIMIT_CLIENTS */
    unsigned hello_ms;       /* 5000: a connection must say Hello within this */
};

struct outlet;

/*
 * Makes the outlet and its loop, not yet listening. Strings are copied. Errors: ERROR_MEMORY,
 * ERROR_IO, ERROR_TOO_LARGE (socket path), ERROR_CONFIG (node or peer count out of range).
 */
enum error outlet_create(const struct outlet_options *options, struct outlet **ret_outlet) MUST_USE;

/* The outlet as a producer of the journal (RECORD_ACTION, RECORD_POLICE, RECORD_PRESENCE). Its
 * `journal` waker is set by the journal when the port is added; its pool is the outlet's own. */
struct flow_port *outlet_port(struct outlet *outlet);

/* How many blocks the port's pool has: what the desk's entry ring must have room for. */
unsigned outlet_port_blocks(const struct outlet *outlet);

/* Of struct flow_delta *; the desk pushes, the outlet pops and hands blocks back with pool_return.
 * Holds OUTLET_DELTA_RING elements; when it is full the desk keeps its change for a later turn. */
#define OUTLET_DELTA_RING 8192
struct ring *outlet_deltas(struct outlet *outlet);

/* Wake it once per batch after pushing deltas. */
struct waker *outlet_waker(struct outlet *outlet);

/* Listens and starts the thread. Errors: ERROR_EXISTS (another daemon answers on the socket),
 * ERROR_IO, ERROR_DENIED (directory or mode). After an error only outlet_free may follow. */
enum error outlet_start(struct outlet *outlet) MUST_USE;

/* Closes every client, removes the socket and joins the thread. Blocks the caller for moments.
 * Deltas still in the ring are returned to their pools. Safe when never started. */
void outlet_stop(struct outlet *outlet);

/* After outlet_stop, and after the journal and the desk let go of port and ring. */
void outlet_free(struct outlet *outlet);

/* Clients connected now. Any thread; relaxed, for status and tests. */
unsigned outlet_clients_connected(const struct outlet *outlet);

#endif
