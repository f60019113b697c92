/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl_sql.h"

#include <stdlib.h>
#include <string.h>

/* Types by PostgreSQL's fixed oids (catalogue pg_type). */
enum
{
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_JSON = 114,
    OID_FLOAT8 = 701,
    OID_TIMESTAMPTZ = 1184,
    OID_NUMERIC = 1700,
    OID_JSONB = 3802,
};

PGconn *
ctl_sql_try(const char **ret_reason)
{
    static const char *const keys[] = {"application_name", "connect_timeout", NULL};
    static const char *const values[] = {"larwmctl", CTL_SQL_CONNECT_S, NULL};
    PGconn *db = PQconnectdbParams(keys, values, 0);
    if (db != NULL && PQstatus(db) == CONNECTION_OK) {
        /* Times are shown, and read where they name no zone, as UTC. */
        PQclear(PQexec(db, "set timezone to 'UTC'; set datestyle to 'ISO'"));
    }
    *ret_reason = db == NULL ? "out of memory" : PQerrorMessage(db);
    return db;
}

/* The first line of a libpq message: it may go on with repetitions and hints. */
static int
first_line(const char *text)
{
    return (int)strcspn(text, "\n");
}

static void
tell_error(struct ctl *ctl, const PGresult *result)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (message == NULL) {
        const char *text = PQresultErrorMessage(result);
        (void)ctl_fail(ctl, "the database: %.*s", first_line(text), text);
        return;
    }
    (void)ctl_fail(ctl, "%s", message);
    if (detail != NULL) {
        (void)fprintf(ctl->err, "  %s\n", detail);
    }
    if (hint != NULL) {
        (void)fprintf(ctl->err, "  %s\n", hint);
    } else if (state != NULL && strcmp(state, "42501") == 0) {
        (void)fprintf(ctl->err, "  Connect as a member of larwm_admin (PGUSER).\n");
    } else if (state != NULL && (strcmp(state, "3F000") == 0 || strcmp(state, "42883") == 0 ||
                                 strcmp(state, "42P01") == 0)) {
        (void)fprintf(ctl->err, "  The schema is missing or too old: larwmctl doctor says what to "
                                "run.\n");
    }
}

PGresult *
ctl_sql_run(struct ctl *ctl, PGconn *db, const char *statement, int count,
            const char *const *values)
{
    PGresult *result = PQexecParams(db, statement, count, NULL, values, NULL, NULL, 0);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        return result;
    }
    tell_error(ctl, result);
    PQclear(result);
    return NULL;
}

static bool
name_actor(struct ctl *ctl, PGconn *db)
{
    const char *user = ctl_has_option(ctl, "user") ? ctl_value(ctl, "user") : NULL;
    if (user == NULL) {
        return true;
    }
    PGresult *result =
        ctl_sql_run(ctl, db, "select set_config('larwm.actor', $1, false)", 1, &user);
    PQclear(result);
    return result != NULL;
}

PGconn *
ctl_sql_open(struct ctl *ctl)
{
    const char *reason;
    PGconn *db = ctl_sql_try(&reason);
    if (db == NULL || PQstatus(db) != CONNECTION_OK) {
        (void)ctl_fail(ctl, "PostgreSQL cannot be reached: %.*s", first_line(reason), reason);
        (void)fprintf(ctl->err, "  Is it running, and are PGHOST, PGPORT, PGDATABASE and PGUSER "
                                "right? larwmctl doctor looks further.\n");
        PQfinish(db);
        return NULL;
    }
    if (!name_actor(ctl, db)) {
        PQfinish(db);
        return NULL;
    }
    return db;
}

#define DATE_SIZE 10
#define TIME_SIZE 8

/* "2026-11-22 12:00:00.123+00" as other lists write it, "2026-11-22T12:00:00Z"; infinity stays. */
static json_t *
time_value(const char *text)
{
    if (strlen(text) < DATE_SIZE + 1 + TIME_SIZE || text[DATE_SIZE] != ' ') {
        return json_string(text);
    }
    return json_sprintf("%.*sT%.*sZ", DATE_SIZE, text, TIME_SIZE, text + DATE_SIZE + 1);
}

/* One value of a result as JSON. Whole numbers that a double would change stay whole. */
static json_t *
value_of(const PGresult *result, int row, int column)
{
    if (PQgetisnull(result, row, column)) {
        return NULL;
    }
    const char *text = PQgetvalue(result, row, column);
    switch (PQftype(result, column)) {
        case OID_BOOL:
            return json_boolean(text[0] == 't');
        case OID_INT2:
        case OID_INT4:
        case OID_INT8:
            return json_integer(strtoll(text, NULL, 10));
        case OID_NUMERIC:
        case OID_FLOAT8:
            return json_real(strtod(text, NULL));
        case OID_TIMESTAMPTZ:
            return time_value(text);
        case OID_JSON:
        case OID_JSONB:
            return json_loads(text, JSON_DECODE_ANY, NULL);
        default:
            return json_string(text);
    }
}

void
ctl_sql_table(const PGresult *result, struct ctl_table *table)
{
    for (int column = 0; column < PQnfields(result); column++) {
        ctl_table_column(table, PQfname(result, column));
    }
    for (int row = 0; row < PQntuples(result); row++) {
        ctl_table_row(table);
        for (int column = 0; column < PQnfields(result); column++) {
            ctl_table_cell(table, value_of(result, row, column));
        }
    }
}

int
ctl_sql_list(struct ctl *ctl, const char *statement, int count, const char *const *values)
{
    PGconn *db = ctl_sql_open(ctl);
    PGresult *result = db == NULL ? NULL : ctl_sql_run(ctl, db, statement, count, values);
    if (result != NULL) {
        struct ctl_table table;
        ctl_table_init(&table);
        ctl_sql_table(result, &table);
        ctl_table_print(&table, ctl_flag(ctl, "json"), ctl->out);
        ctl_table_free(&table);
    }
    int status = result == NULL ? CTL_FAILED : CTL_OK;
    PQclear(result);
    PQfinish(db);
    return status;
}

int
ctl_sql_do(struct ctl *ctl, const char *format, const char *statement, int count,
           const char *const *values)
{
    PGconn *db = ctl_sql_open(ctl);
    PGresult *result = db == NULL ? NULL : ctl_sql_run(ctl, db, statement, count, values);
    if (result != NULL) {
        const char *text = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
        const char *at = strstr(format, "%s");
        int before = at == NULL ? (int)strlen(format) : (int)(at - format);
        (void)fprintf(ctl->out, "%.*s%s%s\n", before, format, at == NULL ? "" : text,
                      at == NULL ? "" : at + 2);
    }
    int status = result == NULL ? CTL_FAILED : CTL_OK;
    PQclear(result);
    PQfinish(db);
    return status;
}
