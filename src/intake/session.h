/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connected unit (or panel, or stranger): who it is, what it still owes us of a frame, what it
 * has in flight. Owned by its worker; every function is the worker's thread.
 *
 * A session lives in a fixed table and is named by a handle: index and generation. A ticket for a
 * session that closed meets another generation and is dropped; the unit sends again.
 *
 *     STARTING -> WAITING or EXPECTED -> SHAKING -> SERVED -> FINISHING -> ENDING -> CLOSED
 *     clear listeners begin at SERVED; any state may go to CLOSED
 *
 * FINISHING: reads no more, still sends the receipts of what is in flight, then ends.
 * DATAGRAM stands apart: made with the worker, gone with it.
 */
#ifndef INTAKE_SESSION_H
#define INTAKE_SESSION_H

#include "flow/registry.h"
#include "intake/address_table.h"
#include "intake/link.h"
#include "intake/protocol.h"
#include "intake/rate.h"
#include "intake/stream.h"
#include "journal.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

struct datagram_listener;

enum session_place
{
    SESSION_STARTING, /* accepted, not a byte yet */
    SESSION_WAITING,  /* sent its first bytes, waits for the handshake budget */
    SESSION_EXPECTED, /* the same, and there is a sign that it is one of ours (admission.h) */
    SESSION_SHAKING,  /* handshake in progress */
    SESSION_SERVED,
    SESSION_FINISHING, /* last receipts */
    SESSION_ENDING,    /* FIN is out, waits for the peer's */
    SESSION_DATAGRAM,  /* no connection: all peers of a UDP listener (datagram.h) */
    SESSION_CLOSED,    /* the handle is closing */
    SESSION_PLACE_COUNT,
};

struct session
{
    uint32_t magic;
    uint32_t index;      /* in the worker's table */
    uint32_t generation; /* grows each time the place in the table is used again */
    uint32_t in_flight;  /* signals without a ticket yet */
    struct worker *worker;
    const struct device_protocol *protocol;

    struct link link;  /* in the worker's list of its place */
    struct link task;  /* SHAKING: handshake work; SERVED: a frame is incomplete, slowed or
                          doubted, one of them */
    struct link dirty; /* has replies to send */
    uint64_t place_ms; /* since when in its place, monotonic */
    uint64_t heard_ms; /* last frame */
    uint64_t task_ms;  /* since when the frame is incomplete, or it is doubted */

    uint8_t *rest; /* bytes not used yet: part of a frame, or held back while paused */
    uint32_t rest_size;
    uint16_t reply_size;
    uint8_t place;    /* enum session_place */
    uint8_t listener; /* index into the options */
    uint8_t *reply;   /* block of the worker's outbox, or NULL */

    bool has_budget : 1; /* counts in handshakes_max */
    bool stranger : 1;   /* its budget is a stranger's */
    bool counted : 1;    /* counts in its address's connections */
    bool identified : 1; /* fingerprint is set */
    bool expired : 1;    /* certificate's dates are wrong */
    bool paused : 1;     /* at its in-flight limit */
    bool slowed : 1;     /* over its rate: not read until slowed_until_ms */
    bool starved : 1;    /* its next frame waits, unread, for a free entry */
    bool doubted : 1;    /* its panel called again: it ends unless something more comes */
    bool several : 1;    /* DC-09: it carried several accounts, as a gateway does */
    bool unchecked : 1;  /* the registry changed since session_check looked */

    struct address_key address;
    uint8_t fingerprint[LIMIT_FINGERPRINT];
    const struct registry_unit *unit; /* read it through session_unit: it dies with its registry */
    uint32_t registry_turn;           /* the worker's, when unit was looked up */
    uint32_t slot;                    /* of the unit; 0: none */
    uint32_t epoch;                   /* of the slot, when this session took it */
    uint16_t network;                 /* the worker's names: index, 0 none */
    uint64_t boot_id;                 /* from the hello */
    const char *refusal;              /* static text to say at the end, or NULL */
    uint64_t account;                 /* DC-09: hash of the account it speaks for, 0: none yet */
    uint64_t slowed_until_ms;
    struct rate_level level;            /* of its own rate */
    struct datagram_listener *datagram; /* SESSION_DATAGRAM; else NULL */

    struct stream stream;
};

uint64_t session_handle(const struct session *session);
/* Who the frame in hand came from: the session, on UDP the sender's address and port. */
uint64_t session_peer(const struct session *session);

/* Takes a place in the table for the next connection of a listener and begins reading. */
void session_accept(struct worker *worker, uv_stream_t *listener, unsigned listener_index);

/* The session of a UDP listener, in place SESSION_DATAGRAM. While the worker is made. */
struct session *session_of_datagrams(struct worker *worker, unsigned listener_index,
                                     struct datagram_listener *datagram);

/* Moves it to the list of another place. */
void session_move(struct session *session, enum session_place place);

/* The stream is open: identify the peer, refuse or serve it. */
void session_serve(struct session *session);

/* The unit of a native session by the newest registry, or NULL. */
const struct registry_unit *session_unit(struct session *session);

/* Looks the unit up again when the registry changed, and checks that this session is still the
 * unit's newest. False when it was ended. */
bool session_check(struct session *session) MUST_USE;

/* The unit was heard (REQ A28) by its main path, or by `path` (PATH_NONE: by none that counts): its
 * words of the last-seen table, and nothing else. `poll`: by a link test that tells its interval.
 */
void session_touch(struct session *session);
void session_touch_path(struct session *session, const struct registry_unit *unit, enum path path,
                        bool poll);

/* Bytes of the stream, after what was left over; NULL and 0 to look at the rest again. */
void session_take_bytes(struct session *session, const uint8_t *bytes, size_t size);

/* Counts and logs a frame that was passed over. */
void session_count_damage(struct session *session, enum error error);

/* Is it held: at its in-flight limit, over its rate, or without a free entry? */
static inline bool
session_is_held(const struct session *session)
{
    return session->paused || session->slowed || session->starved;
}

/* Gives what was held back and reads on, when nothing holds the session any more. */
void session_read_on(struct session *session);

/* How fast a peer may go (session_limits.c). */
enum session_weight
{
    SESSION_WEIGHT_LIGHT, /* changes nothing: link tests, resends */
    SESSION_WEIGHT_EVENT, /* a lesser event: P3 to P5 and restores */
    SESSION_WEIGHT_ALARM,
};

/*
 * One frame of `account` (its hash; 0 when it may be anybody's) is about to be taken. Over the rate
 * a connection is not read for a moment; the frame in hand is taken all the same. False for
 * datagrams only: no answer, the panel sends again.
 */
bool session_spend(struct session *session, uint64_t account, enum session_weight weight) MUST_USE;
/* A frame showed that this connection is `account`'s: an older one of it may be half open. */
void session_speaks_for(struct session *session, uint64_t account);
/* It lives: takes the doubt of session_speaks_for back. */
void session_trust(struct session *session);
/* The connection ends: its account is free for the next. */
void session_forget_account(struct session *session);
/* No free entry: the frame stays unread, and the connection with it, until there is one. */
void session_starve(struct session *session);
/* Starved sessions read on as far as entries reach. */
void session_feed(struct worker *worker);
/* Every 250 ms: slowed sessions whose time has come read on, doubted ones end. */
void session_limits_tick(struct worker *worker);

/* Adds to what goes out at the end of this turn, one write a session. */
void session_reply(struct session *session, const void *bytes, size_t size);
void session_flush(struct session *session);

/*
 * Puts a signal on its way to the journal: fills received_us, content_hash and, where it applies,
 * fingerprint, unit and flags from the session; packs it into an entry. The receipt follows with
 * the ticket. `signal` views bytes that need to live only for the call. `unit` is the sender, NULL
 * when not known. Without a free entry the answer is PROTOCOL_OVERLOADED at once.
 */
void session_offer(struct session *session, const struct registry_unit *unit,
                   Larwm__Journal__Signal *signal, const struct protocol_context *context);

/* The ticket of one of its signals came. */
void session_on_ticket(struct session *session, const struct protocol_context *context,
                       enum protocol_status status);

/* Breaks with the peer: logs `reason` (static text, no personal data), sends what is in flight its
 * receipts, says the reason where the protocol can, ends. The caller counts. */
void session_refuse(struct session *session, const char *reason);
/* Ends in order: no more reading, receipts of what is in flight, close_notify. */
void session_finish(struct session *session);
/* The last words and FIN; for session.c and the tick. */
void session_end(struct session *session);
/* Closes now; the place in the table is free when the handle is closed. */
void session_close(struct session *session);

/* The stream's side. */
extern const struct stream_callbacks session_stream_callbacks;

#endif
