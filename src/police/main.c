/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-police: options, start, signals, exit codes.
 *     0 stopped when asked   1 could not start   2 wrong options or configuration
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "config/program.h"
#include "police/cap.h"
#include "police/config.h"
#include "police/gateway.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define PART "main"

static const char usage[] =
    "larwm-police: passes police messages on to control rooms, and their answers back.\n"
    "\n"
    "  larwm-police --config FILE           run in the foreground until SIGTERM or SIGINT\n"
    "  larwm-police --config FILE --check   say whether the configuration is valid, and stop\n"
    "  larwm-police --version\n"
    "  larwm-police --help\n"
    "\n"
    "The log goes to stderr, one line an event, without personal data.\n";

struct main_signals
{
    uv_signal_t handles[2]; /* SIGTERM, SIGINT */
    struct police_gateway *gateway;
};

static void
main_on_signal(uv_signal_t *signal, int number)
{
    struct main_signals *signals = signal->data;
    log_info(PART, "stops on %s", number == SIGTERM ? "SIGTERM" : "SIGINT");
    police_gateway_close(signals->gateway);
    uv_close((uv_handle_t *)&signals->handles[0], NULL);
    uv_close((uv_handle_t *)&signals->handles[1], NULL);
}

static int
main_run(const struct police_config *config)
{
    uv_loop_t loop;
    struct main_signals signals;
    require(uv_loop_init(&loop) == 0);
    log_info(PART, "larwm-police " LARWM_VERSION " starts for %u forces", config->forces_count);
    enum error failed = police_gateway_open(&loop, config, &signals.gateway);
    if (failed != ERROR_NONE) {
        log_error(PART, "could not start: %s", error_text(failed));
        (void)uv_loop_close(&loop);
        return 1;
    }
    static const int numbers[2] = {SIGTERM, SIGINT};
    for (unsigned i = 0; i < 2; i++) {
        require(uv_signal_init(&loop, &signals.handles[i]) == 0);
        signals.handles[i].data = &signals;
        require(uv_signal_start(&signals.handles[i], main_on_signal, numbers[i]) == 0);
    }
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    police_gateway_free(signals.gateway);
    require(uv_loop_close(&loop) == 0); /* every handle is closed */
    log_info(PART, "stopped");
    return 0;
}

int
main(int count, char **arguments)
{
    struct program_options options = {.config = NULL};
    struct police_config *config;
    struct config_error error;
    int code = program_parse(count, arguments, "larwm-police", usage, false, &options);
    if (code >= 0) {
        return code;
    }
    if (police_config_load(options.config, &config, &error) != ERROR_NONE) {
        fprintf(stderr, "larwm-police: %s\n", error.text);
        return 2;
    }
    if (options.check) {
        printf("larwm-police: %s is valid\n", options.config);
        police_config_free(config);
        return 0;
    }
    clock_init();
    program_set_log_level(config->log_level);
    (void)signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fputs("larwm-police: libcurl could not start\n", stderr);
        police_config_free(config);
        return 1;
    }
    cap_init();
    code = main_run(config);
    cap_end();
    curl_global_cleanup();
    police_config_free(config);
    return code;
}
