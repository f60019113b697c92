/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal's state and the turns of its thread. Inside this folder and its tests only; a test
 * may call journal_turn itself instead of starting the thread.
 */
#ifndef JOURNAL_WORKER_H
#define JOURNAL_WORKER_H

#include "journal/journal.h"
#include "journal/keeper.h"
#include "journal/recover.h"
#include "journal/timeline.h"
#include "journal/writer.h"

#define JOURNAL_IDLE_MS 1000        /* longest sleep, so that health stays fresh */
#define JOURNAL_RETRY_MS 500u       /* between tries for a fresh segment while failing */
#define JOURNAL_SPARE_WAIT_MS 2000u /* for a spare that is being made */
#define JOURNAL_SEAL_AFTER_MS 1000u /* idle time after which a seal is written */

struct journal
{
    struct journal_options options; /* dir not kept */
    const struct journal_file_ops *ops;
    int dir;
    int lock;
    struct journal_recovered recovered;

    struct flow_port *ports[LIMIT_JOURNAL_PRODUCERS];
    bool ticketed[LIMIT_JOURNAL_PRODUCERS]; /* producers to wake for this batch */
    unsigned port_count;
    unsigned port_turn; /* where the next batch begins to look */
    struct ring *desk_entries;
    struct waker *desk;

    /* The journal thread's. */
    struct journal_writer writer;
    struct flow_entry **batch; /* WRITER_BATCH_RECORDS */
    unsigned batch_count;
    uint64_t commit_began_us; /* monotonic, of the last commit */
    uint64_t commit_ended_us;
    uint64_t next_pos;
    struct journal_timeline timeline;
    bool unsealed;             /* records were committed since the last seal */
    bool failed_since_durable; /* a failure nothing durable has followed yet */
    enum error failure;        /* why nothing can be taken, or the last failure */
    char failure_text[JOURNAL_TEXT];
    uint64_t retry_mono_ms; /* no fresh segment before this */
    uint64_t discard_pos;   /* segment given up without a durable record; 0 = none */

    struct journal_keeper keeper;
    struct waker waker;
    pthread_t thread;
    bool running;
    _Atomic bool stopping;

    /* Written by the journal thread, read by any; relaxed, each stands for itself. */
    _Atomic uint64_t turn_mono_us;
    _Atomic uint64_t durable_mono_us;
    _Atomic uint64_t in_flight_mono_us;
    _Atomic uint64_t durable_pos;
    _Atomic uint64_t fault_mono_us;
    _Atomic int condition;
};

/* One turn: one batch at most. False when there was nothing to do. */
bool journal_turn(struct journal *journal);
/* Makes sure there is a segment with room; false when there is none now. */
bool journal_ensure_segment(struct journal *journal);
/* Remembers that nothing durable has followed a failure yet, and says so in the log. `what` begins
 * the sentence that the name of the present segment ends. */
void journal_note_failure(struct journal *journal, enum error error, const char *what);
/* Writes a seal when anything came since the last one. */
void journal_seal(struct journal *journal);
/* The thread: turns until stopping, then seals. */
void *journal_main(void *data);

#endif
