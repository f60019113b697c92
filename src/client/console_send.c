/* SPDX-License-Identifier: Apache-2.0 */
/* The sending half of console_client: frames are packed into one block with their write request. */
#include "base/require.h"
#include "client/console_internal.h"

#include <stdlib.h>
#include <string.h>

struct outgoing
{
    uv_write_t write;
    struct console_client *client;
    size_t size;
    uint8_t bytes[];
};

static void
outgoing_on_written(uv_write_t *write, int status)
{
    struct outgoing *outgoing = container_of(write, struct outgoing, write);
    struct console_client *client = outgoing->client;
    client->backlog -= outgoing->size;
    free(outgoing);
    if (status < 0 && status != UV_ECANCELED) {
        client_drop(client, ERROR_CLOSED, uv_strerror(status));
    }
}

/* A block for a frame of `size` bytes with its length written, or NULL and the reason. */
static enum error
take_outgoing(struct console_client *client, size_t size, struct outgoing **ret_outgoing)
{
    if (size == 0 || size > LIMIT_CONSOLE_FRAME) {
        return ERROR_TOO_LARGE;
    }
    if (client->backlog + size > CONSOLE_SEND_BACKLOG) {
        return ERROR_FULL;
    }
    struct outgoing *outgoing = malloc(sizeof *outgoing + CONSOLE_LENGTH + size);
    if (outgoing == NULL) {
        return ERROR_MEMORY;
    }
    outgoing->client = client;
    outgoing->size = CONSOLE_LENGTH + size;
    console_put_length(outgoing->bytes, size);
    *ret_outgoing = outgoing;
    return ERROR_NONE;
}

static enum error
write_outgoing(struct console_client *client, struct outgoing *outgoing)
{
    uv_buf_t buffer = uv_buf_init((char *)outgoing->bytes, (unsigned)outgoing->size);
    client->backlog += outgoing->size;
    int started =
        uv_write(&outgoing->write, (uv_stream_t *)&client->pipe, &buffer, 1, outgoing_on_written);
    if (started != 0) {
        client->backlog -= outgoing->size;
        free(outgoing);
        return ERROR_CLOSED;
    }
    return ERROR_NONE;
}

enum error
client_send(struct console_client *client, const Larwm__Console__ClientFrame *frame)
{
    struct outgoing *outgoing = NULL;
    size_t size = larwm__console__client_frame__get_packed_size(frame);
    enum error error = take_outgoing(client, size, &outgoing);
    if (error != ERROR_NONE) {
        return error;
    }
    (void)larwm__console__client_frame__pack(frame, outgoing->bytes + CONSOLE_LENGTH);
    return write_outgoing(client, outgoing);
}

enum error
console_client_send(struct console_client *client, const Larwm__Console__ClientFrame *frame)
{
    if (!console_client_is_up(client)) {
        return ERROR_CLOSED;
    }
    return client_send(client, frame);
}

enum error
console_client_send_packed(struct console_client *client, const uint8_t *bytes, size_t size)
{
    if (!console_client_is_up(client)) {
        return ERROR_CLOSED;
    }
    struct outgoing *outgoing = NULL;
    enum error error = take_outgoing(client, size, &outgoing);
    if (error != ERROR_NONE) {
        return error;
    }
    memcpy(outgoing->bytes + CONSOLE_LENGTH, bytes, size);
    return write_outgoing(client, outgoing);
}

enum error
console_client_send_action(struct console_client *client, uint64_t ref,
                           const Larwm__Journal__Action *action)
{
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = ref;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION;
    frame.action = (Larwm__Journal__Action *)(uintptr_t)action; /* protobuf-c has no const */
    return console_client_send(client, &frame);
}

enum error
console_client_send_police(struct console_client *client, uint64_t ref,
                           const Larwm__Journal__Police *police)
{
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = ref;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_POLICE;
    frame.police = (Larwm__Journal__Police *)(uintptr_t)police;
    return console_client_send(client, &frame);
}

enum error
console_client_send_credential_query(struct console_client *client, uint64_t ref, const char *user)
{
    Larwm__Console__CredentialQuery query = LARWM__CONSOLE__CREDENTIAL_QUERY__INIT;
    query.user = (char *)(uintptr_t)user;
    Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
    frame.ref = ref;
    frame.body_case = LARWM__CONSOLE__CLIENT_FRAME__BODY_CREDENTIAL;
    frame.credential = &query;
    return console_client_send(client, &frame);
}
