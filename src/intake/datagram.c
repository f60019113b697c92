/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. The socket is readable: recvmmsg, for each datagram its frames, each frame through
 * the protocol as on any session; the ticket of a signal brings the peer's address back, and the
 * answer leaves with the others of the turn (datagram_out.c).
 *
 * Failures. An incomplete frame is damaged: datagrams are never joined. Over a limit: silence, and
 * counted. Errors of the socket are passed over: they are of one peer, or the next turn's.
 *
 * On close. No more reading at once; the socket closes when no signal is in flight any more.
 */
#include "intake/datagram_internal.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/session.h"
#include "intake/worker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATAGRAM_MAGIC 0x44415447u

/* Taking. */

static void
datagram_read_control(struct msghdr *head, struct datagram_peer *peer)
{
    peer->has_local = false;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(head); at != NULL; at = CMSG_NXTHDR(head, at)) {
        if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof info);
            peer->local.four = info.ipi_spec_dst;
            peer->has_local = true;
        } else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(at), sizeof info);
            peer->local.six = info.ipi6_addr;
            peer->has_local = true;
        }
    }
}

/* `bytes` has room for one more. */
static void
datagram_take(struct session *session, uint8_t *bytes, size_t size, bool cut)
{
    const struct device_protocol *protocol = session->protocol;
    session->address = address_key_of(&session->datagram->peer.address.any);
    session->heard_ms = session->worker->now_ms;
    counter_add(datagrams, 1);
    bytes[size] = protocol->frame_end; /* the end of the datagram is the end of its last frame */
    size += 1;
    struct protocol_frame frame;
    size_t at = 0;
    unsigned damaged = 0;
    bool any = false;
    enum protocol_found found;
    while (damaged < DATAGRAM_DAMAGED_MAX &&
           (found = protocol->detect(bytes, size, &at, &frame)) != FOUND_NOTHING) {
        any = true;
        if (found == FOUND_FRAME) {
            protocol->decode(session, &frame);
        } else {
            damaged += 1;
            session_count_damage(session, frame.error);
        }
    }
    if (cut) {
        session_count_damage(session, ERROR_TOO_LARGE);
    } else if (protocol->is_partial(bytes + at, size - at) ||
               (!any && protocol->is_partial(bytes, size))) {
        session_count_damage(session, ERROR_MALFORMED);
    }
}

/* How many datagrams may be taken at once: with one frame each none meets the limit of all. */
static unsigned
datagram_room(const struct datagram_listener *listener)
{
    unsigned limit = listener->worker->options->entries / 2;
    unsigned used = listener->session->in_flight;
    unsigned room = used < limit ? limit - used : 1;
    return room < DATAGRAM_BATCH ? room : DATAGRAM_BATCH;
}

static unsigned
datagram_receive(struct datagram_listener *listener, unsigned count)
{
    struct datagram_in *in = &listener->worker->datagrams->in;
    for (unsigned i = 0; i < count; i++) {
        in->parts[i] = (struct iovec){.iov_base = in->bytes[i], .iov_len = DATAGRAM_SIZE_MAX};
        in->heads[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &in->peers[i].address,
                                                    .msg_namelen = sizeof in->peers[i].address,
                                                    .msg_iov = &in->parts[i],
                                                    .msg_iovlen = 1,
                                                    .msg_control = in->controls[i],
                                                    .msg_controllen = DATAGRAM_CONTROL}};
    }
    listener->session->worker->stream.read_mono_us = clock_mono_us();
    int got = recvmmsg(listener->fd, in->heads, count, MSG_DONTWAIT, NULL);
    return got > 0 ? (unsigned)got : 0;
}

static void
datagram_on_readable(uv_poll_t *handle, int status, int events)
{
    struct datagram_listener *listener =
        checked_cast(handle->data, struct datagram_listener, DATAGRAM_MAGIC);
    struct datagram_in *in = &listener->worker->datagrams->in;
    unsigned room = 1;
    unsigned got = 1;
    for (unsigned i = 0; i < DATAGRAM_ROUNDS && got == room && listener->reading; i++) {
        room = datagram_room(listener);
        got = datagram_receive(listener, room);
        for (unsigned j = 0; j < got; j++) {
            struct msghdr *head = &in->heads[j].msg_hdr;
            datagram_read_control(head, &in->peers[j]);
            listener->peer = in->peers[j];
            datagram_take(listener->session, in->bytes[j], in->heads[j].msg_len,
                          (head->msg_flags & MSG_TRUNC) != 0);
        }
    }
}

static void
datagram_read(struct datagram_listener *listener, bool reading)
{
    if (listener->reading == reading) {
        return;
    }
    listener->reading = reading;
    int status = reading ? uv_poll_start(&listener->poll, UV_READABLE, datagram_on_readable)
                         : uv_poll_stop(&listener->poll);
    require(status == 0);
}

/* Signals in flight. */

bool
datagram_admit(struct session *session)
{
    const struct intake_options *options = session->worker->options;
    bool room = session->in_flight < options->entries / 2 &&
                address_table_add(&session->worker->datagrams->in_flight, &session->address,
                                  options->datagram_in_flight_max);
    if (!room) {
        counter_add(datagrams_silenced, 1);
    }
    return room;
}

void
datagram_release(struct session *session, const struct datagram_peer *peer)
{
    struct address_key key = address_key_of(&peer->address.any);
    address_table_remove(&session->worker->datagrams->in_flight, &key);
}

void
datagram_on_push(struct session *session)
{
    if (session->in_flight > session->worker->options->entries / 4) {
        datagram_read(session->datagram, false);
    }
}

void
datagram_on_ticket(struct session *session)
{
    if (session->worker->stop_by_ms == 0 &&
        session->in_flight <= session->worker->options->entries / 8) {
        datagram_read(session->datagram, true);
    }
}

/* Beginning and end. */

enum error
datagram_open(struct worker *worker, unsigned index, int fd)
{
    struct datagram_listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        (void)close(fd);
        return ERROR_MEMORY;
    }
    if (uv_poll_init(&worker->loop, &listener->poll, fd) != 0) {
        (void)close(fd);
        free(listener);
        return ERROR_IO;
    }
    listener->magic = DATAGRAM_MAGIC;
    listener->fd = fd;
    listener->worker = worker;
    listener->poll.data = listener;
    worker->datagram_listeners[index] = listener;
    return ERROR_NONE;
}

enum error
datagram_begin(struct worker *worker)
{
    for (unsigned i = 0; i < worker->options->listener_count; i++) {
        struct datagram_listener *listener = worker->datagram_listeners[i];
        if (listener == NULL) {
            continue;
        }
        if (worker->datagrams == NULL) {
            worker->datagrams = calloc(1, sizeof *worker->datagrams);
            if (worker->datagrams == NULL ||
                address_table_init(&worker->datagrams->in_flight, worker->options->entries) !=
                    ERROR_NONE) {
                return ERROR_MEMORY;
            }
        }
        listener->session = session_of_datagrams(worker, i, listener);
        datagram_read(listener, true);
    }
    return ERROR_NONE;
}

void
datagram_free(struct worker *worker)
{
    for (unsigned i = 0; i < INTAKE_LISTENERS_MAX; i++) {
        struct datagram_listener *listener = worker->datagram_listeners[i];
        if (listener != NULL && listener->fd >= 0) {
            (void)close(listener->fd);
        }
        free(listener);
    }
    if (worker->datagrams != NULL) {
        address_table_free(&worker->datagrams->in_flight);
        free(worker->datagrams);
    }
}

void
datagram_stop(struct session *session)
{
    datagram_read(session->datagram, false);
}

void
datagram_close(struct session *session)
{
    struct datagram_listener *listener = session->datagram;
    datagram_read(listener, false);
    uv_close((uv_handle_t *)&listener->poll, NULL);
    (void)close(listener->fd);
    listener->fd = -1;
}
