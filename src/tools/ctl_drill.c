/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwmctl drill press: a real press of a real unit over the real protocol, in the unit's name. It
 * is an alarm like any other; open a test window first when nobody should come.
 *
 * Happy path: connect with the unit's certificate, send one signal, wait for the receipt.
 *
 * Failures: a receipt that asks for a retry is obeyed until the limit; anything else ends the
 * drill.
 *
 * On close: the session is closed in order and the loop runs until it is gone.
 */
#include "base/clock.h"
#include "larwm/unit_client.h"
#include "larwm/vocabulary.h"
#include "tools/ctl.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

struct drill
{
    struct ctl *ctl;
    uv_loop_t loop;
    uv_timer_t limit;
    uv_timer_t again;
    struct unit_client *client;
    struct unit_signal signal;
    uint64_t sent_us;
    uint64_t received_us;
    bool durable;
    bool silent;
    bool timed_out;
    char reason[160];
};

static void
press(struct drill *drill)
{
    if (!unit_client_signal(drill->client, &drill->signal)) {
        (void)snprintf(drill->reason, sizeof drill->reason, "the signal could not be sent");
        unit_client_close(drill->client);
    }
}

static void
unit_on_connected(struct unit_client *client, void *data)
{
    struct drill *drill = data;
    drill->client = client;
    drill->sent_us = clock_mono_us();
    press(drill);
}

static void
again_on_timer(uv_timer_t *timer)
{
    struct drill *drill = timer->data;
    if (drill->client != NULL) {
        press(drill);
    }
}

static void
unit_on_receipt(struct unit_client *client, const struct unit_receipt *receipt, void *data)
{
    struct drill *drill = data;
    if (receipt->sequence != drill->signal.sequence) {
        return;
    }
    if (receipt->status == UNIT_RECEIPT_RETRY) {
        (void)snprintf(drill->reason, sizeof drill->reason,
                       "the centre asked to try again later: its journal is down or full");
        (void)uv_timer_start(&drill->again, again_on_timer, receipt->back_off_ms + 1, 0);
        return;
    }
    drill->received_us = clock_mono_us();
    drill->durable = receipt->status == UNIT_RECEIPT_DURABLE;
    drill->silent = receipt->silent;
    unit_client_close(client);
}

static void
unit_on_closed(struct unit_client *client, enum unit_closed reason, const char *detail, void *data)
{
    struct drill *drill = data;
    (void)client;
    drill->client = NULL;
    if (reason != UNIT_CLOSED_BY_CALLER) {
        (void)snprintf(drill->reason, sizeof drill->reason, "%s%s",
                       reason == UNIT_CLOSED_REFUSED ? "the centre refused the session: " : "",
                       detail == NULL || detail[0] == '\0' ? "the centre closed the session"
                                                           : detail);
    }
    uv_close((uv_handle_t *)&drill->limit, NULL);
    uv_close((uv_handle_t *)&drill->again, NULL);
}

static void
limit_on_timer(uv_timer_t *timer)
{
    struct drill *drill = timer->data;
    drill->timed_out = true;
    if (drill->client != NULL) {
        unit_client_close(drill->client);
    }
}

static bool
kind_of(struct ctl *ctl, enum signal_kind *ret_kind)
{
    const char *text = ctl_value_or(ctl, "kind", "panic");
    for (int kind = SIGNAL_UNKNOWN; kind <= SIGNAL_CREDENTIAL_FAULT; kind++) {
        if (strcasecmp(text, signal_kind_text(kind)) == 0) {
            *ret_kind = (enum signal_kind)kind;
            return true;
        }
    }
    (void)ctl_misuse(ctl, "\"%s\" is not a kind of signal: panic, duress, intrusion, ...", text);
    return false;
}

static bool
degrees(struct ctl *ctl, const char *name, double most, double *ret_degrees)
{
    const char *text = ctl_value(ctl, name);
    char *end;
    double value = text == NULL ? 0 : strtod(text, &end);
    if (text == NULL || end == text || *end != '\0' || !(value >= -most && value <= most)) {
        (void)ctl_misuse(ctl, "--lat and --lon go together, in degrees");
        return false;
    }
    *ret_degrees = value;
    return true;
}

static bool
position_of(struct ctl *ctl, struct unit_position *position)
{
    if (ctl_value(ctl, "lat") == NULL && ctl_value(ctl, "lon") == NULL) {
        return true;
    }
    uint64_t accuracy;
    if (!degrees(ctl, "lat", 90, &position->latitude) ||
        !degrees(ctl, "lon", 180, &position->longitude) ||
        !ctl_number(ctl, "accuracy", 0, 100000, 10, &accuracy)) {
        return false;
    }
    position->source = POSITION_GNSS;
    position->accuracy_m = (uint32_t)accuracy;
    position->fix_time_us = clock_wall_us();
    return true;
}

static bool
signal_of(struct ctl *ctl, struct unit_signal *signal)
{
    uint64_t battery;
    if (!kind_of(ctl, &signal->kind) || !position_of(ctl, &signal->position) ||
        !ctl_number(ctl, "battery", 0, 100, 80, &battery)) {
        return false;
    }
    signal->sequence = 1;
    signal->restore = ctl_flag(ctl, "restore");
    signal->device_time_us = clock_wall_us();
    signal->battery_percent = (uint32_t)battery;
    signal->zone = ctl_value(ctl, "zone");
    signal->text = ctl_value(ctl, "text");
    /* A new boot id for each drill: it is never taken for a retransmission of an earlier one. */
    return getrandom(&signal->boot_id, sizeof signal->boot_id, 0) ==
           (ssize_t)sizeof signal->boot_id;
}

/* The unit's certificate and key and the centre's CA by LARWM_PKI_DIR. NULL: told why. */
static SSL_CTX *
tls_of(struct ctl *ctl, const char *unit)
{
    const char *pki = ctl_environment("LARWM_PKI_DIR");
    if (pki == NULL) {
        (void)ctl_fail(ctl, "LARWM_PKI_DIR is not set: where ca.crt and units/%s.crt are", unit);
        return NULL;
    }
    if (strchr(unit, '/') != NULL) {
        (void)ctl_misuse(ctl, "\"%s\" is not a unit", unit);
        return NULL;
    }
    char certificate[512];
    char key[512];
    char authority[512];
    (void)snprintf(certificate, sizeof certificate, "%s/units/%s.crt", pki, unit);
    (void)snprintf(key, sizeof key, "%s/units/%s.key", pki, unit);
    (void)snprintf(authority, sizeof authority, "%s/ca.crt", pki);
    const char *detail = "";
    SSL_CTX *tls = unit_tls_context(certificate, key, authority, &detail);
    if (tls == NULL) {
        (void)ctl_fail(ctl, "%s: %s (is there a certificate in units/ of LARWM_PKI_DIR?)", unit,
                       detail);
    }
    return tls;
}

static const struct unit_client_callbacks callbacks = {
    .on_connected = unit_on_connected,
    .on_receipt = unit_on_receipt,
    .on_closed = unit_on_closed,
};

static int
tell(struct drill *drill, const char *unit)
{
    if (!drill->durable) {
        bool answered = drill->reason[0] != '\0';
        return ctl_fail(drill->ctl, "%s: no receipt: %s", unit,
                        answered ? drill->reason
                                 : (drill->timed_out ? "the centre did not answer in time"
                                                     : "the session ended"));
    }
    ctl_say(drill->ctl, "%s: %s sent, receipt after %.1f ms%s", unit,
            signal_kind_text((int)drill->signal.kind),
            (double)(drill->received_us - drill->sent_us) / 1000.0,
            drill->silent ? ", silent" : ", AUDIBLE");
    return CTL_OK;
}

static int
run_drill(struct drill *drill, SSL_CTX *tls, unsigned port, uint64_t limit_ms)
{
    const char *unit = ctl_argument(drill->ctl, 0);
    struct unit_client_options options = {.host = ctl_value_or(drill->ctl, "host", "127.0.0.1"),
                                          .port = port,
                                          .tls = tls,
                                          .boot_id = drill->signal.boot_id,
                                          .model = "larwmctl drill",
                                          .callbacks = &callbacks,
                                          .data = drill};
    if (uv_loop_init(&drill->loop) != 0) {
        return ctl_fail(drill->ctl, "no event loop can be made");
    }
    (void)uv_timer_init(&drill->loop, &drill->limit);
    (void)uv_timer_init(&drill->loop, &drill->again);
    drill->limit.data = drill;
    drill->again.data = drill;
    drill->client = unit_client_connect(&drill->loop, &options);
    if (drill->client == NULL) {
        (void)snprintf(drill->reason, sizeof drill->reason, "--host must be a numeric address");
        uv_close((uv_handle_t *)&drill->limit, NULL);
        uv_close((uv_handle_t *)&drill->again, NULL);
    } else {
        (void)uv_timer_start(&drill->limit, limit_on_timer, limit_ms, 0);
    }
    (void)uv_run(&drill->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&drill->loop);
    return tell(drill, unit);
}

static int
run_press(struct ctl *ctl)
{
    struct drill drill = {.ctl = ctl};
    uint64_t port;
    uint64_t limit_ms;
    const char *environment_port = ctl_environment("LARWM_NATIVE_PORT");
    uint64_t otherwise = environment_port == NULL ? 0 : strtoull(environment_port, NULL, 10);
    if (!ctl_number(ctl, "port", 1, 65535, otherwise, &port) ||
        !ctl_number(ctl, "timeout", 1, 3600000, 5000, &limit_ms) ||
        !signal_of(ctl, &drill.signal)) {
        return CTL_USAGE;
    }
    if (port == 0 || port > 65535) {
        return ctl_fail(ctl, "LARWM_NATIVE_PORT is not set to a port: the native port of larwmd");
    }
    SSL_CTX *tls = tls_of(ctl, ctl_argument(ctl, 0));
    if (tls == NULL) {
        return CTL_FAILED;
    }
    int status = run_drill(&drill, tls, (unsigned)port, limit_ms);
    SSL_CTX_free(tls);
    return status;
}

static const struct ctl_option options[] = {
    {"kind", "KIND", "panic (default), duress, fall, intrusion, low_battery, test, cancel, ..."},
    {"restore", NULL, "the end of the condition"},
    {"zone", "TEXT", "zone or room"},
    {"text", "TEXT", "text the unit sends"},
    {"lat", "DEGREES", "position, WGS 84"},
    {"lon", "DEGREES", "position, WGS 84"},
    {"accuracy", "METRES", "of the position (default 10)"},
    {"battery", "PERCENT", "default 80"},
    {"host", "ADDRESS", "numeric (default 127.0.0.1)"},
    {"port", "PORT", "default: LARWM_NATIVE_PORT"},
    CTL_OPTION_TIMEOUT,
    CTL_OPTION_END,
};

const struct ctl_command ctl_drill_commands[] = {
    {"drill", "press", "UNIT", 1, 1, "press the button of a unit, over the real protocol",
     "This raises a real alarm. larwmctl test-window open UNIT labels it as a test.", options,
     run_press},
    {0},
};
