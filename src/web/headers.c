/* SPDX-License-Identifier: Apache-2.0 */
#include "web/headers.h"

#include "base/clock.h"
#include "base/require.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEAD_ROOM 3072

/* Where headers are being written. */
struct head_room
{
    struct lws *wsi;
    unsigned char *at;
    unsigned char *end;
    bool failed;
};

static void
add(struct head_room *room, const char *name, const char *value)
{
    if (lws_add_http_header_by_name(room->wsi, (const unsigned char *)name,
                                    (const unsigned char *)value, (int)strlen(value), &room->at,
                                    room->end) != 0) {
        room->failed = true;
    }
}

static void
add_always(struct head_room *room)
{
    static const char *const always[][2] = {
        {"content-security-policy:", WEB_POLICY},
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "no-referrer"},
        {"strict-transport-security:", "max-age=31536000"},
        {"cross-origin-opener-policy:", "same-origin"},
        {"cross-origin-resource-policy:", "same-origin"},
    };
    for (unsigned i = 0; i < ARRAY_COUNT(always); i++) {
        add(room, always[i][0], always[i][1]);
    }
}

static void
add_own(struct head_room *room, const struct web_answer_head *head)
{
    char number[16];
    if (head->type != NULL) {
        add(room, "content-type:", head->type);
    }
    add(room, "cache-control:", head->cache_control);
    if (head->etag != NULL) {
        add(room, "etag:", head->etag);
    }
    if (head->set_cookie != NULL) {
        add(room, "set-cookie:", head->set_cookie);
    }
    if (head->retry_after_s > 0) {
        (void)snprintf(number, sizeof number, "%u", head->retry_after_s);
        add(room, "retry-after:", number);
    }
    if (head->close) {
        add(room, "connection:", "close");
    }
}

bool
web_headers_send(struct lws *wsi, const struct web_answer_head *head)
{
    unsigned char memory[LWS_PRE + HEAD_ROOM];
    unsigned char *start = memory + LWS_PRE;
    struct head_room room = {.wsi = wsi, .at = start, .end = memory + sizeof memory};
    if (lws_add_http_header_status(wsi, head->status, &room.at, room.end) != 0) {
        return false;
    }
    add_always(&room);
    add_own(&room, head);
    if (room.failed ||
        (head->status != HTTP_STATUS_NOT_MODIFIED &&
         lws_add_http_header_content_length(wsi, head->size, &room.at, room.end) != 0)) {
        return false;
    }
    return lws_finalize_write_http_header(wsi, start, &room.at, room.end) == 0;
}

const char *
web_headers_cookie(const char *header, const char *name, size_t *ret_size)
{
    size_t name_size = strlen(name);
    while (*header != '\0') {
        header += strspn(header, "; \t");
        size_t size = strcspn(header, ";");
        if (size > name_size && strncmp(header, name, name_size) == 0 && header[name_size] == '=') {
            *ret_size = size - name_size - 1;
            return header + name_size + 1;
        }
        header += size;
    }
    return NULL;
}

bool
web_headers_session(struct lws *wsi, struct web_session *ret_session)
{
    struct web_gateway *gateway = web_gateway_of(wsi);
    char header[4096];
    size_t size = 0;
    if (lws_hdr_copy(wsi, header, sizeof header, WSI_TOKEN_HTTP_COOKIE) <= 0) {
        return false;
    }
    const char *value = web_headers_cookie(header, WEB_COOKIE, &size);
    int64_t now_us = clock_wall_us();
    struct web_session session;
    if (value == NULL || web_seal_open(&gateway->seal_key, value, size, &session) != ERROR_NONE ||
        !web_sessions_is_live(&gateway->sessions, &session, now_us)) {
        return false;
    }
    web_sessions_touch(&gateway->sessions, &session, now_us);
    *ret_session = session;
    return true;
}

void
web_headers_peer(struct lws *wsi, char *to, size_t size)
{
    static const char mapped[] = "::ffff:";
    char address[64] = "";
    (void)lws_get_peer_simple(wsi, address, sizeof address);
    bool clothed = strncmp(address, mapped, sizeof mapped - 1) == 0;
    (void)text_copy(to, size, address + (clothed ? sizeof mapped - 1 : 0));
}

bool
web_headers_is_origin_of(const char *origin, const char *host)
{
    static const char scheme[] = "https://";
    return host[0] != '\0' && strncmp(origin, scheme, sizeof scheme - 1) == 0 &&
           strcasecmp(origin + sizeof scheme - 1, host) == 0;
}

bool
web_headers_same_origin(struct lws *wsi, bool needed)
{
    char origin[512];
    char host[512];
    if (lws_hdr_total_length(wsi, WSI_TOKEN_ORIGIN) <= 0) {
        return !needed;
    }
    return lws_hdr_copy(wsi, origin, sizeof origin, WSI_TOKEN_ORIGIN) > 0 &&
           lws_hdr_copy(wsi, host, sizeof host, WSI_TOKEN_HOST) > 0 &&
           web_headers_is_origin_of(origin, host);
}
