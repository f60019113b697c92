/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: connected -> the schema's version fits -> statements prepared, notices listened to ->
 * questions go to PostgreSQL -> directory loaded and published -> cards of all units refreshed in
 * small batches. A notice starts directory and refresh again, debounced.
 *
 * Failures: connection lost -> everybody is answered from the last known record until the link is
 * back; nothing else is undone. A schema that does not fit, or a statement refused for what the
 * schema is -> nothing is asked any more and the schema is looked at again every few seconds.
 */
#include "resolve/session.h"

#include "base/log.h"
#include "base/pgvalue.h"
#include "base/require.h"

#include <stdio.h>
#include <string.h>

#define SCHEMA_RECHECK_MS 5000

static const char *const change_names[] = {"directory", "case", "marker", "allocation"};

static void schema_check(struct resolve *resolve);
static void on_reload_timer(uv_timer_t *timer);
static void on_schema_timer(uv_timer_t *timer);

static void
tell_database(struct resolve *resolve, bool up)
{
    if (!resolve->database_told || resolve->database_up != up) {
        resolve->database_told = true;
        resolve->database_up = up;
        resolve->callbacks.on_database(resolve->callbacks.data, up);
    }
}

static void
tell_schema(struct resolve *resolve, bool ok, const char *detail)
{
    if (!resolve->schema_told || resolve->schema_ok != ok) {
        resolve->schema_told = true;
        resolve->schema_ok = ok;
        if (!ok) {
            log_error("resolve", "schema: %s", detail);
        }
        resolve->callbacks.on_schema(resolve->callbacks.data, ok, detail);
    }
}

/* Nothing is asked until it fits; somebody may be deploying at this moment. */
static void
schema_unfit(struct resolve *resolve, const char *detail)
{
    lookup_set_usable(&resolve->lookup, false);
    tell_schema(resolve, false, detail);
    tell_database(resolve, true);
    uv_timer_start(&resolve->schema_timer, on_schema_timer, SCHEMA_RECHECK_MS, 0);
}

void
session_on_refused(void *data, const char *sqlstate)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    /* Classes 42 (unknown object, no right) and 3F (no such schema): the schema changed under us.
     */
    if (strncmp(sqlstate, "42", 2) == 0 || strncmp(sqlstate, "3F", 2) == 0) {
        char detail[96];
        snprintf(detail, sizeof(detail),
                 "PostgreSQL refuses a statement (SQLSTATE %s): deploy the schema", sqlstate);
        schema_unfit(resolve, detail);
    }
}

static void
reload_in(struct resolve *resolve, uint64_t delay_ms)
{
    if (resolve->load_active) {
        resolve->load_again = true;
    } else if (!uv_is_active((uv_handle_t *)&resolve->reload_timer)) {
        uv_timer_start(&resolve->reload_timer, on_reload_timer, delay_ms, 0);
    }
}

static void
load_ended(struct resolve *resolve)
{
    resolve->load_active = false;
    if (resolve->load_again) {
        resolve->load_again = false;
        /* A refresh of a large fleet after every change must not take the whole database. */
        uint64_t pause_ms = resolve->refresh_took_ms > resolve->refresh_ms
                                ? resolve->refresh_took_ms
                                : resolve->refresh_ms;
        reload_in(resolve, pause_ms);
    }
}

static void
refresh_step(struct resolve *resolve)
{
    uint32_t left = resolve->known.count - resolve->refresh_next;
    uint32_t count = left < LOOKUP_REFRESH_BATCH ? left : LOOKUP_REFRESH_BATCH;
    if (count == 0) {
        resolve->refresh_took_ms = uv_now(resolve->loop) - resolve->refresh_began_ms;
        resolve->keeper.dirty = true;
        load_ended(resolve);
        return;
    }
    struct known_unit *const *units = &resolve->known.units[resolve->refresh_next];
    resolve->refresh_next += count;
    if (!lookup_refresh(&resolve->lookup, units, count)) {
        load_ended(resolve);
    }
}

void
session_on_refreshed(void *data, bool ok)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    if (ok && !resolve->closing) {
        refresh_step(resolve);
    } else {
        load_ended(resolve);
    }
}

/* The rows are complete: publish them unless nothing changed. */
static void
directory_loaded(struct resolve *resolve)
{
    struct builder *loading = &resolve->loading;
    struct blob *old = resolve->directory;
    if (old != NULL && old->size == loading->size &&
        memcmp(old->bytes, loading->bytes, loading->size) == 0) {
        return;
    }
    struct blob *directory =
        loading->failed
            ? NULL
            : blob_new(loading->bytes == NULL ? "" : (char *)loading->bytes, loading->size);
    enum error error = directory == NULL
                           ? ERROR_MEMORY
                           : directory_publish(directory, &resolve->known, &resolve->callbacks);
    if (error != ERROR_NONE) {
        log_error("resolve", "the directory could not be published: %s", error_text(error));
        blob_release(directory);
        return;
    }
    resolve->directory = directory;
    resolve->keeper.dirty = true;
    blob_release(old);
}

static void
load_on_result(void *data, unsigned statement, const PGresult *result)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    directory_take(&resolve->loading, statement, result);
}

static void
load_on_end(void *data, const struct pglink_outcome *outcome)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    if (outcome->ok && !resolve->closing) {
        directory_loaded(resolve);
    }
    builder_free(&resolve->loading);
    if (outcome->ok && !resolve->closing) {
        resolve->refresh_next = 0;
        resolve->refresh_began_ms = uv_now(resolve->loop);
        refresh_step(resolve);
        return;
    }
    load_ended(resolve);
    if (!outcome->lost && !outcome->ok) {
        session_on_refused(resolve, outcome->sqlstate);
    }
}

static void
load_begin(struct resolve *resolve)
{
    if (!resolve_is_up(resolve) || pglink_room(resolve->link) == 0) {
        return; /* when it is up again everything is loaded */
    }
    const struct pglink_handler handler = {
        .data = resolve,
        .on_result = load_on_result,
        .on_end = load_on_end,
    };
    resolve->load_active = true;
    builder_free(&resolve->loading);
    directory_query(resolve->link);
    pglink_end(resolve->link, &handler);
}

static void
on_reload_timer(uv_timer_t *timer)
{
    struct resolve *resolve = checked_cast(timer->data, struct resolve, RESOLVE_MAGIC);
    unsigned changes = resolve->changes;
    resolve->changes = 0;
    if (resolve->load_active) {
        resolve->load_again = true;
    } else {
        load_begin(resolve);
    }
    for (unsigned i = 0; i < ARRAY_COUNT(change_names); i++) {
        if ((changes & 1u << i) != 0) {
            resolve->callbacks.on_changed(resolve->callbacks.data, change_names[i]);
        }
    }
}

static void
on_regular_timer(uv_timer_t *timer)
{
    reload_in(checked_cast(timer->data, struct resolve, RESOLVE_MAGIC), 0);
}

void
session_on_notify(void *data, const char *channel, const char *payload)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    lookup_on_changed(&resolve->lookup);
    for (unsigned i = 0; i < ARRAY_COUNT(change_names); i++) {
        if (strcmp(payload, change_names[i]) == 0) {
            resolve->changes |= 1u << i;
        }
    }
    if (resolve->changes == 0) {
        return;
    }
    /* The notice itself is never held up by a refresh that is under way. */
    if (!uv_is_active((uv_handle_t *)&resolve->reload_timer)) {
        uv_timer_start(&resolve->reload_timer, on_reload_timer, resolve->refresh_ms, 0);
    }
}

static void
statements_on_end(void *data, const struct pglink_outcome *outcome)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    if (outcome->lost || resolve->closing) {
        return;
    }
    if (!outcome->ok) {
        char detail[96];
        snprintf(detail, sizeof(detail),
                 "a statement does not fit (SQLSTATE %s): deploy the schema of this version",
                 outcome->sqlstate);
        schema_unfit(resolve, detail);
        return;
    }
    tell_schema(resolve, true, "");
    lookup_set_usable(&resolve->lookup, true);
    tell_database(resolve, true);
    reload_in(resolve, 0);
}

static void
version_on_result(void *data, unsigned statement, const PGresult *result)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    resolve->version = pg_read_int8(result, 0, 0);
}

static void
version_on_end(void *data, const struct pglink_outcome *outcome)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    char detail[128];
    if (outcome->lost || resolve->closing) {
        return;
    }
    if (!outcome->ok) {
        snprintf(detail, sizeof(detail),
                 "no schema of larwm is readable in this database (SQLSTATE %s): deploy it",
                 outcome->sqlstate);
        schema_unfit(resolve, detail);
        return;
    }
    if (resolve->version != RESOLVE_SCHEMA_VERSION) {
        snprintf(detail, sizeof(detail), "schema version %lld, this program needs %d: %s",
                 (long long)resolve->version, RESOLVE_SCHEMA_VERSION,
                 resolve->version < RESOLVE_SCHEMA_VERSION ? "deploy the schema of this version"
                                                           : "install the program that fits it");
        schema_unfit(resolve, detail);
        return;
    }
    const struct pglink_handler handler = {.data = resolve, .on_end = statements_on_end};
    pglink_query(resolve->link, "DEALLOCATE ALL", NULL); /* of an earlier look at the schema */
    pglink_query(resolve->link, "LISTEN larwm_changed", NULL);
    pglink_query(resolve->link, "SET jit = off",
                 NULL); /* compiling takes longer than a fleet's rows */
    lookup_prepare_statements(&resolve->lookup);
    directory_prepare_statements(resolve->link);
    pglink_end(resolve->link, &handler);
}

static void
schema_check(struct resolve *resolve)
{
    if (pglink_room(resolve->link) == 0) {
        return;
    }
    const struct pglink_handler handler = {
        .data = resolve,
        .on_result = version_on_result,
        .on_end = version_on_end,
    };
    resolve->version = 0;
    pglink_query(resolve->link, "SELECT larwm.schema_version()", NULL);
    pglink_end(resolve->link, &handler);
}

static void
on_schema_timer(uv_timer_t *timer)
{
    schema_check(checked_cast(timer->data, struct resolve, RESOLVE_MAGIC));
}

void
session_on_up(void *data)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    lookup_expect(&resolve->lookup);
    schema_check(resolve);
}

void
session_on_down(void *data)
{
    struct resolve *resolve = checked_cast(data, struct resolve, RESOLVE_MAGIC);
    uv_timer_stop(&resolve->schema_timer);
    lookup_set_usable(&resolve->lookup, false);
    tell_database(resolve, false);
}

void
session_start(struct resolve *resolve)
{
    uv_timer_start(&resolve->regular_timer, on_regular_timer, resolve->regular_ms,
                   resolve->regular_ms);
}
