/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One transaction: the effects of whole records, the applied position moved with them. Collecting
 * and sending only; what to do with the outcome is record.c's. The loop's thread.
 */
#ifndef RECORD_BATCH_H
#define RECORD_BATCH_H

#include "base/pglink.h"
#include "record/condense.h"
#include "record/effect.h"
#include "record/queue.h"

struct batch
{
    const uint8_t **effects; /* into the queue's memory, in order */
    uint8_t *kinds;          /* enum effect_kind of each: they are gone through once a kind */
    char (*refused)[6];   /* single: SQLSTATE by which each was refused, "" = not; "-": left out */
    unsigned *statements; /* single: which effect each statement after the first writes */
    unsigned count;
    unsigned capacity;
    unsigned records;
    unsigned statement_count;
    uint64_t from; /* applied position it was collected at */
    uint64_t to;   /* applied position after it */
    struct queue_place end;
    bool cut;    /* it was full: more may be waiting */
    bool again;  /* some of its rows are there already: none is written without looking */
    bool single; /* one record, one statement an effect: to find the refused one */
    struct condense condense; /* not single: what of them is sent, and as what */
    uint8_t changed[EFFECT_MAX];
    struct pg_array positions;
    struct pg_array columns[EFFECT_COLUMNS_MAX];
};

/* Collects complete records above `applied` from the queue: at most `records_max`, and no further
 * one once `effects_max` effects are reached. False when there is none; `end` then stands behind
 * what is at or below `applied` and can be consumed. */
bool batch_collect(struct batch *batch, struct queue *queue, uint64_t applied, unsigned records_max,
                   unsigned effects_max);
/* Forgets marks of refused effects: for a new batch. */
void batch_forget_refused(struct batch *batch);

void batch_prepare_statements(struct pglink *link);
/* Puts the statements into the link's group under construction. False without memory: nothing may
 * be sent then. */
bool batch_put(struct batch *batch, struct pglink *link, uint32_t node);

/* Single: marks the effect that the group's n-th statement wrote; all of them when it is not one
 * effect's. Returns the effect marked, or NULL for all. */
const uint8_t *batch_mark_refused(struct batch *batch, unsigned statement, const char *sqlstate);

void batch_free(struct batch *batch);

#endif
