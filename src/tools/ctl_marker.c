/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl marker: police markers on places. Validity is half-open: [from, to). */
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

static int
run_add(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0),
                            ctl_argument(ctl, 1),
                            ctl_value_or(ctl, "kind", "panic alarm"),
                            ctl_value_or(ctl, "text", ""),
                            ctl_value(ctl, "from"),
                            ctl_value(ctl, "to"),
                            ctl_value(ctl, "review"),
                            ctl_value(ctl, "force"),
                            ctl_value_or(ctl, "requested-by", ""),
                            ctl_value_or(ctl, "set-by", "")};
    return ctl_sql_do(ctl, "marker %s added",
                      "select $2::text from larwm.marker_add($1, $2, $3, $4, $5::timestamptz, "
                      "$6::timestamptz, $7::timestamptz, $8, null, $9, $10)",
                      10, values);
}

static int
run_withdraw(struct ctl *ctl)
{
    const char *reason = ctl_value(ctl, "reason");
    if (reason == NULL || reason[0] == '\0') {
        return ctl_misuse(ctl, "--reason is needed: operators see it");
    }
    const char *values[] = {ctl_argument(ctl, 0), reason, ctl_value(ctl, "force")};
    return ctl_sql_do(ctl, "marker %s withdrawn",
                      "select $1::text from larwm.marker_withdraw($1, $2, $3)", 3, values);
}

static int
run_list(struct ctl *ctl)
{
    const char *values[] = {ctl_value(ctl, "case"), ctl_value(ctl, "force")};
    return ctl_sql_list(
        ctl,
        "select m.reference, f.code as force, c.reference as \"case\", o.reference as property, "
        "case when m.withdrawn_at <= now() then 'withdrawn' when m.valid_to <= now() then "
        "'lapsed' when m.valid_from > now() then 'not yet' else 'active' end as status, m.kind, "
        "m.valid_from as valid_from, m.valid_to as valid_to, m.review_by as review_by, "
        "m.withdrawn_reason from larwm.marker m join larwm.force f on f.id = m.force_id join "
        "larwm.property o on o.id = m.property_id left join larwm.case_record c on c.id = "
        "m.case_id where ($1::text is null or c.reference = $1) and ($2::text is null or f.code "
        "= $2) order by m.valid_to nulls last, m.reference",
        2, values);
}

static const struct ctl_option add_options[] = {
    CTL_OPTION_USER,
    {"kind", "TEXT", "default: panic alarm"},
    {"text", "TEXT", "what the force wrote"},
    {"from", "TIME", "valid from (default now)"},
    {"to", "TIME", "not valid from this instant on; infinity: open-ended"},
    {"review", "TIME", "review by"},
    {"force", "CODE", "default: the force of the place"},
    {"requested-by", "NAME", "who asked for it"},
    {"set-by", "NAME", "who set it at the force"},
    CTL_OPTION_END,
};

static const struct ctl_option withdraw_options[] = {
    CTL_OPTION_USER,
    {"reason", "TEXT", "why; operators see it"},
    {"force", "CODE", "when several forces use the same reference"},
    CTL_OPTION_END,
};

static const struct ctl_option list_options[] = {
    {"case", "CASE", "of this case"},
    {"force", "CODE", "of this force"},
    CTL_OPTION_JSON,
    CTL_OPTION_END,
};

const struct ctl_command ctl_marker_commands[] = {
    {"marker", "list", "", 0, 0, "markers, their status now and their dates", NULL, list_options,
     run_list},
    {"marker", "add", "CASE REFERENCE", 2, 2, "a marker on the place where the person lives", NULL,
     add_options, run_add},
    {"marker", "withdraw", "REFERENCE", 1, 1, "withdraw a marker from now on", NULL,
     withdraw_options, run_withdraw},
    {0},
};
