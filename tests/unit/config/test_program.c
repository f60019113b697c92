/* SPDX-License-Identifier: Apache-2.0 */
#include "config/program.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <getopt.h>

static struct program_options options;

static int
parse(int count, char **arguments, bool explains)
{
    optind = 1;
    options = (struct program_options){.config = NULL};
    return program_parse(count, arguments, "larwm-x", "how to use it\n", explains, &options);
}

Test(program, takes_a_configuration_and_goes_on)
{
    char *arguments[] = {"larwm-x", "--config", "file.yaml", "--check", NULL};
    cr_assert_eq(parse(4, arguments, false), PROGRAM_GO_ON);
    cr_assert_str_eq(options.config, "file.yaml");
    cr_assert(options.check && !options.explain);
}

Test(program, help_and_version_end_well, .init = cr_redirect_stdout)
{
    char *help[] = {"larwm-x", "--help", NULL};
    char *version[] = {"larwm-x", "--version", NULL};
    cr_assert_eq(parse(2, help, false), 0);
    cr_assert_eq(parse(2, version, false), 0);
    (void)fflush(stdout);
    cr_assert_stdout_eq_str("how to use it\nlarwm-x " LARWM_VERSION "\n");
}

Test(program, what_it_does_not_know_is_refused, .init = cr_redirect_stderr)
{
    char *unknown[] = {"larwm-x", "--config", "f", "--frob", NULL};
    char *nothing[] = {"larwm-x", NULL};
    char *more[] = {"larwm-x", "--config", "f", "more", NULL};
    char *explain[] = {"larwm-x", "--config", "f", "--explain", NULL};
    cr_assert_eq(parse(4, unknown, true), 2);
    cr_assert_eq(parse(1, nothing, true), 2);
    cr_assert_eq(parse(4, more, true), 2);
    cr_assert_eq(parse(4, explain, false), 2);
    cr_assert_eq(parse(4, explain, true), PROGRAM_GO_ON);
}
