/* SPDX-License-Identifier: Apache-2.0 */
/* What stands after the scenario's name (dc09 has options of its own). */
#include "bench.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "larwm-bench: simulated units against a running centre, on loopback only.\n"
    "\n"
    "  larwm-bench steady     presses at a fixed rate: to the receipt, to the console (also: "
    "press)\n"
    "  larwm-bench storm      the rate, ten times the rate, the rate again\n"
    "  larwm-bench reconnect  some units press; all others lose their connection and return at "
    "once\n"
    "  larwm-bench noise      some units press, first in quiet, then through heartbeats and "
    "chatter\n"
    "  larwm-bench flap       some units press, first in quiet, then beside flapping zones\n"
    "  larwm-bench beat       some units press, all others heartbeat, --heartbeats a second\n"
    "  larwm-bench idle       units that are connected: memory of each\n"
    "  larwm-bench fleet      units that stay connected and heartbeat, until SIGTERM; says when "
    "all\n"
    "                         are ready, and in the end how many still were\n"
    "  larwm-bench wheel      the timers of many units, without a daemon\n"
    "  larwm-bench enrol      makes a bundle of units; prints names and fingerprints\n"
    "  larwm-bench dc09       DC-09 panels; larwm-bench dc09 --help for its options\n"
    "\n"
    "  --port N             native port (default: $LARWM_NATIVE_PORT)\n"
    "  --host ADDRESS       127.x.x.x or ::1 (default 127.0.0.1)\n"
    "  --pki DIR            certificates (default: $LARWM_PKI_DIR)\n"
    "  --units \"A B C\"      named units, with certificates in DIR/units\n"
    "  --generate N         N further units, with certificates made for the run (not registered),\n"
    "  --bundle FILE        or the first N of this bundle\n"
    "  --pressing N         the first N units press (default: all, 50 among others)\n"
    "  --socket SOCKET      the console's: counters, presses shown (default: $LARWM_SOCKET)\n"
    "  --console SOCKET     the same; 'none' for none\n"
    "  --no-watch           counters only: press to delta is not timed\n"
    "  --pid N              measure this process and its children, larwmd first (up to 8 times)\n"
    "  --disk DIR           measure append + fdatasync there first (default: $LARWM_JOURNAL_DIR)\n"
    "  --rate R             presses a second, open loop (default 100)\n"
    "  --seconds S          how long (default 10, at most 3600)\n"
    "  --one-by-one N       press: N presses instead, each when the one before was seen\n"
    "  --step X             storm: X times the rate (default 10)\n"
    "  --heartbeats R       noise, beat: heartbeats a second (default 5000)\n"
    "  --chatter R          noise: door and sensor signals a second (default 500)\n"
    "  --flapping N         noise, flap: zones that change ten times a second (default 25)\n"
    "  --heartbeat S        seconds between a unit's own heartbeats (default: as the centre asks)\n"
    "  --sources N          loopback addresses to come from (default 8)\n"
    "  --window N           connections being made at once at the start (default 64)\n"
    "  --full               full handshakes only, no tickets\n"
    "  --spread             reconnect, idle: return as the centre asks, not all at once\n"
    "  --seed N             of the schedule (default: from the clock)\n"
    "  --histogram FILE     value,count lines of each row, in microseconds\n"
    "  --json               one JSON object instead of a table\n"
    "  --phases             press: say when pressing begins; SIGUSR1 begins a phase with its own "
    "rows\n";

enum
{
    OPTION_PORT = 256,
    OPTION_HOST,
    OPTION_PKI,
    OPTION_UNITS,
    OPTION_GENERATE,
    OPTION_BUNDLE,
    OPTION_PRESSING,
    OPTION_CONSOLE,
    OPTION_NO_WATCH,
    OPTION_PID,
    OPTION_DISK,
    OPTION_RATE,
    OPTION_SECONDS,
    OPTION_ONE_BY_ONE,
    OPTION_STEP,
    OPTION_HEARTBEATS,
    OPTION_CHATTER,
    OPTION_FLAPPING,
    OPTION_HEARTBEAT,
    OPTION_SOURCES,
    OPTION_WINDOW,
    OPTION_FULL,
    OPTION_SPREAD,
    OPTION_SEED,
    OPTION_HISTOGRAM,
    OPTION_JSON,
    OPTION_PHASES,
    OPTION_HELP,
};

static const struct option known[] = {{"port", required_argument, NULL, OPTION_PORT},
                                      {"host", required_argument, NULL, OPTION_HOST},
                                      {"pki", required_argument, NULL, OPTION_PKI},
                                      {"units", required_argument, NULL, OPTION_UNITS},
                                      {"generate", required_argument, NULL, OPTION_GENERATE},
                                      {"bundle", required_argument, NULL, OPTION_BUNDLE},
                                      {"pressing", required_argument, NULL, OPTION_PRESSING},
                                      {"socket", required_argument, NULL, OPTION_CONSOLE},
                                      {"console", required_argument, NULL, OPTION_CONSOLE},
                                      {"no-watch", no_argument, NULL, OPTION_NO_WATCH},
                                      {"pid", required_argument, NULL, OPTION_PID},
                                      {"disk", required_argument, NULL, OPTION_DISK},
                                      {"rate", required_argument, NULL, OPTION_RATE},
                                      {"seconds", required_argument, NULL, OPTION_SECONDS},
                                      {"one-by-one", required_argument, NULL, OPTION_ONE_BY_ONE},
                                      {"step", required_argument, NULL, OPTION_STEP},
                                      {"heartbeats", required_argument, NULL, OPTION_HEARTBEATS},
                                      {"chatter", required_argument, NULL, OPTION_CHATTER},
                                      {"flapping", required_argument, NULL, OPTION_FLAPPING},
                                      {"heartbeat", required_argument, NULL, OPTION_HEARTBEAT},
                                      {"sources", required_argument, NULL, OPTION_SOURCES},
                                      {"window", required_argument, NULL, OPTION_WINDOW},
                                      {"full", no_argument, NULL, OPTION_FULL},
                                      {"spread", no_argument, NULL, OPTION_SPREAD},
                                      {"seed", required_argument, NULL, OPTION_SEED},
                                      {"histogram", required_argument, NULL, OPTION_HISTOGRAM},
                                      {"json", no_argument, NULL, OPTION_JSON},
                                      {"phases", no_argument, NULL, OPTION_PHASES},
                                      {"help", no_argument, NULL, OPTION_HELP},
                                      {NULL, 0, NULL, 0}};

static unsigned
options_number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 10);
}

/* Where and who. False for another option. */
static bool
options_take_place(struct bench_options *options, int option)
{
    switch (option) {
        case OPTION_PORT:
            options->port = options_number(optarg);
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
            options->generated = options_number(optarg);
            return true;
        case OPTION_BUNDLE:
            options->bundle = optarg;
            return true;
        case OPTION_CONSOLE:
            options->socket = strcmp(optarg, "none") == 0 ? NULL : optarg;
            return true;
        case OPTION_DISK:
            options->journal_dir = strcmp(optarg, "none") == 0 ? NULL : optarg;
            return true;
        case OPTION_SOURCES:
            options->sources = options_number(optarg);
            return true;
        case OPTION_PID:
            if (options->pid_count == MEASURE_PIDS_MAX) {
                return false;
            }
            options->pids[options->pid_count++] = (int)options_number(optarg);
            return true;
        default:
            return false;
    }
}

/* What is sent. False for another option. */
static bool
options_take_load(struct bench_options *options, int option)
{
    switch (option) {
        case OPTION_PRESSING:
            options->pressing = options_number(optarg);
            return true;
        case OPTION_RATE:
            options->rate = strtod(optarg, NULL);
            return true;
        case OPTION_SECONDS:
            options->seconds = options_number(optarg);
            return true;
        case OPTION_ONE_BY_ONE:
            options->one_by_one = options_number(optarg);
            return true;
        case OPTION_STEP:
            options->step = strtod(optarg, NULL);
            return true;
        case OPTION_HEARTBEATS:
            options->heartbeats = strtod(optarg, NULL);
            return true;
        case OPTION_CHATTER:
            options->chatter = strtod(optarg, NULL);
            return true;
        case OPTION_FLAPPING:
            options->flapping = options_number(optarg);
            return true;
        case OPTION_HEARTBEAT:
            options->heartbeat_s = options_number(optarg);
            return true;
        default:
            return false;
    }
}

/* How it is done and told. False for an unknown option. */
static bool
options_take_manner(struct bench_options *options, int option)
{
    switch (option) {
        case OPTION_NO_WATCH:
            options->watch = false;
            return true;
        case OPTION_WINDOW:
            options->window = options_number(optarg);
            return true;
        case OPTION_FULL:
            options->full = true;
            return true;
        case OPTION_SPREAD:
            options->spread = true;
            return true;
        case OPTION_SEED:
            options->seed = strtoull(optarg, NULL, 10);
            return true;
        case OPTION_HISTOGRAM:
            options->histogram = optarg;
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
options_is_loopback(const char *host)
{
    struct in_addr v4;
    return strcmp(host, "::1") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127);
}

static const char *
options_refuse_load(const struct bench_options *options)
{
    if (!(options->rate > 0.0) || options->rate > 1e6 || options->seconds == 0 ||
        options->seconds > 3600) {
        return "--rate must be above 0, --seconds from 1 to 3600";
    }
    if (!(options->step > 0.0) || options->heartbeats < 0.0 || options->chatter < 0.0 ||
        options->rate * options->step > 1e6 || options->heartbeats + options->chatter > 1e6) {
        return "--step, --heartbeats or --chatter is out of bounds";
    }
    if (options->window == 0 || options->generated > 1000000) {
        return "--window must be above 0, --generate at most 1000000";
    }
    return NULL;
}

static const char *
options_refuse(const struct bench_options *options, bool local)
{
    if (!local && (options->port == 0 || options->port > 65535)) {
        return "--port is needed (or LARWM_NATIVE_PORT)";
    }
    if (!options_is_loopback(options->host)) {
        return "--host must be a loopback address";
    }
    if (!local && options->pki == NULL) {
        return "--pki is needed (or LARWM_PKI_DIR)";
    }
    if (!local && options->units == NULL && options->generated == 0) {
        return "--units or --generate is needed";
    }
    return options_refuse_load(options);
}

bool
bench_read_options(int count, char **arguments, struct bench_options *ret, int *ret_code)
{
    const char *port = getenv("LARWM_NATIVE_PORT");
    *ret = (struct bench_options){
        .host = "127.0.0.1",
        .port = port == NULL ? 0 : options_number(port),
        .pki = getenv("LARWM_PKI_DIR"),
        .socket = getenv("LARWM_SOCKET"),
        .watch = true,
        .journal_dir = getenv("LARWM_JOURNAL_DIR"),
        .rate = 100.0,
        .step = 10.0,
        .heartbeats = 5000.0,
        .chatter = 500.0,
        .flapping = 25,
        .seconds = 10,
        .sources = 8,
        .window = 64,
        .seed = uv_hrtime(),
    };
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(usage, stdout);
            *ret_code = 0;
            return false;
        }
        if (!options_take_place(ret, option) && !options_take_load(ret, option) &&
            !options_take_manner(ret, option)) {
            fputs("larwm-bench: see larwm-bench --help\n", stderr);
            *ret_code = 2;
            return false;
        }
    }
    bool local = strcmp(arguments[0], "wheel") == 0 || strcmp(arguments[0], "enrol") == 0;
    const char *refusal = options_refuse(ret, local);
    if (refusal != NULL) {
        fprintf(stderr, "larwm-bench: %s; see larwm-bench --help\n", refusal);
        *ret_code = 2;
    }
    return refusal == NULL;
}
