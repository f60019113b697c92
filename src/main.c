/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwmd: options, start, signals, exit codes.
 *     0 stopped when asked   1 could not start or failed   2 wrong options or configuration
 */
#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define FILES_WANTED 1048576u

static const char usage[] =
    "larwmd: the alarm daemon of larwm. Takes alarms, keeps them, shows them, passes them on.\n"
    "\n"
    "  larwmd --config FILE             run in the foreground until SIGTERM or SIGINT\n"
    "  larwmd --config FILE --check     say whether the configuration is valid, and stop\n"
    "  larwmd --config FILE --explain   print every value in force, and stop\n"
    "  larwmd --version\n"
    "  larwmd --help\n"
    "\n"
    "The log goes to stderr, one line an event. Started by systemd it says when it is ready, "
    "feeds\n"
    "the watchdog and takes inherited sockets named native, dc09-tcp and dc09-tls.\n";

struct main_options
{
    const char *config;
    bool check;
    bool explain;
};

/* Returns -1 to go on, else the exit code. */
static int
main_parse(int count, char **arguments, struct main_options *options)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"check", no_argument, NULL, 'k'},
        {"explain", no_argument, NULL, 'e'},      {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int option;
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
                puts("larwmd " LARWM_VERSION);
                return 0;
            case 'h':
                fputs(usage, stdout);
                return 0;
            default:
                fputs("larwmd: see larwmd --help\n", stderr);
                return 2;
        }
    }
    if (options->config == NULL || optind != count) {
        fputs("larwmd: --config FILE is needed, and nothing else; see larwmd --help\n", stderr);
        return 2;
    }
    return -1;
}

static void
main_set_log_level(const char *word)
{
    static const char *const words[] = {"debug", "info", "warning", "error"};
    for (unsigned i = 0; word != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            log_set_level((enum log_level)i);
        }
    }
}

/* Each unit's session is an open file: ask for as many as the system gives. */
static void
main_raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        struct rlimit wanted = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (limit.rlim_max < FILES_WANTED) {
            struct rlimit more = {.rlim_cur = FILES_WANTED, .rlim_max = FILES_WANTED};
            if (setrlimit(RLIMIT_NOFILE, &more) == 0) {
                return;
            }
        }
        (void)setrlimit(RLIMIT_NOFILE, &wanted);
    }
}

/* Waits for SIGTERM or SIGINT, feeding the watchdog while every stage turns. */
static int
main_wait(struct app *app, const sigset_t *signals)
{
    struct timespec turn = {.tv_sec = 1};
    for (;;) {
        int got = sigtimedwait(signals, NULL, &turn);
        if (got == SIGTERM || got == SIGINT) {
            return got;
        }
        if (app_is_alive(app)) {
            (void)sd_notify(0, "WATCHDOG=1");
        } else {
            log_error("main", "a stage does not turn; the watchdog is not fed");
        }
    }
}

static int
main_run(const struct config *config)
{
    sigset_t signals;
    struct app *app;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* every thread inherits it */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a write past a file size limit is an error, not an end */
    main_raise_files();
    log_info("main", "larwmd " LARWM_VERSION " starts as node %u", config->node);
    if (app_start(config, &app) != ERROR_NONE) {
        return 1;
    }
    (void)sd_notify(0, "READY=1");
    log_info("main", "accepting");
    int got = main_wait(app, &signals);
    (void)sd_notify(0, "STOPPING=1");
    log_info("main", "stopping (signal %d)", got);
    app_stop(app);
    log_info("main", "stopped");
    return 0;
}

int
main(int count, char **arguments)
{
    struct main_options options = {.config = NULL};
    struct config_error error;
    struct config *config = NULL;
    int code = main_parse(count, arguments, &options);
    if (code >= 0) {
        return code;
    }
    clock_init();
    if (config_load(options.config, &config, &error) != ERROR_NONE) {
        fprintf(stderr, "larwmd: %s\n", error.text);
        return 2;
    }
    main_set_log_level(config->log_level);
    if (options.check || options.explain) {
        if (options.explain) {
            config_explain(config, stdout);
        } else {
            printf("%s: valid\n", options.config);
        }
    } else {
        code = main_run(config);
    }
    config_free(config);
    return code < 0 ? 0 : code;
}
