/* SPDX-License-Identifier: Apache-2.0 */
#include "console.pb-c.h"
#include "larwm/limits.h"
#include "outlet/hub.h"
#include "outlet/wire.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define STREAM UINT64_C(0x1122334455667788)

/* Gives the hub one incident whose reference has `text_size` bytes. */
static enum error
give(struct hub *hub, uint64_t id, size_t text_size, bool open)
{
    char *text = malloc(text_size + 1);
    memset(text, 'r', text_size);
    text[text_size] = '\0';
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    incident.id = id;
    incident.reference = text;
    size_t size = larwm__console__incident__get_packed_size(&incident);
    struct flow_delta *delta = calloc(1, sizeof *delta + size);
    delta->kind = DELTA_INCIDENT;
    delta->key = id;
    delta->open = open;
    delta->size = (uint32_t)larwm__console__incident__pack(&incident, delta->body);
    enum error error = hub_apply(hub, delta);
    free(delta);
    free(text);
    return error;
}

static void
give_kind(struct hub *hub, enum flow_delta_kind kind)
{
    struct flow_delta delta = {.kind = (uint8_t)kind};
    cr_assert_eq(hub_apply(hub, &delta), ERROR_NONE);
}

static struct hub *
new_hub(unsigned kept, size_t bytes)
{
    struct hub *hub = calloc(1, sizeof *hub);
    cr_assert_eq(hub_init(hub, STREAM, kept, bytes), ERROR_NONE);
    return hub;
}

static void
end_hub(struct hub *hub)
{
    hub_free(hub);
    cr_expect_eq(hub->store.live_bytes, 0, "a buffer was not given back");
    free(hub);
}

static Larwm__Console__ServerFrame *
unpack(const struct buffer *buffer)
{
    Larwm__Console__ServerFrame *frame = larwm__console__server_frame__unpack(
        NULL, buffer->size - WIRE_LENGTH, buffer->bytes + WIRE_LENGTH);
    cr_assert_not_null(frame);
    return frame;
}

/* Walks a whole snapshot; returns how many incidents it names and sets the frames it took. */
static size_t
walk_all(struct hub *hub, unsigned *ret_frames)
{
    struct hub_walk walk = hub_walk_begin(hub);
    size_t count = 0;
    *ret_frames = 0;
    while (!walk.done) {
        struct buffer *buffer = hub_walk_next(hub, &walk);
        cr_assert_not_null(buffer);
        cr_assert(buffer->size <= LIMIT_CONSOLE_FRAME + WIRE_LENGTH);
        Larwm__Console__ServerFrame *frame = unpack(buffer);
        cr_expect_eq(frame->snapshot->sequence, hub->sequence);
        cr_expect_eq(frame->snapshot->last, walk.done);
        count += frame->snapshot->n_incidents;
        *ret_frames += 1;
        larwm__console__server_frame__free_unpacked(frame, NULL);
        buffer_drop(&hub->store, buffer);
    }
    return count;
}

Test(hub, what_comes_before_ready_is_state_without_a_number)
{
    struct hub *hub = new_hub(16, 1 << 20);
    cr_assert_eq(give(hub, 1, 3, true), ERROR_NONE);
    cr_assert_eq(give(hub, 2, 3, true), ERROR_NONE);
    cr_assert_eq(give(hub, 2, 3, false), ERROR_NONE);
    cr_expect_eq(hub->sequence, 0);
    cr_expect_not(hub_can_resume(hub, STREAM, 0));
    give_kind(hub, DELTA_READY);
    unsigned frames;
    cr_expect_eq(walk_all(hub, &frames), 1);
    cr_assert_eq(give(hub, 3, 3, true), ERROR_NONE);
    cr_expect_eq(hub->sequence, 1);
    cr_expect(hub_can_resume(hub, STREAM, 0));
    end_hub(hub);
}

Test(hub, a_client_may_resume_from_what_is_kept_and_from_nothing_else)
{
    struct hub *hub = new_hub(8, 1 << 20);
    give_kind(hub, DELTA_READY);
    for (uint64_t i = 1; i <= 20; i++) {
        cr_assert_eq(give(hub, i, 3, true), ERROR_NONE);
    }
    cr_expect_eq(hub->oldest, 13);
    for (uint64_t after = 0; after <= 25; after++) {
        cr_expect_eq(hub_can_resume(hub, STREAM, after), after >= 12 && after <= 20, "after %lu",
                     after);
    }
    cr_expect_not(hub_can_resume(hub, STREAM + 1, 20), "another run of the daemon");
    cr_expect_null(hub_delta(hub, 12));
    for (uint64_t number = 13; number <= 20; number++) {
        Larwm__Console__ServerFrame *frame = unpack(hub_delta(hub, number));
        cr_expect_eq(frame->delta->sequence, number);
        cr_expect_eq(frame->delta->incident->id, number);
        larwm__console__server_frame__free_unpacked(frame, NULL);
    }
    cr_expect_null(hub_delta(hub, 21));
    end_hub(hub);
}

Test(hub, bytes_bound_what_is_kept_as_well)
{
    struct hub *hub = new_hub(1000, 10000);
    give_kind(hub, DELTA_READY);
    for (uint64_t i = 1; i <= 50; i++) {
        cr_assert_eq(give(hub, i, 1000, true), ERROR_NONE);
    }
    cr_expect_eq(hub->oldest, 42);
    cr_expect(hub_bytes_from(hub, hub->oldest) <= 10000);
    cr_expect_eq(hub_bytes_from(hub, 51), 0);
    cr_expect_eq(hub_bytes_from(hub, 41), UINT64_MAX);
    end_hub(hub);
}

Test(hub, a_snapshot_comes_in_frames_and_names_every_open_incident_once)
{
    struct hub *hub = new_hub(16, 1 << 20);
    for (uint64_t i = 1; i <= 300; i++) {
        cr_assert_eq(give(hub, i, 2000, true), ERROR_NONE);
    }
    for (uint64_t i = 1; i <= 300; i += 2) {
        cr_assert_eq(give(hub, i, 2000, false), ERROR_NONE);
    }
    struct flow_delta status = {.kind = DELTA_STATUS};
    cr_assert_eq(hub_apply(hub, &status), ERROR_NONE);
    give_kind(hub, DELTA_READY);
    unsigned frames;
    cr_expect_eq(walk_all(hub, &frames), 150);
    cr_expect(frames >= 3, "%u frames", frames);
    end_hub(hub);
}

Test(hub, an_empty_centre_has_a_snapshot_too)
{
    struct hub *hub = new_hub(16, 1 << 20);
    give_kind(hub, DELTA_READY);
    unsigned frames;
    cr_expect_eq(walk_all(hub, &frames), 0);
    cr_expect_eq(frames, 1);
    end_hub(hub);
}

/* Walk and deltas together must tell the whole truth: what the walk has passed and then changes
 * comes as a delta; what it has not reached yet is shown as it is when it gets there. */
Test(hub, changes_during_a_snapshot_are_not_lost)
{
    struct hub *hub = new_hub(64, 1 << 20);
    for (uint64_t i = 1; i <= 100; i++) {
        cr_assert_eq(give(hub, i, 4000, true), ERROR_NONE);
    }
    give_kind(hub, DELTA_READY);
    bool open[200] = {false};
    struct hub_walk walk = hub_walk_begin(hub);
    uint64_t next = walk.sequence + 1;
    for (uint64_t turn = 0; !walk.done; turn++) {
        struct buffer *buffer = hub_walk_next(hub, &walk);
        Larwm__Console__ServerFrame *frame = unpack(buffer);
        for (size_t i = 0; i < frame->snapshot->n_incidents; i++) {
            open[frame->snapshot->incidents[i]->id] = true;
        }
        larwm__console__server_frame__free_unpacked(frame, NULL);
        buffer_drop(&hub->store, buffer);
        cr_assert_eq(give(hub, 1 + turn, 10, false), ERROR_NONE);   /* passed already */
        cr_assert_eq(give(hub, 100 - turn, 10, false), ERROR_NONE); /* not reached yet */
        cr_assert_eq(give(hub, 101 + turn, 10, true), ERROR_NONE);  /* takes a freed place */
        for (; next <= hub->sequence; next++) {
            frame = unpack(hub_delta(hub, next));
            uint64_t id = frame->delta->incident->id;
            open[id] = id > 100;
            larwm__console__server_frame__free_unpacked(frame, NULL);
        }
    }
    for (uint64_t id = 1; id < 200; id++) {
        cr_expect_eq(open[id], incident_table_find(&hub->incidents, id) != NULL, "incident %lu",
                     id);
    }
    end_hub(hub);
}

Test(hub, a_change_that_cannot_be_sent_makes_every_client_take_a_snapshot)
{
    struct hub *hub = new_hub(64, 1 << 20);
    give_kind(hub, DELTA_READY);
    cr_assert_eq(give(hub, 1, 10, true), ERROR_NONE);
    cr_expect_eq(give(hub, 2, LIMIT_CONSOLE_FRAME, true), ERROR_TOO_LARGE);
    cr_expect_eq(hub->sequence, 2);
    cr_expect_not(hub_can_resume(hub, STREAM, 1));
    cr_expect(hub_can_resume(hub, STREAM, 2));
    cr_assert_eq(give(hub, 3, 10, true), ERROR_NONE);
    cr_expect_not_null(hub_delta(hub, 3));
    cr_expect_null(hub_delta(hub, 2));
    end_hub(hub);
}

Test(hub, the_newest_tick_names_the_newest_delta)
{
    struct hub *hub = new_hub(64, 1 << 20);
    give_kind(hub, DELTA_READY);
    cr_assert_eq(give(hub, 1, 10, true), ERROR_NONE);
    struct flow_delta tick = {
        .kind = DELTA_TICK, .server_time_us = 5, .database_up = true, .journal_ok = true};
    cr_assert_eq(hub_apply(hub, &tick), ERROR_NONE);
    Larwm__Console__ServerFrame *frame = unpack(hub->tick);
    cr_expect_eq(frame->tick->sequence, 1);
    cr_expect_eq(frame->tick->server_time_us, 5);
    cr_expect(frame->tick->database_up && frame->tick->journal_ok);
    larwm__console__server_frame__free_unpacked(frame, NULL);
    end_hub(hub);
}
