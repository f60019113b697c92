/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames taken lately: a copy of one, byte for byte, is answered again and counted, and costs
 * neither a record nor a place in any queue (REQ A24: the first copy is durable, or the answer
 * waits until it is).
 *
 *     resend_find NULL -> resend_add -> (journal) -> resend_settle: durable, or forgotten
 *     resend_find entry, WAITING: resend_wait, its answer goes out with that of the first copy, or
 *                                 resend_note: counted, no answer is owed
 *     resend_find entry, DURABLE: resend_count, answered at once
 *
 * A frame is remembered for RESEND_WINDOW_MS after it came. Within that time the same bytes from
 * the same account, sequence number included, are the panel's retry: for a new press the panel
 * would have had to restart, or to send 9,999 others in between. Later copies go the long way, and
 * triage tells a copy from a new press. So do all copies once an incident was closed: nobody may
 * see any more what the first copy said (rule R0).
 *
 * Bounded: RESEND_SETS * RESEND_WAYS frames; the oldest of its set makes room, but never one that
 * waits or whose copies are not counted yet. A frame that finds no place is merely not remembered.
 * One worker, one thread.
 */
#ifndef INTAKE_RESEND_H
#define INTAKE_RESEND_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESEND_WINDOW_MS 10000u
#define RESEND_FRAME_MAX 168u /* longer frames are not remembered */
#define RESEND_SETS 4096u
#define RESEND_WAYS 4u
#define RESEND_ANSWERS_MAX 64u /* owed for copies of one waiting frame */

enum resend_state
{
    RESEND_FREE,
    RESEND_WAITING, /* on its way to the disk */
    RESEND_DURABLE,
};

struct resend_entry
{
    uint64_t came_ms;  /* monotonic */
    uint64_t peer;     /* the session, or the datagram's sender, it came by */
    uint64_t pos;      /* of its record, DURABLE */
    uint64_t closings; /* when it came */
    int64_t last_us;   /* wall time of its newest copy */
    uint32_t next;     /* of those with copies not counted yet: index + 1 */
    uint32_t copies;   /* not counted yet */
    uint16_t waiting;  /* answers owed when it is durable, besides the first's */
    uint8_t state;     /* enum resend_state */
    uint8_t listener;  /* it came to */
    bool listed;       /* in the list of those with copies not counted yet */
    uint16_t size;
    uint8_t frame[RESEND_FRAME_MAX];
};

struct resend_memory
{
    struct resend_entry *entries;
    uint64_t seed;     /* random: nobody can choose frames that share a set */
    uint64_t closings; /* now (flow/closings.h), set by the caller: older frames are not found */
    uint32_t first;    /* with copies not counted yet: index + 1, 0 none */
    uint32_t last;
    uint32_t listed_count;
};

/* A count for one record; the shape of journal.proto's Repeat. */
struct resend_counted
{
    uint64_t pos;
    uint32_t copies;
    int64_t last_us;
};

enum error resend_init(struct resend_memory *memory) MUST_USE;
void resend_free(struct resend_memory *memory);

/* The frame with these bytes that came to the same listener, still remembered, or NULL. */
struct resend_entry *resend_find(struct resend_memory *memory, const uint8_t *frame, size_t size,
                                 unsigned listener, uint64_t now_ms);
/* Remembers a frame that goes to the journal now. Returns what resend_settle wants, or 0 when it
 * is not remembered. */
uint32_t resend_add(struct resend_memory *memory, const uint8_t *frame, size_t size,
                    unsigned listener, uint64_t peer, uint64_t now_ms);
/* What became of the frame `ref` stands for: its record's position, or 0 when it has none and is
 * forgotten. Returns how many copies wait for the answer. Nothing for ref 0. */
unsigned resend_settle(struct resend_memory *memory, uint32_t ref, uint64_t pos);
/* A copy of a WAITING frame whose answer is owed, too. False when too many are owed: treat it as a
 * frame of its own. */
bool resend_wait(struct resend_entry *entry, int64_t now_us) MUST_USE;
/* A copy of a WAITING frame that is only counted. */
void resend_note(struct resend_entry *entry, int64_t now_us);
/* A copy of a DURABLE frame. */
void resend_count(struct resend_memory *memory, struct resend_entry *entry, int64_t now_us);
/* Takes up to `room` counts off the list. Frames that still wait keep theirs. */
unsigned resend_take_counts(struct resend_memory *memory, struct resend_counted *to, unsigned room);

#endif
