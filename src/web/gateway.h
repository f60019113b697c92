/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-web as one structure, shared by its own files only. One thread, one libuv loop, on which
 * libwebsockets runs too; worker threads only hash passwords (web/login.c).
 */
#ifndef WEB_GATEWAY_H
#define WEB_GATEWAY_H

#include "web/cache.h"
#include "web/config.h"
#include "web/directory.h"
#include "web/limit.h"
#include "web/login.h"
#include "web/seal.h"
#include "web/sessions.h"
#include "web/totp.h"

#include <libwebsockets.h>
#include <stdbool.h>
#include <uv.h>

#define WEB_GATEWAY_MAGIC 0x57474154u
#define WEB_COOKIE "__Host-larwm"
#define WEB_SUBPROTOCOL "larwm-console"

struct web_browser;

struct web_gateway
{
    uint32_t magic;
    const struct web_config *config;
    uv_loop_t loop;
    uv_signal_t terminate;
    uv_signal_t interrupt;
    uv_timer_t second; /* the clock and the watchdog */
    struct lws_context *context;
    void *foreign_loops[1];
    struct web_seal_key seal_key;
    struct web_sessions sessions;
    struct web_limit limit;
    struct web_totp totp;
    struct web_logins logins;
    struct web_directory *directory;
    struct web_cache cache;
    struct web_browser *browsers; /* a list: those with a WebSocket */
    unsigned browsers_count;
    int tiles_zoom; /* deepest zoom of the tiles, -1: none */
    bool stopping;
};

/* Runs until SIGTERM or SIGINT. Returns the program's exit code. */
int web_gateway_run(const struct web_config *config);

/* The gateway of a libwebsockets connection. */
struct web_gateway *web_gateway_of(struct lws *wsi);

#endif
