/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit's side of the native protocol (docs/wire-native.md), for simulated units: the load
 * harness, drills and tests. Asynchronous, on the caller's libuv loop; every call and callback is
 * on that loop's thread. Connecting again is left to the caller (when: unit_client_wait_ms), and
 * so is ignoring SIGPIPE: libuv writes to sockets a peer may have closed.
 */
#ifndef LARWM_UNIT_CLIENT_H
#define LARWM_UNIT_CLIENT_H

#include "larwm/vocabulary.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct unit_client;

struct unit_position
{
    enum position_source source; /* POSITION_NONE: the signal carries no position */
    double latitude;             /* degrees, WGS 84 */
    double longitude;
    uint32_t accuracy_m;
    int64_t fix_time_us;
};

struct unit_signal
{
    uint64_t boot_id;  /* 0: the client's */
    uint64_t sequence; /* from 1 */
    enum signal_kind kind;
    bool restore;
    int64_t device_time_us; /* 0: no clock */
    struct unit_position position;
    uint32_t battery_percent;
    const char *zone; /* NULL is "" */
    const char *text; /* NULL is "" */
};

struct unit_welcome
{
    int64_t server_time_us;
    uint32_t heartbeat_interval_s;
    uint32_t reconnect_spread_ms; /* for unit_client_wait_ms */
    bool known;
};

enum unit_receipt_status
{
    UNIT_RECEIPT_NONE = 0,
    UNIT_RECEIPT_DURABLE = 1,
    UNIT_RECEIPT_RETRY = 2,
};

struct unit_receipt
{
    uint64_t boot_id;
    uint64_t sequence;
    enum unit_receipt_status status;
    bool silent;
    uint32_t back_off_ms;
};

/* Why a client closed. */
enum unit_closed
{
    UNIT_CLOSED_BY_CALLER,
    UNIT_CLOSED_BY_PEER,
    UNIT_CLOSED_REFUSED,   /* the centre sent a Refusal; detail is its reason */
    UNIT_CLOSED_CONNECT,   /* no TCP connection; detail says why */
    UNIT_CLOSED_HANDSHAKE, /* TLS failed, or the connection broke before the welcome */
    UNIT_CLOSED_IO,
    UNIT_CLOSED_MALFORMED, /* the centre's bytes could not be read */
};

/* All may be NULL. `data` is unit_client_options.data. on_closed is always the last; the client is
 * gone when it returns. A callback may call unit_client_close and the sending functions. */
struct unit_client_callbacks
{
    /* TLS is up and the hello was sent: signals may be sent without waiting for the welcome. */
    void (*on_connected)(struct unit_client *client, void *data);
    void (*on_ready)(struct unit_client *client, const struct unit_welcome *welcome, void *data);
    void (*on_receipt)(struct unit_client *client, const struct unit_receipt *receipt, void *data);
    void (*on_heartbeat)(struct unit_client *client, int64_t server_time_us, uint32_t back_off_ms,
                         void *data);
    /* A session for unit_client_options.session. The callback owns it: SSL_SESSION_free. It must
     * not close the client. */
    void (*on_session)(struct unit_client *client, SSL_SESSION *session, void *data);
    void (*on_closed)(struct unit_client *client, enum unit_closed reason, const char *detail,
                      void *data);
};

struct unit_client_options
{
    const char *host; /* numeric address */
    unsigned port;
    const char *source; /* numeric local address to come from, or NULL */
    SSL_CTX *tls;       /* from unit_tls_context; may be shared by many clients */
    X509 *certificate;  /* this unit's own, when not in the context; else NULL */
    EVP_PKEY *key;
    SSL_SESSION *session; /* to resume, or NULL; a reference is taken */
    uint64_t boot_id;
    const char *model; /* NULL is "" */
    const char *firmware;
    const char *network;
    const char *iccid;
    const struct unit_client_callbacks *callbacks; /* outlives the client */
    void *data;
};

/*
 * A TLS 1.3 context for units. Any file may be NULL: without `certificate_file` and `key_file` the
 * unit's own come with each client's options; without `ca_file` the centre is not verified (tests).
 * NULL with *ret_detail set to a static text on failure. The caller frees it with SSL_CTX_free.
 */
SSL_CTX *unit_tls_context(const char *certificate_file, const char *key_file, const char *ca_file,
                          const char **ret_detail);

/*
 * Starts connecting; the options are copied. NULL when an address does not parse or memory is
 * short; everything later arrives through on_closed. About 0.5 KiB a client besides TLS.
 */
struct unit_client *unit_client_connect(uv_loop_t *loop, const struct unit_client_options *options);

/* Sends; false when not connected, closing, or when the signal does not fit a frame. */
bool unit_client_signal(struct unit_client *client, const struct unit_signal *signal);
bool unit_client_heartbeat(struct unit_client *client, uint32_t battery_percent,
                           const struct unit_position *position);
/* Raw bytes into the TLS stream, for tests of bad input. */
bool unit_client_send_raw(struct unit_client *client, const void *bytes, size_t size);

/* Asks both sides for new keys, for tests. */
bool unit_client_update_keys(struct unit_client *client);

/* Was this connection a resumption? After on_connected. */
bool unit_client_resumed(const struct unit_client *client);
/* Stop or continue reading what the centre sends: a unit that loses its receipt. */
void unit_client_pause(struct unit_client *client, bool paused);

/* How a connection ended. */
struct unit_ending
{
    bool welcomed;      /* it had its welcome: a session was cut. False: it never came about */
    bool holding;       /* the unit has a signal without a DURABLE receipt */
    uint32_t spread_ms; /* of the last welcome this unit ever had; 0: none, or told 0. Taken up to
                           UNIT_SPREAD_MS_MAX */
    uint32_t retry_ms;  /* the caller's pause between connections that do not come about */
    uint64_t random;    /* evenly distributed */
};

#define UNIT_SPREAD_MS_MAX 30000u

/* How long to wait before calling again, in milliseconds (docs/wire-native.md). A session that was
 * cut: a random part of the spread told last (of retry_ms when that is longer), but 0 when a signal
 * is held. A connection that never came about: retry_ms. Any thread. */
uint32_t unit_client_wait_ms(const struct unit_ending *ending);

/* Closes in order; on_closed follows from the loop. A second call does nothing. */
void unit_client_close(struct unit_client *client);
/* Drops the connection with a reset, as a lost radio link would end. */
void unit_client_abort(struct unit_client *client);

#endif
