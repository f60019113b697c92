/* SPDX-License-Identifier: Apache-2.0 */
#include "web/json.h"

#include "base/require.h"
#include "base/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static json_t *write_message(const ProtobufCMessage *message, unsigned depth);

const char *
web_json_name(char to[WEB_JSON_NAME_SIZE], const char *name)
{
    size_t used = 0;
    bool upper = false;
    for (; *name != '\0' && used < WEB_JSON_NAME_SIZE - 1; name++) {
        if (*name == '_') {
            upper = true;
            continue;
        }
        to[used] = upper ? (char)toupper((unsigned char)*name) : *name;
        used += 1;
        upper = false;
    }
    to[used] = '\0';
    return to;
}

/* Bytes of the UTF-8 character at `text`, or 0 when there is none. */
static size_t
character_size(const char *text, size_t size)
{
    for (size_t length = 1; length <= 4 && length <= size; length++) {
        if (text_is_utf8(text, length)) {
            return length;
        }
    }
    return 0;
}

/* A copy in which each byte that is no UTF-8 is the replacement character. */
static json_t *
write_damaged_text(const char *text)
{
    size_t left = strlen(text);
    char *mended = malloc(left * (sizeof REPLACEMENT - 1) + 1);
    size_t used = 0;
    if (mended == NULL) {
        return NULL;
    }
    while (left > 0) {
        size_t length = character_size(text, left);
        memcpy(mended + used, length > 0 ? text : REPLACEMENT,
               length > 0 ? length : sizeof REPLACEMENT - 1);
        used += length > 0 ? length : sizeof REPLACEMENT - 1;
        text += length > 0 ? length : 1;
        left -= length > 0 ? length : 1;
    }
    json_t *value = json_stringn(mended, used);
    free(mended);
    return value;
}

static json_t *
write_text(const char *text)
{
    json_t *value = json_string(text != NULL ? text : "");
    return value != NULL ? value : write_damaged_text(text != NULL ? text : "");
}

static json_t *
write_bytes(const ProtobufCBinaryData *bytes)
{
    size_t room = sodium_base64_encoded_len(bytes->len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    if (text == NULL) {
        return NULL;
    }
    (void)sodium_bin2base64(text, room, bytes->data, bytes->len, sodium_base64_VARIANT_ORIGINAL);
    json_t *value = json_string(text);
    free(text);
    return value;
}

static json_t *
write_real(double number)
{
    if (isnan(number)) {
        return json_string("NaN");
    }
    if (isinf(number)) {
        return json_string(number > 0 ? "Infinity" : "-Infinity");
    }
    return json_real(number);
}

static json_t *
write_enum(const ProtobufCEnumDescriptor *words, int number)
{
    const ProtobufCEnumValue *word = protobuf_c_enum_descriptor_get_value(words, number);
    return word != NULL ? json_string(word->name) : json_integer(number);
}

static json_t *
write_64(const char *format, uint64_t number)
{
    char text[24];
    /* Both formats take 64 bits; the sign is the format's. */
    if (format[0] == 's') {
        (void)snprintf(text, sizeof text, "%" PRId64, (int64_t)number);
    } else {
        (void)snprintf(text, sizeof text, "%" PRIu64, number);
    }
    return json_string(text);
}

/* One value of `field` at `at`. NULL: no memory, or too deep. */
static json_t *
write_value(const ProtobufCFieldDescriptor *field, const void *at, unsigned depth)
{
    switch (field->type) {
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_SINT32:
        case PROTOBUF_C_TYPE_SFIXED32:
            return json_integer(*(const int32_t *)at);
        case PROTOBUF_C_TYPE_UINT32:
        case PROTOBUF_C_TYPE_FIXED32:
            return json_integer(*(const uint32_t *)at);
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
            return write_64("s", *(const uint64_t *)at);
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
            return write_64("u", *(const uint64_t *)at);
        case PROTOBUF_C_TYPE_FLOAT:
            return write_real((double)*(const float *)at);
        case PROTOBUF_C_TYPE_DOUBLE:
            return write_real(*(const double *)at);
        case PROTOBUF_C_TYPE_BOOL:
            return json_boolean(*(const protobuf_c_boolean *)at != 0);
        case PROTOBUF_C_TYPE_ENUM:
            return write_enum(field->descriptor, *(const int *)at);
        case PROTOBUF_C_TYPE_STRING:
            return write_text(*(char *const *)at);
        case PROTOBUF_C_TYPE_BYTES:
            return write_bytes(at);
        case PROTOBUF_C_TYPE_MESSAGE:
            return write_message(*(const ProtobufCMessage *const *)at, depth + 1);
    }
    return NULL;
}

static size_t
value_size(ProtobufCType type)
{
    switch (type) {
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
        case PROTOBUF_C_TYPE_DOUBLE:
            return 8;
        case PROTOBUF_C_TYPE_BOOL:
            return sizeof(protobuf_c_boolean);
        case PROTOBUF_C_TYPE_STRING:
        case PROTOBUF_C_TYPE_MESSAGE:
            return sizeof(void *);
        case PROTOBUF_C_TYPE_BYTES:
            return sizeof(ProtobufCBinaryData);
        default:
            return 4;
    }
}

static json_t *
write_list(const ProtobufCFieldDescriptor *field, const char *items, size_t count, unsigned depth)
{
    json_t *list = json_array();
    size_t size = value_size(field->type);
    if (list == NULL || depth >= WEB_JSON_DEPTH_MAX) {
        json_decref(list);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(list, write_value(field, items + i * size, depth + 1)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* proto3: a value that equals its type's default is not written, except inside a oneof. */
static bool
is_default(const ProtobufCFieldDescriptor *field, const void *at)
{
    static const char zero[16];
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)at;
        return text == NULL || text[0] == '\0';
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)at)->len == 0;
    }
    return memcmp(at, zero, value_size(field->type)) == 0;
}

static bool
is_present(const ProtobufCFieldDescriptor *field, const char *base)
{
    const char *at = base + field->offset;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        uint32_t chosen = *(const uint32_t *)(const void *)(base + field->quantifier_offset);
        bool pointer = field->type == PROTOBUF_C_TYPE_MESSAGE;
        return chosen == field->id && (!pointer || *(void *const *)(const void *)at != NULL);
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)(const void *)(base + field->quantifier_offset) > 0;
    }
    return !is_default(field, at);
}

static json_t *
write_field(const ProtobufCFieldDescriptor *field, const char *base, unsigned depth)
{
    const char *at = base + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
        return write_list(field, *(const char *const *)(const void *)at, count, depth);
    }
    return write_value(field, at, depth);
}

static json_t *
write_message(const ProtobufCMessage *message, unsigned depth)
{
    json_t *object = json_object();
    if (object == NULL || depth > WEB_JSON_DEPTH_MAX) {
        json_decref(object);
        return NULL;
    }
    const char *base = (const char *)message;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        char name[WEB_JSON_NAME_SIZE];
        if (!is_present(field, base)) {
            continue;
        }
        json_t *value = write_field(field, base, depth);
        if (json_object_set_new(object, web_json_name(name, field->name), value) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

enum error
web_json_write(const ProtobufCMessage *message, char **ret_text, size_t *ret_size)
{
    json_t *object = write_message(message, 1);
    if (object == NULL) {
        return ERROR_TOO_LARGE;
    }
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(object);
    if (text == NULL) {
        return ERROR_MEMORY;
    }
    *ret_text = text;
    *ret_size = strlen(text);
    return ERROR_NONE;
}
