/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway's side of larwmd, as narrow as the gateway needs it: incidents in, reports out.
 * One loop, one thread; callbacks from the loop. Implemented over client/console_client.h.
 */
#ifndef POLICE_LINK_H
#define POLICE_LINK_H

#include "base/error.h"
#include "console.pb-c.h"

#include <stdbool.h>
#include <uv.h>

struct police_link_callbacks
{
    void (*on_up)(void *data);
    void (*on_down)(void *data);
    void (*on_snapshot_begin)(void *data);
    void (*on_snapshot_end)(void *data);
    void (*on_incident)(void *data, const Larwm__Console__Incident *incident);
    void (*on_result)(void *data, const Larwm__Console__Result *result);
};

struct police_link;

/* Starts connecting, and goes on by itself after every loss. ERROR_MEMORY, ERROR_TOO_LARGE. */
enum error police_link_open(uv_loop_t *loop, const char *socket_path,
                            const struct police_link_callbacks *callbacks, void *data,
                            struct police_link **ret_link) MUST_USE;
/* Sends a report; its Result comes with the same ref, or never when the link goes down. Errors:
 * ERROR_CLOSED (not up), ERROR_FULL, ERROR_TOO_LARGE, ERROR_MEMORY. */
enum error police_link_report(struct police_link *link, uint64_t ref,
                              const Larwm__Journal__Police *report) MUST_USE;
void police_link_close(struct police_link *link);

#endif
