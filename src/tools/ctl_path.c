/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl path: how often each path of a unit is heard, and which frames of a DC-09 panel come by
 * which. For the installer: a panel that was set to another interval is told to the centre here. */
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

#include <string.h>

#define INTERVAL_S_MIN 10
#define INTERVAL_S_MAX 2592000
#define CLOCK_S_MAX 86400

static int
run_list(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0)};
    return ctl_sql_list(
        ctl,
        "select p.unit, p.path, case when p.interval_s > 0 then 'set' when p.learned_s > 0 then "
        "'learned' when p.fallback_s > 0 then 'of the model' else 'to be learned' end as how, "
        "coalesce(nullif(p.interval_s, 0), nullif(p.learned_s, 0), nullif(p.fallback_s, 0)) as "
        "interval_s, l.at as learned_at, (select string_agg(c.account, ' ' order by c.account) "
        "from larwm.unit_credential c left join larwm.dc09_account d on d.unit_id = c.unit_id and "
        "d.account = c.account and d.line = c.line where c.unit_id = u.id and c.kind = 'dc09' and "
        "c.valid @> now() and coalesce(d.path, 'main') = p.path) as accounts "
        "from larwm.directory_paths p join larwm.unit u on u.identifier = p.unit left join "
        "larwm.unit_path_learned l on l.unit_id = u.id and l.path = p.path and l.interval_s is "
        "not null where $1::text is null or p.unit = $1 order by p.unit, p.path desc",
        1, values);
}

static int
run_set(struct ctl *ctl)
{
    const char *interval = ctl_value(ctl, "interval");
    uint64_t seconds = 0;
    if (ctl_flag(ctl, "learn") == (interval != NULL)) {
        return ctl_misuse(ctl, "name one: --interval or --learn");
    }
    if (interval != NULL &&
        !ctl_number(ctl, "interval", INTERVAL_S_MIN, INTERVAL_S_MAX, 0, &seconds)) {
        return CTL_USAGE;
    }
    const char *values[] = {ctl_argument(ctl, 0), ctl_argument(ctl, 1), interval};
    return ctl_sql_do(
        ctl, "%s",
        "select $1 || ': ' || $2 || ' path ' || coalesce('every ' || $3::int || ' s', 'is learned "
        "anew') from (select larwm.path_set($1, $2, $3::int)) x",
        3, values);
}

static int
run_drop(struct ctl *ctl)
{
    const char *values[] = {ctl_argument(ctl, 0), ctl_argument(ctl, 1)};
    return ctl_sql_do(ctl, "%s",
                      "select $1 || ' has no ' || $2 || ' path of its own any more' from (select "
                      "larwm.path_drop($1, $2)) x",
                      2, values);
}

static int
run_account(struct ctl *ctl)
{
    uint64_t number = 0;
    if (!ctl_number(ctl, "clock-behind", 0, CLOCK_S_MAX, 0, &number) ||
        !ctl_number(ctl, "clock-ahead", 0, CLOCK_S_MAX, 0, &number)) {
        return CTL_USAGE;
    }
    const char *values[] = {ctl_argument(ctl, 0),           ctl_argument(ctl, 1),
                            ctl_value(ctl, "path"),         ctl_value(ctl, "network"),
                            ctl_value(ctl, "clock-behind"), ctl_value(ctl, "clock-ahead"),
                            ctl_value_or(ctl, "line", "")};
    return ctl_sql_do(ctl, "%s",
                      "select $1 || ': account ' || $2 || ' set' from (select "
                      "larwm.account_set($1, $2, $3, $4, $5::int, $6::int, $7)) x",
                      7, values);
}

static const struct ctl_option list_options[] = {CTL_OPTION_JSON, CTL_OPTION_END};

static const struct ctl_option set_options[] = {
    CTL_OPTION_USER,
    {"interval", "SECONDS", "between link tests: 10 to 2592000 (30 days)"},
    {"learn", NULL, "forget what was learned and learn it from the next link tests"},
    CTL_OPTION_END,
};

static const struct ctl_option user_options[] = {CTL_OPTION_USER, CTL_OPTION_END};

static const struct ctl_option account_options[] = {
    CTL_OPTION_USER,
    {"path", "PATH", "main or backup: frames of this account come by it"},
    {"network", "DIGIT",
     "of a main account: frames with this [J..] come by the back-up (default 2)"},
    {"clock-behind", "SECONDS", "how old a timestamp may be; 0: as the listener says"},
    {"clock-ahead", "SECONDS", "how far ahead a timestamp may be; 0: as the listener says"},
    {"line", "LINE", "DC-09 line prefix"},
    CTL_OPTION_END,
};

static const char set_more[] =
    "A path is late after 1.5 intervals of silence and lost after 2.5, each with 2 s for the\n"
    "network. A panel that calls more often than its interval is learned by itself; one that\n"
    "calls more rarely is shown as late, and set here.";

const struct ctl_command ctl_path_commands[] = {
    {"path", "list", "[UNIT]", 0, 1, "paths of panels and their intervals, set or learned", NULL,
     list_options, run_list},
    {"path", "set", "UNIT main|backup", 2, 2, "give a unit a path, or a path its interval",
     set_more, set_options, run_set},
    {"path", "drop", "UNIT main|backup", 2, 2, "take a path away", NULL, user_options, run_drop},
    {"path", "account", "UNIT ACCOUNT", 2, 2, "which path a DC-09 account is, and its clock", NULL,
     account_options, run_account},
    {0},
};
