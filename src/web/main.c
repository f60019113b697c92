/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-web: options, configuration, exit codes.
 *     0 stopped when asked   1 could not start   2 wrong options or configuration
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "config/program.h"
#include "web/config.h"
#include "web/gateway.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "larwm-web: the console gateway of larwm. Serves the operators' page over HTTPS, logs them "
    "in,\n"
    "and relays between their browsers and larwmd.\n"
    "\n"
    "  larwm-web --config FILE           run in the foreground until SIGTERM or SIGINT\n"
    "  larwm-web --config FILE --check   say whether the configuration is valid, and stop\n"
    "  larwm-web --version\n"
    "  larwm-web --help\n"
    "\n"
    "The configuration (YAML):\n"
    "  listen: {address: 127.0.0.1, port: 8443}   port 0: the system picks; it is printed\n"
    "  certificate: FILE     PEM chain            key: FILE   PEM\n"
    "  larwmd_socket: PATH   larwmd's socket\n"
    "  page: DIRECTORY       the page's files\n"
    "  session_key: FILE     seals log-in sessions; made with mode 0600 when missing\n"
    "  tiles: DIRECTORY      optional: map tiles Z/X/Y.png\n"
    "  log_level: info       optional: debug, info, warning or error\n";

int
main(int count, char **arguments)
{
    struct program_options options = {.config = NULL};
    struct config_error error;
    struct web_config *config = NULL;
    int code = program_parse(count, arguments, "larwm-web", usage, false, &options);
    if (code >= 0) {
        return code;
    }
    clock_init();
    (void)signal(SIGPIPE, SIG_IGN);
    require(sodium_init() >= 0);
    if (web_config_load(options.config, &config, &error) != ERROR_NONE) {
        fprintf(stderr, "larwm-web: %s\n", error.text);
        return 2;
    }
    program_set_log_level(config->log_level);
    if (options.check) {
        printf("%s: valid\n", options.config);
        code = 0;
    } else {
        code = web_gateway_run(config);
    }
    web_config_free(config);
    return code;
}
