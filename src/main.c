/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwmd: options, start, signals, exit codes.
 *     0 stopped when asked   1 could not start or failed   2 wrong options or configuration
 */
#include "app/app.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "config/program.h"

#include <errno.h>
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
    "the watchdog and takes inherited sockets named native, dc09-tcp, dc09-tls and dc09-udp.\n";

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
    struct program_options options = {.config = NULL};
    struct config_error error;
    struct config *config = NULL;
    int code = program_parse(count, arguments, "larwmd", usage, true, &options);
    if (code >= 0) {
        return code;
    }
    clock_init();
    if (config_load(options.config, &config, &error) != ERROR_NONE) {
        fprintf(stderr, "larwmd: %s\n", error.text);
        return 2;
    }
    program_set_log_level(config->log_level);
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
