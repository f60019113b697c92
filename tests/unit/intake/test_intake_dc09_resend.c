/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of frames taken lately: answered and counted, never acknowledged before the first is
 * durable, never lost when they are not copies after all. */
#include "base/clock.h"
#include "base/counters.h"
#include "intake/resend.h"
#include "rig_dc09.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static struct rig *rig;

static void
start(void)
{
    rig = rig_dc09_start(NULL);
}

static void
stop(void)
{
    rig_dc09_stop(rig);
}

TestSuite(intake_resend, .init = start, .fini = stop, .timeout = 60);

struct wanted_copies
{
    unsigned copies;
};

static bool
has_copies(void *data)
{
    const struct wanted_copies *wanted = data;
    pthread_mutex_lock(&rig->lock);
    bool has = rig->copies >= wanted->copies;
    pthread_mutex_unlock(&rig->lock);
    return has;
}

static void
expect_copies(unsigned copies, uint64_t pos)
{
    struct wanted_copies wanted = {copies};
    cr_assert(rig_wait(rig, has_copies, &wanted), "%u of %u copies counted", rig->copies, copies);
    cr_assert_eq(rig->copies, copies);
    cr_assert_eq(rig->copied_pos, pos);
}

Test(intake_resend, a_copy_of_a_durable_frame_gets_its_ack_and_is_counted_not_journaled)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    for (int i = 0; i < 5; i++) {
        rig_send(fd, PRESS, strlen(PRESS));
        rig_expect(fd, PRESS_ACK);
    }
    expect_copies(5, 1);
    cr_assert_eq(rig_signal_count(rig), 1);
    (void)close(fd);
}

Test(intake_resend, a_panel_that_calls_again_gets_the_ack_it_lost)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
    fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS PRESS_2, strlen(PRESS) + strlen(PRESS_2));
    rig_expect(fd, PRESS_ACK);
    rig_expect(fd, PRESS_2_ACK);
    expect_copies(1, 1);
    cr_assert_eq(rig_signal_count(rig), 2);
    (void)close(fd);
}

/* REQ A24 TEST: the link test behind them is answered first, so all three were handled and wait. */
Test(intake_resend, copies_of_a_frame_that_is_not_durable_yet_wait_with_it)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS PRESS PRESS, 3 * strlen(PRESS));
    rig_expect_alive(fd, "1111");
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(fd, PRESS_ACK PRESS_ACK PRESS_ACK);
    expect_copies(2, 1);
    cr_assert_eq(rig_signal_count(rig), 1);
    (void)close(fd);
}

Test(intake_resend, when_the_journal_fails_no_copy_is_acknowledged_and_the_next_is_a_signal)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS PRESS, 2 * strlen(PRESS));
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_expect_alive(fd, "1111");
    rig_set_journal(rig, RIG_JOURNAL_FAIL);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    cr_assert_eq(rig_signal_count(rig), 1);
    (void)close(fd);
}

Test(intake_resend, a_copy_on_another_connection_while_the_first_waits_is_kept_for_itself)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int one = rig_dial(rig, RIG_DC09_TCP);
    int other = rig_dial(rig, RIG_DC09_TCP);
    rig_send(one, PRESS, strlen(PRESS));
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_send(other, PRESS, strlen(PRESS));
    cr_assert(rig_wait_in_ring(rig, 2), "the desk tells a copy from a press");
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(one, PRESS_ACK);
    rig_expect(other, PRESS_ACK);
    (void)close(one);
    (void)close(other);
}

Test(intake_resend, an_encrypted_copy_gets_an_encrypted_ack_with_our_time)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    size_t size = rig_frame(frame, "SIA-DCS", 7, "A10001", "Nri1/PA001", true, clock_wall_us());
    for (int i = 0; i < 3; i++) {
        rig_send(fd, frame, size);
        struct dc09_message reply = rig_read_reply(fd);
        cr_assert_eq(reply.token, DC09_TOKEN_ACK);
        cr_assert(reply.encrypted && reply.opened);
        cr_assert_eq(reply.time_state, DC09_TIME_VALID);
    }
    expect_copies(2, 1);
    cr_assert_eq(rig_signal_count(rig), 1);
    (void)close(fd);
}

Test(intake_resend, a_frame_that_got_its_nak_is_judged_again_and_left_to_the_desk)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    size_t size = rig_frame(frame, "SIA-DCS", 7, "A10001", "Nri1/PA001", true,
                            clock_wall_us() - 90 * US_PER_S);
    rig_send(fd, frame, size);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    rig_send(fd, frame, size);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_ACK, "a clock that cannot be set: no loop");
    cr_assert_eq(rig_signal_count(rig), 2, "the desk sees that it is the same");
    cr_assert(rig_signal(rig, 0)->clock_suspect && rig_signal(rig, 1)->clock_suspect);
    (void)close(fd);
}

/* A forged source address must not get the answer, nor keep it from the panel. */
Test(intake_resend, on_udp_a_copy_from_elsewhere_gets_no_answer_until_the_frame_is_durable)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int one = rig_dial(rig, RIG_DC09_UDP);
    int other = rig_dial(rig, RIG_DC09_UDP);
    rig_send(one, PRESS, strlen(PRESS));
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_send(one, PRESS, strlen(PRESS));
    rig_send(other, PRESS, strlen(PRESS));
    rig_expect_alive(other, "1111"); /* its copy was handled before, and had no answer */
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(one, PRESS_ACK);
    rig_expect(one, PRESS_ACK);
    rig_send(other, PRESS, strlen(PRESS));
    rig_expect(other, PRESS_ACK);
    expect_copies(3, 1);
    cr_assert_eq(rig_signal_count(rig), 1);
    (void)close(one);
    (void)close(other);
}

/* No room: nothing is lost and nothing is refused, the connection is not read for a while. */

static void
four_entries(struct intake_options *options)
{
    options->entries = 4;
}

static void
start_small(void)
{
    rig = rig_dc09_start(four_entries);
}

TestSuite(intake_room, .init = start_small, .fini = stop, .timeout = 60);

Test(intake_room, frames_beyond_the_entries_wait_unread_and_all_get_their_ack)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    uint64_t before = counter_get(sessions_starved);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    int bystander = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frames[20 * 128];
    size_t size = 0;
    for (unsigned i = 1; i <= 20; i++) {
        size += rig_frame(frames + size, "SIA-DCS", i, "1111", "Nri1/PA001", false, 0);
    }
    rig_send(fd, frames, size);
    cr_assert(rig_wait_in_ring(rig, 4));
    rig_send(bystander, PRESS, strlen(PRESS));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    for (unsigned i = 1; i <= 20; i++) {
        struct dc09_message reply = rig_read_reply(fd);
        cr_assert_eq(reply.token, DC09_TOKEN_ACK);
        cr_assert_eq(reply.sequence, i);
    }
    rig_expect(bystander, PRESS_ACK);
    cr_assert_eq(rig_signal_count(rig), 21);
    cr_assert_gt(counter_get(sessions_starved), before);
    (void)close(fd);
    (void)close(bystander);
}

Test(intake_room, a_connection_that_waits_for_room_can_end)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frames[8 * 128];
    size_t size = 0;
    for (unsigned i = 1; i <= 8; i++) {
        size += rig_frame(frames + size, "SIA-DCS", i, "1111", "Nri1/PA001", false, 0);
    }
    rig_send(fd, frames, size);
    cr_assert(rig_wait_in_ring(rig, 4));
    (void)close(fd);
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
}

static void
without_keys(struct registry_account *account)
{
    account->key_size = 0;
}

Test(intake_resend, a_copy_whose_key_went_meanwhile_is_looked_at_as_any_other_frame)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    size_t size = rig_frame(frame, "SIA-DCS", 7, "A10001", "Nri1/PA001", true, clock_wall_us());
    rig_send(fd, frame, size);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_ACK);
    rig_dc09_publish(rig, without_keys);
    do { /* until the worker has the registry */
        rig_send(fd, frame, size);
    } while (rig_read_reply(fd).token == DC09_TOKEN_ACK);
    unsigned count = rig_signal_count(rig);
    cr_assert_eq((int)rig_signal(rig, count - 1)->kind, SIGNAL_UNREADABLE);
    (void)close(fd);
}

Test(intake_resend, copies_beyond_the_answers_that_may_be_owed_are_kept_for_themselves)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    for (unsigned i = 0; i < 1 + RESEND_ANSWERS_MAX + 2; i++) {
        rig_send(fd, PRESS, strlen(PRESS));
    }
    cr_assert(rig_wait_in_ring(rig, 3), "the first and two beyond");
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    for (unsigned i = 0; i < 1 + RESEND_ANSWERS_MAX + 2; i++) {
        rig_expect(fd, PRESS_ACK);
    }
    expect_copies(RESEND_ANSWERS_MAX, 1);
    cr_assert_eq(rig_signal_count(rig), 3);
    (void)close(fd);
}

Test(intake_resend, a_copy_in_clear_text_of_a_panel_without_account_on_record_is_answered)
{
    uint8_t frame[DC09_FRAME_MAX];
    size_t size = rig_frame(frame, "SIA-DCS", 7, "BEEF", "Nri1/PA001", false, 0);
    for (int i = 0; i < 2; i++) { /* over two connections: the second speaks for the account */
        int fd = rig_dial(rig, RIG_DC09_TCP);
        rig_send(fd, frame, size);
        cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_ACK);
        (void)close(fd);
    }
    expect_copies(1, 1);
    cr_assert_eq(rig_signal_count(rig), 1);
}
