/* SPDX-License-Identifier: Apache-2.0 */
/* The table of paths: found by unit and path, tied to the unit's other path, counted by unit. */
#include "base/hash.h"
#include "base/require.h"
#include "base/text.h"
#include "supervision/state.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 8 /* places tried for one identifier: hashes of 64 bits hardly ever meet */

enum error
supervision_create(uint32_t units, const struct supervision_policy *policy, uint64_t now_ms,
                   struct supervision **ret_supervision)
{
    require(units > 0 && units <= LIMIT_UNITS);
    require(policy->late_permille < policy->lost_permille && policy->recheck_ms_min > 0);
    struct supervision *supervision = calloc(1, sizeof(*supervision));
    if (supervision == NULL) {
        return ERROR_MEMORY;
    }
    supervision->policy = *policy;
    supervision->count = units;
    supervision->rows = calloc(units, sizeof(supervision->rows[0]));
    supervision->free = calloc(units, sizeof(supervision->free[0]));
    if (supervision->rows == NULL || supervision->free == NULL ||
        table_init(&supervision->by_id, units) != ERROR_NONE ||
        wheel_init(&supervision->wheel, units, now_ms) != ERROR_NONE) {
        supervision_free(supervision);
        return ERROR_MEMORY;
    }
    for (uint32_t at = units; at-- > 0;) {
        supervision->free[supervision->free_count++] = at;
    }
    *ret_supervision = supervision;
    return ERROR_NONE;
}

void
supervision_free(struct supervision *supervision)
{
    if (supervision != NULL) {
        free(supervision->rows);
        free(supervision->free);
        table_free(&supervision->by_id);
        wheel_free(&supervision->wheel);
        free(supervision);
    }
}

static uint64_t
row_key(const char *id, enum path path, unsigned probe)
{
    return hash_bytes((uint64_t)path * PROBES + probe, id, strlen(id));
}

struct row *
row_find(const struct supervision *supervision, const char *id, enum path path)
{
    for (unsigned probe = 0; probe < PROBES; probe++) {
        uint32_t at = 0;
        if (table_get(&supervision->by_id, row_key(id, path, probe), &at) &&
            supervision->rows[at].path == path && strcmp(supervision->rows[at].id, id) == 0) {
            return &supervision->rows[at];
        }
    }
    return NULL;
}

static void
row_tie(struct supervision *supervision, struct row *row)
{
    struct row *other =
        row_find(supervision, row->id, row->path == PATH_MAIN ? PATH_BACKUP : PATH_MAIN);
    row->other = ROW_NONE;
    if (other != NULL) {
        row_uncount(supervision, other);
        row->other = row_index(supervision, other);
        other->other = row_index(supervision, row);
    }
    row_count(supervision, row);
}

struct row *
row_add(struct supervision *supervision, const char *id, enum path path)
{
    uint32_t other = 0;
    if (supervision->free_count == 0) {
        return NULL;
    }
    for (unsigned probe = 0; probe < PROBES; probe++) {
        uint64_t key = row_key(id, path, probe);
        uint32_t at = supervision->free[supervision->free_count - 1];
        if (table_get(&supervision->by_id, key, &other) ||
            !table_put(&supervision->by_id, key, at)) {
            continue;
        }
        supervision->free_count--;
        supervision->used_max = at >= supervision->used_max ? at + 1 : supervision->used_max;
        struct row *row = &supervision->rows[at];
        memset(row, 0, sizeof(*row));
        text_copy(row->id, sizeof(row->id), id);
        row->path = (uint8_t)path;
        row_tie(supervision, row);
        return row;
    }
    return NULL;
}

uint32_t
row_index(const struct supervision *supervision, const struct row *row)
{
    return (uint32_t)(row - supervision->rows);
}

struct row *
row_other(const struct supervision *supervision, const struct row *row)
{
    return row->other == ROW_NONE ? NULL : &supervision->rows[row->other];
}

void
row_drop(struct supervision *supervision, struct row *row)
{
    uint32_t at = row_index(supervision, row);
    struct row *other = row_other(supervision, row);
    row_uncount(supervision, row);
    for (unsigned probe = 0; probe < PROBES; probe++) {
        uint64_t key = row_key(row->id, row->path, probe);
        uint32_t found = 0;
        if (table_get(&supervision->by_id, key, &found) && found == at) {
            table_remove(&supervision->by_id, key);
        }
    }
    if (other != NULL) {
        other->other = ROW_NONE;
        row_count(supervision, other);
    }
    wheel_disarm(&supervision->wheel, at);
    memset(row, 0, sizeof(*row));
    supervision->free[supervision->free_count++] = at;
}

uint32_t
row_interval_s(const struct row *row)
{
    if (row->configured_s != 0) {
        return row->configured_s;
    }
    return row->learned_s != 0 ? row->learned_s : row->fallback_s;
}

/* Every path of it that could be missed is: one that has no interval proves nothing. */
static bool
row_unit_lost(const struct row *row, const struct row *other)
{
    bool one = row->state == SUPERVISION_LOST;
    if (other == NULL) {
        return one;
    }
    bool two = other->state == SUPERVISION_LOST;
    return (one && two) || (one && row_interval_s(other) == 0) || (two && row_interval_s(row) == 0);
}

static void
row_add_counts(struct supervision *supervision, const struct row *row, uint32_t by)
{
    const struct row *other = row_other(supervision, row);
    const struct row *both[2] = {row, other};
    for (unsigned i = 0; i < 2 && both[i] != NULL; i++) {
        supervision->down += both[i]->state != SUPERVISION_OK ? by : 0;
        supervision->late += both[i]->state == SUPERVISION_LATE ? by : 0;
        supervision->monitored += both[i]->watched && row_interval_s(both[i]) != 0 ? by : 0;
    }
    supervision->lost += row_unit_lost(row, other) ? by : 0;
}

void
row_uncount(struct supervision *supervision, const struct row *row)
{
    row_add_counts(supervision, row, UINT32_MAX); /* minus one */
}

void
row_count(struct supervision *supervision, const struct row *row)
{
    row_add_counts(supervision, row, 1);
}

bool
supervision_any_down(const struct supervision *supervision)
{
    return supervision->down != 0;
}

uint32_t
supervision_late_count(const struct supervision *supervision)
{
    return supervision->late;
}

uint32_t
supervision_lost_count(const struct supervision *supervision)
{
    return supervision->lost;
}

uint32_t
supervision_unit_count(const struct supervision *supervision)
{
    return supervision->monitored;
}

uint64_t
supervision_hash(const struct supervision *supervision)
{
    uint64_t hash = 1; /* a sum: in which row a path stands is no part of the state */
    for (uint32_t at = 0; at < supervision->used_max; at++) {
        const struct row *row = &supervision->rows[at];
        if (row->id[0] != '\0') {
            uint64_t parts[5] = {row->path, row->state, row_interval_s(row), row->learned_s,
                                 row->slot};
            hash += hash_bytes(hash_bytes(1, row->id, strlen(row->id)), parts, sizeof(parts));
        }
    }
    return hash;
}
