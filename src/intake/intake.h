/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intake: N threads, each one libuv loop, that take signals from units and give them their
 * receipts.
 *
 *     socket -> stream (TLS or clear) -> frame -> protocol -> entry -> journal -> ticket -> receipt
 *
 * Each thread ("worker") owns its listening sockets, its sessions, a pool of entries and a port to
 * the journal. A receipt leaves only when the journal's ticket said "durable" (REQ A24). Heartbeats
 * are answered at once and never enter a ring.
 *
 *                                   | before start | desk thread | any thread
 *     intake_create, intake_port_of |     yes      |             |
 *     intake_start, _stop, _free    |     yes      |             |      (the thread that created
 * it) intake_publish, _retired      |     yes      |     yes     | intake_port, _session_count,  |
 * yes      |     yes     |     yes intake_turn_mono_ms           |              |             |
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include "base/error.h"
#include "flow/closings.h"
#include "flow/entry.h"
#include "flow/registry.h"
#include "intake/rate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTAKE_LISTENERS_MAX 16

enum intake_protocol
{
    INTAKE_NATIVE,   /* length-prefixed protobuf, TLS 1.3, client certificate required */
    INTAKE_DC09_TCP, /* SIA DC-09 in the clear */
    INTAKE_DC09_TLS, /* SIA DC-09 inside TLS, no client certificate */
    INTAKE_DC09_UDP, /* SIA DC-09 in datagrams, in the clear */
};

/* Which DC-09 frames with a clock out of the window get NAK instead of ACK (once). */
enum intake_clock_nak
{
    INTAKE_NAK_ENCRYPTED, /* those a recording could be */
    INTAKE_NAK_ALWAYS,    /* clear ones with a timestamp, too */
    INTAKE_NAK_NEVER,
};

/* What a DC-09 listener does with odd frames (standards 1.5, 1.6, 1.7). All zero: the defaults. */
struct intake_policy
{
    bool unregistered_refused; /* DUH for accounts the registry does not know, counted and logged;
                                  default: taken, labelled UNREGISTERED (rule R0) */
    bool clear_refused;        /* DUH for clear text of an account with a key on record; default:
                                  taken and flagged */
    unsigned clock_behind_s;   /* the window; an account may have its own [40] */
    unsigned clock_ahead_s;    /* [20] */
    enum intake_clock_nak clock_nak;
};

struct intake_listener
{
    enum intake_protocol protocol;
    const char *address;  /* numeric IPv4 or IPv6 */
    unsigned port;        /* 0: the kernel picks; ask with intake_port */
    unsigned tls_minimum; /* 12 or 13; INTAKE_DC09_TLS only, native is always 13; 0 means 12 */
    int inherited_fd;     /* a listening socket from the supervisor, or -1. Intake owns it then */
    struct intake_policy policy; /* DC-09 only */
};

struct intake_options
{
    unsigned threads; /* 1..LIMIT_INTAKE_THREADS */
    const struct intake_listener *listeners;
    unsigned listener_count; /* 1..INTAKE_LISTENERS_MAX */

    /* PEM files; needed when a listener uses TLS. */
    const char *certificate_file; /* the centre's certificate, then intermediates */
    const char *key_file;
    const char *device_ca_file;     /* issuers of units' certificates; native only */
    const char *ticket_secret_file; /* 32 bytes or more, kept over restarts; NULL, or when it cannot
                                       be used: random per start, so that a restart costs every unit
                                       one full handshake */

    struct closings *closings; /* the caller's; outlives intake. NULL: nothing is ever closed */
    struct last_seen
        *last_seen; /* the caller's; outlives intake. Intake writes, supervision reads */

    /* Limits. 0 takes the default in brackets; docs/limits.md says what happens at each. */
    unsigned sessions_max;             /* all threads together [LIMIT_SESSIONS] */
    unsigned unproven_per_address_max; /* connections of one address and thread that have not shown
                                          a registered certificate [8192] */
    unsigned in_flight_max;            /* signals of one session waiting for the disk [64] */
    unsigned entries;                /* signals of one thread on their way [LIMIT_INTAKE_ENTRIES] */
    unsigned handshakes_max;         /* in progress per thread [64] */
    unsigned handshakes_waiting_max; /* per thread; the newest is refused beyond [16384] */
    unsigned handshake_limit_ms;     /* from first byte to finished; accept to first byte [10000] */
    unsigned frame_limit_ms;         /* from the first byte of a frame to its last [10000] */
    unsigned idle_limit_s;           /* nothing heard on a session [5400] */
    unsigned stop_limit_ms;          /* intake_stop waits this long for tickets [2000] */
    unsigned retry_back_off_ms;      /* least back-off asked for with RECEIPT_RETRY [500] */
    unsigned datagram_in_flight_max; /* signals of one UDP address waiting for the disk [256] */

    /* DC-09 rates (docs/decisions/0007): of an account, of a connection, of an address on UDP; by
     * worker. All zero: no limit. */
    struct rate account_rate;
    struct rate connection_rate;
    struct rate address_rate;
};

struct intake;

/*
 * Binds the sockets, loads certificates, allocates everything. `options` is copied, the listeners
 * and file names too. Returns ERROR_IO (address in use ...), ERROR_TLS (a certificate or key that
 * cannot be used), ERROR_CONFIG (a bound of this header broken), ERROR_MEMORY; the log names which.
 */
enum error intake_create(const struct intake_options *options, struct intake **ret_intake) MUST_USE;

/* The port of worker `worker` for journal_add_port. Stays valid until intake_free. */
struct flow_port *intake_port_of(struct intake *intake, unsigned worker);
unsigned intake_worker_count(const struct intake *intake);

/* Starts the threads; from here on units are served. The journal must be running. */
enum error intake_start(struct intake *intake) MUST_USE;

/* Stops accepting, waits for tickets in flight (stop_limit_ms), sends their receipts, closes every
 * session and joins the threads. The journal must still be running. */
void intake_stop(struct intake *intake);

/* After intake_stop, after the desk returned every entry, and after intake_take_back. */
void intake_free(struct intake *intake);

/*
 * Hands a registry to every worker. False when a worker has not taken the earlier ones yet: try
 * later, with the newest. The registry must not change any more. Desk thread.
 */
bool intake_publish(struct intake *intake, struct registry *registry) MUST_USE;
/* A registry no worker uses any more, or NULL. The caller frees it. Desk thread. */
struct registry *intake_retired(struct intake *intake);
/* After intake_stop: a registry the workers still had, or NULL when none is left. The caller frees
 * it. The thread that stopped intake, after the desk has ended. */
struct registry *intake_take_back(struct intake *intake);

/* The port listener `listener` (index into options.listeners) is bound to. */
unsigned intake_port(const struct intake *intake, unsigned listener);
/* Established sessions, all workers. */
unsigned intake_session_count(const struct intake *intake);
/* Monotonic time of the last loop turn of a worker, at most about 250 ms old while it is well. */
uint64_t intake_turn_mono_ms(const struct intake *intake, unsigned worker);

/*
 * Fills inherited_fd of listeners from sockets the supervisor passed (sd_listen_fds), matched in
 * order by the names "native", "dc09-tcp", "dc09-tls" and "dc09-udp". Returns how many were
 * matched. Start of the process, one thread.
 */
unsigned intake_inherit(struct intake_listener *listeners, unsigned count);

#endif
