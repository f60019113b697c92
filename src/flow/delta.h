/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the desk to the outlet: packed messages of proto/console.proto in blocks of the desk's pool,
 * which the outlet hands back with pool_return.
 *
 * An incident is always sent whole, so when no block is free the desk keeps the incident marked as
 * changed and sends its newest state on a later turn: nothing is lost, and a slow outlet costs
 * only intermediate states.
 */
#ifndef FLOW_DELTA_H
#define FLOW_DELTA_H

#include "base/pool.h"

#include <stdint.h>

enum flow_delta_kind
{
    DELTA_INCIDENT,   /* body: console.Incident; key: its id; `open` false removes it */
    DELTA_STATUS,     /* body: console.Status */
    DELTA_TICK,       /* no body; the fields below */
    DELTA_RESULT,     /* body: console.Result, for the client `handle` alone */
    DELTA_CREDENTIAL, /* body: console.Credential (ref 0): one user of the directory, key: hash of
                         the user name */
    DELTA_CREDENTIALS_BEGIN, /* the directory follows: forget users not named before _END */
    DELTA_CREDENTIALS_END,
    DELTA_READY, /* replay is done: clients may be answered */
};

struct flow_delta
{
    struct pool *home;
    uint64_t key;
    uint64_t handle;         /* DELTA_RESULT: the client */
    int64_t server_time_us;  /* DELTA_TICK */
    uint64_t pushed_mono_us; /* for stage times */
    uint32_t size;
    uint8_t kind; /* enum flow_delta_kind */
    bool open;
    bool database_up; /* DELTA_TICK */
    bool journal_ok;  /* DELTA_TICK */
    uint8_t body[];
};

#endif
