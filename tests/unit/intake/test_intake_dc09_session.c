/* SPDX-License-Identifier: Apache-2.0 */
/* DC-09 connections: kept or closed as the panel likes, replaced, slowed, and never reset after an
 * ACK. */
#include "rig_dc09.h"

#include "base/clock.h"
#include "base/counters.h"

#include <criterion/criterion.h>
#include <poll.h>
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

TestSuite(intake_dc09_session, .init = start, .fini = stop, .timeout = 60);
TestSuite(intake_dc09_rate, .fini = stop, .timeout = 60);

/* Ending. */

static void
short_frames(struct intake_options *options)
{
    options->frame_limit_ms = 300;
}

/* The partial frame ends the session although it has bytes unread: in order, and the panel may go
 * on sending without a reset. */
Test(intake_dc09_rate, a_session_we_end_with_bytes_unread_is_not_reset_after_its_ack)
{
    start_with(short_frames);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS "\nB4720FFF\"", strlen(PRESS) + 10);
    struct pollfd ended = {.fd = fd, .events = POLLRDHUP};
    int error = 0;
    socklen_t size = sizeof error;
    while (poll(&ended, 1, 10) == 0) { /* until its FIN is here; the ACK stays unread */
        (void)send(fd, "0", 1, MSG_NOSIGNAL);
    }
    uint64_t later_ms = clock_mono_ms() + 600; /* of the worker's own time: two ticks */
    struct pollfd reset = {.fd = fd};
    while (intake_turn_mono_ms(rig->intake, 0) < later_ms && poll(&reset, 1, 5) == 0) {
        (void)send(fd, "0", 1, MSG_NOSIGNAL);
    }
    cr_assert_eq(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), 0);
    cr_assert_eq(error, 0, "%s", strerror(error));
    rig_expect(fd, PRESS_ACK);
    rig_expect_end(fd);
    (void)close(fd);
}

Test(intake_dc09_rate, line_ends_after_a_frame_do_not_start_the_clock_of_slow_senders)
{
    start_with(short_frames);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS "\r\n\0", strlen(PRESS) + 3);
    rig_expect(fd, PRESS_ACK);
    for (unsigned i = 0; i < 3; i++) { /* each as long as the limit */
        int slow = rig_dial(rig, RIG_DC09_TCP);
        rig_send(slow, "\nB472", 5);
        rig_expect_end(slow);
        (void)close(slow);
    }
    rig_expect_alive(fd, "1111");
    (void)close(fd);
}

static void
short_idle(struct intake_options *options)
{
    options->idle_limit_s = 1;
}

Test(intake_dc09_rate, a_session_that_says_nothing_ends_in_order)
{
    start_with(short_idle);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    rig_expect_end(fd);
    (void)close(fd);
}

Test(intake_dc09_session, frames_behind_a_pause_are_answered_although_the_panel_ended_its_side)
{
    enum
    {
        COUNT = 500
    };
    static uint8_t bytes[COUNT * 64];
    size_t size = 0;
    for (unsigned i = 1; i <= COUNT; i++) {
        size += rig_frame(bytes + size, "SIA-DCS", i, "1111", "Nri1/PA001", false, 0);
    }
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, bytes, size);
    cr_assert_eq(shutdown(fd, SHUT_WR), 0);
    for (unsigned i = 1; i <= COUNT; i++) {
        cr_assert_eq(rig_read_reply(fd).sequence, i);
    }
    rig_expect_end(fd);
    cr_assert_eq(rig_signal_count(rig), COUNT);
    (void)close(fd);
}

/* A panel that calls again. Whether an older connection was left alone shows once another pair,
 * begun later, was replaced. */

static void
expect_another_replaced(void)
{
    int older = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(older, "3333");
    int newer = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(newer, "3333");
    rig_expect_end(older);
    rig_expect_alive(newer, "3333");
    (void)close(older);
    (void)close(newer);
}

Test(intake_dc09_session, a_panel_that_calls_again_ends_its_half_open_connection)
{
    expect_another_replaced();
    cr_assert_eq(counter_get(sessions_replaced), 1);
}

Test(intake_dc09_session, case_does_not_matter_in_the_account_that_calls_again)
{
    int older = rig_dial(rig, RIG_DC09_TCP);
    rig_send_frame(older, "NULL", 5, "A10001", "", true, clock_wall_us());
    (void)rig_read_reply(older);
    int newer = rig_dial(rig, RIG_DC09_TCP);
    rig_send_frame(newer, "NULL", 6, "a10001", "", true, clock_wall_us());
    (void)rig_read_reply(newer);
    rig_expect_end(older);
    (void)close(older);
    (void)close(newer);
}

Test(intake_dc09_session, a_stranger_in_clear_text_ends_no_connection_of_a_panel_with_a_key)
{
    int panel = rig_dial(rig, RIG_DC09_TCP);
    rig_send_frame(panel, "NULL", 5, "A10001", "", true, clock_wall_us());
    (void)rig_read_reply(panel);
    int stranger = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(stranger, "A10001");
    expect_another_replaced();
    rig_expect_alive(panel, "1111");
    (void)close(panel);
    (void)close(stranger);
}

Test(intake_dc09_session, a_connection_of_several_accounts_is_left_alone)
{
    int gateway = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(gateway, "1111");
    rig_expect_alive(gateway, "2222");
    int panel = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(panel, "1111");
    expect_another_replaced();
    rig_expect_alive(gateway, "2222");
    (void)close(gateway);
    (void)close(panel);
}

Test(intake_dc09_session, a_connection_with_a_signal_in_flight_is_left_alone)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int older = rig_dial(rig, RIG_DC09_TCP);
    rig_send_frame(older, "SIA-DCS", 9, "1111", "Nri1/PA001", false, 0);
    cr_assert(rig_wait_in_ring(rig, 1));
    int newer = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(newer, "1111");
    expect_another_replaced();
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert_eq(rig_read_reply(older).sequence, 9);
    rig_expect_alive(older, "1111");
    (void)close(older);
    (void)close(newer);
}

Test(intake_dc09_session, a_connection_that_speaks_again_lives_and_is_left_alone)
{
    int older = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(older, "1111");
    int newer = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(newer, "1111");
    rig_expect_alive(older, "1111");
    expect_another_replaced();
    rig_expect_alive(older, "1111");
    rig_expect_alive(newer, "1111");
    (void)close(older);
    (void)close(newer);
}

Test(intake_dc09_session, half_a_frame_shows_that_a_connection_lives)
{
    int older = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(older, "1111");
    int newer = rig_dial(rig, RIG_DC09_TCP);
    rig_expect_alive(newer, "1111");
    rig_send(older, PRESS, 20);
    expect_another_replaced();
    rig_send(older, &PRESS[20], strlen(PRESS) - 20);
    rig_expect(older, PRESS_ACK);
    (void)close(older);
    (void)close(newer);
}

Test(intake_dc09_session, a_panel_with_two_networks_keeps_both_connections)
{
    int main_path = rig_dial_from(rig, RIG_DC09_TCP, "127.0.0.1", "127.0.0.7");
    rig_expect_alive(main_path, "1111");
    int back_up = rig_dial_from(rig, RIG_DC09_TCP, "127.0.0.1", "127.0.0.8");
    rig_expect_alive(back_up, "1111");
    expect_another_replaced();
    rig_expect_alive(main_path, "1111");
    rig_expect_alive(back_up, "1111");
    (void)close(main_path);
    (void)close(back_up);
}

/* Rates. */

static void
slow_accounts(struct intake_options *options)
{
    options->account_rate = (struct rate){.per_s = 40, .burst = 20};
}

static void
send_flood(int fd, const char *token, const char *payload, unsigned count)
{
    static uint8_t bytes[65536];
    size_t size = 0;
    for (unsigned i = 1; i <= count; i++) {
        size += rig_frame(bytes + size, token, i, "2222", payload, false, 0);
    }
    rig_send(fd, bytes, size);
}

/* Rule R0 TEST */
Test(intake_dc09_rate, a_flooding_account_is_slowed_loses_nothing_and_others_notice_nothing)
{
    start_with(slow_accounts);
    int flood = rig_dial(rig, RIG_DC09_TCP);
    send_flood(flood, "SIA-DCS", "Nri1/PA001", 60);
    int other = rig_dial(rig, RIG_DC09_TCP);
    for (unsigned i = 0; i < 10; i++) {
        rig_expect_alive(other, "1111");
    }
    cr_assert_lt(rig_signal_count(rig), 60, "it was not slowed");
    uint64_t began_ms = clock_mono_ms();
    for (unsigned i = 1; i <= 60; i++) {
        cr_assert_eq(rig_read_reply(flood).sequence, i);
    }
    cr_assert_geq(clock_mono_ms() - began_ms, 500); /* 40 beyond the burst, 40 a second */
    cr_assert_eq(rig_signal_count(rig), 60);
    cr_assert_geq(counter_get(sessions_slowed), 2);
    (void)close(flood);
    (void)close(other);
}

Test(intake_dc09_rate, a_slowed_panel_that_ends_its_side_gets_every_answer)
{
    start_with(slow_accounts);
    int flood = rig_dial(rig, RIG_DC09_TCP);
    send_flood(flood, "NULL", "", 50);
    cr_assert_eq(shutdown(flood, SHUT_WR), 0);
    for (unsigned i = 1; i <= 50; i++) {
        cr_assert_eq(rig_read_reply(flood).sequence, i);
    }
    rig_expect_end(flood);
    cr_assert_geq(counter_get(sessions_slowed), 1);
    (void)close(flood);
}

static void
very_slow_accounts(struct intake_options *options)
{
    options->account_rate = (struct rate){.per_s = 1, .burst = 20};
}

Test(intake_dc09_rate, link_tests_are_slowed_first_and_leave_room_for_events)
{
    start_with(very_slow_accounts);
    int flood = rig_dial(rig, RIG_DC09_TCP);
    send_flood(flood, "NULL", "", 11);
    for (unsigned i = 1; i <= 11; i++) { /* the upper half, and the one that met the limit */
        cr_assert_eq(rig_read_reply(flood).sequence, i);
    }
    cr_assert_eq(counter_get(sessions_slowed), 1);
    int panel = rig_dial(rig, RIG_DC09_TCP);
    for (unsigned i = 1; i <= 8; i++) {
        rig_send_frame(panel, "SIA-DCS", i, "2222", "Nri1/PA001", false, 0);
        cr_assert_eq(rig_read_reply(panel).sequence, i);
    }
    cr_assert_eq(counter_get(sessions_slowed), 1);
    (void)close(flood);
    (void)close(panel);
}

/* Rule R0 TEST */
Test(intake_dc09_rate, a_stranger_cannot_use_up_the_rate_of_a_panel_with_a_key)
{
    start_with(very_slow_accounts);
    int stranger = rig_dial(rig, RIG_DC09_TCP);
    for (unsigned i = 0; i < 60; i++) {
        rig_expect_alive(stranger, "A10001");
    }
    rig_send_frame(stranger, "SIA-DCS", 1, "A10001", "Nri1/PA001", false, 0);
    cr_assert_eq(rig_read_reply(stranger).token, DC09_TOKEN_ACK);
    cr_assert_eq(counter_get(sessions_slowed), 0);
    (void)close(stranger);
}

static void
slow_connections(struct intake_options *options)
{
    options->connection_rate = (struct rate){.per_s = 40, .burst = 20};
}

Test(intake_dc09_rate, a_flooding_connection_is_slowed_whatever_accounts_it_names)
{
    start_with(slow_connections);
    static uint8_t bytes[65536];
    size_t size = 0;
    for (unsigned i = 1; i <= 50; i++) {
        char account[8];
        (void)snprintf(account, sizeof account, "B%04u", i);
        size += rig_frame(bytes + size, "SIA-DCS", i, account, "Nri1/PA001", false, 0);
    }
    int flood = rig_dial(rig, RIG_DC09_TCP);
    rig_send(flood, bytes, size);
    for (unsigned i = 1; i <= 50; i++) {
        cr_assert_eq(rig_read_reply(flood).sequence, i);
    }
    cr_assert_geq(counter_get(sessions_slowed), 1);
    (void)close(flood);
}

Test(intake_dc09_rate, damaged_frames_are_slowed_too)
{
    start_with(slow_connections);
    int flood = rig_dial(rig, RIG_DC09_TCP);
    for (unsigned i = 0; i < 30; i++) {
        rig_send(flood, "\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA002]\r", strlen(PRESS));
    }
    rig_expect_alive(flood, "1111");
    cr_assert_geq(counter_get(sessions_slowed), 1);
    (void)close(flood);
}

Test(intake_dc09_session, without_rates_nothing_is_slowed)
{
    int flood = rig_dial(rig, RIG_DC09_TCP);
    send_flood(flood, "NULL", "", 1000);
    for (unsigned i = 1; i <= 1000; i++) {
        cr_assert_eq(rig_read_reply(flood).sequence, i);
    }
    cr_assert_eq(counter_get(sessions_slowed), 0);
    (void)close(flood);
}
