/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. Answers of one turn are gathered and leave with one sendmmsg for each socket.
 *
 * Failures. The kernel's buffer is full, the peer cannot be reached: that answer is lost and
 * counted; nothing waits for UDP. The panel sends again and the desk knows the repeat.
 */
#include "intake/datagram_internal.h"

#include "base/counters.h"
#include "base/require.h"
#include "intake/session.h"
#include "intake/worker.h"

#include <errno.h>
#include <string.h>

void
datagram_reply(struct session *session, const void *bytes, size_t size)
{
    struct worker *worker = session->worker;
    struct datagram_out *out = &worker->datagrams->out;
    require(size <= PROTOCOL_REPLY_MAX);
    if (session->datagram->fd < 0) {
        return;
    }
    if (out->count == DATAGRAM_OUT_MAX) {
        datagram_flush(worker);
    }
    struct datagram_answer *answer = &out->answers[out->count];
    out->count += 1;
    answer->fd = session->datagram->fd;
    answer->peer = session->datagram->peer;
    answer->size = (uint16_t)size;
    memcpy(answer->bytes, bytes, size);
}

/* The answer leaves from the address the panel called, not from the one the route would pick: a
 * firewall on the way knows no other. */
static size_t
datagram_write_control(const struct datagram_peer *peer, uint8_t *control)
{
    struct cmsghdr *head = (struct cmsghdr *)(void *)control;
    if (!peer->has_local) {
        return 0;
    }
    if (peer->address.any.sa_family == AF_INET) {
        struct in_pktinfo info = {.ipi_spec_dst = peer->local.four};
        *head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
        memcpy(CMSG_DATA(head), &info, sizeof info);
        return CMSG_SPACE(sizeof info);
    }
    struct in6_pktinfo info = {.ipi6_addr = peer->local.six};
    *head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO};
    memcpy(CMSG_DATA(head), &info, sizeof info);
    return CMSG_SPACE(sizeof info);
}

static void
datagram_address_answer(struct datagram_out *out, unsigned index)
{
    struct datagram_answer *answer = &out->answers[index];
    bool four = answer->peer.address.any.sa_family == AF_INET;
    size_t control = datagram_write_control(&answer->peer, out->controls[index]);
    out->parts[index] = (struct iovec){.iov_base = answer->bytes, .iov_len = answer->size};
    out->heads[index] =
        (struct mmsghdr){.msg_hdr = {
                             .msg_name = &answer->peer.address,
                             .msg_namelen = four ? sizeof answer->peer.address.four
                                                 : sizeof answer->peer.address.six,
                             .msg_iov = &out->parts[index],
                             .msg_iovlen = 1,
                             .msg_control = control > 0 ? out->controls[index] : NULL,
                             .msg_controllen = control,
                         }};
}

/* heads[from..to) through one socket; one that fails is passed over. */
static void
datagram_send_run(struct datagram_out *out, unsigned from, unsigned to)
{
    while (from < to) {
        int sent = sendmmsg(out->answers[from].fd, &out->heads[from], to - from, 0);
        if (sent > 0) {
            from += (unsigned)sent;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            counter_add(datagrams_unsent, to - from);
            return;
        } else if (errno != EINTR) {
            counter_add(datagrams_unsent, 1);
            from += 1;
        }
    }
}

void
datagram_flush(struct worker *worker)
{
    struct datagram_out *out = &worker->datagrams->out;
    unsigned count = out->count;
    for (unsigned i = 0; i < count; i++) {
        datagram_address_answer(out, i);
    }
    for (unsigned from = 0; from < count;) {
        unsigned to = from + 1;
        while (to < count && out->answers[to].fd == out->answers[from].fd) {
            to += 1;
        }
        datagram_send_run(out, from, to);
        from = to;
    }
    out->count = 0;
}
