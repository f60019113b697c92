/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/peer.h"

#include <stdbool.h>
#include <sys/socket.h>

enum error
peer_identify(int fd, struct peer_identity *ret_peer)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return ERROR_IO;
    }
    *ret_peer = (struct peer_identity){.pid = credentials.pid, .user = credentials.uid};
    ret_peer->groups[0] = credentials.gid;
    ret_peer->group_count = 1;
    size = (socklen_t)((PEER_GROUPS_MAX - 1) * sizeof(gid_t));
    /* A peer in more groups than fit is judged by its user and primary group alone. */
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, ret_peer->groups + 1, &size) == 0) {
        ret_peer->group_count += (unsigned)(size / sizeof(gid_t));
    }
    return ERROR_NONE;
}

static bool
matches(const struct peer_identity *peer, const struct outlet_peer *allowed)
{
    if (!allowed->by_group) {
        return peer->user == (uid_t)allowed->id;
    }
    for (unsigned i = 0; i < peer->group_count; i++) {
        if (peer->groups[i] == (gid_t)allowed->id) {
            return true;
        }
    }
    return false;
}

unsigned
peer_roles(const struct peer_identity *peer, uid_t own, const struct outlet_peer *allowed,
           unsigned allowed_count)
{
    if (peer->user == 0 || peer->user == own) {
        return PEER_EVERY_ROLE;
    }
    unsigned roles = 0;
    for (unsigned i = 0; i < allowed_count; i++) {
        if (matches(peer, &allowed[i])) {
            roles |= allowed[i].roles == 0 ? PEER_EVERY_ROLE : allowed[i].roles;
        }
    }
    return roles;
}
