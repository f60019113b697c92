/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-bench: the load harness. Everything goes to loopback; every run is bounded in time.
 */
#include "bench.h"
#include "dc09.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char usage[] =
    "larwm-bench: simulated units against a running centre, on loopback only.\n"
    "\n"
    "  larwm-bench press [options]   presses and their latencies: to the receipt, to the console\n"
    "  larwm-bench fleet [options]   units that stay connected and heartbeat, until SIGTERM\n"
    "  larwm-bench dc09 [options]    DC-09 panels; larwm-bench dc09 --help for its options\n"
    "\n"
    "  --port N             native port (default: $LARWM_NATIVE_PORT)\n"
    "  --host ADDRESS       127.x.x.x or ::1 (default 127.0.0.1)\n"
    "  --pki DIR            certificates (default: $LARWM_PKI_DIR)\n"
    "  --units \"A B C\"      named units, with certificates in DIR/units\n"
    "  --generate N         N further units with certificates made for the run (not registered)\n"
    "  --console SOCKET     watch this console socket (default: $LARWM_SOCKET; 'none' for none)\n"
    "  --disk DIR           measure append + fdatasync there first (default: $LARWM_JOURNAL_DIR)\n"
    "  --rate R             presses a second, open loop (default 100)\n"
    "  --seconds S          how long (default 10, at most 3600)\n"
    "  --one-by-one N       instead: N presses, each when the one before was seen\n"
    "  --heartbeat S        seconds between heartbeats (default: as the centre asks)\n"
    "  --sources N          loopback addresses to come from (default 8)\n"
    "  --seed N             of the schedule (default: from the clock)\n"
    "  --json               one JSON object instead of a table\n"
    "  --phases             say when pressing begins; SIGUSR1 begins a phase with its own rows\n";

enum
{
    OPTION_PORT = 256,
    OPTION_HOST,
    OPTION_PKI,
    OPTION_UNITS,
    OPTION_GENERATE,
    OPTION_CONSOLE,
    OPTION_DISK,
    OPTION_RATE,
    OPTION_SECONDS,
    OPTION_ONE_BY_ONE,
    OPTION_HEARTBEAT,
    OPTION_SOURCES,
    OPTION_SEED,
    OPTION_JSON,
    OPTION_PHASES,
    OPTION_HELP,
};

static const struct option known[] = {{"port", required_argument, NULL, OPTION_PORT},
                                      {"host", required_argument, NULL, OPTION_HOST},
                                      {"pki", required_argument, NULL, OPTION_PKI},
                                      {"units", required_argument, NULL, OPTION_UNITS},
                                      {"generate", required_argument, NULL, OPTION_GENERATE},
                                      {"console", required_argument, NULL, OPTION_CONSOLE},
                                      {"disk", required_argument, NULL, OPTION_DISK},
                                      {"rate", required_argument, NULL, OPTION_RATE},
                                      {"seconds", required_argument, NULL, OPTION_SECONDS},
                                      {"one-by-one", required_argument, NULL, OPTION_ONE_BY_ONE},
                                      {"heartbeat", required_argument, NULL, OPTION_HEARTBEAT},
                                      {"sources", required_argument, NULL, OPTION_SOURCES},
                                      {"seed", required_argument, NULL, OPTION_SEED},
                                      {"json", no_argument, NULL, OPTION_JSON},
                                      {"phases", no_argument, NULL, OPTION_PHASES},
                                      {"help", no_argument, NULL, OPTION_HELP},
                                      {NULL, 0, NULL, 0}};

static unsigned
main_number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

/* False for an unknown option. */
static bool
main_take(struct bench_options *options, int option)
{
    switch (option) {
        case OPTION_PORT:
            options->port = main_number(optarg);
            return true;
        case OPTION_HOST:
            options->host = optarg;
            return true;
        case OPTION_PKI:
            options->pki = optarg;
            return true;
        case OPTION_UNITS:
            options->units = optarg;
            return true;
        case OPTION_GENERATE:
            options->generated = main_number(optarg);
            return true;
        case OPTION_CONSOLE:
            options->socket = strcmp(optarg, "none") == 0 ? NULL : optarg;
            return true;
        case OPTION_DISK:
            options->journal_dir = optarg;
            return true;
        case OPTION_RATE:
            options->rate = strtod(optarg, NULL);
            return true;
        case OPTION_SECONDS:
            options->seconds = main_number(optarg);
            return true;
        case OPTION_ONE_BY_ONE:
            options->one_by_one = main_number(optarg);
            return true;
        case OPTION_HEARTBEAT:
            options->heartbeat_s = main_number(optarg);
            return true;
        case OPTION_SOURCES:
            options->sources = main_number(optarg);
            return true;
        case OPTION_SEED:
            options->seed = strtoull(optarg, NULL, 10);
            return true;
        case OPTION_JSON:
            options->json = true;
            return true;
        case OPTION_PHASES:
            options->phases = true;
            return true;
        default:
            return false;
    }
}

/* The harness never loads anything but this machine. */
static bool
main_is_loopback(const char *host)
{
    struct in_addr v4;
    return strcmp(host, "::1") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127);
}

static const char *
main_refuse(const struct bench_options *options)
{
    if (options->port == 0 || options->port > 65535) {
        return "--port is needed (or LARWM_NATIVE_PORT)";
    }
    if (!main_is_loopback(options->host)) {
        return "--host must be a loopback address";
    }
    if (options->pki == NULL) {
        return "--pki is needed (or LARWM_PKI_DIR)";
    }
    if (options->units == NULL && options->generated == 0) {
        return "--units or --generate is needed";
    }
    if (!(options->rate > 0.0) || options->rate > 1e6 || options->seconds == 0 ||
        options->seconds > 3600) {
        return "--rate must be above 0, --seconds from 1 to 3600";
    }
    return NULL;
}

static void
main_raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void
main_on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    bench_fleet_stop(signal->data);
    uv_close((uv_handle_t *)signal, NULL);
}

int
bench_run_fleet(const struct bench_options *options)
{
    static uv_loop_t loop;
    static uv_signal_t stop;
    struct bench_fleet_callbacks callbacks = {.data = NULL};
    (void)uv_loop_init(&loop);
    struct bench_fleet *fleet = bench_fleet_start(&loop, options, &callbacks);
    if (fleet == NULL) {
        return 1;
    }
    (void)uv_signal_init(&loop, &stop);
    stop.data = fleet;
    (void)uv_signal_start(&stop, main_on_signal, SIGTERM);
    printf("larwm-bench: %u units\n", bench_fleet_size(fleet));
    (void)fflush(stdout);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    return 0;
}

int
main(int count, char **arguments)
{
    const char *port = getenv("LARWM_NATIVE_PORT");
    struct bench_options options = {
        .host = "127.0.0.1",
        .port = port == NULL ? 0 : main_number(port),
        .pki = getenv("LARWM_PKI_DIR"),
        .socket = getenv("LARWM_SOCKET"),
        .journal_dir = getenv("LARWM_JOURNAL_DIR"),
        .rate = 100.0,
        .seconds = 10,
        .sources = 8,
        .seed = uv_hrtime(),
    };
    const char *scenario = count > 1 ? arguments[1] : "";
    if (strcmp(scenario, "dc09") == 0) {
        main_raise_files();
        (void)signal(SIGPIPE, SIG_IGN);
        return bench_run_dc09(count - 1, arguments + 1);
    }
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(usage, stdout);
            return 0;
        }
        if (!main_take(&options, option)) {
            fputs("larwm-bench: see larwm-bench --help\n", stderr);
            return 2;
        }
    }
    const char *refusal = main_refuse(&options);
    bool press = strcmp(scenario, "press") == 0;
    if (refusal != NULL || (!press && strcmp(scenario, "fleet") != 0)) {
        fprintf(stderr, "larwm-bench: %s; see larwm-bench --help\n",
                refusal != NULL ? refusal : "the scenarios are press, fleet and dc09");
        return 2;
    }
    main_raise_files();
    (void)signal(SIGPIPE, SIG_IGN);
    return press ? bench_run_press(&options) : bench_run_fleet(&options);
}
