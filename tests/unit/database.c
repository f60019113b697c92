/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
environment(const char *name)
{
    const char *value = getenv(name);
    return value == NULL ? "" : value;
}

/* Runs before Criterion: exit code 77 is "skipped" to meson, while tests skipped one by one would
 * count as passed. */
__attribute__((constructor)) static void
skip_without_server(void)
{
    if (environment("LARWM_TEST_PGHOST")[0] == '\0') {
        fprintf(stderr, "skipped: no PostgreSQL: run through tests/unit/with-database\n");
        _exit(77);
    }
}

static PGconn *
connect_to(const char *name)
{
    char conninfo[512];
    snprintf(conninfo, sizeof(conninfo), "host=%s port=%s user=postgres dbname=%s",
             environment("LARWM_TEST_PGHOST"), environment("LARWM_TEST_PGPORT"), name);
    /* A server just started may still be recovering. */
    for (int tries = 0; tries < 100; tries++) {
        PGconn *conn = PQconnectdb(conninfo);
        if (PQstatus(conn) == CONNECTION_OK) {
            return conn;
        }
        PQfinish(conn);
        (void)poll(NULL, 0, 100);
    }
    cr_assert_fail("the test database cannot be reached");
    return NULL;
}

static void
run_on(const char *name, const char *sql)
{
    PGconn *conn = connect_to(name);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
              PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

void
database_make(struct database *database)
{
    static unsigned number;
    char sql[256];
    snprintf(database->name, sizeof(database->name), "t_%ld_%u", (long)getpid(), number++);
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s TEMPLATE larwm", database->name);
    /* Another test may be copying the same template at this moment: they queue. */
    PGconn *conn = connect_to("postgres");
    PQclear(PQexec(conn, "SELECT pg_advisory_lock(1)"));
    PGresult *result = PQexec(conn, sql);
    cr_assert(PQresultStatus(result) == PGRES_COMMAND_OK, "%s", PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
    snprintf(database->conninfo, sizeof(database->conninfo),
             "host=%s port=%s user=larwmd dbname=%s", environment("LARWM_TEST_PGHOST"),
             environment("LARWM_TEST_PGPORT"), database->name);
}

void
database_drop(struct database *database)
{
    char sql[256];
    snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", database->name);
    run_on("postgres", sql);
}

const char *
database_value(const struct database *database, const char *sql)
{
    static char value[4096];
    PGconn *conn = connect_to(database->name);
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
              PQerrorMessage(conn));
    snprintf(value, sizeof(value), "%s",
             PQntuples(result) > 0 && PQnfields(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(conn);
    return value;
}

long
database_number(const struct database *database, const char *sql)
{
    return strtol(database_value(database, sql), NULL, 10);
}

/* The first process of the server, or 0. */
static pid_t
postmaster(void)
{
    char path[512];
    char line[64] = "";
    snprintf(path, sizeof(path), "%s/data/postmaster.pid", environment("LARWM_TEST_PGDIR"));
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    if (fgets(line, sizeof(line), file) == NULL) {
        line[0] = '\0';
    }
    fclose(file);
    return (pid_t)atoi(line);
}

static pid_t
parent_of(pid_t pid)
{
    char path[64];
    char line[512] = "";
    int parent = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    if (fgets(line, sizeof(line), file) != NULL) {
        const char *end = strrchr(line, ')');
        if (end == NULL || sscanf(end + 1, " %*c %d", &parent) != 1) {
            parent = 0;
        }
    }
    fclose(file);
    return (pid_t)parent;
}

/* To the server's first process, then to each process it started. */
static void
signal_server(int number)
{
    pid_t first = postmaster();
    if (first <= 1) {
        return;
    }
    kill(first, number);
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    while ((entry = readdir(processes)) != NULL) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid > 1 && pid != first && parent_of(pid) == first) {
            kill(pid, number);
        }
    }
    closedir(processes);
}

void
database_kill_server(void)
{
    cr_assert(postmaster() > 1, "the test server is not running");
    signal_server(SIGKILL);
}

void
database_start_server(void)
{
    char command[1024];
    snprintf(command, sizeof(command), "'%s' start '%s' >/dev/null 2>&1 </dev/null",
             environment("LARWM_TEST_PGCLUSTER"), environment("LARWM_TEST_PGDIR"));
    int status = -1;
    for (int tries = 0; tries < 10 && status != 0; tries++) {
        status = system(command);
    }
    cr_assert(status == 0, "the test server does not start");
}

void
database_freeze_server(void)
{
    cr_assert(postmaster() > 1, "the test server is not running");
    signal_server(SIGSTOP);
}

void
database_thaw_server(void)
{
    signal_server(SIGCONT);
}

static void
on_tick(uv_timer_t *timer)
{
}

bool
loop_until(uv_loop_t *loop, bool (*condition)(void *data), void *data, uint64_t limit_ms)
{
    uv_timer_t tick;
    uv_timer_init(loop, &tick);
    uv_timer_start(&tick, on_tick, 5, 5);
    uv_update_time(loop);
    uint64_t end_ms = uv_now(loop) + limit_ms;
    bool held;
    while (!(held = condition(data)) && uv_now(loop) < end_ms) {
        uv_run(loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    return held;
}

static bool
never(void *data)
{
    return false;
}

void
loop_for(uv_loop_t *loop, uint64_t duration_ms)
{
    (void)loop_until(loop, never, NULL, duration_ms);
}
