/* SPDX-License-Identifier: Apache-2.0 */
#include "fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS 2u

static void
fill_scalar(const ProtobufCFieldDescriptor *field, void *at)
{
    const ProtobufCEnumDescriptor *words = field->descriptor;
    char text[64];
    switch (field->type) {
        case PROTOBUF_C_TYPE_BOOL:
            *(protobuf_c_boolean *)at = 1;
            break;
        case PROTOBUF_C_TYPE_ENUM:
            *(int *)at = words->values[words->n_values - 1].value;
            break;
        case PROTOBUF_C_TYPE_FLOAT:
            *(float *)at = 1.5F;
            break;
        case PROTOBUF_C_TYPE_DOUBLE:
            *(double *)at = -3.123456789012345;
            break;
        case PROTOBUF_C_TYPE_STRING:
            (void)snprintf(text, sizeof text, "%s \"\\\n\xc5\xb5 %u", field->name, field->id);
            *(char **)at = strdup(text);
            break;
        case PROTOBUF_C_TYPE_BYTES:
            ((ProtobufCBinaryData *)at)->data = malloc(3);
            ((ProtobufCBinaryData *)at)->len = 3;
            memcpy(((ProtobufCBinaryData *)at)->data, "\0\xff\x7f", 3);
            break;
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_SINT32:
        case PROTOBUF_C_TYPE_SFIXED32:
            *(int32_t *)at = INT32_MIN;
            break;
        case PROTOBUF_C_TYPE_UINT32:
        case PROTOBUF_C_TYPE_FIXED32:
            *(uint32_t *)at = UINT32_MAX;
            break;
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
            *(int64_t *)at = INT64_MIN;
            break;
        default:
            *(uint64_t *)at = UINT64_MAX;
            break;
    }
}

static void
fill_value(const ProtobufCFieldDescriptor *field, unsigned choice, void *at)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        *(ProtobufCMessage **)at = fill_message(field->descriptor, choice);
    } else {
        fill_scalar(field, at);
    }
}

static size_t
size_of(ProtobufCType type)
{
    switch (type) {
        case PROTOBUF_C_TYPE_BYTES:
            return sizeof(ProtobufCBinaryData);
        case PROTOBUF_C_TYPE_ENUM:
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_UINT32:
            return 4;
        default:
            return 8;
    }
}

static void
fill_list(const ProtobufCFieldDescriptor *field, unsigned choice, char *base)
{
    char *items = calloc(ITEMS, size_of(field->type));
    for (unsigned i = 0; i < ITEMS; i++) {
        fill_value(field, choice, items + i * size_of(field->type));
    }
    *(void **)(void *)(base + field->offset) = items;
    *(size_t *)(void *)(base + field->quantifier_offset) = ITEMS;
}

ProtobufCMessage *
fill_message(const ProtobufCMessageDescriptor *descriptor, unsigned choice)
{
    ProtobufCMessage *message = malloc(descriptor->sizeof_message);
    char *base = (char *)message;
    unsigned member = 0;
    protobuf_c_message_init(descriptor, message);
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            fill_list(field, choice, base);
            continue;
        }
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
            member += 1;
            if (member != choice + 1) {
                continue;
            }
            *(uint32_t *)(void *)(base + field->quantifier_offset) = field->id;
        }
        fill_value(field, choice, base + field->offset);
    }
    return message;
}

unsigned
fill_choices(const ProtobufCMessageDescriptor *descriptor)
{
    unsigned members = 0;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        members += (descriptor->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 ? 1u : 0u;
    }
    return members > 0 ? members : 1;
}
