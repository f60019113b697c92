/* SPDX-License-Identifier: Apache-2.0 */
#include "police/link.h"

#include "base/log.h"
#include "base/require.h"
#include "client/console_client.h"

#include <stdlib.h>

#define LINK_MAGIC 0x706c6e6bu
#define PART "link"

struct police_link
{
    uint32_t magic;
    struct console_client *client;
    struct police_link_callbacks callbacks;
    void *data;
    bool said_down; /* one line for each loss, not for each failed try */
};

static struct police_link *
police_link_of(void *data)
{
    return checked_cast(data, struct police_link, LINK_MAGIC);
}

static void
police_link_on_up(void *data, const Larwm__Console__Welcome *welcome)
{
    struct police_link *link = police_link_of(data);
    log_info(PART, "connected to larwmd, node %s, %s", welcome->node,
             welcome->resumed ? "resumed" : "from a snapshot");
    link->said_down = false;
    link->callbacks.on_up(link->data);
}

static void
police_link_on_down(void *data, enum error error, const char *reason)
{
    struct police_link *link = police_link_of(data);
    (void)error;
    if (!link->said_down) {
        log_warning(PART, "no connection to larwmd: %s; trying again", reason);
    }
    link->said_down = true;
    link->callbacks.on_down(link->data);
}

static void
police_link_on_snapshot_begin(void *data)
{
    struct police_link *link = police_link_of(data);
    link->callbacks.on_snapshot_begin(link->data);
}

static void
police_link_on_snapshot_end(void *data)
{
    struct police_link *link = police_link_of(data);
    link->callbacks.on_snapshot_end(link->data);
}

static void
police_link_on_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct police_link *link = police_link_of(data);
    link->callbacks.on_incident(link->data, incident);
}

static void
police_link_on_result(void *data, const Larwm__Console__Result *result)
{
    struct police_link *link = police_link_of(data);
    link->callbacks.on_result(link->data, result);
}

enum error
police_link_open(uv_loop_t *loop, const char *socket_path,
                 const struct police_link_callbacks *callbacks, void *data,
                 struct police_link **ret_link)
{
    struct police_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return ERROR_MEMORY;
    }
    *link = (struct police_link){.magic = LINK_MAGIC, .callbacks = *callbacks, .data = data};
    struct console_client_options options = {
        .socket_path = socket_path,
        .user = "police-gateway",
        .role = LARWM__ROLE__ROLE_POLICE_GATEWAY,
        .name = "larwm-police",
        .watch = true,
        .callbacks = {.on_up = police_link_on_up,
                      .on_down = police_link_on_down,
                      .on_snapshot_begin = police_link_on_snapshot_begin,
                      .on_snapshot_end = police_link_on_snapshot_end,
                      .on_incident = police_link_on_incident,
                      .on_result = police_link_on_result},
        .data = link,
    };
    enum error failed = console_client_open(loop, &options, &link->client);
    if (failed != ERROR_NONE) {
        free(link);
        return failed;
    }
    *ret_link = link;
    return ERROR_NONE;
}

enum error
police_link_report(struct police_link *link, uint64_t ref, const Larwm__Journal__Police *report)
{
    return console_client_send_police(link->client, ref, report);
}

static void
police_link_on_closed(void *data)
{
    struct police_link *link = police_link_of(data);
    link->magic = 0;
    free(link);
}

void
police_link_close(struct police_link *link)
{
    console_client_close(link->client, police_link_on_closed, link);
}
