/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path. connect -> TLS -> hello -> on_connected -> welcome (on_ready) -> signals, receipts.
 *
 * Failures. Each ends in unit_fail with its reason; on_closed follows once from the loop.
 *
 * On close. TLS object, kept bytes, then the handle; the client is freed after on_closed.
 */
#include "larwm/unit_client.h"

#include "base/require.h"
#include "client/unit_wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNIT_CLIENT_MAGIC 0x554E4954u
#define READ_SIZE 16384
#define DETAIL_SIZE 96

struct unit_client
{
    uint32_t magic;
    bool connected; /* TLS is up */
    bool ready;     /* welcomed */
    bool paused;
    bool closing;
    enum unit_closed reason;
    SSL *ssl;
    BIO *input;     /* memory BIOs: what came, what goes */
    BIO *output;
    uint8_t *rest;  /* part of a frame */
    size_t rest_size;
    uv_connect_t connect;
    uv_tcp_t tcp;
    uint64_t boot_id;
    struct unit_hello hello; /* texts are ours until the hello is sent */
    const struct unit_client_callbacks *callbacks;
    void *data;
    char detail[DETAIL_SIZE];
};

struct unit_write
{
    uv_write_t request;
    uint8_t bytes[];
};

static struct unit_client *
unit_client_of(void *data)
{
    return checked_cast(data, struct unit_client, UNIT_CLIENT_MAGIC);
}

/* End. */

static void
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
    (void)snprintf(client->detail, sizeof client->detail, "%s", detail);
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

static void
unit_fail_tls(struct unit_client *client)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    unit_begin_close(client, client->connected ? UNIT_CLOSED_IO : UNIT_CLOSED_HANDSHAKE,
                     text != NULL ? text : "TLS failed");
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
        unit_begin_close(client, UNIT_CLOSED_IO, sent < 0 ? uv_strerror(sent) : "cannot write");
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
        enum unit_closed reason = client->connected ? UNIT_CLOSED_BY_PEER : UNIT_CLOSED_HANDSHAKE;
        unit_begin_close(client, size == UV_EOF ? reason : UNIT_CLOSED_IO, uv_strerror((int)size));
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

/* Beginning. */

static void
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

static bool
unit_parse(const char *host, unsigned port, struct sockaddr_storage *ret_address)
{
    struct sockaddr_in *four = (struct sockaddr_in *)(void *)ret_address;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)ret_address;
    return uv_ip4_addr(host, (int)port, four) == 0 || uv_ip6_addr(host, (int)port, six) == 0;
}

/* Takes a local address without a port yet, so that one address can hold 60,000 connections to each
 * port of the centre. */
static bool
unit_bind(struct unit_client *client, const char *source)
{
    struct sockaddr_storage address;
    if (source == NULL) {
        return true;
    }
    if (!unit_parse(source, 0, &address)) {
        return false;
    }
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    socklen_t size = address.ss_family == AF_INET ? sizeof(struct sockaddr_in)
                                                  : sizeof(struct sockaddr_in6);
    bool good = fd >= 0 &&
                setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
                bind(fd, (const struct sockaddr *)&address, size) == 0 &&
                uv_tcp_open(&client->tcp, fd) == 0;
    if (!good && fd >= 0) {
        (void)close(fd);
    }
    return good;
}

static bool
unit_make_tls(struct unit_client *client, const struct unit_client_options *options)
{
    client->ssl = SSL_new(options->tls);
    client->input = BIO_new(BIO_s_mem());
    client->output = BIO_new(BIO_s_mem());
    if (client->ssl == NULL || client->input == NULL || client->output == NULL) {
        BIO_free(client->input);
        BIO_free(client->output);
        return false;
    }
    SSL_set_bio(client->ssl, client->input, client->output);
    SSL_set_connect_state(client->ssl);
    (void)SSL_set_app_data(client->ssl, client);
    bool good = true;
    if (options->certificate != NULL && options->key != NULL) {
        good = SSL_use_certificate(client->ssl, options->certificate) == 1 &&
               SSL_use_PrivateKey(client->ssl, options->key) == 1;
    }
    if (options->session != NULL) {
        good = good && SSL_set_session(client->ssl, options->session) == 1;
    }
    return good;
}

static char *
unit_copy(const char *text)
{
    return text != NULL && text[0] != '\0' ? strdup(text) : NULL;
}

static void
unit_on_discarded(uv_handle_t *handle)
{
    free(unit_client_of(handle->data));
}

static void
unit_discard(struct unit_client *client)
{
    SSL_free(client->ssl);
    unit_free_hello(client);
    uv_close((uv_handle_t *)&client->tcp, unit_on_discarded);
}

struct unit_client *
unit_client_connect(uv_loop_t *loop, const struct unit_client_options *options)
{
    static const struct unit_client_callbacks none = {0};
    struct sockaddr_storage address;
    struct unit_client *client = calloc(1, sizeof *client);
    if (client == NULL || !unit_parse(options->host, options->port, &address) ||
        uv_tcp_init(loop, &client->tcp) != 0) {
        free(client);
        return NULL;
    }
    client->magic = UNIT_CLIENT_MAGIC;
    client->tcp.data = client;
    client->connect.data = client;
    client->boot_id = options->boot_id;
    client->callbacks = options->callbacks != NULL ? options->callbacks : &none;
    client->data = options->data;
    client->hello = (struct unit_hello){.model = unit_copy(options->model),
                                        .firmware = unit_copy(options->firmware),
                                        .network = unit_copy(options->network),
                                        .iccid = unit_copy(options->iccid)};
    if (!unit_bind(client, options->source) || !unit_make_tls(client, options) ||
        uv_tcp_connect(&client->connect, &client->tcp, (const struct sockaddr *)&address,
                       unit_on_connected) != 0) {
        unit_discard(client);
        return NULL;
    }
    return client;
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

static int
unit_on_new_session(SSL *ssl, SSL_SESSION *session)
{
    struct unit_client *client = SSL_get_app_data(ssl);
    if (client == NULL || client->callbacks->on_session == NULL) {
        return 0;
    }
    client->callbacks->on_session(client, session, client->data);
    return 1; /* the callback owns it */
}

SSL_CTX *
unit_tls_context(const char *certificate_file, const char *key_file, const char *ca_file,
                 const char **ret_detail)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    const char *detail = NULL;
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1) {
        detail = "cannot make a TLS 1.3 context";
    } else if (certificate_file != NULL &&
               SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1) {
        detail = "cannot use the certificate file";
    } else if (key_file != NULL &&
               SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1) {
        detail = "cannot use the key file";
    } else if (ca_file != NULL && SSL_CTX_load_verify_file(context, ca_file) != 1) {
        detail = "cannot use the CA file";
    }
    if (detail != NULL) {
        SSL_CTX_free(context);
        ERR_clear_error();
        *ret_detail = detail;
        return NULL;
    }
    SSL_CTX_set_verify(context, ca_file != NULL ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT |
                                                      SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, unit_on_new_session);
    return context;
}
