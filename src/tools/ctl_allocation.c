/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl allocation and pool: who holds which unit. It decides whose life an alarm concerns. */
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

#include <stdlib.h>
#include <string.h>

static int
run_lease(struct ctl *ctl)
{
    const char *lessor = ctl_value(ctl, "lessor");
    if (lessor == NULL || lessor[0] == '\0') {
        return ctl_misuse(ctl, "--lessor is needed: who hands it over");
    }
    const char *values[] = {ctl_argument(ctl, 0), ctl_argument(ctl, 1), lessor,
                            ctl_value(ctl, "authorisation"), ctl_value(ctl, "return")};
    return ctl_sql_do(ctl, "%s; it waits for its first test signal",
                      "select $1 || ' leased to ' || $2 from "
                      "larwm.allocation_lease($1, $2, $3, $4, $5::timestamptz)",
                      5, values);
}

/* What came of a lease from a pool: a unit, or a place on the waiting list. */
static int
tell_pool_lease(struct ctl *ctl, const PGresult *result)
{
    if (!PQgetisnull(result, 0, 0)) {
        ctl_say(ctl, "%s leased to %s; it waits for its first test signal",
                PQgetvalue(result, 0, 0), ctl_argument(ctl, 1));
        return CTL_OK;
    }
    (void)ctl_fail(ctl, "no unit is free: %s is number %s of the waiting list",
                   ctl_argument(ctl, 1), PQgetvalue(result, 0, 1));
    if (!PQgetisnull(result, 0, 2)) {
        (void)fprintf(ctl->err, "  In the meantime: %s\n", PQgetvalue(result, 0, 2));
    }
    return CTL_FAILED;
}

static int
run_lease_from_pool(struct ctl *ctl)
{
    const char *lessor = ctl_value(ctl, "lessor");
    if (lessor == NULL || lessor[0] == '\0') {
        return ctl_misuse(ctl, "--lessor is needed: who hands it over");
    }
    const char *values[] = {ctl_argument(ctl, 0), ctl_argument(ctl, 1), lessor,
                            ctl_value(ctl, "authorisation")};
    PGconn *db = ctl_sql_open(ctl);
    PGresult *result =
        db == NULL ? NULL
                   : ctl_sql_run(ctl, db,
                                 "select unit, waiting_rank, array_to_string(interim, ', ') from "
                                 "larwm.allocation_lease_from_pool($1, $2, $3, $4)",
                                 4, values);
    int status = result == NULL ? CTL_FAILED : tell_pool_lease(ctl, result);
    PQclear(result);
    PQfinish(db);
    return status;
}

static int
run_return(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0), ctl_value_or(ctl, "reason", "returned")};
    return ctl_sql_do(ctl, "%s is back, in quarantine: wipe, re-key and test it",
                      "select $1::text from larwm.allocation_return($1, $2)", 2, values);
}

static int
run_list(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0), ctl_flag(ctl, "ended") ? "true" : "false"};
    return ctl_sql_list(
        ctl,
        "select u.identifier as unit, c.reference as \"case\", lower(a.during) as \"from\", "
        "upper(a.during) as \"to\", a.lessor, a.authorisation, a.expected_return "
        "from larwm.allocation a join larwm.unit u on u.id = a.unit_id "
        "join larwm.case_record c on c.id = a.case_id "
        "where ($1::text is null or u.identifier = $1 or c.reference = $1) "
        "and ($2::boolean or a.during @> now()) order by u.identifier, lower(a.during)",
        2, values);
}

static int
run_pool_show(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0)};
    return ctl_sql_list(ctl, "select $1::text as pool, n.* from larwm.pool_counts($1) n", 1,
                        values);
}

static int
run_pool_list(struct ctl *ctl)
{
    return ctl_sql_list(ctl,
                        "select p.code, p.name, a.code as agency, n.total, n.leased, n.free, "
                        "n.waiting, n.utilisation from larwm.pool p "
                        "left join larwm.agency a on a.id = p.agency_id, "
                        "lateral larwm.pool_counts(p.code) n order by p.code",
                        0, NULL);
}

static const struct ctl_option lease_options[] = {
    CTL_OPTION_USER,
    {"lessor", "NAME", "who hands it over"},
    {"authorisation", "TEXT", "MARAC or other authorisation"},
    {"return", "TIME", "when it is expected back"},
    CTL_OPTION_END,
};

static const struct ctl_option pool_lease_options[] = {
    CTL_OPTION_USER,
    {"lessor", "NAME", "who hands it over"},
    {"authorisation", "TEXT", "MARAC or other authorisation"},
    CTL_OPTION_END,
};

static const struct ctl_option return_options[] = {
    CTL_OPTION_USER,
    {"reason", "TEXT", "default: returned"},
    CTL_OPTION_END,
};

static const struct ctl_option list_options[] = {
    {"ended", NULL, "allocations that have ended as well"},
    CTL_OPTION_JSON,
    CTL_OPTION_END,
};

static const struct ctl_option json_options[] = {CTL_OPTION_JSON, CTL_OPTION_END};

const struct ctl_command ctl_allocation_commands[] = {
    {"allocation", "list", "[UNIT|CASE]", 0, 1, "who holds what", NULL, list_options, run_list},
    {"allocation", "lease", "UNIT CASE", 2, 2, "hand a unit over", NULL, lease_options, run_lease},
    {"allocation", "lease-from-pool", "POOL CASE", 2, 2,
     "hand over any free unit, or join the waiting list", NULL, pool_lease_options,
     run_lease_from_pool},
    {"allocation", "return", "UNIT", 1, 1, "take it back, into quarantine", NULL, return_options,
     run_return},
    {0},
};

const struct ctl_command ctl_pool_commands[] = {
    {"pool", "list", "", 0, 0, "pools and what is free in them", NULL, json_options, run_pool_list},
    {"pool", "show", "POOL", 1, 1, "units of a pool by status", NULL, json_options, run_pool_show},
    {0},
};
