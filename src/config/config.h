/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of larwmd, as one structure (docs/configuration.md, deploy/larwmd.yaml).
 * Loaded once at start, read-only afterwards. Strings belong to the structure.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "config/load.h"

#include <stdint.h>
#include <stdio.h>

enum config_protocol
{
    CONFIG_NATIVE,   /* TLS 1.3, client certificate */
    CONFIG_DC09_TCP, /* clear TCP */
    CONFIG_DC09_TLS, /* TLS 1.2 or later, no client certificate */
    CONFIG_DC09_UDP, /* clear datagrams */
};

enum config_taken
{
    CONFIG_TAKE,
    CONFIG_REFUSE,
};

enum config_clock_nak
{
    CONFIG_NAK_ENCRYPTED,
    CONFIG_NAK_ALWAYS,
    CONFIG_NAK_NEVER,
};

struct config_listener
{
    enum config_protocol protocol;
    char *address; /* default 127.0.0.1 */
    unsigned port; /* 0: the system picks; written to ports_file */

    /* DC-09 only (docs/wire-dc09.md). */
    enum config_taken unregistered;  /* accounts the registry does not know; default take */
    enum config_taken clear_text;    /* of accounts with a key on record; default take */
    unsigned clock_behind_s;         /* 1..86400, default 40; an account may have its own */
    unsigned clock_ahead_s;          /* 1..86400, default 20 */
    enum config_clock_nak clock_nak; /* default encrypted */
};

struct config_journal
{
    char *directory;
    unsigned segment_mib;        /* 1..1024, default 64 */
    unsigned checkpoint_records; /* 100..10000000, default LIMIT_CHECKPOINT_RECORDS */
};

struct config_intake
{
    unsigned threads; /* 1..16, default 1 */
    struct config_listener *listeners;
    unsigned listeners_count;
    char *certificate; /* PEM chain of the centre */
    char *key;
    char *device_ca;     /* whom we believe about units */
    char *ticket_secret; /* optional: file with 32 random bytes; units resume after a restart */
    char *ports_file;    /* optional: where chosen ports are written, one "protocol port" a line */
    unsigned sessions_max;    /* default 20000 */
    unsigned per_address_max; /* connections of one address, default 20000 */
    unsigned idle_limit_s;    /* a session that says nothing for so long ends, default 5400 */
    unsigned in_flight_max;   /* signals of one session waiting for the disk, default 64 */

    /* DC-09 frames a second; 0 is no limit. */
    unsigned dc09_account_rate;     /* default 500 */
    unsigned dc09_connection_rate;  /* default 2000 */
    unsigned dc09_address_rate;     /* UDP, default 2000 */
    unsigned dc09_account_burst;    /* default 2000 */
    unsigned dc09_connection_burst; /* default 20000 */
    unsigned dc09_address_burst;    /* default 20000 */
};

struct config_outlet
{
    char *socket;
    unsigned *allowed_uids; /* besides our own and root */
    unsigned allowed_uids_count;
};

struct config_database
{
    char *conninfo;       /* libpq; empty: from PG* variables */
    char *snapshot;       /* file with the last known records */
    unsigned deadline_ms; /* 10..5000, default 250 */
};

/* Limits of the service, all of them data (REQ 3.2: proposed values, never constants). */
struct config_policy
{
    unsigned p1_all_consoles_s;  /* default 20 */
    unsigned p1_supervisor_s;    /* default 40 */
    unsigned p2_all_consoles_s;  /* default 90 */
    unsigned p2_supervisor_s;    /* default 180 */
    unsigned p3_all_consoles_s;  /* default 600 */
    unsigned p4_all_consoles_s;  /* default 3600 */
    unsigned police_answer_s;    /* default 15 */
    unsigned boot_grace_s;       /* default 5 */
    unsigned presence_s;         /* default 10 */
    unsigned stalled_s;          /* default 120 */
    unsigned correlation_s;      /* default 600 */
    unsigned update_interval_s;  /* default 30 */
    unsigned lost_after_percent; /* of the heartbeat interval, default 250 */
    unsigned dc09_repeat_s;      /* default 600 */
    unsigned dc09_retry_s;       /* default 60 */
    unsigned mass_loss_units;    /* default 20 */
    unsigned mass_loss_s;        /* default 300 */
    unsigned ask_again_ms;       /* default 1000 */
};

struct config
{
    unsigned node;   /* 1..4095 */
    char *log_level; /* debug, info, warning, error; default info */
    struct config_journal journal;
    struct config_intake intake;
    struct config_outlet outlet;
    struct config_database database;
    struct config_policy policy;
};

/* Loads, sets defaults, validates. ERROR_CONFIG with error->text filled when it is not usable. */
enum error config_load(const char *path, struct config **ret, struct config_error *error) MUST_USE;
void config_free(struct config *config);
/* Writes every value in force, one "key: value" a line, for `larwmd --explain`. */
void config_explain(const struct config *config, FILE *to);

#endif
