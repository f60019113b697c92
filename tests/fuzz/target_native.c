/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native protocol, both sides: what a unit sends is framed, unpacked and handled by
 * protocol_native with a session made of stand-ins; what the centre sends is read by the unit's
 * side. First byte of the input: bit 0 takes the rest as a raw stream, else as chunks that get a
 * length of their own; bit 1 the journal fails; bit 2 lets the unit's side read the stream.
 *
 * Promises: frames do not depend on the cuts; a message that protobuf reads is read in the arena,
 * too, and survives being packed again; each frame leads to exactly one of a reply, an offer and a
 * refusal; a reply is a receipt only for a signal that was offered, names it, and says durable only
 * when the journal said so; what is offered is clean, in range and fits an entry.
 */
#include "base/clock.h"
#include "client/unit_wire.h"
#include "fuzz_core.h"
#include "intake/native_message.h"
#include "intake/session.h"
#include "intake/worker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_MAX 16384u

static struct worker worker;
static struct session session;
static struct registry_unit unit;
static bool unit_known;

/* What the frame in hand led to. */
static struct
{
    unsigned replies;
    unsigned offers;
    unsigned refusals;
    bool receipt_due; /* a receipt may be sent now */
    enum protocol_status status;
    struct unit_answer answer; /* the last reply */
} seen;

/* The session's side of protocol_native. */

const struct registry_unit *
session_unit(struct session *whose)
{
    FUZZ_CHECK(whose == &session);
    return unit_known ? &unit : NULL;
}

void
session_touch(struct session *whose)
{
    FUZZ_CHECK(whose == &session);
}

void
session_reply(struct session *whose, const void *bytes, size_t size)
{
    size_t at = 0;
    FUZZ_CHECK(whose == &session && size <= NATIVE_REPLY_MAX && size <= WORKER_REPLY_SIZE);
    FUZZ_CHECK(unit_wire_answer(bytes, size, &at, &seen.answer) == ERROR_NONE && at == size);
    FUZZ_CHECK((seen.answer.kind == UNIT_ANSWER_RECEIPT) == seen.receipt_due);
    seen.replies += 1;
}

void
session_refuse(struct session *whose, const char *reason)
{
    FUZZ_CHECK(whose == &session && reason[0] != '\0');
    seen.refusals += 1;
    protocol_native.encode_refusal(whose, reason);
    FUZZ_CHECK(seen.answer.kind == UNIT_ANSWER_REFUSAL && seen.answer.reason[0] != '\0');
    seen.replies -= 1;
}

uint16_t
worker_network(struct worker *whose, const char *name)
{
    FUZZ_CHECK(whose == &worker);
    fuzz_check_text(name, LIMIT_NETWORK);
    return 0;
}

uint32_t
worker_reconnect_spread_ms(const struct worker *whose)
{
    return 0;
}

uint32_t
worker_back_off_ms(struct worker *whose)
{
    FUZZ_CHECK(whose == &worker);
    return 500;
}

static void
check_position(const Larwm__Position *position)
{
    FUZZ_CHECK(fabs(position->latitude) <= 90.0 && fabs(position->longitude) <= 180.0);
    FUZZ_CHECK((int)position->source > POSITION_NONE && (int)position->source <= POSITION_FIXED);
    FUZZ_CHECK(position->base.n_unknown_fields == 0);
}

/* With what the session adds at its longest, it fits an entry and reads back the same. */
static void
check_packed(Larwm__Journal__Signal *signal)
{
    static uint8_t fingerprint[LIMIT_FINGERPRINT];
    static char network[LIMIT_NETWORK];
    static char name[LIMIT_UNIT_ID];
    memset(network, 'n', sizeof network - 1);
    memset(name, 'u', sizeof name - 1);
    signal->unit = name;
    signal->network = network;
    signal->fingerprint = (ProtobufCBinaryData){sizeof fingerprint, fingerprint};
    signal->received_us = INT64_MAX;
    signal->content_hash = UINT64_MAX;
    signal->protocol = LARWM__PROTOCOL__PROTOCOL_NATIVE;
    uint8_t body[WORKER_BODY_MAX];
    size_t size = larwm__journal__signal__get_packed_size(signal);
    FUZZ_CHECK(size <= sizeof body);
    (void)larwm__journal__signal__pack(signal, body);
    Larwm__Journal__Signal *again = larwm__journal__signal__unpack(NULL, size, body);
    FUZZ_CHECK(again != NULL);
    FUZZ_CHECK(again->kind == signal->kind && again->sequence == signal->sequence);
    FUZZ_CHECK(again->boot_id == signal->boot_id && again->restore == signal->restore);
    FUZZ_CHECK(strcmp(again->zone, signal->zone) == 0 && strcmp(again->text, signal->text) == 0);
    FUZZ_CHECK((again->position == NULL) == (signal->position == NULL));
    larwm__journal__signal__free_unpacked(again, NULL);
}

void
session_offer(struct session *whose, const struct registry_unit *sender,
              Larwm__Journal__Signal *signal, const struct protocol_context *context)
{
    FUZZ_CHECK(whose == &session && sender == session_unit(whose));
    fuzz_check_text(signal->zone, LIMIT_ZONE);
    fuzz_check_text(signal->text, LIMIT_TEXT);
    FUZZ_CHECK((int)signal->kind >= 0 && (int)signal->kind <= SIGNAL_POSITION);
    FUZZ_CHECK(signal->battery_percent <= 100 && signal->device_time_us >= 0);
    FUZZ_CHECK(signal->sequence == context->sequence);
    if (signal->position != NULL) {
        check_position(signal->position);
    }
    check_packed(signal);
    seen.offers += 1;
    seen.receipt_due = true;
    protocol_native.encode_receipt(whose, context, seen.status);
    seen.receipt_due = false;
    FUZZ_CHECK(seen.answer.receipt.boot_id == context->boot_id);
    FUZZ_CHECK(seen.answer.receipt.sequence == context->sequence);
    FUZZ_CHECK((seen.answer.receipt.status == UNIT_RECEIPT_DURABLE) ==
               (seen.status == PROTOCOL_DURABLE));
    FUZZ_CHECK(seen.answer.receipt.silent || unit_known); /* REQ G18 */
    seen.replies -= 1;
}

/* What this version does not know, protobuf-c keeps as it came, however odd. */
static bool
is_known(const Larwm__Device__UnitFrame *frame)
{
    bool known = frame->base.n_unknown_fields == 0;
    if (frame->body_case == LARWM__DEVICE__UNIT_FRAME__BODY_SIGNAL) {
        const Larwm__Position *position = frame->signal->position;
        known = known && frame->signal->base.n_unknown_fields == 0 &&
                (position == NULL || position->base.n_unknown_fields == 0);
    } else if (frame->body_case == LARWM__DEVICE__UNIT_FRAME__BODY_HELLO) {
        known = known && frame->hello->base.n_unknown_fields == 0;
    }
    return known && frame->body_case != LARWM__DEVICE__UNIT_FRAME__BODY_HEARTBEAT;
}

/* What decodes re-encodes the same, and the arena is large enough for it. */
static void
check_message(const uint8_t *message, size_t size)
{
    Larwm__Device__UnitFrame *frame = larwm__device__unit_frame__unpack(NULL, size, message);
    FUZZ_CHECK((frame != NULL) == (native_unpack(&worker.arena, message, size) != NULL));
    if (frame == NULL || !is_known(frame)) {
        if (frame != NULL) {
            larwm__device__unit_frame__free_unpacked(frame, NULL);
        }
        return;
    }
    size_t once = larwm__device__unit_frame__get_packed_size(frame);
    uint8_t *packed = malloc(2 * once + 1);
    FUZZ_CHECK(packed != NULL && larwm__device__unit_frame__pack(frame, packed) == once);
    larwm__device__unit_frame__free_unpacked(frame, NULL);
    frame = larwm__device__unit_frame__unpack(NULL, once, packed);
    FUZZ_CHECK(frame != NULL && larwm__device__unit_frame__get_packed_size(frame) == once);
    (void)larwm__device__unit_frame__pack(frame, packed + once);
    FUZZ_CHECK(memcmp(packed, packed + once, once) == 0);
    larwm__device__unit_frame__free_unpacked(frame, NULL);
    free(packed);
}

static void
take_frame(const struct protocol_frame *frame)
{
    FUZZ_CHECK(frame->size > 0 && frame->size <= LIMIT_NATIVE_FRAME);
    check_message(frame->bytes, frame->size);
    seen.replies = seen.offers = seen.refusals = 0;
    protocol_native.decode(&session, frame);
    FUZZ_CHECK(seen.replies + seen.offers + seen.refusals == 1);
}

/* The frames of a stream that comes whole, and of one that comes byte by byte. */
static void
take_stream(const uint8_t *bytes, size_t size)
{
    size_t whole = 0;
    size_t cut = 0;
    size_t have = 0;
    for (;;) {
        struct protocol_frame frame = {.error = ERROR_NONE};
        struct protocol_frame same = {.error = ERROR_NONE};
        size_t before = whole;
        enum protocol_found found = protocol_native.detect(bytes, size, &whole, &frame);
        enum protocol_found again = FOUND_NOTHING;
        while (again == FOUND_NOTHING && have <= size) {
            again = protocol_native.detect(bytes, have, &cut, &same);
            have += again == FOUND_NOTHING;
        }
        FUZZ_CHECK(found == again && whole == cut);
        FUZZ_CHECK(found == FOUND_FRAME || frame.error == same.error);
        FUZZ_CHECK(whole <= size && (found == FOUND_FRAME) == (whole > before));
        if (found != FOUND_FRAME) {
            FUZZ_CHECK(found == FOUND_NOTHING || frame.error == ERROR_TOO_LARGE ||
                       frame.error == ERROR_MALFORMED);
            return;
        }
        FUZZ_CHECK(frame.bytes == same.bytes && frame.size == same.size);
        FUZZ_CHECK(frame.bytes + frame.size == bytes + whole);
        take_frame(&frame);
    }
}

static void
take_answers(const uint8_t *bytes, size_t size)
{
    size_t at = 0;
    struct unit_answer answer;
    for (;;) {
        size_t before = at;
        if (unit_wire_answer(bytes, size, &at, &answer) != ERROR_NONE) {
            return;
        }
        FUZZ_CHECK(at > before && at <= size);
        FUZZ_CHECK(answer.kind != UNIT_ANSWER_REFUSAL ||
                   strnlen(answer.reason, sizeof answer.reason) < sizeof answer.reason);
    }
}

/* Each chunk of the input with its length in front. Returns the size of the stream. */
static size_t
frame_chunks(struct fuzz_input *input, uint8_t *stream)
{
    size_t used = 0;
    while (input->at < input->end && used + NATIVE_LENGTH_SIZE + 8192 < STREAM_MAX) {
        size_t size = fuzz_take_16(input) & 0x1FFF;
        const uint8_t *bytes = fuzz_take_bytes(input, &size);
        uint8_t *to = stream + used;
        to[0] = to[1] = 0;
        to[2] = (uint8_t)(size >> 8);
        to[3] = (uint8_t)size;
        memcpy(to + NATIVE_LENGTH_SIZE, bytes, size);
        used += NATIVE_LENGTH_SIZE + size;
    }
    return used;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t chunks[STREAM_MAX];
    struct fuzz_input input = {data, data + size};
    if (worker.arena.memory == NULL) {
        FUZZ_CHECK(arena_init(&worker.arena, WORKER_ARENA) == ERROR_NONE);
    }
    session = (struct session){.worker = &worker, .protocol = &protocol_native};
    unsigned mode = fuzz_take_8(&input);
    bool raw = (mode & 1) != 0;
    seen.status = (mode & 2) != 0 ? PROTOCOL_FAILED : PROTOCOL_DURABLE;
    unit_known = (mode & 8) != 0;
    size_t used = raw ? (size_t)(input.end - input.at) : frame_chunks(&input, chunks);
    uint8_t *stream = fuzz_copy(raw ? input.at : chunks, used);
    if ((mode & 4) != 0) {
        take_answers(stream, used);
    } else {
        take_stream(stream, used);
    }
    free(stream);
    return 0;
}
