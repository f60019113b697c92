/* SPDX-License-Identifier: Apache-2.0 */
#include "dc09_panel_link.h"

#include "base/clock.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct panel_link
{
    int fd;
    SSL_CTX *context; /* NULL without TLS */
    SSL *tls;
    uint8_t bytes[DC09_FRAME_MAX];
    size_t used;
    size_t at; /* done with, up to here */
};

static bool
connect_socket(struct panel_link *link, const struct panel_link_options *options)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = options->udp ? SOCK_DGRAM : SOCK_STREAM};
    struct addrinfo *found = NULL;
    int error = getaddrinfo(options->host, options->port, &hints, &found);
    int on = 1;

    if (error != 0) {
        (void)fprintf(stderr, "larwm-panel: %s: %s\n", options->host, gai_strerror(error));
        return false;
    }
    for (struct addrinfo *one = found; one != NULL && link->fd < 0; one = one->ai_next) {
        link->fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
        if (link->fd >= 0 && connect(link->fd, one->ai_addr, one->ai_addrlen) != 0) {
            (void)close(link->fd);
            link->fd = -1;
        }
    }
    freeaddrinfo(found);
    if (link->fd < 0) {
        (void)fprintf(stderr, "larwm-panel: %s port %s does not take the connection\n",
                      options->host, options->port);
        return false;
    }
    if (!options->udp) {
        /* Pieces written one by one must travel one by one. */
        (void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    return true;
}

static bool
start_tls(struct panel_link *link, const struct panel_link_options *options)
{
    link->context = SSL_CTX_new(TLS_client_method());
    if (link->context == NULL ||
        SSL_CTX_set_min_proto_version(link->context, TLS1_2_VERSION) != 1) {
        return false;
    }
    if (options->ca_file != NULL) {
        if (SSL_CTX_load_verify_locations(link->context, options->ca_file, NULL) != 1) {
            return false;
        }
        SSL_CTX_set_verify(link->context, SSL_VERIFY_PEER, NULL);
    }
    link->tls = SSL_new(link->context);
    return link->tls != NULL && SSL_set_fd(link->tls, link->fd) == 1 && SSL_connect(link->tls) == 1;
}

struct panel_link *
panel_link_open(const struct panel_link_options *options)
{
    struct panel_link *link = calloc(1, sizeof(*link));

    if (link == NULL) {
        return NULL;
    }
    link->fd = -1;
    if (!connect_socket(link, options)) {
        panel_link_close(link);
        return NULL;
    }
    if (options->tls && !start_tls(link, options)) {
        (void)fputs("larwm-panel: no TLS session:\n", stderr);
        ERR_print_errors_fp(stderr);
        panel_link_close(link);
        return NULL;
    }
    return link;
}

void
panel_link_close(struct panel_link *link)
{
    if (link == NULL) {
        return;
    }
    if (link->tls != NULL) {
        (void)SSL_shutdown(link->tls);
    }
    SSL_free(link->tls);
    SSL_CTX_free(link->context);
    if (link->fd >= 0) {
        (void)close(link->fd);
    }
    free(link);
}

bool
panel_link_write(struct panel_link *link, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = link->tls != NULL ? SSL_write(link->tls, bytes, (int)size)
                                            : send(link->fd, bytes, size, MSG_NOSIGNAL);
        if (written <= 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

void
panel_link_half_close(struct panel_link *link)
{
    if (link->tls != NULL) {
        (void)SSL_shutdown(link->tls);
    }
    (void)shutdown(link->fd, SHUT_WR);
}

/* False when it takes too long. */
static bool
wait_readable(const struct panel_link *link, uint64_t deadline_ms)
{
    uint64_t now_ms = clock_mono_ms();
    struct pollfd waiting = {.fd = link->fd, .events = POLLIN};
    return now_ms < deadline_ms && poll(&waiting, 1, (int)(deadline_ms - now_ms)) > 0;
}

bool
panel_link_await_end(struct panel_link *link, int timeout_ms)
{
    uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
    ssize_t count = 1;

    while (count > 0 && wait_readable(link, deadline_ms)) {
        count = recv(link->fd, link->bytes, sizeof(link->bytes), 0);
    }
    return count == 0;
}

/* Waits for bytes and reads them behind those kept. False: too late, or the peer closed. */
static bool
read_more(struct panel_link *link, uint64_t deadline_ms)
{
    memmove(link->bytes, link->bytes + link->at, link->used - link->at);
    link->used -= link->at;
    link->at = 0;

    if ((link->tls == NULL || SSL_pending(link->tls) == 0) && !wait_readable(link, deadline_ms)) {
        return false;
    }
    size_t room = sizeof(link->bytes) - link->used;
    ssize_t count = link->tls != NULL ? SSL_read(link->tls, link->bytes + link->used, (int)room)
                                      : recv(link->fd, link->bytes + link->used, room, 0);
    if (count <= 0) {
        return false;
    }
    link->used += (size_t)count;
    return true;
}

bool
panel_link_read_frame(struct panel_link *link, int timeout_ms, struct dc09_frame *ret)
{
    uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;

    for (;;) {
        enum dc09_scan scan;
        while ((scan = dc09_framer_next(link->bytes, link->used, &link->at, ret)) ==
               DC09_SCAN_BAD) {
            (void)fprintf(stderr, "larwm-panel: a damaged answer (%s)\n",
                          dc09_damage_text(ret->damage));
        }
        if (scan == DC09_SCAN_FRAME) {
            return true;
        }
        if (!read_more(link, deadline_ms)) {
            return false;
        }
    }
}
