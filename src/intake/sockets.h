/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: our own with SO_REUSEPORT, one per worker, or a copy of an inherited one. */
#ifndef INTAKE_SOCKETS_H
#define INTAKE_SOCKETS_H

#include "intake/intake.h"

/* Opens a bound, not yet listening socket at `port` (0: any), or copies the inherited one.
 * ERROR_IO, ERROR_CONFIG for an address that does not parse. One thread, at start. */
enum error sockets_open(const struct intake_listener *listener, unsigned port, int *ret_fd,
                        unsigned *ret_port) MUST_USE;

#endif
