/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: every unit connects from its loopback address, says hello, and sends a heartbeat when
 * its interval is over. Failures: a unit that loses its connection, or is not let in, tries again
 * after a growing pause. On close: all clients are closed; the loop ends when they are gone.
 */
#include "bench.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS_MIN 200u
#define RETRY_MS_MAX 10000u
#define CONNECTING_MAX 256u

struct fleet_unit
{
    struct bench_fleet *fleet;
    struct unit_client *client;
    X509 *certificate;
    EVP_PKEY *key;
    SSL_SESSION *session;
    uv_timer_t timer; /* next heartbeat, or next try */
    uint64_t boot_id;
    unsigned retry_ms;
    unsigned index;
    bool ready;
    bool was_ready;
    char source[32];
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
    (void)client;
    unsigned interval_s = fleet->options->heartbeat_s != 0 ? fleet->options->heartbeat_s
                                                           : welcome->heartbeat_interval_s;
    uint64_t interval_ms = interval_s == 0 ? 60000u : (uint64_t)interval_s * 1000u;
    unit->ready = true;
    unit->retry_ms = RETRY_MS_MIN;
    fleet->ready += 1;
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
    if (unit->fleet->callbacks.on_receipt != NULL) {
        unit->fleet->callbacks.on_receipt(unit->fleet->callbacks.data, receipt->sequence,
                                          receipt->status == UNIT_RECEIPT_DURABLE);
    }
}

static void
fleet_on_session(struct unit_client *client, SSL_SESSION *session, void *data)
{
    struct fleet_unit *unit = data;
    (void)client;
    SSL_SESSION_free(unit->session);
    unit->session = session;
}

static void
fleet_on_closed(struct unit_client *client, enum unit_closed reason, const char *detail, void *data)
{
    struct fleet_unit *unit = data;
    (void)client;
    (void)reason;
    (void)detail;
    unit->client = NULL;
    unit->fleet->ready -= unit->ready ? 1 : 0;
    unit->ready = false;
    (void)uv_timer_stop(&unit->timer);
    if (unit->fleet->stopping) {
        uv_close((uv_handle_t *)&unit->timer, NULL);
        return;
    }
    (void)uv_timer_start(&unit->timer, fleet_on_timer, unit->retry_ms + unit->index % 50, 0);
    unit->retry_ms = unit->retry_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : unit->retry_ms * 2;
}

static const struct unit_client_callbacks fleet_callbacks = {
    .on_ready = fleet_on_ready,
    .on_receipt = fleet_on_receipt,
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
        .certificate = unit->certificate,
        .key = unit->key,
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

static bool
fleet_load(struct fleet_unit *unit, const char *pki, const char *name)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/units/%s.crt", pki, name);
    FILE *file = fopen(path, "r");
    unit->certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    (void)snprintf(path, sizeof path, "%s/units/%s.key", pki, name);
    file = fopen(path, "r");
    unit->key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    if (unit->certificate == NULL || unit->key == NULL) {
        fprintf(stderr, "larwm-bench: no certificate and key for %s in %s/units\n", name, pki);
        return false;
    }
    return true;
}

struct fleet_authority
{
    X509 *certificate;
    EVP_PKEY *key;
};

static bool
fleet_load_authority(const char *pki, struct fleet_authority *authority)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/device-ca.crt", pki);
    FILE *file = fopen(path, "r");
    authority->certificate = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    (void)snprintf(path, sizeof path, "%s/device-ca.key", pki);
    file = fopen(path, "r");
    authority->key = file == NULL ? NULL : PEM_read_PrivateKey(file, NULL, NULL, NULL);
    if (file != NULL) {
        (void)fclose(file);
    }
    return authority->certificate != NULL && authority->key != NULL;
}

/* A unit the registry has never heard of, with a certificate of the development authority. */
static bool
fleet_generate(struct fleet_unit *unit, const struct fleet_authority *authority, unsigned number)
{
    char name[32];
    (void)snprintf(name, sizeof name, "BENCH-%u", number);
    unit->key = EVP_EC_gen("P-256");
    unit->certificate = X509_new();
    if (unit->key == NULL || unit->certificate == NULL) {
        return false;
    }
    X509_NAME *subject = X509_get_subject_name(unit->certificate);
    return X509_set_version(unit->certificate, 2) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(unit->certificate), number + 1000u) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(unit->certificate), -3600) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(unit->certificate), 86400) != NULL &&
           X509_set_pubkey(unit->certificate, unit->key) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1,
                                      -1, 0) == 1 &&
           X509_set_issuer_name(unit->certificate, X509_get_subject_name(authority->certificate)) ==
               1 &&
           X509_sign(unit->certificate, authority->key, EVP_sha256()) > 0;
}

static unsigned
fleet_count_names(const char *names)
{
    unsigned count = 0;
    for (const char *at = names; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, ", ");
        count += length > 0 ? 1 : 0;
        at += length + strspn(at + length, ", ");
    }
    return count;
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
    (void)snprintf(unit->source, sizeof unit->source, "127.0.0.%u", 1 + index % sources % 254);
    (void)uv_timer_init(fleet->loop, &unit->timer);
    unit->timer.data = unit;
}

static bool
fleet_make_units(struct bench_fleet *fleet, unsigned named)
{
    const struct bench_options *options = fleet->options;
    struct fleet_authority authority;
    const char *at = options->units;
    for (unsigned i = 0; i < named; i++) {
        char name[64];
        at += strspn(at, ", ");
        size_t length = strcspn(at, ", ");
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), at);
        at += length;
        if (!fleet_load(&fleet->units[i], options->pki, name)) {
            return false;
        }
    }
    if (named < fleet->count && !fleet_load_authority(options->pki, &authority)) {
        fprintf(stderr, "larwm-bench: no device-ca.crt and .key in %s\n", options->pki);
        return false;
    }
    for (unsigned i = named; i < fleet->count; i++) {
        if (!fleet_generate(&fleet->units[i], &authority, i)) {
            return false;
        }
    }
    return true;
}

struct bench_fleet *
bench_fleet_start(uv_loop_t *loop, const struct bench_options *options,
                  const struct bench_fleet_callbacks *callbacks)
{
    static struct bench_fleet fleet; /* one fleet a process */
    const char *detail = "";
    char ca[1024];
    unsigned named = fleet_count_names(options->units);
    fleet = (struct bench_fleet){.loop = loop, .options = options, .callbacks = *callbacks};
    fleet.count = named + options->generated;
    (void)snprintf(ca, sizeof ca, "%s/ca.crt", options->pki);
    fleet.tls = unit_tls_context(NULL, NULL, ca, &detail);
    fleet.units = calloc(fleet.count == 0 ? 1 : fleet.count, sizeof *fleet.units);
    if (fleet.tls == NULL || fleet.units == NULL || fleet.count == 0) {
        fprintf(stderr, "larwm-bench: %s\n", fleet.count == 0 ? "no units named" : detail);
        return NULL;
    }
    for (unsigned i = 0; i < fleet.count; i++) {
        fleet_init_unit(&fleet, i);
    }
    if (!fleet_make_units(&fleet, named)) {
        return NULL;
    }
    for (unsigned i = 0; i < CONNECTING_MAX; i++) {
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
bench_fleet_press(struct bench_fleet *fleet, unsigned index, uint64_t sequence)
{
    struct fleet_unit *unit = &fleet->units[index];
    struct unit_signal signal = {.sequence = sequence, .kind = SIGNAL_PANIC, .battery_percent = 80};
    return unit->ready && unit_client_signal(unit->client, &signal);
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
