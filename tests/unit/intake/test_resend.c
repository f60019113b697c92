/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/resend.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct resend_memory memory;

static void
open_memory(void)
{
    cr_assert_eq(resend_init(&memory), ERROR_NONE);
}

static void
close_memory(void)
{
    resend_free(&memory);
}

TestSuite(resend, .init = open_memory, .fini = close_memory);

static size_t
make_frame(uint8_t frame[RESEND_FRAME_MAX], unsigned number)
{
    return (size_t)snprintf((char *)frame, RESEND_FRAME_MAX, "\"SIA-DCS\"%04uL0#B%05u[|Nri1/PA001]",
                            number % 10000, number);
}

Test(resend, a_copy_of_a_durable_frame_is_known_and_counted)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    cr_assert_null(resend_find(&memory, frame, size, 0, 1000));
    uint32_t ref = resend_add(&memory, frame, size, 0, 7, 1000);
    cr_assert_neq(ref, 0);
    cr_assert_eq(resend_settle(&memory, ref, 42), 0);
    for (int i = 0; i < 3; i++) {
        struct resend_entry *entry = resend_find(&memory, frame, size, 0, 1500);
        cr_assert_not_null(entry);
        cr_assert_eq(entry->state, RESEND_DURABLE);
        resend_count(&memory, entry, 100 + i);
    }
    struct resend_counted counted[4];
    cr_assert_eq(resend_take_counts(&memory, counted, 4), 1, "one line however many copies");
    cr_assert_eq(counted[0].pos, 42);
    cr_assert_eq(counted[0].copies, 3);
    cr_assert_eq(counted[0].last_us, 102);
    cr_assert_eq(resend_take_counts(&memory, counted, 4), 0, "nothing is counted twice");
}

/* REQ A24 TEST: nothing is answered for a frame that is not durable. */
Test(resend, copies_of_a_waiting_frame_wait_with_it_and_are_counted_when_it_is_durable)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    struct resend_counted counted[4];
    uint32_t ref = resend_add(&memory, frame, size, 0, 7, 1000);
    struct resend_entry *entry = resend_find(&memory, frame, size, 0, 1000);
    cr_assert_eq(entry->state, RESEND_WAITING);
    cr_assert_eq(entry->peer, 7);
    cr_assert(resend_wait(entry, 5));
    cr_assert(resend_wait(entry, 6));
    cr_assert_eq(resend_take_counts(&memory, counted, 4), 0, "it has no position yet");
    cr_assert_eq(resend_settle(&memory, ref, 9), 2);
    cr_assert_eq(resend_take_counts(&memory, counted, 4), 1);
    cr_assert_eq(counted[0].copies, 2);
    cr_assert_eq(counted[0].pos, 9);
}

Test(resend, a_frame_the_journal_could_not_keep_is_forgotten)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    uint32_t ref = resend_add(&memory, frame, size, 0, 7, 1000);
    cr_assert(resend_wait(resend_find(&memory, frame, size, 0, 1000), 5));
    cr_assert_eq(resend_settle(&memory, ref, 0), 1, "the copy hears of the failure, too");
    cr_assert_null(resend_find(&memory, frame, size, 0, 1001));
    struct resend_counted counted;
    cr_assert_eq(resend_take_counts(&memory, &counted, 1), 0);
}

Test(resend, after_the_window_the_same_bytes_are_a_frame_of_their_own)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    (void)resend_settle(&memory, resend_add(&memory, frame, size, 0, 7, 1000), 1);
    cr_assert_not_null(resend_find(&memory, frame, size, 0, 1000 + RESEND_WINDOW_MS - 1));
    cr_assert_null(resend_find(&memory, frame, size, 0, 1000 + RESEND_WINDOW_MS));
}

Test(resend, one_byte_of_difference_is_another_frame)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    (void)resend_settle(&memory, resend_add(&memory, frame, size, 0, 7, 1000), 1);
    for (size_t i = 0; i < size; i++) {
        frame[i] ^= 1;
        cr_assert_null(resend_find(&memory, frame, size, 0, 1000));
        frame[i] ^= 1;
    }
    cr_assert_null(resend_find(&memory, frame, size - 1, 0, 1000));
}

Test(resend, the_same_bytes_at_another_listener_are_a_frame_of_their_own)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    (void)resend_settle(&memory, resend_add(&memory, frame, size, 2, 7, 1000), 1);
    cr_assert_null(resend_find(&memory, frame, size, 1, 1000));
    cr_assert_not_null(resend_find(&memory, frame, size, 2, 1000));
}

Test(resend, the_answers_owed_for_one_frame_are_bounded)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    uint32_t ref = resend_add(&memory, frame, size, 0, 7, 1000);
    struct resend_entry *entry = resend_find(&memory, frame, size, 0, 1000);
    for (unsigned i = 0; i < RESEND_ANSWERS_MAX; i++) {
        cr_assert(resend_wait(entry, 5));
    }
    cr_assert_not(resend_wait(entry, 5));
    resend_note(entry, 6);
    cr_assert_eq(resend_settle(&memory, ref, 9), RESEND_ANSWERS_MAX);
    struct resend_counted counted;
    cr_assert_eq(resend_take_counts(&memory, &counted, 1), 1);
    cr_assert_eq(counted.copies, RESEND_ANSWERS_MAX + 1);
}

Test(resend, a_frame_too_long_to_remember_is_not_remembered)
{
    uint8_t frame[RESEND_FRAME_MAX + 1] = {0};
    cr_assert_eq(resend_add(&memory, frame, sizeof frame, 0, 7, 1000), 0);
    cr_assert_null(resend_find(&memory, frame, sizeof frame, 0, 1000));
    cr_assert_eq(resend_settle(&memory, 0, 5), 0, "and settling it means nothing");
}

/* REQ R0 TEST: the first copy may be out of sight, so triage must judge. */
Test(resend, once_an_incident_was_closed_no_older_frame_is_found_but_its_copies_stay_counted)
{
    uint8_t frame[RESEND_FRAME_MAX];
    size_t size = make_frame(frame, 1);
    struct resend_counted counted[4];
    (void)resend_settle(&memory, resend_add(&memory, frame, size, 0, 7, 1000), 42);
    resend_count(&memory, resend_find(&memory, frame, size, 0, 1001), 100);
    memory.closings += 1;
    cr_assert_null(resend_find(&memory, frame, size, 0, 1002));
    (void)resend_settle(&memory, resend_add(&memory, frame, size, 0, 7, 1003), 43);
    struct resend_entry *entry = resend_find(&memory, frame, size, 0, 1004);
    cr_assert_not_null(entry);
    cr_assert_eq(entry->pos, 43);
    cr_assert_eq(resend_take_counts(&memory, counted, 4), 1);
    cr_assert_eq(counted[0].pos, 42);
}

/* Far more frames than there is room for: whatever is found is right, and every copy that was
 * answered is counted exactly once. */
Test(resend, in_a_flood_every_copy_answered_is_counted_once_with_its_own_signal)
{
    enum
    {
        FRAMES = 60000
    };
    uint32_t *refs = calloc(FRAMES, sizeof refs[0]);
    uint32_t *copies = calloc(FRAMES, sizeof copies[0]);
    struct resend_counted counted[64];
    uint8_t frame[RESEND_FRAME_MAX];
    unsigned remembered = 0;
    srand(3);
    for (unsigned step = 0; step < 400000; step++) {
        unsigned number = (unsigned)rand() % FRAMES;
        size_t size = make_frame(frame, number);
        struct resend_entry *entry = resend_find(&memory, frame, size, 0, step / 100);
        if (entry == NULL) {
            cr_assert(refs[number] == 0, "a waiting frame is never forgotten");
            refs[number] = resend_add(&memory, frame, size, 0, number, step / 100);
        } else if (entry->state == RESEND_DURABLE) {
            remembered += 1;
            cr_assert_eq(entry->pos, number + 1);
            resend_count(&memory, entry, step);
            copies[number] += 1;
        } else if (rand() % 2 == 0) {
            copies[number] += resend_wait(entry, step) ? 1 : 0;
        } else {
            (void)resend_settle(&memory, refs[number], number + 1);
            refs[number] = 0;
        }
        unsigned taken = rand() % 50 == 0 ? resend_take_counts(&memory, counted, 64) : 0;
        for (unsigned i = 0; i < taken; i++) {
            copies[counted[i].pos - 1] -= counted[i].copies;
        }
    }
    for (unsigned number = 0; number < FRAMES; number++) {
        (void)resend_settle(&memory, refs[number], number + 1);
    }
    for (unsigned taken; (taken = resend_take_counts(&memory, counted, 64)) > 0;) {
        for (unsigned i = 0; i < taken; i++) {
            copies[counted[i].pos - 1] -= counted[i].copies;
        }
    }
    for (unsigned number = 0; number < FRAMES; number++) {
        cr_assert_eq(copies[number], 0);
    }
    cr_assert_gt(remembered, 0);
    free(refs);
    free(copies);
}
