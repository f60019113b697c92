/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: lookup_ask queues -> before the loop sleeps the queue becomes batches -> rows come
 * back -> on_answer.
 *
 * Failures: no usable connection -> answered from the last known record on the same turn, unless
 * one is just being made: then it waits for that, to its deadline. Deadline passed -> answered from
 * the last known record; when the row comes after all it goes to on_late_answer. Connection lost or
 * statement refused -> whoever was not answered is answered from the last known record. So each
 * question has exactly one on_answer. Once a deadline has passed with the statement still under
 * way, those behind it are not kept waiting for theirs.
 *
 * On close: everybody waiting is answered from the last known record, then the handles close.
 */
#include "resolve/lookup_batch.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/require.h"
#include "base/stages.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define LOOKUP_MAGIC 0x6c6f6f6b

static void
due_remove(struct lookup *lookup, struct lookup_item *item)
{
    if (item->due_previous != NULL) {
        item->due_previous->due_next = item->due_next;
    } else {
        lookup->due = item->due_next;
    }
    if (item->due_next != NULL) {
        item->due_next->due_previous = item->due_previous;
    } else {
        lookup->due_last = item->due_previous;
    }
    item->due_next = NULL;
    item->due_previous = NULL;
}

/* All deadlines are equally long, so the newest question is always due last. */
static void
due_add(struct lookup *lookup, struct lookup_item *item)
{
    item->due_ms = uv_now(lookup->loop) + lookup->deadline_ms;
    item->due_next = NULL;
    item->due_previous = lookup->due_last;
    if (lookup->due_last != NULL) {
        lookup->due_last->due_next = item;
    } else {
        lookup->due = item;
    }
    lookup->due_last = item;
}

void
lookup_item_free(struct lookup *lookup, struct lookup_item *item)
{
    explicit_bzero(item, sizeof(*item)); /* positions, case references */
    item->next = lookup->free;
    lookup->free = item;
}

static const struct known_unit *
known_by_case(const struct lookup *lookup, const char *reference)
{
    for (uint32_t i = 0; i < lookup->known->count; i++) {
        const struct known_unit *unit = lookup->known->units[i];
        if (unit->card == NULL) {
            continue;
        }
        Larwm__Card *card = larwm__card__unpack(NULL, unit->card->size, unit->card->bytes);
        bool same = card != NULL && card->case_card != NULL &&
                    strcmp(card->case_card->reference, reference) == 0;
        if (card != NULL) {
            larwm__card__free_unpacked(card, NULL);
        }
        if (same) {
            return unit;
        }
    }
    return NULL;
}

void
lookup_pack_without(const struct lookup *lookup, const struct resolve_question *question,
                    uint8_t card[LIMIT_CARD], struct resolve_answer *ret_answer)
{
    size_t size;
    if (question->unit[0] == '\0') {
        size = card_pack_unregistered(question, clock_wall_us(), card);
    } else {
        size = card_pack_last_known(known_find(lookup->known, question->unit), question, card);
    }
    enum error error = resolve_answer_from_card(card, size, ret_answer);
    require(error == ERROR_NONE); /* we packed it ourselves */
}

static void
answer_unit(struct lookup *lookup, const struct resolve_question *question)
{
    uint8_t card[LIMIT_CARD];
    struct resolve_answer answer;
    lookup_pack_without(lookup, question, card, &answer);
    lookup->callbacks.on_answer(lookup->callbacks.data, question->key, &answer);
}

/* ATTACH without PostgreSQL: the last known card of whichever unit that case holds. */
static void
answer_case(struct lookup *lookup, const struct lookup_item *item, enum error error)
{
    const struct known_unit *unit = known_by_case(lookup, item->case_reference);
    if (unit == NULL) {
        lookup->callbacks.on_case(lookup->callbacks.data, item->question.key, error, NULL);
        return;
    }
    uint8_t card[LIMIT_CARD];
    struct resolve_answer answer;
    struct resolve_question question = item->question;
    question.device_time_us = 0; /* the operator says whose it is, whenever it was pressed */
    size_t size = card_pack_last_known(unit, &question, card);
    error = resolve_answer_from_card(card, size, &answer);
    require(error == ERROR_NONE);
    lookup->callbacks.on_case(lookup->callbacks.data, item->question.key, ERROR_NONE, &answer);
}

/* Answers without PostgreSQL. The item is in no list of deadlines any more and may be gone after.
 */
void
lookup_answer_without(struct lookup *lookup, struct lookup_item *item, enum error error)
{
    item->answered = true;
    stage_between(STAGE_RESOLVE, item->asked_us, clock_mono_us());
    switch (item->kind) {
        case LOOKUP_UNIT:
            answer_unit(lookup, &item->question);
            return;
        case LOOKUP_CASE:
            answer_case(lookup, item, error);
            return;
        case LOOKUP_HOLDER:
            lookup->callbacks.on_holder(lookup->callbacks.data, item->question.key, error, NULL);
            return;
    }
}

void
lookup_item_settle(struct lookup *lookup, struct lookup_item *item)
{
    if (!item->answered) {
        due_remove(lookup, item);
    }
}

static void on_deadline(uv_timer_t *timer);

void
lookup_arm_deadline(struct lookup *lookup)
{
    if (lookup->closing) {
        return;
    }
    if (lookup->due == NULL) {
        uv_timer_stop(&lookup->timer);
        return;
    }
    uint64_t now_ms = uv_now(lookup->loop);
    uint64_t due_ms = lookup->due->due_ms;
    uv_timer_start(&lookup->timer, on_deadline, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static struct lookup_item *
queue_take(struct lookup *lookup)
{
    struct lookup_item *item = lookup->queue;
    lookup->queue = item->next;
    if (lookup->queue == NULL) {
        lookup->queue_end = &lookup->queue;
    }
    item->next = NULL;
    item->queued = false;
    lookup->queued -= 1;
    return item;
}

/* A unit that signals again at once: what PostgreSQL said a moment ago still stands. */
static bool
answer_again(struct lookup *lookup, struct lookup_item *item)
{
    const struct known_unit *unit = known_find(lookup->known, item->question.unit);
    if (unit == NULL || unit->card_ms == 0 || unit->card_ms <= lookup->changed_ms ||
        clock_mono_ms() - unit->card_ms >= LOOKUP_AGAIN_MS) {
        return false;
    }
    uint8_t card[LIMIT_CARD];
    struct resolve_answer answer;
    size_t size = card_pack_again(unit, &item->question, card);
    if (size == 0 || resolve_answer_from_card(card, size, &answer) != ERROR_NONE) {
        return false;
    }
    counter_add(resolve_again, 1);
    due_remove(lookup, item);
    item->answered = true;
    stage_between(STAGE_RESOLVE, item->asked_us, clock_mono_us());
    lookup->callbacks.on_answer(lookup->callbacks.data, item->question.key, &answer);
    lookup_item_free(lookup, item);
    return true;
}

/* One question on its way: at once when PostgreSQL is not needed or not there, else into `batch`.
 */
static void
queue_step(struct lookup *lookup, struct lookup_batch **batch)
{
    struct lookup_item *item = queue_take(lookup);
    bool needless =
        item->kind == LOOKUP_UNIT && (item->question.unit[0] == '\0' || lookup->overdue);
    if (!lookup->usable || needless) {
        lookup->owed = lookup->owed || lookup->overdue;
        due_remove(lookup, item);
        lookup_answer_without(lookup, item, ERROR_DATABASE);
        lookup_item_free(lookup, item);
        return;
    }
    if (item->kind != LOOKUP_UNIT) {
        lookup_send_single(lookup, item);
        return;
    }
    if (answer_again(lookup, item)) {
        return;
    }
    if (*batch == NULL && (*batch = lookup_batch_new(lookup)) == NULL) {
        due_remove(lookup, item);
        lookup_answer_without(lookup, item, ERROR_MEMORY);
        lookup_item_free(lookup, item);
        return;
    }
    if (lookup_batch_add(*batch, item)) {
        lookup_batch_send(lookup, *batch);
        *batch = NULL;
    }
}

/* Two groups are left free for the batch under construction and a refresh. When the link has no
 * room, a statement is under way, questions gather, or the connection is just being made (as after
 * a start, when the press that could not be sent before comes at once), the queue waits; its
 * deadline guards it. */
static bool
queue_may_go(const struct lookup *lookup, bool gathers)
{
    if (!lookup->usable) {
        return !lookup->hopeful;
    }
    return !pglink_is_up(lookup->link) ||
           (!gathers && pglink_room(lookup->link) > 2 &&
            (lookup->statements < LOOKUP_STATEMENTS_MAX || lookup->overdue));
}

static void
queue_flush(struct lookup *lookup)
{
    struct lookup_batch *batch = NULL;
    bool gathers = lookup_gathers(lookup, clock_mono_us());
    while (lookup->queue != NULL && queue_may_go(lookup, gathers)) {
        /* While it closes it is not usable, and there is no link any more. */
        if (lookup->usable && !pglink_is_up(lookup->link)) {
            lookup->usable = false;
        }
        queue_step(lookup, &batch);
    }
    if (batch != NULL) {
        if (pglink_room(lookup->link) > 0) {
            lookup_batch_send(lookup, batch);
        } else {
            lookup_batch_lose(batch);
        }
    }
    /* A queue that is left waits for room on the link: the end of a batch wakes it. */
    uv_prepare_stop(&lookup->prepare);
    uv_idle_stop(&lookup->idle);
    lookup_arm_deadline(lookup);
    lookup->callbacks.on_answers_end(lookup->callbacks.data);
    if (gathers && lookup->queue != NULL && lookup->statements < LOOKUP_STATEMENTS_MAX) {
        lookup_gather_arm(lookup);
    }
}

static void
on_prepare(uv_prepare_t *handle)
{
    queue_flush(checked_cast(handle->data, struct lookup, LOOKUP_MAGIC));
}

static void
on_idle(uv_idle_t *handle)
{
}

void
lookup_wake(struct lookup *lookup)
{
    if (!lookup->closing && lookup->queue != NULL) {
        uv_prepare_start(&lookup->prepare, on_prepare);
        uv_idle_start(&lookup->idle, on_idle);
    }
}

/* A question still queued when its time is up leaves the queue; one that was sent stays in its
 * batch, marked as answered. */
static void
queue_drop(struct lookup *lookup, struct lookup_item *item)
{
    struct lookup_item **at = &lookup->queue;
    while (*at != item) {
        at = &(*at)->next;
    }
    *at = item->next;
    if (*at == NULL) {
        lookup->queue_end = at;
    }
    lookup->queued -= 1;
}

static void
on_deadline(uv_timer_t *timer)
{
    struct lookup *lookup = checked_cast(timer->data, struct lookup, LOOKUP_MAGIC);
    uint64_t now_ms = uv_now(lookup->loop);
    while (lookup->due != NULL && lookup->due->due_ms <= now_ms) {
        struct lookup_item *item = lookup->due;
        due_remove(lookup, item);
        bool queued = item->queued;
        if (queued) {
            queue_drop(lookup, item);
            lookup->owed = true;
            lookup->hopeful = false; /* those behind it do not wait again */
        } else if (item->kind == LOOKUP_UNIT) {
            lookup->overdue = true;
        }
        lookup_answer_without(lookup, item, ERROR_TIMEOUT);
        if (queued) {
            lookup_item_free(lookup, item);
        }
    }
    lookup->callbacks.on_answers_end(lookup->callbacks.data);
    lookup_arm_deadline(lookup);
    lookup_wake(lookup);
}

enum error
lookup_ask(struct lookup *lookup, enum lookup_kind kind, const struct resolve_question *question,
           const char *case_reference)
{
    struct lookup_item *item = lookup->free;
    if (item == NULL) {
        return ERROR_FULL;
    }
    lookup->free = item->next;
    memset(item, 0, sizeof(*item));
    item->question = *question;
    item->kind = kind;
    item->queued = true;
    item->asked_us = clock_mono_us();
    text_copy(item->case_reference, sizeof(item->case_reference), case_reference);
    *lookup->queue_end = item;
    lookup->queue_end = &item->next;
    lookup->queued += 1;
    lookup->asked_since_sent += 1;
    due_add(lookup, item);
    lookup_wake(lookup);
    return ERROR_NONE;
}

void
lookup_on_changed(struct lookup *lookup)
{
    lookup->changed_ms = clock_mono_ms();
}

void
lookup_set_usable(struct lookup *lookup, bool usable)
{
    lookup->usable = usable;
    lookup->hopeful = false;
    lookup->overdue = false;
    lookup->owed = false;      /* a new connection: the desk asks again for all that is open */
    lookup_on_changed(lookup); /* notices may have been missed meanwhile */
    lookup_wake(lookup);
}

void
lookup_expect(struct lookup *lookup)
{
    lookup->hopeful = !lookup->usable;
}

enum error
lookup_init(struct lookup *lookup, uv_loop_t *loop, struct pglink *link, struct known *known,
            const struct resolve_callbacks *callbacks, uint32_t deadline_ms)
{
    memset(lookup, 0, sizeof(*lookup));
    lookup->items = calloc(LIMIT_PENDING_SIGNALS, sizeof(*lookup->items));
    if (lookup->items == NULL) {
        return ERROR_MEMORY;
    }
    for (unsigned i = LIMIT_PENDING_SIGNALS; i > 0; i--) {
        lookup->items[i - 1].next = lookup->free;
        lookup->free = &lookup->items[i - 1];
    }
    lookup->magic = LOOKUP_MAGIC;
    lookup->hopeful = true;
    lookup->loop = loop;
    lookup->link = link;
    lookup->known = known;
    lookup->callbacks = *callbacks;
    lookup->deadline_ms = deadline_ms;
    lookup->queue_end = &lookup->queue;
    uv_prepare_init(loop, &lookup->prepare);
    uv_idle_init(loop, &lookup->idle);
    uv_timer_init(loop, &lookup->timer);
    uv_timer_init(loop, &lookup->gather);
    lookup->prepare.data = lookup;
    lookup->idle.data = lookup;
    lookup->timer.data = lookup;
    lookup->gather.data = lookup;
    lookup->handles_open = 4;
    return ERROR_NONE;
}

static void
on_handle_closed(uv_handle_t *handle)
{
    struct lookup *lookup = checked_cast(handle->data, struct lookup, LOOKUP_MAGIC);
    if (--lookup->handles_open == 0) {
        lookup->on_closed(lookup->closed_data);
    }
}

void
lookup_close(struct lookup *lookup, void (*on_closed)(void *data), void *data)
{
    lookup->usable = lookup->hopeful = false;
    queue_flush(lookup);
    lookup->closing = true;
    lookup->on_closed = on_closed;
    lookup->closed_data = data;
    uv_close((uv_handle_t *)&lookup->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&lookup->idle, on_handle_closed);
    uv_close((uv_handle_t *)&lookup->timer, on_handle_closed);
    uv_close((uv_handle_t *)&lookup->gather, on_handle_closed);
}

void
lookup_free(struct lookup *lookup)
{
    pg_array_free(&lookup->units);
    pg_array_free(&lookup->at);
    pg_array_free(&lookup->received);
    free(lookup->items);
    memset(lookup, 0, sizeof(*lookup));
}
