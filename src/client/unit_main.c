/* SPDX-License-Identifier: Apache-2.0 */
/* larwm-unit: a simulated unit for drills, demos and scripts. Options here, behaviour in
 * unit_sim.c. */
#include "base/clock.h"
#include "client/unit_sim.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char usage_text[] =
    "Usage: larwm-unit --port P --cert F --key F [options] COMMAND\n"
    "\n"
    "A simulated unit: connects to larwmd's native listener and prints one JSON line per event.\n"
    "\n"
    "Commands\n"
    "  press       send one signal and wait for its receipt\n"
    "  heartbeat   send one heartbeat and wait for the answer\n"
    "  run         stay connected, send heartbeats, reconnect when the connection breaks\n"
    "  session     commands from standard input, a pipe: press [N] [KIND], heartbeat, drop,\n"
    "              connect, quit\n"
    "Who runs waits as the centre asked before it connects again.\n"
    "\n"
    "Connection\n"
    "  --host A         address of the centre (127.0.0.1)\n"
    "  --port P         its native port\n"
    "  --cert F         the unit's certificate, PEM\n"
    "  --key F          its key, PEM\n"
    "  --ca F           the centre's CA; without it the centre is not verified\n"
    "  --source A       local address to come from\n"
    "  --network NAME   network named in the hello\n"
    "  --boot N         boot id (random)\n"
    "  --timeout-ms N   of press and heartbeat (10000)\n"
    "\n"
    "Signal\n"
    "  --sequence N     (1)\n"
    "  --kind KIND      panic, duress, tamper, low_battery ... (panic)\n"
    "  --restore        the condition ended\n"
    "  --lat D --lon D  position in degrees; with it:\n"
    "  --accuracy M     radius in metres, --fix-age-s S its age\n"
    "  --device-time US microseconds since 1970, 'now', or nothing for no clock\n"
    "  --battery N      percent\n"
    "  --zone TEXT --text TEXT\n"
    "  --drop-receipt   behave as if the receipt was lost\n"
    "  --no-wait        end without waiting for the receipt\n"
    "  --stay           session: connect again like run, and send again what has no receipt;\n"
    "                   at once while there is such a press\n"
    "  --interval S     of heartbeats with run (what the centre asks for)\n"
    "\n"
    "Exit: 0 receipt DURABLE or answered, 1 connection broke, 2 usage, 3 RETRY, 4 refused,\n"
    "      5 no answer in time, 6 no connection\n";

enum unit_option
{
    OPTION_HOST = 256,
    OPTION_PORT,
    OPTION_CERT,
    OPTION_KEY,
    OPTION_CA,
    OPTION_SOURCE,
    OPTION_NETWORK,
    OPTION_BOOT,
    OPTION_TIMEOUT,
    OPTION_SEQUENCE,
    OPTION_KIND,
    OPTION_RESTORE,
    OPTION_LAT,
    OPTION_LON,
    OPTION_ACCURACY,
    OPTION_FIX_AGE,
    OPTION_DEVICE_TIME,
    OPTION_BATTERY,
    OPTION_ZONE,
    OPTION_TEXT,
    OPTION_DROP,
    OPTION_NO_WAIT,
    OPTION_STAY,
    OPTION_INTERVAL,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    {"host", required_argument, NULL, OPTION_HOST},
    {"port", required_argument, NULL, OPTION_PORT},
    {"cert", required_argument, NULL, OPTION_CERT},
    {"key", required_argument, NULL, OPTION_KEY},
    {"ca", required_argument, NULL, OPTION_CA},
    {"source", required_argument, NULL, OPTION_SOURCE},
    {"network", required_argument, NULL, OPTION_NETWORK},
    {"boot", required_argument, NULL, OPTION_BOOT},
    {"timeout-ms", required_argument, NULL, OPTION_TIMEOUT},
    {"sequence", required_argument, NULL, OPTION_SEQUENCE},
    {"kind", required_argument, NULL, OPTION_KIND},
    {"restore", no_argument, NULL, OPTION_RESTORE},
    {"lat", required_argument, NULL, OPTION_LAT},
    {"lon", required_argument, NULL, OPTION_LON},
    {"accuracy", required_argument, NULL, OPTION_ACCURACY},
    {"fix-age-s", required_argument, NULL, OPTION_FIX_AGE},
    {"device-time", required_argument, NULL, OPTION_DEVICE_TIME},
    {"battery", required_argument, NULL, OPTION_BATTERY},
    {"zone", required_argument, NULL, OPTION_ZONE},
    {"text", required_argument, NULL, OPTION_TEXT},
    {"drop-receipt", no_argument, NULL, OPTION_DROP},
    {"no-wait", no_argument, NULL, OPTION_NO_WAIT},
    {"stay", no_argument, NULL, OPTION_STAY},
    {"interval", required_argument, NULL, OPTION_INTERVAL},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct unit_arguments
{
    struct unit_sim_options sim;
    const char *certificate_file;
    const char *key_file;
    const char *ca_file;
    bool wrong;
};

static uint64_t
unit_number(struct unit_arguments *arguments, const char *text)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 0);
    if (end == text || *end != '\0') {
        fprintf(stderr, "larwm-unit: not a number: %s\n", text);
        arguments->wrong = true;
    }
    return value;
}

static double
unit_degrees(struct unit_arguments *arguments, const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end != '\0') {
        fprintf(stderr, "larwm-unit: not degrees: %s\n", text);
        arguments->wrong = true;
    }
    arguments->sim.signal.position.source = POSITION_GNSS;
    return value;
}

static void
unit_set_kind(struct unit_arguments *arguments, const char *word)
{
    if (!unit_sim_parse_kind(word, &arguments->sim.signal.kind)) {
        fprintf(stderr, "larwm-unit: no such kind of signal: %s\n", word);
        arguments->wrong = true;
    }
}

/* False when it is no option of the signal. */
static bool
unit_set_signal(struct unit_arguments *arguments, int option, const char *value)
{
    struct unit_signal *signal = &arguments->sim.signal;
    switch (option) {
        case OPTION_SEQUENCE:
            signal->sequence = unit_number(arguments, value);
            return true;
        case OPTION_KIND:
            unit_set_kind(arguments, value);
            return true;
        case OPTION_RESTORE:
            signal->restore = true;
            return true;
        case OPTION_LAT:
            signal->position.latitude = unit_degrees(arguments, value);
            return true;
        case OPTION_LON:
            signal->position.longitude = unit_degrees(arguments, value);
            return true;
        case OPTION_ACCURACY:
            signal->position.accuracy_m = (uint32_t)unit_number(arguments, value);
            return true;
        case OPTION_FIX_AGE:
            arguments->sim.fix_age_s = (uint32_t)unit_number(arguments, value);
            return true;
        case OPTION_DEVICE_TIME:
            signal->device_time_us = strcmp(value, "now") == 0
                                         ? clock_wall_us()
                                         : (int64_t)unit_number(arguments, value);
            return true;
        case OPTION_BATTERY:
            signal->battery_percent = (uint32_t)unit_number(arguments, value);
            return true;
        case OPTION_ZONE:
            signal->zone = value;
            return true;
        case OPTION_TEXT:
            signal->text = value;
            return true;
        default:
            return false;
    }
}

static void
unit_set_connection(struct unit_arguments *arguments, int option, const char *value)
{
    struct unit_sim_options *sim = &arguments->sim;
    switch (option) {
        case OPTION_HOST:
            sim->client.host = value;
            return;
        case OPTION_PORT:
            sim->client.port = (unsigned)unit_number(arguments, value);
            return;
        case OPTION_CERT:
            arguments->certificate_file = value;
            return;
        case OPTION_KEY:
            arguments->key_file = value;
            return;
        case OPTION_CA:
            arguments->ca_file = value;
            return;
        case OPTION_SOURCE:
            sim->client.source = value;
            return;
        case OPTION_NETWORK:
            sim->client.network = value;
            return;
        case OPTION_BOOT:
            sim->client.boot_id = unit_number(arguments, value);
            return;
        case OPTION_TIMEOUT:
            sim->timeout_ms = (uint32_t)unit_number(arguments, value);
            return;
        case OPTION_INTERVAL:
            sim->interval_s = (uint32_t)unit_number(arguments, value);
            return;
        case OPTION_DROP:
            sim->drop_receipt = true;
            return;
        case OPTION_STAY:
            sim->stay = true;
            return;
        case OPTION_NO_WAIT:
            sim->no_wait = true;
            return;
        default:
            arguments->wrong = true;
    }
}

static bool
unit_set_command(struct unit_arguments *arguments, const char *word)
{
    static const char *const words[] = {[UNIT_SIM_PRESS] = "press",
                                        [UNIT_SIM_HEARTBEAT] = "heartbeat",
                                        [UNIT_SIM_RUN] = "run",
                                        [UNIT_SIM_SESSION] = "session"};
    for (int mode = UNIT_SIM_PRESS; mode <= UNIT_SIM_SESSION; mode++) {
        if (strcmp(word, words[mode]) == 0) {
            arguments->sim.mode = (enum unit_sim_mode)mode;
            return true;
        }
    }
    fprintf(stderr, "larwm-unit: no such command: %s\n", word);
    return false;
}

/* Returns -1 to go on, else the exit code. */
static int
unit_read_arguments(int argc, char **argv, struct unit_arguments *arguments)
{
    const char *command = NULL;
    int option;
    /* "-": commands and options may stand in any order */
    while ((option = getopt_long(argc, argv, "-", long_options, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(usage_text, stdout);
            return UNIT_EXIT_OK;
        }
        if (option == OPTION_VERSION) {
            puts("larwm-unit " LARWM_VERSION);
            return UNIT_EXIT_OK;
        }
        if (option == 1) {
            command = optarg;
        } else if (!unit_set_signal(arguments, option, optarg)) {
            unit_set_connection(arguments, option, optarg);
        }
    }
    if (command == NULL || arguments->wrong || !unit_set_command(arguments, command) ||
        arguments->sim.client.port == 0) {
        fputs("larwm-unit: needs a command and --port; see larwm-unit --help\n", stderr);
        return UNIT_EXIT_USAGE;
    }
    return -1;
}

int
main(int argc, char **argv)
{
    struct unit_arguments arguments = {
        .sim = {.client = {.host = "127.0.0.1", .model = "larwm-unit", .firmware = LARWM_VERSION},
                .signal = {.sequence = 1, .kind = SIGNAL_PANIC},
                .timeout_ms = 10000},
    };
    clock_init();
    (void)signal(SIGPIPE, SIG_IGN);
    ssize_t got = getrandom(&arguments.sim.client.boot_id, sizeof(uint64_t), 0);
    (void)got;
    int exit_code = unit_read_arguments(argc, argv, &arguments);
    if (exit_code >= 0) {
        return exit_code;
    }
    const char *detail = NULL;
    arguments.sim.client.tls = unit_tls_context(arguments.certificate_file, arguments.key_file,
                                                arguments.ca_file, &detail);
    if (arguments.sim.client.tls == NULL) {
        fprintf(stderr, "larwm-unit: %s\n", detail);
        return UNIT_EXIT_USAGE;
    }
    exit_code = unit_sim_run(&arguments.sim);
    SSL_CTX_free(arguments.sim.client.tls);
    return exit_code;
}
