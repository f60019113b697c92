/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: a request is added; libcurl names its sockets (http_on_socket) and its next time
 * (http_on_timeout); libuv tells it of both; finished requests are collected after each of its
 * turns.
 *
 * Failures: whatever goes wrong with a request ends it with a text; the connection is libcurl's.
 *
 * On close: every request is taken out and dropped, libcurl gives up its sockets, the timer is
 * closed, and the memory goes with the last handle.
 */
#include "police/http.h"

#include "base/require.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_MAGIC 0x68747470u
#define HTTP_SOCKET_MAGIC 0x68736f63u

struct http_request
{
    struct http_request *next;
    struct http_request **self; /* what points at us */
    struct police_http *http;
    CURL *easy;
    struct curl_slist *headers;
    char *body;
    char answer[POLICE_HTTP_BODY_MAX];
    size_t answer_size;
    bool too_large;
    police_http_on_done on_done;
    void *data;
};

struct http_socket
{
    uint32_t magic;
    uv_poll_t poll;
    curl_socket_t socket;
    struct police_http *http;
};

struct police_http
{
    uint32_t magic;
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    struct police_http_options options;
    struct http_request *requests;
    unsigned handles; /* libuv handles not yet closed */
    bool closing;
    void (*on_closed)(void *data);
    void *on_closed_data;
};

static void
http_handle_gone(struct police_http *http)
{
    http->handles--;
    if (!http->closing || http->handles > 0) {
        return;
    }
    void (*on_closed)(void *) = http->on_closed;
    void *data = http->on_closed_data;
    http->magic = 0;
    free(http);
    if (on_closed != NULL) {
        on_closed(data);
    }
}

static void
http_request_free(struct http_request *request)
{
    *request->self = request->next;
    if (request->next != NULL) {
        request->next->self = request->self;
    }
    if (request->easy != NULL) {
        (void)curl_multi_remove_handle(request->http->multi, request->easy);
        curl_easy_cleanup(request->easy);
    }
    curl_slist_free_all(request->headers);
    if (request->body != NULL) {
        explicit_bzero(request->body, strlen(request->body));
    }
    free(request->body);
    free(request);
}

static void
http_finish(struct http_request *request, CURLcode code)
{
    struct police_http_result result = {.body = request->answer, .size = request->answer_size};
    if (request->too_large) {
        result.failure = "an answer over 64 KiB";
    } else if (code != CURLE_OK) {
        result.failure = curl_easy_strerror(code);
    } else {
        (void)curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &result.status);
    }
    request->on_done(request->data, &result);
    http_request_free(request);
}

static void
http_collect(struct police_http *http)
{
    CURLMsg *message;
    int left;
    while (!http->closing && (message = curl_multi_info_read(http->multi, &left)) != NULL) {
        char *request = NULL;
        if (message->msg == CURLMSG_DONE) {
            CURLcode code = message->data.result;
            (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
            http_finish((struct http_request *)(void *)request, code);
        }
    }
}

static void
http_act(struct police_http *http, curl_socket_t socket, int what)
{
    int running;
    (void)curl_multi_socket_action(http->multi, socket, what, &running);
    http_collect(http);
}

static void
http_on_poll(uv_poll_t *poll, int status, int events)
{
    struct http_socket *socket = checked_cast(poll->data, struct http_socket, HTTP_SOCKET_MAGIC);
    int what = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
               (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) | (status < 0 ? CURL_CSELECT_ERR : 0);
    http_act(socket->http, socket->socket, what);
}

static void
http_on_timer(uv_timer_t *timer)
{
    http_act(checked_cast(timer->data, struct police_http, HTTP_MAGIC), CURL_SOCKET_TIMEOUT, 0);
}

static int
http_on_timeout(CURLM *multi, long wait_ms, void *data)
{
    struct police_http *http = checked_cast(data, struct police_http, HTTP_MAGIC);
    (void)multi;
    if (wait_ms < 0 || http->closing) {
        return uv_timer_stop(&http->timer);
    }
    return uv_timer_start(&http->timer, http_on_timer, (uint64_t)wait_ms, 0);
}

static void
http_on_socket_closed(uv_handle_t *handle)
{
    struct http_socket *socket = checked_cast(handle->data, struct http_socket, HTTP_SOCKET_MAGIC);
    struct police_http *http = socket->http;
    socket->magic = 0;
    free(socket);
    http_handle_gone(http);
}

static struct http_socket *
http_watch(struct police_http *http, curl_socket_t number)
{
    struct http_socket *socket = calloc(1, sizeof *socket);
    if (socket == NULL) {
        return NULL;
    }
    *socket = (struct http_socket){.magic = HTTP_SOCKET_MAGIC, .socket = number, .http = http};
    if (uv_poll_init_socket(http->loop, &socket->poll, number) != 0) {
        free(socket);
        return NULL;
    }
    socket->poll.data = socket;
    http->handles++;
    (void)curl_multi_assign(http->multi, number, socket);
    return socket;
}

static int
http_on_socket(CURL *easy, curl_socket_t number, int what, void *data, void *known)
{
    struct police_http *http = checked_cast(data, struct police_http, HTTP_MAGIC);
    struct http_socket *socket = known;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (socket != NULL) {
            (void)uv_poll_stop(&socket->poll);
            (void)curl_multi_assign(http->multi, number, NULL);
            uv_close((uv_handle_t *)&socket->poll, http_on_socket_closed);
        }
        return 0;
    }
    if (socket == NULL) {
        socket = http_watch(http, number);
    }
    if (socket == NULL) {
        return -1;
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&socket->poll, events, http_on_poll) == 0 ? 0 : -1;
}

enum error
police_http_open(uv_loop_t *loop, const struct police_http_options *options,
                 struct police_http **ret_http)
{
    struct police_http *http = calloc(1, sizeof *http);
    CURLM *multi = curl_multi_init();
    if (http == NULL || multi == NULL) {
        free(http);
        curl_multi_cleanup(multi);
        return ERROR_MEMORY;
    }
    *http = (struct police_http){
        .magic = HTTP_MAGIC, .loop = loop, .multi = multi, .options = *options, .handles = 1};
    require(uv_timer_init(loop, &http->timer) == 0);
    http->timer.data = http;
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, http_on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, http);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, http_on_timeout);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, http);
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)POLICE_HTTP_CONNECTIONS);
    *ret_http = http;
    return ERROR_NONE;
}

static size_t
http_on_body(char *bytes, size_t one, size_t count, void *data)
{
    struct http_request *request = data;
    size_t size = one * count;
    if (size > sizeof request->answer - request->answer_size) {
        request->too_large = true;
        return 0; /* ends the transfer */
    }
    memcpy(request->answer + request->answer_size, bytes, size);
    request->answer_size += size;
    return size;
}

static CURLcode
http_set_tls(CURL *easy, const struct police_http_options *options)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SSLCERT, options->certificate);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SSLKEY, options->key);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    code = code != CURLE_OK
               ? code
               : curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
}

static CURLcode
http_set_limits(CURL *easy)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* not even from the environment */
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    code = code != CURLE_OK
               ? code
               : curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    code = code != CURLE_OK
               ? code
               : curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)POLICE_HTTP_CONNECT_MS);
    return code != CURLE_OK
               ? code
               : curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)POLICE_HTTP_TOTAL_MS);
}

static CURLcode
http_set_body(struct http_request *request, const char *content_type, const char *body, size_t size)
{
    if (body == NULL) {
        return CURLE_OK;
    }
    char type[128];
    (void)snprintf(type, sizeof type, "Content-Type: %s", content_type);
    request->headers = curl_slist_append(NULL, type);
    struct curl_slist *more =
        request->headers == NULL ? NULL : curl_slist_append(request->headers, "Expect:");
    request->body = strndup(body, size);
    if (more == NULL || request->body == NULL) {
        return CURLE_OUT_OF_MEMORY;
    }
    CURLcode code = curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, request->headers);
    code = code != CURLE_OK ? code
                            : curl_easy_setopt(request->easy, CURLOPT_POSTFIELDSIZE, (long)size);
    return code != CURLE_OK ? code
                            : curl_easy_setopt(request->easy, CURLOPT_POSTFIELDS, request->body);
}

static CURLcode
http_set_up(struct http_request *request, const char *url)
{
    CURL *easy = request->easy;
    CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, url);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_on_body);
    code = code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    code = code != CURLE_OK ? code : http_set_limits(easy);
    return code != CURLE_OK ? code : http_set_tls(easy, &request->http->options);
}

enum error
police_http_request(struct police_http *http, const char *url, const char *content_type,
                    const char *body, size_t size, police_http_on_done on_done, void *data)
{
    struct http_request *request = calloc(1, sizeof *request);
    require(!http->closing);
    if (request == NULL) {
        return ERROR_MEMORY;
    }
    request->http = http;
    request->on_done = on_done;
    request->data = data;
    request->next = http->requests;
    request->self = &http->requests;
    if (request->next != NULL) {
        request->next->self = &request->next;
    }
    http->requests = request;
    request->easy = curl_easy_init();
    if (request->easy == NULL || http_set_up(request, url) != CURLE_OK ||
        http_set_body(request, content_type, body, size) != CURLE_OK ||
        curl_multi_add_handle(http->multi, request->easy) != CURLM_OK) {
        http_request_free(request);
        return ERROR_MEMORY;
    }
    return ERROR_NONE;
}

static void
http_on_timer_closed(uv_handle_t *handle)
{
    http_handle_gone(checked_cast(handle->data, struct police_http, HTTP_MAGIC));
}

void
police_http_close(struct police_http *http, void (*on_dropped)(void *request_data),
                  void (*on_closed)(void *data), void *data)
{
    require(!http->closing);
    http->closing = true;
    http->on_closed = on_closed;
    http->on_closed_data = data;
    while (http->requests != NULL) {
        struct http_request *request = http->requests;
        void *request_data = request->data;
        http_request_free(request);
        if (on_dropped != NULL) {
            on_dropped(request_data);
        }
    }
    (void)curl_multi_cleanup(http->multi); /* closes what it kept open, telling http_on_socket */
    http->multi = NULL;
    uv_close((uv_handle_t *)&http->timer, http_on_timer_closed);
}
