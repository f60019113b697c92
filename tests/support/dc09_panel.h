/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of larwm-panel share: its options and exit codes. One thread. */
#ifndef TESTS_DC09_PANEL_H
#define TESTS_DC09_PANEL_H

#include "dc09_panel_link.h"

#include "intake/dc09_crypt.h"

#define EXIT_ACK 0
#define EXIT_LOCAL 1 /* cannot connect, or an answer nobody can read */
#define EXIT_USAGE 2
#define EXIT_NAK 3
#define EXIT_DUH 4
#define EXIT_SILENT 5

struct panel
{
    struct panel_link_options link;
    const char *account;
    uint8_t key[32];
    size_t key_size;
    const char *token;
    unsigned sequence;
    const char *payload; /* NULL: the token's default */
    const char *data;    /* the whole block, instead of account and payload */
    const char *xdata;
    const char *receiver;
    const char *prefix;
    bool timed;
    bool time_given;
    int64_t clock_off_us; /* of this panel's clock */
    bool binary_crc;
    uint8_t raw[2 * DC09_FRAME_MAX];
    size_t raw_size;
    unsigned split;
    unsigned count;
    unsigned repeat;
    bool coalesce;
    bool resend;
    bool half_close;
    unsigned attempts_max; /* 0: 3, on UDP 5 */
    int timeout_ms;        /* 0: 5 s, on UDP 1 s */
    bool quiet;

    struct dc09_cipher *cipher;
    struct panel_link *connection;
    uint8_t scratch[DC09_SCRATCH_SIZE];
};

/* Fills `panel`, which holds the defaults, from the command line; ends the program on a mistake. */
void panel_read_options(struct panel *panel, int argc, char **argv);
/* Says why and how it is used, and ends the program. */
_Noreturn void panel_stop_usage(const char *why);

#endif
