/* SPDX-License-Identifier: Apache-2.0 */
#include "dc09_panel.h"

#include "base/clock.h"
#include "base/text.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "larwm-panel: sends DC-09 frames and prints the answers.\n"
    "\n"
    "  --host H --port P       where the receiver listens\n"
    "  --udp                   datagrams; silence is answered by the same bytes again, 5 tries in\n"
    "                          all, 1 s apart\n"
    "  --tls                   speak TLS; --ca FILE checks the receiver's certificate against it\n"
    "  --account A             3 to 16 hex digits\n"
    "  --key HEX               encrypt with AES: 32, 48 or 64 hex digits\n"
    "  --token T               SIA-DCS (default), ADM-CID, NULL, or any other\n"
    "  --sequence N            of the first frame, default 1; the next counts up, 9999 -> 1\n"
    "  --payload TEXT          default Nri1/PA001 or 1120 01 001; --data TEXT for the whole block\n"
    "  --xdata TEXT            with brackets: [X003W10.7454][Y51N28.8949]\n"
    "  --time now|+N|-N|none   timestamp, seconds off; default now when encrypted, else none\n"
    "  --receiver HEX          send R; --prefix HEX sends L (default 0), --prefix none sends none\n"
    "  --binary-crc            the CRC as two raw bytes\n"
    "  --raw HEX               send these bytes instead; nothing is added\n"
    "  --split N               write N bytes at a time\n"
    "  --count N               send N frames on one connection, each after the answer before it\n"
    "  --repeat N              send every frame N times byte for byte (a resend storm)\n"
    "  --coalesce              write all frames at once, then read the answers\n"
    "  --resend                after NAK set the clock from it and send again, same sequence; "
    "after\n"
    "                          silence send again; up to 3 times in all (--tries N)\n"
    "  --half-close            end our side after the last frame; the receiver must answer it and\n"
    "                          end in order, too (exit 1 if it resets)\n"
    "  --timeout S             for each answer, default 5, on UDP 1\n"
    "  --quiet                 print the JSON lines only\n"
    "\n"
    "Prints each answer, its decrypted text, and {\"reply\":\"ACK\",\"sequence\":1,\"ms\":0.41}.\n"
    "Exit: 0 every frame had its ACK, 3 a NAK, 4 a DUH, 5 no answer, 1 no connection or a wrong\n"
    "answer, 2 usage. The gravest of several frames counts.\n";

_Noreturn void
panel_stop_usage(const char *why)
{
    (void)fprintf(stderr, "larwm-panel: %s\n\n%s", why, usage);
    exit(EXIT_USAGE);
}

static long
read_number(const char *text, long least, long most, const char *name)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < least || value > most) {
        char why[128];
        (void)snprintf(why, sizeof(why), "%s wants a number %ld..%ld", name, least, most);
        panel_stop_usage(why);
    }
    return value;
}

static size_t
read_hex(const char *text, uint8_t *to, size_t room, const char *name)
{
    size_t size = strlen(text) / 2;

    if (size > room || !text_to_bytes(to, size, text, strlen(text))) {
        char why[128];
        (void)snprintf(why, sizeof(why), "%s wants pairs of hex digits, at most %zu", name, room);
        panel_stop_usage(why);
    }
    return size;
}

static void
read_time(struct panel *panel, const char *text)
{
    panel->time_given = true;
    panel->timed = strcmp(text, "none") != 0;
    if (panel->timed && strcmp(text, "now") != 0) {
        panel->clock_off_us = read_number(text, -4000000000L, 4000000000L, "--time") * US_PER_S;
    }
}

enum panel_option
{
    OPTION_HOST = 256,
    OPTION_PORT,
    OPTION_TLS,
    OPTION_CA,
    OPTION_ACCOUNT,
    OPTION_KEY,
    OPTION_TOKEN,
    OPTION_SEQUENCE,
    OPTION_PAYLOAD,
    OPTION_DATA,
    OPTION_XDATA,
    OPTION_TIME,
    OPTION_RECEIVER,
    OPTION_PREFIX,
    OPTION_BINARY,
    OPTION_RAW,
    OPTION_SPLIT,
    OPTION_COUNT,
    OPTION_REPEAT,
    OPTION_COALESCE,
    OPTION_RESEND,
    OPTION_TIMEOUT,
    OPTION_UDP,
    OPTION_TRIES,
    OPTION_HALF_CLOSE,
    OPTION_QUIET,
    OPTION_HELP,
};

static const struct option_row
{
    const char *name;
    int argument;
    enum panel_option option;
} option_rows[] = {
    {"host", 1, OPTION_HOST},
    {"port", 1, OPTION_PORT},
    {"tls", 0, OPTION_TLS},
    {"ca", 1, OPTION_CA},
    {"account", 1, OPTION_ACCOUNT},
    {"key", 1, OPTION_KEY},
    {"token", 1, OPTION_TOKEN},
    {"sequence", 1, OPTION_SEQUENCE},
    {"payload", 1, OPTION_PAYLOAD},
    {"data", 1, OPTION_DATA},
    {"xdata", 1, OPTION_XDATA},
    {"time", 1, OPTION_TIME},
    {"receiver", 1, OPTION_RECEIVER},
    {"prefix", 1, OPTION_PREFIX},
    {"binary-crc", 0, OPTION_BINARY},
    {"raw", 1, OPTION_RAW},
    {"split", 1, OPTION_SPLIT},
    {"count", 1, OPTION_COUNT},
    {"repeat", 1, OPTION_REPEAT},
    {"coalesce", 0, OPTION_COALESCE},
    {"resend", 0, OPTION_RESEND},
    {"timeout", 1, OPTION_TIMEOUT},
    {"quiet", 0, OPTION_QUIET},
    {"help", 0, OPTION_HELP},
    {"udp", 0, OPTION_UDP},
    {"tries", 1, OPTION_TRIES},
    {"half-close", 0, OPTION_HALF_CLOSE},
};

#define OPTION_ROWS (sizeof(option_rows) / sizeof(option_rows[0]))

/* How the frames are sent. True when the option was one of these. */
static bool
set_sending(struct panel *panel, enum panel_option option, const char *value)
{
    switch (option) {
        case OPTION_SPLIT:
            panel->split = (unsigned)read_number(value, 1, DC09_FRAME_MAX, "--split");
            return true;
        case OPTION_COUNT:
            panel->count = (unsigned)read_number(value, 1, 10000000, "--count");
            return true;
        case OPTION_REPEAT:
            panel->repeat = (unsigned)read_number(value, 1, 1000000, "--repeat");
            return true;
        case OPTION_COALESCE:
            panel->coalesce = true;
            return true;
        case OPTION_RESEND:
            panel->resend = true;
            return true;
        case OPTION_TIMEOUT:
            panel->timeout_ms = (int)read_number(value, 1, 3600, "--timeout") * 1000;
            return true;
        case OPTION_UDP:
            panel->link.udp = true;
            return true;
        case OPTION_TRIES:
            panel->attempts_max = (unsigned)read_number(value, 1, 1000, "--tries");
            return true;
        case OPTION_HALF_CLOSE:
            panel->half_close = true;
            return true;
        case OPTION_QUIET:
            panel->quiet = true;
            return true;
        case OPTION_HOST:
            panel->link.host = value;
            return true;
        case OPTION_PORT:
            panel->link.port = value;
            return true;
        case OPTION_TLS:
            panel->link.tls = true;
            return true;
        case OPTION_CA:
            panel->link.ca_file = value;
            return true;
        default:
            return false;
    }
}

/* What stands in a frame. */
static void
set_content(struct panel *panel, enum panel_option option, const char *value)
{
    switch (option) {
        case OPTION_ACCOUNT:
            panel->account = value;
            break;
        case OPTION_KEY:
            panel->key_size = read_hex(value, panel->key, sizeof(panel->key), "--key");
            break;
        case OPTION_TOKEN:
            panel->token = value;
            break;
        case OPTION_SEQUENCE:
            panel->sequence = (unsigned)read_number(value, 0, 9999, "--sequence");
            break;
        case OPTION_PAYLOAD:
            panel->payload = value;
            break;
        case OPTION_DATA:
            panel->data = value;
            break;
        case OPTION_XDATA:
            panel->xdata = value;
            break;
        case OPTION_TIME:
            read_time(panel, value);
            break;
        case OPTION_RECEIVER:
            panel->receiver = value;
            break;
        case OPTION_PREFIX:
            panel->prefix = strcmp(value, "none") == 0 ? NULL : value;
            break;
        case OPTION_BINARY:
            panel->binary_crc = true;
            break;
        case OPTION_RAW:
            panel->raw_size = read_hex(value, panel->raw, sizeof(panel->raw), "--raw");
            break;
        default:
            (void)fputs(usage, stdout);
            exit(option == OPTION_HELP ? 0 : EXIT_USAGE);
    }
}

void
panel_read_options(struct panel *panel, int argc, char **argv)
{
    struct option options[OPTION_ROWS + 1] = {0};
    int found;

    for (size_t i = 0; i < OPTION_ROWS; i++) {
        options[i] = (struct option){option_rows[i].name, option_rows[i].argument, NULL,
                                     (int)option_rows[i].option};
    }
    while ((found = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (found == '?') {
            panel_stop_usage("an option is not known or lacks its value");
        }
        if (!set_sending(panel, (enum panel_option)found, optarg)) {
            set_content(panel, (enum panel_option)found, optarg);
        }
    }
    if (optind < argc || panel->link.host == NULL || panel->link.port == NULL) {
        panel_stop_usage("--host and --port are needed, and nothing but options");
    }
    if (panel->key_size != 0 && panel->key_size != 16 && panel->key_size != 24 &&
        panel->key_size != 32) {
        panel_stop_usage("--key wants 32, 48 or 64 hex digits");
    }
    if (panel->account == NULL && panel->raw_size == 0) {
        panel_stop_usage("--account is needed (or --raw)");
    }
    if (panel->link.udp && (panel->link.tls || panel->half_close)) {
        panel_stop_usage("--udp goes with neither --tls nor --half-close");
    }
    if (panel->attempts_max == 0) {
        panel->attempts_max = panel->link.udp ? 5 : 3;
    }
    if (panel->timeout_ms == 0) {
        panel->timeout_ms = panel->link.udp ? 1000 : 5000;
    }
    if (!panel->time_given) {
        panel->timed = panel->key_size > 0;
    }
}
