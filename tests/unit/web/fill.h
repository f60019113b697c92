/* SPDX-License-Identifier: Apache-2.0 */
/* Fills any protobuf-c message with values that are not defaults, for tests of the JSON converter.
 */
#ifndef TEST_WEB_FILL_H
#define TEST_WEB_FILL_H

#include <protobuf-c/protobuf-c.h>

/* A message of `descriptor` with every field set and, of each oneof, the member number `choice`
 * (less than fill_choices). Free with protobuf_c_message_free_unpacked(message, NULL). */
ProtobufCMessage *fill_message(const ProtobufCMessageDescriptor *descriptor, unsigned choice);
/* Members of its largest oneof; 1 when it has none. */
unsigned fill_choices(const ProtobufCMessageDescriptor *descriptor);

#endif
