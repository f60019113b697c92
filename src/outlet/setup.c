/* SPDX-License-Identifier: Apache-2.0 */
/* Making and freeing an outlet; app thread, before outlet_start and after outlet_stop. */
#include "base/require.h"
#include "base/text.h"
#include "outlet/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define DEFAULT_HELLO_MS 5000

struct flow_port *
outlet_port(struct outlet *outlet)
{
    return &outlet->port;
}

unsigned
outlet_port_blocks(const struct outlet *outlet)
{
    return outlet->pool.count;
}

struct ring *
outlet_deltas(struct outlet *outlet)
{
    return &outlet->deltas;
}

struct waker *
outlet_waker(struct outlet *outlet)
{
    return &outlet->waker;
}

unsigned
outlet_clients_connected(const struct outlet *outlet)
{
    return atomic_load_explicit(&outlet->connected, memory_order_relaxed);
}

/* What the options leave at 0. */
static void
fill_options(struct outlet *outlet, const struct outlet_options *options)
{
    outlet->options = *options;
    struct outlet_options *filled = &outlet->options;
    filled->entries = options->entries == 0 ? LIMIT_OUTLET_ENTRIES : options->entries;
    filled->deltas_kept = options->deltas_kept == 0 ? LIMIT_DELTAS : options->deltas_kept;
    filled->clients = options->clients == 0 ? LIMIT_CLIENTS : options->clients;
    outlet->backlog_bytes =
        options->backlog_bytes == 0 ? LIMIT_CLIENT_BACKLOG : options->backlog_bytes;
    if (filled->delta_bytes_kept == 0) {
        filled->delta_bytes_kept = 4 * (size_t)outlet->backlog_bytes;
    }
    outlet->hello_ms = options->hello_ms == 0 ? DEFAULT_HELLO_MS : options->hello_ms;
    outlet->session_max = filled->clients;
    outlet->own_user = geteuid();
    filled->socket_path = outlet->socket_path;
    filled->version = outlet->version;
    (void)text_copy(outlet->version, sizeof outlet->version, options->version);
    (void)snprintf(outlet->node, sizeof outlet->node, "%u", options->node);
}

static enum error
check_options(struct outlet *outlet, const struct outlet_options *options)
{
    if (options->node == 0 || options->node > LIMIT_NODES ||
        options->peer_count > OUTLET_PEERS_MAX) {
        return ERROR_CONFIG;
    }
    if (options->inherited_fd < 0 &&
        (options->socket_path == NULL || options->socket_path[0] == '\0')) {
        return ERROR_CONFIG;
    }
    return text_copy(outlet->socket_path, sizeof outlet->socket_path, options->socket_path)
               ? ERROR_NONE
               : ERROR_TOO_LARGE;
}

/* Everything that needs memory. On failure outlet_free undoes what was done. */
static enum error
take_memory(struct outlet *outlet)
{
    unsigned entries = outlet->options.entries;
    uint64_t stream = 0;
    while (stream == 0) {
        if (getrandom(&stream, sizeof stream, 0) != (ssize_t)sizeof stream) {
            return ERROR_IO;
        }
    }
    outlet->sessions = calloc(outlet->session_max, sizeof *outlet->sessions);
    struct pool pool;
    if (outlet->sessions == NULL ||
        pool_init(&pool, entries, sizeof(struct flow_entry) + OUTLET_RECORD_MAX) != ERROR_NONE) {
        return ERROR_MEMORY;
    }
    outlet->pool = pool;
    if (ring_init(&outlet->port.entries, entries, sizeof(struct flow_entry *)) != ERROR_NONE ||
        ring_init(&outlet->port.tickets, entries, sizeof(struct flow_ticket)) != ERROR_NONE ||
        ring_init(&outlet->deltas, OUTLET_DELTA_RING, sizeof(struct flow_delta *)) != ERROR_NONE) {
        return ERROR_MEMORY;
    }
    return hub_init(&outlet->hub, stream, outlet->options.deltas_kept,
                    outlet->options.delta_bytes_kept);
}

static enum error
make_loop(struct outlet *outlet)
{
    if (uv_loop_init(&outlet->loop) != 0) {
        return ERROR_IO;
    }
    outlet->loop.data = outlet;
    if (waker_init_poll(&outlet->waker, &outlet->loop, &outlet->wake, outlet_on_wake) !=
        ERROR_NONE) {
        (void)uv_loop_close(&outlet->loop);
        outlet->loop.data = NULL;
        return ERROR_IO;
    }
    outlet->wake.data = outlet;
    outlet->port.producer = &outlet->waker;
    return ERROR_NONE;
}

enum error
outlet_create(const struct outlet_options *options, struct outlet **ret_outlet)
{
    struct outlet *outlet = calloc(1, sizeof *outlet);
    if (outlet == NULL) {
        return ERROR_MEMORY;
    }
    enum error error = check_options(outlet, options);
    if (error == ERROR_NONE) {
        fill_options(outlet, options);
        error = take_memory(outlet);
    }
    if (error == ERROR_NONE) {
        error = make_loop(outlet);
    }
    if (error != ERROR_NONE) {
        outlet_free(outlet);
        return error;
    }
    *ret_outlet = outlet;
    return ERROR_NONE;
}

static void
close_if_open(uv_handle_t *handle, void *data)
{
    (void)data;
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void
outlet_free(struct outlet *outlet)
{
    require(!outlet->running);
    if (outlet->loop.data != NULL) {
        uv_walk(&outlet->loop, close_if_open, NULL);
        (void)uv_run(&outlet->loop, UV_RUN_DEFAULT);
        require(uv_loop_close(&outlet->loop) == 0);
        waker_free(&outlet->waker);
    }
    if (outlet->hub.kept != NULL) {
        hub_free(&outlet->hub);
    }
    ring_free(&outlet->deltas);
    ring_free(&outlet->port.entries);
    ring_free(&outlet->port.tickets);
    if (outlet->pool.memory != NULL) {
        pool_free(&outlet->pool);
    }
    free(outlet->sessions);
    free(outlet);
}
