/* SPDX-License-Identifier: Apache-2.0 */
/* A whole intake, DC-09 panels over UDP. */
#include "rig_dc09.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/require.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct rig *rig;

static void
start_with(void (*change)(struct intake_options *options))
{
    rig = rig_dc09_start(change);
}

static void
start(void)
{
    start_with(NULL);
}

static void
stop(void)
{
    rig_dc09_stop(rig);
}

TestSuite(intake_udp, .init = start, .fini = stop, .timeout = 60);
TestSuite(intake_udp_limits, .fini = stop, .timeout = 60);

static bool
has_malformed(void *data)
{
    return counter_get(frames_malformed) >= *(const uint64_t *)data;
}

/* One more damaged frame was counted than `before` says. */
static void
expect_malformed(uint64_t before)
{
    uint64_t want = before + 1;
    cr_assert(rig_wait(rig, has_malformed, &want));
}

/* The socket is connected: an answer from any other address or port would never be read. */
Test(intake_udp, a_press_in_a_datagram_is_journaled_and_gets_the_exact_ack)
{
    int fd = rig_dial(rig, RIG_DC09_UDP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    const Larwm__Journal__Signal *signal = rig_signal(rig, 0);
    cr_assert_str_eq(signal->unit, "PAN-A10001");
    cr_assert_eq(signal->kind, LARWM__SIGNAL_KIND__SIGNAL_PANIC);
    cr_assert_eq(signal->raw.len, strlen(PRESS) - 2);
    (void)close(fd);
}

/* REQ A24 TEST: the link test behind it is answered first, so the press was handled and waits. */
Test(intake_udp, an_ack_is_withheld_until_the_journal_says_durable)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_UDP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect_alive(fd, "1111");
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
}

/* REQ A24 TEST */
Test(intake_udp, a_journal_that_fails_gives_a_nak)
{
    rig_set_journal(rig, RIG_JOURNAL_FAIL);
    int fd = rig_dial(rig, RIG_DC09_UDP);
    rig_send(fd, PRESS, strlen(PRESS));
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    (void)close(fd);
}

Test(intake_udp, an_encrypted_press_gets_an_encrypted_ack)
{
    int fd = rig_dial(rig, RIG_DC09_UDP);
    rig_send_frame(fd, "ADM-CID", 3, "A10001", "1120 01 001", true, clock_wall_us());
    struct dc09_message reply = rig_read_reply(fd);
    cr_assert_eq(reply.token, DC09_TOKEN_ACK);
    cr_assert(reply.encrypted);
    cr_assert_eq(reply.sequence, 3);
    (void)close(fd);
}

Test(intake_udp, two_frames_in_a_datagram_are_two_signals_and_two_answers)
{
    int fd = rig_dial(rig, RIG_DC09_UDP);
    rig_send(fd, PRESS "\r\n" PRESS_2, strlen(PRESS) + strlen(PRESS_2) + 2);
    rig_expect(fd, PRESS_ACK);
    rig_expect(fd, PRESS_2_ACK);
    cr_assert_eq(rig_signal_count(rig), 2);
    (void)close(fd);
}

Test(intake_udp, a_frame_without_its_cr_is_taken)
{
    int fd = rig_dial(rig, RIG_DC09_UDP);
    rig_send(fd, PRESS, strlen(PRESS) - 1);
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
}

Test(intake_udp, two_peers_get_each_its_own_answer)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fds[8];
    for (unsigned i = 0; i < 8; i++) {
        fds[i] = rig_dial(rig, RIG_DC09_UDP);
        rig_send_frame(fds[i], "SIA-DCS", 100 + i, "1111", "Nri1/PA001", false, 0);
    }
    cr_assert(rig_wait_in_ring(rig, 8));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    for (unsigned i = 0; i < 8; i++) {
        cr_assert_eq(rig_read_reply(fds[i]).sequence, 100 + i);
        (void)close(fds[i]);
    }
}

Test(intake_udp, a_cut_frame_is_counted_and_never_joined_with_the_next_datagram)
{
    int fd = rig_dial(rig, RIG_DC09_UDP);
    for (size_t cut = 1; cut < strlen(PRESS) - 1; cut++) {
        uint64_t before = counter_get(frames_malformed);
        rig_send(fd, PRESS, cut);
        if (cut > 1) { /* a lone LF is no frame */
            expect_malformed(before);
        }
        rig_send(fd, &PRESS[cut], strlen(PRESS) - cut);
    }
    rig_expect_alive(fd, "1111");
    cr_assert_eq(rig_signal_count(rig), 0);
    (void)close(fd);
}

/* The search goes on inside what is damaged, as on a stream. */
Test(intake_udp, a_good_frame_behind_a_cut_one_in_the_same_datagram_is_found)
{
    int fd = rig_dial(rig, RIG_DC09_UDP);
    for (size_t cut = 1; cut < strlen(PRESS); cut++) {
        char bytes[256];
        memcpy(bytes, PRESS, cut);
        memcpy(bytes + cut, PRESS, strlen(PRESS) - 1); /* and without its CR */
        rig_send(fd, bytes, cut + strlen(PRESS) - 1);
        rig_expect(fd, PRESS_ACK);
        if (cut == strlen(PRESS) - 1) { /* the first is whole, too */
            rig_expect(fd, PRESS_ACK);
        }
    }
    /* one that claims more bytes than the datagram has */
    const char *longer = "\nB47200FF\"SIA-DCS\"0001L0#A10001[#A1" PRESS;
    rig_send(fd, longer, strlen(longer) - 1);
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
}

static bool
has_oversized(void *data)
{
    return counter_get(frames_oversized) == 1;
}

Test(intake_udp, of_an_oversized_datagram_the_whole_frames_in_front_are_taken)
{
    static char bytes[20000];
    int fd = rig_dial(rig, RIG_DC09_UDP);
    memset(bytes, 'x', sizeof bytes);
    memcpy(bytes, PRESS, strlen(PRESS));
    rig_send(fd, bytes, sizeof bytes);
    rig_expect(fd, PRESS_ACK);
    cr_assert(rig_wait(rig, has_oversized, NULL));
    rig_expect_alive(fd, "1111");
    (void)close(fd);
}

Test(intake_udp, empty_datagrams_and_junk_get_silence_and_harm_nobody)
{
    int fd = rig_dial(rig, RIG_DC09_UDP);
    uint64_t before = counter_get(frames_malformed);
    rig_send(fd, "", 0);
    rig_send(fd, "\r\n", 2);
    rig_send(fd, "GET / HTTP/1.1", 14);
    expect_malformed(before);
    for (unsigned round = 0; round < 200; round++) {
        uint8_t bytes[600];
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)(rand() % 4 == 0 ? "\n\r\"0#[]|"[rand() % 8] : rand() % 256);
        }
        rig_send(fd, bytes, (size_t)rand() % sizeof bytes);
    }
    rig_expect_alive(fd, "1111"); /* the next answer is the link test's */
    (void)close(fd);
}

/* An attacker who forges the sender's address must not find an amplifier. With the 28 bytes of IP
 * and UDP headers an answer is at most 1.6 times its request, even that of the shortest there are.
 */
Test(intake_udp, no_answer_is_much_longer_than_its_request)
{
    static const char *const bodies[] = {
        "",
        "\"A\"0000",
        "\"ADM-CID\"0000",
        "\"NULL\"0000L0#1409[]",
        "\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA001]",
    };
    int fd = rig_dial(rig, RIG_DC09_UDP);
    for (unsigned i = 0; i < 2 * ARRAY_COUNT(bodies); i++) {
        char answer[512];
        char request[128];
        const char *body = bodies[i / 2];
        rig_set_journal(rig, i % 2 == 0 ? RIG_JOURNAL_DURABLE : RIG_JOURNAL_FAIL);
        int size = snprintf(request, sizeof request, "\n%04X%04X%s", dc09_crc16(body, strlen(body)),
                            (unsigned)strlen(body), body[0] == '\0' ? "\"" : body);
        rig_send(fd, request, (size_t)size);
        ssize_t got = recv(fd, answer, sizeof answer, 0);
        cr_assert_gt(got, 0);
        cr_assert_leq(10 * (got + 28), 18 * (size + 28), "%s: %zd bytes for %d", body, got, size);
    }
    (void)close(fd);
}

static void *
run_stop(void *data)
{
    intake_stop(rig->intake);
    return NULL;
}

static bool
has_turned_on(void *data)
{
    return intake_turn_mono_ms(rig->intake, 0) >= *(const uint64_t *)data;
}

Test(intake_udp, a_press_in_flight_gets_its_ack_although_intake_is_stopping)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_UDP);
    int tcp = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(tcp, "1111");
    rig_send(fd, PRESS, strlen(PRESS));
    cr_assert(rig_wait_in_ring(rig, 1));
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, run_stop, NULL), 0);
    rig_expect_end(tcp); /* the stop has begun */
    (void)close(tcp);
    uint64_t later_ms = clock_mono_ms() + 600; /* of the worker's own time: two ticks */
    cr_assert(rig_wait(rig, has_turned_on, &later_ms));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(fd, PRESS_ACK);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    (void)close(fd);
}

/* Where it listens. */

static void
two_workers_everywhere(struct intake_options *options)
{
    options->threads = 2;
    rig_listener(options, RIG_DC09_UDP)->address = "0.0.0.0";
}

Test(intake_udp_limits, every_worker_answers_from_the_address_that_was_called)
{
    start_with(two_workers_everywhere);
    for (unsigned i = 0; i < 20; i++) {
        int fd = rig_dial_from(rig, RIG_DC09_UDP, "127.0.0.2", "127.0.0.3");
        rig_send(fd, PRESS, strlen(PRESS));
        rig_expect(fd, PRESS_ACK);
        (void)close(fd);
    }
    cr_assert_geq(rig_signal_count(rig), 1);
    cr_assert_leq(rig_signal_count(rig), 2, "each worker knows the frame after the first time");
}

static void
six_and_four(struct intake_options *options)
{
    rig_listener(options, RIG_DC09_UDP)->address = "::";
}

Test(intake_udp_limits, an_ipv6_socket_answers_ipv6_and_ipv4_from_the_address_that_was_called)
{
    start_with(six_and_four);
    int four = rig_dial_from(rig, RIG_DC09_UDP, "127.0.0.2", "127.0.0.3");
    rig_send(four, PRESS, strlen(PRESS));
    rig_expect(four, PRESS_ACK);
    (void)close(four);
    int six = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_port =
                                       htons((uint16_t)intake_port(rig->intake, RIG_DC09_UDP)),
                                   .sin6_addr = in6addr_loopback};
    cr_assert_eq(connect(six, (struct sockaddr *)&address, sizeof address), 0);
    rig_send(six, PRESS, strlen(PRESS));
    rig_expect(six, PRESS_ACK);
    (void)close(six);
}

/* Limits. */

static void
four_of_an_address(struct intake_options *options)
{
    options->datagram_in_flight_max = 4;
}

static bool
are_six_silenced(void *data)
{
    return counter_get(datagrams_silenced) == 6;
}

/* Rule R0 TEST: what was left unanswered is taken when it comes again; others notice nothing. */
Test(intake_udp_limits, an_address_has_so_many_signals_in_flight_and_silence_beyond)
{
    start_with(four_of_an_address);
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_UDP);
    for (unsigned i = 1; i <= 10; i++) {
        rig_send_frame(fd, "SIA-DCS", i, "1111", "Nri1/PA001", false, 0);
    }
    cr_assert(rig_wait(rig, are_six_silenced, NULL));
    int other = rig_dial_from(rig, RIG_DC09_UDP, "127.0.0.1", "127.0.0.9");
    rig_send_frame(other, "SIA-DCS", 50, "2222", "Nri1/PA001", false, 0);
    cr_assert(rig_wait_in_ring(rig, 5));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert_eq(rig_read_reply(other).sequence, 50);
    for (unsigned i = 1; i <= 4; i++) {
        cr_assert_eq(rig_read_reply(fd).sequence, i);
    }
    for (unsigned i = 5; i <= 10; i++) {
        rig_send_frame(fd, "SIA-DCS", i, "1111", "Nri1/PA001", false, 0);
        cr_assert_eq(rig_read_reply(fd).sequence, i);
    }
    cr_assert_eq(rig_signal_count(rig), 11);
    (void)close(fd);
    (void)close(other);
}

static void
few_entries(struct intake_options *options)
{
    options->entries = 32;
}

static bool
are_some_in_ring(void *data)
{
    return atomic_load(&rig->in_ring) >= 9;
}

/* Rule R0 TEST: the socket is not read while too much waits for the disk: the kernel keeps it. */
Test(intake_udp_limits, a_storm_of_datagrams_leaves_room_for_tcp_and_loses_nothing)
{
    start_with(few_entries);
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_UDP);
    for (unsigned i = 1; i <= 9; i++) {
        rig_send_frame(fd, "SIA-DCS", i, "1111", "Nri1/PA001", false, 0);
    }
    cr_assert(rig_wait(rig, are_some_in_ring, NULL));
    for (unsigned i = 10; i <= 60; i++) { /* these wait in the kernel */
        rig_send_frame(fd, "SIA-DCS", i, "1111", "Nri1/PA001", false, 0);
    }
    int tcp = rig_dial(rig, RIG_DC09_TCP);
    rig_send(tcp, PRESS, strlen(PRESS));
    cr_assert(rig_wait_in_ring(rig, 10));
    cr_assert_eq(counter_get(datagrams_silenced), 0);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(tcp, PRESS_ACK);
    for (unsigned i = 1; i <= 60; i++) {
        cr_assert_eq(rig_read_reply(fd).sequence, i);
    }
    cr_assert_eq(rig_signal_count(rig), 61);
    (void)close(fd);
    (void)close(tcp);
}

static void
slow_accounts(struct intake_options *options)
{
    options->account_rate = (struct rate){.per_s = 1, .burst = 10};
    options->address_rate = (struct rate){.per_s = 1, .burst = 1000};
}

static bool
are_link_tests_silenced(void *data)
{
    return counter_get(datagrams_silenced) >= 15;
}

/* Rule R0 TEST */
Test(intake_udp_limits, a_flood_in_a_panels_name_silences_link_tests_and_no_alarm)
{
    start_with(slow_accounts);
    int flood = rig_dial(rig, RIG_DC09_UDP);
    for (unsigned i = 0; i < 20; i++) {
        rig_send_frame(flood, "NULL", 0, "2222", "", false, 0);
    }
    cr_assert(rig_wait(rig, are_link_tests_silenced, NULL));
    for (unsigned i = 0; i < 20; i++) { /* a lesser event: the rest of the bucket, then silence */
        rig_send_frame(flood, "SIA-DCS", i, "2222", "Nri1/RP001", false, 0);
    }
    int panel = rig_dial(rig, RIG_DC09_UDP);
    for (unsigned i = 1; i <= 20; i++) {
        rig_send_frame(panel, "SIA-DCS", i, "2222", "Nri1/PA001", false, 0);
        cr_assert_eq(rig_read_reply(panel).sequence, i);
    }
    cr_assert_leq(rig_signal_count(rig), 20 + 7);
    (void)close(flood);
    (void)close(panel);
}
