/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/clock.h"
#include "base/require.h"
#include "larwm/limits.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
start_outlet(struct fixture *fixture, const struct outlet_options *adjust)
{
    struct outlet_options options = adjust == NULL ? (struct outlet_options){0} : *adjust;
    options.socket_path = fixture->socket;
    options.socket_mode = 0666;
    options.socket_group = (gid_t)-1;
    options.inherited_fd = -1;
    options.node = 1;
    options.version = "0.0-test";
    cr_assert_eq(outlet_create(&options, &fixture->outlet), ERROR_NONE);
    outlet_port(fixture->outlet)->journal = &fixture->journal;
    cr_assert_eq(outlet_start(fixture->outlet), ERROR_NONE);
}

void
fixture_start(struct fixture *fixture, const struct outlet_options *adjust)
{
    clock_init();
    *fixture = (struct fixture){0};
    (void)snprintf(fixture->directory, sizeof fixture->directory, "/tmp/larwm-outlet-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->directory));
    (void)snprintf(fixture->socket, sizeof fixture->socket, "%s/s", fixture->directory);
    cr_assert_eq(pool_init(&fixture->blocks, FIXTURE_BLOCKS, FIXTURE_BLOCK), ERROR_NONE);
    cr_assert_eq(waker_init_eventfd(&fixture->journal), ERROR_NONE);
    start_outlet(fixture, adjust);
}

static void
stop_outlet(struct fixture *fixture)
{
    outlet_stop(fixture->outlet);
    cr_expect_eq(pool_available(&fixture->blocks), FIXTURE_BLOCKS, "a block did not come home");
    outlet_free(fixture->outlet);
}

void
fixture_stop(struct fixture *fixture)
{
    stop_outlet(fixture);
    pool_free(&fixture->blocks);
    waker_free(&fixture->journal);
    (void)unlink(fixture->socket);
    (void)rmdir(fixture->directory);
}

void
fixture_restart(struct fixture *fixture)
{
    stop_outlet(fixture);
    start_outlet(fixture, NULL);
}

static struct flow_delta *
take_block(struct fixture *fixture, enum flow_delta_kind kind)
{
    uint64_t deadline_ms = clock_mono_ms() + FIXTURE_LIMIT_MS;
    struct flow_delta *delta = pool_take(&fixture->blocks);
    while (delta == NULL) {
        cr_assert(clock_mono_ms() < deadline_ms, "the outlet gives no block back");
        (void)sched_yield();
        delta = pool_take(&fixture->blocks);
    }
    *delta = (struct flow_delta){.home = &fixture->blocks, .kind = (uint8_t)kind};
    return delta;
}

static void
push(struct fixture *fixture, struct flow_delta *delta)
{
    cr_assert(ring_push(outlet_deltas(fixture->outlet), &delta));
    waker_wake(outlet_waker(fixture->outlet));
}

void
fixture_kind(struct fixture *fixture, enum flow_delta_kind kind)
{
    push(fixture, take_block(fixture, kind));
}

void
fixture_incident(struct fixture *fixture, uint64_t id, size_t text_size, bool open)
{
    char text[FIXTURE_BLOCK];
    cr_assert(text_size < sizeof text - 256);
    memset(text, 'r', text_size);
    text[text_size] = '\0';
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    incident.id = id;
    incident.reference = text;
    incident.state =
        open ? LARWM__INCIDENT_STATE__INCIDENT_OPEN : LARWM__INCIDENT_STATE__INCIDENT_CLOSED;
    struct flow_delta *delta = take_block(fixture, DELTA_INCIDENT);
    delta->key = id;
    delta->open = open;
    delta->size = (uint32_t)larwm__console__incident__pack(&incident, delta->body);
    push(fixture, delta);
}

void
fixture_tick(struct fixture *fixture, int64_t time_us)
{
    struct flow_delta *delta = take_block(fixture, DELTA_TICK);
    delta->server_time_us = time_us;
    delta->database_up = true;
    delta->journal_ok = true;
    push(fixture, delta);
}

void
fixture_result(struct fixture *fixture, uint64_t handle, uint64_t ref, bool ok)
{
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    result.ref = ref;
    result.ok = ok;
    struct flow_delta *delta = take_block(fixture, DELTA_RESULT);
    delta->handle = handle;
    delta->size = (uint32_t)larwm__console__result__pack(&result, delta->body);
    push(fixture, delta);
}

void
fixture_credential(struct fixture *fixture, const char *user, const char *hash)
{
    Larwm__Console__Credential credential = LARWM__CONSOLE__CREDENTIAL__INIT;
    credential.user = (char *)(uintptr_t)user;
    credential.password_hash = (char *)(uintptr_t)hash;
    struct flow_delta *delta = take_block(fixture, DELTA_CREDENTIAL);
    delta->size = (uint32_t)larwm__console__credential__pack(&credential, delta->body);
    push(fixture, delta);
}

static bool
has_entries(void *data)
{
    return ring_count(data) > 0;
}

struct flow_entry *
fixture_entry(struct fixture *fixture, bool wait)
{
    struct ring *entries = &outlet_port(fixture->outlet)->entries;
    uint64_t deadline_ms = clock_mono_ms() + FIXTURE_LIMIT_MS;
    struct flow_entry *entry = NULL;
    while (!ring_pop(entries, &entry)) {
        if (!wait) {
            return NULL;
        }
        cr_assert(clock_mono_ms() < deadline_ms, "no entry came");
        waker_sleep(&fixture->journal, 1000, has_entries, entries);
    }
    return entry;
}

void
fixture_ticket(struct fixture *fixture, struct flow_entry *entry, enum error error)
{
    struct flow_ticket ticket = {.handle = entry->handle,
                                 .ref = entry->ref,
                                 .pos = error == ERROR_NONE ? 1 : 0,
                                 .failed = error == ERROR_NONE ? NULL : entry,
                                 .error = error};
    struct pool *home = entry->home;
    cr_assert(ring_push(&outlet_port(fixture->outlet)->tickets, &ticket));
    if (error == ERROR_NONE) {
        pool_return(home, entry);
    }
    waker_wake(outlet_port(fixture->outlet)->producer);
}

struct console_call *
fixture_call(struct fixture *fixture, const char *user, Larwm__Role role, bool watch)
{
    struct console_call_options options = {.socket_path = fixture->socket,
                                           .user = user,
                                           .role = role,
                                           .name = "test",
                                           .watch = watch,
                                           .limit_ms = FIXTURE_LIMIT_MS};
    struct console_call *call = NULL;
    cr_assert_eq(console_call_open(&options, &call), ERROR_NONE);
    return call;
}

int
fixture_connect(struct fixture *fixture)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, fixture->socket, strlen(fixture->socket) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(fd >= 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void
fixture_write(int fd, const void *bytes, size_t size)
{
    cr_assert_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

void
fixture_write_frame(int fd, const Larwm__Console__ClientFrame *frame)
{
    uint8_t bytes[4096];
    size_t size = larwm__console__client_frame__get_packed_size(frame);
    cr_assert(size + 4 <= sizeof bytes);
    bytes[0] = 0;
    bytes[1] = 0;
    bytes[2] = (uint8_t)(size >> 8);
    bytes[3] = (uint8_t)size;
    (void)larwm__console__client_frame__pack(frame, bytes + 4);
    fixture_write(fd, bytes, size + 4);
}

void
fixture_hello(int fd, const char *user, uint64_t stream, uint64_t after)
{
    Larwm__Console__Hello hello = LARWM__CONSOLE__HELLO__INIT;
    hello.version = 1;
    hello.user = (char *)(uintptr_t)user;
    hello.role = LARWM__ROLE__ROLE_OPERATOR;
    hello.watch = true;
    hello.stream = stream;
    hello.after = after;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO;
    frame.hello = &hello;
    fixture_write_frame(fd, &frame);
}

/* False when the other end closed. */
static bool
read_all(int fd, uint8_t *to, size_t size)
{
    uint64_t deadline_ms = clock_mono_ms() + FIXTURE_LIMIT_MS;
    while (size > 0) {
        struct pollfd poll_for = {.fd = fd, .events = POLLIN};
        cr_assert(clock_mono_ms() < deadline_ms, "nothing to read");
        if (poll(&poll_for, 1, 1000) <= 0) {
            continue;
        }
        ssize_t got = recv(fd, to, size, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            return false;
        }
        if (got > 0) {
            to += got;
            size -= (size_t)got;
        }
    }
    return true;
}

size_t
fixture_read(int fd, uint8_t *to, size_t size)
{
    if (!read_all(fd, to, 4)) {
        return 0;
    }
    size_t length = (size_t)to[0] << 24 | (size_t)to[1] << 16 | (size_t)to[2] << 8 | to[3];
    cr_assert(length > 0 && length + 4 <= size);
    return read_all(fd, to + 4, length) ? length + 4 : 0;
}

Larwm__Console__ServerFrame *
fixture_receive(int fd)
{
    static uint8_t bytes[LIMIT_CONSOLE_FRAME + 4];
    size_t size = fixture_read(fd, bytes, sizeof bytes);
    if (size == 0) {
        return NULL;
    }
    Larwm__Console__ServerFrame *frame =
        larwm__console__server_frame__unpack(NULL, size - 4, bytes + 4);
    cr_assert_not_null(frame);
    return frame;
}

void
fixture_wait_clients(struct fixture *fixture, unsigned count)
{
    uint64_t deadline_ms = clock_mono_ms() + FIXTURE_LIMIT_MS;
    while (outlet_clients_connected(fixture->outlet) != count) {
        cr_assert(clock_mono_ms() < deadline_ms, "%u clients, not %u",
                  outlet_clients_connected(fixture->outlet), count);
        (void)sched_yield();
    }
}
