/* SPDX-License-Identifier: Apache-2.0 */
/* What a DC-09 listener takes, and what it makes of clocks. */
#include "rig_dc09.h"

#include "base/clock.h"
#include "base/counters.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct rig *rig;

static void
start_with(void (*change)(struct intake_options *options))
{
    rig = rig_dc09_start(change);
}

static void
stop(void)
{
    rig_dc09_stop(rig);
}

TestSuite(intake_dc09_policy, .fini = stop, .timeout = 60);

/* Sends an event of A10001 (encrypted) or of an account without a key, that many seconds off. */
static enum dc09_token
send_event(int fd, unsigned sequence, const char *account, int off_s)
{
    bool encrypted = strcmp(account, "A10001") == 0;
    rig_send_frame(fd, "SIA-DCS", sequence, account, "Nri1/PA001", encrypted,
                   clock_wall_us() + off_s * US_PER_S);
    return rig_read_reply(fd).token;
}

/* Accounts. */

static void
refuse_unregistered(struct intake_options *options)
{
    rig_listener(options, RIG_DC09_TCP)->policy.unregistered_refused = true;
}

Test(intake_dc09_policy, a_listener_for_registered_accounts_answers_others_with_duh_and_counts)
{
    start_with(refuse_unregistered);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    cr_assert_eq(send_event(fd, 1, "9999", 0), DC09_TOKEN_DUH);
    rig_send_frame(fd, "NULL", 2, "9999", "", false, 0);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_DUH);
    cr_assert_eq(counter_get(accounts_refused), 2);
    cr_assert_eq(rig_signal_count(rig), 0);
    cr_assert_eq(send_event(fd, 3, "1111", 0), DC09_TOKEN_ACK);
    (void)close(fd);
    fd = rig_dial(rig, RIG_DC09_UDP); /* the other listener takes it */
    cr_assert_eq(send_event(fd, 4, "9999", 0), DC09_TOKEN_ACK);
    cr_assert_eq(rig_signal_count(rig), 2);
    (void)close(fd);
}

static void
stop_plain(void)
{
    rig_stop(rig);
}

TestSuite(intake_dc09_start, .fini = stop_plain, .timeout = 60);

/* Rule R0 TEST: nobody can be told apart yet. */
Test(intake_dc09_start, without_a_registry_nobody_is_refused)
{
    rig = rig_start(refuse_unregistered);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    cr_assert_eq(send_event(fd, 1, "9999", 0), DC09_TOKEN_ACK);
    (void)close(fd);
}

static void
refuse_clear(struct intake_options *options)
{
    rig_listener(options, RIG_DC09_TCP)->policy.clear_refused = true;
}

Test(intake_dc09_policy, a_listener_may_refuse_clear_text_of_accounts_with_a_key)
{
    start_with(refuse_clear);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_DUH);
    cr_assert_eq(counter_get(clear_refused), 1);
    cr_assert_eq(send_event(fd, 2, "A10001", 0), DC09_TOKEN_ACK);
    cr_assert_eq(send_event(fd, 3, "1111", 0), DC09_TOKEN_ACK);
    cr_assert_eq(rig_signal_count(rig), 2);
    (void)close(fd);
    fd = rig_dial(rig, RIG_DC09_UDP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
}

/* Clocks. */

static void
wide_window(struct intake_options *options)
{
    rig_listener(options, RIG_DC09_TCP)->policy.clock_behind_s = 600;
    rig_listener(options, RIG_DC09_TCP)->policy.clock_ahead_s = 300;
}

Test(intake_dc09_policy, each_listener_has_its_own_clock_window)
{
    start_with(wide_window);
    int tcp = rig_dial(rig, RIG_DC09_TCP);
    int udp = rig_dial(rig, RIG_DC09_UDP);
    cr_assert_eq(send_event(tcp, 1, "A10001", -500), DC09_TOKEN_ACK);
    cr_assert_eq(send_event(tcp, 2, "A10001", +200), DC09_TOKEN_ACK);
    cr_assert_eq(send_event(tcp, 3, "A10001", -700), DC09_TOKEN_NAK);
    cr_assert_eq(send_event(udp, 4, "A10001", -500), DC09_TOKEN_NAK);
    cr_assert_eq(send_event(udp, 5, "A10001", +200), DC09_TOKEN_NAK);
    cr_assert_eq(send_event(udp, 6, "A10001", -30), DC09_TOKEN_ACK);
    cr_assert_eq(rig_signal_count(rig), 6); /* every one is raised */
    (void)close(tcp);
    (void)close(udp);
}

static void
own_window(struct registry_account *account)
{
    account->clock_behind_s = 7200;
    account->clock_ahead_s = 3600;
}

Test(intake_dc09_policy, an_accounts_own_clock_window_goes_before_the_listeners)
{
    start_with(NULL);
    rig_dc09_publish(rig, own_window);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    cr_assert_eq(send_event(fd, 1, "A10001", -7000), DC09_TOKEN_ACK);
    cr_assert_eq(send_event(fd, 2, "A10001", +3500), DC09_TOKEN_ACK);
    cr_assert_not(rig_signal(rig, 0)->clock_suspect);
    cr_assert_eq(send_event(fd, 3, "A10001", -7300), DC09_TOKEN_NAK);
    cr_assert(rig_signal(rig, 2)->clock_suspect);
    (void)close(fd);
}

static void
nak_always_and_never(struct intake_options *options)
{
    rig_listener(options, RIG_DC09_TCP)->policy.clock_nak = INTAKE_NAK_ALWAYS;
    rig_listener(options, RIG_DC09_UDP)->policy.clock_nak = INTAKE_NAK_NEVER;
}

Test(intake_dc09_policy, a_listener_says_whom_it_tells_the_time)
{
    start_with(nak_always_and_never);
    int always = rig_dial(rig, RIG_DC09_TCP);
    int never = rig_dial(rig, RIG_DC09_UDP);
    cr_assert_eq(send_event(always, 1, "1111", -300), DC09_TOKEN_NAK);
    cr_assert_eq(send_event(always, 2, "A10001", -300), DC09_TOKEN_NAK);
    cr_assert_eq(send_event(never, 3, "1111", -300), DC09_TOKEN_ACK);
    cr_assert_eq(send_event(never, 4, "A10001", -300), DC09_TOKEN_ACK);
    for (unsigned i = 0; i < 4; i++) {
        cr_assert(rig_signal(rig, i)->clock_suspect, "signal %u", i);
    }
    (void)close(always);
    (void)close(never);
}

/* The copies of one frame: what the desk tells a resend by. */
static void
expect_same_signal(const Larwm__Journal__Signal *a, const Larwm__Journal__Signal *b)
{
    cr_assert_str_eq(a->account, b->account);
    cr_assert_eq(a->sequence, b->sequence);
    cr_assert_eq(a->content_hash, b->content_hash);
}

/* Standards 1.6 TEST: a fleet a minute behind, none of which can set its clock */
Test(intake_dc09_policy, a_drifted_fleet_does_not_loop)
{
    enum
    {
        ROUNDS = 3,
        EVENTS = 40
    };
    start_with(NULL);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 1; i <= EVENTS; i++) {
            unsigned sequence = round * EVENTS + i;
            unsigned at = rig_signal_count(rig);
            cr_assert_eq(send_event(fd, sequence, "A10001", -60), DC09_TOKEN_NAK);
            cr_assert_eq(send_event(fd, sequence, "A10001", -60), DC09_TOKEN_ACK);
            cr_assert_eq(rig_signal_count(rig), at + 2);
            cr_assert(rig_signal(rig, at)->clock_suspect);
            expect_same_signal(rig_signal(rig, at), rig_signal(rig, at + 1));
        }
    }
    (void)close(fd);
}

/* The whole fleet at once: none is forgotten between its NAK and its resend. */
Test(intake_dc09_policy, a_thousand_frames_between_nak_and_resend_are_all_remembered)
{
    enum
    {
        COUNT = 1000
    };
    start_with(NULL);
    unsigned again = 0;
    int fd = rig_dial(rig, RIG_DC09_TCP);
    for (unsigned i = 1; i <= COUNT; i++) {
        cr_assert_eq(send_event(fd, i, "A10001", -60), DC09_TOKEN_NAK);
    }
    for (unsigned i = 1; i <= COUNT; i++) {
        again += send_event(fd, i, "A10001", -60) == DC09_TOKEN_NAK ? 1 : 0;
    }
    cr_assert_leq(again, COUNT / 50); /* two hashes in one place of 65,536 */
    (void)close(fd);
}

Test(intake_dc09_policy, a_panel_that_sets_its_clock_from_the_nak_gets_its_ack)
{
    start_with(NULL);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    int64_t off_us = -3600 * US_PER_S;
    rig_send_frame(fd, "SIA-DCS", 7, "A10001", "Nri1/PA001", true, clock_wall_us() + off_us);
    struct dc09_message nak = rig_read_reply(fd);
    cr_assert_eq(nak.token, DC09_TOKEN_NAK);
    cr_assert_eq(nak.time_state, DC09_TIME_VALID);
    off_us += nak.time_us - (clock_wall_us() + off_us);
    rig_send_frame(fd, "SIA-DCS", 7, "A10001", "Nri1/PA001", true, clock_wall_us() + off_us);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_ACK);
    cr_assert(rig_signal(rig, 0)->clock_suspect);
    cr_assert_not(rig_signal(rig, 1)->clock_suspect);
    expect_same_signal(rig_signal(rig, 0), rig_signal(rig, 1));
    (void)close(fd);
}

Test(intake_dc09_policy, another_event_with_a_reused_sequence_is_told_the_time_again)
{
    start_with(NULL);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    cr_assert_eq(send_event(fd, 1, "A10001", -60), DC09_TOKEN_NAK);
    rig_send_frame(fd, "SIA-DCS", 1, "A10001", "Nri1/BA004", true, clock_wall_us() - 60 * US_PER_S);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    cr_assert_neq(rig_signal(rig, 0)->content_hash, rig_signal(rig, 1)->content_hash);
    (void)close(fd);
}
