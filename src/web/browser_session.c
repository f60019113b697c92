/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwmd's side of a browser.
 *
 * Happy path: larwmd says who the user is now (role and account may have changed since the log-in);
 * a session of that user and role is opened; each of its frames becomes a text in the browser's
 * queue.
 *
 * Failures: larwmd not there or gone: the WebSocket is closed with TRY_AGAIN, so that the page
 * shows NOT LIVE, comes back and resumes. A user who may no longer be here: POLICY.
 *
 * On close: browser.c forgets the question and closes the client.
 */
#include "web/browser_internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"

void
web_browser_end(struct web_browser *browser, unsigned code)
{
    if (browser->state >= WEB_BROWSER_ENDING) {
        return;
    }
    browser->state = WEB_BROWSER_ENDING;
    browser->close_code = code;
    web_queue_clear(&browser->queue);
    (void)lws_callback_on_writable(browser->wsi);
}

static void
browser_on_down(void *data, enum error error, const char *reason)
{
    struct web_browser *browser = checked_cast(data, struct web_browser, WEB_BROWSER_MAGIC);
    log_info("web", "console of %s: larwmd's side ended: %s (%s)", browser->session.user, reason,
             error_text(error));
    web_browser_end(browser, WEB_CLOSE_TRY_AGAIN);
}

static void
browser_on_frame(void *data, const struct console_frame *frame)
{
    struct web_browser *browser = checked_cast(data, struct web_browser, WEB_BROWSER_MAGIC);
    struct web_text *text = NULL;
    if (browser->state >= WEB_BROWSER_ENDING ||
        frame->kind == LARWM__CONSOLE__SERVER_FRAME__BODY_CREDENTIAL ||
        frame->kind == LARWM__CONSOLE__SERVER_FRAME__BODY__NOT_SET) {
        return; /* password hashes never leave the gateway, whatever larwmd sends */
    }
    enum error error = web_cache_text(&browser->gateway->cache, frame, &text);
    if (error == ERROR_NONE) {
        error = web_queue_put(&browser->queue, text);
    }
    if (error != ERROR_NONE) {
        /* Nothing is left out in silence: the page comes back and resumes. */
        log_warning("web", "console of %s: %s", browser->session.user, error_text(error));
        web_browser_end(browser, WEB_CLOSE_TRY_AGAIN);
        return;
    }
    if (!browser->paused && browser->queue.bytes > WEB_QUEUE_PAUSE) {
        browser->paused = true;
        console_client_pause(browser->client, true);
    }
    (void)lws_callback_on_writable(browser->wsi);
}

static void
open_session(struct web_browser *browser, Larwm__Role role)
{
    struct web_gateway *gateway = browser->gateway;
    struct console_client_options options = {
        .socket_path = gateway->config->larwmd_socket,
        .user = browser->session.user,
        .role = role,
        .name = "larwm-web",
        .watch = browser->watch,
        .on_duty = browser->on_duty,
        .once = true, /* the page comes back by itself, from the number it has */
        .stream = browser->stream,
        .after = browser->after,
        .callbacks = {.on_down = browser_on_down, .on_frame = browser_on_frame},
        .data = browser,
    };
    if (console_client_open(&gateway->loop, &options, &browser->client) != ERROR_NONE) {
        web_browser_end(browser, WEB_CLOSE_TRY_AGAIN);
        return;
    }
    browser->state = WEB_BROWSER_OPEN;
}

static void
browser_on_credential(void *data, const Larwm__Console__Credential *credential)
{
    struct web_browser *browser = checked_cast(data, struct web_browser, WEB_BROWSER_MAGIC);
    browser->query = NULL;
    if (browser->state >= WEB_BROWSER_ENDING) {
        return;
    }
    if (credential == NULL) {
        if (browser->state == WEB_BROWSER_CHECKING) {
            web_browser_end(browser, WEB_CLOSE_TRY_AGAIN);
        }
        return;
    }
    if (!web_login_may_enter(credential) || (browser->state == WEB_BROWSER_OPEN &&
                                             (int32_t)credential->role != browser->session.role)) {
        log_warning("audit", "console of %s: account closed or role changed",
                    browser->session.user);
        web_browser_end(browser, WEB_CLOSE_POLICY);
        return;
    }
    if (browser->state == WEB_BROWSER_CHECKING) {
        browser->session.role = (int32_t)credential->role;
        open_session(browser, credential->role);
    }
}

static bool
ask(struct web_browser *browser)
{
    return web_directory_ask(browser->gateway->directory, browser->session.user,
                             browser_on_credential, browser, &browser->query) == ERROR_NONE;
}

void
web_browser_join(struct web_browser *browser)
{
    browser->state = WEB_BROWSER_CHECKING;
    if (!ask(browser)) {
        browser->query = NULL;
        web_browser_end(browser, WEB_CLOSE_TRY_AGAIN);
    }
}

void
web_browser_recheck(struct web_browser *browser)
{
    int64_t now_us = clock_wall_us();
    if (browser->state >= WEB_BROWSER_ENDING) {
        return;
    }
    if (!web_sessions_is_live(&browser->gateway->sessions, &browser->session, now_us)) {
        log_info("audit", "console of %s: the session is over", browser->session.user);
        web_browser_end(browser, WEB_CLOSE_POLICY);
        return;
    }
    web_sessions_touch(&browser->gateway->sessions, &browser->session, now_us);
    /* When larwmd cannot be asked its own connection ends this one. */
    if (browser->state == WEB_BROWSER_OPEN && browser->query == NULL && !ask(browser)) {
        browser->query = NULL;
    }
}
