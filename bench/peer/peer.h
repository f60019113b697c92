/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-bench-peer: the same load for larwmd, the ceilings and the peers, so that only the server
 * differs: one TLS version, cipher, group and set of client certificates, the same sessions from
 * the same loopback addresses, messages of the same size.
 *
 * Each thread has its own loop, links, TLS context and histogram; they meet only before and after
 * the measured time. The program talks to bench/compare in lines: it prints one JSON object when
 * its links are up, waits for a line, works, prints one JSON object.
 */
#ifndef PEER_PEER_H
#define PEER_PEER_H

#include "histogram.h"
#include "shared_bio.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define PEER_THREADS_MAX 16u
#define PEER_PENDING_MAX 256u /* requests of one link without an answer */
#define PEER_MESSAGE_MAX 1024u

/* What the next bytes of a server are. */
enum peer_answer
{
    PEER_PARTIAL, /* not whole yet */
    PEER_ANSWER,
    PEER_REFUSED, /* whole, and a no */
    PEER_BROKEN,  /* cannot be read */
};

/* A server's language. Each writes one message and returns its size. Pure, any thread. */
struct peer_protocol
{
    const char *name;
    size_t (*greet)(unsigned link, uint64_t boot_id, uint8_t *to, size_t room);
    size_t (*request)(unsigned link, uint64_t boot_id, uint64_t sequence, uint8_t *to, size_t room);
    /* something that costs the server no storing: keeps a session busy once */
    size_t (*touch)(uint8_t *to, size_t room);
    /* moves *at past what it took; *ret_sequence is left at 0 when answers come in order */
    enum peer_answer (*answer)(const uint8_t *bytes, size_t size, size_t *at,
                               uint64_t *ret_sequence);
};

extern const struct peer_protocol peer_native; /* larwmd */
extern const struct peer_protocol peer_echo;   /* larwm-bare, and what stands in front of it */
extern const struct peer_protocol peer_mqtt;   /* PUBLISH with QoS 1; the answer is PUBACK */
extern const struct peer_protocol peer_redis;  /* SET of one key a link */

extern const struct peer_protocol peer_mqtt_subscriber; /* subscribe only */

/* mqtt.c: for the subscriber, which reads PUBLISH and answers PUBACK. */
size_t peer_mqtt_subscribe(uint8_t *to, size_t room);
/* False: not whole yet. *ret_puback is 0 when nothing is to be answered. */
bool peer_mqtt_packet(const uint8_t *bytes, size_t size, size_t *at, bool *ret_publish,
                      uint16_t *ret_puback);

struct peer_options
{
    const struct peer_protocol *protocol;
    const char *pki;    /* directory as deploy/pki makes it: ca.crt */
    const char *bundle; /* client certificates as `certify` makes them; NULL: none is presented */
    unsigned port;
    unsigned links;
    unsigned threads;
    unsigned sources;     /* loopback addresses to come from */
    unsigned in_progress; /* connecting at once, of all threads together */
    double seconds;
    unsigned window; /* closed loop: requests in flight a link */
    double rate;     /* open loop, requests a second; 0: closed loop */
    unsigned long long seed;
    bool resume; /* handshakes: by ticket */
};

struct peer_identity
{
    X509 *certificate;
    EVP_PKEY *key;
};

enum peer_state
{
    PEER_DOWN,
    PEER_CONNECTING,
    PEER_SHAKING,
    PEER_GREETING,
    PEER_UP,
    PEER_CLOSING,
};

struct peer_link
{
    struct peer_thread *thread;
    const struct peer_identity *identity;
    SSL *ssl;
    SSL_SESSION *session; /* to resume; NULL: none */
    uint8_t *rest;        /* a message not whole yet; NULL most of the time */
    uint32_t rest_size;
    unsigned index; /* of all links */
    enum peer_state state;
    bool resumed;
    uint64_t sequence;    /* last sent */
    uint64_t answered;    /* last answered of those that come in order */
    uint64_t *pending_ns; /* intended time by sequence % PEER_PENDING_MAX; 0: answered */
    unsigned in_flight;
    unsigned resting;          /* closed loop: requests held back after refusals */
    uint64_t resting_until_ns; /* of the last refusal */
    uint64_t began_ns;         /* the connection in progress, or the last */
    uv_tcp_t tcp;
    uv_connect_t connect;
};

/* What a scenario does at each turn of a link. All may be NULL but bytes. */
struct peer_events
{
    void (*on_up)(struct peer_link *link);
    /* returns how much of the bytes was taken; SIZE_MAX: they make no sense */
    size_t (*on_bytes)(struct peer_link *link, const uint8_t *bytes, size_t size);
    void (*on_down)(struct peer_link *link); /* the handle is gone; may connect again */
};

struct peer_thread
{
    const struct peer_options *options;
    const struct peer_events *events;
    struct peer_gate *gate;
    pthread_t thread;
    uv_loop_t loop;
    uv_timer_t timer;
    uv_timer_t rest; /* closed loop */
    uv_poll_t clock; /* open loop: an absolute one-shot timer */
    int clock_file;
    uv_pipe_t input;
    void (*on_line)(struct peer_thread *thread, const char *line);
    SSL_CTX *tls;
    struct peer_link *links;
    unsigned count;
    unsigned started;
    unsigned up;
    unsigned number; /* of the thread */
    bool running;    /* within the measured time */
    bool over;
    uint64_t begin_ns;
    uint64_t end_ns;
    uint64_t random;
    uint64_t next_ns; /* open loop: intended time of the next request */
    unsigned next_link;
    /* counts of the run */
    uint64_t sent;
    uint64_t answered;
    uint64_t in_time; /* answered before the end */
    uint64_t refused;
    uint64_t unsent; /* its link was full or down at its time */
    uint64_t lost;   /* links that went down unasked */
    uint64_t resumed;
    uint64_t in_flight;
    struct histogram histogram;
    struct shared_bio io;
    uint8_t read[65536];
    uint8_t plain[16640];
};

/* Where threads wait for one another. */
struct peer_gate
{
    pthread_barrier_t ready; /* all threads and main: links are up */
    pthread_barrier_t go;
};

/* link.c: connections. Thread's own. */
bool peer_thread_init(struct peer_thread *thread);
/* Connects the next links while fewer than this thread's share are in progress. */
void peer_thread_start_links(struct peer_thread *thread);
void peer_link_connect(struct peer_link *link);
/* Encrypts and keeps until peer_link_flush. False when the link broke: it is closing. */
bool peer_link_put(struct peer_link *link, const uint8_t *bytes, size_t size);
void peer_link_flush(struct peer_link *link);
void peer_link_close(struct peer_link *link);
uint64_t peer_now_ns(void);

/* load.c: requests and answers. shake.c: handshakes. hold.c: idle sessions. subscribe.c: the one
 * who is delivered to. Each runs one thread to its end. */
void peer_run_load(struct peer_thread *thread);
void peer_run_shake(struct peer_thread *thread);
void peer_run_hold(struct peer_thread *thread);
void peer_run_subscribe(struct peer_thread *thread);

/* Ends the program: what was asked cannot be measured. */
_Noreturn void peer_give_up(const char *why);
/* All links of the thread are up within a minute and a half, or the program ends. */
void peer_wait_up(struct peer_thread *thread);
/* Meets the other threads and main: once when ready, once to go. */
void peer_wait_go(struct peer_thread *thread);
/* A line of stdin, or its end (NULL). Scenarios of one thread. */

void peer_watch_input(struct peer_thread *thread,
                      void (*on_line)(struct peer_thread *thread, const char *line));

/* identity.c */
/* Makes `count` client certificates of the development unit authority in `pki`, writes them to
 * `bundle` and each one's fingerprint to stdout. Returns the exit code. */
int peer_certify(const char *pki, const char *bundle, unsigned count);
/* NULL with a line on stderr. */
struct peer_identity *peer_identities(const char *bundle, unsigned count);

/* disk.c: appends of size x batch bytes, each with fdatasync. Returns the exit code. */
int peer_disk(const char *directory, unsigned size, unsigned batch, double seconds);

/* report.c */
void peer_report_run(const char *event, const struct peer_thread *threads, unsigned count,
                     double seconds);
void peer_report_histogram(const struct histogram *histogram);

#endif
