/* SPDX-License-Identifier: Apache-2.0 */
#include "web/json.h"

#include "base/require.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static enum error read_message(const ProtobufCMessageDescriptor *descriptor, json_t *object,
                               unsigned depth, ProtobufCMessage **ret_message);

/* Refuses deep nesting before the parser goes down into it. */
static bool
is_shallow(const char *text, size_t size)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        if (quoted && text[i] == '\\') {
            i += 1; /* whatever is escaped does not end the string */
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && (text[i] == '{' || text[i] == '[')) {
            depth += 1;
        } else if (!quoted && (text[i] == '}' || text[i] == ']') && depth > 0) {
            depth -= 1;
        }
        if (depth > WEB_JSON_DEPTH_MAX) {
            return false;
        }
    }
    return true;
}

/* Decimal digits with nothing around them: strtoll alone would take blanks, signs and prefixes. */
static bool
is_decimal(const char *text, size_t size, bool is_signed)
{
    size_t start = is_signed && size > 1 && text[0] == '-' ? 1 : 0;
    if (size == start || size > 20 || strlen(text) != size) {
        return false;
    }
    return strspn(text + start, "0123456789") == size - start;
}

static enum error
read_signed(json_t *value, int64_t least, int64_t most, int64_t *ret_number)
{
    int64_t number;
    if (json_is_integer(value)) {
        number = json_integer_value(value);
    } else if (json_is_string(value) &&
               is_decimal(json_string_value(value), json_string_length(value), true)) {
        errno = 0;
        number = strtoll(json_string_value(value), NULL, 10);
        if (errno != 0) {
            return ERROR_MALFORMED;
        }
    } else {
        return ERROR_MALFORMED;
    }
    if (number < least || number > most) {
        return ERROR_MALFORMED;
    }
    *ret_number = number;
    return ERROR_NONE;
}

static enum error
read_unsigned(json_t *value, uint64_t most, uint64_t *ret_number)
{
    uint64_t number;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        number = (uint64_t)json_integer_value(value);
    } else if (json_is_string(value) &&
               is_decimal(json_string_value(value), json_string_length(value), false)) {
        errno = 0;
        number = strtoull(json_string_value(value), NULL, 10);
        if (errno != 0) {
            return ERROR_MALFORMED;
        }
    } else {
        return ERROR_MALFORMED;
    }
    if (number > most) {
        return ERROR_MALFORMED;
    }
    *ret_number = number;
    return ERROR_NONE;
}

static enum error
read_real(json_t *value, double *ret_number)
{
    static const struct
    {
        const char *word;
        double number;
    } words[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    if (json_is_number(value)) {
        *ret_number = json_number_value(value);
        return ERROR_NONE;
    }
    for (unsigned i = 0; json_is_string(value) && i < ARRAY_COUNT(words); i++) {
        if (strcmp(json_string_value(value), words[i].word) == 0) {
            *ret_number = words[i].number;
            return ERROR_NONE;
        }
    }
    return ERROR_MALFORMED;
}

static enum error
read_enum(const ProtobufCEnumDescriptor *words, json_t *value, int *ret_number)
{
    int64_t number = 0;
    if (json_is_string(value)) {
        const ProtobufCEnumValue *word =
            protobuf_c_enum_descriptor_get_value_by_name(words, json_string_value(value));
        if (word == NULL) {
            return ERROR_MALFORMED;
        }
        *ret_number = word->value;
        return ERROR_NONE;
    }
    if (!json_is_integer(value) ||
        read_signed(value, INT32_MIN, INT32_MAX, &number) != ERROR_NONE) {
        return ERROR_MALFORMED;
    }
    *ret_number = (int)number;
    return ERROR_NONE;
}

static enum error
read_text(json_t *value, char **ret_text)
{
    /* jansson has checked the UTF-8; a NUL inside would cut the text short without a word. */
    if (!json_is_string(value) || strlen(json_string_value(value)) != json_string_length(value)) {
        return ERROR_MALFORMED;
    }
    char *text = strdup(json_string_value(value));
    if (text == NULL) {
        return ERROR_MEMORY;
    }
    *ret_text = text;
    return ERROR_NONE;
}

static enum error
read_bytes(json_t *value, ProtobufCBinaryData *ret_bytes)
{
    if (!json_is_string(value)) {
        return ERROR_MALFORMED;
    }
    size_t length = json_string_length(value);
    if (length == 0) {
        return ERROR_NONE;
    }
    uint8_t *data = malloc(length);
    size_t size = 0;
    if (data == NULL) {
        return ERROR_MEMORY;
    }
    if (sodium_base642bin(data, length, json_string_value(value), length, NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0) {
        free(data);
        return ERROR_MALFORMED;
    }
    ret_bytes->data = data;
    ret_bytes->len = size;
    return ERROR_NONE;
}

static enum error
read_32(bool is_signed, json_t *value, void *to)
{
    int64_t number = 0;
    uint64_t natural = 0;
    enum error error = is_signed ? read_signed(value, INT32_MIN, INT32_MAX, &number)
                                 : read_unsigned(value, UINT32_MAX, &natural);
    if (error == ERROR_NONE) {
        *(uint32_t *)to = is_signed ? (uint32_t)(int32_t)number : (uint32_t)natural;
    }
    return error;
}

static enum error
read_float(json_t *value, void *to)
{
    double number = 0;
    enum error error = read_real(value, &number);
    if (error == ERROR_NONE) {
        *(float *)to = (float)number;
    }
    return error;
}

static enum error
read_boolean(json_t *value, void *to)
{
    if (!json_is_boolean(value)) {
        return ERROR_MALFORMED;
    }
    *(protobuf_c_boolean *)to = json_is_true(value);
    return ERROR_NONE;
}

/* One value of `field` into `to`, which holds zero or the default and is untouched on failure. */
static enum error
read_value(const ProtobufCFieldDescriptor *field, json_t *value, unsigned depth, void *to)
{
    switch (field->type) {
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_SINT32:
        case PROTOBUF_C_TYPE_SFIXED32:
            return read_32(true, value, to);
        case PROTOBUF_C_TYPE_UINT32:
        case PROTOBUF_C_TYPE_FIXED32:
            return read_32(false, value, to);
        case PROTOBUF_C_TYPE_INT64:
        case PROTOBUF_C_TYPE_SINT64:
        case PROTOBUF_C_TYPE_SFIXED64:
            return read_signed(value, INT64_MIN, INT64_MAX, to);
        case PROTOBUF_C_TYPE_UINT64:
        case PROTOBUF_C_TYPE_FIXED64:
            return read_unsigned(value, UINT64_MAX, to);
        case PROTOBUF_C_TYPE_FLOAT:
            return read_float(value, to);
        case PROTOBUF_C_TYPE_DOUBLE:
            return read_real(value, to);
        case PROTOBUF_C_TYPE_BOOL:
            return read_boolean(value, to);
        case PROTOBUF_C_TYPE_ENUM:
            return read_enum(field->descriptor, value, to);
        case PROTOBUF_C_TYPE_STRING:
            return read_text(value, to);
        case PROTOBUF_C_TYPE_BYTES:
            return read_bytes(value, to);
        case PROTOBUF_C_TYPE_MESSAGE:
            return read_message(field->descriptor, value, depth + 1, to);
    }
    return ERROR_MALFORMED;
}

static size_t
item_size(ProtobufCType type)
{
    switch (type) {
        case PROTOBUF_C_TYPE_BYTES:
            return sizeof(ProtobufCBinaryData);
        case PROTOBUF_C_TYPE_BOOL:
            return sizeof(protobuf_c_boolean);
        case PROTOBUF_C_TYPE_INT32:
        case PROTOBUF_C_TYPE_SINT32:
        case PROTOBUF_C_TYPE_SFIXED32:
        case PROTOBUF_C_TYPE_UINT32:
        case PROTOBUF_C_TYPE_FIXED32:
        case PROTOBUF_C_TYPE_FLOAT:
        case PROTOBUF_C_TYPE_ENUM:
            return 4;
        default:
            return 8; /* 64-bit numbers and pointers */
    }
}

/* The count grows item by item, so that what was read is freed with the message on failure. */
static enum error
read_list(const ProtobufCFieldDescriptor *field, json_t *list, unsigned depth, char *base)
{
    size_t count = json_is_array(list) ? json_array_size(list) : 0;
    if (!json_is_array(list) || count == 0) {
        return json_is_array(list) ? ERROR_NONE : ERROR_MALFORMED;
    }
    size_t size = item_size(field->type);
    char *items = calloc(count, size);
    if (items == NULL) {
        return ERROR_MEMORY;
    }
    *(void **)(void *)(base + field->offset) = items;
    size_t *ret_count = (size_t *)(void *)(base + field->quantifier_offset);
    for (size_t i = 0; i < count; i++) {
        enum error error = read_value(field, json_array_get(list, i), depth + 1, items + i * size);
        if (error != ERROR_NONE) {
            /* A list with no whole item is not freed by protobuf-c, which goes by the count. */
            if (i == 0) {
                free(items);
                *(void **)(void *)(base + field->offset) = NULL;
            }
            return error;
        }
        *ret_count = i + 1;
    }
    return ERROR_NONE;
}

static enum error
read_field(const ProtobufCFieldDescriptor *field, json_t *value, unsigned depth, char *base)
{
    void *at = base + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return read_list(field, value, depth, base);
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        uint32_t *chosen = (uint32_t *)(void *)(base + field->quantifier_offset);
        if (*chosen != 0) {
            return ERROR_MALFORMED;
        }
        enum error error = read_value(field, value, depth, at);
        *chosen = error == ERROR_NONE ? field->id : 0;
        return error;
    }
    return read_value(field, value, depth, at);
}

/* The member of `object` for a field: by its JSON name or, as proto3 JSON asks, its own. */
static enum error
find_member(const ProtobufCFieldDescriptor *field, json_t *object, json_t **ret_value)
{
    char name[WEB_JSON_NAME_SIZE];
    json_t *value = json_object_get(object, web_json_name(name, field->name));
    if (strcmp(name, field->name) != 0) {
        json_t *other = json_object_get(object, field->name);
        if (value != NULL && other != NULL) {
            return ERROR_MALFORMED;
        }
        value = value != NULL ? value : other;
    }
    *ret_value = json_is_null(value) ? NULL : value;
    return ERROR_NONE;
}

static enum error
read_fields(const ProtobufCMessageDescriptor *descriptor, json_t *object, unsigned depth,
            ProtobufCMessage *message)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        json_t *value = NULL;
        enum error error = find_member(field, object, &value);
        if (error == ERROR_NONE && value != NULL) {
            error = read_field(field, value, depth, (char *)message);
        }
        if (error != ERROR_NONE) {
            return error;
        }
    }
    return ERROR_NONE;
}

static enum error
read_message(const ProtobufCMessageDescriptor *descriptor, json_t *object, unsigned depth,
             ProtobufCMessage **ret_message)
{
    if (!json_is_object(object) || depth > WEB_JSON_DEPTH_MAX) {
        return ERROR_MALFORMED;
    }
    ProtobufCMessage *message = malloc(descriptor->sizeof_message);
    if (message == NULL) {
        return ERROR_MEMORY;
    }
    protobuf_c_message_init(descriptor, message);
    enum error error = read_fields(descriptor, object, depth, message);
    if (error != ERROR_NONE) {
        protobuf_c_message_free_unpacked(message, NULL);
        return error;
    }
    *ret_message = message;
    return ERROR_NONE;
}

enum error
web_json_read(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t size,
              ProtobufCMessage **ret_message)
{
    json_error_t complaint;
    if (size > WEB_JSON_TEXT_MAX || !is_shallow(text, size)) {
        return ERROR_TOO_LARGE;
    }
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &complaint);
    if (object == NULL) {
        return ERROR_MALFORMED;
    }
    enum error error = read_message(descriptor, object, 1, ret_message);
    json_decref(object);
    return error;
}
