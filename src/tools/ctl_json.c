/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl_json.h"

#include "base/require.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MAX 8 /* the messages of proto/ nest less deep */

static json_t *message_json(const ProtobufCMessage *message, unsigned depth);

static void
json_name(const char *field, char *to, size_t size)
{
    size_t used = 0;
    bool upper = false;
    for (; *field != '\0' && used + 1 < size; field++) {
        if (*field == '_') {
            upper = true;
        } else {
            to[used++] = upper ? (char)toupper((unsigned char)*field) : *field;
            upper = false;
        }
    }
    to[used] = '\0';
}

static json_t *
unsigned_text(uint64_t value)
{
    return json_sprintf("%" PRIu64, value);
}

static json_t *
enum_json(const ProtobufCEnumDescriptor *descriptor, int value)
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);
    return found == NULL ? json_integer(value) : json_string(found->name);
}

static json_t *
bytes_json(const ProtobufCBinaryData *bytes)
{
    char *hex = malloc(2 * bytes->len + 1);
    require(hex != NULL);
    text_from_hex_bytes(hex, bytes->data, bytes->len);
    json_t *text = json_string(hex);
    free(hex);
    return text;
}

/* One value at `at`; *ret_set says whether it differs from the default. */
static json_t *
value_json(const ProtobufCFieldDescriptor *field, const void *at, unsigned depth, bool *ret_set)
{
    *ret_set = true;
    switch (field->type) {
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_SINT32:
        case PROTOBUF_C_TYPE_SFIXED32:
            *ret_set = *(const int32_t *)at != 0;
            return json_integer(*(const int32_t *)at);
        case PROTOBUF_C_TYPE_UINT32:
        case PROTOBUF_C_TYPE_FIXED32:
            *ret_set = *(const uint32_t *)at != 0;
            return json_integer(*(const uint32_t *)at);
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
            *ret_set = *(const int64_t *)at != 0;
            return json_sprintf("%" PRId64, *(const int64_t *)at);
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
            *ret_set = *(const uint64_t *)at != 0;
            return unsigned_text(*(const uint64_t *)at);
        case PROTOBUF_C_TYPE_BOOL:
            *ret_set = *(const protobuf_c_boolean *)at != 0;
            return json_boolean(*(const protobuf_c_boolean *)at);
        case PROTOBUF_C_TYPE_FLOAT:
            *ret_set = *(const float *)at < 0 || *(const float *)at > 0;
            return json_real((double)*(const float *)at);
        case PROTOBUF_C_TYPE_DOUBLE:
            *ret_set = *(const double *)at < 0 || *(const double *)at > 0;
            return json_real(*(const double *)at);
        case PROTOBUF_C_TYPE_ENUM:
            *ret_set = *(const int *)at != 0;
            return enum_json(field->descriptor, *(const int *)at);
        case PROTOBUF_C_TYPE_STRING: {
            const char *text = *(const char *const *)at;
            *ret_set = text != NULL && text[0] != '\0';
            json_t *string = json_string(text == NULL ? "" : text);
            return string == NULL ? json_string("?") : string;
        }
        case PROTOBUF_C_TYPE_BYTES:
            *ret_set = ((const ProtobufCBinaryData *)at)->len > 0;
            return bytes_json(at);
        case PROTOBUF_C_TYPE_MESSAGE: {
            const ProtobufCMessage *inner = *(const ProtobufCMessage *const *)at;
            *ret_set = inner != NULL;
            return inner == NULL ? NULL : message_json(inner, depth + 1);
        }
    }
    return NULL;
}

/* Sizes of the elements of repeated fields. */
static size_t
element_size(ProtobufCType type)
{
    switch (type) {
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
            return sizeof(int64_t);
        case PROTOBUF_C_TYPE_DOUBLE:
            return sizeof(double);
        case PROTOBUF_C_TYPE_STRING:
        case PROTOBUF_C_TYPE_MESSAGE:
            return sizeof(void *);
        case PROTOBUF_C_TYPE_BYTES:
            return sizeof(ProtobufCBinaryData);
        default:
            return sizeof(int32_t); /* 32-bit numbers, float, bool and enums */
    }
}

static json_t *
list_json(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message, unsigned depth)
{
    const char *base = (const char *)message;
    size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    const char *elements = *(const char *const *)(const void *)(base + field->offset);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        bool set;
        const void *at = elements + i * element_size(field->type);
        require(json_array_append_new(list, value_json(field, at, depth, &set)) == 0);
    }
    return list;
}

static json_t *
field_json(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message, unsigned depth,
           bool *ret_set)
{
    const char *base = (const char *)message;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        *ret_set = *(const size_t *)(const void *)(base + field->quantifier_offset) > 0;
        return list_json(field, message, depth);
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        uint32_t which = *(const uint32_t *)(const void *)(base + field->quantifier_offset);
        if (which != field->id) {
            *ret_set = false;
            return NULL;
        }
    }
    return value_json(field, base + field->offset, depth, ret_set);
}

static json_t *
message_json(const ProtobufCMessage *message, unsigned depth)
{
    json_t *object = json_object();
    require(object != NULL && depth < DEPTH_MAX);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        bool set = false;
        json_t *value = field_json(field, message, depth, &set);
        if (!set) {
            json_decref(value);
            continue;
        }
        char name[64];
        json_name(field->name, name, sizeof name);
        require(json_object_set_new(object, name, value) == 0);
    }
    return object;
}

json_t *
ctl_json_from(const ProtobufCMessage *message)
{
    return message_json(message, 0);
}
