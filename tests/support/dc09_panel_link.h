/* SPDX-License-Identifier: Apache-2.0 */
/* The test panel's connection: blocking TCP, TLS or UDP, whole frames in. One thread. */
#ifndef TESTS_DC09_PANEL_LINK_H
#define TESTS_DC09_PANEL_LINK_H

#include "intake/dc09_framer.h"

struct panel_link_options
{
    const char *host; /* name or numeric address */
    const char *port;
    bool udp;
    bool tls;
    const char *ca_file; /* PEM; NULL: the receiver's certificate is not checked */
};

struct panel_link;

/* Connects, with TLS if asked. NULL when that failed, having said why on stderr. */
struct panel_link *panel_link_open(const struct panel_link_options *options);
/* NULL is allowed. */
void panel_link_close(struct panel_link *link);

/* All of it, in one write call if the socket takes it so. False when the peer is gone. */
bool panel_link_write(struct panel_link *link, const uint8_t *bytes, size_t size);

/* Sends no more; the other direction stays. */
void panel_link_half_close(struct panel_link *link);
/* True when the peer ends its side in order within the time; bytes before that are dropped. */
bool panel_link_await_end(struct panel_link *link, int timeout_ms);

/* The next good frame; *ret lives until the next call. False: none within the time, or closed. */
bool panel_link_read_frame(struct panel_link *link, int timeout_ms, struct dc09_frame *ret);

#endif
