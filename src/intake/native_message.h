/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The native protocol's bytes, both directions (docs/wire-native.md): a 4-byte big-endian length,
 * then one UnitFrame or CentreFrame of proto/device.proto. Pure, any thread.
 */
#ifndef INTAKE_NATIVE_MESSAGE_H
#define INTAKE_NATIVE_MESSAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "device.pb-c.h"
#include "journal.pb-c.h"

#include <stddef.h>
#include <stdint.h>

#define NATIVE_LENGTH_SIZE 4u
/* The longest frame the centre sends, length included: a refusal. */
#define NATIVE_REPLY_MAX 192u
#define NATIVE_REASON_MAX 120u

/*
 * The next frame of bytes[*at..size): moves *at past it and gives its message. ERROR_AGAIN: not
 * whole yet. ERROR_TOO_LARGE: its length is over LIMIT_NATIVE_FRAME; ERROR_MALFORMED: its length is
 * 0. After these two the stream cannot be read on.
 */
enum error native_frame(const uint8_t *bytes, size_t size, size_t *at, const uint8_t **ret_message,
                        size_t *ret_size) MUST_USE;

/* Unpacks into the arena; valid until it is reset. NULL when it is no UnitFrame. */
Larwm__Device__UnitFrame *native_unpack(struct arena *arena, const uint8_t *message, size_t size);

/*
 * What the unit said as a journal signal, views of `from`: texts cleaned and bounded, numbers out
 * of range set to "not given", a kind that a unit cannot report (or that we do not know) UNKNOWN:
 * shown, never dropped. `hello_boot_id` stands in when the signal has none. Identity and times of
 * the centre are left to the session.
 */
void native_signal(Larwm__Device__Signal *from, uint64_t hello_boot_id,
                   Larwm__Journal__Signal *ret_signal);

/* Packs with its length in front. Returns the bytes written, 0 when `room` is too small. */
size_t native_pack(const Larwm__Device__CentreFrame *frame, uint8_t *to, size_t room);

#endif
