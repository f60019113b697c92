/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CAP 1.2 over HTTPS with mutual TLS (docs/wire-police.md).
 *
 *     POST <endpoint>                 the document, application/cap+xml
 *          200 + Ack or Error         the answer        202  taken, not answered yet
 *     GET  <endpoint>/<identifier>    asks for the answer
 *          200 + Ack or Error         the answer        202, 204  not yet   404  not known: send
 * again
 *
 * Anything else, and an answer that is no proper CAP answer to this message, is a failure.
 */
#ifndef POLICE_ADAPTER_CAP_HTTPS_H
#define POLICE_ADAPTER_CAP_HTTPS_H

#include "police/adapter.h"

#include <uv.h>

/* `config` must outlive the adapter. ERROR_MEMORY. */
enum error police_adapter_cap_https_open(uv_loop_t *loop, const struct police_config *config,
                                         struct police_adapter **ret_adapter) MUST_USE;

#endif
