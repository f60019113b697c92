/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A panel's connection: TCP, TLS or datagrams.
 *
 * Happy path: connected (and the handshake done), panel_on_served; bytes come, panel_on_bytes.
 * Failures: the connection ends: made again at once, and by the tick when that fails.
 * On close: the poll handle, then the socket.
 */
#include "dc09_panel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void
link_put(struct dc09_panel *panel, const uint8_t *bytes, size_t size)
{
    if (panel->load->options->udp) {
        (void)!send(panel->fd, bytes, size, 0); /* lost as datagrams are: the time-out sees to it */
        return;
    }
    if (size <= OUT_MAX - panel->out_size) {
        memcpy(panel->out + panel->out_size, bytes, size);
        panel->out_size += size;
    }
}

static void
link_on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

void
link_disconnect(struct dc09_panel *panel)
{
    if (panel->poll != NULL) {
        uv_close((uv_handle_t *)panel->poll, link_on_poll_closed);
        panel->poll = NULL;
    }
    SSL_free(panel->ssl);
    panel->ssl = NULL;
    if (panel->fd >= 0) {
        (void)close(panel->fd);
    }
    panel->fd = -1;
    panel->connected = false;
    panel->out_size = panel->in_size = 0;
    panel->nulls_owed = 0;
}

/* Over a new connection everything that is owed goes out again. */
static void
link_return(struct dc09_panel *panel)
{
    link_disconnect(panel);
    panel->load->totals.returned += 1;
    (void)link_connect(panel); /* when that fails, the tick tries again */
}

static ssize_t
link_write_some(struct dc09_panel *panel)
{
    size_t split = panel->load->options->split;
    size_t size = split > 0 && split < panel->out_size ? split : panel->out_size;
    if (panel->ssl == NULL) {
        return send(panel->fd, panel->out, size, MSG_NOSIGNAL);
    }
    int written = SSL_write(panel->ssl, panel->out, (int)size);
    if (written > 0) {
        return written;
    }
    int why = SSL_get_error(panel->ssl, written);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return -1;
}

static void link_on_poll(uv_poll_t *handle, int status, int events);

void
link_write(struct dc09_panel *panel)
{
    while (panel->connected && panel->out_size > 0) {
        ssize_t written = link_write_some(panel);
        if (written < 0) {
            if (errno != EAGAIN) {
                link_return(panel);
                return;
            }
            (void)uv_poll_start(panel->poll, UV_READABLE | UV_WRITABLE, link_on_poll);
            return;
        }
        memmove(panel->out, panel->out + written, panel->out_size - (size_t)written);
        panel->out_size -= (size_t)written;
    }
}

static ssize_t
link_read_some(struct dc09_panel *panel)
{
    uint8_t *to = panel->in + panel->in_size;
    size_t room = sizeof panel->in - panel->in_size;
    if (panel->ssl == NULL) {
        return recv(panel->fd, to, room, 0);
    }
    int got = SSL_read(panel->ssl, to, (int)room);
    if (got > 0) {
        return got;
    }
    int why = SSL_get_error(panel->ssl, got);
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EIO;
    return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

static void
link_read(struct dc09_panel *panel)
{
    do {
        ssize_t got = link_read_some(panel);
        if (got <= 0) {
            if (got == 0 || errno != EAGAIN) {
                link_return(panel);
            }
            return;
        }
        panel->in_size += (size_t)got;
        panel_on_bytes(panel);
    } while (panel->connected && panel->ssl != NULL && SSL_has_pending(panel->ssl));
}

static void
link_serve(struct dc09_panel *panel)
{
    (void)uv_poll_start(panel->poll, UV_READABLE, link_on_poll);
    panel_on_served(panel);
}

static void
link_shake(struct dc09_panel *panel)
{
    int done = SSL_connect(panel->ssl);
    if (done == 1) {
        link_serve(panel);
        return;
    }
    int why = SSL_get_error(panel->ssl, done);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
        (void)uv_poll_start(panel->poll, UV_READABLE, link_on_poll);
    } else {
        link_disconnect(panel);
    }
}

static void
link_on_poll(uv_poll_t *handle, int status, int events)
{
    struct dc09_panel *panel = handle->data;
    if (panel->poll != handle) {
        return;
    }
    if (status < 0) {
        link_return(panel);
        return;
    }
    if (!panel->connected) {
        link_shake(panel);
        return;
    }
    if ((events & UV_WRITABLE) != 0) {
        (void)uv_poll_start(panel->poll, UV_READABLE, link_on_poll);
        link_write(panel);
    }
    if ((events & UV_READABLE) != 0 && panel->connected) {
        link_read(panel);
    }
}

static bool
link_open_socket(struct dc09_panel *panel)
{
    const struct dc09_options *options = panel->load->options;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    int on = 1;
    if (inet_pton(AF_INET, options->host, &to.sin_addr) != 1) {
        return false;
    }
    from.sin_addr.s_addr = htonl(0x7F000001u + panel->index % options->sources);
    int type = (options->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC;
    panel->fd = socket(AF_INET, type, 0);
    if (panel->fd < 0 || bind(panel->fd, (struct sockaddr *)&from, sizeof from) != 0 ||
        connect(panel->fd, (struct sockaddr *)&to, sizeof to) != 0) {
        return false;
    }
    (void)setsockopt(panel->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    panel->poll = malloc(sizeof *panel->poll);
    if (panel->poll == NULL || uv_poll_init(panel->load->loop, panel->poll, panel->fd) != 0) {
        free(panel->poll);
        panel->poll = NULL;
        return false;
    }
    panel->poll->data = panel;
    return true;
}

bool
link_connect(struct dc09_panel *panel)
{
    if (!link_open_socket(panel)) {
        link_disconnect(panel);
        return false;
    }
    if (panel->load->tls == NULL) {
        link_serve(panel);
        return true;
    }
    panel->ssl = SSL_new(panel->load->tls);
    if (panel->ssl == NULL || SSL_set_fd(panel->ssl, panel->fd) != 1) {
        link_disconnect(panel);
        return false;
    }
    link_shake(panel);
    return true;
}
