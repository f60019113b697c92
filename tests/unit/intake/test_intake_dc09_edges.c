/* SPDX-License-Identifier: Apache-2.0 */
/* A whole intake and panels that are at the edge of the protocol: no account, no registry, a wrong
 * key, a head nobody can read, an old recording. */
#include "rig_dc09.h"

#include "base/clock.h"
#include "base/counters.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#define SLOT_KEYED 11

static struct rig *rig;
static int fd;

static bool
is_keyed_panel_seen(void)
{
    return atomic_load(&rig->seen->slots[SLOT_KEYED]) != 0;
}

/* Sends a frame around `body`, which starts at the first quote. */
static void
send_body(const char *body)
{
    char text[DC09_FRAME_MAX + 1];
    int size = snprintf(text, sizeof text, "\n%04X%04zX%s\r", dc09_crc16(body, strlen(body)),
                        strlen(body), body);
    rig_send(fd, text, (size_t)size);
}

/* The same for an expected answer. */
static void
expect_body(const char *body)
{
    char text[256];
    (void)snprintf(text, sizeof text, "\n%04X%04zX%s\r", dc09_crc16(body, strlen(body)),
                   strlen(body), body);
    rig_expect(fd, text);
}

static void
begin(void)
{
    rig = rig_dc09_start(NULL);
    fd = rig_dial(rig, RIG_DC09_TCP);
}

static void
end(void)
{
    (void)close(fd);
    rig_dc09_stop(rig);
}

TestSuite(intake_dc09_edges, .init = begin, .fini = end, .timeout = 60);

Test(intake_dc09_edges, a_position_in_the_frame_is_journaled)
{
    send_body("\"SIA-DCS\"0001L0#1111[|NPA1][X003W10.7454][Y51N28.8949]");
    expect_body("\"ACK\"0001L0#1111[]");
    const Larwm__Journal__Signal *signal = rig_signal(rig, 0);
    cr_assert_not_null(signal->position);
    cr_assert_float_eq(signal->position->latitude, 51.48158, 1e-5);
    cr_assert_float_eq(signal->position->longitude, -3.17909, 1e-5);
}

/* REQ R0 TEST */
Test(intake_dc09_edges, a_press_that_names_no_account_is_taken)
{
    send_body("\"SIA-DCS\"0001L0[NPA1]");
    expect_body("\"ACK\"0001L0[]");
    cr_assert_str_empty(rig_signal(rig, 0)->account);
    cr_assert_eq(rig_signal(rig, 0)->kind, LARWM__SIGNAL_KIND__SIGNAL_PANIC);
}

/* REQ R0 TEST */
Test(intake_dc09_edges, a_press_under_a_wrong_key_is_journaled_as_unreadable)
{
    send_body("\"*SIA-DCS\"0005L0#A10001[00112233445566778899AABBCCDDEEFF");
    expect_body("\"DUH\"0005L0#A10001[]");
    const Larwm__Journal__Signal *signal = rig_signal(rig, 0);
    cr_assert_eq(signal->kind, LARWM__SIGNAL_KIND__SIGNAL_UNREADABLE);
    cr_assert_str_eq(signal->unit, "PAN-A10001");
    cr_assert_eq(signal->device_time_us, 0);
}

/* REQ R0 TEST */
Test(intake_dc09_edges, an_encrypted_press_of_an_unknown_account_is_journaled_as_unreadable)
{
    send_body("\"*SIA-DCS\"0006L0#9999[00112233445566778899AABBCCDDEEFF");
    expect_body("\"DUH\"0006L0#9999[]");
    cr_assert_eq(rig_signal(rig, 0)->kind, LARWM__SIGNAL_KIND__SIGNAL_UNREADABLE);
    cr_assert_str_empty(rig_signal(rig, 0)->unit);
}

/* REQ R0 TEST */
Test(intake_dc09_edges, an_event_whose_head_cannot_be_read_is_journaled_as_unreadable)
{
    uint64_t before = counter_get(frames_malformed);
    send_body("\"SIA-DCS\"00x1L0#1111[|NPA1]");
    expect_body("\"DUH\"0000[]");
    cr_assert_eq(rig_signal(rig, 0)->kind, LARWM__SIGNAL_KIND__SIGNAL_UNREADABLE);
    send_body("\"NULL\"00x1L0#1111[]");
    expect_body("\"DUH\"0000[]");
    cr_assert_eq(rig_signal_count(rig), 1);
    cr_assert_eq(counter_get(frames_malformed), before + 2);
}

Test(intake_dc09_edges, a_request_for_a_key_gets_none_and_the_event_its_ack)
{
    send_body("\"SIA-DCS\"0007L0#1111[|NPA1][K00112233]");
    expect_body("\"ACK\"0007L0#1111[]");
    cr_assert_eq(rig_signal(rig, 0)->kind, LARWM__SIGNAL_KIND__SIGNAL_PANIC);
}

/* Standards 1.6 TEST: an old encrypted link test may be a recording until it comes again. */
Test(intake_dc09_edges, an_old_encrypted_link_test_is_no_sign_of_life_before_its_nak)
{
    int64_t old_us = clock_wall_us() - 300 * US_PER_S;
    rig_send_frame(fd, "NULL", 0, "A10001", "", true, old_us);
    cr_assert_eq(rig_read_reply(fd).token, DC09_TOKEN_NAK);
    cr_assert_not(is_keyed_panel_seen());
    rig_send_frame(fd, "NULL", 0, "A10001", "", true, old_us);
    struct dc09_message reply = rig_read_reply(fd);
    cr_assert_eq(reply.token, DC09_TOKEN_ACK);
    cr_assert(reply.encrypted);
    cr_assert(is_keyed_panel_seen());
}

Test(intake_dc09_edges, a_clear_link_test_is_no_sign_of_life_of_a_panel_with_a_key)
{
    send_body("\"NULL\"0000L0#A10001[]");
    expect_body("\"ACK\"0000L0#A10001[]");
    cr_assert_not(is_keyed_panel_seen());
}

/* REQ R0 TEST */
Test(intake_dc09_bare, without_any_registry_a_press_is_taken, .timeout = 60)
{
    rig = rig_start(NULL);
    fd = rig_dial(rig, RIG_DC09_TCP);
    send_body("\"SIA-DCS\"0001L0#1111[|NPA1]");
    expect_body("\"ACK\"0001L0#1111[]");
    cr_assert_str_eq(rig_signal(rig, 0)->account, "1111");
    cr_assert_str_empty(rig_signal(rig, 0)->unit);
    (void)close(fd);
    rig_stop(rig);
}
