/* SPDX-License-Identifier: Apache-2.0 */
/* What unit_client.c and unit_connect.c share. */
#ifndef CLIENT_UNIT_INTERNAL_H
#define CLIENT_UNIT_INTERNAL_H

#include "client/unit_wire.h"
#include "larwm/unit_client.h"

#define UNIT_CLIENT_MAGIC 0x554E4954u
#define DETAIL_SIZE 96

struct unit_client
{
    uint32_t magic;
    bool connected; /* TLS is up */
    bool ready;     /* welcomed */
    bool paused;
    bool closing;
    enum unit_closed reason;
    SSL *ssl;
    BIO *input; /* memory BIOs: what came, what goes */
    BIO *output;
    uint8_t *rest; /* part of a frame */
    size_t rest_size;
    uv_connect_t connect;
    uv_tcp_t tcp;
    uint64_t boot_id;
    struct unit_hello hello; /* texts are ours until the hello is sent */
    const struct unit_client_callbacks *callbacks;
    void *data;
    char detail[DETAIL_SIZE];
};

struct unit_client *unit_client_of(void *data);
void unit_free_hello(struct unit_client *client);
/* TCP is connected, or not: begins the handshake. */
void unit_on_connected(uv_connect_t *request, int status);

#endif
