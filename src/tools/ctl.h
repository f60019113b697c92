/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwmctl: one program, many commands, each `larwmctl GROUP VERB`. A command is a row of a table:
 * its words, arguments, options and the function that runs it; reading the command line and
 * printing help are done here for all of them. One thread.
 *
 * Exit codes: 0 done; 1 refused or failed (why, and what to do, on stderr); 2 not understood.
 */
#ifndef TOOLS_CTL_H
#define TOOLS_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CTL_OK 0
#define CTL_FAILED 1
#define CTL_USAGE 2

#define CTL_ARGUMENTS_MAX 8
#define CTL_OPTIONS_MAX 16

struct ctl_option
{
    const char *name;  /* "since", given as --since */
    const char *value; /* what stands for the value in help ("TIME"); NULL: a flag */
    const char *help;
};

struct ctl;

struct ctl_command
{
    const char *group;
    const char *verb;      /* NULL: the group is the command (`larwmctl status`) */
    const char *arguments; /* "ID [TEXT]", as help shows it */
    int arguments_min;
    int arguments_max;
    const char *summary;              /* one line */
    const char *more;                 /* further lines of help, or NULL */
    const struct ctl_option *options; /* ends with a NULL name; NULL: none beside --help */
    int (*run)(struct ctl *ctl);
};

/* One run: what was asked, and where answers go. */
struct ctl
{
    const struct ctl_command *command;
    const char *arguments[CTL_ARGUMENTS_MAX];
    int argument_count;
    const char *values[CTL_OPTIONS_MAX]; /* by index of command->options; "" for a flag given */
    FILE *in;
    FILE *out;
    FILE *err;
};

#define CTL_OPTION_JSON                                                                            \
    {                                                                                              \
        "json", NULL, "print JSON"                                                                 \
    }
#define CTL_OPTION_USER                                                                            \
    {                                                                                              \
        "user", "NAME", "act in this name (default larwmctl)"                                      \
    }
#define CTL_OPTION_ROLE                                                                            \
    {                                                                                              \
        "role", "ROLE", "operator, supervisor (default), administrator or tool"                    \
    }
#define CTL_OPTION_TIMEOUT                                                                         \
    {                                                                                              \
        "timeout", "MS", "give up after this many milliseconds (default 5000)"                     \
    }
#define CTL_OPTION_END                                                                             \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }

/* Runs one command line; argv[0] is the program. Returns the exit code. */
int ctl_run(int argc, char **argv, FILE *in, FILE *out, FILE *err);

/* Does the command have an option of this name? */
bool ctl_has_option(const struct ctl *ctl, const char *name);
/* Option `name` of the command: its value, or NULL when it was not given. Asking for an option the
 * command does not have is a programmer's error. */
const char *ctl_value(const struct ctl *ctl, const char *name);
bool ctl_flag(const struct ctl *ctl, const char *name);
/* The value, or `otherwise`. */
const char *ctl_value_or(const struct ctl *ctl, const char *name, const char *otherwise);
/* A whole number of `least`..`most`; false, with the reason told, when it is not one. */
bool ctl_number(const struct ctl *ctl, const char *name, uint64_t least, uint64_t most,
                uint64_t otherwise, uint64_t *ret_number);
/* Argument `index`, or NULL. */
const char *ctl_argument(const struct ctl *ctl, int index);

/* "larwmctl: <text>" on stderr. Returns CTL_FAILED or CTL_USAGE for `return ctl_fail(...)`. */
int ctl_fail(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
int ctl_misuse(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One line on stdout. */
void ctl_say(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A setting of the environment; "" counts as not set. NULL when it is not there. */
const char *ctl_environment(const char *name);

/* The commands, by file; each ends with a NULL group. */
extern const struct ctl_command ctl_allocation_commands[];
extern const struct ctl_command ctl_audit_commands[];
extern const struct ctl_command ctl_case_commands[];
extern const struct ctl_command ctl_counters_commands[];
extern const struct ctl_command ctl_credential_commands[];
extern const struct ctl_command ctl_dc09_commands[];
extern const struct ctl_command ctl_doctor_commands[];
extern const struct ctl_command ctl_drill_commands[];
extern const struct ctl_command ctl_incident_commands[];
extern const struct ctl_command ctl_incident_act_commands[];
extern const struct ctl_command ctl_journal_commands[];
extern const struct ctl_command ctl_marker_commands[];
extern const struct ctl_command ctl_path_commands[];
extern const struct ctl_command ctl_pool_commands[];
extern const struct ctl_command ctl_signal_commands[];
extern const struct ctl_command ctl_status_commands[];
extern const struct ctl_command ctl_unit_commands[];
extern const struct ctl_command ctl_user_commands[];

#endif
