/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DC-09 over UDP: whole frames in a datagram, answers to the address and port it came from, out of
 * the socket and the local address it came to. Worker thread.
 *
 * There is no connection, so there is no session for each peer: each UDP listener of a worker has
 * one session in place SESSION_DATAGRAM, which never pauses for one peer and never ends. Whom a
 * frame in hand came from stands in the listener (`peer`) and is kept beside the context of each
 * signal in flight; so a protocol answers through session_reply as ever and knows no addresses. No
 * peer costs memory but while a signal of his waits for the disk.
 *
 * Limits: DATAGRAM_SIZE_MAX bytes; `datagram_in_flight_max` signals of one address waiting for the
 * disk, beyond it silence (the panel sends again); of all addresses a quarter of the worker's
 * entries, then the socket is not read, and half of them at the very most, so that TCP keeps room.
 */
#ifndef INTAKE_DATAGRAM_H
#define INTAKE_DATAGRAM_H

#include "base/error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define DATAGRAM_SIZE_MAX 8192u  /* what is longer is cut: whole frames in front are taken */
#define DATAGRAM_DAMAGED_MAX 16u /* damaged frames in one datagram before the rest is left */
#define DATAGRAM_BATCH 32u       /* datagrams taken with one call */
#define DATAGRAM_ROUNDS 4u       /* such calls in one turn: TCP has its turn, too */
#define DATAGRAM_OUT_MAX 128u    /* answers kept before they are sent early */
#define DATAGRAM_RECEIVE_BUFFER (4 << 20)

struct session;
struct worker;

/* Where a datagram came from and which of our addresses it was sent to. */
struct datagram_peer
{
    union
    {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address;
    union
    {
        struct in_addr four;
        struct in6_addr six;
    } local;
    bool has_local;
};

struct datagram_listener
{
    uint32_t magic;
    int fd; /* -1 once closed */
    bool reading;
    struct worker *worker;
    struct session *session;
    uv_poll_t poll;
    struct datagram_peer peer; /* of the frame in hand */
};

struct datagram_room; /* a worker's buffers for datagrams */

/* Building, before the thread runs. ERROR_IO, ERROR_MEMORY; `fd` is owned from here on. */
enum error datagram_open(struct worker *worker, unsigned index, int fd) MUST_USE;
/* Gives every UDP listener its session; after the worker's tables are made. */
enum error datagram_begin(struct worker *worker) MUST_USE;
/* After the loop ended. */
void datagram_free(struct worker *worker);

/* Stops taking datagrams for good. */
void datagram_stop(struct session *session);
/* Closes the socket; answers not sent by now are lost. */
void datagram_close(struct session *session);

/* May this peer have one more signal in flight? True: it is counted, datagram_release undoes it. */
bool datagram_admit(struct session *session) MUST_USE;
void datagram_release(struct session *session, const struct datagram_peer *peer);
/* A signal is on its way: does not read on when there are too many. */
void datagram_on_push(struct session *session);
/* A ticket came: reads on when there is room. */
void datagram_on_ticket(struct session *session);

/* An answer to the peer of the frame in hand, sent with the others of this turn. */
void datagram_reply(struct session *session, const void *bytes, size_t size);
/* Sends all answers. What the kernel does not take is lost and counted: the panel sends again. */
void datagram_flush(struct worker *worker);

#endif
