/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/native_message.h"

#include "base/cursor.h"
#include "intake/clean.h"
#include "larwm/limits.h"
#include "larwm/vocabulary.h"

#include <math.h>

enum error
native_frame(const uint8_t *bytes, size_t size, size_t *at, const uint8_t **ret_message,
             size_t *ret_size)
{
    size_t left = size - *at;
    if (left < NATIVE_LENGTH_SIZE) {
        return ERROR_AGAIN;
    }
    struct cursor cursor = cursor_over_const(bytes + *at, left);
    uint32_t length = cursor_read_be32(&cursor);
    if (length > LIMIT_NATIVE_FRAME) {
        return ERROR_TOO_LARGE;
    }
    if (length == 0) {
        return ERROR_MALFORMED;
    }
    if (left - NATIVE_LENGTH_SIZE < length) {
        return ERROR_AGAIN;
    }
    *ret_message = bytes + *at + NATIVE_LENGTH_SIZE;
    *ret_size = length;
    *at += NATIVE_LENGTH_SIZE + length;
    return ERROR_NONE;
}

Larwm__Device__UnitFrame *
native_unpack(struct arena *arena, const uint8_t *message, size_t size)
{
    arena_reset(arena);
    return larwm__device__unit_frame__unpack(&arena->allocator, size, message);
}

/* Some kinds are the centre's own: a unit that sends "restored" must not close an incident. */
static Larwm__SignalKind
native_kind(Larwm__SignalKind kind)
{
    return (int)kind > SIGNAL_UNKNOWN && (int)kind <= SIGNAL_POSITION
               ? kind
               : LARWM__SIGNAL_KIND__SIGNAL_UNKNOWN;
}

/* NULL when the unit has no fix or states one that cannot be. */
static Larwm__Position *
native_position(Larwm__Position *position)
{
    if (position == NULL || position->source == LARWM__POSITION_SOURCE__POSITION_NONE) {
        return NULL;
    }
    bool possible = isfinite(position->latitude) && isfinite(position->longitude) &&
                    fabs(position->latitude) <= 90.0 && fabs(position->longitude) <= 180.0;
    if (!possible) {
        return NULL;
    }
    if ((int)position->source < 0 || (int)position->source > POSITION_FIXED) {
        position->source = LARWM__POSITION_SOURCE__POSITION_CELL; /* unknown: the least exact */
    }
    position->base.n_unknown_fields = 0; /* what we do not know is not passed on */
    return position;
}

void
native_signal(Larwm__Device__Signal *from, uint64_t hello_boot_id,
              Larwm__Journal__Signal *ret_signal)
{
    larwm__journal__signal__init(ret_signal);
    clean_text(from->zone, LIMIT_ZONE);
    clean_text(from->text, LIMIT_TEXT);
    ret_signal->kind = native_kind(from->kind);
    ret_signal->restore = from->restore;
    ret_signal->boot_id = from->boot_id != 0 ? from->boot_id : hello_boot_id;
    ret_signal->sequence = from->sequence;
    ret_signal->device_time_us = from->device_time_us > 0 ? from->device_time_us : 0;
    ret_signal->position = native_position(from->position);
    ret_signal->battery_percent = from->battery_percent <= 100 ? from->battery_percent : 0;
    ret_signal->zone = from->zone;
    ret_signal->text = from->text;
}

size_t
native_pack(const Larwm__Device__CentreFrame *frame, uint8_t *to, size_t room)
{
    size_t size = larwm__device__centre_frame__get_packed_size(frame);
    if (room < NATIVE_LENGTH_SIZE || size > room - NATIVE_LENGTH_SIZE) {
        return 0;
    }
    struct cursor cursor = cursor_over(to, room);
    cursor_write_be32(&cursor, (uint32_t)size);
    return NATIVE_LENGTH_SIZE + larwm__device__centre_frame__pack(frame, to + NATIVE_LENGTH_SIZE);
}
