/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: the first line makes a request; content, if any, is gathered; api.c answers; the head
 * and then the content go out as the socket takes them; the connection serves the next request.
 *
 * Failures: a method we do not have, content over the limit, an upgrade that is not ours: answered
 * and, where the rest of the request is not worth reading, closed.
 *
 * On close: the request is freed, a log-in under way is abandoned.
 */
#include "web/http.h"

#include "base/require.h"
#include "base/text.h"
#include "web/api.h"

#include <stdlib.h>
#include <string.h>

#define REQUEST_MAGIC 0x57524551u
#define CHUNK_SIZE 16384u
#define ANSWER_WAIT_S 30

/* What libwebsockets keeps for a connection of this protocol. */
struct http_place
{
    struct web_request *request;
};

static void
request_free(struct http_place *place)
{
    struct web_request *request = place != NULL ? place->request : NULL;
    if (request == NULL) {
        return;
    }
    require(request->magic == REQUEST_MAGIC);
    place->request = NULL;
    if (request->login != NULL) {
        web_login_abandon(request->login);
    }
    free(request->content);
    sodium_memzero(request, sizeof *request); /* a password may have been in it */
    free(request);
}

void
web_request_answer(struct web_request *request, unsigned status, const char *type, char *content,
                   size_t size)
{
    require(request->phase < WEB_REQUEST_READY);
    request->phase = WEB_REQUEST_READY;
    request->head.status = status;
    request->head.type = type;
    request->head.size = size;
    if (request->head.cache_control == NULL) {
        request->head.cache_control = "no-store";
    }
    request->content = content;
    (void)lws_callback_on_writable(request->wsi);
}

void
web_request_answer_empty(struct web_request *request, unsigned status)
{
    web_request_answer(request, status, NULL, NULL, 0);
}

/* True: the method is one of ours, and *request knows it and the path. */
static bool
take_first_line(struct web_request *request)
{
    char *uri = NULL;
    int uri_size = 0;
    int method = lws_http_get_uri_and_method(request->wsi, &uri, &uri_size);
    request->post = method == LWSHUMETH_POST;
    request->head_only = method == LWSHUMETH_HEAD;
    if (method < 0 || uri_size <= 0 || (size_t)uri_size >= sizeof request->path) {
        return false;
    }
    memcpy(request->path, uri, (size_t)uri_size);
    request->path[uri_size] = '\0';
    return method == LWSHUMETH_POST || method == LWSHUMETH_GET || method == LWSHUMETH_HEAD;
}

static uint64_t
content_length(struct lws *wsi)
{
    char text[24];
    if (lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) {
        return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ? UINT64_MAX : 0;
    }
    return strtoull(text, NULL, 10);
}

/* Answers what need not, or may not, be read on. */
static void
refuse(struct web_request *request, unsigned status)
{
    request->head.close = true;
    web_request_answer_empty(request, status);
}

static int
on_request(struct lws *wsi, struct http_place *place)
{
    request_free(place);
    struct web_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return -1;
    }
    place->request = request;
    request->magic = REQUEST_MAGIC;
    request->wsi = wsi;
    request->gateway = web_gateway_of(wsi);
    request->phase = WEB_REQUEST_READING;
    if (!take_first_line(request)) {
        refuse(request, HTTP_STATUS_METHOD_NOT_ALLOWED);
    } else if (!request->post) {
        web_api_get(request);
    } else if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) {
        refuse(request, 411); /* a length is needed */
    } else if (content_length(wsi) > WEB_BODY_MAX) {
        refuse(request, 413); /* too large */
    } else if (!web_headers_same_origin(wsi, false)) {
        refuse(request, HTTP_STATUS_FORBIDDEN);
    } else if (content_length(wsi) == 0) {
        web_api_post(request);
    }
    if (request->phase == WEB_REQUEST_WAITING) {
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, ANSWER_WAIT_S);
    }
    return 0;
}

static int
on_content(struct web_request *request, const void *bytes, size_t size)
{
    if (request == NULL || request->phase != WEB_REQUEST_READING) {
        return 0;
    }
    if (size > WEB_BODY_MAX - request->body_size) {
        return -1; /* more than it announced */
    }
    memcpy(request->body + request->body_size, bytes, size);
    request->body_size += size;
    return 0;
}

static int
on_content_whole(struct web_request *request)
{
    if (request != NULL && request->phase == WEB_REQUEST_READING && request->post) {
        web_api_post(request);
        lws_set_timeout(request->wsi, PENDING_TIMEOUT_USER_OK, ANSWER_WAIT_S);
    }
    return 0;
}

/* The answer is out. */
static int
complete(struct lws *wsi, struct http_place *place)
{
    bool close = place->request->head.close;
    request_free(place);
    return close || lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

static int
send_chunk(struct lws *wsi, struct http_place *place)
{
    unsigned char chunk[LWS_PRE + CHUNK_SIZE];
    struct web_request *request = place->request;
    size_t left = request->head.size - request->sent;
    size_t size = left < CHUNK_SIZE ? left : CHUNK_SIZE;
    memcpy(chunk + LWS_PRE, request->content + request->sent, size);
    if (lws_write(wsi, chunk + LWS_PRE, size,
                  size == left ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)size) {
        return -1;
    }
    request->sent += size;
    if (request->sent == request->head.size) {
        return complete(wsi, place);
    }
    (void)lws_callback_on_writable(wsi);
    return 0;
}

static int
on_writable(struct lws *wsi, struct http_place *place)
{
    struct web_request *request = place->request;
    if (request == NULL || request->phase < WEB_REQUEST_READY) {
        return 0;
    }
    if (request->phase == WEB_REQUEST_SENDING) {
        return send_chunk(wsi, place);
    }
    request->phase = WEB_REQUEST_SENDING;
    if (!web_headers_send(wsi, &request->head)) {
        return -1;
    }
    if (request->head_only || request->content == NULL || request->head.size == 0) {
        return complete(wsi, place);
    }
    (void)lws_callback_on_writable(wsi);
    return 0;
}

/* Refuses an upgrade: answered here and now. */
static int
refuse_upgrade(struct lws *wsi, unsigned status)
{
    struct web_answer_head head = {.status = status, .cache_control = "no-store", .close = true};
    return web_headers_send(wsi, &head) ? 1 : -1;
}

/* Is our subprotocol among those the browser offers? */
static bool
offers_subprotocol(struct lws *wsi)
{
    char offered[256];
    char *rest = NULL;
    if (lws_hdr_copy(wsi, offered, sizeof offered, WSI_TOKEN_PROTOCOL) <= 0) {
        return false;
    }
    for (char *one = strtok_r(offered, ", ", &rest); one != NULL;
         one = strtok_r(NULL, ", ", &rest)) {
        if (strcmp(one, WEB_SUBPROTOCOL) == 0) {
            return true;
        }
    }
    return false;
}

/* The one upgrade we have: /ws, from our own page, by someone who is logged in. */
static int
on_upgrade(struct lws *wsi, const char *kind)
{
    char path[16];
    struct web_session session;
    if (strcmp(kind, "websocket") != 0 ||
        lws_hdr_copy(wsi, path, sizeof path, WSI_TOKEN_GET_URI) <= 0 || strcmp(path, "/ws") != 0) {
        return refuse_upgrade(wsi, HTTP_STATUS_NOT_FOUND);
    }
    if (!web_headers_same_origin(wsi, true)) {
        return refuse_upgrade(wsi, HTTP_STATUS_FORBIDDEN);
    }
    if (!web_headers_session(wsi, &session)) {
        return refuse_upgrade(wsi, HTTP_STATUS_UNAUTHORIZED);
    }
    if (!offers_subprotocol(wsi)) {
        return refuse_upgrade(wsi, HTTP_STATUS_BAD_REQUEST);
    }
    return 0;
}

int
web_http_on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                  size_t size)
{
    struct http_place *place = user;
    switch (reason) {
        case LWS_CALLBACK_HTTP:
            return on_request(wsi, place);
        case LWS_CALLBACK_HTTP_BODY:
            return on_content(place->request, in, size);
        case LWS_CALLBACK_HTTP_BODY_COMPLETION:
            return on_content_whole(place->request);
        case LWS_CALLBACK_HTTP_WRITEABLE:
            return on_writable(wsi, place);
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
            return on_upgrade(wsi, in);
        case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
        case LWS_CALLBACK_CLOSED_HTTP:
            request_free(place);
            return 0;
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        case LWS_CALLBACK_ESTABLISHED:
            return -1; /* no WebSocket without our subprotocol */
        default:
            return 0;
    }
}
