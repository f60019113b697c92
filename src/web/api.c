/* SPDX-License-Identifier: Apache-2.0 */
#include "web/api.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"
#include "web/browser.h"
#include "web/files.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COOKIE_RULES "; Path=/; Secure; HttpOnly; SameSite=Strict"
#define JSON_TYPE "application/json; charset=utf-8"

static const char *
role_word(int32_t role)
{
    const ProtobufCEnumValue *word =
        protobuf_c_enum_descriptor_get_value(&larwm__role__descriptor, role);
    return word != NULL ? word->name : "ROLE_NONE";
}

/* Takes `object`. */
static void
answer_json(struct web_request *request, unsigned status, json_t *object)
{
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (text == NULL) {
        web_request_answer_empty(request, HTTP_STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    web_request_answer(request, status, JSON_TYPE, text, strlen(text));
}

static void
answer_error(struct web_request *request, unsigned status, const char *code)
{
    answer_json(request, status, json_pack("{s:s}", "error", code));
}

static void
answer_session(struct web_request *request, const struct web_session *session)
{
    answer_json(request, HTTP_STATUS_OK,
                json_pack("{s:s,s:s,s:s,s:s}", "user", session->user, "displayName",
                          session->display, "role", role_word(session->role), "language",
                          session->language));
}

static void
get_session(struct web_request *request)
{
    struct web_session session;
    if (web_headers_session(request->wsi, &session)) {
        answer_session(request, &session);
    } else {
        answer_error(request, HTTP_STATUS_UNAUTHORIZED, "NO_SESSION");
    }
}

static void
get_config(struct web_request *request)
{
    struct web_session session;
    struct web_gateway *gateway = request->gateway;
    if (!web_headers_session(request->wsi, &session)) {
        answer_error(request, HTTP_STATUS_UNAUTHORIZED, "NO_SESSION");
        return;
    }
    json_t *tiles = gateway->tiles_zoom < 0
                        ? json_null()
                        : json_pack("{s:s,s:i}", "url", "/tiles/{z}/{x}/{y}.png", "maxZoom",
                                    gateway->tiles_zoom);
    answer_json(
        request, HTTP_STATUS_OK,
        json_pack("{s:o,s:s}", "tiles", tiles, "node", web_directory_node(gateway->directory)));
}

static void
get_file(struct web_request *request, const char *directory, const char *path)
{
    struct web_file file;
    char held[64];
    enum error error = web_file_read(directory, path, &file);
    if (error != ERROR_NONE) {
        web_request_answer_empty(request, error == ERROR_NOT_FOUND
                                              ? HTTP_STATUS_NOT_FOUND
                                              : HTTP_STATUS_INTERNAL_SERVER_ERROR);
        return;
    }
    /* Asked again each time, so that page and gateway are of one version after an upgrade. */
    request->head.cache_control = "no-cache";
    (void)text_copy(request->etag, sizeof request->etag, file.etag);
    request->head.etag = request->etag;
    if (lws_hdr_copy(request->wsi, held, sizeof held, WSI_TOKEN_HTTP_IF_NONE_MATCH) > 0 &&
        strcmp(held, file.etag) == 0) {
        web_file_free(&file);
        web_request_answer_empty(request, HTTP_STATUS_NOT_MODIFIED);
        return;
    }
    web_request_answer(request, HTTP_STATUS_OK, web_files_type(path), file.data, file.size);
}

/* Which tiles are looked at says where somebody is: only for who is logged in. */
static void
get_tile(struct web_request *request, const char *path)
{
    struct web_session session;
    if (!web_headers_session(request->wsi, &session)) {
        web_request_answer_empty(request, HTTP_STATUS_UNAUTHORIZED);
    } else {
        get_file(request, request->gateway->config->tiles, path);
    }
}

void
web_api_get(struct web_request *request)
{
    char path[WEB_PATH_MAX];
    if (strcmp(request->path, "/api/session") == 0) {
        get_session(request);
    } else if (strcmp(request->path, "/api/config") == 0) {
        get_config(request);
    } else if (web_files_page_path(request->path, path)) {
        get_file(request, request->gateway->config->page, path);
    } else if (request->gateway->tiles_zoom >= 0 && web_files_tile_path(request->path, path)) {
        get_tile(request, path);
    } else {
        web_request_answer_empty(request, HTTP_STATUS_NOT_FOUND);
    }
}

static bool
read_member(json_t *object, const char *name, char *to, size_t size)
{
    json_t *value = json_object_get(object, name);
    return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value) &&
           text_copy(to, size, json_string_value(value));
}

bool
web_api_read_login(const char *body, size_t size, struct web_login_words *ret_words)
{
    json_error_t complaint;
    json_t *object = json_loadb(body, size, JSON_REJECT_DUPLICATES, &complaint);
    struct web_login_words words = {.user = ""};
    bool read = read_member(object, "user", words.user, sizeof words.user) &&
                read_member(object, "password", words.password, sizeof words.password) &&
                words.user[0] != '\0';
    json_t *totp = json_object_get(object, "totp");
    if (read && totp != NULL && !json_is_null(totp)) {
        read = read_member(object, "totp", words.totp, sizeof words.totp);
    }
    json_decref(object);
    if (read) {
        *ret_words = words;
    }
    sodium_memzero(&words, sizeof words);
    return read;
}

static void
answer_login(struct web_request *request, const struct web_login_result *result)
{
    char sealed[WEB_SEAL_TEXT_MAX];
    switch (result->answer) {
        case WEB_LOGIN_OK:
            web_seal_close(&request->gateway->seal_key, &result->session, sealed);
            (void)snprintf(request->cookie, sizeof request->cookie, WEB_COOKIE "=%s" COOKIE_RULES,
                           sealed);
            request->head.set_cookie = request->cookie;
            web_sessions_touch(&request->gateway->sessions, &result->session, clock_wall_us());
            answer_session(request, &result->session);
            break;
        case WEB_LOGIN_BAD_CREDENTIALS:
            answer_error(request, HTTP_STATUS_UNAUTHORIZED, "BAD_CREDENTIALS");
            break;
        case WEB_LOGIN_TOTP_REQUIRED:
            answer_error(request, HTTP_STATUS_UNAUTHORIZED, "TOTP_REQUIRED");
            break;
        case WEB_LOGIN_TOO_MANY:
            request->head.retry_after_s = result->wait_s;
            answer_json(
                request, 429,
                json_pack("{s:s,s:i}", "error", "TOO_MANY", "retryAfterS", (int)result->wait_s));
            break;
        case WEB_LOGIN_UNAVAILABLE:
            answer_error(request, HTTP_STATUS_SERVICE_UNAVAILABLE, "UNAVAILABLE");
            break;
    }
}

static void
api_on_login(void *data, const struct web_login_result *result)
{
    struct web_request *request = data;
    request->login = NULL;
    answer_login(request, result);
}

static void
post_login(struct web_request *request)
{
    struct web_login_words words;
    struct web_login_result result = {.answer = WEB_LOGIN_UNAVAILABLE};
    char address[64] = "";
    bool read = web_api_read_login(request->body, request->body_size, &words);
    sodium_memzero(request->body, sizeof request->body);
    if (!read) {
        answer_error(request, HTTP_STATUS_BAD_REQUEST, "BAD_REQUEST");
        return;
    }
    web_headers_peer(request->wsi, address, sizeof address);
    request->login =
        web_login_start(&request->gateway->logins, &words, address, api_on_login, request, &result);
    sodium_memzero(&words, sizeof words);
    if (request->login == NULL) {
        answer_login(request, &result);
    } else {
        request->phase = WEB_REQUEST_WAITING;
    }
}

static void
post_logout(struct web_request *request)
{
    struct web_session session;
    struct web_gateway *gateway = request->gateway;
    if (web_headers_session(request->wsi, &session)) {
        if (web_sessions_end(&gateway->sessions, &session, clock_wall_us()) != ERROR_NONE) {
            log_error("web", "a log-out could not be written down: it holds until a restart");
        }
        web_browsers_end_session(gateway, &session);
        log_info("audit", "log-out: user %s", session.user);
    }
    request->head.set_cookie = WEB_COOKIE "=; Max-Age=0" COOKIE_RULES;
    answer_json(request, HTTP_STATUS_OK, json_object());
}

/* A form of another site cannot send this type, so it cannot log anybody in. */
static bool
is_json(struct lws *wsi)
{
    static const char type[] = "application/json";
    char given[128];
    return lws_hdr_copy(wsi, given, sizeof given, WSI_TOKEN_HTTP_CONTENT_TYPE) > 0 &&
           strncasecmp(given, type, sizeof type - 1) == 0 &&
           strchr("; ", given[sizeof type - 1]) != NULL;
}

void
web_api_post(struct web_request *request)
{
    if (strcmp(request->path, "/api/login") == 0) {
        if (is_json(request->wsi)) {
            post_login(request);
        } else {
            answer_error(request, 415, "BAD_REQUEST");
        }
    } else if (strcmp(request->path, "/api/logout") == 0) {
        post_logout(request);
    } else {
        web_request_answer_empty(request, HTTP_STATUS_NOT_FOUND);
    }
}
