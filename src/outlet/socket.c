/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: bind, set mode and group, listen; each connection is identified by the kernel
 * (SO_PEERCRED), gets a place and must say Hello.
 *
 * Failures: a socket nobody listens on any more is removed; one that answers belongs to another
 * daemon and is left alone. A peer that may not connect, or for whom there is no place, is closed
 * at once.
 *
 * On close: libuv removes the socket's name with the listener.
 */
#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "outlet/internal.h"
#include "outlet/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_BACKLOG 128
#define DEFAULT_MODE 0660

/* Does a daemon answer on this path? A socket file nobody listens on is removed. */
static enum error
clear_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ERROR_IO;
    }
    int connected = connect(fd, (struct sockaddr *)&address, sizeof address);
    int reason = errno;
    (void)close(fd);
    if (connected == 0) {
        log_error("outlet", "another larwmd answers on %s", path);
        return ERROR_EXISTS;
    }
    if (reason == ECONNREFUSED && unlink(path) != 0 && errno != ENOENT) {
        log_error("outlet", "cannot remove the old socket %s: %s", path, strerror(errno));
        return ERROR_DENIED;
    }
    return ERROR_NONE;
}

static enum error
bind_path(struct outlet *outlet)
{
    const char *path = outlet->socket_path;
    enum error error = clear_path(path);
    if (error != ERROR_NONE) {
        return error;
    }
    int bound = uv_pipe_bind(&outlet->listener, path);
    if (bound != 0) {
        log_error("outlet", "cannot make the socket %s: %s", path, uv_strerror(bound));
        return bound == UV_EADDRINUSE ? ERROR_EXISTS : ERROR_DENIED;
    }
    /* Nobody can connect before listen(2), so mode and group are in force from the first moment. */
    mode_t mode = outlet->options.socket_mode == 0 ? DEFAULT_MODE : outlet->options.socket_mode;
    if (outlet->options.socket_group != (gid_t)-1 &&
        chown(path, (uid_t)-1, outlet->options.socket_group) != 0) {
        log_error("outlet", "cannot give %s to its group: %s", path, strerror(errno));
        return ERROR_DENIED;
    }
    if (chmod(path, mode) != 0) {
        log_error("outlet", "cannot set the mode of %s: %s", path, strerror(errno));
        return ERROR_DENIED;
    }
    return ERROR_NONE;
}

enum error
socket_listen(struct outlet *outlet)
{
    if (uv_pipe_init(&outlet->loop, &outlet->listener, 0) != 0) {
        return ERROR_IO;
    }
    outlet->listening = true;
    outlet->listener.data = outlet;
    if (outlet->options.inherited_fd >= 0) {
        if (uv_pipe_open(&outlet->listener, outlet->options.inherited_fd) != 0) {
            log_error("outlet", "the inherited socket cannot be used");
            return ERROR_IO;
        }
    } else {
        enum error error = bind_path(outlet);
        if (error != ERROR_NONE) {
            return error;
        }
    }
    int listening =
        uv_listen((uv_stream_t *)&outlet->listener, LISTEN_BACKLOG, socket_on_connection);
    if (listening != 0) {
        log_error("outlet", "cannot listen: %s", uv_strerror(listening));
        return ERROR_IO;
    }
    return ERROR_NONE;
}

static void
refused_on_closed(uv_handle_t *handle)
{
    free(handle);
}

/* Takes a connection only to close it: left alone it would wait in the kernel for ever. */
static void
turn_away(struct outlet *outlet)
{
    counter_add(sessions_refused, 1);
    log_warning("outlet", "a client is turned away: %u are connected", outlet->session_max);
    uv_pipe_t *pipe = malloc(sizeof *pipe);
    if (pipe == NULL || uv_pipe_init(&outlet->loop, pipe, 0) != 0) {
        free(pipe);
        return;
    }
    (void)uv_accept((uv_stream_t *)&outlet->listener, (uv_stream_t *)pipe);
    uv_close((uv_handle_t *)pipe, refused_on_closed);
}

/* Which roles the peer of a connection may name; 0 when it may not be here. */
static unsigned
roles_of(struct client_session *session)
{
    struct outlet *outlet = session->outlet;
    struct peer_identity peer;
    uv_os_fd_t fd;
    if (uv_fileno((uv_handle_t *)&session->pipe, &fd) != 0 ||
        peer_identify(fd, &peer) != ERROR_NONE) {
        return 0;
    }
    session->peer_user = (unsigned)peer.user;
    return peer_roles(&peer, outlet->own_user, outlet->options.peers, outlet->options.peer_count);
}

void
socket_on_connection(uv_stream_t *listener, int status)
{
    struct outlet *outlet = listener->data;
    if (status < 0) {
        log_warning("outlet", "a connection could not be taken: %s", uv_strerror(status));
        return;
    }
    struct client_session *session = outlet_session_new(outlet);
    if (session == NULL) {
        turn_away(outlet);
        return;
    }
    require(uv_pipe_init(&outlet->loop, &session->pipe, 0) == 0);
    session->pipe.data = session;
    session->deadline_ms = clock_mono_ms() + outlet->hello_ms;
    if (uv_accept(listener, (uv_stream_t *)&session->pipe) != 0) {
        client_session_close(session);
        return;
    }
    session->roles = roles_of(session);
    if (session->roles == 0) {
        log_warning("outlet", "uid %u may not connect: refused", session->peer_user);
        client_session_close(session);
        return;
    }
    (void)client_session_begin(session);
}
