/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One intake thread: its loop, listeners, sessions, pool of entries, port to the journal.
 *
 * Every turn of the loop: handshakes for at most 2 ms (idle phase), then whatever the sockets and
 * the journal brought (poll phase), then once: replies out, journal woken (check phase). So a
 * storm of handshakes delays a press of a connected unit by 2 ms, not by the storm.
 *
 *     fields marked (any)  are read by other threads, relaxed
 *     registries, retired  desk thread pushes and pops the other end
 *     port                 journal thread pops entries and pushes tickets
 *     epochs               all workers
 */
#ifndef INTAKE_WORKER_H
#define INTAKE_WORKER_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/ring.h"
#include "base/table.h"
#include "base/waker.h"
#include "flow/entry.h"
#include "intake/address_table.h"
#include "intake/datagram.h"
#include "intake/dc09_crypt.h"
#include "intake/intake.h"
#include "intake/rate.h"
#include "intake/resend.h"
#include "intake/session.h"
#include "intake/tls_tickets.h"

#include <pthread.h>
#include <stdatomic.h>

/* Packed journal.Signal at most: a whole DC-09 frame as raw, and every text at its limit. */
#define WORKER_BODY_MAX 5632u
#define WORKER_REPLY_SIZE 2048u /* replies of one session and turn before it is flushed early */
/* A frame of LIMIT_NATIVE_FRAME bytes unpacked needs less than 8 KiB. A strange one, full of fields
 * we do not know or of one field again and again, needs up to 330 KiB: its alarm is taken, too. */
#define WORKER_ARENA (1u << 20)
#define WORKER_REPLY_BLOCKS 128u /* sessions with replies before all are flushed early */
#define WORKER_NETWORKS_MAX 256u /* names of networks kept; later ones are not named */
#define WORKER_REGISTRIES_MAX 7u /* published and not taken yet */
#define WORKER_NAK_MEMORY 65536u /* a fleet that drifted fits, all at once */
#define WORKER_RATES 16384u      /* accounts and addresses whose rate is known */
#define WORKER_TICK_MS 250u
#define WORKER_LINGER_MS                                                                           \
    5000u /* for the peer's FIN after ours: closed with bytes unread, the kernel                   \
             sends a reset, and that may overtake an answer on a slow link */
#define WORKER_REPLACE_MS 1000u /* a doubted session has this long to show that it lives */
#define WORKER_ROUND_MS 10000u  /* every session is looked at once in this time */
#define WORKER_HANDSHAKE_TURN_US 2000u
#define WORKER_ACCEPTS_PER_TURN 64u /* of a burst of connections the others wait in the kernel */
#define WORKER_FAMILIAR 65536u      /* addresses of registered units remembered */
#define WORKER_FINISH_MS 30000u     /* a session waits this long for its last tickets */
#define WORKER_FEED_MS 2u /* how often blocks are looked for while a session waits for one */
#define WORKER_NOBODY 0u  /* a handle no session has: nobody waits for the ticket */
#define WORKER_SPREAD_MS_MAX 30000u
#define WORKER_BUDGET_MS 1000u /* a handshake that takes longer does not hold up the others */

struct worker_shared
{
    const struct intake_options *options; /* limits filled in */
    _Atomic uint32_t *epochs;             /* LIMIT_UNITS: the newest session of each slot (REQ A4).
                                             Relaxed: an older session only closes later */
    _Atomic uint64_t *nak_memory;         /* WORKER_NAK_MEMORY: DC-09 frames last answered with NAK
                                             (nak_memory.h). Relaxed: forgetting costs one more NAK */
    _Atomic uint32_t *familiar;           /* WORKER_FAMILIAR: addresses registered units came from
                                             (admission.h). Relaxed: it only orders handshakes */
    uint64_t familiar_seed;               /* random: nobody can choose an address that is taken for
                                             another */
    _Atomic uint32_t session_count;       /* connections of all workers; a bound, relaxed */
};

struct worker_listener
{
    uint32_t magic;
    uv_tcp_t tcp;
    struct worker *worker;
    unsigned index;
    bool waiting; /* a connection was announced and not taken yet: libuv announces no other */
};

struct worker_in_flight
{
    uint32_t next_free;
    struct datagram_peer peer; /* UDP: whom the answer goes to */
    struct protocol_context context;
};

struct worker
{
    uint32_t magic;
    unsigned index;
    struct worker_shared *shared;
    const struct intake_options *options;

    pthread_t thread;
    bool started;
    bool has_loop;
    uv_loop_t loop;
    uv_poll_t wake; /* tickets, registries, stop */
    struct waker waker;
    uv_timer_t tick;
    uv_timer_t feed; /* runs while a session is starved */
    uv_idle_t handshakes;
    uv_check_t turn_end;
    struct worker_listener listeners[INTAKE_LISTENERS_MAX];
    SSL_CTX *tls[INTAKE_LISTENERS_MAX]; /* NULL: clear */
    struct tls_tickets tickets;

    struct flow_port port;
    struct pool entries;
    struct worker_in_flight *in_flight; /* as many as entries */
    uint32_t in_flight_free;            /* index + 1, 0: none */
    unsigned pushed;                    /* entries since the journal was woken */
    unsigned tickets_taken;             /* since the last flush, for stage times */
    uint64_t tickets_us;                /* when the last of them were taken */

    struct session *sessions;
    uint32_t sessions_size;
    uint32_t sessions_fresh; /* places from here on were never used */
    uint32_t free_session;   /* index + 1 of a used place that is free, 0: none */
    uint32_t *by_slot;       /* LIMIT_UNITS: index + 1 of the session here, 0: none */
    struct link places[SESSION_PLACE_COUNT];
    unsigned place_counts[SESSION_PLACE_COUNT];
    struct link handshake_work; /* SHAKING sessions with bytes to look at */
    struct link partials;       /* SERVED sessions with part of a frame */
    struct link dirty;          /* sessions with replies */
    struct link slowed;         /* SERVED sessions over their rate */
    struct link starved;        /* SERVED sessions that wait for a free entry */
    struct link doubted;        /* SERVED sessions whose panel called again, oldest first */
    unsigned budget_used;
    unsigned strangers_used; /* the part of it that strangers have */
    unsigned favours;        /* expected ones taken in a row while strangers waited */
    unsigned accepts_left;   /* of this turn */
    unsigned churn;          /* handshakes done and sessions closed since memory was given back */
    uint64_t trimmed_ms;
    struct address_table addresses;
    struct rate_table rates; /* of accounts and of UDP addresses, by hash */
    struct table by_account; /* hash of a DC-09 account: index + 1 of the session that is its */

    struct datagram_listener *datagram_listeners[INTAKE_LISTENERS_MAX]; /* NULL: not UDP */
    struct datagram_room *datagrams; /* NULL without a UDP listener */

    struct stream_shared stream;
    struct arena arena;
    struct resend_memory resend; /* DC-09 frames taken lately */
    struct dc09_cipher *cipher;
    uint8_t dc09_scratch[DC09_SCRATCH_SIZE];
    uint8_t *reply_memory;
    uint8_t *reply_free[WORKER_REPLY_BLOCKS];
    unsigned reply_free_count;
    char networks[WORKER_NETWORKS_MAX][LIMIT_NETWORK];
    unsigned network_count; /* [0] is "" */

    const struct registry *registry; /* NULL before the first */
    uint32_t registry_turn;
    struct ring registries; /* of struct registry *: desk to worker */
    struct ring retired;    /* of struct registry *: worker to desk */

    uint64_t now_ms; /* of this turn */
    uint64_t random;
    uint64_t stop_by_ms;           /* 0: not stopping */
    _Atomic bool stop;             /* intake_stop to worker; pairs with the wake-up */
    _Atomic uint32_t served_count; /* (any) */
    _Atomic uint64_t turn_ms;      /* (any) */
};

/* Worker parts that live in worker_setup.c: memory, TLS, sockets. */

/* Everything but the thread. `fds`: listening sockets by listener, owned from here on. */
enum error worker_create(struct worker_shared *shared, unsigned index, const int *fds,
                         const uint8_t ticket_secret[TLS_TICKET_SECRET_SIZE],
                         struct worker **ret_worker) MUST_USE;
void worker_free(struct worker *worker);
enum error worker_start(struct worker *worker) MUST_USE;
void worker_join(struct worker *worker);

/* The session a handle names, or NULL when it is gone. */
struct session *worker_session(struct worker *worker, uint64_t handle);
/* Index of a network's name, added when new; 0 when empty or when there are too many. */
uint16_t worker_network(struct worker *worker, const char *name);
/* A back-off hint: at least the configured, at most three times as much, random. */
uint32_t worker_back_off_ms(struct worker *worker);
/* Over how long units that lost their connection should spread: a millisecond for each unit of a
 * thread, about what a full handshake costs, so that the fleet returns as fast as it can be served;
 * at most WORKER_SPREAD_MS_MAX. */
uint32_t worker_reconnect_spread_ms(const struct worker *worker);
/* Sends the replies of all sessions that have some, and wakes the journal for new entries. */
void worker_flush(struct worker *worker);
/* A reply block of WORKER_REPLY_SIZE; flushes others when none is free. */
uint8_t *worker_reply_take(struct worker *worker);
void worker_reply_give(struct worker *worker, uint8_t *block);

/* Lets admission_turn run in the next idle phase. */
void worker_want_handshakes(struct worker *worker);

/* Sends an entry whose body and type are filled to the journal; its ticket comes back to `handle`
 * with `context`. The caller saw that an in-flight place is free. Returns the place. */
struct worker_in_flight *worker_push(struct worker *worker, struct flow_entry *entry,
                                     uint64_t handle, const struct protocol_context *context);
/* Is there a free entry and a place beside it? */
bool worker_has_room(struct worker *worker);
/* The tickets that came, each to its session. */
void worker_take_tickets(struct worker *worker);
/* The copies counted since the last time go to the journal. */
void worker_push_counts(struct worker *worker);
/* The same, but only whole records: in a storm the desk hears of copies while it still remembers
 * their signals. */
void worker_push_full_counts(struct worker *worker);

#endif
