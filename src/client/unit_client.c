/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. connect -> TLS -> hello -> on_connected -> welcome (on_ready) -> signals, receipts.
 *
 * Failures. Each ends in unit_fail with its reason; on_closed follows once from the loop.
 *
 * On close. TLS object, kept bytes, then the handle; the client is freed after on_closed.
 */
#include "client/unit_internal.h"

#include "base/require.h"
#include "base/text.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#define READ_SIZE 16384

struct unit_write
{
    uv_write_t request;
    uint8_t bytes[];
};

struct unit_client *
unit_client_of(void *data)
{
    return checked_cast(data, struct unit_client, UNIT_CLIENT_MAGIC);
}

/* End. */

void
unit_free_hello(struct unit_client *client)
{
    free(client->hello.model);
    free(client->hello.firmware);
    free(client->hello.network);
    free(client->hello.iccid);
    client->hello = (struct unit_hello){0};
}

static void
unit_on_closed(uv_handle_t *handle)
{
    struct unit_client *client = unit_client_of(handle->data);
    if (client->callbacks->on_closed != NULL) {
        client->callbacks->on_closed(client, client->reason, client->detail, client->data);
    }
    client->magic = 0;
    free(client);
}

static void
unit_begin_close(struct unit_client *client, enum unit_closed reason, const char *detail)
{
    if (client->closing) {
        return;
    }
    client->closing = true;
    client->reason = reason;
    (void)text_copy(client->detail, sizeof client->detail, detail);
    if (client->ssl != NULL) {
        SSL_free(client->ssl); /* both BIOs go with it */
        client->ssl = NULL;
    }
    free(client->rest);
    client->rest = NULL;
    unit_free_hello(client);
    if (!uv_is_closing((uv_handle_t *)&client->tcp)) {
        uv_close((uv_handle_t *)&client->tcp, unit_on_closed);
    }
}

/* In TLS 1.3 the centre judges our certificate when the handshake is done for us: until the welcome
 * a broken connection is a handshake that failed. */
static void
unit_fail(struct unit_client *client, enum unit_closed reason, const char *detail)
{
    unit_begin_close(client, client->ready ? reason : UNIT_CLOSED_HANDSHAKE, detail);
}

static void
unit_fail_tls(struct unit_client *client)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    unit_fail(client, UNIT_CLOSED_IO, text != NULL ? text : "TLS failed");
}

/* Output. */

static void
unit_on_written(uv_write_t *request, int status)
{
    free(container_of(request, struct unit_write, request));
}

static bool
unit_queue(struct unit_client *client, const uint8_t *bytes, size_t size)
{
    struct unit_write *write = malloc(sizeof *write + size);
    if (write == NULL) {
        return false;
    }
    memcpy(write->bytes, bytes, size);
    uv_buf_t buffer = uv_buf_init((char *)write->bytes, (unsigned)size);
    if (uv_write(&write->request, (uv_stream_t *)&client->tcp, &buffer, 1, unit_on_written) != 0) {
        free(write);
        return false;
    }
    return true;
}

/* Sends what TLS wrote. False when the connection is broken; the client is closing then. */
static bool
unit_flush(struct unit_client *client)
{
    char *bytes = NULL;
    long size = BIO_get_mem_data(client->output, &bytes);
    if (size <= 0) {
        return true;
    }
    uv_buf_t buffer = uv_buf_init(bytes, (unsigned)size);
    int sent = uv_try_write((uv_stream_t *)&client->tcp, &buffer, 1);
    if (sent == UV_EAGAIN) {
        sent = 0;
    }
    bool good = sent >= 0 && (sent == size || unit_queue(client, (const uint8_t *)bytes + sent,
                                                         (size_t)(size - sent)));
    (void)BIO_reset(client->output);
    if (!good) {
        unit_fail(client, UNIT_CLOSED_IO, sent < 0 ? uv_strerror(sent) : "cannot write");
    }
    return good;
}

bool
unit_client_send_raw(struct unit_client *client, const void *bytes, size_t size)
{
    if (!client->connected || client->closing) {
        return false;
    }
    ERR_clear_error();
    size_t written = 0;
    if (SSL_write_ex(client->ssl, bytes, size, &written) != 1) {
        unit_fail_tls(client);
        return false;
    }
    return unit_flush(client);
}

bool
unit_client_update_keys(struct unit_client *client)
{
    return client->connected && !client->closing &&
           SSL_key_update(client->ssl, SSL_KEY_UPDATE_REQUESTED) == 1;
}

bool
unit_client_signal(struct unit_client *client, const struct unit_signal *signal)
{
    uint8_t bytes[UNIT_FRAME_MAX];
    size_t size = unit_wire_signal(signal, client->boot_id, bytes, sizeof bytes);
    return size > 0 && unit_client_send_raw(client, bytes, size);
}

bool
unit_client_heartbeat(struct unit_client *client, uint32_t battery_percent,
                      const struct unit_position *position)
{
    uint8_t bytes[UNIT_FRAME_MAX];
    size_t size = unit_wire_heartbeat(battery_percent, position, bytes, sizeof bytes);
    return size > 0 && unit_client_send_raw(client, bytes, size);
}

/* Input. */

static void
unit_take_answer(struct unit_client *client, const struct unit_answer *answer)
{
    const struct unit_client_callbacks *callbacks = client->callbacks;
    switch (answer->kind) {
        case UNIT_ANSWER_WELCOME:
            client->ready = true;
            if (callbacks->on_ready != NULL) {
                callbacks->on_ready(client, &answer->welcome, client->data);
            }
            return;
        case UNIT_ANSWER_HEARTBEAT:
            if (callbacks->on_heartbeat != NULL) {
                callbacks->on_heartbeat(client, answer->server_time_us, answer->back_off_ms,
                                        client->data);
            }
            return;
        case UNIT_ANSWER_RECEIPT:
            if (callbacks->on_receipt != NULL) {
                callbacks->on_receipt(client, &answer->receipt, client->data);
            }
            return;
        case UNIT_ANSWER_REFUSAL:
            unit_begin_close(client, UNIT_CLOSED_REFUSED, answer->reason);
            return;
        case UNIT_ANSWER_NONE:
        default:
            return; /* a later version's message */
    }
}

static void
unit_take_bytes(struct unit_client *client, const uint8_t *bytes, size_t size)
{
    uint8_t *joined = client->rest;
    size_t all = client->rest_size + size;
    if (joined != NULL) {
        joined = realloc(joined, all);
        require(joined != NULL);
        memcpy(joined + client->rest_size, bytes, size);
        bytes = joined;
    }
    client->rest = NULL;
    client->rest_size = 0;
    size_t at = 0;
    while (!client->closing) {
        struct unit_answer answer;
        enum error error = unit_wire_answer(bytes, all, &at, &answer);
        if (error == ERROR_AGAIN) {
            break;
        }
        if (error != ERROR_NONE) {
            unit_begin_close(client, UNIT_CLOSED_MALFORMED, error_text(error));
            break;
        }
        unit_take_answer(client, &answer);
    }
    if (!client->closing && at < all) {
        client->rest = malloc(all - at);
        require(client->rest != NULL);
        memcpy(client->rest, bytes + at, all - at);
        client->rest_size = all - at;
    }
    free(joined);
}

static void
unit_take_records(struct unit_client *client)
{
    uint8_t plain[READ_SIZE];
    while (!client->closing && !client->paused) {
        size_t size = 0;
        ERR_clear_error();
        if (SSL_read_ex(client->ssl, plain, sizeof plain, &size) == 1) {
            unit_take_bytes(client, plain, size);
            continue;
        }
        int why = SSL_get_error(client->ssl, 0);
        if (why == SSL_ERROR_ZERO_RETURN) {
            unit_begin_close(client, UNIT_CLOSED_BY_PEER, "the centre closed");
        } else if (why != SSL_ERROR_WANT_READ) {
            unit_fail_tls(client);
        }
        return;
    }
}

static void
unit_say_hello(struct unit_client *client)
{
    uint8_t bytes[UNIT_FRAME_MAX];
    size_t size = unit_wire_hello(&client->hello, client->boot_id, bytes, sizeof bytes);
    unit_free_hello(client);
    client->connected = true;
    if (size == 0 || !unit_client_send_raw(client, bytes, size)) {
        return;
    }
    if (client->callbacks->on_connected != NULL) {
        client->callbacks->on_connected(client, client->data);
    }
}

/* False while it is not done; the client may be closing. */
static bool
unit_shake_hands(struct unit_client *client)
{
    ERR_clear_error();
    int result = SSL_do_handshake(client->ssl);
    int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(client->ssl, result);
    unsigned long code = ERR_peek_last_error();
    if (!unit_flush(client)) {
        return false;
    }
    if (why == SSL_ERROR_NONE) {
        unit_say_hello(client);
        return !client->closing;
    }
    if (why != SSL_ERROR_WANT_READ) {
        const char *text = ERR_reason_error_string(code);
        unit_begin_close(client, UNIT_CLOSED_HANDSHAKE, text != NULL ? text : "handshake failed");
    }
    return false;
}

static void
unit_on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer)
{
    struct unit_client *client = unit_client_of(handle->data);
    if (client->closing || size == 0) {
        return;
    }
    if (size < 0) {
        unit_fail(client, size == UV_EOF ? UNIT_CLOSED_BY_PEER : UNIT_CLOSED_IO,
                  uv_strerror((int)size));
        return;
    }
    (void)BIO_write(client->input, buffer->base, (int)size);
    if (!client->connected && !unit_shake_hands(client)) {
        return;
    }
    unit_take_records(client);
}

static void
unit_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    static _Thread_local char buffer[READ_SIZE]; /* used up before the next read of the loop */
    *ret_buffer = uv_buf_init(buffer, sizeof buffer);
}

void
unit_client_pause(struct unit_client *client, bool paused)
{
    if (client->closing || client->paused == paused) {
        return;
    }
    client->paused = paused;
    if (paused) {
        (void)uv_read_stop((uv_stream_t *)&client->tcp);
        return;
    }
    (void)uv_read_start((uv_stream_t *)&client->tcp, unit_on_alloc, unit_on_read);
    if (client->connected) {
        unit_take_records(client);
    }
}

bool
unit_client_resumed(const struct unit_client *client)
{
    return client->ssl != NULL && SSL_session_reused(client->ssl) == 1;
}

/* Beginning and end by the caller. */

void
unit_on_connected(uv_connect_t *request, int status)
{
    struct unit_client *client = unit_client_of(request->data);
    if (client->closing) {
        return;
    }
    if (status != 0) {
        unit_begin_close(client, UNIT_CLOSED_CONNECT, uv_strerror(status));
        return;
    }
    (void)uv_tcp_nodelay(&client->tcp, 1);
    status = uv_read_start((uv_stream_t *)&client->tcp, unit_on_alloc, unit_on_read);
    if (status != 0) {
        unit_begin_close(client, UNIT_CLOSED_IO, uv_strerror(status));
        return;
    }
    (void)unit_shake_hands(client);
}

void
unit_client_close(struct unit_client *client)
{
    if (client->closing) {
        return;
    }
    if (client->connected) {
        ERR_clear_error();
        (void)SSL_shutdown(client->ssl);
        if (!unit_flush(client)) {
            return;
        }
    }
    unit_begin_close(client, UNIT_CLOSED_BY_CALLER, "");
}

void
unit_client_abort(struct unit_client *client)
{
    if (client->closing) {
        return;
    }
    (void)uv_tcp_close_reset(&client->tcp, unit_on_closed);
    unit_begin_close(client, UNIT_CLOSED_BY_CALLER, "");
}
