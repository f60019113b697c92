/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole outlet in the test's process. The test's own thread plays the desk (pushes deltas) and
 * the journal (pops entries, pushes tickets); clients talk to it over a real Unix socket.
 */
#ifndef TEST_OUTLET_FIXTURE_H
#define TEST_OUTLET_FIXTURE_H

#include "base/pool.h"
#include "client/console_call.h"
#include "outlet/outlet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIXTURE_LIMIT_MS 20000 /* no wait in a passing test comes near it */
#define FIXTURE_BLOCK 8192
#define FIXTURE_BLOCKS 1024

struct fixture
{
    char directory[64];
    char socket[108];
    struct outlet *outlet;
    struct pool blocks; /* the desk's */
    struct waker journal;
};

/* `adjust` may be NULL; its path, node and inherited_fd are filled in. Starts the outlet. */
void fixture_start(struct fixture *fixture, const struct outlet_options *adjust);
/* Stops and frees, and checks that every block of the desk came home. */
void fixture_stop(struct fixture *fixture);
/* The same outlet path with a new outlet: a restarted daemon. */
void fixture_restart(struct fixture *fixture);

/* The desk: each pushes one delta and wakes the outlet; waits for a block when all are out. */
void fixture_kind(struct fixture *fixture, enum flow_delta_kind kind);
void fixture_incident(struct fixture *fixture, uint64_t id, size_t text_size, bool open);
void fixture_tick(struct fixture *fixture, int64_t time_us);
void fixture_result(struct fixture *fixture, uint64_t handle, uint64_t ref, bool ok);
void fixture_credential(struct fixture *fixture, const char *user, const char *hash);

/* The journal: the next entry, waited for; NULL when `wait` is false and none is there. */
struct flow_entry *fixture_entry(struct fixture *fixture, bool wait);
/* Makes it durable (ERROR_NONE): a ticket, and the block goes home as the desk would send it; or
 * fails it. */
void fixture_ticket(struct fixture *fixture, struct flow_entry *entry, enum error error);

/* Clients. */
struct console_call *
fixture_call(struct fixture *fixture, const char *user, Larwm__Role role, bool watch);
/* A bare connection. */
int fixture_connect(struct fixture *fixture);
/* Packs and writes one frame, or any bytes. */
void fixture_write_frame(int fd, const Larwm__Console__ClientFrame *frame);
void fixture_write(int fd, const void *bytes, size_t size);
/* Hello as an operator who watches. */
void fixture_hello(int fd, const char *user, uint64_t stream, uint64_t after);
/* One frame with its length; returns its size, 0 when the other end closed. */
size_t fixture_read(int fd, uint8_t *to, size_t size);
/* The same, unpacked; NULL when closed. */
Larwm__Console__ServerFrame *fixture_receive(int fd);
/* Waits until this many clients are connected. */
void fixture_wait_clients(struct fixture *fixture, unsigned count);

#endif
