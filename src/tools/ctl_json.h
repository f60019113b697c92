/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protobuf messages as proto3 JSON, for --json: lowerCamelCase names, enums by name, 64-bit numbers
 * as strings, bytes as hex, fields with their default value left out. One way only. Any thread.
 */
#ifndef TOOLS_CTL_JSON_H
#define TOOLS_CTL_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

/* A new object; the caller drops it. */
json_t *ctl_json_from(const ProtobufCMessage *message);

#endif
