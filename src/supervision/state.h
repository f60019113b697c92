/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to supervision: one row a path, all of them allocated at creation, and the calls between
 * its files.
 */
#ifndef SUPERVISION_STATE_H
#define SUPERVISION_STATE_H

#include "base/table.h"
#include "base/wheel.h"
#include "supervision/supervision.h"

#define ROW_NONE UINT32_MAX

struct row
{
    char id[LIMIT_UNIT_ID];  /* "" free */
    uint64_t since_ms;       /* watched since: silence is counted from here until first heard */
    uint64_t asked_ms;       /* when the newest report was made */
    uint64_t silent_ms;      /* when late or lost was reported: heard after it is restored */
    uint64_t learn_asked_ms; /* when a learned interval was reported; 0: none waits */
    uint64_t learned_pos;    /* of the record that said learned_s, or said it is nothing */
    uint32_t slot;
    uint32_t tag;
    uint32_t configured_s;
    uint32_t fallback_s;
    uint32_t learned_s;
    uint32_t other; /* the row of the unit's other path, or ROW_NONE */
    uint8_t path;   /* PATH_MAIN, PATH_BACKUP */
    uint8_t state;  /* enum supervision_state */
    uint8_t asked;  /* the state a report was made for and no record has come, else `state` */
    bool leaving;   /* removed while late or lost; no record of that has come. Of one path */
    bool watched;   /* false: known from the journal only, not configured (yet) */
};

struct supervision
{
    struct supervision_policy policy;
    struct row *rows;
    uint32_t *free;
    uint32_t free_count;
    uint32_t count;    /* of rows */
    uint32_t used_max; /* rows beyond it were never used */
    uint32_t monitored;
    uint32_t late;
    uint32_t down; /* paths late or lost, whether watched or not */
    uint32_t lost;
    struct table by_id;
    struct wheel wheel;
};

/* rows.c */
struct row *row_find(const struct supervision *supervision, const char *id, enum path path);
/* Makes room for a path, ties it to the unit's other and counts it; NULL when there is none. */
struct row *row_add(struct supervision *supervision, const char *id, enum path path);
void row_drop(struct supervision *supervision, struct row *row);
uint32_t row_index(const struct supervision *supervision, const struct row *row);
/* The unit's other path, or NULL. */
struct row *row_other(const struct supervision *supervision, const struct row *row);
/* The interval in force; 0: none yet. */
uint32_t row_interval_s(const struct row *row);
/* Takes a unit out of the counts before its rows change, and into them again afterwards. */
void row_uncount(struct supervision *supervision, const struct row *row);
void row_count(struct supervision *supervision, const struct row *row);

/* learn.c. Pure: the interval to learn now, or 0. */
uint32_t learn_interval_s(const struct supervision_policy *policy, const struct row *row,
                          const struct supervision_event *event);
/* Pure: the rate at which the panel calls when that is slower than its interval, else 0. */
uint32_t learn_observed_s(const struct supervision_policy *policy, const struct row *row,
                          const struct supervision_event *event);

#endif
