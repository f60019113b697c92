/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. Sockets are bound here, by the creating thread, so that a port in use is an error of
 * the start; then one worker per thread.
 *
 * Failures. Anything at creation: all is taken apart again, the error and the log say what.
 *
 * On close. intake_stop: every worker finishes its sessions and its loop ends; then join.
 */
#include "intake/intake.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/dc09_clock.h"
#include "intake/sockets.h"
#include "intake/worker.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define REGISTRIES_KNOWN_MAX (2 * WORKER_REGISTRIES_MAX)

/* How many workers have given a published registry back. Desk thread. */
struct intake_registry
{
    struct registry *registry; /* NULL: free */
    unsigned returned;
};

struct intake
{
    struct intake_options options; /* limits filled in, texts ours */
    struct intake_listener listeners[INTAKE_LISTENERS_MAX];
    unsigned ports[INTAKE_LISTENERS_MAX];
    char *texts[INTAKE_LISTENERS_MAX + 4];
    unsigned text_count;
    struct worker_shared shared;
    struct worker *workers[LIMIT_INTAKE_THREADS];
    struct intake_registry registries[REGISTRIES_KNOWN_MAX];
};

static const char *
intake_copy_text(struct intake *intake, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    char *copy = strdup(text);
    require(copy != NULL);
    intake->texts[intake->text_count] = copy;
    intake->text_count += 1;
    return copy;
}

static void
intake_default(unsigned *value, unsigned otherwise)
{
    if (*value == 0) {
        *value = otherwise;
    }
}

static void
intake_copy_options(struct intake *intake, const struct intake_options *options)
{
    struct intake_options *own = &intake->options;
    struct dc09_clock_policy clock = dc09_clock_default();
    *own = *options;
    for (unsigned i = 0; i < options->listener_count; i++) {
        intake->listeners[i] = options->listeners[i];
        intake->listeners[i].address = intake_copy_text(intake, options->listeners[i].address);
        intake_default(&intake->listeners[i].policy.clock_behind_s, (unsigned)clock.behind_s_max);
        intake_default(&intake->listeners[i].policy.clock_ahead_s, (unsigned)clock.ahead_s_max);
    }
    own->listeners = intake->listeners;
    own->certificate_file = intake_copy_text(intake, options->certificate_file);
    own->key_file = intake_copy_text(intake, options->key_file);
    own->device_ca_file = intake_copy_text(intake, options->device_ca_file);
    own->ticket_secret_file = intake_copy_text(intake, options->ticket_secret_file);
    intake_default(&own->sessions_max, LIMIT_SESSIONS);
    intake_default(&own->unproven_per_address_max, 8192);
    intake_default(&own->in_flight_max, 64);
    intake_default(&own->entries, LIMIT_INTAKE_ENTRIES);
    intake_default(&own->handshakes_max, 64);
    intake_default(&own->handshakes_waiting_max, 16384);
    intake_default(&own->handshake_limit_ms, 10000);
    intake_default(&own->frame_limit_ms, 10000);
    intake_default(&own->idle_limit_s, 5400);
    intake_default(&own->stop_limit_ms, 2000);
    intake_default(&own->retry_back_off_ms, 500);
    intake_default(&own->datagram_in_flight_max, 256);
}

static bool
intake_options_fit(const struct intake_options *options)
{
    if (options->threads < 1 || options->threads > LIMIT_INTAKE_THREADS ||
        options->listener_count < 1 || options->listener_count > INTAKE_LISTENERS_MAX ||
        options->last_seen == NULL || options->sessions_max > LIMIT_SESSIONS ||
        options->entries > LIMIT_INTAKE_ENTRIES) {
        log_error("intake", "threads, listeners, sessions or entries out of their bounds");
        return false;
    }
    for (unsigned i = 0; i < options->listener_count; i++) {
        const struct intake_listener *listener = &options->listeners[i];
        if (listener->protocol == INTAKE_NATIVE && options->device_ca_file == NULL) {
            log_error("intake", "a native listener needs a device CA file");
            return false;
        }
    }
    return true;
}

static enum error
intake_make_shared(struct intake *intake)
{
    intake->shared.options = &intake->options;
    intake->shared.epochs = calloc(LIMIT_UNITS, sizeof *intake->shared.epochs);
    intake->shared.nak_memory = calloc(WORKER_NAK_MEMORY, sizeof *intake->shared.nak_memory);
    intake->shared.familiar = calloc(WORKER_FAMILIAR, sizeof *intake->shared.familiar);
    ssize_t got = getrandom(&intake->shared.familiar_seed, sizeof(uint64_t), 0);
    (void)got; /* eight bytes never come short */
    bool good = intake->shared.epochs != NULL && intake->shared.nak_memory != NULL &&
                intake->shared.familiar != NULL;
    return good ? ERROR_NONE : ERROR_MEMORY;
}

/* One socket per listener for this worker. On an error none is left open. */
static enum error
intake_open_sockets(struct intake *intake, unsigned worker, int fds[INTAKE_LISTENERS_MAX])
{
    for (unsigned i = 0; i < intake->options.listener_count; i++) {
        const struct intake_listener *listener = &intake->listeners[i];
        /* the first worker's socket picks the port, the others join it */
        unsigned port = intake->ports[i] != 0 ? intake->ports[i] : listener->port;
        enum error error = sockets_open(listener, port, &fds[i], &intake->ports[i]);
        if (error != ERROR_NONE) {
            log_error("intake", "cannot listen on %s port %u: %s",
                      listener->address != NULL ? listener->address : "inherited socket", port,
                      error_text(error));
            while (i > 0) {
                i -= 1;
                (void)close(fds[i]);
            }
            return error;
        }
    }
    return ERROR_NONE;
}

static enum error
intake_make_workers(struct intake *intake)
{
    uint8_t secret[TLS_TICKET_SECRET_SIZE];
    enum error error = tls_tickets_secret(intake->options.ticket_secret_file, secret);
    if (error != ERROR_NONE) {
        log_error("intake", "ticket secret not used (it needs 32 bytes, hidden from others): %s",
                  error_text(error));
        error = tls_tickets_secret(NULL, secret); /* served all the same: rule R0 */
    }
    for (unsigned i = 0; error == ERROR_NONE && i < intake->options.threads; i++) {
        int fds[INTAKE_LISTENERS_MAX];
        error = intake_open_sockets(intake, i, fds);
        if (error == ERROR_NONE) {
            error = worker_create(&intake->shared, i, fds, secret, &intake->workers[i]);
        }
    }
    OPENSSL_cleanse(secret, sizeof secret);
    return error;
}

enum error
intake_create(const struct intake_options *options, struct intake **ret_intake)
{
    if (!intake_options_fit(options)) {
        return ERROR_CONFIG;
    }
    struct intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL) {
        return ERROR_MEMORY;
    }
    clock_init();
    intake_copy_options(intake, options);
    enum error error = intake_make_shared(intake);
    if (error == ERROR_NONE) {
        error = intake_make_workers(intake);
    }
    for (unsigned i = 0; i < options->listener_count; i++) {
        if (intake->listeners[i].inherited_fd >= 0) {
            (void)close(intake->listeners[i].inherited_fd); /* the workers have their own */
        }
    }
    if (error != ERROR_NONE) {
        intake_free(intake);
        return error;
    }
    *ret_intake = intake;
    return ERROR_NONE;
}

struct flow_port *
intake_port_of(struct intake *intake, unsigned worker)
{
    require(worker < intake->options.threads);
    return &intake->workers[worker]->port;
}

unsigned
intake_worker_count(const struct intake *intake)
{
    return intake->options.threads;
}

enum error
intake_start(struct intake *intake)
{
    for (unsigned i = 0; i < intake->options.threads; i++) {
        enum error error = worker_start(intake->workers[i]);
        if (error != ERROR_NONE) {
            intake_stop(intake);
            return error;
        }
    }
    return ERROR_NONE;
}

void
intake_stop(struct intake *intake)
{
    for (unsigned i = 0; i < intake->options.threads; i++) {
        if (intake->workers[i]->started) {
            atomic_store(&intake->workers[i]->stop, true);
            waker_wake(&intake->workers[i]->waker);
        }
    }
    for (unsigned i = 0; i < intake->options.threads; i++) {
        worker_join(intake->workers[i]);
    }
}

void
intake_free(struct intake *intake)
{
    if (intake == NULL) {
        return;
    }
    for (unsigned i = 0; i < intake->options.threads; i++) {
        worker_free(intake->workers[i]);
    }
    free(intake->shared.epochs);
    free(intake->shared.nak_memory);
    free(intake->shared.familiar);
    for (unsigned i = 0; i < intake->text_count; i++) {
        free(intake->texts[i]);
    }
    free(intake);
}

bool
intake_publish(struct intake *intake, struct registry *registry)
{
    struct intake_registry *free_place = NULL;
    for (unsigned i = 0; i < REGISTRIES_KNOWN_MAX; i++) {
        if (intake->registries[i].registry == NULL) {
            free_place = &intake->registries[i];
        }
    }
    /* Room everywhere, or nowhere: only the desk adds, so what is seen here can only get better. */
    for (unsigned i = 0; i < intake->options.threads; i++) {
        if (ring_count(&intake->workers[i]->registries) >= WORKER_REGISTRIES_MAX) {
            return false;
        }
    }
    if (free_place == NULL) {
        return false;
    }
    *free_place = (struct intake_registry){.registry = registry};
    for (unsigned i = 0; i < intake->options.threads; i++) {
        bool fits = ring_push(&intake->workers[i]->registries, &registry);
        require(fits);
        waker_wake(&intake->workers[i]->waker);
    }
    return true;
}

static struct registry *
intake_count_returned(struct intake *intake, const struct registry *registry)
{
    for (unsigned i = 0; i < REGISTRIES_KNOWN_MAX; i++) {
        struct intake_registry *known = &intake->registries[i];
        if (known->registry == registry) {
            known->returned += 1;
            if (known->returned < intake->options.threads) {
                return NULL;
            }
            struct registry *done = known->registry;
            known->registry = NULL;
            return done;
        }
    }
    require(false); /* a worker gave back what it never got */
    return NULL;
}

struct registry *
intake_retired(struct intake *intake)
{
    for (unsigned i = 0; i < intake->options.threads; i++) {
        const struct registry *registry;
        while (ring_pop(&intake->workers[i]->retired, &registry)) {
            struct registry *done = intake_count_returned(intake, registry);
            if (done != NULL) {
                return done;
            }
        }
    }
    return NULL;
}

struct registry *
intake_take_back(struct intake *intake)
{
    for (unsigned i = 0; i < REGISTRIES_KNOWN_MAX; i++) {
        struct registry *registry = intake->registries[i].registry;
        if (registry != NULL) {
            intake->registries[i].registry = NULL;
            return registry;
        }
    }
    return NULL;
}

unsigned
intake_port(const struct intake *intake, unsigned listener)
{
    require(listener < intake->options.listener_count);
    return intake->ports[listener];
}

unsigned
intake_session_count(const struct intake *intake)
{
    unsigned count = 0;
    for (unsigned i = 0; i < intake->options.threads; i++) {
        count += atomic_load_explicit(&intake->workers[i]->served_count, memory_order_relaxed);
    }
    return count;
}

uint64_t
intake_turn_mono_ms(const struct intake *intake, unsigned worker)
{
    require(worker < intake->options.threads);
    return atomic_load_explicit(&intake->workers[worker]->turn_ms, memory_order_relaxed);
}
