/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL for commands: one connection by the PG* variables, one statement at a time, blocking.
 * Changes go through the functions of sql/README.md, which check and audit them. One thread.
 */
#ifndef TOOLS_CTL_SQL_H
#define TOOLS_CTL_SQL_H

#include "tools/ctl.h"
#include "tools/ctl_table.h"

#include <libpq-fe.h>

#define CTL_SQL_CONNECT_S "5"

/* Connects; NULL when it cannot, with the reason and what to look at told. Option --user, where the
 * command has it and it is given, names the person in the audit. */
PGconn *ctl_sql_open(struct ctl *ctl);
/* The same without telling: `ret_reason` (static or the connection's) says why. */
PGconn *ctl_sql_try(const char **ret_reason);

/* Runs one statement with text parameters (NULL: SQL null). NULL when it failed, with the
 * database's words told; the caller clears the result. */
PGresult *ctl_sql_run(struct ctl *ctl, PGconn *db, const char *statement, int count,
                      const char *const *values);

/* Connects, runs, prints the rows as a table (option --json) and ends. Returns the exit code. */
int ctl_sql_list(struct ctl *ctl, const char *statement, int count, const char *const *values);
/* Connects, runs a statement of one row and one value, prints `format` with that value (one %s) and
 * ends. Returns the exit code. */
int ctl_sql_do(struct ctl *ctl, const char *format, const char *statement, int count,
               const char *const *values);
/* The rows of a result: column names are keys, and numbers, flags and lists keep their type. */
void ctl_sql_table(const PGresult *result, struct ctl_table *table);

#endif
