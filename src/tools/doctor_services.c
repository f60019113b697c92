/* SPDX-License-Identifier: Apache-2.0 */
/* What answers: PostgreSQL and its schema, and larwmd itself. */
#include "base/clock.h"
#include "base/error.h"
#include "client/console_call.h"
#include "tools/ctl_sql.h"
#include "tools/ctl_table.h"
#include "tools/doctor.h"

#include <stdlib.h>
#include <string.h>

#define CALL_LIMIT_MS 3000

enum doctor_verdict
doctor_judge_clock(int64_t difference_us)
{
    int64_t apart = difference_us < 0 ? -difference_us : difference_us;
    if (apart > 20 * US_PER_S) {
        return DOCTOR_FAIL;
    }
    return apart > US_PER_S ? DOCTOR_WARN : DOCTOR_OK;
}

static void
check_schema(struct doctor *doctor, PGconn *db)
{
    PGresult *result = PQexec(db, "select larwm.schema_version()");
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        bool denied = state != NULL && strcmp(state, "42501") == 0;
        doctor_say(doctor, DOCTOR_FAIL, "schema",
                   denied ? "connect as a member of larwm_admin (PGUSER)"
                          : "run: cd sql && sqitch deploy db:pg:DATABASE",
                   denied ? "this user may not look at it"
                          : "there is no larwm schema in this database");
        PQclear(result);
        return;
    }
    long version = strtol(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    if (version == DOCTOR_SCHEMA_VERSION) {
        doctor_say(doctor, DOCTOR_OK, "schema", NULL, "version %ld", version);
        return;
    }
    doctor_say(doctor, DOCTOR_FAIL, "schema",
               version < DOCTOR_SCHEMA_VERSION
                   ? "run: cd sql && sqitch deploy db:pg:DATABASE"
                   : "install a newer larwm, or run: cd sql && sqitch revert to its version",
               "version %ld, this larwm needs %d: it takes alarms, but does not look records up",
               version, DOCTOR_SCHEMA_VERSION);
}

/* The database's clock against ours, in the middle of the round trip. */
static void
check_database_clock(struct doctor *doctor, PGconn *db)
{
    int64_t before_us = clock_wall_us();
    PGresult *result =
        PQexec(db, "select (extract(epoch from clock_timestamp()) * 1000000)::bigint");
    int64_t after_us = clock_wall_us();
    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
        int64_t theirs_us = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        int64_t difference_us = theirs_us - (before_us + (after_us - before_us) / 2);
        enum doctor_verdict verdict = doctor_judge_clock(difference_us);
        doctor_say(doctor, verdict, "database clock",
                   verdict == DOCTOR_OK ? NULL : "let both machines follow the same time server",
                   "%+.3f s against ours; a question takes %.1f ms", (double)difference_us / 1e6,
                   (double)(after_us - before_us) / 1e3);
    }
    PQclear(result);
}

static void
check_backlog(struct doctor *doctor, PGconn *db)
{
    PGresult *result =
        PQexec(db, "select node, pos, extract(epoch from now() - updated_at)::bigint "
                   "from larwm.applied_position order by node");
    for (int row = 0; PQresultStatus(result) == PGRES_TUPLES_OK && row < PQntuples(result); row++) {
        doctor_say(doctor, DOCTOR_OK, "recorder", NULL,
                   "node %s is recorded to position %s, %s s ago", PQgetvalue(result, row, 0),
                   PQgetvalue(result, row, 1), PQgetvalue(result, row, 2));
    }
    PQclear(result);
}

void
doctor_check_database(struct doctor *doctor)
{
    const char *reason;
    PGconn *db = ctl_sql_try(&reason);
    if (db == NULL || PQstatus(db) != CONNECTION_OK) {
        doctor_say(doctor, DOCTOR_FAIL, "database",
                   "start PostgreSQL, or mend PGHOST, PGPORT, PGDATABASE, PGUSER; alarms are taken "
                   "meanwhile, with last known records",
                   "%.*s", (int)strcspn(reason, "\n"), reason);
        PQfinish(db);
        return;
    }
    doctor_say(doctor, DOCTOR_OK, "database", NULL, "%s on %s:%s, PostgreSQL %d.%d", PQdb(db),
               PQhost(db) == NULL ? "?" : PQhost(db), PQport(db), PQserverVersion(db) / 10000,
               PQserverVersion(db) % 10000);
    check_schema(doctor, db);
    check_database_clock(doctor, db);
    check_backlog(doctor, db);
    PQfinish(db);
}

static void
take_status(void *data, const Larwm__Console__Status *status)
{
    struct doctor *doctor = data;
    doctor_say(doctor, status->journal_ok ? DOCTOR_OK : DOCTOR_FAIL, "journal",
               status->journal_ok ? NULL : "larwmctl journal verify; no alarm gets its receipt",
               "%s at position %lu%s%s", status->journal_ok ? "ok" : "FAULT",
               status->journal_position, status->journal_detail[0] == '\0' ? "" : ": ",
               status->journal_detail);
    doctor_say(doctor, status->police_gateway_up ? DOCTOR_OK : DOCTOR_WARN, "police gateway",
               status->police_gateway_up ? NULL : "start larwm-police; until then telephone",
               status->police_gateway_up ? "connected" : "not connected");
    if (!status->database_up) {
        doctor_say(doctor, DOCTOR_FAIL, "larwmd's link",
                   "database.conninfo of larwmd's configuration, and its log, say why",
                   "larwmd does not reach PostgreSQL");
    } else if (!status->schema_ok) {
        doctor_say(doctor, DOCTOR_FAIL, "larwmd's link",
                   "run: cd sql && sqitch deploy db:pg:DATABASE", "%s", status->schema_detail);
    }
    for (size_t i = 0; i < status->n_notices; i++) {
        if (status->notices[i]->kind == LARWM__JOURNAL__SYSTEM_KIND__SYSTEM_POLICE_GATEWAY) {
            continue; /* has its own line */
        }
        const ProtobufCEnumValue *kind = protobuf_c_enum_descriptor_get_value(
            &larwm__journal__system_kind__descriptor, (int)status->notices[i]->kind);
        doctor_say(doctor, DOCTOR_WARN, "notice", NULL, "%s: %s", kind == NULL ? "?" : kind->name,
                   status->notices[i]->detail);
    }
}

static const char *
advice_for(enum error error)
{
    switch (error) {
        case ERROR_NOT_FOUND:
            return "start larwmd; its log says why it does not start";
        case ERROR_DENIED:
            return "run as root, as larwmd's own user, or as one of outlet.allowed_uids";
        default:
            return "larwmd is there but does not answer: look at its log";
    }
}

void
doctor_check_socket(struct doctor *doctor)
{
    const char *path = ctl_environment("LARWM_SOCKET");
    if (path == NULL) {
        doctor_say(doctor, DOCTOR_WARN, "larwmd", "set LARWM_SOCKET", "not checked");
        return;
    }
    struct console_call_options options = {.socket_path = path,
                                           .user = "larwmctl",
                                           .role = LARWM__ROLE__ROLE_TOOL,
                                           .name = "larwmctl",
                                           .watch = true,
                                           .limit_ms = CALL_LIMIT_MS};
    struct console_call *call = NULL;
    enum error error = console_call_open(&options, &call);
    if (error != ERROR_NONE) {
        doctor_say(doctor, DOCTOR_FAIL, "larwmd", advice_for(error), "%s: %s", path,
                   error_text(error));
        return;
    }
    const Larwm__Console__Welcome *welcome = console_call_welcome(call);
    doctor_say(doctor, DOCTOR_OK, "larwmd", NULL, "node %s, version %s", welcome->node,
               welcome->version);
    error = console_call_snapshot(call, CALL_LIMIT_MS, NULL, take_status, doctor);
    if (error != ERROR_NONE) {
        doctor_say(doctor, DOCTOR_FAIL, "larwmd", "is it still reading its journal? try again",
                   "gives no status: %s", error_text(error));
    }
    console_call_close(call);
}
