/* SPDX-License-Identifier: Apache-2.0 */
#include "larwm/limits.h"
#include "outlet/wire.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static size_t
pack_incident(uint8_t *to, uint64_t id, const char *reference)
{
    Larwm__Console__Incident incident = LARWM__CONSOLE__INCIDENT__INIT;
    incident.id = id;
    incident.reference = (char *)(uintptr_t)reference;
    return larwm__console__incident__pack(&incident, to);
}

/* What protobuf-c reads in the frame, after its length was checked. */
static Larwm__Console__ServerFrame *
read_back(const struct buffer *buffer)
{
    cr_assert_not_null(buffer);
    size_t length = (size_t)buffer->bytes[0] << 24 | (size_t)buffer->bytes[1] << 16 |
                    (size_t)buffer->bytes[2] << 8 | buffer->bytes[3];
    cr_assert_eq(length + WIRE_LENGTH, buffer->size);
    Larwm__Console__ServerFrame *frame =
        larwm__console__server_frame__unpack(NULL, length, buffer->bytes + WIRE_LENGTH);
    cr_assert_not_null(frame);
    return frame;
}

Test(wire, a_delta_reads_as_protobuf_reads_it_at_every_size_of_number)
{
    struct buffer_store store = {0};
    uint8_t body[64];
    size_t size = pack_incident(body, UINT64_C(1) << 48 | 7, "1-7");
    const uint64_t numbers[] = {1, 127, 128, 16384, UINT32_MAX, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct buffer *buffer = wire_delta(&store, numbers[i], WIRE_DELTA_INCIDENT, body, size);
        Larwm__Console__ServerFrame *frame = read_back(buffer);
        cr_assert_eq(frame->body_case, LARWM__CONSOLE__SERVER_FRAME__BODY_DELTA);
        cr_expect_eq(frame->delta->sequence, numbers[i]);
        cr_assert_eq(frame->delta->body_case, LARWM__CONSOLE__DELTA__BODY_INCIDENT);
        cr_expect_eq(frame->delta->incident->id, UINT64_C(1) << 48 | 7);
        cr_expect_str_eq(frame->delta->incident->reference, "1-7");
        cr_expect_eq(memcmp(buffer->bytes + buffer->body_at, body, size), 0);
        larwm__console__server_frame__free_unpacked(frame, NULL);
        buffer_drop(&store, buffer);
    }
    buffer_store_free(&store);
}

Test(wire, a_status_with_no_field_set_is_still_a_status)
{
    struct buffer_store store = {0};
    struct buffer *buffer = wire_delta(&store, 3, WIRE_DELTA_STATUS, NULL, 0);
    Larwm__Console__ServerFrame *frame = read_back(buffer);
    cr_expect_eq(frame->delta->body_case, LARWM__CONSOLE__DELTA__BODY_STATUS);
    larwm__console__server_frame__free_unpacked(frame, NULL);
    buffer_drop(&store, buffer);
    buffer_store_free(&store);
}

Test(wire, a_credential_gets_its_ref_and_found_from_the_tail)
{
    struct buffer_store store = {0};
    Larwm__Console__Credential credential = LARWM__CONSOLE__CREDENTIAL__INIT;
    credential.user = "carys";
    credential.role = LARWM__ROLE__ROLE_OPERATOR;
    uint8_t body[64];
    size_t size = larwm__console__credential__pack(&credential, body);
    uint8_t tail[WIRE_CREDENTIAL_TAIL];
    size_t tail_size = wire_credential_tail(tail, UINT64_MAX);
    cr_assert(tail_size <= sizeof tail);
    struct buffer *buffer = wire_message(&store, WIRE_CREDENTIAL, body, size, tail, tail_size);
    Larwm__Console__ServerFrame *frame = read_back(buffer);
    cr_assert_eq(frame->body_case, LARWM__CONSOLE__SERVER_FRAME__BODY_CREDENTIAL);
    cr_expect_eq(frame->credential->ref, UINT64_MAX);
    cr_expect(frame->credential->found);
    cr_expect_str_eq(frame->credential->user, "carys");
    larwm__console__server_frame__free_unpacked(frame, NULL);
    buffer_drop(&store, buffer);
    buffer_store_free(&store);
}

Test(wire, a_snapshot_frame_holds_what_was_put_in)
{
    struct buffer_store store = {0};
    Larwm__Console__Status status = LARWM__CONSOLE__STATUS__INIT;
    status.units_connected = 300;
    uint8_t status_body[32];
    size_t status_size = larwm__console__status__pack(&status, status_body);
    struct buffer *kept = wire_delta(&store, 0, WIRE_DELTA_STATUS, status_body, status_size);
    uint8_t one[64];
    uint8_t two[64];
    size_t one_size = pack_incident(one, 1, "1-1");
    size_t two_size = pack_incident(two, 2, "1-2");
    size_t at;
    struct buffer *buffer = wire_snapshot_begin(
        &store, 77, wire_incident_size(one_size) + wire_incident_size(two_size), kept, true, &at);
    wire_snapshot_put(buffer, &at, one, one_size);
    wire_snapshot_put(buffer, &at, two, two_size);
    wire_snapshot_end(buffer, at, kept, true);
    Larwm__Console__ServerFrame *frame = read_back(buffer);
    cr_assert_eq(frame->body_case, LARWM__CONSOLE__SERVER_FRAME__BODY_SNAPSHOT);
    cr_expect_eq(frame->snapshot->sequence, 77);
    cr_assert_eq(frame->snapshot->n_incidents, 2);
    cr_expect_eq(frame->snapshot->incidents[1]->id, 2);
    cr_assert_not_null(frame->snapshot->status);
    cr_expect_eq(frame->snapshot->status->units_connected, 300);
    cr_expect(frame->snapshot->last);
    larwm__console__server_frame__free_unpacked(frame, NULL);
    buffer_drop(&store, buffer);
    buffer_drop(&store, kept);
    cr_expect_eq(store.live_bytes, 0);
    buffer_store_free(&store);
}

Test(wire, a_frame_over_the_limit_is_not_made)
{
    struct buffer_store store = {0};
    uint8_t *body = calloc(1, LIMIT_CONSOLE_FRAME);
    cr_expect_null(wire_delta(&store, 1, WIRE_DELTA_INCIDENT, body, LIMIT_CONSOLE_FRAME));
    struct buffer *largest =
        wire_delta(&store, 1, WIRE_DELTA_INCIDENT, body, LIMIT_CONSOLE_FRAME - 10);
    cr_assert_not_null(largest);
    cr_expect_eq(largest->size, LIMIT_CONSOLE_FRAME + WIRE_LENGTH);
    buffer_drop(&store, largest);
    buffer_store_free(&store);
    free(body);
}
