/* SPDX-License-Identifier: Apache-2.0 */
/* A whole intake, DC-09 panels over TCP and TLS. Frames are the published vectors or made by the
 * panel side of the codec. */
#include "rig_dc09.h"

#include "base/clock.h"
#include "base/counters.h"

#include <criterion/criterion.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

TestSuite(intake_dc09, .init = start, .fini = stop, .timeout = 60);

/* REQ A8 TEST, standards 1.11 */
Test(intake_dc09, a_press_is_journaled_and_gets_the_exact_ack)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    const Larwm__Journal__Signal *signal = rig_signal(rig, 0);
    cr_assert_eq(signal->protocol, LARWM__PROTOCOL__PROTOCOL_DC09);
    cr_assert_str_eq(signal->account, "A10001");
    cr_assert_str_eq(signal->unit, "PAN-A10001");
    cr_assert_eq(signal->kind, LARWM__SIGNAL_KIND__SIGNAL_PANIC);
    cr_assert_str_eq(signal->code, "SIA PA");
    cr_assert_eq(signal->sequence, 1);
    cr_assert_eq(signal->raw.len, strlen(PRESS) - 2);
    cr_assert_eq(memcmp(signal->raw.data, &PRESS[1], signal->raw.len), 0);
    (void)close(fd);
}

/* REQ A24 TEST: the NULL behind it is answered first, so the press was handled and waits. */
Test(intake_dc09, an_ack_is_withheld_until_the_journal_says_durable)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    uint8_t frame[DC09_FRAME_MAX];
    rig_send(fd, frame, rig_frame(frame, "NULL", 9, "1111", "", false, 0));
    cr_assert_eq(rig_read_reply(fd).sequence, 9);
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
}

/* Standards 1.12 TEST */
Test(intake_dc09, frames_cut_anywhere_and_frames_run_together_are_all_taken)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    for (size_t i = 0; i < strlen(PRESS); i++) {
        rig_send(fd, &PRESS[i], 1);
    }
    rig_expect(fd, PRESS_ACK);
    rig_send(fd, PRESS_2 PRESS_3, 2 * strlen(PRESS_2));
    rig_expect(fd, PRESS_2_ACK PRESS_3_ACK);
    cr_assert_eq(rig_signal_count(rig), 3);
    (void)close(fd);
}

/* Standards 1.7 TEST: silence, and the stream goes on */
Test(intake_dc09, a_wrong_crc_gets_silence_and_the_next_frame_its_ack)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint64_t before = counter_get(frames_checksum);
    const char *bad = "\nB472002A\"SIA-DCS\"0001L0#A10001[#A10001|Nri1/PA002]\r";
    rig_send(fd, bad, strlen(bad));
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    cr_assert_eq(rig_signal_count(rig), 1);
    cr_assert_eq(counter_get(frames_checksum), before + 1);
    (void)close(fd);
}

/* REQ R0 TEST: it may have been an alarm in a format of another time. */
Test(intake_dc09, events_in_an_unknown_format_get_duh_once_an_operator_can_see_them)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send_frame(fd, "ADM-41E", 4, "1111", "hello", false, 0);
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_DUH);
    const Larwm__Journal__Signal *signal = rig_signal(rig, 0);
    cr_assert_eq((int)signal->kind, SIGNAL_UNREADABLE);
    cr_assert_eq((int)signal->class_hint, PRIORITY_P1);
    cr_assert_str_eq(signal->code, "DC09 ADM-41E");
    cr_assert_str_eq(signal->text, "hello");
    cr_assert_str_eq(signal->account, "1111");
    (void)close(fd);
}

Test(intake_dc09, tokens_that_only_receivers_send_get_duh_and_are_no_signal)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    static const char *const tokens[] = {"ACK", "NAK", "DUH", "RSP"};
    for (unsigned i = 0; i < 4; i++) {
        rig_send_frame(fd, tokens[i], 4, "1111", "", false, 0);
        cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_DUH, "%s", tokens[i]);
    }
    cr_assert_eq(rig_signal_count(rig), 0);
    (void)close(fd);
}

Test(intake_dc09, an_encrypted_press_gets_an_encrypted_ack)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    size_t size = rig_frame(frame, "ADM-CID", 3, "A10001", "1120 01 001", true, clock_wall_us());
    rig_send(fd, frame, size);
    struct dc09_message reply = rig_read_reply(fd);
    cr_assert_eq(reply.token, DC09_TOKEN_ACK);
    cr_assert(reply.encrypted);
    cr_assert_eq(reply.sequence, 3);
    cr_assert_str_eq(rig_signal(rig, 0)->code, "CID 1120");
    cr_assert_not(rig_signal(rig, 0)->clock_suspect);
    cr_assert_not(rig_signal(rig, 0)->credential_expired);
    (void)close(fd);
}

/* Rule R0 TEST */
Test(intake_dc09, a_press_no_key_opens_is_journaled_as_unreadable_and_gets_duh)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    /* account 1111 has no key on record */
    rig_send(fd, frame,
             rig_frame(frame, "SIA-DCS", 3, "1111", "Nri1/PA001", true, clock_wall_us()));
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_DUH);
    const Larwm__Journal__Signal *signal = rig_signal(rig, 0);
    cr_assert_eq(signal->kind, LARWM__SIGNAL_KIND__SIGNAL_UNREADABLE);
    cr_assert_str_eq(signal->unit, "PAN-1111");
    (void)close(fd);
}

Test(intake_dc09, a_link_test_no_key_opens_gets_duh_and_no_signal)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    rig_send(fd, frame, rig_frame(frame, "NULL", 3, "1111", "", true, clock_wall_us()));
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_DUH);
    cr_assert_eq(rig_signal_count(rig), 0);
    (void)close(fd);
}

/* Rule R0 TEST */
Test(intake_dc09, a_press_of_an_unknown_account_is_taken_without_a_name)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    rig_send(fd, frame, rig_frame(frame, "SIA-DCS", 8, "9999", "Nri1/PA001", false, 0));
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_ACK);
    cr_assert_str_eq(rig_signal(rig, 0)->account, "9999");
    cr_assert_str_empty(rig_signal(rig, 0)->unit);
    (void)close(fd);
}

/* Rule R0 TEST */
Test(intake_dc09, clear_text_of_an_account_with_a_key_is_taken_and_flagged)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    cr_assert(rig_signal(rig, 0)->credential_expired);
    (void)close(fd);
}

/* Standards 1.6 TEST: raised, told our time, and taken when it comes again */
Test(intake_dc09, an_encrypted_press_with_a_wrong_clock_is_raised_then_nak_then_ack)
{
    int fd = rig_dial(rig, RIG_DC09_TCP);
    uint8_t frame[DC09_FRAME_MAX];
    int64_t old_us = clock_wall_us() - 300 * US_PER_S;
    size_t size = rig_frame(frame, "SIA-DCS", 21, "A10001", "Nri1/PA001", true, old_us);
    rig_send(fd, frame, size);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    cr_assert_eq(rig_signal_count(rig), 1);
    cr_assert(rig_signal(rig, 0)->clock_suspect);
    rig_send(fd, frame, size);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_ACK);
    cr_assert_eq(rig_signal(rig, 0)->content_hash, rig_signal(rig, 1)->content_hash);
    (void)close(fd);
}

/* REQ A24 TEST */
Test(intake_dc09, a_journal_that_fails_gives_a_nak)
{
    rig_set_journal(rig, RIG_JOURNAL_FAIL);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    (void)close(fd);
}

Test(intake_dc09, a_panel_that_ends_its_side_still_gets_its_ack)
{
    rig_set_journal(rig, RIG_JOURNAL_HOLD);
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    cr_assert_eq(shutdown(fd, SHUT_WR), 0);
    cr_assert(rig_wait_in_ring(rig, 1));
    rig_set_journal(rig, RIG_JOURNAL_DURABLE);
    rig_expect(fd, PRESS_ACK);
    char byte;
    cr_assert_eq(recv(fd, &byte, 1, 0), 0); /* FIN, no reset */
    (void)close(fd);
}

Test(intake_dc09, panels_inside_tls_need_no_certificate_and_may_speak_tls_1_2)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    cr_assert_eq(SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION), 1);
    int fd = rig_dial(rig, RIG_DC09_TLS);
    SSL *ssl = SSL_new(context);
    cr_assert_eq(SSL_set_fd(ssl, fd), 1);
    cr_assert_eq(SSL_connect(ssl), 1);
    cr_assert_eq(SSL_write(ssl, PRESS, (int)strlen(PRESS)), (int)strlen(PRESS));
    char got[64] = {0};
    cr_assert_eq(SSL_read(ssl, got, sizeof got - 1), (int)strlen(PRESS_ACK));
    cr_assert_str_eq(got, PRESS_ACK);
    (void)SSL_shutdown(ssl);
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(fd);
}

Test(intake_dc09, hostile_bytes_end_nothing)
{
    srand(5);
    for (int round = 0; round < 40; round++) {
        int fd = rig_dial(rig, RIG_DC09_TCP);
        uint8_t bytes[2000];
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (uint8_t)(rand() % 4 == 0 ? "\n\r\"0#[]|"[rand() % 8] : rand() % 256);
        }
        rig_send(fd, bytes, sizeof bytes);
        (void)close(fd);
    }
    int fd = rig_dial(rig, RIG_DC09_TCP);
    rig_send(fd, PRESS, strlen(PRESS));
    rig_expect(fd, PRESS_ACK);
    (void)close(fd);
}
