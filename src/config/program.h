/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line that larwmd and its gateways share: --config FILE, --check, --explain,
 * --version,
 * --help. Start of the process, one thread.
 */
#ifndef CONFIG_PROGRAM_H
#define CONFIG_PROGRAM_H

#include <stdbool.h>

struct program_options
{
    const char *config; /* the file */
    bool check;         /* only say whether it is valid */
    bool explain;       /* only print the values in force; programs without it refuse it */
};

#define PROGRAM_GO_ON (-1)

/*
 * Reads the command line of the program called `name`. Returns PROGRAM_GO_ON, or the exit code: 0
 * after --help and --version, 2 after a complaint on stderr. `explains`: the program has --explain.
 */
int program_parse(int count, char **arguments, const char *name, const char *usage, bool explains,
                  struct program_options *options);

/* Sets the log's level from a configuration's word; NULL or an unknown word leaves it. */
void program_set_log_level(const char *word);

#endif
