/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DC-09 panels for load: each holds a connection (TCP, TLS or UDP), has an account of its own and
 * sends alarms, a window of them at a time, the next when one before was answered. One thread, one
 * libuv loop.
 *
 * A panel behaves as real ones do: it sends the same frame again when no answer comes in time, sets
 * its clock from a NAK and sends the same sequence again, comes back when the connection ends, and
 * sends again there what was not answered.
 */
#ifndef BENCH_DC09_H
#define BENCH_DC09_H

#include "histogram.h"
#include "intake/dc09_crypt.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define DC09_WINDOW_MAX 64u
#define DC09_COPIES_MAX 16u

struct dc09_options
{
    const char *host; /* 127.x.x.x or ::1 */
    unsigned port;
    bool tls;
    bool udp;
    const char *ca;   /* TLS: the issuer of the receiver's certificate; NULL: not checked */
    unsigned panels;  /* connections */
    unsigned window;  /* alarms of a panel not answered yet, 1..DC09_WINDOW_MAX */
    unsigned copies;  /* each frame so many times, at once: a resend storm; 1..DC09_COPIES_MAX */
    unsigned nulls;   /* link tests after each alarm: answered and nothing else */
    unsigned hostile; /* in a hundred: junk, a damaged copy or a cut copy before the frame */
    unsigned split;   /* bytes per write; 0: whole */
    unsigned seconds; /* how long new alarms are begun */
    uint64_t count;   /* or so many alarms in all; 0: by time */
    unsigned sources; /* loopback addresses 127.0.0.1 .. to come from */
    unsigned first;   /* number of the first account: %06X */
    bool contact_id;  /* ADM-CID instead of SIA-DCS */
    int drift_s;      /* of every panel's clock; encrypted frames carry it */
    bool set_clock;   /* a panel sets its clock from a NAK; without, it never can */
    uint8_t key[32];
    size_t key_size;     /* 0: clear */
    unsigned timeout_ms; /* without an answer the frame is sent again */
    int pid;             /* of the daemon, for its CPU; 0: not measured */
    bool json;
};

struct dc09_totals
{
    uint64_t alarms;   /* begun */
    uint64_t answered; /* alarms whose every copy had its ACK */
    uint64_t acks;     /* of alarms, copies included */
    uint64_t null_acks;
    uint64_t naks;
    uint64_t duhs;
    uint64_t strange;         /* answers that fit nothing sent, or cannot be read */
    uint64_t resent;          /* after a time-out */
    uint64_t returned;        /* connections made again */
    struct histogram latency; /* first byte sent to last ACK, microseconds */
};

struct dc09_load
{
    const struct dc09_options *options;
    uv_loop_t *loop;
    SSL_CTX *tls;
    struct dc09_cipher *cipher;
    struct dc09_totals totals;
    uint64_t random;
    uint64_t first_number;                   /* of each panel's alarms in this run */
    bool stopping;                           /* no new alarms */
    unsigned busy;                           /* panels with something not answered */
    void (*on_idle)(struct dc09_load *load); /* stopping, and nothing is owed any more */
};

struct dc09_panel;

/* Connects and begins. NULL with a line on stderr when it cannot. */
struct dc09_panel *dc09_panel_start(struct dc09_load *load, unsigned index);
/* Every 100 ms or so: time-outs. */
void dc09_panel_tick(struct dc09_panel *panel);
void dc09_panel_close(struct dc09_panel *panel);
uint64_t dc09_now_us(void);

/* Fills options from the command line after "dc09"; false with a line on stderr. */
bool dc09_read_options(int count, char **arguments, struct dc09_options *ret);
int bench_run_dc09(int count, char **arguments);

#endif
