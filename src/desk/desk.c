/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path of a turn: the journal wakes us, we apply every durable entry in order and hand its
 * block back, then, before the loop sleeps, show what changed and arm the next limit.
 * Failures: none of the peers can fail us here: a full delta pool leaves incidents marked, a failed
 * append comes back as a ticket, PostgreSQL away is resolve's and record's business.
 * On close: desk_stop sets `stop` and wakes; the loop drains the ring once more, closes timers,
 * lets the recorder write for up to a second, closes resolve and record, and ends.
 */
#include "desk/internal.h"

#include "base/stages.h"

#include <stdlib.h>
#include <string.h>

#define TICK_MS 500u
#define AUDIT_TICKS 10u
#define STOP_RECORD_MS 1000u
#define APPLY_PER_TURN 1024u

static void
desk_drain(struct desk *desk)
{
    struct flow_entry *entry;
    desk_take_tickets(desk);
    uint64_t now_us = clock_mono_us();
    for (unsigned i = 0; i < APPLY_PER_TURN && ring_pop(&desk->entries, &entry); i++) {
        struct flow_record record = {.pos = entry->pos,
                                     .time_us = entry->time_us,
                                     .type = (enum record_type)entry->type,
                                     .live = true,
                                     .handle = entry->handle,
                                     .ref = entry->ref,
                                     .body = entry->body,
                                     .size = entry->size};
        stage_between(STAGE_DESK_WAIT, entry->durable_mono_us, now_us);
        uint64_t began_us = now_us;
        desk_apply(desk, &record);
        now_us = clock_mono_us();
        stage_add(STAGE_TRIAGE, now_us - began_us, 1);
        pool_return(entry->home, entry);
    }
    if (ring_count(&desk->entries) > 0) {
        waker_wake(&desk->waker); /* let the database and the timers have their turn, too */
    }
}

static void
desk_close_handle(uv_handle_t *handle, void *data)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    if (handle == (uv_handle_t *)&desk->wake) {
        uv_unref(handle); /* the journal still wakes us: closed in desk_free */
    } else if (!uv_is_closing(handle)) {
        uv_close(handle, NULL);
    }
}

static void
desk_on_part_closed(void *data)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    desk->closing_left -= 1;
    if (desk->closing_left == 0) {
        uv_walk(&desk->loop, desk_close_handle, desk);
    }
}

static void
desk_close_parts(struct desk *desk)
{
    desk->closing = true;
    desk->closing_left = 2;
    (void)uv_timer_stop(&desk->watch);
    (void)uv_timer_stop(&desk->held);
    (void)uv_timer_stop(&desk->tick);
    record_close(desk->record, STOP_RECORD_MS, desk_on_part_closed, desk);
    resolve_close(desk->resolve, desk_on_part_closed, desk);
}

static void
desk_begin_close(struct desk *desk)
{
    if (desk->closing) {
        return;
    }
    do {
        desk_drain(desk);
    } while (ring_count(&desk->entries) > 0);
    desk_show(desk);
    desk_close_parts(desk);
}

static void
desk_on_wake(uv_poll_t *poll, int status, int events)
{
    struct desk *desk = checked_cast(poll->data, struct desk, DESK_MAGIC);
    (void)status; /* an eventfd has no errors */
    (void)events;
    waker_take(&desk->waker);
    if (desk->closing) {
        return;
    }
    desk_drain(desk);
    if (atomic_load(&desk->stop)) {
        desk_begin_close(desk);
    }
}

static void
desk_on_flush(uv_prepare_t *prepare)
{
    struct desk *desk = checked_cast(prepare->data, struct desk, DESK_MAGIC);
    if (desk->closing) {
        return;
    }
    desk_flush_answers(desk); /* of questions that had no room in resolve */
    desk_show(desk);
    desk_watch_arm(desk);
}

void
desk_hand_over_registry(struct desk *desk)
{
    struct registry *retired;
    if (desk->registry != NULL && desk->links.publish(desk->links.data, desk->registry)) {
        desk->registry = NULL;
        atomic_store_explicit(&desk->registry_published, true, memory_order_relaxed);
    }
    while ((retired = desk->links.retired(desk->links.data)) != NULL) {
        registry_free(retired);
    }
}

static void
desk_on_tick(uv_timer_t *timer)
{
    struct desk *desk = checked_cast(timer->data, struct desk, DESK_MAGIC);
    desk->ticks += 1;
    desk_drain(
        desk); /* rule R0: an alarm that is durable does not lie unseen for want of a wake-up */
    atomic_store_explicit(&desk->turn_mono_ms, clock_mono_ms(), memory_order_relaxed);
    (void)clock_follow();
    desk_condition_look(desk);
    desk_hand_over_registry(desk);
    desk_boot_tick(desk);
    if (desk->pending_wanted) {
        desk_ask_pending(desk);
    }
    desk_ask_rechecks(desk);
    desk_show_counted(desk);
    desk_show_waiting(desk);
    if (desk->ticks % AUDIT_TICKS == 0) {
        desk_watch_audit(desk);
        desk->status_dirty =
            true; /* counts move without an event; the same status is not sent twice */
    }
    desk_checkpoint_look(desk);
    desk_show_tick(desk);
}

static void
desk_on_recorded(void *data, uint64_t pos)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    (void)pos;
    desk_checkpoint_look(desk);
}

static void
desk_on_record_database(void *data, bool up)
{
    (void)data;
    (void)up; /* resolve's link speaks for the database on the screen */
}

static void
desk_on_refused(void *data, uint64_t pos, const char *table, const char *code)
{
    (void)data;
    log_error("desk",
              "PostgreSQL refused an effect of record %llu on %s (%s); it is parked in "
              "larwm.record_refused",
              (unsigned long long)pos, table, code);
}

static void
desk_on_record_condition(void *data, bool ok, const char *detail)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    desk_condition_set(desk, DESK_CONDITION_RECORDER, !ok, detail);
}

static enum error
desk_create_items(struct desk *desk)
{
    /* Twice the incidents: those the outlet still has to forget stand beside those that came. */
    desk->items_count = 2 * desk->options.incidents_max + DESK_TOUCHED;
    desk->items = calloc(desk->items_count, sizeof *desk->items);
    desk->items_free = calloc(desk->items_count, sizeof *desk->items_free);
    desk->dirty = calloc(desk->items_count, sizeof *desk->dirty);
    desk->results = calloc(DESK_RESULTS, sizeof *desk->results);
    desk->present = calloc(LIMIT_OPERATORS, sizeof *desk->present);
    if (desk->items == NULL || desk->items_free == NULL || desk->dirty == NULL ||
        desk->results == NULL || desk->present == NULL) {
        return ERROR_MEMORY;
    }
    for (uint32_t i = 0; i < desk->items_count; i++) {
        desk->items_free[i] = desk->items_count - 1 - i;
    }
    desk->items_free_count = desk->items_count;
    return table_init(&desk->items_by_incident, desk->items_count);
}

static enum error
desk_create_database(struct desk *desk)
{
    struct resolve_options resolve = {.conninfo = desk->options.conninfo,
                                      .snapshot_path = desk->options.snapshot_path,
                                      .deadline_ms = desk->options.deadline_ms};
    struct resolve_callbacks resolve_callbacks = desk_resolve_callbacks;
    struct record_options record = {.conninfo = desk->options.conninfo,
                                    .node = desk->options.node,
                                    .spool_path = desk->options.spool_path};
    struct record_callbacks record_callbacks = {.data = desk,
                                                .on_position = desk_on_recorded,
                                                .on_database = desk_on_record_database,
                                                .on_refused = desk_on_refused,
                                                .on_condition = desk_on_record_condition};
    resolve_callbacks.data = desk;
    enum error failed = resolve_open(&desk->loop, &resolve, &resolve_callbacks, &desk->resolve);
    if (failed == ERROR_NONE) {
        failed = record_open(&desk->loop, &record, &record_callbacks, &desk->record);
    }
    return failed;
}

static enum error
desk_create_queues(struct desk *desk)
{
    enum error failed =
        pool_init(&desk->posts, LIMIT_DESK_ENTRIES, sizeof(struct flow_entry) + DESK_POST_BODY);
    if (failed == ERROR_NONE) {
        failed = pool_init(&desk->deltas, DESK_DELTAS, sizeof(struct flow_delta) + DESK_DELTA_BODY);
    }
    if (failed == ERROR_NONE) {
        failed = ring_init(&desk->port.entries, LIMIT_DESK_ENTRIES, sizeof(struct flow_entry *));
    }
    if (failed == ERROR_NONE) {
        failed = ring_init(&desk->port.tickets, LIMIT_DESK_ENTRIES, sizeof(struct flow_ticket));
    }
    if (failed == ERROR_NONE) {
        failed = arena_init(&desk->record_arena, DESK_ARENA);
    }
    if (failed == ERROR_NONE) {
        failed = arena_init(&desk->view_arena, DESK_ARENA);
    }
    return failed;
}

enum error
desk_create(const struct desk_options *options, struct desk **ret_desk)
{
    struct desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL) {
        return ERROR_MEMORY;
    }
    desk->magic = DESK_MAGIC;
    desk->options = *options;
    desk->options.incidents_max =
        options->incidents_max == 0 ? LIMIT_INCIDENTS_OPEN : options->incidents_max;
    desk->options.checkpoint_records =
        options->checkpoint_records == 0 ? LIMIT_CHECKPOINT_RECORDS : options->checkpoint_records;
    desk->schema_ok = true; /* until the database says otherwise */
    desk->database_since_us = clock_wall_us();
    require(uv_loop_init(&desk->loop) == 0);
    require(waker_init_poll(&desk->waker, &desk->loop, &desk->wake, desk_on_wake) == ERROR_NONE);
    require(uv_prepare_init(&desk->loop, &desk->flush) == 0);
    require(uv_timer_init(&desk->loop, &desk->watch) == 0);
    require(uv_timer_init(&desk->loop, &desk->tick) == 0);
    require(uv_timer_init(&desk->loop, &desk->held) == 0);
    desk->wake.data = desk;
    desk->flush.data = desk;
    desk->watch.data = desk;
    desk->tick.data = desk;
    desk->held.data = desk;
    desk->port.producer = &desk->waker;
    enum error failed = desk_create_queues(desk);
    if (failed == ERROR_NONE) {
        failed = desk_create_cores(desk);
    }
    if (failed == ERROR_NONE) {
        failed = desk_mass_create(desk);
    }
    if (failed == ERROR_NONE) {
        failed = desk_create_items(desk);
    }
    if (failed == ERROR_NONE) {
        failed = desk_create_database(desk);
    }
    if (failed != ERROR_NONE) {
        return failed; /* the process ends: nothing to give back */
    }
    *ret_desk = desk;
    return ERROR_NONE;
}

void
desk_link(struct desk *desk, const struct desk_links *links)
{
    desk->links = *links;
}

struct flow_port *
desk_port(struct desk *desk)
{
    return &desk->port;
}

unsigned
desk_port_blocks(const struct desk *desk)
{
    return desk->posts.count;
}

enum error
desk_make_entries(struct desk *desk, unsigned capacity)
{
    return ring_init(&desk->entries, capacity, sizeof(struct flow_entry *));
}

struct ring *
desk_entries(struct desk *desk)
{
    return &desk->entries;
}

struct waker *
desk_waker(struct desk *desk)
{
    return &desk->waker;
}

void
desk_replay(const struct flow_record *record, void *data)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    desk->replaying = true;
    desk_apply(desk, record);
    desk->replaying = false;
    desk->replayed_pos = record->pos;
}

static void *
desk_run(void *data)
{
    struct desk *desk = checked_cast(data, struct desk, DESK_MAGIC);
    (void)pthread_setname_np(pthread_self(), "larwm-desk");
    (void)uv_prepare_start(&desk->flush, desk_on_flush);
    (void)uv_timer_start(&desk->tick, desk_on_tick, 0, TICK_MS);
    /* As it stands after the replay: PostgreSQL need not catch up with what comes now, so also a
     * daemon that dies every other second gets its checkpoints and can let go of old records. */
    desk_checkpoint_look(desk);
    desk_boot_post(desk);
    desk->pending_wanted = true;
    desk->recheck_wanted = true;
    desk->status_dirty = true;
    resolve_start(desk->resolve);
    record_start(desk->record);
    (void)uv_run(&desk->loop, UV_RUN_DEFAULT);
    return NULL;
}

enum error
desk_start(struct desk *desk)
{
    if (pthread_create(&desk->thread, NULL, desk_run, desk) != 0) {
        return ERROR_MEMORY;
    }
    desk->started = true;
    return ERROR_NONE;
}

bool
desk_has_registry(const struct desk *desk)
{
    return atomic_load_explicit(&desk->registry_published, memory_order_relaxed);
}

bool
desk_turned_within_ms(const struct desk *desk, uint64_t limit_ms)
{
    uint64_t turned_ms = atomic_load_explicit(&desk->turn_mono_ms, memory_order_relaxed);
    return turned_ms == 0 || clock_mono_ms() - turned_ms < limit_ms;
}

void
desk_stop(struct desk *desk)
{
    if (!desk->started) {
        return;
    }
    atomic_store(&desk->stop, true);
    waker_wake(&desk->waker);
    require(pthread_join(desk->thread, NULL) == 0);
    desk->started = false;
}

void
desk_free(struct desk *desk)
{
    if (!desk->closing) { /* never started */
        desk_close_parts(desk);
        (void)uv_run(&desk->loop, UV_RUN_DEFAULT);
    }
    uv_close((uv_handle_t *)&desk->wake, NULL);
    (void)uv_run(&desk->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&desk->loop) != 0) {
        log_debug("desk", "handles were left open at the end");
    }
    waker_free(&desk->waker);
    triage_free(desk->triage);
    escalation_free(desk->escalation);
    supervision_free(desk->supervision);
    if (desk->registry != NULL) {
        registry_free(desk->registry);
    }
    table_free(&desk->items_by_incident);
    desk_users_free(desk);
    desk_mass_free(desk);
    free(desk->items);
    free(desk->items_free);
    free(desk->dirty);
    free(desk->results);
    free(desk->present);
    free(desk->checkpoint.bytes);
    pool_free(&desk->posts);
    pool_free(&desk->deltas);
    ring_free(&desk->entries);
    ring_free(&desk->port.entries);
    ring_free(&desk->port.tickets);
    arena_free(&desk->record_arena);
    arena_free(&desk->view_arena);
    desk->magic = 0;
    free(desk);
}

uint64_t
desk_hash(const struct desk *desk)
{
    return triage_hash(desk->triage) ^ (escalation_hash(desk->escalation) * 3) ^
           (supervision_hash(desk->supervision) * 5);
}
