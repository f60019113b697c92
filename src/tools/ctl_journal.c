/* SPDX-License-Identifier: Apache-2.0 */
/* larwmctl journal: looks at the journal without changing it, also while larwmd writes. */
#include "tools/ctl.h"
#include "tools/journal_tool.h"

/* The directory named, or that of the environment. NULL: told why. */
static const char *
directory_of(struct ctl *ctl)
{
    const char *named = ctl_argument(ctl, 0);
    const char *directory = named != NULL ? named : ctl_environment("LARWM_JOURNAL_DIR");
    if (directory == NULL) {
        (void)ctl_misuse(ctl, "name the journal's directory, or set LARWM_JOURNAL_DIR");
    }
    return directory;
}

static int
run_verify(struct ctl *ctl)
{
    const char *directory = directory_of(ctl);
    if (directory == NULL) {
        return CTL_USAGE;
    }
    return journal_tool_verify(directory) == JOURNAL_TOOL_OK ? CTL_OK : CTL_FAILED;
}

static int
run_dump(struct ctl *ctl)
{
    const char *directory = directory_of(ctl);
    uint64_t from;
    uint64_t to;
    if (directory == NULL || !ctl_number(ctl, "from", 1, UINT64_MAX, 1, &from) ||
        !ctl_number(ctl, "to", 1, UINT64_MAX, 0, &to)) {
        return CTL_USAGE;
    }
    int status =
        journal_tool_dump(directory, from, to, ctl_flag(ctl, "json"), ctl_flag(ctl, "personal"));
    return status == JOURNAL_TOOL_OK ? CTL_OK : CTL_FAILED;
}

static const struct ctl_option dump_options[] = {
    {"from", "POSITION", "first position"},
    {"to", "POSITION", "last position"},
    {"personal", NULL, "show names, addresses, positions and texts as well"},
    CTL_OPTION_JSON,
    CTL_OPTION_END,
};

const struct ctl_command ctl_journal_commands[] = {
    {"journal", "verify", "[DIRECTORY]", 0, 1, "check every segment and record", NULL, NULL,
     run_verify},
    {"journal", "dump", "[DIRECTORY]", 0, 1, "one line for each record", NULL, dump_options,
     run_dump},
    {0},
};
