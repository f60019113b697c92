/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk: the one thread that turns durable records into what operators see. It applies each
 * record of the journal in order (triage, escalation, supervision: pure cores), asks PostgreSQL
 * whose life it is (resolve), hands the effects to the recorder, and shows changed incidents to the
 * outlet once per loop turn.
 *
 * Whatever changes an incident comes through the journal first: the desk itself posts what it
 * learns (answers of resolve, limits that passed, silent units) as records and applies them when
 * they come back durable. So its state is a fold over the journal, and a restart replays it.
 *
 * Order of use, all on the app's thread until desk_start:
 *     desk_create -> desk_restore -> (journal_replay with desk_replay) -> desk_start -> desk_stop
 *     -> desk_free
 *
 *                                          | app thread, before start | desk thread | journal
 * thread desk_create, _replay, _start, _stop  |           yes            |             | push into
 * desk_entries, wake         |                          |             |      yes the functions of
 * struct desk_links   |                          |   calls     |
 */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include "base/error.h"
#include "base/ring.h"
#include "base/waker.h"
#include "flow/closings.h"
#include "flow/delta.h"
#include "flow/entry.h"
#include "flow/registry.h"

#include <stdbool.h>
#include <stdint.h>

struct desk;

/* What the desk needs of stages it does not know; filled by the app, called on the desk thread. */
struct desk_journal_state
{
    bool ok; /* takes records, and its thread turns */
    bool disk_full;
    bool faulty;        /* a write or sync failed a short while ago, overcome or not */
    const char *detail; /* static text for people */
    uint64_t position;  /* newest durable */
};

struct desk_links
{
    void *data;
    bool (*publish)(void *data, struct registry *registry); /* to the intake threads */
    struct registry *(*retired)(void *data);                /* or NULL */
    unsigned (*units_connected)(void *data);
    /* The state after the record at `pos`: `size` bytes of malloc, the callee's from here. What
     * lies before it is in PostgreSQL, and no start needs it once these bytes are durable. */
    void (*checkpoint)(void *data, uint64_t pos, uint8_t *bytes, size_t size);
    void (*journal_state)(void *data, struct desk_journal_state *ret);
    struct ring *deltas; /* to the outlet, of struct flow_delta * */
    struct waker *outlet;
};

/* Service limits; seconds unless the name says otherwise. All are configuration. */
struct desk_policy
{
    unsigned p1_all_consoles_s;
    unsigned p1_supervisor_s;
    unsigned p2_all_consoles_s;
    unsigned p2_supervisor_s;
    unsigned p3_all_consoles_s;
    unsigned p4_all_consoles_s;
    unsigned police_answer_s;
    unsigned boot_grace_s;
    unsigned presence_s;
    unsigned stalled_s;
    unsigned correlation_s;
    unsigned update_interval_s;
    unsigned lost_after_percent;
    unsigned dc09_repeat_s;
    unsigned dc09_retry_s;
    unsigned mass_loss_units; /* 0: as usual, the seconds too */
    unsigned mass_loss_s;
    unsigned ask_again_ms; /* milliseconds; 0: every signal is asked for */
};

struct desk_options
{
    unsigned node;
    const char *version;
    const char *conninfo;        /* libpq */
    const char *snapshot_path;   /* of resolve; NULL: none */
    const char *spool_path;      /* of the recorder; NULL: none */
    unsigned deadline_ms;        /* of a look-up */
    unsigned incidents_max;      /* 0: LIMIT_INCIDENTS_OPEN */
    unsigned checkpoint_records; /* a checkpoint after so many; 0: LIMIT_CHECKPOINT_RECORDS */
    struct desk_policy policy;
    struct last_seen *last_seen;
    struct closings *closings;  /* the caller's; outlives the desk. NULL: nobody asks */
    const char *recovery_fault; /* what the journal's recovery found damaged, or NULL or ""; shown
                                   at start */
};

/* ERROR_MEMORY, ERROR_CONFIG (conninfo). Strings of `options` must outlive the desk. */
enum error desk_create(const struct desk_options *options, struct desk **ret_desk) MUST_USE;
void desk_link(struct desk *desk, const struct desk_links *links);

/* The desk as a producer of the journal, and how many blocks its pool has. */
struct flow_port *desk_port(struct desk *desk);
unsigned desk_port_blocks(const struct desk *desk);

/* Makes the ring of durable entries with room for `capacity`: all blocks of all producers. */
enum error desk_make_entries(struct desk *desk, unsigned capacity) MUST_USE;
struct ring *desk_entries(struct desk *desk);
struct waker *desk_waker(struct desk *desk);

/* The state of a checkpoint, into a desk that was just made; the records after `pos` are replayed
 * next. On an error the desk is of no use: free it. ERROR_DAMAGED: these bytes are no state;
 * ERROR_UNSUPPORTED: they do not fit this version or its limits. */
enum error
desk_restore(struct desk *desk, uint64_t pos, const uint8_t *bytes, size_t size) MUST_USE;
/* Instead: the replay begins in the midst and nothing tells what was before. Somebody is taken to
 * be on duty until the journal says otherwise, so that nothing of the past goes to the police now.
 */
void desk_restore_nothing(struct desk *desk);
/* Applies one record of the past; for journal_replay. `data` is the desk. */
void desk_replay(const struct flow_record *record, void *data);

/* Starts the thread: the journal must run, since the first thing posted is RECORD_BOOT. */
enum error desk_start(struct desk *desk) MUST_USE;
/* Applies what is in the ring, writes what it can to PostgreSQL within a second, joins the thread.
 * Intake and outlet have stopped pushing; the journal still runs. */
void desk_stop(struct desk *desk);
void desk_free(struct desk *desk);

/* Intake knows who may call: a registry was published, from PostgreSQL or the snapshot. Any thread.
 */
bool desk_has_registry(const struct desk *desk);

/* The desk's loop has turned within the last `limit_ms` milliseconds. Any thread. */
bool desk_turned_within_ms(const struct desk *desk, uint64_t limit_ms);

/* Hash over the folded state of the three cores, for tests that compare a replay. Not while the
 * thread runs. */
uint64_t desk_hash(const struct desk *desk);

#endif
