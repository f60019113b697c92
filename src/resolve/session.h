/* SPDX-License-Identifier: Apache-2.0 */
/* What resolve.c (the interface) and session.c (what happens on the connection) share. Not for
 * others. The desk's thread. */
#ifndef RESOLVE_SESSION_H
#define RESOLVE_SESSION_H

#include "resolve/directory.h"
#include "resolve/keeper.h"
#include "resolve/lookup.h"
#include "resolve/resolve.h"

#define RESOLVE_MAGIC 0x7265736f

struct resolve
{
    uint32_t magic;
    uv_loop_t *loop;
    struct resolve_callbacks callbacks;
    struct pglink *link;
    struct known known;
    struct lookup lookup;
    struct keeper keeper;
    struct blob *directory;   /* as last published, or NULL */
    struct builder loading;   /* rows of the load in flight */
    uv_timer_t reload_timer;  /* debounce of notices */
    uv_timer_t regular_timer; /* a reload without any notice */
    uv_timer_t schema_timer;
    uint32_t refresh_ms;
    uint32_t snapshot_ms;
    uint64_t regular_ms;
    int64_t version; /* the answer to schema_version() */
    uint64_t refresh_began_ms;
    uint64_t refresh_took_ms; /* the last whole refresh: the next waits at least as long */
    uint32_t refresh_next;    /* index of the first unit not asked yet */
    unsigned changes;         /* bit per change_names, since the last reload */
    bool load_active;         /* directory or refresh in flight */
    bool load_again;
    bool database_told; /* on_database was called at least once */
    bool database_up;
    bool schema_told;
    bool schema_ok;
    bool closing;
    unsigned timers_open;
    void (*on_closed)(void *data);
    void *closed_data;
};

/* Callbacks of the link and of the lookup; `data` is the struct resolve. */
void session_on_up(void *data);
void session_on_down(void *data);
void session_on_notify(void *data, const char *channel, const char *payload);
void session_on_refreshed(void *data, bool ok);
void session_on_refused(void *data, const char *sqlstate);
/* Starts a reload that no notice asked for, every regular_ms. */
void session_start(struct resolve *resolve);

#endif
