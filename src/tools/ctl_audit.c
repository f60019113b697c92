/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl audit: the hash-chained trail in PostgreSQL. */
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

static int
run_verify(struct ctl *ctl)
{
    const char *chain = ctl_argument(ctl, 0);
    const char *values[] = {chain};
    PGconn *db = ctl_sql_open(ctl);
    PGresult *result =
        db == NULL ? NULL
                   : ctl_sql_run(ctl, db,
                                 "select larwm.audit_verify($1), h.no, encode(h.hash, 'hex') "
                                 "from larwm.audit_head($1) h",
                                 1, values);
    int status = CTL_FAILED;
    if (result != NULL && (PQntuples(result) == 0 || PQgetisnull(result, 0, 1))) {
        status = ctl_fail(ctl, "chain %s has no rows: node-1 and admin are chains", chain);
    } else if (result != NULL && !PQgetisnull(result, 0, 0)) {
        status = ctl_fail(ctl, "chain %s is BROKEN at row %s: it was changed after it was written",
                          chain, PQgetvalue(result, 0, 0));
    } else if (result != NULL) {
        ctl_say(ctl, "chain %s is whole: %s rows, head %s", chain, PQgetvalue(result, 0, 1),
                PQgetvalue(result, 0, 2));
        status = CTL_OK;
    }
    PQclear(result);
    PQfinish(db);
    return status;
}

const struct ctl_command ctl_audit_commands[] = {
    {"audit", "verify", "CHAIN", 1, 1, "check a chain of the audit (admin, node-1)",
     "Note the head elsewhere: it also shows rows cut off the end.", NULL, run_verify},
    {0},
};
