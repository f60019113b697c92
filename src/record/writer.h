/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder's insides, shared by record.c (the interface), rows.c (rows into effects) and
 * writer.c (batches to PostgreSQL). Not for others. The loop's thread. */
#ifndef RECORD_WRITER_H
#define RECORD_WRITER_H

#include "record/batch.h"
#include "record/pace.h"
#include "record/record.h"

#define RECORD_MAGIC 0x7265636f
#define RECORD_SCHEMA_VERSION 3

enum writer_state
{
    WRITER_DOWN,    /* no connection, or the position is being read */
    WRITER_READY,   /* nothing in flight; effects may be gathering */
    WRITER_SENDING, /* a batch is in flight */
    WRITER_RESTING, /* in a storm the processor is left to alarms for a moment (pace.h) */
    WRITER_PAUSED,  /* after a refusal that time may cure */
};

struct record
{
    uint32_t magic;
    uv_loop_t *loop;
    struct record_callbacks callbacks;
    struct pglink *link;
    struct queue queue;
    struct batch batch;
    struct effect_draft draft;
    struct pace pace;
    uv_timer_t
        timer; /* READY: gathering; RESTING, PAUSED: until the next try; closing: its limit */
    enum writer_state state;
    uint32_t node;
    unsigned effects_max;  /* a batch takes no further record once it has so many */
    uint64_t sent_mono_us; /* the batch under way, for stage times */
    unsigned records_max;  /* halved while looking for what is refused, then doubled again */
    uint64_t applied;
    int64_t version;
    int64_t read_position;
    uint64_t last_pos;    /* of the newest effect: positions never go back */
    uint32_t history_idx; /* lines of that record so far */
    uint32_t disclosure_idx;
    bool applied_known;
    bool told;
    bool up;
    bool closing;
    bool link_closing;
    unsigned parts_open; /* link, queue, timer */
    void (*on_closed)(void *data);
    void *closed_data;
};

void writer_on_up(void *data);
void writer_on_down(void *data);
void writer_on_notify(void *data, const char *channel, const char *payload);
/* Sends the next batch when nothing is in flight. */
void writer_pump(struct record *record);
/* The same soon: at once when much waits, else after LINGER_MS. */
void writer_want(struct record *record);
void writer_on_timer(uv_timer_t *timer);
/* record.c: closing goes on once nothing is in flight, or at once when `force` says so. */
void record_close_step(struct record *record, bool force);

#endif
