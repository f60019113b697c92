/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto3 JSON of any protobuf-c message, by its descriptor: what the page speaks (console.proto).
 * Names are lowerCamelCase, enums are words, 64-bit numbers are strings, bytes are base64, defaults
 * are left out.
 *
 * Input is hostile. Members we do not know are passed over, so that a newer page can talk to an
 * older gateway; a member of the wrong type, a number out of range, two members of one oneof, a
 * duplicate name or too deep a nesting refuse the whole text. Any thread; no state.
 */
#ifndef WEB_JSON_H
#define WEB_JSON_H

#include "base/error.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#define WEB_JSON_TEXT_MAX 65536u /* bytes of JSON taken in */
#define WEB_JSON_DEPTH_MAX 16u   /* objects and arrays inside each other, both ways */

/*
 * Writes `message` as JSON text, NUL-terminated, into memory the caller frees. *ret_size is without
 * the NUL. Text that is not UTF-8 has its bad bytes shown as U+FFFD, never a frame lost for it.
 * Errors: ERROR_MEMORY; ERROR_TOO_LARGE (nested deeper than WEB_JSON_DEPTH_MAX).
 */
enum error
web_json_write(const ProtobufCMessage *message, char **ret_text, size_t *ret_size) MUST_USE;

/*
 * Reads `size` bytes of JSON into a new message of `descriptor`, to be freed with
 * protobuf_c_message_free_unpacked(message, NULL). Errors: ERROR_TOO_LARGE (over WEB_JSON_TEXT_MAX
 * or too deep), ERROR_MALFORMED, ERROR_MEMORY.
 */
enum error web_json_read(const ProtobufCMessageDescriptor *descriptor, const char *text,
                         size_t size, ProtobufCMessage **ret_message) MUST_USE;

#define WEB_JSON_NAME_SIZE 64
/* "database_since_us" -> "databaseSinceUs"; cut at WEB_JSON_NAME_SIZE - 1. Returns `to`. */
const char *web_json_name(char to[WEB_JSON_NAME_SIZE], const char *name);

#endif
