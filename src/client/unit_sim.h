/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What larwm-unit does once it knows its options: one simulated unit on one loop, for drills, demos
 * and scripts. Prints one JSON line per event on stdout. One thread.
 */
#ifndef CLIENT_UNIT_SIM_H
#define CLIENT_UNIT_SIM_H

#include "larwm/unit_client.h"

/* Exit codes, part of the interface for scripts. */
enum unit_exit
{
    UNIT_EXIT_OK = 0,     /* DURABLE, heartbeat answered, or asked to end */
    UNIT_EXIT_FAILED = 1, /* the connection broke */
    UNIT_EXIT_USAGE = 2,
    UNIT_EXIT_RETRY = 3,      /* the centre asked to send again */
    UNIT_EXIT_REFUSED = 4,    /* refusal, or the TLS handshake failed */
    UNIT_EXIT_NO_ANSWER = 5,  /* nothing within the time-out */
    UNIT_EXIT_NO_CONNECT = 6, /* no TCP connection */
};

enum unit_sim_mode
{
    UNIT_SIM_PRESS,     /* one signal, its receipt, end */
    UNIT_SIM_HEARTBEAT, /* one heartbeat, its answer, end */
    UNIT_SIM_RUN,       /* stay connected and send heartbeats */
    UNIT_SIM_SESSION,   /* commands from stdin */
};

struct unit_sim_options
{
    enum unit_sim_mode mode;
    struct unit_client_options client;
    struct unit_signal signal;
    uint32_t fix_age_s;
    bool
        drop_receipt; /* end as if the receipt had been lost, once it is certain that it was sent */
    bool no_wait;     /* end without waiting for the receipt */
    bool stay;        /* session: connect again, and send again what has no DURABLE receipt */
    uint32_t interval_s;
    uint32_t timeout_ms;
};

/* Runs until done. Returns an enum unit_exit. */
int unit_sim_run(const struct unit_sim_options *options);

/* "panic", "PANIC" ... to a kind. False when there is no such word. */
bool unit_sim_parse_kind(const char *word, enum signal_kind *ret_kind);

#endif
