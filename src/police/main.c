/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-police: options, start, signals, exit codes.
 *     0 stopped when asked   1 could not start   2 wrong options or configuration
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "police/cap.h"
#include "police/config.h"
#include "police/gateway.h"

#include <curl/curl.h>
#include <getopt.h>
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

struct main_options
{
    const char *config;
    bool check;
};

struct main_signals
{
    uv_signal_t handles[2]; /* SIGTERM, SIGINT */
    struct police_gateway *gateway;
};

/* Returns -1 to go on, else the exit code. */
static int
main_parse(int count, char **arguments, struct main_options *options)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"check", no_argument, NULL, 'k'},
                                          {"version", no_argument, NULL, 'v'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(count, arguments, "c:h", known, NULL)) != -1) {
        switch (option) {
            case 'c':
                options->config = optarg;
                break;
            case 'k':
                options->check = true;
                break;
            case 'v':
                puts("larwm-police " LARWM_VERSION);
                return 0;
            case 'h':
                fputs(usage, stdout);
                return 0;
            default:
                fputs("larwm-police: see larwm-police --help\n", stderr);
                return 2;
        }
    }
    if (options->config == NULL || optind != count) {
        fputs("larwm-police: --config FILE is needed, and nothing else; see larwm-police --help\n",
              stderr);
        return 2;
    }
    return -1;
}

static void
main_set_log_level(const char *word)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    for (unsigned i = 0; word != NULL && i < ARRAY_COUNT(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            log_set_level((enum log_level)i);
        }
    }
}

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
    struct main_options options = {.config = NULL};
    struct police_config *config;
    struct config_error error;
    int code = main_parse(count, arguments, &options);
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
    main_set_log_level(config->log_level);
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
