/* SPDX-License-Identifier: Apache-2.0 */
/* What pglink.c (the connection) and pglink_group.c (what is sent and answered on it) share. Not
 * for others. The loop's thread. */
#ifndef BASE_PGLINK_STATE_H
#define BASE_PGLINK_STATE_H

#include "base/pglink.h"

#define PGLINK_MAGIC 0x70676c6b

enum link_state
{
    LINK_IDLE,    /* not started */
    LINK_WAITING, /* until the next try */
    LINK_CONNECTING,
    LINK_UP,
    LINK_CLOSING,
};

struct group
{
    struct pglink_handler handler;
    struct pglink_outcome outcome;
    unsigned results; /* statements that have answered */
    bool refused;
};

struct pglink
{
    uint32_t magic;
    uv_loop_t *loop;
    struct pglink_options options;
    struct pglink_callbacks callbacks;
    char *conninfo;
    enum link_state state;
    PGconn *conn;
    uv_poll_t *poll; /* NULL while there is no socket */
    int poll_socket;
    int poll_events;  /* while the poll is active */
    uv_timer_t timer; /* next try, connect limit, silence, idle: by state */
    struct group groups[PGLINK_GROUPS_MAX];
    unsigned first;
    unsigned count;
    uint64_t heard_ms; /* loop time: last byte from the server, or when it was first waited for */
    uint32_t retry_ms;
    bool failed;     /* a send failed: drop from the timer */
    bool complained; /* the present outage is in the log */
    void (*on_closed)(void *data);
    void *closed_data;
};

/* Watches the connection's socket; false when there is none. */
bool pglink_poll_for(struct pglink *link, int events);
void pglink_timer_in(struct pglink *link, uint64_t delay_ms);
/* The silence limit while a group waits, else the next sign of life. */
void pglink_timer_for_up(struct pglink *link);
/* Sends what libpq holds back. */
void pglink_flush(struct pglink *link);
/* Hands the results that have come to their groups. */
void pglink_take_results(struct pglink *link);
/* Every group in flight ends as lost. */
void pglink_lose_groups(struct pglink *link);

#endif
