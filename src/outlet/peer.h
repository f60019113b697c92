/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of a Unix socket, as the kernel says, and which roles that may name.
 * Any thread.
 */
#ifndef OUTLET_PEER_H
#define OUTLET_PEER_H

#include "base/error.h"
#include "outlet/outlet.h"

#include <sys/types.h>

#define PEER_GROUPS_MAX 64
#define PEER_EVERY_ROLE (~0u)

struct peer_identity
{
    pid_t pid;
    uid_t user;
    unsigned group_count;
    gid_t groups[PEER_GROUPS_MAX]; /* primary first */
};

/* SO_PEERCRED and SO_PEERGROUPS. ERROR_IO. */
enum error peer_identify(int fd, struct peer_identity *ret_peer) MUST_USE;
/* Bits 1u << enum role that this peer may name in its Hello; 0: it may not connect. Root and the
 * daemon's own user (`own`) may name every role. */
unsigned peer_roles(const struct peer_identity *peer, uid_t own, const struct outlet_peer *allowed,
                    unsigned allowed_count);

#endif
