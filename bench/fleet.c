/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: every unit connects from its loopback address, says hello, and sends a heartbeat when
 * its interval is over. Failures: a unit whose session is cut comes back when the centre asked it
 * to, or at once while a press of it has no receipt; one that is not let in tries again after a
 * growing pause. On close: all clients are closed; the loop ends when they are gone.
 */
#include "bench.h"
#include "units.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MS_MIN 200u
#define RETRY_MS_MAX 10000u

struct fleet_unit
{
    struct bench_fleet *fleet;
    struct unit_client *client;
    struct bench_identity identity;
    SSL_SESSION *session;
    uv_timer_t timer; /* next heartbeat, or next try */
    uint64_t boot_id;
    uint64_t random;
    unsigned retry_ms;
    unsigned spread_ms; /* of the last welcome */
    unsigned owed;      /* signals without a receipt on this connection */
    unsigned index;
    bool ready;
    bool was_ready;
    bool bounced; /* comes back at once, unless --spread */
    char source[16];
};

struct bench_fleet
{
    uv_loop_t *loop;
    const struct bench_options *options;
    struct bench_fleet_callbacks callbacks;
    SSL_CTX *tls;
    struct fleet_unit *units;
    unsigned count;
    unsigned ready;
    unsigned proven; /* were ready at least once */
    unsigned started;
    bool stopping;
};

static void fleet_connect(struct fleet_unit *unit);

static void
fleet_on_timer(uv_timer_t *timer)
{
    struct fleet_unit *unit = timer->data;
    if (unit->client == NULL) {
        fleet_connect(unit);
    } else if (unit->ready) {
        (void)unit_client_heartbeat(unit->client, 80, NULL);
    }
}

static void
fleet_start_next(struct bench_fleet *fleet)
{
    if (fleet->started < fleet->count) {
        fleet->started += 1;
        fleet_connect(&fleet->units[fleet->started - 1]);
    }
}

static void
fleet_on_ready(struct unit_client *client, const struct unit_welcome *welcome, void *data)
{
    struct fleet_unit *unit = data;
    struct bench_fleet *fleet = unit->fleet;
    unsigned interval_s = fleet->options->heartbeat_s != 0 ? fleet->options->heartbeat_s
                                                           : welcome->heartbeat_interval_s;
    uint64_t interval_ms = interval_s == 0 ? 60000u : (uint64_t)interval_s * 1000u;
    unit->ready = true;
    unit->retry_ms = RETRY_MS_MIN;
    unit->spread_ms = welcome->reconnect_spread_ms;
    fleet->ready += 1;
    if (fleet->callbacks.on_ready != NULL) {
        fleet->callbacks.on_ready(fleet->callbacks.data, unit->index, unit_client_resumed(client));
    }
    /* spread over the interval, so that a fleet does not beat in step */
    (void)uv_timer_start(&unit->timer, fleet_on_timer, interval_ms * (unit->index % 97) / 97 + 1,
                         interval_ms);
    if (unit->was_ready) {
        return;
    }
    unit->was_ready = true;
    fleet->proven += 1;
    fleet_start_next(fleet);
    if (fleet->proven == fleet->count && fleet->callbacks.on_all_ready != NULL) {
        fleet->callbacks.on_all_ready(fleet->callbacks.data);
    }
}

static void
fleet_on_receipt(struct unit_client *client, const struct unit_receipt *receipt, void *data)
{
    struct fleet_unit *unit = data;
    (void)client;
    unit->owed -= receipt->status == UNIT_RECEIPT_DURABLE && unit->owed > 0 ? 1 : 0;
    if (unit->fleet->callbacks.on_receipt != NULL) {
        unit->fleet->callbacks.on_receipt(unit->fleet->callbacks.data, receipt->sequence,
                                          receipt->status == UNIT_RECEIPT_DURABLE);
    }
}

static void
fleet_on_heartbeat(struct unit_client *client, int64_t server_time_us, uint32_t back_off_ms,
                   void *data)
{
    struct fleet_unit *unit = data;
    (void)client;
    (void)server_time_us;
    (void)back_off_ms;
    if (unit->fleet->callbacks.on_heartbeat != NULL) {
        unit->fleet->callbacks.on_heartbeat(unit->fleet->callbacks.data);
    }
}

static void
fleet_on_session(struct unit_client *client, SSL_SESSION *session, void *data)
{
    struct fleet_unit *unit = data;
    (void)client;
    SSL_SESSION_free(unit->session);
    /* a copy: OpenSSL spoils the session of a connection that breaks */
    unit->session = unit->fleet->options->full ? NULL : SSL_SESSION_dup(session);
    SSL_SESSION_free(session);
}

/* When a unit without a connection calls again. */
static void
fleet_return(struct fleet_unit *unit, bool was_ready)
{
    /* splitmix64 from the seed: a run can be repeated */
    unit->random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t random = (unit->random ^ (unit->random >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    random = (random ^ (random >> 27)) * UINT64_C(0x94D049BB133111EB);
    struct unit_ending ending = {.welcomed = was_ready,
                                 .holding = unit->owed > 0,
                                 .spread_ms = unit->spread_ms,
                                 .retry_ms = unit->retry_ms + unit->index % 50,
                                 .random = random ^ (random >> 31)};
    bool at_once = unit->bounced && !unit->fleet->options->spread;
    unit->bounced = false;
    unit->owed = 0; /* its loss is counted by the load; it is not sent again */
    (void)uv_timer_start(&unit->timer, fleet_on_timer, at_once ? 0 : unit_client_wait_ms(&ending),
                         0);
    if (!was_ready) {
        unit->retry_ms = unit->retry_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : unit->retry_ms * 2;
    }
}

static void
fleet_on_closed(struct unit_client *client, enum unit_closed reason, const char *detail, void *data)
{
    struct fleet_unit *unit = data;
    (void)client;
    (void)reason;
    (void)detail;
    bool was_ready = unit->ready;
    unit->client = NULL;
    unit->fleet->ready -= was_ready ? 1 : 0;
    unit->ready = false;
    (void)uv_timer_stop(&unit->timer);
    if (unit->fleet->stopping) {
        uv_close((uv_handle_t *)&unit->timer, NULL);
        return;
    }
    fleet_return(unit, was_ready);
}

static const struct unit_client_callbacks fleet_callbacks = {
    .on_ready = fleet_on_ready,
    .on_receipt = fleet_on_receipt,
    .on_heartbeat = fleet_on_heartbeat,
    .on_session = fleet_on_session,
    .on_closed = fleet_on_closed,
};

static void
fleet_connect(struct fleet_unit *unit)
{
    const struct bench_options *options = unit->fleet->options;
    struct unit_client_options client = {
        .host = options->host,
        .port = options->port,
        .source = unit->source,
        .tls = unit->fleet->tls,
        .certificate = unit->identity.certificate,
        .key = unit->identity.key,
        .session = unit->session,
        .boot_id = unit->boot_id,
        .model = "larwm-bench",
        .firmware = LARWM_VERSION,
        .network = "loopback",
        .callbacks = &fleet_callbacks,
        .data = unit,
    };
    unit->client = unit_client_connect(unit->fleet->loop, &client);
    if (unit->client == NULL) {
        (void)uv_timer_start(&unit->timer, fleet_on_timer, RETRY_MS_MAX, 0);
    }
}

static void
fleet_init_unit(struct bench_fleet *fleet, unsigned index)
{
    struct fleet_unit *unit = &fleet->units[index];
    unsigned sources = fleet->options->sources == 0 ? 1 : fleet->options->sources;
    unit->fleet = fleet;
    unit->index = index;
    unit->retry_ms = RETRY_MS_MIN;
    unit->boot_id = fleet->options->seed * UINT64_C(0x9E3779B97F4A7C15) + index + 1;
    unit->random = unit->boot_id << 20;
    (void)snprintf(unit->source, sizeof unit->source, "127.0.0.%u", 1 + index % sources % 254);
    (void)uv_timer_init(fleet->loop, &unit->timer);
    unit->timer.data = unit;
}

struct bench_fleet *
bench_fleet_start(uv_loop_t *loop, const struct bench_options *options,
                  const struct bench_fleet_callbacks *callbacks)
{
    static struct bench_fleet fleet; /* one fleet a process */
    const char *detail = "";
    char ca[1024];
    fleet = (struct bench_fleet){.loop = loop, .options = options, .callbacks = *callbacks};
    (void)snprintf(ca, sizeof ca, "%s/ca.crt", options->pki);
    fleet.tls = unit_tls_context(NULL, NULL, ca, &detail);
    if (fleet.tls == NULL) {
        fprintf(stderr, "larwm-bench: %s\n", detail);
        return NULL;
    }
    struct bench_identity *identities = bench_units_make(options, &fleet.count);
    if (identities == NULL) {
        return NULL;
    }
    fleet.units = calloc(fleet.count, sizeof *fleet.units);
    if (fleet.units == NULL) {
        return NULL;
    }
    for (unsigned i = 0; i < fleet.count; i++) {
        fleet_init_unit(&fleet, i);
        fleet.units[i].identity = identities[i];
    }
    free(identities);
    for (unsigned i = 0; i < options->window; i++) {
        fleet_start_next(&fleet);
    }
    return &fleet;
}

unsigned
bench_fleet_size(const struct bench_fleet *fleet)
{
    return fleet->count;
}

unsigned
bench_fleet_ready(const struct bench_fleet *fleet)
{
    return fleet->ready;
}

bool
bench_fleet_signal(struct bench_fleet *fleet, unsigned index, const struct unit_signal *signal)
{
    struct fleet_unit *unit = &fleet->units[index];
    if (!unit->ready || !unit_client_signal(unit->client, signal)) {
        return false;
    }
    unit->owed += 1;
    return true;
}

bool
bench_fleet_heartbeat(struct bench_fleet *fleet, unsigned index)
{
    struct fleet_unit *unit = &fleet->units[index];
    return unit->ready && unit_client_heartbeat(unit->client, 80, NULL);
}

unsigned
bench_fleet_bounce(struct bench_fleet *fleet, unsigned first)
{
    unsigned bounced = 0;
    for (unsigned i = first; i < fleet->count; i++) {
        struct fleet_unit *unit = &fleet->units[i];
        if (unit->ready) {
            unit->bounced = true;
            unit_client_abort(unit->client);
            bounced += 1;
        }
    }
    return bounced;
}

void
bench_fleet_stop(struct bench_fleet *fleet)
{
    fleet->stopping = true;
    for (unsigned i = 0; i < fleet->count; i++) {
        struct fleet_unit *unit = &fleet->units[i];
        if (unit->client != NULL) {
            unit_client_close(unit->client);
        } else if (!uv_is_closing((uv_handle_t *)&unit->timer)) {
            uv_close((uv_handle_t *)&unit->timer, NULL);
        }
    }
}
