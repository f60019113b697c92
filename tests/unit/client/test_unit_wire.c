/* SPDX-License-Identifier: Apache-2.0 */
#include "client/unit_wire.h"

#include "device.pb-c.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static size_t
pack_centre(const Larwm__Device__CentreFrame *frame, uint8_t *to)
{
    size_t size = larwm__device__centre_frame__pack(frame, to + 4);
    to[0] = to[1] = to[2] = 0;
    to[3] = (uint8_t)size;
    return size + 4;
}

static Larwm__Device__UnitFrame *
read_unit(const uint8_t *bytes, size_t size)
{
    cr_assert_gt(size, 4);
    cr_assert_eq((size_t)bytes[2] * 256 + bytes[3], size - 4);
    Larwm__Device__UnitFrame *frame = larwm__device__unit_frame__unpack(NULL, size - 4, bytes + 4);
    cr_assert_not_null(frame);
    return frame;
}

Test(unit_wire, a_signal_carries_every_field)
{
    struct unit_signal signal = {
        .sequence = 41,
        .kind = SIGNAL_DURESS,
        .restore = true,
        .device_time_us = 5,
        .position = {.source = POSITION_GNSS,
                     .latitude = 53.2,
                     .longitude = -4.1,
                     .accuracy_m = 8,
                     .fix_time_us = 6},
        .battery_percent = 33,
        .zone = "cegin",
        .text = "testun",
    };
    uint8_t bytes[UNIT_FRAME_MAX];
    size_t size = unit_wire_signal(&signal, 99, bytes, sizeof bytes);
    Larwm__Device__UnitFrame *frame = read_unit(bytes, size);
    cr_assert_eq(frame->body_case, LARWM__DEVICE__UNIT_FRAME__BODY_SIGNAL);
    cr_assert_eq(frame->signal->boot_id, 99);
    cr_assert_eq(frame->signal->sequence, 41);
    cr_assert_eq((int)frame->signal->kind, SIGNAL_DURESS);
    cr_assert(frame->signal->restore);
    cr_assert_eq(frame->signal->device_time_us, 5);
    cr_assert_float_eq(frame->signal->position->latitude, 53.2, 1e-9);
    cr_assert_eq(frame->signal->position->accuracy_m, 8);
    cr_assert_eq(frame->signal->battery_percent, 33);
    cr_assert_str_eq(frame->signal->zone, "cegin");
    cr_assert_str_eq(frame->signal->text, "testun");
    larwm__device__unit_frame__free_unpacked(frame, NULL);
}

Test(unit_wire, a_signal_without_a_fix_carries_no_position)
{
    struct unit_signal signal = {.sequence = 1, .kind = SIGNAL_PANIC};
    uint8_t bytes[UNIT_FRAME_MAX];
    size_t size = unit_wire_signal(&signal, 1, bytes, sizeof bytes);
    Larwm__Device__UnitFrame *frame = read_unit(bytes, size);
    cr_assert_null(frame->signal->position);
    larwm__device__unit_frame__free_unpacked(frame, NULL);
}

Test(unit_wire, a_signal_too_large_for_a_frame_is_not_packed)
{
    static char text[LIMIT_NATIVE_FRAME + 1];
    memset(text, 'x', sizeof text - 1);
    struct unit_signal signal = {.sequence = 1, .text = text};
    uint8_t bytes[UNIT_FRAME_MAX];
    cr_assert_eq(unit_wire_signal(&signal, 1, bytes, sizeof bytes), 0);
}

Test(unit_wire, a_hello_and_a_heartbeat_are_what_they_say)
{
    struct unit_hello hello = {.network = (char *)"Rhwydwaith"};
    uint8_t bytes[UNIT_FRAME_MAX];
    size_t size = unit_wire_hello(&hello, 3, bytes, sizeof bytes);
    Larwm__Device__UnitFrame *frame = read_unit(bytes, size);
    cr_assert_eq(frame->hello->version, 1);
    cr_assert_eq(frame->hello->boot_id, 3);
    cr_assert_str_eq(frame->hello->network, "Rhwydwaith");
    larwm__device__unit_frame__free_unpacked(frame, NULL);
    size = unit_wire_heartbeat(70, NULL, bytes, sizeof bytes);
    frame = read_unit(bytes, size);
    cr_assert_eq(frame->heartbeat->battery_percent, 70);
    larwm__device__unit_frame__free_unpacked(frame, NULL);
}

Test(unit_wire, a_receipt_is_read_whole_and_never_in_part)
{
    Larwm__Device__Receipt receipt = LARWM__DEVICE__RECEIPT__INIT;
    receipt.boot_id = 7;
    receipt.sequence = 41;
    receipt.status = LARWM__DEVICE__RECEIPT_STATUS__RECEIPT_RETRY;
    receipt.silent = true;
    receipt.back_off_ms = 900;
    Larwm__Device__CentreFrame frame = LARWM__DEVICE__CENTRE_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__CENTRE_FRAME__BODY_RECEIPT;
    frame.receipt = &receipt;
    uint8_t bytes[64];
    size_t size = pack_centre(&frame, bytes);
    struct unit_answer answer;
    for (size_t have = 0; have < size; have++) {
        size_t at = 0;
        cr_assert_eq(unit_wire_answer(bytes, have, &at, &answer), ERROR_AGAIN);
    }
    size_t at = 0;
    cr_assert_eq(unit_wire_answer(bytes, size, &at, &answer), ERROR_NONE);
    cr_assert_eq(at, size);
    cr_assert_eq(answer.kind, UNIT_ANSWER_RECEIPT);
    cr_assert_eq(answer.receipt.boot_id, 7);
    cr_assert_eq(answer.receipt.sequence, 41);
    cr_assert_eq(answer.receipt.status, UNIT_RECEIPT_RETRY);
    cr_assert(answer.receipt.silent);
    cr_assert_eq(answer.receipt.back_off_ms, 900);
}

Test(unit_wire, bytes_that_are_no_answer_are_refused_and_a_newer_one_is_passed_over)
{
    struct unit_answer answer;
    size_t at = 0;
    cr_assert_eq(unit_wire_answer((const uint8_t *)"\0\0\0\2\xFF\xFF", 6, &at, &answer),
                 ERROR_MALFORMED);
    cr_assert_eq(unit_wire_answer((const uint8_t *)"\xFF\0\0\2", 4, &at, &answer), ERROR_TOO_LARGE);
    cr_assert_eq(unit_wire_answer((const uint8_t *)"\0\0\0\3\x7A\1\0", 7, &at, &answer),
                 ERROR_NONE);
    cr_assert_eq(answer.kind, UNIT_ANSWER_NONE);
}
