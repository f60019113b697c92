/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole desk in the test's process: real cores, PostgreSQL away for good, a journal played by a
 * thread of the test (which can be told to fail), and the test itself as the outlet.
 */
#ifndef TESTS_UNIT_DESK_RIG_H
#define TESTS_UNIT_DESK_RIG_H

#include "desk/internal.h"

#define RIG_START_US (INT64_C(1700000000) * US_PER_S) /* of replayed records */
#define RIG_BLOCKS 4096
#define RIG_WAIT_MS 10000 /* a test fails when what it expects takes longer */

/* The newest the outlet was told of an incident. */
struct rig_seen
{
    uint64_t incident;
    unsigned times;
    bool open;
    Larwm__Console__Incident *view; /* freed by rig_free */
};

struct rig
{
    struct desk *desk;
    struct last_seen *last_seen;
    struct ring deltas;
    struct waker outlet;
    _Atomic bool holding; /* the outlet takes nothing */

    /* the journal */
    pthread_t journal;
    struct waker journal_waker;
    struct flow_port port; /* of the test */
    struct pool pool;
    _Atomic bool failing;
    _Atomic bool ending;
    _Atomic uint64_t failed;
    _Atomic unsigned booted; /* records RECORD_BOOT made durable */
    uint64_t pos;
    int64_t time_us;
    bool started;

    /* what came */
    struct rig_seen seen[256];
    unsigned seen_count;
    unsigned results[2048]; /* by ref */
    Larwm__Console__Result *last_result;
    Larwm__Console__Status *status;
    unsigned statuses;
    unsigned credentials;
    bool credentials_ended;
    bool ready;
    unsigned ticks;
    _Atomic uint64_t checkpoint_pos; /* of the newest one handed over; 0: none */
};

/* `incidents` 0: as in production. */
struct rig *rig_new(unsigned incidents);
void rig_start(struct rig *rig);
void rig_free(struct rig *rig);

/* Replays one record; returns its position. */
uint64_t rig_replay(struct rig *rig, enum record_type type, const ProtobufCMessage *message);
uint64_t rig_replay_bytes(struct rig *rig, enum record_type type, const void *bytes, size_t size);
/* Sends one through the journal; `ref` 0: nobody waits for an answer. */
void
rig_send(struct rig *rig, enum record_type type, const ProtobufCMessage *message, uint64_t ref);
void rig_send_bytes(struct rig *rig, enum record_type type, const void *bytes, size_t size,
                    uint64_t ref);
/* Takes what the desk sent until `done` says so; false when it takes too long. */
bool rig_until(struct rig *rig, bool (*done)(struct rig *rig, uint64_t what), uint64_t what);
void rig_drain(struct rig *rig);
/* All blocks sent have come back: the desk has applied all of them. */
bool rig_is_applied(struct rig *rig, uint64_t what);
/* The newest state of the incident, or NULL. */
const struct rig_seen *rig_see(const struct rig *rig, uint64_t incident);

uint64_t rig_id(uint64_t pos);
void rig_signal(Larwm__Journal__Signal *signal, const char *unit, enum signal_kind kind,
                uint64_t sequence);
/* A case of its own for each `number`, marker active, consent given. */
struct rig_card
{
    Larwm__Card card;
    Larwm__CaseCard person;
    Larwm__Place place;
    Larwm__Marker marker;
    char reference[32];
};
void rig_card(struct rig_card *card, unsigned number);
uint64_t
rig_replay_press(struct rig *rig, const char *unit, enum signal_kind kind, uint64_t sequence);
uint64_t rig_replay_resolved(struct rig *rig, uint64_t signal_pos, unsigned number);

#endif
