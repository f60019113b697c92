/* SPDX-License-Identifier: Apache-2.0 */
/* Small JSON objects for the detail of an audit row. */
#include "record/record.h"

#include "record/valid.h"

#include <stdio.h>
#include <string.h>

/* Appends `count` bytes; false, nothing written, when they do not fit beside the closing "}". */
static bool
put(char *json, size_t size, size_t *used, const char *bytes, size_t count)
{
    if (*used + count + 2 > size) {
        return false;
    }
    memcpy(json + *used, bytes, count);
    *used += count;
    json[*used] = '\0';
    return true;
}

static bool
put_string(char *json, size_t size, size_t *used, const char *text)
{
    const uint8_t *bytes = (const uint8_t *)text;
    size_t left = strlen(text);
    bool ok = put(json, size, used, "\"", 1);
    while (ok && left > 0) {
        char escaped[8];
        size_t length = valid_character(bytes, left);
        if (length == 0) {
            ok = put(json, size, used, "\\ufffd", 6);
            length = 1;
        } else if (*bytes == '"' || *bytes == '\\') {
            escaped[0] = '\\';
            escaped[1] = (char)*bytes;
            ok = put(json, size, used, escaped, 2);
        } else if (*bytes < 0x20) {
            snprintf(escaped, sizeof(escaped), "\\u%04x", *bytes);
            ok = put(json, size, used, escaped, 6);
        } else {
            ok = put(json, size, used, (const char *)bytes, length);
        }
        bytes += length;
        left -= length;
    }
    return ok && put(json, size, used, "\"", 1);
}

static bool
put_name(char *json, size_t size, size_t *used, const char *name)
{
    return put(json, size, used, *used == 0 ? "{" : ",", 1) && put_string(json, size, used, name) &&
           put(json, size, used, ":", 1);
}

/* A member that does not fit is left out whole. */
static void
take_back(char *json, size_t size, size_t *used, size_t before)
{
    *used = before;
    if (before < size) {
        json[before] = '\0';
    }
}

void
record_json_text(char *json, size_t size, size_t *used, const char *name, const char *value)
{
    size_t before = *used;
    if (!put_name(json, size, used, name) ||
        !put_string(json, size, used, value == NULL ? "" : value)) {
        take_back(json, size, used, before);
    }
}

void
record_json_number(char *json, size_t size, size_t *used, const char *name, int64_t value)
{
    size_t before = *used;
    char text[24];
    int count = snprintf(text, sizeof(text), "%lld", (long long)value);
    if (!put_name(json, size, used, name) || !put(json, size, used, text, (size_t)count)) {
        take_back(json, size, used, before);
    }
}

const char *
record_json_end(char *json, size_t size, size_t *used)
{
    if (size < 3) {
        return "{}";
    }
    if (*used == 0) {
        json[(*used)++] = '{';
    }
    json[(*used)++] = '}'; /* put() always left room for it */
    json[*used] = '\0';
    return json;
}
