/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl unit: the fleet. A change of status changes labels, never the arrival of a press. */
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

#include <string.h>

static int
run_list(struct ctl *ctl)
{
    const char *values[] = {ctl_value(ctl, "status"), ctl_value(ctl, "pool")};
    return ctl_sql_list(
        ctl,
        "select u.identifier as unit, m.name as model, u.status, u.status_since as since, "
        "c.reference as \"case\", p.code as pool, a.code as owner, u.network, u.silent_receipt "
        "as silent from larwm.unit u join larwm.unit_model m on m.id = u.model_id left join "
        "larwm.pool p on p.id = u.pool_id left join larwm.agency a on a.id = u.owner_agency_id "
        "left join larwm.allocation l on l.unit_id = u.id and l.during @> now() left join "
        "larwm.case_record c on c.id = l.case_id where ($1::text is null or u.status = "
        "lower($1)) and ($2::text is null or p.code = $2) order by u.identifier",
        2, values);
}

static int
run_history(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0)};
    return ctl_sql_list(
        ctl,
        "select e.at as at, e.from_status as \"from\", e.to_status as \"to\", e.actor, e.reason "
        "from larwm.unit_event e join larwm.unit u on u.id = e.unit_id where u.identifier = $1 "
        "order by e.at, e.id",
        1, values);
}

static int
run_add(struct ctl *ctl)
{
    const char *model = ctl_value(ctl, "model");
    if (model == NULL) {
        return ctl_misuse(ctl, "--model is needed: larwmctl unit models lists them");
    }
    const char *values[] = {ctl_argument(ctl, 0),
                            model,
                            ctl_value(ctl, "owner"),
                            ctl_value(ctl, "pool"),
                            ctl_value_or(ctl, "network", ""),
                            ctl_value_or(ctl, "iccid", ""),
                            ctl_flag(ctl, "audible") ? "false" : "true"};
    return ctl_sql_do(ctl, "%s added",
                      "select $1::text from larwm.unit_add($1, $2, $3, $4, $5, $6, $7::boolean)", 7,
                      values);
}

static int
run_models(struct ctl *ctl)
{
    return ctl_sql_list(ctl,
                        "select code, name, kind, monitored, mobile, heartbeat_interval_s, "
                        "to_json(capabilities) as capabilities from larwm.unit_model order by code",
                        0, NULL);
}

/* A change that needs its reason. */
static int
change(struct ctl *ctl, const char *format, const char *statement, const char *value)
{
    const char *reason = ctl_value(ctl, "reason");
    if (reason == NULL || reason[0] == '\0') {
        return ctl_misuse(ctl, "--reason is needed: it goes into the audit");
    }
    const char *values[] = {ctl_argument(ctl, 0), reason, value};
    return ctl_sql_do(ctl, format, statement, value == NULL ? 2 : 3, values);
}

static int
run_retire(struct ctl *ctl)
{
    return change(ctl, "%s retired", "select $1::text from larwm.unit_retire($1, $2)", NULL);
}

static int
run_status(struct ctl *ctl)
{
    return change(ctl, "%s", "select $1 || ' is ' || $3 from larwm.unit_set_status($1, $3, $2)",
                  ctl_argument(ctl, 1));
}

static int
run_tested(struct ctl *ctl)
{
    const char *result = ctl_argument(ctl, 1);
    if (strcmp(result, "pass") != 0 && strcmp(result, "fail") != 0) {
        return ctl_misuse(ctl, "the result of a test is pass or fail");
    }
    const char *values[] = {ctl_argument(ctl, 0), strcmp(result, "pass") == 0 ? "true" : "false"};
    return ctl_sql_do(
        ctl, "%s", "select $1 || ' is ' || t from larwm.unit_tested($1, $2::boolean) t", 2, values);
}

static const struct ctl_option list_options[] = {
    {"status", "STATUS", "in_store, leased_untested, in_service, lost, stolen, ..."},
    {"pool", "POOL", "of this pool"},
    CTL_OPTION_JSON,
    CTL_OPTION_END,
};

static const struct ctl_option json_options[] = {CTL_OPTION_JSON, CTL_OPTION_END};

static const struct ctl_option add_options[] = {
    CTL_OPTION_USER,
    {"model", "MODEL", "code or name; larwmctl unit models lists them"},
    {"owner", "AGENCY", "code of the agency that owns it"},
    {"pool", "POOL", "code of the pool it is lent from"},
    {"network", "NAME", "SIM network or bearer"},
    {"iccid", "NUMBER", "of its SIM"},
    {"audible", NULL, "receipts may be heard (they are silent by default)"},
    CTL_OPTION_END,
};

static const struct ctl_option reason_options[] = {
    CTL_OPTION_USER,
    {"reason", "TEXT", "why; it goes into the audit"},
    CTL_OPTION_END,
};

static const struct ctl_option user_options[] = {CTL_OPTION_USER, CTL_OPTION_END};

const struct ctl_command ctl_unit_commands[] = {
    {"unit", "list", "", 0, 0, "units, their status and who holds them", NULL, list_options,
     run_list},
    {"unit", "models", "", 0, 0, "the catalogue of models", NULL, json_options, run_models},
    {"unit", "history", "UNIT", 1, 1, "changes of status of one unit", NULL, json_options,
     run_history},
    {"unit", "add", "UNIT", 1, 1, "add a unit, in store", NULL, add_options, run_add},
    {"unit", "status", "UNIT STATUS", 2, 2, "set the status: lost, stolen, quarantine, ...", NULL,
     reason_options, run_status},
    {"unit", "tested", "UNIT pass|fail", 2, 2, "record the result of a test", NULL, user_options,
     run_tested},
    {"unit", "retire", "UNIT", 1, 1, "take it out of use; a press of it is still an alarm", NULL,
     reason_options, run_retire},
    {0},
};
