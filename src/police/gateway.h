/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The police gateway: keeps one message for each incident that has something to tell a control
 * room, carries each step out through an adapter, and reports to larwmd until larwmd has it (REQ
 * E5).
 *
 * One loop, one thread. While larwmd is away, what is known goes on being sent.
 */
#ifndef POLICE_GATEWAY_H
#define POLICE_GATEWAY_H

#include "base/error.h"
#include "police/config.h"

#include <uv.h>

struct police_gateway;

/* `config` must outlive the gateway. ERROR_MEMORY, ERROR_TOO_LARGE (socket path). */
enum error police_gateway_open(uv_loop_t *loop, const struct police_config *config,
                               struct police_gateway **ret_gateway) MUST_USE;
/* Gives up what is under way and closes every handle; the loop then ends by itself. Afterwards free
 * with police_gateway_free. */
void police_gateway_close(struct police_gateway *gateway);
/* After the loop has ended. */
void police_gateway_free(struct police_gateway *gateway);

#endif
