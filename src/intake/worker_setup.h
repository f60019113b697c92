/* SPDX-License-Identifier: Apache-2.0 */
/* What worker.c and worker_setup.c share: the callbacks of the loop's handles. */
#ifndef INTAKE_WORKER_SETUP_H
#define INTAKE_WORKER_SETUP_H

#include "intake/worker.h"

#define WORKER_MAGIC 0x574F524Bu
#define WORKER_LISTENER_MAGIC 0x4C49534Eu

void worker_on_wake(uv_poll_t *handle, int status, int events);
void worker_on_feed(uv_timer_t *handle);
void worker_on_tick(uv_timer_t *handle);
void worker_on_idle(uv_idle_t *handle);
void worker_on_turn_end(uv_check_t *handle);
void worker_on_connection(uv_stream_t *handle, int status);

#endif
