/* SPDX-License-Identifier: Apache-2.0 */
#include "config/program.h"

#include "base/log.h"
#include "base/require.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct option known[] = {
    {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
    {"explain", no_argument, NULL, 'e'},      {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};

static int
program_complain(const char *name, const char *what)
{
    fprintf(stderr, "%s: %s; see %s --help\n", name, what, name);
    return 2;
}

int
program_parse(int count, char **arguments, const char *name, const char *usage, bool explains,
              struct program_options *options)
{
    int option;
    opterr = 0; /* one line from us, not two */
    while ((option = getopt_long(count, arguments, "c:h", known, NULL)) != -1) {
        switch (option) {
            case 'c':
                options->config = optarg;
                break;
            case 'k':
                options->check = true;
                break;
            case 'e':
                options->explain = true;
                break;
            case 'v':
                printf("%s %s\n", name, LARWM_VERSION);
                return 0;
            case 'h':
                fputs(usage, stdout);
                return 0;
            default:
                return program_complain(name, "an option is not known or lacks its value");
        }
    }
    if (options->config == NULL || optind != count) {
        return program_complain(name, "--config FILE is needed, and nothing else");
    }
    if (options->explain && !explains) {
        return program_complain(name, "there is no --explain");
    }
    return PROGRAM_GO_ON;
}

void
program_set_log_level(const char *word)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    for (unsigned i = 0; word != NULL && i < ARRAY_COUNT(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            log_set_level((enum log_level)i);
        }
    }
}
