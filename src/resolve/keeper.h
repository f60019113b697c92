/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the snapshot on libuv's thread pool, at most once an interval and only when something
 * changed. The pool's thread reads blobs it was given references to; nothing else is shared.
 * The desk's thread.
 */
#ifndef RESOLVE_KEEPER_H
#define RESOLVE_KEEPER_H

#include "resolve/blob.h"
#include "resolve/known.h"

#include <limits.h>
#include <uv.h>

struct keeper
{
    uint32_t magic;
    uv_loop_t *loop;
    const struct known *known;
    struct blob **directory; /* where the owner keeps the current one; *directory may be NULL */
    char path[PATH_MAX];     /* "": nothing is written */
    uv_timer_t timer;
    bool dirty; /* something changed since the last write began */
    bool writing;
    bool closing;
    bool timer_closed;
    void (*on_closed)(void *data);
    void *closed_data;
};

void keeper_init(struct keeper *keeper, uv_loop_t *loop, const char *path,
                 const struct known *known, struct blob **directory);
/* Looks every `interval_ms` whether to write. */
void keeper_start(struct keeper *keeper, uint32_t interval_ms);
/* Writes a last time when something changed, then on_closed from the loop. */
void keeper_close(struct keeper *keeper, void (*on_closed)(void *data), void *data);

#endif
