/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: statements sent in pipeline mode, and their results handed back in order. */
#include "base/pglink_state.h"

#include "base/require.h"
#include "base/text.h"

#include <string.h>

void
pglink_lose_groups(struct pglink *link)
{
    while (link->count > 0) {
        struct group group = link->groups[link->first];
        link->first = (link->first + 1) % PGLINK_GROUPS_MAX;
        link->count--;
        group.outcome.ok = false;
        group.outcome.lost = true;
        group.handler.on_end(group.handler.data, &group.outcome);
    }
}

static void
group_end(struct pglink *link, struct group *oldest)
{
    struct group group = *oldest;
    link->first = (link->first + 1) % PGLINK_GROUPS_MAX;
    link->count--;
    group.outcome.ok = !group.refused;
    if (group.outcome.ok) {
        /* It works: the next outage begins with a short wait and a line in the log. */
        link->retry_ms = link->options.retry_min_ms;
        link->complained = false;
    }
    group.handler.on_end(group.handler.data, &group.outcome);
}

static void
group_refuse(struct group *group, const PGresult *result)
{
    if (group->refused) {
        return;
    }
    group->refused = true;
    group->outcome.statement = group->results;
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    text_copy(group->outcome.sqlstate, sizeof(group->outcome.sqlstate), sqlstate);
}

/* Hands one result to the oldest group. */
static void
group_take(struct pglink *link, const PGresult *result)
{
    struct group *group = &link->groups[link->first];
    switch (PQresultStatus(result)) {
        case PGRES_PIPELINE_SYNC:
            group_end(link, group);
            return;
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
            if (group->handler.on_result != NULL) {
                group->handler.on_result(group->handler.data, group->results, result);
            }
            group->results++;
            return;
        default:
            group_refuse(group, result);
            group->results++;
            return;
    }
}

void
pglink_take_results(struct pglink *link)
{
    unsigned nothing = 0; /* a NULL ends each statement; two in a row mean no more is coming */
    while (link->state == LINK_UP && link->count > 0 && nothing < 2 && !PQisBusy(link->conn)) {
        PGresult *result = PQgetResult(link->conn);
        if (result == NULL) {
            nothing++;
            continue;
        }
        nothing = 0;
        group_take(link, result);
        PQclear(result);
    }
}

void
pglink_flush(struct pglink *link)
{
    int left = PQflush(link->conn);
    if (left < 0 || !pglink_poll_for(link, left > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE)) {
        link->failed = true;
    }
    if (link->failed) {
        pglink_timer_in(link, 0);
    }
}

bool
pglink_is_up(const struct pglink *link)
{
    return link->state == LINK_UP && !link->failed;
}

unsigned
pglink_room(const struct pglink *link)
{
    return pglink_is_up(link) ? PGLINK_GROUPS_MAX - link->count : 0;
}

void
pglink_param(struct pglink_params *params, const void *value, size_t size)
{
    require(params->count < PGLINK_PARAMS_MAX);
    params->values[params->count] = value;
    params->sizes[params->count] = (int)size;
    params->formats[params->count] = 1;
    params->count++;
}

static void
sent(struct pglink *link, int ok)
{
    if (ok != 1) {
        link->failed = true;
    }
}

void
pglink_prepare(struct pglink *link, const char *name, const char *sql)
{
    require(link->state == LINK_UP);
    sent(link, PQsendPrepare(link->conn, name, sql, 0, NULL));
}

void
pglink_execute(struct pglink *link, const char *name, const struct pglink_params *params)
{
    require(link->state == LINK_UP);
    static const struct pglink_params none;
    const struct pglink_params *p = params == NULL ? &none : params;
    sent(link, PQsendQueryPrepared(link->conn, name, p->count, p->values, p->sizes, p->formats, 1));
}

void
pglink_query(struct pglink *link, const char *sql, const struct pglink_params *params)
{
    require(link->state == LINK_UP);
    static const struct pglink_params none;
    const struct pglink_params *p = params == NULL ? &none : params;
    sent(link,
         PQsendQueryParams(link->conn, sql, p->count, NULL, p->values, p->sizes, p->formats, 1));
}

void
pglink_end(struct pglink *link, const struct pglink_handler *handler)
{
    require(link->state == LINK_UP && link->count < PGLINK_GROUPS_MAX);
    if (link->count == 0) {
        link->heard_ms = uv_now(link->loop); /* the wait begins now */
    }
    struct group *group = &link->groups[(link->first + link->count) % PGLINK_GROUPS_MAX];
    memset(group, 0, sizeof(*group));
    group->handler = *handler;
    link->count++;
    sent(link, PQpipelineSync(link->conn));
    pglink_timer_for_up(link);
    pglink_flush(link);
}
