/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole intake in the test's process: real sockets, real TLS, real threads; the journal is a
 * thread of the test that answers tickets as it is told and plays the desk by returning entries.
 */
#ifndef RIG_H
#define RIG_H

#include "intake/intake.h"
#include "journal.pb-c.h"
#include "larwm/unit_client.h"
#include "rig_pki.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#define RIG_SIGNALS_MAX 4096
#define RIG_UNITS_MAX 64
#define RIG_NATIVE 0 /* indices of the rig's listeners */
#define RIG_DC09_TCP 1
#define RIG_DC09_TLS 2
#define RIG_DC09_UDP 3
#define RIG_LISTENERS 4
#define RIG_WAIT_MS 10000 /* a condition that takes longer has failed */

enum rig_journal_mode
{
    RIG_JOURNAL_DURABLE,
    RIG_JOURNAL_HOLD, /* takes nothing: entries wait in the ring */
    RIG_JOURNAL_FAIL,
};

struct rig_unit
{
    struct rig *rig;
    struct unit_client *client; /* NULL once closed */
    bool connected;
    bool ready;
    bool resumed;
    bool closed;
    struct unit_welcome welcome;
    enum unit_closed reason;
    char detail[128];
    unsigned receipts; /* DURABLE */
    unsigned retries;
    unsigned heartbeats;
    struct unit_receipt last;
    SSL_SESSION *session;
};

struct rig
{
    char directory[64];
    struct rig_identity device_ca;
    struct rig_identity centre_ca;
    struct rig_identity centre;
    struct last_seen *seen;
    struct intake *intake;
    struct registry *registry; /* the one published last */
    SSL_CTX *unit_tls;
    uv_loop_t loop; /* the test's own, for units */
    uv_timer_t tick;
    struct rig_unit units[RIG_UNITS_MAX];
    unsigned unit_count;

    pthread_t journal_thread;
    struct waker journal_waker;
    _Atomic int mode; /* enum rig_journal_mode */
    _Atomic bool journal_stop;
    uint64_t next_pos;
    pthread_mutex_t lock; /* of the four below */
    Larwm__Journal__Signal *signals[RIG_SIGNALS_MAX];
    unsigned signal_count;
    unsigned copies;          /* counted by RECORD_REPEATS */
    uint64_t copied_pos;      /* of the signal named last there */
    _Atomic unsigned in_ring; /* entries seen waiting while holding */
};

/* For `change`: a listener of the rig, to give it another policy or address. */
struct intake_listener *rig_listener(struct intake_options *options, unsigned listener);

/* `change` may be NULL; it edits the options before intake is made. */
struct rig *rig_start(void (*change)(struct intake_options *options));
void rig_stop(struct rig *rig);

/* Builds and publishes a registry: `fill` adds to it. */
void rig_publish(struct rig *rig, void (*fill)(struct registry *registry, void *data), void *data);
/* A registry with one unit of that id and slot, known by the identity's key. */
void rig_publish_unit(struct rig *rig, const char *id, uint32_t slot,
                      const struct rig_identity *identity);

struct rig_unit *
rig_connect(struct rig *rig, const struct rig_identity *identity, SSL_SESSION *session);
bool rig_press(struct rig_unit *unit, uint64_t sequence);

/* Runs the loop until `condition(data)`; false when it did not come true in RIG_WAIT_MS. */
bool rig_wait(struct rig *rig, bool (*condition)(void *data), void *data);
bool rig_wait_receipts(struct rig_unit *unit, unsigned count);
bool rig_wait_ready(struct rig_unit *unit);
bool rig_wait_closed(struct rig_unit *unit);
bool rig_wait_signals(struct rig *rig, unsigned count);
bool rig_wait_in_ring(struct rig *rig, unsigned count);
unsigned rig_signal_count(struct rig *rig);
/* The signal; it stays the rig's. */
const Larwm__Journal__Signal *rig_signal(struct rig *rig, unsigned index);
void rig_set_journal(struct rig *rig, enum rig_journal_mode mode);

/* A blocking TCP connection to a listener (a connected UDP socket to the UDP one), with a receive
 * time-out. */
int rig_dial(struct rig *rig, unsigned listener);
/* The same to an address of the loopback network, from another. */
int rig_dial_from(struct rig *rig, unsigned listener, const char *to, const char *from);
void rig_send(int fd, const void *bytes, size_t size);
/* Reads until `size` bytes are there, the peer ended or the time-out passed; returns how many. */
size_t rig_receive(int fd, void *bytes, size_t size);

#endif
