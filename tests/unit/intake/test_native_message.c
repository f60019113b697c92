/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/native_message.h"
#include "intake/worker.h"

#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct arena arena;

static void
start(void)
{
    cr_assert_eq(arena_init(&arena, 65536), ERROR_NONE);
}

static void
stop(void)
{
    arena_free(&arena);
}

TestSuite(native_message, .init = start, .fini = stop);

static size_t
frame_of(uint8_t *to, const void *message, size_t size)
{
    to[0] = to[1] = 0;
    to[2] = (uint8_t)(size >> 8);
    to[3] = (uint8_t)size;
    memcpy(to + 4, message, size);
    return 4 + size;
}

Test(native_message, a_frame_is_found_only_when_its_last_byte_is_there)
{
    uint8_t bytes[64];
    size_t size = frame_of(bytes, "abcdef", 6);
    const uint8_t *message;
    size_t message_size;
    for (size_t have = 0; have < size; have++) {
        size_t at = 0;
        cr_assert_eq(native_frame(bytes, have, &at, &message, &message_size), ERROR_AGAIN);
        cr_assert_eq(at, 0);
    }
    size_t at = 0;
    cr_assert_eq(native_frame(bytes, size, &at, &message, &message_size), ERROR_NONE);
    cr_assert_eq(at, size);
    cr_assert_eq(message_size, 6);
    cr_assert_eq(memcmp(message, "abcdef", 6), 0);
}

Test(native_message, frames_that_follow_one_another_are_found_in_order)
{
    uint8_t bytes[64];
    size_t size = frame_of(bytes, "one", 3);
    size += frame_of(bytes + size, "three", 5);
    size_t at = 0;
    const uint8_t *message;
    size_t message_size;
    cr_assert_eq(native_frame(bytes, size, &at, &message, &message_size), ERROR_NONE);
    cr_assert_eq(memcmp(message, "one", 3), 0);
    cr_assert_eq(native_frame(bytes, size, &at, &message, &message_size), ERROR_NONE);
    cr_assert_eq(memcmp(message, "three", 5), 0);
    cr_assert_eq(native_frame(bytes, size, &at, &message, &message_size), ERROR_AGAIN);
}

Test(native_message, lengths_outside_the_limits_are_told_apart)
{
    const uint8_t longest[4] = {0, 0, LIMIT_NATIVE_FRAME >> 8, LIMIT_NATIVE_FRAME & 255};
    const uint8_t too_long[4] = {0, 0, LIMIT_NATIVE_FRAME >> 8, (LIMIT_NATIVE_FRAME & 255) + 1};
    const uint8_t huge[4] = {255, 255, 255, 255};
    const uint8_t empty[4] = {0, 0, 0, 0};
    const uint8_t *message;
    size_t size;
    size_t at = 0;
    cr_assert_eq(native_frame(longest, 4, &at, &message, &size), ERROR_AGAIN);
    cr_assert_eq(native_frame(too_long, 4, &at, &message, &size), ERROR_TOO_LARGE);
    cr_assert_eq(native_frame(huge, 4, &at, &message, &size), ERROR_TOO_LARGE);
    cr_assert_eq(native_frame(empty, 4, &at, &message, &size), ERROR_MALFORMED);
}

/* Packs a signal, unpacks it the way intake does and turns it into a journal signal. */
static void
convert(Larwm__Device__Signal *signal, Larwm__Journal__Signal *ret_signal)
{
    uint8_t packed[LIMIT_NATIVE_FRAME];
    Larwm__Device__UnitFrame frame = LARWM__DEVICE__UNIT_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__UNIT_FRAME__BODY_SIGNAL;
    frame.signal = signal;
    cr_assert_leq(larwm__device__unit_frame__get_packed_size(&frame), sizeof packed);
    size_t size = larwm__device__unit_frame__pack(&frame, packed);
    Larwm__Device__UnitFrame *read = native_unpack(&arena, packed, size);
    cr_assert_not_null(read);
    native_signal(read->signal, 77, ret_signal);
}

Test(native_message, every_field_of_a_signal_arrives)
{
    Larwm__Position position = LARWM__POSITION__INIT;
    position.source = LARWM__POSITION_SOURCE__POSITION_GNSS;
    position.latitude = 51.62;
    position.longitude = -3.94;
    position.accuracy_m = 12;
    position.fix_time_us = 99;
    Larwm__Device__Signal signal = LARWM__DEVICE__SIGNAL__INIT;
    signal.boot_id = 5;
    signal.sequence = 41;
    signal.kind = LARWM__SIGNAL_KIND__SIGNAL_TAMPER;
    signal.restore = true;
    signal.device_time_us = 1234;
    signal.position = &position;
    signal.battery_percent = 63;
    signal.zone = (char *)"rear bedroom";
    signal.text = (char *)"drws";
    Larwm__Journal__Signal got;
    convert(&signal, &got);
    cr_assert_eq(got.boot_id, 5);
    cr_assert_eq(got.sequence, 41);
    cr_assert_eq(got.kind, LARWM__SIGNAL_KIND__SIGNAL_TAMPER);
    cr_assert(got.restore);
    cr_assert_eq(got.device_time_us, 1234);
    cr_assert_eq(got.battery_percent, 63);
    cr_assert_str_eq(got.zone, "rear bedroom");
    cr_assert_str_eq(got.text, "drws");
    cr_assert_not_null(got.position);
    cr_assert_float_eq(got.position->latitude, 51.62, 1e-9);
    cr_assert_float_eq(got.position->longitude, -3.94, 1e-9);
    cr_assert_eq(got.position->accuracy_m, 12);
    cr_assert_eq(got.position->fix_time_us, 99);
}

Test(native_message, a_signal_without_boot_id_takes_the_one_of_the_hello)
{
    Larwm__Device__Signal signal = LARWM__DEVICE__SIGNAL__INIT;
    signal.sequence = 1;
    Larwm__Journal__Signal got;
    convert(&signal, &got);
    cr_assert_eq(got.boot_id, 77);
}

Test(native_message, a_kind_only_the_centre_may_raise_is_shown_as_unknown)
{
    const int kinds[] = {SIGNAL_UNREADABLE,
                         SIGNAL_UNIT_LATE,
                         SIGNAL_UNIT_LOST,
                         SIGNAL_UNIT_RESTORED,
                         SIGNAL_CREDENTIAL_FAULT,
                         999,
                         -4};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        Larwm__Device__Signal signal = LARWM__DEVICE__SIGNAL__INIT;
        signal.kind = (Larwm__SignalKind)kinds[i];
        Larwm__Journal__Signal got;
        convert(&signal, &got);
        cr_assert_eq(got.kind, LARWM__SIGNAL_KIND__SIGNAL_UNKNOWN, "kind %d", kinds[i]);
    }
}

Test(native_message, an_impossible_position_is_left_out_and_the_alarm_stays)
{
    const double bad[][2] = {{NAN, 0}, {0, INFINITY}, {91, 0}, {0, -181}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Larwm__Position position = LARWM__POSITION__INIT;
        position.source = LARWM__POSITION_SOURCE__POSITION_GNSS;
        position.latitude = bad[i][0];
        position.longitude = bad[i][1];
        Larwm__Device__Signal signal = LARWM__DEVICE__SIGNAL__INIT;
        signal.kind = LARWM__SIGNAL_KIND__SIGNAL_PANIC;
        signal.position = &position;
        Larwm__Journal__Signal got;
        convert(&signal, &got);
        cr_assert_null(got.position);
        cr_assert_eq(got.kind, LARWM__SIGNAL_KIND__SIGNAL_PANIC);
    }
}

Test(native_message, long_texts_are_cut_and_the_alarm_stays)
{
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    Larwm__Device__Signal signal = LARWM__DEVICE__SIGNAL__INIT;
    signal.kind = LARWM__SIGNAL_KIND__SIGNAL_PANIC;
    signal.zone = text;
    signal.text = text;
    Larwm__Journal__Signal got;
    convert(&signal, &got);
    cr_assert_eq(strlen(got.zone), LIMIT_ZONE - 1);
    cr_assert_eq(strlen(got.text), LIMIT_TEXT - 1);
}

Test(native_message, hostile_bytes_never_harm)
{
    srand(3);
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[256];
        size_t size = (size_t)(rand() % 256);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)(rand() % (round % 2 == 0 ? 256 : 32));
        }
        Larwm__Device__UnitFrame *frame = native_unpack(&arena, bytes, size);
        if (frame != NULL && frame->body_case == LARWM__DEVICE__UNIT_FRAME__BODY_SIGNAL) {
            Larwm__Journal__Signal signal;
            native_signal(frame->signal, 1, &signal);
            cr_assert_leq(strlen(signal.text), LIMIT_TEXT - 1);
        }
    }
}

/* REQ R0: what is strange about a frame does not cost its alarm. `times` pieces of `size` bytes go
 * behind a panic or, `inside`, into it. */
static void
expect_panic_beside(const uint8_t *piece, size_t size, size_t times, bool inside)
{
    uint8_t bytes[LIMIT_NATIVE_FRAME];
    size_t body = 2 + (inside ? size * times : 0);
    size_t used = 0;
    bytes[used++] = 0x1A; /* field 3: signal */
    bytes[used++] = (uint8_t)((body & 0x7F) | 0x80);
    bytes[used++] = (uint8_t)(body >> 7);
    bytes[used++] = 0x18; /* kind */
    bytes[used++] = SIGNAL_PANIC;
    for (size_t i = 0; i < times; i++) {
        memcpy(bytes + used, piece, size);
        used += size;
    }
    struct arena real;
    cr_assert_eq(arena_init(&real, WORKER_ARENA), ERROR_NONE);
    Larwm__Device__UnitFrame *frame = native_unpack(&real, bytes, used);
    cr_assert_not_null(frame);
    cr_assert_eq(frame->body_case, LARWM__DEVICE__UNIT_FRAME__BODY_SIGNAL);
    arena_free(&real);
}

Test(native_message, a_strange_frame_does_not_cost_its_alarm)
{
    static const uint8_t unknown[] = {0x78, 1};
    static const uint8_t position[] = {0x32, 0};
    static const uint8_t signal[] = {0x1A, 0};
    expect_panic_beside(unknown, sizeof unknown, 2045, false);
    expect_panic_beside(unknown, sizeof unknown, 2045, true);
    expect_panic_beside(position, sizeof position, 2045, true);
    expect_panic_beside(signal, sizeof signal, 2045, false);
}

Test(native_message, a_frame_of_nothing_but_unknown_fields_does_not_exhaust_memory)
{
    uint8_t bytes[LIMIT_NATIVE_FRAME];
    for (size_t i = 0; i < sizeof bytes; i += 2) {
        bytes[i] = 0x78; /* field 15, varint */
        bytes[i + 1] = 1;
    }
    (void)native_unpack(&arena, bytes, sizeof bytes); /* refused or empty, and still standing */
    cr_assert_leq(arena.used, arena.size);
}
