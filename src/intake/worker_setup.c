/* SPDX-License-Identifier: Apache-2.0 */
/* Building and taking apart a worker; one thread, before worker_start and after worker_join. */
#include "intake/worker_setup.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/tls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define LISTEN_BACKLOG 4096

static enum error
worker_make_memory(struct worker *worker)
{
    const struct intake_options *options = worker->options;
    worker->sessions_size = options->sessions_max + options->listener_count; /* those of UDP */
    /* tables of zeroed pages: a place that is never used takes no memory */
    worker->sessions = calloc(worker->sessions_size, sizeof *worker->sessions);
    worker->by_slot = calloc(LIMIT_UNITS, sizeof *worker->by_slot);
    worker->in_flight = calloc(options->entries, sizeof *worker->in_flight);
    worker->reply_memory = calloc(WORKER_REPLY_BLOCKS, WORKER_REPLY_SIZE);
    if (worker->sessions == NULL || worker->by_slot == NULL || worker->in_flight == NULL ||
        worker->reply_memory == NULL) {
        return ERROR_MEMORY;
    }
    for (unsigned i = 0; i < WORKER_REPLY_BLOCKS; i++) {
        worker_reply_give(worker, worker->reply_memory + (size_t)i * WORKER_REPLY_SIZE);
    }
    for (unsigned i = 0; i < options->entries; i++) {
        worker->in_flight[i].next_free = i + 1 < options->entries ? i + 2 : 0;
    }
    worker->in_flight_free = 1;
    if (arena_init(&worker->arena, WORKER_ARENA) != ERROR_NONE) {
        return ERROR_MEMORY;
    }
    worker->network_count = 1;
    ssize_t got = getrandom(&worker->random, sizeof worker->random, 0);
    (void)got; /* only spreads back-off hints */
    worker->random |= 1;
    enum error error = resend_init(&worker->resend);
    return error != ERROR_NONE ? error : dc09_cipher_create(&worker->cipher);
}

static enum error
worker_make_rings(struct worker *worker)
{
    const struct intake_options *options = worker->options;
    struct flow_port *port = &worker->port;
    size_t block_size = sizeof(struct flow_entry) + WORKER_BODY_MAX;
    enum error error = pool_init(&worker->entries, options->entries, block_size);
    if (error == ERROR_NONE) {
        error = ring_init(&port->entries, options->entries, sizeof(struct flow_entry *));
    }
    if (error == ERROR_NONE) {
        error = ring_init(&port->tickets, options->entries, sizeof(struct flow_ticket));
    }
    if (error == ERROR_NONE) {
        error = ring_init(&worker->registries, WORKER_REGISTRIES_MAX, sizeof(void *));
    }
    if (error == ERROR_NONE) {
        /* every registry in `registries`, and the one in use */
        error = ring_init(&worker->retired, 4 * WORKER_REGISTRIES_MAX, sizeof(void *));
    }
    return error;
}

static enum error
worker_make_lists(struct worker *worker)
{
    for (int place = 0; place < SESSION_PLACE_COUNT; place++) {
        link_head_init(&worker->places[place]);
    }
    link_head_init(&worker->handshake_work);
    link_head_init(&worker->partials);
    link_head_init(&worker->dirty);
    link_head_init(&worker->slowed);
    link_head_init(&worker->starved);
    link_head_init(&worker->doubted);
    enum error error = address_table_init(&worker->addresses, worker->options->sessions_max);
    if (error == ERROR_NONE) {
        error = table_init(&worker->by_account, worker->options->sessions_max);
    }
    if (error == ERROR_NONE) {
        error = rate_table_init(&worker->rates, WORKER_RATES);
    }
    return error != ERROR_NONE ? error
                               : stream_shared_init(&worker->stream, &session_stream_callbacks);
}

static enum error
worker_make_tls(struct worker *worker, const uint8_t *ticket_secret)
{
    const struct intake_options *options = worker->options;
    tls_tickets_init(&worker->tickets, ticket_secret);
    for (unsigned i = 0; i < options->listener_count; i++) {
        const struct intake_listener *listener = &options->listeners[i];
        if (listener->protocol == INTAKE_DC09_TCP || listener->protocol == INTAKE_DC09_UDP) {
            continue;
        }
        bool native = listener->protocol == INTAKE_NATIVE;
        struct tls_server_options tls = {
            .certificate_file = options->certificate_file,
            .key_file = options->key_file,
            .device_ca_file = native ? options->device_ca_file : NULL,
            .minimum = native || listener->tls_minimum == 13 ? 13 : 12,
            .tickets = &worker->tickets,
        };
        enum error error = tls_server_create(&tls, &worker->tls[i]);
        if (error != ERROR_NONE) {
            return error;
        }
    }
    return ERROR_NONE;
}

static enum error
worker_make_handles(struct worker *worker)
{
    enum error error =
        waker_init_poll(&worker->waker, &worker->loop, &worker->wake, worker_on_wake);
    worker->wake.data = worker;
    worker->port.producer = &worker->waker;
    (void)uv_timer_init(&worker->loop, &worker->tick);
    worker->tick.data = worker;
    (void)uv_timer_start(&worker->tick, worker_on_tick, WORKER_TICK_MS, WORKER_TICK_MS);
    (void)uv_timer_init(&worker->loop, &worker->feed);
    worker->feed.data = worker;
    (void)uv_idle_init(&worker->loop, &worker->handshakes);
    worker->handshakes.data = worker;
    (void)uv_check_init(&worker->loop, &worker->turn_end);
    worker->turn_end.data = worker;
    (void)uv_check_start(&worker->turn_end, worker_on_turn_end);
    return error;
}

static enum error
worker_listen(struct worker *worker, unsigned index, int fd)
{
    struct worker_listener *listener = &worker->listeners[index];
    if (worker->options->listeners[index].protocol == INTAKE_DC09_UDP) {
        return datagram_open(worker, index, fd);
    }
    *listener =
        (struct worker_listener){.magic = WORKER_LISTENER_MAGIC, .worker = worker, .index = index};
    int status = uv_tcp_init(&worker->loop, &listener->tcp);
    require(status == 0);
    listener->tcp.data = listener;
    status = uv_tcp_open(&listener->tcp, fd);
    if (status != 0) {
        (void)close(fd);
    } else {
        status = uv_listen((uv_stream_t *)&listener->tcp, LISTEN_BACKLOG, worker_on_connection);
    }
    if (status != 0) {
        log_error("intake", "cannot listen: %s", uv_strerror(status));
        return ERROR_IO;
    }
    return ERROR_NONE;
}

/* The loop exists from here on, so that worker_free has one way to take it apart. */
static enum error
worker_make_loop(struct worker *worker, const int *fds)
{
    if (uv_loop_init(&worker->loop) != 0) {
        for (unsigned i = 0; i < worker->options->listener_count; i++) {
            (void)close(fds[i]);
        }
        return ERROR_MEMORY;
    }
    worker->has_loop = true;
    enum error error = worker_make_handles(worker);
    for (unsigned i = 0; i < worker->options->listener_count; i++) {
        enum error one = worker_listen(worker, i, fds[i]);
        error = one != ERROR_NONE ? one : error;
    }
    return error;
}

enum error
worker_create(struct worker_shared *shared, unsigned index, const int *fds,
              const uint8_t ticket_secret[TLS_TICKET_SECRET_SIZE], struct worker **ret_worker)
{
    struct worker *worker = calloc(1, sizeof *worker);
    require(worker != NULL);
    worker->magic = WORKER_MAGIC;
    worker->index = index;
    worker->shared = shared;
    worker->options = shared->options;
    worker->now_ms = clock_mono_ms();
    worker->registry_turn = 1;
    enum error error = worker_make_loop(worker, fds);
    if (error == ERROR_NONE) {
        error = worker_make_memory(worker);
    }
    if (error == ERROR_NONE) {
        error = worker_make_rings(worker);
    }
    if (error == ERROR_NONE) {
        error = worker_make_lists(worker);
    }
    if (error == ERROR_NONE) {
        error = worker_make_tls(worker, ticket_secret);
    }
    if (error == ERROR_NONE) {
        error = datagram_begin(worker);
    }
    *ret_worker = worker; /* worker_free takes apart what was built */
    return error;
}

static void
worker_on_walk(uv_handle_t *handle, void *data)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

void
worker_free(struct worker *worker)
{
    if (worker == NULL) {
        return;
    }
    /* After a stop the loop has no handles left; a worker that never ran has all of them. */
    if (worker->has_loop) {
        uv_walk(&worker->loop, worker_on_walk, NULL);
        (void)uv_run(&worker->loop, UV_RUN_DEFAULT);
        int status = uv_loop_close(&worker->loop);
        require(status == 0);
        waker_free(&worker->waker);
    }
    for (unsigned i = 0; i < INTAKE_LISTENERS_MAX; i++) {
        SSL_CTX_free(worker->tls[i]);
    }
    tls_tickets_free(&worker->tickets);
    stream_shared_free(&worker->stream);
    datagram_free(worker);
    rate_table_free(&worker->rates);
    table_free(&worker->by_account);
    address_table_free(&worker->addresses);
    dc09_cipher_free(worker->cipher);
    resend_free(&worker->resend);
    ring_free(&worker->retired);
    ring_free(&worker->registries);
    ring_free(&worker->port.tickets);
    ring_free(&worker->port.entries);
    pool_free(&worker->entries);
    free(worker->reply_memory);
    arena_free(&worker->arena);
    free(worker->in_flight);
    free(worker->by_slot);
    free(worker->sessions);
    free(worker);
}
