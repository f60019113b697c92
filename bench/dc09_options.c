/* SPDX-License-Identifier: Apache-2.0 */
#include "dc09.h"

#include "base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "larwm-bench dc09: DC-09 panels that send alarms as fast as they are answered.\n"
    "\n"
    "  --port N             of the DC-09 listener\n"
    "  --host ADDRESS       127.x.x.x (default 127.0.0.1)\n"
    "  --tls [--ca FILE]    inside TLS; --udp: datagrams\n"
    "  --panels N           connections, each with an account of its own (default 100)\n"
    "  --first HEX          the first account (default B00000)\n"
    "  --window N           alarms of a panel not answered yet (default 1)\n"
    "  --seconds S          how long (default 10, at most 600); --count N: so many alarms instead\n"
    "  --key HEX            encrypt: 32, 48 or 64 hex digits\n"
    "  --cid                ADM-CID instead of SIA-DCS\n"
    "  --copies N           each frame N times at once: a resend storm\n"
    "  --nulls N            N link tests after each alarm: answered, and nothing else\n"
    "  --drift S            the panels' clocks are S seconds off; --set-clock: they set it from a "
    "NAK\n"
    "  --hostile N          in N of a hundred: junk, a damaged or a cut frame before the frame\n"
    "  --split N            write N bytes at a time\n"
    "  --timeout MS         without an answer the frame is sent again (default 5000)\n"
    "  --sources N          loopback addresses to come from (default 1)\n"
    "  --pid N              of larwmd: print its CPU by thread\n"
    "  --json               one JSON object instead of a table\n";

enum option_name
{
    OPTION_HOST = 256,
    OPTION_PORT,
    OPTION_TLS,
    OPTION_CA,
    OPTION_UDP,
    OPTION_PANELS,
    OPTION_FIRST,
    OPTION_WINDOW,
    OPTION_SECONDS,
    OPTION_COUNT,
    OPTION_KEY,
    OPTION_CID,
    OPTION_COPIES,
    OPTION_NULLS,
    OPTION_DRIFT,
    OPTION_SET_CLOCK,
    OPTION_HOSTILE,
    OPTION_SPLIT,
    OPTION_TIMEOUT,
    OPTION_SOURCES,
    OPTION_PID,
    OPTION_JSON,
    OPTION_HELP,
};

static const struct option known[] = {{"host", required_argument, NULL, OPTION_HOST},
                                      {"port", required_argument, NULL, OPTION_PORT},
                                      {"tls", no_argument, NULL, OPTION_TLS},
                                      {"ca", required_argument, NULL, OPTION_CA},
                                      {"udp", no_argument, NULL, OPTION_UDP},
                                      {"panels", required_argument, NULL, OPTION_PANELS},
                                      {"first", required_argument, NULL, OPTION_FIRST},
                                      {"window", required_argument, NULL, OPTION_WINDOW},
                                      {"seconds", required_argument, NULL, OPTION_SECONDS},
                                      {"count", required_argument, NULL, OPTION_COUNT},
                                      {"key", required_argument, NULL, OPTION_KEY},
                                      {"cid", no_argument, NULL, OPTION_CID},
                                      {"copies", required_argument, NULL, OPTION_COPIES},
                                      {"nulls", required_argument, NULL, OPTION_NULLS},
                                      {"drift", required_argument, NULL, OPTION_DRIFT},
                                      {"set-clock", no_argument, NULL, OPTION_SET_CLOCK},
                                      {"hostile", required_argument, NULL, OPTION_HOSTILE},
                                      {"split", required_argument, NULL, OPTION_SPLIT},
                                      {"timeout", required_argument, NULL, OPTION_TIMEOUT},
                                      {"sources", required_argument, NULL, OPTION_SOURCES},
                                      {"pid", required_argument, NULL, OPTION_PID},
                                      {"json", no_argument, NULL, OPTION_JSON},
                                      {"help", no_argument, NULL, OPTION_HELP},
                                      {NULL, 0, NULL, 0}};

/* Where the number of an option goes; NULL when it is none of these. */
static unsigned *
options_number(struct dc09_options *options, int option)
{
    switch (option) {
        case OPTION_PORT:
            return &options->port;
        case OPTION_PANELS:
            return &options->panels;
        case OPTION_WINDOW:
            return &options->window;
        case OPTION_SECONDS:
            return &options->seconds;
        case OPTION_COPIES:
            return &options->copies;
        case OPTION_NULLS:
            return &options->nulls;
        case OPTION_HOSTILE:
            return &options->hostile;
        case OPTION_SPLIT:
            return &options->split;
        case OPTION_TIMEOUT:
            return &options->timeout_ms;
        case OPTION_SOURCES:
            return &options->sources;
        default:
            return NULL;
    }
}

static bool
options_key(struct dc09_options *options, const char *text)
{
    options->key_size = strlen(text) / 2;
    return (options->key_size == 16 || options->key_size == 24 || options->key_size == 32) &&
           text_to_bytes(options->key, options->key_size, text, strlen(text));
}

/* False when the option is not known or its value cannot be. */
static bool
options_take(struct dc09_options *options, int option)
{
    unsigned *number = options_number(options, option);
    if (number != NULL) {
        *number = (unsigned)strtoul(optarg, NULL, 10);
        return true;
    }
    switch (option) {
        case OPTION_HOST:
            options->host = optarg;
            return true;
        case OPTION_TLS:
            options->tls = true;
            return true;
        case OPTION_CA:
            options->ca = optarg;
            return true;
        case OPTION_UDP:
            options->udp = true;
            return true;
        case OPTION_FIRST:
            options->first = (unsigned)strtoul(optarg, NULL, 16);
            return true;
        case OPTION_COUNT:
            options->count = strtoull(optarg, NULL, 10);
            return true;
        case OPTION_KEY:
            return options_key(options, optarg);
        case OPTION_CID:
            options->contact_id = true;
            return true;
        case OPTION_DRIFT:
            options->drift_s = (int)strtol(optarg, NULL, 10);
            return true;
        case OPTION_SET_CLOCK:
            options->set_clock = true;
            return true;
        case OPTION_PID:
            options->pid = (int)strtol(optarg, NULL, 10);
            return true;
        case OPTION_JSON:
            options->json = true;
            return true;
        default:
            return false;
    }
}

static const char *
options_refuse(const struct dc09_options *options)
{
    if (options->port == 0 || options->port > 65535) {
        return "--port is needed";
    }
    if (strncmp(options->host, "127.", 4) != 0) {
        return "--host must be a loopback address";
    }
    if (options->panels == 0 || options->panels > 100000 || options->sources == 0) {
        return "--panels wants 1..100000, --sources at least 1";
    }
    if (options->window == 0 || options->window > DC09_WINDOW_MAX || options->copies == 0 ||
        options->copies > DC09_COPIES_MAX) {
        return "--window wants 1..64, --copies 1..16";
    }
    if (options->seconds == 0 || options->seconds > 600 || options->hostile > 100) {
        return "--seconds wants 1..600, --hostile 0..100";
    }
    if (options->drift_s != 0 && options->window != 1) {
        return "--drift needs --window 1: a NAK does not say which frame it answers";
    }
    return options->tls && options->udp ? "--tls and --udp exclude each other" : NULL;
}

bool
dc09_read_options(int count, char **arguments, struct dc09_options *ret)
{
    *ret = (struct dc09_options){.host = "127.0.0.1",
                                 .panels = 100,
                                 .window = 1,
                                 .copies = 1,
                                 .seconds = 10,
                                 .sources = 1,
                                 .first = 0xB00000,
                                 .timeout_ms = 5000};
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        if (option == OPTION_HELP) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!options_take(ret, option)) {
            fputs("larwm-bench: see larwm-bench dc09 --help\n", stderr);
            return false;
        }
    }
    const char *refusal = options_refuse(ret);
    if (refusal != NULL) {
        fprintf(stderr, "larwm-bench: %s; see larwm-bench dc09 --help\n", refusal);
    }
    return refusal == NULL;
}
