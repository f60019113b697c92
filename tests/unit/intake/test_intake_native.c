/* SPDX-License-Identifier: Apache-2.0 */
/* A whole intake, native units over real TLS. */
#include "rig.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rig *rig;
static struct rig_identity pendant; /* issued by the device CA, valid */

static void
start_with(void (*change)(struct intake_options *options))
{
    rig = rig_start(change);
    pendant = rig_pki_issue(&rig->device_ca, "SKY-101", -3600, 3600);
}

static void
start(void)
{
    start_with(NULL);
}

static void
stop(void)
{
    rig_pki_free(&pendant);
    rig_stop(rig);
}

TestSuite(intake_native, .init = start, .fini = stop, .timeout = 60);

/* REQ A1, A24 TEST */
Test(intake_native, a_press_reaches_the_journal_and_then_gets_its_receipt)
{
    rig_publish_unit(rig, "SKY-101", 7, &pendant);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(unit->welcome.known);
    cr_assert_eq(unit->welcome.heartbeat_interval_s, 900);
    cr_assert(rig_press(unit, 41));
    cr_assert(rig_wait_receipts(unit, 1));
    cr_assert_eq(unit->last.sequence, 41);
    cr_assert_eq(unit->last.boot_id, 0xB007);
    const Larwm__Journal__Signal *signal = rig_signal(rig, 0);
    cr_assert_eq(signal->protocol, LARWM__PROTOCOL__PROTOCOL_NATIVE);
    cr_assert_str_eq(signal->unit, "SKY-101");
    cr_assert_eq(signal->kind, LARWM__SIGNAL_KIND__SIGNAL_PANIC);
    cr_assert_eq(signal->sequence, 41);
    cr_assert_eq(signal->boot_id, 0xB007);
    cr_assert_str_eq(signal->zone, "hall");
    cr_assert_str_eq(signal->network, "Rhwydwaith");
    cr_assert_neq(signal->content_hash, 0);
    cr_assert_gt(signal->received_us, 0);
    cr_assert_not(signal->credential_expired);
    uint8_t fingerprint[32];
    rig_pki_fingerprint(&pendant, fingerprint);
    cr_assert_eq(signal->fingerprint.len, 32);
    cr_assert_eq(memcmp(signal->fingerprint.data, fingerprint, 32), 0);
}

static bool
has_heartbeat(void *data)
{
    const struct rig_unit *unit = data;
    return unit->heartbeats >= 1;
}

/* REQ A24 TEST: the answer to the later heartbeat proves that the press was handled before it. */
Test(intake_native, a_receipt_is_withheld_until_the_journal_says_durable)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_press(unit, 1));
    cr_assert(unit_client_heartbeat(unit->client, 70, NULL));
    cr_assert(rig_wait(rig, has_heartbeat, unit));
    cr_assert(rig_wait_in_ring(rig, 1));
    cr_assert_eq(unit->receipts + unit->retries, 0);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert(rig_wait_receipts(unit, 1));
}

static bool
has_retry(void *data)
{
    const struct rig_unit *unit = data;
    return unit->retries >= 1;
}

/* REQ A24 TEST */
Test(intake_native, a_journal_that_fails_gives_a_retry_with_a_back_off_and_no_receipt)
{
    rig_set_journal(rig, RIG_JOURNAL_FAIL);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_press(unit, 5));
    cr_assert(rig_wait(rig, has_retry, unit));
    cr_assert_eq(unit->receipts, 0);
    cr_assert_eq(unit->last.sequence, 5);
    cr_assert_geq(unit->last.back_off_ms, 500);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert(rig_press(unit, 5));
    cr_assert(rig_wait_receipts(unit, 1));
}

static void
few_entries(struct intake_options *options)
{
    options->entries = 4;
}

static bool
has_two_retries(void *data)
{
    const struct rig_unit *unit = data;
    return unit->retries >= 2;
}

Test(intake_native_limits, without_an_entry_left_the_unit_is_told_to_retry, .fini = stop,
     .timeout = 60)
{
    start_with(few_entries);
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    for (uint64_t sequence = 1; sequence <= 6; sequence++) {
        cr_assert(rig_press(unit, sequence));
    }
    cr_assert(rig_wait(rig, has_two_retries, unit));
    cr_assert_eq(unit->receipts, 0);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert(rig_wait_receipts(unit, 4));
    cr_assert_eq(unit->retries, 2);
}

static void
two_in_flight(struct intake_options *options)
{
    options->in_flight_max = 2;
}

Test(intake_native_limits, a_session_at_its_in_flight_limit_is_not_read_and_loses_nothing,
     .fini = stop, .timeout = 60)
{
    start_with(two_in_flight);
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    struct rig_unit *other = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_wait_ready(other));
    for (uint64_t sequence = 1; sequence <= 40; sequence++) {
        cr_assert(rig_press(unit, sequence));
    }
    cr_assert(rig_wait_in_ring(rig, 2));
    cr_assert(unit_client_heartbeat(other->client, 0, NULL)); /* others go on */
    cr_assert(rig_wait(rig, has_heartbeat, other));
    cr_assert_eq(atomic_load(&rig->in_ring), 2);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert(rig_wait_receipts(unit, 40));
    for (unsigned i = 0; i < 40; i++) {
        cr_assert_eq(rig_signal(rig, i)->sequence, i + 1);
    }
}

/* Framing. */

static size_t
make_press(uint8_t *to, uint64_t sequence)
{
    /* length 15: signal(3) { boot_id, sequence, kind PANIC } by hand, not by the code under test */
    const uint8_t frame[] = {
        0, 0, 0, 15, 0x1A, 13, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, (uint8_t)sequence, 0x18, 1};
    memcpy(to, frame, sizeof frame);
    return sizeof frame;
}

Test(intake_native, two_frames_in_one_segment_are_two_signals)
{
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    uint8_t bytes[64];
    size_t size = make_press(bytes, 1);
    size += make_press(bytes + size, 2);
    cr_assert(unit_client_send_raw(unit->client, bytes, size));
    cr_assert(rig_wait_receipts(unit, 2));
    cr_assert_eq(rig_signal_count(rig), 2);
    cr_assert_eq(rig_signal(rig, 0)->boot_id, UINT64_C(0x0807060504030201));
}

Test(intake_native, a_frame_one_byte_at_a_time_is_one_signal)
{
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    uint8_t bytes[64];
    size_t size = make_press(bytes, 1);
    for (size_t i = 0; i < size; i++) {
        cr_assert(unit_client_send_raw(unit->client, bytes + i, 1));
    }
    cr_assert(rig_wait_receipts(unit, 1));
    cr_assert_eq(rig_signal_count(rig), 1);
}

/* Bad input ends the session that sent it and no other. */

static void
expect_refusal_of(const void *bytes, size_t size)
{
    struct rig_unit *bad = rig_connect(rig, &pendant, NULL);
    struct rig_identity hub = rig_pki_issue(&rig->device_ca, "HUB-201", -3600, 3600);
    struct rig_unit *good = rig_connect(rig, &hub, NULL);
    cr_assert(rig_wait_ready(bad));
    cr_assert(rig_wait_ready(good));
    cr_assert(unit_client_send_raw(bad->client, bytes, size));
    cr_assert(rig_wait_closed(bad));
    cr_assert_eq(bad->reason, UNIT_CLOSED_REFUSED, "closed for %d %s", bad->reason, bad->detail);
    cr_assert_gt(strlen(bad->detail), 0);
    cr_assert(rig_press(good, 1));
    cr_assert(rig_wait_receipts(good, 1));
    rig_pki_free(&hub);
}

Test(intake_native, a_malformed_frame_is_refused_and_others_go_on)
{
    expect_refusal_of("\0\0\0\3\xFF\xFF\xFF", 7);
}

Test(intake_native, an_oversized_frame_is_refused_and_others_go_on)
{
    expect_refusal_of("\0\1\0\0", 4);
}

Test(intake_native, an_empty_frame_is_refused_and_others_go_on)
{
    expect_refusal_of("\0\0\0\0", 4);
}

Test(intake_native, an_unknown_message_is_refused_and_others_go_on)
{
    expect_refusal_of("\0\0\0\3\x7A\1\0", 7); /* field 15 */
}

Test(intake_native, a_press_before_a_malformed_frame_gets_its_receipt_first)
{
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    uint8_t bytes[64];
    size_t size = make_press(bytes, 1);
    memcpy(bytes + size, "\0\0\0\1\xFF", 5);
    cr_assert(unit_client_send_raw(unit->client, bytes, size + 5));
    cr_assert(rig_wait_closed(unit));
    cr_assert_eq(unit->receipts, 1);
    cr_assert_eq(unit->reason, UNIT_CLOSED_REFUSED);
}

static void
short_frame_limit(struct intake_options *options)
{
    options->frame_limit_ms = 200;
}

Test(intake_native_limits, a_frame_that_is_never_finished_ends_the_session, .fini = stop,
     .timeout = 60)
{
    start_with(short_frame_limit);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(unit_client_send_raw(unit->client, "\0\0\0\x40\x1A", 5));
    cr_assert(rig_wait_closed(unit));
    cr_assert_eq(unit->reason, UNIT_CLOSED_REFUSED);
}

static void
short_idle_limit(struct intake_options *options)
{
    options->idle_limit_s = 1;
}

Test(intake_native_limits, a_session_that_says_nothing_is_closed, .fini = stop, .timeout = 60)
{
    start_with(short_idle_limit);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_wait_closed(unit));
    cr_assert_eq(unit->reason, UNIT_CLOSED_BY_PEER);
}

/* Supervision's view. */

static bool
was_seen(void *data)
{
    const struct rig *at = data;
    return atomic_load(&at->seen->slots[7]) != 0;
}

/* REQ A28 TEST */
Test(intake_native, a_heartbeat_is_answered_and_noted_and_never_journaled)
{
    rig_publish_unit(rig, "SKY-101", 7, &pendant);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(unit_client_heartbeat(unit->client, 55, NULL));
    cr_assert(rig_wait(rig, has_heartbeat, unit));
    cr_assert(rig_wait(rig, was_seen, rig));
    cr_assert_eq(rig_signal_count(rig), 0);
}

/* REQ A4 TEST */
Test(intake_native, a_reconnect_closes_the_older_session_of_the_unit)
{
    rig_publish_unit(rig, "SKY-101", 7, &pendant);
    struct rig_unit *older = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(older));
    struct rig_unit *newer = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(newer));
    cr_assert(rig_wait_closed(older));
    cr_assert(rig_press(newer, 1));
    cr_assert(rig_wait_receipts(newer, 1));
}

static void
four_threads(struct intake_options *options)
{
    options->threads = 4;
}

/* REQ A4 TEST: whichever threads take the connections */
Test(intake_native_limits, one_session_of_a_unit_is_left_whichever_threads_serve_it, .fini = stop,
     .timeout = 60)
{
    start_with(four_threads);
    rig_publish_unit(rig, "SKY-101", 7, &pendant);
    struct rig_unit *units[8];
    for (unsigned i = 0; i < 8; i++) {
        units[i] = rig_connect(rig, &pendant, NULL);
        cr_assert(rig_wait_ready(units[i]));
    }
    for (unsigned i = 0; i < 7; i++) {
        (void)rig_press(units[i], i + 1); /* the older session notices at its next event */
        cr_assert(rig_wait_closed(units[i]), "session %u stayed", i);
    }
    cr_assert(rig_press(units[7], 8));
    cr_assert(rig_wait_receipts(units[7], 1));
}

static void
inherited_socket(struct intake_options *options)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 16), 0);
    struct intake_listener *listeners = (struct intake_listener *)(uintptr_t)options->listeners;
    listeners[RIG_NATIVE].inherited_fd = fd;
    options->threads = 3;
}

Test(intake_native_limits, all_threads_serve_an_inherited_socket, .fini = stop, .timeout = 60)
{
    start_with(inherited_socket);
    cr_assert_neq(intake_port(rig->intake, RIG_NATIVE), 0);
    for (unsigned i = 0; i < 12; i++) {
        struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
        cr_assert(rig_wait_ready(unit));
        cr_assert(rig_press(unit, i + 1));
        cr_assert(rig_wait_receipts(unit, 1));
    }
}

struct stopping
{
    pthread_t thread;
    struct intake *intake;
};

static void *
run_stop(void *data)
{
    struct stopping *stopping = data;
    intake_stop(stopping->intake);
    return NULL;
}

/* REQ A24 TEST */
Test(intake_native, a_press_in_flight_gets_its_receipt_although_intake_is_stopping)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    struct rig_unit *unit = rig_connect(rig, &pendant, NULL);
    cr_assert(rig_wait_ready(unit));
    cr_assert(rig_press(unit, 1));
    cr_assert(rig_wait_in_ring(rig, 1));
    struct stopping stopping = {.intake = rig->intake};
    cr_assert_eq(pthread_create(&stopping.thread, NULL, run_stop, &stopping), 0);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert(rig_wait_receipts(unit, 1));
    cr_assert(rig_wait_closed(unit));
    pthread_join(stopping.thread, NULL);
}
