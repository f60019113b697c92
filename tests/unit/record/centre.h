/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder beside a real database, and what the desk does with one press. One thread. */
#ifndef TESTS_UNIT_RECORD_CENTRE_H
#define TESTS_UNIT_RECORD_CENTRE_H

#include "record/record.h"

#include "../database.h"

#define NODE 7
#define INCIDENT(no) ((uint64_t)NODE << 48 | (uint64_t)(no))

struct centre
{
    uv_loop_t loop;
    struct database database;
    struct record *record;
    char spool[64];
    uint64_t memory_bytes;
    uint32_t batch_rows;
    uint64_t wanted; /* position waited for */
    uint64_t position;
    unsigned refused;
    char refused_table[32];
    int up;
    bool stopped;
    bool closed;
};

bool is_up(void *data);
bool is_down(void *data);
void centre_start(struct centre *centre);
struct centre *centre_open(void);
void centre_stop(struct centre *centre);
void centre_close(struct centre *centre);
bool wait_recorded(struct centre *centre, uint64_t pos, uint64_t limit_ms);
void put_press(struct centre *centre, uint64_t pos, const char *text);
void check_rows(struct centre *centre, long count);

#endif
