/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl signal list: what units sent, as recorded in PostgreSQL, newest first. */
#include "tools/ctl.h"
#include "tools/ctl_sql.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

/* "2026-11-22..." is a time, anything else ("2h", "30 minutes") a time ago. */
static bool
is_date(const char *text)
{
    return strlen(text) >= 10 && isdigit((unsigned char)text[0]) && text[4] == '-';
}

static int
run_list(struct ctl *ctl)
{
    uint64_t limit;
    if (!ctl_number(ctl, "limit", 1, 1000000, 100, &limit)) {
        return CTL_USAGE;
    }
    char count[24];
    (void)snprintf(count, sizeof count, "%" PRIu64, limit);
    const char *since = ctl_value(ctl, "since");
    const char *from = since != NULL && is_date(since) ? since : NULL;
    const char *ago = since != NULL && !is_date(since) ? since : NULL;
    const char *values[] = {ctl_value(ctl, "unit"), from, ago, count};
    return ctl_sql_list(
        ctl,
        "select node || ':' || pos as position, received_at as received, unit, upper(kind) as "
        "kind, restore, code, zone, repeats, account, upper(protocol) as protocol, sequence, "
        "network from larwm.signal where ($1::text is null or unit = $1) and ($2::timestamptz "
        "is null or received_at >= $2) and ($3::interval is null or received_at >= now() - "
        "$3::interval) order by received_at desc, node, pos desc limit $4::int",
        4, values);
}

static const struct ctl_option options[] = {
    {"since", "TIME", "from 2026-11-22T08:00:00Z on, or the last \"2 hours\""},
    {"unit", "UNIT", "of this unit"},
    {"limit", "N", "at most so many (default 100)"},
    CTL_OPTION_JSON,
    CTL_OPTION_END,
};

const struct ctl_command ctl_signal_commands[] = {
    {"signal", "list", "", 0, 0, "signals as recorded, newest first", NULL, options, run_list},
    {0},
};
