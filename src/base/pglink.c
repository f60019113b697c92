/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: start -> PQconnectStart -> poll as PQconnectPoll says -> pipeline mode -> on_up.
 * Groups are put into libpq's buffer and flushed; readable -> results are handed to the oldest
 * group until its Sync.
 *
 * Failures: any failure drops the connection: every group in flight ends as lost, on_down, and a
 * timer with back-off connects again. A failure met while a group is being sent is only remembered;
 * the drop happens from the timer, so that no callback runs inside a call of the user.
 *
 * On close: groups end as lost, the socket is closed, then the handles, then on_closed.
 */
#include "base/pglink_state.h"

#include "base/log.h"
#include "base/require.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void link_try(struct pglink *link);
static void link_on_poll(uv_poll_t *handle, int status, int events);
static void link_on_timer(uv_timer_t *timer);

/* Notices may quote data: they are not for the log. */
static void
ignore_notice(void *data, const PGresult *result)
{
}

static void
on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static void
poll_end(struct pglink *link)
{
    if (link->poll != NULL) {
        uv_poll_stop(link->poll);
        uv_close((uv_handle_t *)link->poll, on_poll_closed);
        link->poll = NULL;
    }
}

/* libpq may change its socket from one step to the next while it connects. */
bool
pglink_poll_for(struct pglink *link, int events)
{
    int number = PQsocket(link->conn);
    if (number < 0) {
        return false;
    }
    if (link->poll != NULL && link->poll_socket != number) {
        poll_end(link);
    }
    if (link->poll == NULL) {
        uv_poll_t *poll = malloc(sizeof(*poll));
        if (poll == NULL || uv_poll_init(link->loop, poll, number) != 0) {
            free(poll);
            return false;
        }
        poll->data = link;
        link->poll = poll;
        link->poll_socket = number;
    }
    /* libuv takes the socket out of epoll and puts it in again at every start, also for nothing */
    if (uv_is_active((uv_handle_t *)link->poll) && link->poll_events == events) {
        return true;
    }
    link->poll_events = events;
    return uv_poll_start(link->poll, events, link_on_poll) == 0;
}

void
pglink_timer_in(struct pglink *link, uint64_t delay_ms)
{
    uv_timer_start(&link->timer, link_on_timer, delay_ms, 0);
}

void
pglink_timer_for_up(struct pglink *link)
{
    uint64_t limit_ms = link->count > 0 ? link->options.silence_ms : link->options.idle_ms;
    uint64_t due_ms = link->heard_ms + limit_ms;
    uint64_t now_ms = uv_now(link->loop);
    pglink_timer_in(link, due_ms > now_ms ? due_ms - now_ms : 1);
}

static void
link_down(struct pglink *link, const char *why)
{
    if (!link->complained) {
        link->complained = true;
        log_warning("database", "%s: connection is down: %s", link->options.name, why);
    }
    poll_end(link);
    if (link->conn != NULL) {
        PQfinish(link->conn);
        link->conn = NULL;
    }
    link->state = LINK_WAITING;
    link->failed = false;
    pglink_timer_in(link, link->retry_ms);
    link->retry_ms *= 2;
    if (link->retry_ms > link->options.retry_max_ms) {
        link->retry_ms = link->options.retry_max_ms;
    }
    pglink_lose_groups(link);
    if (link->state == LINK_WAITING) { /* not closed by one of them */
        link->callbacks.on_down(link->callbacks.data);
    }
}

static void
link_up(struct pglink *link)
{
    if (PQsetnonblocking(link->conn, 1) != 0 || PQenterPipelineMode(link->conn) != 1 ||
        !pglink_poll_for(link, UV_READABLE)) {
        link_down(link, "cannot enter pipeline mode");
        return;
    }
    PQsetNoticeReceiver(link->conn, ignore_notice, NULL);
    link->state = LINK_UP;
    link->heard_ms = uv_now(link->loop);
    pglink_timer_for_up(link);
    log_info("database", "%s: connected", link->options.name);
    link->callbacks.on_up(link->callbacks.data);
}

static void
connect_step(struct pglink *link)
{
    switch (PQconnectPoll(link->conn)) {
        case PGRES_POLLING_READING:
            if (!pglink_poll_for(link, UV_READABLE)) {
                link_down(link, "no socket");
            }
            return;
        case PGRES_POLLING_WRITING:
            if (!pglink_poll_for(link, UV_WRITABLE)) {
                link_down(link, "no socket");
            }
            return;
        case PGRES_POLLING_OK:
            link_up(link);
            return;
        default:
            link_down(link, "refused");
            return;
    }
}

static void
link_try(struct pglink *link)
{
    const char *keywords[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
    const char *values[] = {link->conninfo, link->options.name, "UTF8", NULL};
    link->conn = PQconnectStartParams(keywords, values, 1);
    if (link->conn == NULL || PQstatus(link->conn) == CONNECTION_BAD) {
        link_down(link, "cannot begin to connect");
        return;
    }
    link->state = LINK_CONNECTING;
    pglink_timer_in(link, link->options.connect_ms);
    if (!pglink_poll_for(link, UV_WRITABLE)) {
        link_down(link, "no socket");
    }
}

static void
take_notices(struct pglink *link)
{
    PGnotify *notice;
    while (link->state == LINK_UP && (notice = PQnotifies(link->conn)) != NULL) {
        link->callbacks.on_notify(link->callbacks.data, notice->relname, notice->extra);
        PQfreemem(notice);
    }
}

static void
link_read(struct pglink *link)
{
    link->heard_ms = uv_now(link->loop);
    bool ok = PQconsumeInput(link->conn) == 1;
    pglink_take_results(link);
    if (link->state != LINK_UP) {
        return;
    }
    take_notices(link);
    if (link->state != LINK_UP) {
        return;
    }
    if (!ok || PQstatus(link->conn) == CONNECTION_BAD) {
        link_down(link, "the server closed the connection");
        return;
    }
    pglink_timer_for_up(link);
    pglink_flush(link);
}

static void
link_on_poll(uv_poll_t *handle, int status, int events)
{
    struct pglink *link = checked_cast(handle->data, struct pglink, PGLINK_MAGIC);
    if (link->state == LINK_CONNECTING) {
        /* Out of epoll while libpq may close and reopen its socket. */
        uv_poll_stop(link->poll);
        connect_step(link);
    } else if (link->state == LINK_UP) {
        if (status < 0 || (events & UV_READABLE) != 0) {
            link_read(link);
        } else {
            pglink_flush(link);
        }
    }
}

static void
on_sign_of_life(void *data, const struct pglink_outcome *outcome)
{
}

static void
up_on_timer(struct pglink *link)
{
    if (link->failed) {
        link_down(link, "sending failed");
        return;
    }
    uint64_t quiet_ms = uv_now(link->loop) - link->heard_ms;
    if (link->count > 0 && quiet_ms >= link->options.silence_ms) {
        link_down(link, "the server does not answer");
        return;
    }
    if (link->count == 0 && quiet_ms >= link->options.idle_ms) {
        struct pglink_handler handler = {.data = link, .on_end = on_sign_of_life};
        pglink_query(link, "SELECT 1", NULL);
        pglink_end(link, &handler);
        return;
    }
    pglink_timer_for_up(link);
}

static void
link_on_timer(uv_timer_t *timer)
{
    struct pglink *link = checked_cast(timer->data, struct pglink, PGLINK_MAGIC);
    switch (link->state) {
        case LINK_WAITING:
            link_try(link);
            return;
        case LINK_CONNECTING:
            link_down(link, "connecting takes too long");
            return;
        case LINK_UP:
            up_on_timer(link);
            return;
        default:
            return;
    }
}

static uint32_t
or_default(uint32_t value, uint32_t otherwise)
{
    return value != 0 ? value : otherwise;
}

/* A name without an address would be looked up in DNS, which blocks in libpq. */
static bool
conninfo_check(const char *conninfo, const char *name)
{
    PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);
    if (parsed == NULL) {
        return false;
    }
    bool named = false;
    bool addressed = false;
    for (const PQconninfoOption *option = parsed; option->keyword != NULL; option++) {
        if (option->val == NULL || option->val[0] == '\0') {
            continue;
        }
        if (strcmp(option->keyword, "host") == 0) {
            named = strspn(option->val, "0123456789abcdefABCDEF.:,") != strlen(option->val) &&
                    option->val[0] != '/';
        }
        addressed = addressed || strcmp(option->keyword, "hostaddr") == 0;
    }
    PQconninfoFree(parsed);
    if (named && !addressed) {
        log_warning("database", "%s: conninfo has a host name without hostaddr: DNS may block",
                    name);
    }
    return true;
}

enum error
pglink_check(const char *conninfo)
{
    PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);
    if (parsed == NULL) {
        return ERROR_CONFIG;
    }
    PQconninfoFree(parsed);
    return ERROR_NONE;
}

enum error
pglink_open(uv_loop_t *loop, const struct pglink_options *options,
            const struct pglink_callbacks *callbacks, struct pglink **ret_link)
{
    if (!conninfo_check(options->conninfo, options->name)) {
        return ERROR_CONFIG;
    }
    struct pglink *link = calloc(1, sizeof(*link));
    char *conninfo = strdup(options->conninfo);
    if (link == NULL || conninfo == NULL) {
        free(link);
        free(conninfo);
        return ERROR_MEMORY;
    }
    link->magic = PGLINK_MAGIC;
    link->loop = loop;
    link->callbacks = *callbacks;
    link->conninfo = conninfo;
    link->options = *options;
    link->options.connect_ms = or_default(options->connect_ms, 2000);
    link->options.silence_ms = or_default(options->silence_ms, 2000);
    link->options.idle_ms = or_default(options->idle_ms, 3000);
    link->options.retry_min_ms = or_default(options->retry_min_ms, 100);
    link->options.retry_max_ms = or_default(options->retry_max_ms, 2000);
    link->retry_ms = link->options.retry_min_ms;
    uv_timer_init(loop, &link->timer);
    link->timer.data = link;
    *ret_link = link;
    return ERROR_NONE;
}

void
pglink_start(struct pglink *link)
{
    require(link->state == LINK_IDLE);
    link->state = LINK_WAITING;
    pglink_timer_in(link, 0);
}

void
pglink_drop(struct pglink *link, const char *why)
{
    if (link->state == LINK_UP) {
        log_warning("database", "%s: connection dropped: %s", link->options.name, why);
        link->failed = true;
        pglink_timer_in(link, 0);
    }
}

static void
on_timer_closed(uv_handle_t *handle)
{
    struct pglink *link = checked_cast(handle->data, struct pglink, PGLINK_MAGIC);
    void (*on_closed)(void *data) = link->on_closed;
    void *data = link->closed_data;
    link->magic = 0;
    explicit_bzero(link->conninfo, strlen(link->conninfo)); /* may hold a password */
    free(link->conninfo);
    free(link);
    on_closed(data);
}

void
pglink_close(struct pglink *link, void (*on_closed)(void *data), void *data)
{
    require(link->state != LINK_CLOSING);
    link->state = LINK_CLOSING;
    link->on_closed = on_closed;
    link->closed_data = data;
    poll_end(link);
    if (link->conn != NULL) {
        PQfinish(link->conn);
        link->conn = NULL;
    }
    pglink_lose_groups(link);
    uv_timer_stop(&link->timer);
    uv_close((uv_handle_t *)&link->timer, on_timer_closed);
}
