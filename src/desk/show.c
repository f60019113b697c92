/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes to the outlet. Changed incidents are marked and sent once per loop turn, newest state
 * only; when no block is free they stay marked and go on a turn milliseconds later. Showing takes a
 * tenth of a processor at most: when a look at all that changed took long, a change that leaves an
 * incident where it stands in the queue (one press more) waits for the next look; what is new,
 * graver or closed, or asked for by an operator, never does. At two thousand presses a second
 * nothing waits long.
 */
#include "desk/internal.h"

#include "base/hash.h"
#include "base/stages.h"

#include <string.h>

#define SHOW_WAITING_US (1 * US_PER_S) /* a signal waits so long before it is shown as it came */
#define SHOW_WAITING_MAX 256           /* of those, at once: the oldest */
#define SHOW_HOLD_TIMES 10u            /* a tenth of a processor goes to incidents shown again .. */
#define SHOW_HOLD_US_MIN US_PER_MS     /* .. not worth a timer .. */
#define SHOW_HOLD_US_MAX (200 * US_PER_MS) /* .. but none waits longer than this */

struct desk_item *
desk_item_of(struct desk *desk, uint64_t incident, bool make)
{
    uint32_t index;
    if (table_get(&desk->items_by_incident, incident, &index)) {
        return &desk->items[index];
    }
    if (!make || desk->items_free_count == 0) {
        return NULL;
    }
    index = desk->items_free[desk->items_free_count - 1];
    if (!table_put(&desk->items_by_incident, incident, index)) {
        return NULL;
    }
    desk->items_free_count -= 1;
    struct desk_item *item = &desk->items[index];
    item->incident = incident;
    item->dirty = item->shown = item->provisional = item->closed = item->asked = false;
    item->has_message = item->settled = false;
    item->recorded_pos = 0;
    item->police_row = 0;
    item->references.turn = 0;
    item->message[0] = '\0';
    return item; /* `queued` stays: it is about the place */
}

static void
desk_item_free(struct desk *desk, struct desk_item *item)
{
    (void)table_remove(&desk->items_by_incident, item->incident);
    item->incident = 0;
    item->dirty = false;
    desk->items_free[desk->items_free_count] = (uint32_t)(item - desk->items);
    desk->items_free_count += 1;
}

void
desk_item_drop(struct desk *desk, uint64_t incident)
{
    struct desk_item *item = desk_item_of(desk, incident, false);
    if (item != NULL && item->shown) {
        desk_mark_dirty(desk, incident); /* the consoles must hear that it is gone */
    } else if (item != NULL) {
        desk_item_free(desk, item);
    }
}

/* The outlet has this incident, and it stands in the queue where it stood. */
static bool
desk_item_may_wait(const struct desk *desk, const struct desk_item *item)
{
    const struct triage_incident *incident = triage_find(desk->triage, item->incident);
    return item->shown && incident != NULL && incident->state != INCIDENT_CLOSED &&
           incident->rank == item->rank;
}

void
desk_mark_dirty(struct desk *desk, uint64_t incident)
{
    struct desk_item *item = desk_item_of(desk, incident, true);
    if (item == NULL) {
        desk_condition_set(desk, DESK_CONDITION_OVERLOAD, true,
                           "an incident cannot be shown: close what is finished");
        return;
    }
    item->dirty = true;
    if (!item->queued) {
        item->queued = true;
        desk->dirty[desk->dirty_count] = (uint32_t)(item - desk->items);
        desk->dirty_count += 1;
    } else if (!desk_item_may_wait(desk, item)) {
        desk->show_all_us = 0; /* it may be among those held */
    }
}

struct flow_delta *
desk_delta(struct desk *desk, enum flow_delta_kind kind, uint64_t key)
{
    struct flow_delta *delta = pool_take(&desk->deltas);
    if (delta != NULL) {
        *delta = (struct flow_delta){.home = &desk->deltas, .kind = (uint8_t)kind, .key = key};
    }
    return delta;
}

bool
desk_push(struct desk *desk, struct flow_delta *delta)
{
    delta->pushed_mono_us = clock_mono_us();
    if (ring_push(desk->links.deltas, &delta)) {
        counter_add(deltas, 1);
        return true;
    }
    pool_give(&desk->deltas, delta);
    return false;
}

/* The signal that waits under this incident's id, or false. */
static bool
desk_find_waiting(const struct desk *desk, uint64_t incident, struct triage_waiting *ret_waiting)
{
    struct triage_waiting waiting = {.pos = 0};
    while (triage_pending(desk->triage, waiting.pos, &waiting)) {
        if (((uint64_t)desk->options.node << 48 | waiting.pos) == incident) {
            *ret_waiting = waiting;
            return true;
        }
    }
    return false;
}

/* The body of what is to be shown under the item: an incident, a waiting signal, or that it is
 * gone. */
static void
desk_show_fill(struct desk *desk, const struct desk_item *item, struct flow_delta *delta)
{
    const struct triage_incident *incident = triage_find(desk->triage, item->incident);
    struct triage_waiting waiting;
    size_t size;
    if (incident != NULL) {
        delta->open = incident->state != INCIDENT_CLOSED || incident->held;
        size = desk_view_pack(desk, incident, item, delta->body, DESK_DELTA_BODY);
    } else if (item->provisional && desk_find_waiting(desk, item->incident, &waiting)) {
        delta->open = true;
        size = desk_view_pack_waiting(desk, &waiting, delta->body, DESK_DELTA_BODY);
    } else {
        size = desk_view_pack_gone(item->incident, delta->body, DESK_DELTA_BODY);
    }
    require(size > 0); /* every part is bounded below DESK_DELTA_BODY */
    delta->size = (uint32_t)size;
}

/* Sends one incident. False when no block is free. */
static bool
desk_show_item(struct desk *desk, struct desk_item *item)
{
    const struct triage_incident *incident = triage_find(desk->triage, item->incident);
    bool open = incident != NULL && (incident->state != INCIDENT_CLOSED || incident->held);
    bool never_seen = !item->shown && !open && !item->provisional && !desk->ready_sent;
    if (!never_seen) {
        struct flow_delta *delta = desk_delta(desk, DELTA_INCIDENT, item->incident);
        if (delta == NULL) {
            return false;
        }
        desk_show_fill(desk, item, delta);
        open = delta->open;
        if (!desk_push(desk, delta)) {
            return false;
        }
    }
    item->dirty = false;
    item->shown = open;
    item->rank = incident == NULL ? 0 : incident->rank;
    if (incident == NULL && !open) {
        desk_item_free(desk, item);
    }
    return true;
}

static void
desk_show_status(struct desk *desk)
{
    Larwm__Console__Status status = LARWM__CONSOLE__STATUS__INIT;
    Larwm__Console__SystemNotice notices[DESK_CONDITION_COUNT];
    Larwm__Console__SystemNotice *pointers[DESK_CONDITION_COUNT];
    struct flow_delta *delta = desk_delta(desk, DELTA_STATUS, 0);
    if (delta == NULL) {
        return;
    }
    desk_status_fill(desk, &status, notices, pointers);
    delta->size = (uint32_t)larwm__console__status__pack(&status, delta->body);
    uint64_t hash = hash_bytes(1, delta->body, delta->size);
    if (hash == desk->status_hash) {
        pool_give(&desk->deltas, delta);
        desk->status_dirty = false;
        return;
    }
    desk->status_dirty = !desk_push(desk, delta);
    desk->status_hash = desk->status_dirty ? desk->status_hash : hash;
}

static void
desk_show_ready(struct desk *desk)
{
    struct flow_delta *delta = desk_delta(desk, DELTA_READY, 0);
    desk->ready_sent = delta != NULL && desk_push(desk, delta);
}

/* Changed incidents, the oldest change first, as far as blocks reach. `hold`: only those that may
 * not wait; the others gather at the front. */
static void
desk_show_dirty_now(struct desk *desk, bool hold)
{
    uint32_t held = hold ? desk->held_count : 0;
    uint32_t done = held;
    for (; done < desk->dirty_count; done++) {
        struct desk_item *item = &desk->items[desk->dirty[done]];
        if (hold && item->dirty && desk_item_may_wait(desk, item)) {
            desk->dirty[held] = desk->dirty[done];
            held += 1;
            continue;
        }
        if (item->dirty && !desk_show_item(desk, item)) {
            break;
        }
        item->queued = false;
    }
    memmove(desk->dirty + held, desk->dirty + done,
            (desk->dirty_count - done) * sizeof *desk->dirty);
    desk->dirty_count -= done - held;
    desk->held_count = held;
}

/* The loop comes round by then, and shows all before it sleeps. */
static void
desk_on_held(uv_timer_t *timer)
{
    checked_cast(timer->data, struct desk, DESK_MAGIC)->show_all_us = 0;
}

static void
desk_show_held_later(struct desk *desk, uint64_t now_us)
{
    if (desk->held_count > 0 && !desk->closing && !uv_is_active((uv_handle_t *)&desk->held) &&
        desk->show_all_us > now_us) {
        uint64_t wait_ms = (desk->show_all_us - now_us) / US_PER_MS + 1;
        (void)uv_timer_start(&desk->held, desk_on_held, wait_ms, 0);
    }
}

static void
desk_show_dirty(struct desk *desk)
{
    if (desk->dirty_count == 0) {
        return;
    }
    uint64_t now_us = clock_mono_us();
    if (desk->results_count == 0 && now_us < desk->show_all_us) {
        desk_show_dirty_now(desk, true);
        desk_show_held_later(desk, now_us);
        return;
    }
    uint64_t used_us = clock_thread_us(); /* not the clock: waiting for a processor is no work */
    desk_show_dirty_now(desk, false);
    uint64_t rest_us = SHOW_HOLD_TIMES * (clock_thread_us() - used_us);
    rest_us = rest_us < SHOW_HOLD_US_MIN ? 0 : rest_us;
    desk->show_all_us = now_us + (rest_us < SHOW_HOLD_US_MAX ? rest_us : SHOW_HOLD_US_MAX);
}

static bool
desk_has_to_show(const struct desk *desk)
{
    return desk->dirty_count > 0 || desk->status_dirty || desk->users.unsent ||
           desk->results_count > 0;
}

void
desk_show(struct desk *desk)
{
    bool may_open = desk->booted || desk->boot_failed;
    bool sent = desk_has_to_show(desk) || (may_open && !desk->ready_sent);
    desk_show_dirty(desk);
    if (desk->status_dirty) {
        desk_show_status(desk);
    }
    desk_users_send(desk);
    desk->behind = desk->dirty_count > 0 || desk->status_dirty || desk->users.unsent;
    if (!desk->ready_sent && may_open && !desk->behind) {
        desk_show_ready(desk);
    }
    desk_answers_send(desk);
    desk->behind = desk->behind || desk->results_count > 0;
    if (sent) {
        waker_wake(desk->links.outlet);
    }
}

/* REQ: rule R0. An answer that cannot be made durable (journal failing), or no room for another
 * incident, must not hide a signal that is durable: it is shown as it came until there is one. */
void
desk_show_waiting(struct desk *desk)
{
    struct triage_waiting waiting = {.pos = 0};
    int64_t now_us = desk_now_us(desk);
    for (unsigned i = 0; i < SHOW_WAITING_MAX; i++) {
        if (!triage_pending(desk->triage, waiting.pos, &waiting) ||
            now_us - waiting.time_us < SHOW_WAITING_US) {
            return; /* the oldest come first */
        }
        uint64_t incident = (uint64_t)desk->options.node << 48 | waiting.pos;
        struct desk_item *item = desk_item_of(desk, incident, true);
        if (item != NULL && !item->provisional) {
            item->provisional = true;
            desk_mark_dirty(desk, incident);
        }
    }
}

void
desk_show_tick(struct desk *desk)
{
    struct desk_journal_state journal;
    struct flow_delta *delta = desk_delta(desk, DELTA_TICK, 0);
    if (delta == NULL) {
        return; /* the screen says NOT LIVE, and that is the truth: it is behind */
    }
    desk->links.journal_state(desk->links.data, &journal);
    delta->server_time_us = clock_wall_us();
    delta->database_up = desk->database_up && desk->schema_ok;
    delta->journal_ok = journal.ok;
    (void)desk_push(desk, delta);
    waker_wake(desk->links.outlet);
}
