/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: the upgrade was checked (http.c); the browser says Hello; browser_session.c opens its
 * session with larwmd; from then on frames are relayed both ways.
 *
 * Failures: what is not a ClientFrame, or one a browser may not send, closes the WebSocket; a
 * request larwmd cannot be given is answered BUSY, never lost.
 *
 * On close: the question is forgotten, the session with larwmd closed, the queue dropped.
 */
#include "web/browser.h"

#include "base/log.h"
#include "base/require.h"
#include "web/browser_internal.h"
#include "web/headers.h"
#include "web/json.h"

#include <stdlib.h>
#include <string.h>

#define CONSOLE_VERSION 1u
#define CLOSE_WAIT_S 3
/* The number libwebsockets gives a close frame in lws_write; its header leaves a gap there. */
#define WRITE_CLOSE ((enum lws_write_protocol)4)

/* What libwebsockets keeps for a connection of this protocol. */
struct browser_place
{
    struct web_browser *browser;
};

bool
web_browser_may_send(const Larwm__Console__ClientFrame *frame)
{
    return frame->body_case == LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO ||
           frame->body_case == LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION ||
           frame->body_case == LARWM__CONSOLE__CLIENT_FRAME__BODY_PING;
}

/* Before the upgrade is accepted: the cookie, once more, to know whose WebSocket this is. */
static int
browser_create(struct lws *wsi, struct browser_place *place)
{
    struct web_gateway *gateway = web_gateway_of(wsi);
    struct web_session session;
    if (gateway->stopping || gateway->browsers_count >= WEB_BROWSERS_MAX ||
        !web_headers_session(wsi, &session)) {
        return -1;
    }
    struct web_browser *browser = calloc(1, sizeof *browser);
    if (browser == NULL) {
        return -1;
    }
    browser->magic = WEB_BROWSER_MAGIC;
    browser->gateway = gateway;
    browser->wsi = wsi;
    browser->session = session;
    browser->next = gateway->browsers;
    gateway->browsers = browser;
    gateway->browsers_count += 1;
    place->browser = browser;
    return 0;
}

static void
unlink_browser(struct web_browser *browser)
{
    struct web_browser **link = &browser->gateway->browsers;
    while (*link != browser) {
        require(*link != NULL);
        link = &(*link)->next;
    }
    *link = browser->next;
    browser->gateway->browsers_count -= 1;
}

static void
browser_free(struct browser_place *place)
{
    struct web_browser *browser = place != NULL ? place->browser : NULL;
    if (browser == NULL) {
        return;
    }
    require(browser->magic == WEB_BROWSER_MAGIC);
    place->browser = NULL;
    unlink_browser(browser);
    if (browser->query != NULL) {
        web_directory_forget(browser->query);
    }
    if (browser->client != NULL) {
        console_client_close(browser->client, NULL, NULL);
    }
    web_queue_clear(&browser->queue);
    free(browser->incoming);
    sodium_memzero(browser, sizeof *browser);
    free(browser);
}

void
web_browsers_end_session(struct web_gateway *gateway, const struct web_session *session)
{
    for (struct web_browser *at = gateway->browsers; at != NULL; at = at->next) {
        if (memcmp(at->session.id, session->id, sizeof session->id) == 0) {
            web_browser_end(at, WEB_CLOSE_POLICY);
        }
    }
}

static void
take_hello(struct web_browser *browser, const Larwm__Console__Hello *hello)
{
    if (browser->state != WEB_BROWSER_NEW || hello->version != CONSOLE_VERSION) {
        web_browser_end(browser, WEB_CLOSE_PROTOCOL);
        return;
    }
    /* User, role and name are not the browser's to say. */
    browser->watch = hello->watch;
    browser->on_duty = hello->on_duty;
    browser->stream = hello->stream;
    browser->after = hello->after;
    web_browser_join(browser);
}

static void
refuse_busy(struct web_browser *browser, uint64_t ref)
{
    Larwm__Console__Result result = LARWM__CONSOLE__RESULT__INIT;
    Larwm__Console__ServerFrame frame = LARWM__CONSOLE__SERVER_FRAME__INIT;
    struct web_text *text = NULL;
    result.ref = ref;
    result.refusal = (char *)(uintptr_t) "BUSY"; /* protobuf-c has no const; it only reads */
    frame.body_case = LARWM__CONSOLE__SERVER_FRAME__BODY_RESULT;
    frame.result = &result;
    if (web_text_of(&frame.base, &text) != ERROR_NONE ||
        web_queue_put(&browser->queue, text) != ERROR_NONE) {
        web_browser_end(browser, WEB_CLOSE_TRY_AGAIN);
        return;
    }
    (void)lws_callback_on_writable(browser->wsi);
}

/* To larwmd, which fills in user and role of an action from the session. */
static void
relay(struct web_browser *browser, const Larwm__Console__ClientFrame *frame)
{
    if (browser->state == WEB_BROWSER_NEW) {
        web_browser_end(browser, WEB_CLOSE_PROTOCOL);
        return;
    }
    enum error error =
        browser->client != NULL ? console_client_send(browser->client, frame) : ERROR_CLOSED;
    if (error != ERROR_NONE && frame->body_case == LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION) {
        refuse_busy(browser, frame->ref);
    }
}

static void
take_frame(struct web_browser *browser, const char *text, size_t size)
{
    ProtobufCMessage *message = NULL;
    enum error error =
        web_json_read(&larwm__console__client_frame__descriptor, text, size, &message);
    if (error != ERROR_NONE) {
        log_warning("web", "console of %s: a frame that cannot be read: %s", browser->session.user,
                    error_text(error));
        web_browser_end(browser, WEB_CLOSE_PROTOCOL);
        return;
    }
    Larwm__Console__ClientFrame *frame = (Larwm__Console__ClientFrame *)(void *)message;
    if (!web_browser_may_send(frame)) {
        log_warning("web", "console of %s: a frame a browser may not send", browser->session.user);
        web_browser_end(browser, WEB_CLOSE_POLICY);
    } else if (frame->body_case == LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO) {
        take_hello(browser, frame->hello);
    } else {
        relay(browser, frame);
    }
    protobuf_c_message_free_unpacked(message, NULL);
}

/* Gathers fragments; a whole frame is taken. */
static void
on_bytes(struct web_browser *browser, const char *bytes, size_t size)
{
    struct lws *wsi = browser->wsi;
    if (browser->state >= WEB_BROWSER_ENDING) {
        return;
    }
    if (lws_frame_is_binary(wsi)) {
        web_browser_end(browser, WEB_CLOSE_UNSUPPORTED);
        return;
    }
    if (size > WEB_JSON_TEXT_MAX - browser->incoming_size) {
        web_browser_end(browser, WEB_CLOSE_TOO_BIG);
        return;
    }
    bool last = lws_is_final_fragment(wsi) != 0 && lws_remaining_packet_payload(wsi) == 0;
    if (last && browser->incoming_size == 0) {
        take_frame(browser, bytes, size);
        return;
    }
    if (browser->incoming == NULL) {
        browser->incoming = malloc(WEB_JSON_TEXT_MAX);
    }
    if (browser->incoming == NULL) {
        web_browser_end(browser, WEB_CLOSE_TRY_AGAIN);
        return;
    }
    memcpy(browser->incoming + browser->incoming_size, bytes, size);
    browser->incoming_size += size;
    if (last) {
        size_t whole = browser->incoming_size;
        browser->incoming_size = 0;
        take_frame(browser, browser->incoming, whole);
    }
}

/*
 * The close frame, then a short wait for the browser's own. Not lws_close_reason and -1: Debian's
 * libwebsockets 4.1 then closes the socket on a libuv loop before the frame is written.
 */
static int
send_close(struct web_browser *browser)
{
    uint8_t frame[LWS_PRE + 2];
    frame[LWS_PRE] = (uint8_t)(browser->close_code >> 8);
    frame[LWS_PRE + 1] = (uint8_t)browser->close_code;
    browser->state = WEB_BROWSER_ENDED;
    if (lws_write(browser->wsi, frame + LWS_PRE, 2, WRITE_CLOSE) < 2) {
        return -1;
    }
    lws_set_timeout(browser->wsi, PENDING_TIMEOUT_CLOSE_ACK, CLOSE_WAIT_S);
    return 0;
}

static int
on_writable(struct web_browser *browser)
{
    struct lws *wsi = browser->wsi;
    if (browser->state >= WEB_BROWSER_ENDING) {
        return browser->state == WEB_BROWSER_ENDING ? send_close(browser) : 0;
    }
    do {
        struct web_text *text = web_queue_take(&browser->queue);
        if (text == NULL) {
            break;
        }
        /* The header is written in front of a text others share: for one text it is always the
         * same. */
        int written = lws_write(wsi, text->bytes + LWS_PRE, text->size, LWS_WRITE_TEXT);
        size_t wanted = text->size;
        web_text_drop(text);
        if (written < (int)wanted) {
            return -1;
        }
    } while (!lws_send_pipe_choked(wsi));
    if (browser->queue.first != NULL) {
        (void)lws_callback_on_writable(wsi);
    }
    if (browser->paused && browser->queue.bytes < WEB_QUEUE_RESUME) {
        browser->paused = false;
        console_client_pause(browser->client, false);
    }
    return 0;
}

int
web_browser_on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                     size_t size)
{
    struct browser_place *place = user;
    struct web_browser *browser = place != NULL ? place->browser : NULL;
    switch (reason) {
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
            return browser_create(wsi, place);
        case LWS_CALLBACK_ESTABLISHED:
            if (browser == NULL) {
                return -1;
            }
            lws_set_timer_usecs(wsi, WEB_RECHECK_S * LWS_USEC_PER_SEC);
            return 0;
        case LWS_CALLBACK_RECEIVE:
            on_bytes(browser, in, size);
            return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return on_writable(browser);
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            return browser->state >= WEB_BROWSER_ENDING ? -1 : 0;
        case LWS_CALLBACK_TIMER:
            web_browser_recheck(browser);
            lws_set_timer_usecs(wsi, WEB_RECHECK_S * LWS_USEC_PER_SEC);
            return 0;
        case LWS_CALLBACK_CLOSED:
        case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
            browser_free(place);
            return 0;
        default:
            return 0;
    }
}
