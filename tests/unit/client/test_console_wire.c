/* SPDX-License-Identifier: Apache-2.0 */
#include "client/console_wire.h"
#include "larwm/limits.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

Test(console_wire, a_stream_cut_at_every_place_gives_the_same_frames)
{
    const uint8_t bytes[] = {0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, 0, 0, 2, 'e', 'f'};
    for (size_t step = 1; step <= sizeof bytes; step++) {
        struct console_reader reader = {0};
        char seen[8] = {0};
        size_t seen_size = 0;
        for (size_t at = 0; at < sizeof bytes; at += step) {
            size_t part = sizeof bytes - at < step ? sizeof bytes - at : step;
            uint8_t *room;
            size_t fits;
            cr_assert_eq(console_reader_room(&reader, &room, &fits), ERROR_NONE);
            cr_assert(part <= fits);
            memcpy(room, bytes + at, part);
            console_reader_fed(&reader, part);
            const uint8_t *frame;
            size_t size;
            while (console_reader_next(&reader, &frame, &size) == ERROR_NONE) {
                memcpy(seen + seen_size, frame, size);
                seen_size += size;
            }
        }
        cr_expect_str_eq(seen, "abcdef", "step %zu", step);
        console_reader_free(&reader);
    }
}

Test(console_wire, lengths_of_nothing_and_over_the_limit_are_refused)
{
    static const struct
    {
        uint8_t bytes[4];
        enum error error;
    } cases[] = {{{0, 0, 0, 0}, ERROR_MALFORMED}, {{0, 4, 0, 1}, ERROR_TOO_LARGE}};
    for (size_t i = 0; i < 2; i++) {
        struct console_reader reader = {0};
        uint8_t *room;
        size_t size;
        cr_assert_eq(console_reader_room(&reader, &room, &size), ERROR_NONE);
        memcpy(room, cases[i].bytes, 4);
        console_reader_fed(&reader, 4);
        const uint8_t *frame;
        cr_expect_eq(console_reader_next(&reader, &frame, &size), cases[i].error);
        console_reader_free(&reader);
    }
}

static struct console_glance
glance_at(const Larwm__Console__ServerFrame *frame)
{
    uint8_t bytes[512];
    size_t size = larwm__console__server_frame__pack(frame, bytes);
    struct console_glance glance = {0};
    cr_assert(console_glance(bytes, size, &glance));
    cr_expect_eq(glance.kind, frame->body_case);
    return glance;
}

Test(console_wire, a_glance_sees_kind_number_and_last)
{
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    incident.reference = "1-7";
    Larwm__Console__Delta delta = LARWM__CONSOLE__DELTA__INIT;
    delta.sequence = UINT64_MAX;
    delta.body_case = LARWM__CONSOLE__DELTA__BODY_INCIDENT;
    delta.incident = &incident;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA;
    frame.delta = &delta;
    cr_expect_eq(glance_at(&frame).sequence, UINT64_MAX);
    Larwm__Console__Incident *incidents[] = {&incident, &incident};
    Larwm__Console__Snapshot snapshot = LARWM__CONSOLE__SNAPSHOT__INIT;
    snapshot.sequence = 300;
    snapshot.incidents = incidents;
    snapshot.n_incidents = 2;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT;
    frame.snapshot = &snapshot;
    cr_expect_eq(glance_at(&frame).sequence, 300);
    cr_expect_not(glance_at(&frame).last);
    snapshot.last = true;
    cr_expect(glance_at(&frame).last);
    Larwm__Console__Tick tick = LARWM__CONSOLE__TICK__INIT;
    tick.server_time_us = -1;
    tick.sequence = 12;
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_TICK;
    frame.tick = &tick;
    cr_expect_eq(glance_at(&frame).sequence, 12);
}

Test(console_wire, a_glance_at_junk_reads_nothing_outside_and_says_no)
{
    uint64_t state = 42;
    unsigned accepted = 0;
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t bytes[24];
        state = state * UINT64_C(6364136223846793005) + 1;
        size_t size = (size_t)(state >> 40) % sizeof bytes;
        for (size_t at = 0; at < size; at++) {
            state = state * UINT64_C(6364136223846793005) + 1;
            bytes[at] = (uint8_t)(state >> 33);
        }
        uint8_t *exact = malloc(size == 0 ? 1 : size); /* its end is watched by the sanitizer */
        memcpy(exact, bytes, size);
        struct console_glance glance;
        accepted += console_glance(exact, size, &glance) ? 1 : 0;
        free(exact);
    }
    cr_expect(accepted < 20000);
    struct console_glance glance;
    cr_expect_not(console_glance(NULL, 0, &glance));
}
