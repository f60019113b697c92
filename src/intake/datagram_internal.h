/* SPDX-License-Identifier: Apache-2.0 */
/* What datagram.c and datagram_out.c share. */
#ifndef INTAKE_DATAGRAM_INTERNAL_H
#define INTAKE_DATAGRAM_INTERNAL_H

#include "intake/address_table.h"
#include "intake/datagram.h"
#include "intake/protocol.h"

#include <sys/socket.h>

#define DATAGRAM_CONTROL 64u /* one IPV6_PKTINFO message fits */

struct datagram_in
{
    struct datagram_peer peers[DATAGRAM_BATCH];
    struct iovec parts[DATAGRAM_BATCH];
    struct mmsghdr heads[DATAGRAM_BATCH];
    _Alignas(struct cmsghdr) uint8_t controls[DATAGRAM_BATCH][DATAGRAM_CONTROL];
    uint8_t bytes[DATAGRAM_BATCH][DATAGRAM_SIZE_MAX + 1]; /* and the byte that ends any frame */
};

struct datagram_answer
{
    int fd;
    uint16_t size;
    struct datagram_peer peer;
    uint8_t bytes[PROTOCOL_REPLY_MAX];
};

struct datagram_out
{
    unsigned count;
    struct datagram_answer answers[DATAGRAM_OUT_MAX];
    struct iovec parts[DATAGRAM_OUT_MAX];
    struct mmsghdr heads[DATAGRAM_OUT_MAX];
    _Alignas(struct cmsghdr) uint8_t controls[DATAGRAM_OUT_MAX][DATAGRAM_CONTROL];
};

struct datagram_room
{
    struct datagram_in in;
    struct datagram_out out;
    struct address_table in_flight; /* signals waiting for the disk, by address */
};

#endif
