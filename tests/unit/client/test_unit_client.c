/* SPDX-License-Identifier: Apache-2.0 */
/* The unit-side library against a whole intake (tests/unit/intake/rig.h). */
#include "rig.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rig *rig;
static struct rig_identity sky;

static void
start(void)
{
    rig = rig_start(NULL);
    sky = rig_pki_issue(&rig->device_ca, "SKY-1", -3600, 3600);
}

static void
stop(void)
{
    rig_pki_free(&sky);
    rig_stop(rig);
}

TestSuite(unit_client, .init = start, .fini = stop, .timeout = 60);

struct watch
{
    unsigned closed;
    enum unit_closed reason;
};

static void
on_closed(struct unit_client *client, enum unit_closed reason, const char *detail, void *data)
{
    struct watch *watch = data;
    watch->closed += 1;
    watch->reason = reason;
    cr_assert_not_null(detail);
}

static bool
is_closed(void *data)
{
    const struct watch *watch = data;
    return watch->closed > 0;
}

static const struct unit_client_callbacks callbacks = {.on_closed = on_closed};

static struct unit_client_options
options_for(struct watch *watch, unsigned port, SSL_CTX *tls)
{
    return (struct unit_client_options){.host = "127.0.0.1",
                                        .port = port,
                                        .tls = tls,
                                        .certificate = sky.certificate,
                                        .key = sky.key,
                                        .callbacks = &callbacks,
                                        .data = watch};
}

Test(unit_client, a_port_where_nobody_listens_closes_with_the_reason_connect)
{
    struct watch watch = {0};
    int listening = rig_dial(rig, RIG_NATIVE); /* its own local port accepts nothing */
    struct sockaddr_in own;
    socklen_t size = sizeof own;
    cr_assert_eq(getsockname(listening, (struct sockaddr *)&own, &size), 0);
    struct unit_client_options options = options_for(&watch, ntohs(own.sin_port), rig->unit_tls);
    cr_assert_not_null(unit_client_connect(&rig->loop, &options));
    cr_assert(rig_wait(rig, is_closed, &watch));
    cr_assert_eq(watch.reason, UNIT_CLOSED_CONNECT);
    (void)close(listening);
}

Test(unit_client, an_address_that_does_not_parse_gives_no_client)
{
    struct watch watch = {0};
    struct unit_client_options options = options_for(&watch, 1, rig->unit_tls);
    options.host = "centre.invalid";
    cr_assert_null(unit_client_connect(&rig->loop, &options));
    options.host = "127.0.0.1";
    options.source = "nowhere";
    cr_assert_null(unit_client_connect(&rig->loop, &options));
    cr_assert_eq(watch.closed, 0);
}

Test(unit_client, a_centre_of_another_ca_is_not_trusted)
{
    struct watch watch = {0};
    char file[128];
    (void)snprintf(file, sizeof file, "%s/device-ca.crt", rig->directory);
    const char *detail;
    SSL_CTX *other = unit_tls_context(NULL, NULL, file, &detail); /* not the centre's CA */
    struct unit_client_options options =
        options_for(&watch, intake_port(rig->intake, RIG_NATIVE), other);
    cr_assert_not_null(unit_client_connect(&rig->loop, &options));
    cr_assert(rig_wait(rig, is_closed, &watch));
    cr_assert_eq(watch.reason, UNIT_CLOSED_HANDSHAKE);
    SSL_CTX_free(other);
}

Test(unit_client, closing_while_connecting_closes_once)
{
    struct watch watch = {0};
    struct unit_client_options options =
        options_for(&watch, intake_port(rig->intake, RIG_NATIVE), rig->unit_tls);
    struct unit_client *client = unit_client_connect(&rig->loop, &options);
    struct unit_signal signal = {.sequence = 1, .kind = SIGNAL_PANIC};
    cr_assert_not(unit_client_signal(client, &signal)); /* not connected yet */
    unit_client_close(client);
    unit_client_close(client);
    cr_assert(rig_wait(rig, is_closed, &watch));
    cr_assert_eq(watch.closed, 1);
    cr_assert_eq(watch.reason, UNIT_CLOSED_BY_CALLER);
}

static void
one_per_address(struct intake_options *options)
{
    options->unproven_per_address_max = 1;
}

static void
count_connected(struct unit_client *client, void *data)
{
    unsigned *connected = data;
    *connected += 1;
}

static bool
are_two(void *data)
{
    const unsigned *connected = data;
    return *connected == 2;
}

Test(unit_client_source, a_client_comes_from_the_address_it_is_told, .fini = stop, .timeout = 60)
{
    static const struct unit_client_callbacks counting = {.on_connected = count_connected};
    rig = rig_start(one_per_address); /* so that two from one address could not both connect */
    sky = rig_pki_issue(&rig->device_ca, "SKY-1", -3600, 3600);
    unsigned connected = 0;
    struct unit_client_options options =
        options_for(NULL, intake_port(rig->intake, RIG_NATIVE), rig->unit_tls);
    options.callbacks = &counting;
    options.data = &connected;
    options.source = "127.0.0.77";
    struct unit_client *one = unit_client_connect(&rig->loop, &options);
    options.source = "127.0.0.78";
    struct unit_client *two = unit_client_connect(&rig->loop, &options);
    cr_assert(one != NULL && two != NULL);
    cr_assert(rig_wait(rig, are_two, &connected));
    unit_client_close(one);
    unit_client_close(two);
}

static void
close_at_receipt(struct unit_client *client, const struct unit_receipt *receipt, void *data)
{
    unit_client_close(client);
}

static void
press_two(struct unit_client *client, void *data)
{
    struct unit_signal signal = {.sequence = 1, .kind = SIGNAL_PANIC};
    cr_assert(unit_client_signal(client, &signal));
    signal.sequence = 2;
    cr_assert(unit_client_signal(client, &signal));
}

Test(unit_client, closing_from_within_a_callback_is_safe)
{
    static const struct unit_client_callbacks closing = {
        .on_connected = press_two, .on_receipt = close_at_receipt, .on_closed = on_closed};
    struct watch watch = {0};
    struct unit_client_options options =
        options_for(&watch, intake_port(rig->intake, RIG_NATIVE), rig->unit_tls);
    options.callbacks = &closing;
    cr_assert_not_null(unit_client_connect(&rig->loop, &options));
    cr_assert(rig_wait(rig, is_closed, &watch));
    cr_assert_eq(watch.reason, UNIT_CLOSED_BY_CALLER);
    cr_assert(rig_wait_signals(rig, 2));
}

Test(unit_client, an_aborted_client_leaves_its_press_at_the_centre)
{
    struct rig_unit *unit = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(unit));
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_wait_in_ring(rig, 1));
    unit_client_abort(unit->client);
    cr_assert(rig_wait_closed(unit));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert(rig_wait_signals(rig, 1));
    struct rig_unit *again = rig_connect(rig, &sky, NULL); /* and intake is well */
    cr_assert(rig_wait_ready(again));
    cr_assert(rig_press(again, 1));
    cr_assert(rig_wait_receipts(again, 1));
}

static bool
has_two_signals(void *data)
{
    return rig_signal_count(rig) >= 2;
}

Test(unit_client, a_paused_client_gets_its_receipts_later)
{
    struct rig_unit *unit = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(unit));
    unit_client_pause(unit->client, true);
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_press(unit, 2));
    cr_assert(rig_wait(rig, has_two_signals, NULL));
    cr_assert_eq(unit->receipts, 0);
    unit_client_pause(unit->client, false);
    cr_assert(rig_wait_receipts(unit, 2));
}
