/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One PostgreSQL connection on a libuv loop that never blocks: non-blocking connect, pipeline mode,
 * reconnect with back-off, and a limit on silence so that a stopped server is as good as a dead
 * one.
 *
 * Work is sent in groups. A group is one or more statements ended by pglink_end; the server runs
 * a group as one transaction (what stands between two Syncs of the extended protocol), and several
 * groups may be in flight. Each group gets exactly one on_end, never from inside pglink_end.
 *
 * Thread: the loop's. Limits: PGLINK_GROUPS_MAX groups in flight.
 */
#ifndef BASE_PGLINK_H
#define BASE_PGLINK_H

#include "base/error.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define PGLINK_GROUPS_MAX 256
#define PGLINK_PARAMS_MAX 48

struct pglink_outcome
{
    bool ok;            /* the group is committed */
    bool lost;          /* the connection ended first: not known whether it is committed */
    char sqlstate[6];   /* when the server refused it */
    unsigned statement; /* which statement of the group it refused, from 0 */
};

/* `on_result` gets each statement's result that is not an error, in order, and may be NULL; the
 * link clears the result afterwards. */
struct pglink_handler
{
    void *data;
    void (*on_result)(void *data, unsigned statement, const PGresult *result);
    void (*on_end)(void *data, const struct pglink_outcome *outcome);
};

struct pglink_callbacks
{
    void *data;
    void (*on_up)(void *data);   /* connected: groups may be sent */
    void (*on_down)(void *data); /* connecting failed or the connection ended; every group of it has
                                    had its on_end. Comes after each failed try. */
    void (*on_notify)(void *data, const char *channel, const char *payload);
};

struct pglink_options
{
    const char *conninfo;  /* libpq; must name a socket folder or hostaddr */
    const char *name;      /* "resolve": application_name and part of log lines */
    uint32_t connect_ms;   /* 0 = 2000: longest time to connect */
    uint32_t silence_ms;   /* 0 = 2000: nothing heard so long while a group waits: drop it */
    uint32_t idle_ms;      /* 0 = 3000: ask for a sign of life after so long without a group */
    uint32_t retry_min_ms; /* 0 = 100: back-off doubles from here */
    uint32_t retry_max_ms; /* 0 = 2000 */
};

/* Parameters of one statement, all binary. A NULL value is SQL null. */
struct pglink_params
{
    int count;
    const char *values[PGLINK_PARAMS_MAX];
    int sizes[PGLINK_PARAMS_MAX];
    int formats[PGLINK_PARAMS_MAX];
};

struct pglink;

/* Can `conninfo` be parsed? ERROR_CONFIG, ERROR_NONE. */
enum error pglink_check(const char *conninfo) MUST_USE;

/* ERROR_CONFIG when conninfo cannot be parsed, ERROR_MEMORY. Does not connect yet. */
enum error pglink_open(uv_loop_t *loop, const struct pglink_options *options,
                       const struct pglink_callbacks *callbacks, struct pglink **ret_link) MUST_USE;
/* Begins to connect; after that the link keeps itself connected. */
void pglink_start(struct pglink *link);

bool pglink_is_up(const struct pglink *link);
/* Groups that may be sent now. */
unsigned pglink_room(const struct pglink *link);

/* Adds one parameter to `params`. `value` must live until pglink_send returns. */
void pglink_param(struct pglink_params *params, const void *value, size_t size);

/* Adds a statement to the group under construction. Only while pglink_is_up and pglink_room() > 0.
 * A failure is remembered and ends the group as lost. Results are binary. */
void pglink_prepare(struct pglink *link, const char *name, const char *sql);
void pglink_execute(struct pglink *link, const char *name, const struct pglink_params *params);
void pglink_query(struct pglink *link, const char *sql, const struct pglink_params *params);
/* Ends the group and sends it. */
void pglink_end(struct pglink *link, const struct pglink_handler *handler);

/* Drops the connection now, as if it had been lost; the link connects again. */
void pglink_drop(struct pglink *link, const char *why);

/* Ends everything: groups get on_end (lost), no on_down. on_closed from the loop. */
void pglink_close(struct pglink *link, void (*on_closed)(void *data), void *data);

#endif
