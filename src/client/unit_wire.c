/* SPDX-License-Identifier: Apache-2.0 */
#include "client/unit_wire.h"

#include "base/cursor.h"
#include "base/text.h"
#include "device.pb-c.h"

#define LENGTH_SIZE 4u

static char *
unit_wire_text(const char *text)
{
    return (char *)(uintptr_t)(text != NULL ? text : ""); /* packed from, not written to */
}

static size_t
unit_wire_pack(const Larwm__Device__UnitFrame *frame, uint8_t *to, size_t room)
{
    size_t size = larwm__device__unit_frame__get_packed_size(frame);
    if (size > LIMIT_NATIVE_FRAME || room < LENGTH_SIZE + size) {
        return 0;
    }
    struct cursor cursor = cursor_over(to, room);
    cursor_write_be32(&cursor, (uint32_t)size);
    return LENGTH_SIZE + larwm__device__unit_frame__pack(frame, to + LENGTH_SIZE);
}

size_t
unit_wire_hello(const struct unit_hello *hello, uint64_t boot_id, uint8_t *to, size_t room)
{
    Larwm__Device__Hello body = LARWM__DEVICE__HELLO__INIT;
    body.version = 1;
    body.boot_id = boot_id;
    body.model = unit_wire_text(hello->model);
    body.firmware = unit_wire_text(hello->firmware);
    body.network = unit_wire_text(hello->network);
    body.iccid = unit_wire_text(hello->iccid);
    Larwm__Device__UnitFrame frame = LARWM__DEVICE__UNIT_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__UNIT_FRAME__BODY_HELLO;
    frame.hello = &body;
    return unit_wire_pack(&frame, to, room);
}

/* NULL when there is no fix. */
static Larwm__Position *
unit_wire_position(const struct unit_position *from, Larwm__Position *to)
{
    if (from == NULL || from->source == POSITION_NONE) {
        return NULL;
    }
    larwm__position__init(to);
    to->source = (Larwm__PositionSource)from->source;
    to->latitude = from->latitude;
    to->longitude = from->longitude;
    to->accuracy_m = from->accuracy_m;
    to->fix_time_us = from->fix_time_us;
    return to;
}

size_t
unit_wire_signal(const struct unit_signal *signal, uint64_t boot_id, uint8_t *to, size_t room)
{
    Larwm__Position position;
    Larwm__Device__Signal body = LARWM__DEVICE__SIGNAL__INIT;
    body.boot_id = signal->boot_id != 0 ? signal->boot_id : boot_id;
    body.sequence = signal->sequence;
    body.kind = (Larwm__SignalKind)signal->kind;
    body.restore = signal->restore;
    body.device_time_us = signal->device_time_us;
    body.position = unit_wire_position(&signal->position, &position);
    body.battery_percent = signal->battery_percent;
    body.zone = unit_wire_text(signal->zone);
    body.text = unit_wire_text(signal->text);
    Larwm__Device__UnitFrame frame = LARWM__DEVICE__UNIT_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__UNIT_FRAME__BODY_SIGNAL;
    frame.signal = &body;
    return unit_wire_pack(&frame, to, room);
}

size_t
unit_wire_heartbeat(uint32_t battery_percent, const struct unit_position *position, uint8_t *to,
                    size_t room)
{
    Larwm__Position fix;
    Larwm__Device__Heartbeat body = LARWM__DEVICE__HEARTBEAT__INIT;
    body.battery_percent = battery_percent;
    body.position = unit_wire_position(position, &fix);
    Larwm__Device__UnitFrame frame = LARWM__DEVICE__UNIT_FRAME__INIT;
    frame.body_case = LARWM__DEVICE__UNIT_FRAME__BODY_HEARTBEAT;
    frame.heartbeat = &body;
    return unit_wire_pack(&frame, to, room);
}

static void
unit_wire_read(const Larwm__Device__CentreFrame *frame, struct unit_answer *ret_answer)
{
    switch (frame->body_case) {
        case LARWM__DEVICE__CENTRE_FRAME__BODY_WELCOME:
            ret_answer->kind = UNIT_ANSWER_WELCOME;
            ret_answer->welcome =
                (struct unit_welcome){.server_time_us = frame->welcome->server_time_us,
                                      .heartbeat_interval_s = frame->welcome->heartbeat_interval_s,
                                      .reconnect_spread_ms = frame->welcome->reconnect_spread_ms,
                                      .known = frame->welcome->known};
            return;
        case LARWM__DEVICE__CENTRE_FRAME__BODY_HEARTBEAT:
            ret_answer->kind = UNIT_ANSWER_HEARTBEAT;
            ret_answer->server_time_us = frame->heartbeat->server_time_us;
            ret_answer->back_off_ms = frame->heartbeat->back_off_ms;
            return;
        case LARWM__DEVICE__CENTRE_FRAME__BODY_RECEIPT:
            ret_answer->kind = UNIT_ANSWER_RECEIPT;
            ret_answer->receipt =
                (struct unit_receipt){.boot_id = frame->receipt->boot_id,
                                      .sequence = frame->receipt->sequence,
                                      .status = (enum unit_receipt_status)frame->receipt->status,
                                      .silent = frame->receipt->silent,
                                      .back_off_ms = frame->receipt->back_off_ms};
            return;
        case LARWM__DEVICE__CENTRE_FRAME__BODY_REFUSAL:
            ret_answer->kind = UNIT_ANSWER_REFUSAL;
            (void)text_copy(ret_answer->reason, sizeof ret_answer->reason, frame->refusal->reason);
            return;
        default:
            return;
    }
}

enum error
unit_wire_answer(const uint8_t *bytes, size_t size, size_t *at, struct unit_answer *ret_answer)
{
    size_t left = size - *at;
    if (left < LENGTH_SIZE) {
        return ERROR_AGAIN;
    }
    struct cursor cursor = cursor_over_const(bytes + *at, left);
    uint32_t length = cursor_read_be32(&cursor);
    if (length > LIMIT_NATIVE_FRAME) {
        return ERROR_TOO_LARGE;
    }
    if (left - LENGTH_SIZE < length) {
        return ERROR_AGAIN;
    }
    Larwm__Device__CentreFrame *frame =
        larwm__device__centre_frame__unpack(NULL, length, bytes + *at + LENGTH_SIZE);
    if (frame == NULL) {
        return ERROR_MALFORMED;
    }
    *at += LENGTH_SIZE + length;
    *ret_answer = (struct unit_answer){.kind = UNIT_ANSWER_NONE};
    unit_wire_read(frame, ret_answer);
    larwm__device__centre_frame__free_unpacked(frame, NULL);
    return ERROR_NONE;
}
