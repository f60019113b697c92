/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* The journal and the desk. */

static void
rig_keep_counts(struct rig *rig, const struct flow_entry *entry)
{
    Larwm__Journal__Repeats *repeats =
        larwm__journal__repeats__unpack(NULL, entry->size, entry->body);
    require(repeats != NULL);
    pthread_mutex_lock(&rig->lock);
    for (size_t i = 0; i < repeats->n_signals; i++) {
        rig->copies += repeats->signals[i]->count;
        rig->copied_pos = repeats->signals[i]->signal_pos;
    }
    pthread_mutex_unlock(&rig->lock);
    larwm__journal__repeats__free_unpacked(repeats, NULL);
}

static void
rig_keep(struct rig *rig, const struct flow_entry *entry)
{
    if (entry->type == RECORD_REPEATS) {
        rig_keep_counts(rig, entry);
        return;
    }
    require(entry->type == RECORD_SIGNAL);
    Larwm__Journal__Signal *signal = larwm__journal__signal__unpack(NULL, entry->size, entry->body);
    require(signal != NULL);
    pthread_mutex_lock(&rig->lock);
    require(rig->signal_count < RIG_SIGNALS_MAX);
    rig->signals[rig->signal_count] = signal;
    rig->signal_count += 1;
    pthread_mutex_unlock(&rig->lock);
}

static void
rig_answer(struct rig *rig, struct flow_port *port, struct flow_entry *entry, bool durable)
{
    struct flow_ticket ticket = {.handle = entry->handle, .ref = entry->ref};
    if (durable) {
        rig->next_pos += 1;
        ticket.pos = rig->next_pos;
        rig_keep(rig, entry);
        pool_return(entry->home, entry);
    } else {
        ticket.failed = entry;
        ticket.error = ERROR_DISK_FULL;
    }
    bool fits = ring_push(&port->tickets, &ticket);
    require(fits);
}

static void
rig_serve_port(struct rig *rig, struct flow_port *port)
{
    struct flow_entry *entry;
    bool any = false;
    while (ring_pop(&port->entries, &entry)) {
        rig_answer(rig, port, entry, atomic_load(&rig->mode) == RIG_JOURNAL_DURABLE);
        any = true;
    }
    if (any) {
        waker_wake(port->producer);
    }
}

static bool
rig_never(void *data)
{
    return false;
}

static void *
rig_journal_run(void *data)
{
    struct rig *rig = data;
    while (!atomic_load(&rig->journal_stop)) {
        unsigned waiting = 0;
        for (unsigned i = 0; i < intake_worker_count(rig->intake); i++) {
            struct flow_port *port = intake_port_of(rig->intake, i);
            if (atomic_load(&rig->mode) == RIG_JOURNAL_HOLD) {
                waiting += ring_count(&port->entries);
            } else {
                rig_serve_port(rig, port);
            }
        }
        atomic_store(&rig->in_ring, waiting);
        waker_sleep(&rig->journal_waker, 1, rig_never, NULL);
    }
    return NULL;
}

void
rig_set_journal(struct rig *rig, enum rig_journal_mode mode)
{
    atomic_store(&rig->mode, mode);
    waker_wake(&rig->journal_waker);
}

/* Start and stop. */

static void
rig_path(const struct rig *rig, const char *name, char path[128])
{
    (void)snprintf(path, 128, "%s/%s", rig->directory, name);
}

static void
rig_make_pki(struct rig *rig)
{
    char path[128];
    rig->device_ca = rig_pki_ca("larwm test device CA");
    rig->centre_ca = rig_pki_ca("larwm test centre CA");
    rig->centre = rig_pki_issue(&rig->centre_ca, "centre.test", -3600, 3600);
    rig_path(rig, "device-ca.crt", path);
    rig_pki_write_certificate(&rig->device_ca, path);
    rig_path(rig, "centre-ca.crt", path);
    rig_pki_write_certificate(&rig->centre_ca, path);
    rig_path(rig, "centre.crt", path);
    rig_pki_write_certificate(&rig->centre, path);
    rig_path(rig, "centre.key", path);
    rig_pki_write_key(&rig->centre, path);
}

struct intake_listener *
rig_listener(struct intake_options *options, unsigned listener)
{
    return (struct intake_listener *)(uintptr_t)&options->listeners[listener];
}

static void
rig_make_intake(struct rig *rig, void (*change)(struct intake_options *options))
{
    char certificate[128];
    char key[128];
    char ca[128];
    rig_path(rig, "centre.crt", certificate);
    rig_path(rig, "centre.key", key);
    rig_path(rig, "device-ca.crt", ca);
    struct intake_listener listeners[] = {
        {.protocol = INTAKE_NATIVE, .address = "127.0.0.1", .inherited_fd = -1},
        {.protocol = INTAKE_DC09_TCP, .address = "127.0.0.1", .inherited_fd = -1},
        {.protocol = INTAKE_DC09_TLS, .address = "127.0.0.1", .inherited_fd = -1},
        {.protocol = INTAKE_DC09_UDP, .address = "127.0.0.1", .inherited_fd = -1},
    };
    struct intake_options options = {
        .threads = 1,
        .listeners = listeners,
        .listener_count = RIG_LISTENERS,
        .certificate_file = certificate,
        .key_file = key,
        .device_ca_file = ca,
        .last_seen = rig->seen,
        .sessions_max = 4096,
    };
    if (change != NULL) {
        change(&options);
    }
    enum error error = intake_create(&options, &rig->intake);
    require(error == ERROR_NONE);
    for (unsigned i = 0; i < options.threads; i++) {
        intake_port_of(rig->intake, i)->journal = &rig->journal_waker;
    }
}

static void
rig_on_tick(uv_timer_t *timer)
{
    /* only ends uv_run's wait, so that conditions outside the loop are looked at */
}

struct rig *
rig_start(void (*change)(struct intake_options *options))
{
    struct rig *rig = calloc(1, sizeof *rig);
    require(rig != NULL);
    clock_init();
    (void)signal(SIGPIPE, SIG_IGN); /* the units' side writes to connections that may be gone */
    log_set_level(LOG_LEVEL_ERROR);
    (void)snprintf(rig->directory, sizeof rig->directory, "/tmp/larwm-intake-XXXXXX");
    require(mkdtemp(rig->directory) != NULL);
    rig_make_pki(rig);
    rig->seen = calloc(1, sizeof *rig->seen);
    pthread_mutex_init(&rig->lock, NULL);
    enum error error = waker_init_eventfd(&rig->journal_waker);
    require(error == ERROR_NONE);
    rig_make_intake(rig, change);
    char ca[128];
    const char *detail;
    rig_path(rig, "centre-ca.crt", ca);
    rig->unit_tls = unit_tls_context(NULL, NULL, ca, &detail);
    require(rig->unit_tls != NULL);
    require(uv_loop_init(&rig->loop) == 0);
    (void)uv_timer_init(&rig->loop, &rig->tick);
    (void)uv_timer_start(&rig->tick, rig_on_tick, 1, 1);
    require(pthread_create(&rig->journal_thread, NULL, rig_journal_run, rig) == 0);
    error = intake_start(rig->intake);
    require(error == ERROR_NONE);
    return rig;
}

static void
rig_remove_files(struct rig *rig)
{
    static const char *const names[] = {"device-ca.crt", "centre-ca.crt", "centre.crt",
                                        "centre.key"};
    char path[128];
    for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
        rig_path(rig, names[i], path);
        (void)unlink(path);
    }
    (void)rmdir(rig->directory);
}

static void
rig_stop_units(struct rig *rig)
{
    for (unsigned i = 0; i < rig->unit_count; i++) {
        if (rig->units[i].client != NULL) {
            unit_client_close(rig->units[i].client);
        }
    }
    uv_close((uv_handle_t *)&rig->tick, NULL);
    (void)uv_run(&rig->loop, UV_RUN_DEFAULT);
    require(uv_loop_close(&rig->loop) == 0);
    for (unsigned i = 0; i < rig->unit_count; i++) {
        SSL_SESSION_free(rig->units[i].session);
    }
}

void
rig_stop(struct rig *rig)
{
    if (atomic_load(&rig->mode) == RIG_JOURNAL_HOLD) {
        rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    }
    rig_stop_units(rig);
    intake_stop(rig->intake);
    atomic_store(&rig->journal_stop, true);
    waker_wake(&rig->journal_waker);
    pthread_join(rig->journal_thread, NULL);
    struct registry *registry;
    while ((registry = intake_retired(rig->intake)) != NULL) {
        registry_free(registry);
    }
    intake_free(rig->intake);
    registry_free(rig->registry);
    for (unsigned i = 0; i < rig->signal_count; i++) {
        larwm__journal__signal__free_unpacked(rig->signals[i], NULL);
    }
    waker_free(&rig->journal_waker);
    SSL_CTX_free(rig->unit_tls);
    rig_pki_free(&rig->device_ca);
    rig_pki_free(&rig->centre_ca);
    rig_pki_free(&rig->centre);
    rig_remove_files(rig);
    free(rig->seen);
    free(rig);
}

/* Registries. */

void
rig_publish(struct rig *rig, void (*fill)(struct registry *registry, void *data), void *data)
{
    struct registry *registry = registry_new(64, 64, 64);
    require(registry != NULL);
    fill(registry, data);
    require(intake_publish(rig->intake, registry));
    rig->registry = registry;
}

struct rig_one_unit
{
    const char *id;
    uint32_t slot;
    const struct rig_identity *identity;
};

static void
rig_fill_unit(struct registry *registry, void *data)
{
    const struct rig_one_unit *one = data;
    struct registry_unit unit = {.slot = one->slot, .interval_s = 900, .monitored = true};
    (void)snprintf(unit.id, sizeof unit.id, "%s", one->id);
    uint8_t fingerprint[32];
    rig_pki_fingerprint(one->identity, fingerprint);
    struct registry_unit *added = registry_add_unit(registry, &unit);
    require(added != NULL && registry_add_fingerprint(registry, added, fingerprint));
}

void
rig_publish_unit(struct rig *rig, const char *id, uint32_t slot,
                 const struct rig_identity *identity)
{
    struct rig_one_unit one = {.id = id, .slot = slot, .identity = identity};
    rig_publish(rig, rig_fill_unit, &one);
}

/* Units. */

static void
rig_on_connected(struct unit_client *client, void *data)
{
    struct rig_unit *unit = data;
    unit->connected = true;
    unit->resumed = unit_client_resumed(client);
}

static void
rig_on_ready(struct unit_client *client, const struct unit_welcome *welcome, void *data)
{
    struct rig_unit *unit = data;
    unit->ready = true;
    unit->welcome = *welcome;
}

static void
rig_on_receipt(struct unit_client *client, const struct unit_receipt *receipt, void *data)
{
    struct rig_unit *unit = data;
    unit->last = *receipt;
    if (receipt->status == UNIT_RECEIPT_DURABLE) {
        unit->receipts += 1;
    } else {
        unit->retries += 1;
    }
}

static void
rig_on_heartbeat(struct unit_client *client, int64_t server_time_us, uint32_t back_off_ms,
                 void *data)
{
    struct rig_unit *unit = data;
    unit->heartbeats += 1;
}

static void
rig_on_session(struct unit_client *client, SSL_SESSION *session, void *data)
{
    struct rig_unit *unit = data;
    SSL_SESSION_free(unit->session);
    unit->session = session;
}

static void
rig_on_closed(struct unit_client *client, enum unit_closed reason, const char *detail, void *data)
{
    struct rig_unit *unit = data;
    unit->client = NULL;
    unit->closed = true;
    unit->reason = reason;
    (void)snprintf(unit->detail, sizeof unit->detail, "%s", detail);
}

static const struct unit_client_callbacks rig_callbacks = {
    .on_connected = rig_on_connected,
    .on_ready = rig_on_ready,
    .on_receipt = rig_on_receipt,
    .on_heartbeat = rig_on_heartbeat,
    .on_session = rig_on_session,
    .on_closed = rig_on_closed,
};

struct rig_unit *
rig_connect(struct rig *rig, const struct rig_identity *identity, SSL_SESSION *session)
{
    require(rig->unit_count < RIG_UNITS_MAX);
    struct rig_unit *unit = &rig->units[rig->unit_count];
    rig->unit_count += 1;
    *unit = (struct rig_unit){.rig = rig};
    struct unit_client_options options = {
        .host = "127.0.0.1",
        .port = intake_port(rig->intake, RIG_NATIVE),
        .tls = rig->unit_tls,
        .certificate = identity != NULL ? identity->certificate : NULL,
        .key = identity != NULL ? identity->key : NULL,
        .session = session,
        .boot_id = 0xB007,
        .network = "Rhwydwaith",
        .callbacks = &rig_callbacks,
        .data = unit,
    };
    unit->client = unit_client_connect(&rig->loop, &options);
    require(unit->client != NULL);
    return unit;
}

bool
rig_press(struct rig_unit *unit, uint64_t sequence)
{
    struct unit_signal signal = {
        .sequence = sequence, .kind = SIGNAL_PANIC, .zone = "hall", .battery_percent = 80};
    return unit->client != NULL && unit_client_signal(unit->client, &signal);
}

/* Waiting. */

bool
rig_wait(struct rig *rig, bool (*condition)(void *data), void *data)
{
    uint64_t until_ms = clock_mono_ms() + RIG_WAIT_MS;
    while (!condition(data)) {
        if (clock_mono_ms() > until_ms) {
            return false;
        }
        (void)uv_run(&rig->loop, UV_RUN_ONCE);
    }
    return true;
}

struct rig_count
{
    struct rig *rig;
    struct rig_unit *unit;
    unsigned count;
};

static bool
rig_has_receipts(void *data)
{
    const struct rig_count *want = data;
    return want->unit->receipts >= want->count;
}

bool
rig_wait_receipts(struct rig_unit *unit, unsigned count)
{
    struct rig_count want = {.unit = unit, .count = count};
    return rig_wait(unit->rig, rig_has_receipts, &want);
}

static bool
rig_is_ready(void *data)
{
    const struct rig_unit *unit = data;
    return unit->ready;
}

bool
rig_wait_ready(struct rig_unit *unit)
{
    return rig_wait(unit->rig, rig_is_ready, unit);
}

static bool
rig_is_closed(void *data)
{
    const struct rig_unit *unit = data;
    return unit->closed;
}

bool
rig_wait_closed(struct rig_unit *unit)
{
    return rig_wait(unit->rig, rig_is_closed, unit);
}

unsigned
rig_signal_count(struct rig *rig)
{
    pthread_mutex_lock(&rig->lock);
    unsigned count = rig->signal_count;
    pthread_mutex_unlock(&rig->lock);
    return count;
}

static bool
rig_has_signals(void *data)
{
    const struct rig_count *want = data;
    return rig_signal_count(want->rig) >= want->count;
}

bool
rig_wait_signals(struct rig *rig, unsigned count)
{
    struct rig_count want = {.rig = rig, .count = count};
    return rig_wait(rig, rig_has_signals, &want);
}

static bool
rig_has_in_ring(void *data)
{
    const struct rig_count *want = data;
    return atomic_load(&want->rig->in_ring) >= want->count;
}

bool
rig_wait_in_ring(struct rig *rig, unsigned count)
{
    struct rig_count want = {.rig = rig, .count = count};
    return rig_wait(rig, rig_has_in_ring, &want);
}

const Larwm__Journal__Signal *
rig_signal(struct rig *rig, unsigned index)
{
    pthread_mutex_lock(&rig->lock);
    require(index < rig->signal_count);
    const Larwm__Journal__Signal *signal = rig->signals[index];
    pthread_mutex_unlock(&rig->lock);
    return signal;
}

/* Plain sockets. */

int
rig_dial(struct rig *rig, unsigned listener)
{
    return rig_dial_from(rig, listener, "127.0.0.1", "127.0.0.1");
}

int
rig_dial_from(struct rig *rig, unsigned listener, const char *to, const char *from)
{
    bool udp = listener == RIG_DC09_UDP;
    int fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)intake_port(rig->intake, listener)),
                                  .sin_addr.s_addr = inet_addr(to)};
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(from)};
    struct timeval limit = {.tv_sec = RIG_WAIT_MS / 1000};
    int on = 1;
    require(fd >= 0 && bind(fd, (struct sockaddr *)&own, sizeof own) == 0);
    require(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (!udp) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

void
rig_send(int fd, const void *bytes, size_t size)
{
    ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);
    require(sent == (ssize_t)size);
}

size_t
rig_receive(int fd, void *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        ssize_t got = recv(fd, (char *)bytes + at, size - at, 0);
        if (got <= 0) {
            break;
        }
        at += (size_t)got;
    }
    return at;
}
