/* SPDX-License-Identifier: Apache-2.0 */
/* Between lookup.c (questions, deadlines, answers without PostgreSQL), lookup_gather.c (whether the
 * next statement waits for company) and lookup_batch.c (statements in flight). Not for others. The
 * desk's thread. */
#ifndef RESOLVE_LOOKUP_BATCH_H
#define RESOLVE_LOOKUP_BATCH_H

#include "resolve/lookup.h"

struct lookup_batch;

/* NULL without memory. */
struct lookup_batch *lookup_batch_new(struct lookup *lookup);
/* True when the batch is full and must be sent. */
bool lookup_batch_add(struct lookup_batch *batch, struct lookup_item *item);
/* Sends it; the batch belongs to the link from here on. Needs pglink_room() > 0. */
void lookup_batch_send(struct lookup *lookup, struct lookup_batch *batch);
/* Cannot be sent: its questions are answered without PostgreSQL. */
void lookup_batch_lose(struct lookup_batch *batch);
/* ATTACH or REVEAL. Needs pglink_room() > 0. */
void lookup_send_single(struct lookup *lookup, struct lookup_item *item);

/* Leaves the list of deadlines unless its deadline passed already. */
void lookup_item_settle(struct lookup *lookup, struct lookup_item *item);
void lookup_item_free(struct lookup *lookup, struct lookup_item *item);
/* Answers from the last known record; the item must be settled. */
void lookup_answer_without(struct lookup *lookup, struct lookup_item *item, enum error error);
void lookup_arm_deadline(struct lookup *lookup);
/* Flushes the queue before the loop sleeps, when there is one. */
void lookup_wake(struct lookup *lookup);

/* True: what is queued waits for more (docs/decisions/0012). `now_us` is monotonic. */
bool lookup_gathers(const struct lookup *lookup, uint64_t now_us);
/* Wakes the queue when the gathering is over. */
void lookup_gather_arm(struct lookup *lookup);
/* A statement for `count` questions was sent. */
void lookup_gather_sent(struct lookup *lookup, unsigned count);

#endif
