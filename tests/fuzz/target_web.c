/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a browser sends. First byte of the input: 0 to 2 read JSON as a ClientFrame, a ServerFrame,
 * an Incident; 3 takes an address and asks which file it names. (HTTP, the upgrade and WebSocket
 * framing are libwebsockets'.)
 *
 * Promises: JSON that is read is not nested too deep, its numbers are those written, it can be
 * written, and reads back as the same message, byte for byte once packed; what is written is one
 * line of UTF-8; what is refused leaves nothing behind; a ClientFrame fits the console protocol; a
 * file's path stays inside its directory.
 */
#include "base/text.h"
#include "console.pb-c.h"
#include "fuzz_core.h"
#include "larwm/limits.h"
#include "web/files.h"
#include "web/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *
pack(const ProtobufCMessage *message, size_t *ret_size)
{
    *ret_size = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = malloc(*ret_size + 1);
    FUZZ_CHECK(packed != NULL && protobuf_c_message_pack(message, packed) == *ret_size);
    return packed;
}

/* How deep objects and arrays of a text that was read are nested. */
static unsigned
depth_of(const char *text, size_t size)
{
    unsigned depth = 0;
    unsigned most = 0;
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '"') {
            quoted = !quoted;
        } else if (quoted) {
            i += text[i] == '\\';
        } else if (text[i] == '{' || text[i] == '[') {
            depth += 1;
            most = depth > most ? depth : most;
        } else if (text[i] == '}' || text[i] == ']') {
            depth -= 1;
        }
    }
    return most;
}

/* Numbers are those that were written. */
static void
check_numbers(const Larwm__Console__ClientFrame *frame, const char *text, size_t size)
{
    if (frame->body_case != LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION) {
        return;
    }
    json_t *root = json_loadb(text, size, 0, NULL);
    json_t *action = json_object_get(root, "action");
    json_t *minutes = json_object_get(action, "minutes");
    json_t *incident = json_object_get(action, "incident");
    FUZZ_CHECK(json_is_object(action));
    FUZZ_CHECK(!json_is_integer(minutes) ||
               (uint64_t)json_integer_value(minutes) == frame->action->minutes);
    FUZZ_CHECK(!json_is_integer(incident) ||
               (uint64_t)json_integer_value(incident) == frame->action->incident);
    json_decref(root);
}

static void
take_json(const ProtobufCMessageDescriptor *descriptor, const char *text, size_t size)
{
    ProtobufCMessage *message = NULL;
    enum error error = web_json_read(descriptor, text, size, &message);
    if (error != ERROR_NONE) {
        FUZZ_CHECK(message == NULL);
        FUZZ_CHECK(error == ERROR_MALFORMED || error == ERROR_TOO_LARGE);
        return;
    }
    FUZZ_CHECK(depth_of(text, size) <= WEB_JSON_DEPTH_MAX);
    if (descriptor == &larwm__console__client_frame__descriptor) {
        check_numbers((const Larwm__Console__ClientFrame *)(const void *)message, text, size);
    }
    char *written = NULL;
    size_t written_size = 0;
    FUZZ_CHECK(web_json_write(message, &written, &written_size) == ERROR_NONE);
    FUZZ_CHECK(written_size == strlen(written) && text_is_utf8(written, written_size));
    FUZZ_CHECK(memchr(written, '\n', written_size) == NULL);
    ProtobufCMessage *again = NULL;
    error = web_json_read(descriptor, written, written_size, &again);
    /* names are longer than numbers: what was at the limit may be over it when written in words */
    FUZZ_CHECK(error == ERROR_NONE ||
               (error == ERROR_TOO_LARGE && written_size > WEB_JSON_TEXT_MAX));
    size_t packed_size = 0;
    uint8_t *packed = pack(message, &packed_size);
    FUZZ_CHECK(packed_size <= LIMIT_CONSOLE_FRAME);
    if (error == ERROR_NONE) {
        size_t again_size = 0;
        uint8_t *packed_again = pack(again, &again_size);
        FUZZ_CHECK(packed_size == again_size && memcmp(packed, packed_again, packed_size) == 0);
        free(packed_again);
        protobuf_c_message_free_unpacked(again, NULL);
    }
    /* larwmd reads it as well */
    ProtobufCMessage *unpacked = protobuf_c_message_unpack(descriptor, NULL, packed_size, packed);
    FUZZ_CHECK(unpacked != NULL);
    protobuf_c_message_free_unpacked(unpacked, NULL);
    free(packed);
    free(written);
    protobuf_c_message_free_unpacked(message, NULL);
}

static void
check_path(const char path[WEB_PATH_MAX])
{
    fuzz_check_text(path, WEB_PATH_MAX);
    FUZZ_CHECK(path[0] != '/' && path[0] != '.' && path[0] != '\0');
    FUZZ_CHECK(strstr(path, "/.") == NULL && strstr(path, "//") == NULL);
    FUZZ_CHECK(strpbrk(path, "\\%~: ") == NULL && path[strlen(path) - 1] != '/');
    FUZZ_CHECK(web_files_type(path)[0] != '\0');
}

static void
take_address(const char *bytes, size_t size)
{
    char path[WEB_PATH_MAX];
    char *address = strndup(bytes, size);
    FUZZ_CHECK(address != NULL);
    if (web_files_page_path(address, path)) {
        check_path(path);
    }
    if (web_files_tile_path(address, path)) {
        check_path(path);
    }
    free(address);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ProtobufCMessageDescriptor *const descriptors[] = {
        &larwm__console__client_frame__descriptor, &larwm__console__server_frame__descriptor,
        &larwm__console__incident__descriptor};
    struct fuzz_input input = {data, data + size};
    unsigned mode = fuzz_take_8(&input) % 4;
    size_t left = (size_t)(input.end - input.at);
    char *text = (char *)fuzz_copy(input.at, left);
    if (mode < 3) {
        take_json(descriptors[mode], text, left);
    } else {
        take_address(text, left);
    }
    free(text);
    return 0;
}
