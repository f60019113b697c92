/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: the link shows incidents; those with something to tell a control room get a message
 * (message.c), found again by incident in a small hash table; reports go out over the link and
 * their results go back to the message.
 *
 * Failures: link down, reports wait and messages go on; refused reports go again each second.
 *
 * On close: adapters first (no answer comes after that), then messages, link and timer.
 */
#include "police/gateway.h"

#include "base/log.h"
#include "base/require.h"
#include "police/adapter_cap_https.h"
#include "police/adapter_file.h"
#include "police/message.h"

#include <stdlib.h>
#include <string.h>

#define GATEWAY_MAGIC 0x70676174u
#define BUCKETS 4096u
#define REPORT_RETRY_MS 1000u
#define PART "police"

struct police_gateway
{
    uint32_t magic;
    const struct police_config *config;
    struct police_services services;
    struct police_link *link;
    struct police_adapter *cap_https;
    struct police_adapter *file;
    uv_timer_t report_timer;
    uint64_t last_ref;
    bool closing;
    struct police_message *buckets[BUCKETS];
};

static struct police_gateway *
police_gateway_of(void *data)
{
    return checked_cast(data, struct police_gateway, GATEWAY_MAGIC);
}

static struct police_message **
police_gateway_slot(struct police_gateway *gateway, uint64_t incident)
{
    struct police_message **slot = &gateway->buckets[incident % BUCKETS];
    while (*slot != NULL && (*slot)->incident != incident) {
        slot = &(*slot)->next;
    }
    return slot;
}

static struct police_adapter *
police_gateway_adapter(void *data, const struct police_force *force)
{
    struct police_gateway *gateway = police_gateway_of(data);
    return strncmp(force->endpoint, "file:", 5) == 0 ? gateway->file : gateway->cap_https;
}

static enum error
police_gateway_report(void *data, const Larwm__Journal__Police *report, uint64_t *ret_ref)
{
    struct police_gateway *gateway = police_gateway_of(data);
    enum error failed = police_link_report(gateway->link, gateway->last_ref + 1, report);
    if (failed == ERROR_NONE) {
        gateway->last_ref++;
        *ret_ref = gateway->last_ref;
    }
    return failed;
}

static void
police_gateway_done(void *data, uint64_t incident)
{
    struct police_message **slot = police_gateway_slot(police_gateway_of(data), incident);
    struct police_message *message = *slot;
    require(message != NULL && !message->busy);
    *slot = message->next;
    police_message_free(message);
}

/* Calls `visit` for each message; it may remove the message it is called for. */
static void
police_gateway_each(struct police_gateway *gateway, void (*visit)(struct police_message *message))
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        struct police_message *next;
        for (struct police_message *message = gateway->buckets[i]; message != NULL;
             message = next) {
            next = message->next;
            visit(message);
        }
    }
}

static void
police_gateway_on_up(void *data)
{
    police_gateway_each(police_gateway_of(data), police_report_flush);
}

static void
police_gateway_on_down(void *data)
{
    police_gateway_each(police_gateway_of(data), police_report_rewind);
}

static void
police_gateway_unmark(struct police_message *message)
{
    message->seen = false;
}

static void
police_gateway_on_snapshot_begin(void *data)
{
    police_gateway_each(police_gateway_of(data), police_gateway_unmark);
}

static void
police_gateway_sweep(struct police_message *message)
{
    if (!message->seen) {
        police_message_forget(message);
    }
}

static void
police_gateway_on_snapshot_end(void *data)
{
    police_gateway_each(police_gateway_of(data), police_gateway_sweep);
}

static void
police_gateway_on_incident(void *data, const Larwm__Console__Incident *incident)
{
    struct police_gateway *gateway = police_gateway_of(data);
    struct police_message **slot = police_gateway_slot(gateway, incident->id);
    if (*slot == NULL) {
        if (!police_message_wanted(incident)) {
            return;
        }
        *slot = police_message_new(&gateway->services, incident->id);
        if (*slot == NULL) {
            log_error(PART, "%s: out of memory; telephone the control room", incident->reference);
            return;
        }
    }
    police_message_show(*slot, incident);
}

static void
police_gateway_on_report_timer(uv_timer_t *timer)
{
    police_gateway_each(police_gateway_of(timer->data), police_report_flush);
}

static void
police_gateway_on_result(void *data, const Larwm__Console__Result *result)
{
    struct police_gateway *gateway = police_gateway_of(data);
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct police_message *message = gateway->buckets[i]; message != NULL;
             message = message->next) {
            bool gone = false;
            if (!police_report_take(message, result, &gone)) {
                continue;
            }
            if (gone) {
                police_message_forget(message);
            } else {
                police_message_settle(message);
            }
            if (!result->ok) {
                require(uv_timer_start(&gateway->report_timer, police_gateway_on_report_timer,
                                       REPORT_RETRY_MS, 0) == 0);
            }
            return;
        }
    }
}

static enum error
police_gateway_connect(struct police_gateway *gateway, uv_loop_t *loop)
{
    static const struct police_link_callbacks callbacks = {
        .on_up = police_gateway_on_up,
        .on_down = police_gateway_on_down,
        .on_snapshot_begin = police_gateway_on_snapshot_begin,
        .on_snapshot_end = police_gateway_on_snapshot_end,
        .on_incident = police_gateway_on_incident,
        .on_result = police_gateway_on_result,
    };
    enum error failed = police_adapter_cap_https_open(loop, gateway->config, &gateway->cap_https);
    if (failed == ERROR_NONE) {
        failed = police_adapter_file_open(loop, gateway->config, &gateway->file);
    }
    if (failed == ERROR_NONE) {
        failed = police_link_open(loop, gateway->config->larwmd_socket, &callbacks, gateway,
                                  &gateway->link);
    }
    return failed;
}

enum error
police_gateway_open(uv_loop_t *loop, const struct police_config *config,
                    struct police_gateway **ret_gateway)
{
    struct police_gateway *gateway = calloc(1, sizeof *gateway);
    if (gateway == NULL) {
        return ERROR_MEMORY;
    }
    gateway->magic = GATEWAY_MAGIC;
    gateway->config = config;
    gateway->services = (struct police_services){.loop = loop,
                                                 .config = config,
                                                 .adapter = police_gateway_adapter,
                                                 .report = police_gateway_report,
                                                 .done = police_gateway_done,
                                                 .data = gateway};
    require(uv_timer_init(loop, &gateway->report_timer) == 0);
    gateway->report_timer.data = gateway;
    enum error failed = police_gateway_connect(gateway, loop);
    if (failed != ERROR_NONE) {
        police_gateway_close(gateway);
        (void)uv_run(loop, UV_RUN_DEFAULT); /* until every handle is closed */
        police_gateway_free(gateway);
        return failed;
    }
    *ret_gateway = gateway;
    return ERROR_NONE;
}

void
police_gateway_close(struct police_gateway *gateway)
{
    if (gateway->closing) {
        return;
    }
    gateway->closing = true;
    if (gateway->cap_https != NULL) {
        gateway->cap_https->close(gateway->cap_https, NULL, NULL);
    }
    if (gateway->file != NULL) {
        gateway->file->close(gateway->file, NULL, NULL);
    }
    police_gateway_each(gateway, police_message_free);
    if (gateway->link != NULL) {
        police_link_close(gateway->link);
    }
    uv_close((uv_handle_t *)&gateway->report_timer, NULL);
}

void
police_gateway_free(struct police_gateway *gateway)
{
    gateway->magic = 0;
    free(gateway);
}
