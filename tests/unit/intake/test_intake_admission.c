/* SPDX-License-Identifier: Apache-2.0 */
/* Limits on strangers: handshakes, connections of one address, sessions. */
#include "rig.h"

#include "base/counters.h"

#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rig *rig;
static struct rig_identity sky;

static void
start_with(void (*change)(struct intake_options *options))
{
    rig = rig_start(change);
    sky = rig_pki_issue(&rig->device_ca, "SKY-1", -3600, 3600);
}

static void
stop(void)
{
    rig_pki_free(&sky);
    rig_stop(rig);
}

TestSuite(intake_admission, .fini = stop, .timeout = 60);

static void
expect_served(void)
{
    struct rig_unit *unit = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_wait_receipts(unit, 1));
}

static void
one_handshake(struct intake_options *options)
{
    options->handshakes_max = 1;
}

Test(intake_admission, connections_that_say_nothing_hold_no_handshake_budget)
{
    start_with(one_handshake);
    int silent[20];
    for (int i = 0; i < 20; i++) {
        silent[i] = rig_dial(rig, RIG_NATIVE);
    }
    expect_served();
    for (int i = 0; i < 20; i++) {
        (void)close(silent[i]);
    }
}

Test(intake_admission, handshakes_that_dawdle_give_their_budget_to_others)
{
    start_with(one_handshake);
    int slow[3];
    for (int i = 0; i < 3; i++) {
        slow[i] = rig_dial(rig, RIG_NATIVE);
        rig_send(slow[i], "\x16\x03\x01", 3); /* the beginning of a ClientHello */
    }
    expect_served();
    for (int i = 0; i < 3; i++) {
        (void)close(slow[i]);
    }
}

static void
short_handshake(struct intake_options *options)
{
    options->handshake_limit_ms = 300;
}

Test(intake_admission, a_connection_that_never_shakes_hands_is_closed)
{
    start_with(short_handshake);
    int silent = rig_dial(rig, RIG_NATIVE);
    int slow = rig_dial(rig, RIG_NATIVE);
    rig_send(slow, "\x16\x03\x01", 3);
    char byte;
    cr_assert_leq(recv(silent, &byte, 1, 0), 0); /* ended, not timed out: */
    cr_assert_leq(recv(slow, &byte, 1, 0), 0);
    cr_assert_eq(intake_session_count(rig->intake), 0);
    (void)close(silent);
    (void)close(slow);
    expect_served();
}

Test(intake_admission, bytes_that_are_no_tls_end_the_connection_alone)
{
    start_with(NULL);
    int fd = rig_dial(rig, RIG_NATIVE);
    rig_send(fd, "GET / HTTP/1.1\r\n\r\n", 18);
    char bytes[64];
    (void)rig_receive(fd, bytes, sizeof bytes); /* an alert, then the end */
    (void)close(fd);
    cr_assert_geq(counter_get(handshakes_failed), 1);
    expect_served();
}

static void
three_per_address(struct intake_options *options)
{
    options->unproven_per_address_max = 3;
}

Test(intake_admission, an_address_with_too_many_strangers_gets_no_more)
{
    start_with(three_per_address);
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = rig_dial(rig, RIG_DC09_TCP);
    }
    int fourth = rig_dial(rig, RIG_DC09_TCP);
    char byte;
    cr_assert_leq(recv(fourth, &byte, 1, 0), 0);
    (void)close(fourth);
    for (int i = 0; i < 3; i++) {
        (void)close(fds[i]);
    }
}

Test(intake_admission, registered_units_do_not_count_against_their_address)
{
    start_with(three_per_address);
    struct rig_identity other[6];
    for (unsigned i = 0; i < 6; i++) {
        other[i] = rig_pki_issue(&rig->device_ca, "SKY", -3600, 3600);
        rig_publish_unit(rig, "SKY", i + 1, &other[i]);
        struct rig_unit *unit = rig_connect(rig, &other[i], NULL);
        cr_assert(rig_wait_ready(unit), "unit %u", i);
        cr_assert(unit->welcome.known);
        rig_pki_free(&other[i]);
        struct registry *retired;
        while ((retired = intake_retired(rig->intake)) != NULL) {
            registry_free(retired);
        }
    }
}

static void
two_sessions(struct intake_options *options)
{
    options->sessions_max = 2;
}

Test(intake_admission, beyond_the_limit_of_sessions_a_connection_is_closed_and_counted)
{
    start_with(two_sessions);
    struct rig_unit *one = rig_connect(rig, &sky, NULL);
    struct rig_unit *two = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(one));
    cr_assert(rig_wait_ready(two));
    struct rig_unit *three = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_closed(three));
    cr_assert_not(three->connected);
    cr_assert_eq(counter_get(sessions_refused), 1);
    cr_assert(rig_press(one, 1));
    cr_assert(rig_wait_receipts(one, 1));
}

static bool
all_ready(void *data)
{
    for (unsigned i = 0; i < rig->unit_count; i++) {
        if (!rig->units[i].ready) {
            return false;
        }
    }
    return true;
}

static void
two_handshakes(struct intake_options *options)
{
    options->handshakes_max = 2;
    options->threads = 2;
}

Test(intake_admission, a_wave_beyond_the_budget_is_served_in_turn)
{
    start_with(two_handshakes);
    for (unsigned i = 0; i < 60; i++) {
        (void)rig_connect(rig, &sky, NULL);
    }
    cr_assert(rig_wait(rig, all_ready, NULL));
    cr_assert_eq(intake_session_count(rig->intake), 60);
}

static bool
has_ticket(void *data)
{
    const struct rig_unit *unit = data;
    return unit->session != NULL && SSL_SESSION_is_resumable(unit->session);
}

Test(intake_admission, a_unit_with_a_ticket_of_ours_goes_before_strangers)
{
    start_with(NULL);
    struct rig_unit *first = rig_connect(rig, &sky, NULL); /* not registered: no familiar address */
    cr_assert(rig_wait_ready(first));
    cr_assert(rig_wait(rig, has_ticket, first));
    cr_assert_eq(counter_get(handshakes_expected), 0);
    struct rig_unit *second = rig_connect(rig, &sky, first->session);
    cr_assert(rig_wait_ready(second));
    cr_assert(second->resumed);
    cr_assert_eq(counter_get(handshakes_expected), 1);
    cr_assert_eq(counter_get(sessions_resumed), 1);
}

Test(intake_admission, the_address_of_a_registered_unit_goes_before_strangers)
{
    start_with(NULL);
    rig_publish_unit(rig, "SKY-1", 1, &sky);
    struct rig_unit *first = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(first));
    cr_assert(first->welcome.known);
    cr_assert_eq(counter_get(handshakes_expected), 0);
    struct rig_unit *second = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(second));
    cr_assert_eq(counter_get(handshakes_expected), 1);
    cr_assert_eq(counter_get(sessions_resumed), 0);
}

Test(intake_admission, units_are_told_to_spread_when_they_return_by_the_size_of_the_fleet)
{
    start_with(NULL);
    struct rig_unit *unit[3];
    for (unsigned i = 0; i < 3; i++) {
        unit[i] = rig_connect(rig, &sky, NULL);
        cr_assert(rig_wait_ready(unit[i]));
        cr_assert_eq(unit[i]->welcome.reconnect_spread_ms, i + 1);
    }
}

static void
four_handshakes_two_waiting(struct intake_options *options)
{
    options->handshakes_max = 4;
    options->handshakes_waiting_max = 2;
    options->handshake_limit_ms = 60000;
}

/* The beginning of a ClientHello of 512 bytes: whoever sent it holds budget for a second. */
static const char begun[] = "\x16\x03\x01\x02\x00\x01";

Test(intake_admission, with_the_queue_full_of_strangers_a_unit_of_ours_takes_the_newest_ones_place)
{
    start_with(four_handshakes_two_waiting);
    rig_publish_unit(rig, "SKY-1", 1, &sky);
    struct rig_unit *first = rig_connect(rig, &sky, NULL);
    cr_assert(rig_wait_ready(first));
    int strangers[5];
    for (int i = 0; i < 5; i++) { /* three in progress, two wait */
        strangers[i] = rig_dial_from(rig, RIG_NATIVE, "127.0.0.1", "127.0.0.77");
        rig_send(strangers[i], begun, sizeof begun - 1);
        cr_assert(rig_press(first, (uint64_t)i + 1)); /* a turn later: it holds its place */
        cr_assert(rig_wait_receipts(first, (unsigned)i + 1));
    }
    cr_assert_eq(counter_get(sessions_refused), 0);
    struct rig_unit *second = rig_connect(rig, &sky, NULL); /* its address is familiar */
    cr_assert(rig_wait_ready(second));
    for (int i = 0; i < 5; i++) {
        (void)close(strangers[i]);
    }
}

Test(intake_admission, a_burst_of_connections_beyond_what_a_turn_accepts_is_served)
{
    start_with(NULL);
    int fds[300];
    for (int i = 0; i < 300; i++) {
        fds[i] = rig_dial(rig, RIG_NATIVE);
        cr_assert_geq(fds[i], 0);
    }
    expect_served(); /* behind all of them */
    cr_assert_eq(counter_get(sessions_refused), 0);
    for (int i = 0; i < 300; i++) {
        (void)close(fds[i]);
    }
}
