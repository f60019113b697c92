/* SPDX-License-Identifier: Apache-2.0 */
/* The interface: opening, asking, closing. What happens on the connection is in session.c, what
 * happens to a question in lookup.c. */
#include "resolve/session.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "resolve/snapshot.h"

#include <stdlib.h>
#include <string.h>

/* A snapshot that cannot be used is no reason not to start: alarms go on without it. */
static void
snapshot_load(struct resolve *resolve)
{
    struct snapshot snapshot;
    if (resolve->keeper.path[0] == '\0') {
        return;
    }
    enum error error = snapshot_read(resolve->keeper.path, &snapshot);
    if (error == ERROR_NOT_FOUND) {
        return;
    }
    if (error != ERROR_NONE) {
        counter_add(snapshots_refused, 1);
        log_error("resolve", "the snapshot is refused: %s", error_text(error));
        return;
    }
    error = directory_publish(snapshot.directory, &resolve->known, &resolve->callbacks);
    if (error != ERROR_NONE) {
        counter_add(snapshots_refused, 1);
        log_error("resolve", "the snapshot's directory is refused: %s", error_text(error));
    } else {
        char text[CLOCK_TEXT_SIZE];
        resolve->directory = blob_hold(snapshot.directory);
        snapshot_give_cards(&snapshot, &resolve->known);
        log_info("resolve", "snapshot of %s loaded: %u units", clock_format(snapshot.time_us, text),
                 resolve->known.count);
    }
    snapshot_free(&snapshot);
}

static void
timers_init(struct resolve *resolve)
{
    uv_timer_init(resolve->loop, &resolve->reload_timer);
    uv_timer_init(resolve->loop, &resolve->regular_timer);
    uv_timer_init(resolve->loop, &resolve->schema_timer);
    resolve->reload_timer.data = resolve;
    resolve->regular_timer.data = resolve;
    resolve->schema_timer.data = resolve;
    resolve->timers_open = 3;
}

static uint32_t
or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

enum error
resolve_open(uv_loop_t *loop, const struct resolve_options *options,
             const struct resolve_callbacks *callbacks, struct resolve **ret_resolve)
{
    struct resolve *resolve = calloc(1, sizeof(*resolve));
    if (resolve == NULL) {
        return ERROR_MEMORY;
    }
    resolve->magic = RESOLVE_MAGIC;
    resolve->loop = loop;
    resolve->callbacks = *callbacks;
    resolve->refresh_ms = or_default(options->refresh_ms, 200);
    resolve->snapshot_ms = or_default(options->snapshot_ms, 10000);
    resolve->regular_ms = (uint64_t)or_default(options->reload_s, 300) * 1000;
    const struct pglink_options link_options = {
        .conninfo = options->conninfo,
        .name = "larwmd-resolve",
        .silence_ms = options->silence_ms,
    };
    const struct pglink_callbacks link_callbacks = {
        .data = resolve,
        .on_up = session_on_up,
        .on_down = session_on_down,
        .on_notify = session_on_notify,
    };
    known_init(&resolve->known);
    /* The lookup first: it may fail without leaving handles behind; the link leaves none either
     * when it cannot be opened. */
    enum error error = pglink_check(options->conninfo);
    if (error == ERROR_NONE) {
        error = lookup_init(&resolve->lookup, loop, NULL, &resolve->known, callbacks,
                            or_default(options->deadline_ms, 250));
    }
    if (error != ERROR_NONE) {
        free(resolve);
        return error;
    }
    error = pglink_open(loop, &link_options, &link_callbacks, &resolve->link);
    require(error == ERROR_NONE); /* checked above; without memory for it nothing can start */
    resolve->lookup.link = resolve->link;
    resolve->lookup.dirty = &resolve->keeper.dirty;
    resolve->lookup.on_refreshed = session_on_refreshed;
    resolve->lookup.refreshed_data = resolve;
    resolve->lookup.on_statement_refused = session_on_refused;
    resolve->lookup.refused_data = resolve;
    timers_init(resolve);
    keeper_init(&resolve->keeper, loop,
                options->snapshot_path == NULL ? "" : options->snapshot_path, &resolve->known,
                &resolve->directory);
    *ret_resolve = resolve;
    return ERROR_NONE;
}

void
resolve_start(struct resolve *resolve)
{
    snapshot_load(resolve);
    keeper_start(&resolve->keeper, resolve->snapshot_ms);
    session_start(resolve);
    pglink_start(resolve->link);
}

bool
resolve_is_up(const struct resolve *resolve)
{
    return resolve->lookup.usable && !resolve->closing && pglink_is_up(resolve->link);
}

enum error
resolve_ask(struct resolve *resolve, const struct resolve_question *question)
{
    return lookup_ask(&resolve->lookup, LOOKUP_UNIT, question, "");
}

enum error
resolve_ask_case(struct resolve *resolve, const char *case_reference,
                 const struct resolve_question *question)
{
    return lookup_ask(&resolve->lookup, LOOKUP_CASE, question, case_reference);
}

enum error
resolve_ask_holder(struct resolve *resolve, uint64_t key, const char *unit, int64_t at_us)
{
    struct resolve_question question = {.key = key, .device_time_us = at_us, .received_us = at_us};
    text_copy(question.unit, sizeof(question.unit), unit);
    return lookup_ask(&resolve->lookup, LOOKUP_HOLDER, &question, "");
}

void
resolve_answer_unresolved(struct resolve *resolve, const struct resolve_question *question,
                          uint8_t card[LIMIT_CARD], struct resolve_answer *ret_answer)
{
    lookup_pack_without(&resolve->lookup, question, card, ret_answer);
}

/* Closing: link -> questions -> timers -> snapshot -> gone. */
static void
on_keeper_closed(void *data)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    void (*on_closed)(void *data_of_caller) = resolve->on_closed;
    void *closed_data = resolve->closed_data;
    lookup_free(&resolve->lookup);
    known_free(&resolve->known);
    blob_release(resolve->directory);
    builder_free(&resolve->loading);
    resolve->magic = 0;
    free(resolve);
    on_closed(closed_data);
}

static void
on_timer_closed(uv_handle_t *handle)
{
    struct resolve *resolve = checked_cast(handle->data, struct resolve, RESOLVE_MAGIC);
    if (--resolve->timers_open == 0) {
        keeper_close(&resolve->keeper, on_keeper_closed, resolve);
    }
}

static void
on_lookup_closed(void *data)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    uv_close((uv_handle_t *)&resolve->reload_timer, on_timer_closed);
    uv_close((uv_handle_t *)&resolve->regular_timer, on_timer_closed);
    uv_close((uv_handle_t *)&resolve->schema_timer, on_timer_closed);
}

static void
on_link_closed(void *data)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    resolve->link = NULL;
    resolve->lookup.link = NULL;
    lookup_close(&resolve->lookup, on_lookup_closed, resolve);
}

void
resolve_close(struct resolve *resolve, void (*on_closed)(void *data), void *data)
{
    resolve->closing = true;
    resolve->on_closed = on_closed;
    resolve->closed_data = data;
    lookup_set_usable(&resolve->lookup, false);
    pglink_close(resolve->link, on_link_closed, resolve);
}
