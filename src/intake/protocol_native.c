/* SPDX-License-Identifier: Apache-2.0 */
/* The native protocol (docs/wire-native.md): what a session does with a unit's frames. */
#include "intake/native_message.h"
#include "intake/protocol.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/require.h"
#include "base/text.h"
#include "intake/clean.h"
#include "intake/session.h"
#include "intake/worker.h"

#define HEARTBEAT_INTERVAL_UNKNOWN_S 300u /* asked of units the registry does not know */

static enum protocol_found
native_detect(const uint8_t *bytes, size_t size, size_t *at, struct protocol_frame *ret_frame)
{
    enum error error = native_frame(bytes, size, at, &ret_frame->bytes, &ret_frame->size);
    if (error == ERROR_NONE) {
        return FOUND_FRAME;
    }
    ret_frame->error = error;
    return error == ERROR_AGAIN ? FOUND_NOTHING : FOUND_HOPELESS;
}

static bool
native_is_partial(const uint8_t *rest, size_t size)
{
    return size > 0;
}

static void
native_reply(struct session *session, const Larwm__Device__CentreFrame *frame)
{
    uint8_t bytes[NATIVE_REPLY_MAX];
    size_t size = native_pack(frame, bytes, sizeof bytes);
    require(size > 0);
    session_reply(session, bytes, size);
}

static void
native_on_hello(struct session *session, Larwm__Device__Hello *hello)
{
    clean_text(hello->network, LIMIT_NETWORK);
    session->boot_id = hello->boot_id;
    session->network = worker_network(session->worker, hello->network);
    const struct registry_unit *unit = session_unit(session);
    Larwm__Device__Welcome welcome = LARWM__DEVICE__WELCOME__INIT;
    welcome.server_time_us = clock_wall_us();
    welcome.known = unit != NULL;
    welcome.heartbeat_interval_s =
        unit != NULL && unit->interval_s > 0 ? unit->interval_s : HEARTBEAT_INTERVAL_UNKNOWN_S;
    welcome.reconnect_spread_ms = worker_reconnect_spread_ms(session->worker);
    Larwm__Device__CentreFrame frame = LARWM__DEVICE__CENTRE_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__CENTRE_FRAME__BODY_WELCOME;
    frame.welcome = &welcome;
    native_reply(session, &frame);
}

/* REQ A28: heard, answered, nothing else; a storm of heartbeats delays no alarm. */
static void
native_on_heartbeat(struct session *session)
{
    counter_add(heartbeats, 1);
    Larwm__Device__HeartbeatAnswer answer = LARWM__DEVICE__HEARTBEAT_ANSWER__INIT;
    answer.server_time_us = clock_wall_us();
    Larwm__Device__CentreFrame frame = LARWM__DEVICE__CENTRE_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__CENTRE_FRAME__BODY_HEARTBEAT;
    frame.heartbeat = &answer;
    native_reply(session, &frame);
}

static void
native_on_signal(struct session *session, Larwm__Device__Signal *from)
{
    Larwm__Journal__Signal signal;
    native_signal(from, session->boot_id, &signal);
    signal.path = LARWM__PATH__PATH_MAIN; /* it has no other */
    struct protocol_context context = {.boot_id = from->boot_id, .sequence = from->sequence};
    session_offer(session, session_unit(session), &signal, &context);
}

static void
native_decode(struct session *session, const struct protocol_frame *frame)
{
    counter_add(frames_native, 1);
    Larwm__Device__UnitFrame *unit_frame =
        native_unpack(&session->worker->arena, frame->bytes, frame->size);
    if (unit_frame == NULL) {
        counter_add(frames_malformed, 1);
        session_refuse(session, "malformed message");
        return;
    }
    session_touch(session);
    switch (unit_frame->body_case) {
        case LARWM__DEVICE__UNIT_FRAME__BODY_SIGNAL:
            native_on_signal(session, unit_frame->signal);
            return;
        case LARWM__DEVICE__UNIT_FRAME__BODY_HEARTBEAT:
            native_on_heartbeat(session);
            return;
        case LARWM__DEVICE__UNIT_FRAME__BODY_HELLO:
            native_on_hello(session, unit_frame->hello);
            return;
        default:
            counter_add(frames_unknown, 1);
            session_refuse(session, "unknown message");
    }
}

static void
native_encode_receipt(struct session *session, const struct protocol_context *context,
                      enum protocol_status status)
{
    Larwm__Device__Receipt receipt = LARWM__DEVICE__RECEIPT__INIT;
    receipt.boot_id = context->boot_id;
    receipt.sequence = context->sequence;
    /* REQ G18: unless the registry says that a sound is safe here, the unit stays silent. */
    const struct registry_unit *unit = session_unit(session);
    receipt.silent = unit == NULL || unit->silent;
    if (status == PROTOCOL_DURABLE) {
        counter_add(receipts, 1);
        receipt.status = LARWM__DEVICE__RECEIPT_STATUS__RECEIPT_DURABLE;
    } else {
        counter_add(receipts_retry, 1);
        receipt.status = LARWM__DEVICE__RECEIPT_STATUS__RECEIPT_RETRY;
        receipt.back_off_ms = worker_back_off_ms(session->worker);
    }
    Larwm__Device__CentreFrame frame = LARWM__DEVICE__CENTRE_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__CENTRE_FRAME__BODY_RECEIPT;
    frame.receipt = &receipt;
    native_reply(session, &frame);
}

static void
native_encode_refusal(struct session *session, const char *reason)
{
    char text[NATIVE_REASON_MAX];
    (void)text_copy(text, sizeof text, reason);
    Larwm__Device__Refusal refusal = LARWM__DEVICE__REFUSAL__INIT;
    refusal.reason = text;
    Larwm__Device__CentreFrame frame = LARWM__DEVICE__CENTRE_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__CENTRE_FRAME__BODY_REFUSAL;
    frame.refusal = &refusal;
    native_reply(session, &frame);
}

const struct device_protocol protocol_native = {
    .name = "native",
    .number = PROTOCOL_NATIVE,
    .detect = native_detect,
    .is_partial = native_is_partial,
    .decode = native_decode,
    .encode_receipt = native_encode_receipt,
    .encode_refusal = native_encode_refusal,
};
