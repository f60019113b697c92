/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real PostgreSQL for unit tests: each test has a copy of the deployed database to itself. Start
 * the test program through tests/unit/with-database; without it the
 * program says why and exits with 77 (skipped).
 * One thread.
 */
#ifndef TESTS_UNIT_DATABASE_H
#define TESTS_UNIT_DATABASE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct database
{
    char name[64];
    char conninfo[512]; /* as the daemon's role */
};

void database_make(struct database *database);
void database_drop(struct database *database);
/* As the superuser, synchronously; fails the test on an error. The value is the first column of the
 * first row, "" when there is none, and lives until the next call. */
const char *database_value(const struct database *database, const char *sql);
long database_number(const struct database *database, const char *sql);

/* The server: killed without warning, started again, stopped in its tracks and set going. */
void database_kill_server(void);
void database_start_server(void);
void database_freeze_server(void);
void database_thaw_server(void);

/* Runs the loop until `condition` holds; false when `limit_ms` passed first. */
bool loop_until(uv_loop_t *loop, bool (*condition)(void *data), void *data, uint64_t limit_ms);
/* Runs the loop for so long: for proving that something does not happen. */
void loop_for(uv_loop_t *loop, uint64_t duration_ms);

#endif
