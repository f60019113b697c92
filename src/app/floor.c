/* SPDX-License-Identifier: Apache-2.0 */
#include "app/floor.h"

#include "base/clock.h"
#include "base/log.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLOOR_WAIT_MS 2000
#define FLOOR_EPOCH_S INT64_C(1577836800) /* 2020-01-01 */
#define FLOOR_BEHIND                                                                               \
    1000000u /* records the lost journal may have had that PostgreSQL never got                    \
              */

static bool
floor_has_segments(const char *directory)
{
    DIR *open = opendir(directory);
    bool found = false;
    if (open == NULL) {
        return false;
    }
    for (struct dirent *entry = readdir(open); entry != NULL && !found; entry = readdir(open)) {
        size_t length = strlen(entry->d_name);
        found = length > 4 && strcmp(entry->d_name + length - 4, ".seg") == 0;
    }
    (void)closedir(open);
    return found;
}

static bool
floor_wait(PGconn *connection, short events, uint64_t until_ms)
{
    uint64_t now_ms = clock_mono_ms();
    struct pollfd poll_for = {.fd = PQsocket(connection), .events = events};
    return now_ms < until_ms && poll(&poll_for, 1, (int)(until_ms - now_ms)) > 0;
}

static bool
floor_connect(PGconn *connection, uint64_t until_ms)
{
    for (short events = POLLOUT; connection != NULL && PQstatus(connection) != CONNECTION_BAD;) {
        if (!floor_wait(connection, events, until_ms)) {
            return false;
        }
        PostgresPollingStatusType state = PQconnectPoll(connection);
        if (state == PGRES_POLLING_OK) {
            return true;
        }
        if (state == PGRES_POLLING_FAILED) {
            return false;
        }
        events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    }
    return false;
}

/* Asks without ever waiting longer than `until_ms`: a frozen server must not hold up the start. */
static bool
floor_ask(PGconn *connection, unsigned node, uint64_t until_ms, uint64_t *ret)
{
    char query[128];
    (void)snprintf(query, sizeof query,
                   "SELECT coalesce(max(pos), 0) FROM larwm.applied_position WHERE node = %u",
                   node);
    if (PQsendQuery(connection, query) != 1) {
        return false;
    }
    while (PQisBusy(connection)) {
        if (!floor_wait(connection, POLLIN, until_ms) || PQconsumeInput(connection) != 1) {
            return false;
        }
    }
    PGresult *result = PQgetResult(connection);
    bool answered = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
    if (answered) {
        *ret = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
    }
    PQclear(result);
    return answered;
}

uint64_t
floor_position(const char *directory, const char *conninfo, unsigned node)
{
    uint64_t floor = 0;
    if (floor_has_segments(directory)) {
        return 0;
    }
    uint64_t until_ms = clock_mono_ms() + FLOOR_WAIT_MS;
    PGconn *connection = PQconnectStart(conninfo == NULL ? "" : conninfo);
    if (!floor_connect(connection, until_ms) || !floor_ask(connection, node, until_ms, &floor)) {
        floor = (uint64_t)(clock_wall_us() / US_PER_MS - FLOOR_EPOCH_S * 1000);
        log_warning("app", "a new journal, and PostgreSQL does not answer: positions begin at %llu",
                    (unsigned long long)floor);
    }
    PQfinish(connection);
    return floor == 0 ? 0 : floor + FLOOR_BEHIND;
}
