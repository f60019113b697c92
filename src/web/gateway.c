/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: key, sessions, connection to larwmd, then libwebsockets on our loop; ready when the
 * port is open; the loop runs until a signal.
 *
 * Failures: what cannot be set up is said and ends the program; larwmd not being there is no such
 * thing: the page says so and comes back.
 *
 * On close: libwebsockets closes every connection, which ends browsers and log-ins; then the
 * connection to larwmd and the signals; the loop runs until nothing is left.
 */
#include "web/gateway.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "web/browser.h"
#include "web/files.h"
#include "web/http.h"

#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#define HEADERS_MAX 8192 /* bytes of one request's head */
#define DESCRIPTORS_MAX 2048
#define REQUEST_WAIT_S 10 /* for a request's next bytes */
#define KEEP_ALIVE_S 60
#define SILENCE_PING_S 3    /* a quiet WebSocket is pinged */
#define SILENCE_HANG_UP_S 7 /* no answer: the console is gone, its alarms go back to the queue */

static const lws_retry_bo_t idle_policy = {
    .secs_since_valid_ping = SILENCE_PING_S,
    .secs_since_valid_hangup = SILENCE_HANG_UP_S,
};

static const struct lws_protocols protocols[] = {
    {.name = "http", .callback = web_http_on_event, .per_session_data_size = sizeof(void *)},
    {.name = WEB_SUBPROTOCOL,
     .callback = web_browser_on_event,
     .per_session_data_size = sizeof(void *),
     .rx_buffer_size = 16384},
    {.name = NULL},
};

struct web_gateway *
web_gateway_of(struct lws *wsi)
{
    return checked_cast(lws_context_user(lws_get_context(wsi)), struct web_gateway,
                        WEB_GATEWAY_MAGIC);
}

static void
gateway_on_lws_log(int level, const char *line)
{
    size_t size = strcspn(line, "\n");
    if ((level & LLL_ERR) != 0) {
        log_warning("lws", "%.*s", (int)size, line);
    } else {
        log_debug("lws", "%.*s", (int)size, line);
    }
}

static void
gateway_on_signal(uv_signal_t *handle, int number)
{
    struct web_gateway *gateway = checked_cast(handle->data, struct web_gateway, WEB_GATEWAY_MAGIC);
    if (gateway->stopping) {
        return;
    }
    gateway->stopping = true;
    log_info("web", "stopping (signal %d)", number);
    (void)sd_notify(0, "STOPPING=1");
    uv_stop(&gateway->loop);
}

static void
gateway_on_second(uv_timer_t *timer)
{
    (void)clock_follow();
    (void)sd_notify(0, "WATCHDOG=1");
}

static struct lws_vhost *
open_port(struct web_gateway *gateway)
{
    const struct web_config *config = gateway->config;
    struct lws_context_creation_info info;
    memset(&info, 0, sizeof info);
    gateway->foreign_loops[0] = &gateway->loop;
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = gateway->foreign_loops;
    info.user = gateway;
    info.pcontext = &gateway->context; /* cleared when the context is gone */
    info.gid = -1;
    info.uid = -1;
    info.fd_limit_per_thread = DESCRIPTORS_MAX;
    info.max_http_header_data = HEADERS_MAX;
    info.server_string = "larwm";
    struct lws_context *context = lws_create_context(&info);
    gateway->context = context;
    if (context == NULL) {
        return NULL;
    }
    /* With IPv6 in play libwebsockets opens every address instead of the IPv4 one it is given. */
    info.options |=
        strchr(web_config_address(config), ':') == NULL ? LWS_SERVER_OPTION_DISABLE_IPV6 : 0;
    info.vhost_name = "larwm";
    info.port = (int)config->listen.port;
    info.iface = web_config_address(config);
    info.protocols = protocols;
    info.alpn = "http/1.1";
    info.ssl_cert_filepath = config->certificate;
    info.ssl_private_key_filepath = config->key;
    info.ssl_options_set =
        (long)(SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2);
    info.timeout_secs = REQUEST_WAIT_S;
    info.keepalive_timeout = KEEP_ALIVE_S;
    info.retry_and_idle_policy = &idle_policy;
    return lws_create_vhost(gateway->context, &info);
}

static bool
listen_now(struct web_gateway *gateway)
{
    const struct web_config *config = gateway->config;
    const char *address = web_config_address(config);
    struct lws_vhost *vhost = open_port(gateway);
    int port = vhost != NULL ? lws_get_vhost_listen_port(vhost) : 0;
    if (port <= 0) {
        log_error("web", "port %u of %s cannot be opened with this certificate and key",
                  config->listen.port, address);
        return false;
    }
    bool six = strchr(address, ':') != NULL;
    printf("larwm-web: https://%s%s%s:%d/\n", six ? "[" : "", address, six ? "]" : "", port);
    (void)fflush(stdout);
    log_info("web", "listening on port %d of %s", port, address);
    return true;
}

/* What does not need the network. */
static bool
prepare(struct web_gateway *gateway)
{
    const struct web_config *config = gateway->config;
    char ended[1100];
    enum error error = web_seal_key_load(config->session_key, &gateway->seal_key);
    if (error != ERROR_NONE) {
        log_error("web", "session key %s: %s", config->session_key,
                  error == ERROR_DENIED ? "others may read it: chmod 600" : error_text(error));
        return false;
    }
    (void)snprintf(ended, sizeof ended, "%s.ended", config->session_key);
    error = web_sessions_init(&gateway->sessions, ended, clock_wall_us());
    if (error != ERROR_NONE) {
        log_error("web", "%s: %s", ended, error_text(error));
        return false;
    }
    web_limit_init(&gateway->limit);
    gateway->tiles_zoom = config->tiles != NULL ? web_files_zoom_max(config->tiles) : -1;
    gateway->logins = (struct web_logins){
        .loop = &gateway->loop, .limit = &gateway->limit, .totp = &gateway->totp};
    if (!web_logins_init(&gateway->logins)) {
        log_error("web", "no memory to hash passwords");
        return false;
    }
    return true;
}

static bool
connect_larwmd(struct web_gateway *gateway)
{
    enum error error =
        web_directory_open(&gateway->loop, gateway->config->larwmd_socket, &gateway->directory);
    if (error != ERROR_NONE) {
        log_error("web", "larwmd's socket: %s", error_text(error));
        return false;
    }
    gateway->logins.directory = gateway->directory;
    return true;
}

static void
watch_signal(struct web_gateway *gateway, uv_signal_t *handle, int number)
{
    require(uv_signal_init(&gateway->loop, handle) == 0);
    handle->data = gateway;
    require(uv_signal_start(handle, gateway_on_signal, number) == 0);
}

/* Ends everything that is on the loop. */
static void
close_all(struct web_gateway *gateway)
{
    if (gateway->context != NULL) {
        lws_context_destroy(gateway->context);
    }
    if (gateway->directory != NULL) {
        web_directory_close(gateway->directory);
    }
    uv_close((uv_handle_t *)&gateway->terminate, NULL);
    uv_close((uv_handle_t *)&gateway->interrupt, NULL);
    uv_close((uv_handle_t *)&gateway->second, NULL);
    (void)uv_run(&gateway->loop, UV_RUN_DEFAULT);
    if (gateway->context != NULL) {
        lws_context_destroy(gateway->context); /* the second half, when nothing is on the loop */
    }
}

static void
release(struct web_gateway *gateway)
{
    web_cache_clear(&gateway->cache);
    web_totp_free(&gateway->totp);
    web_sessions_free(&gateway->sessions);
    web_seal_key_wipe(&gateway->seal_key);
    sodium_memzero(&gateway->logins, sizeof gateway->logins);
    if (uv_loop_close(&gateway->loop) != 0) {
        log_warning("web", "the loop still had handles at the end");
    }
    free(gateway);
}

int
web_gateway_run(const struct web_config *config)
{
    struct web_gateway *gateway = calloc(1, sizeof *gateway);
    require(gateway != NULL && uv_loop_init(&gateway->loop) == 0);
    gateway->magic = WEB_GATEWAY_MAGIC;
    gateway->config = config;
    gateway->sessions.file = -1;
    lws_set_log_level(LLL_ERR | LLL_WARN, gateway_on_lws_log);
    watch_signal(gateway, &gateway->terminate, SIGTERM);
    watch_signal(gateway, &gateway->interrupt, SIGINT);
    require(uv_timer_init(&gateway->loop, &gateway->second) == 0);
    require(uv_timer_start(&gateway->second, gateway_on_second, 1000, 1000) == 0);
    bool runs = prepare(gateway) && connect_larwmd(gateway) && listen_now(gateway);
    if (runs) {
        (void)sd_notify(0, "READY=1");
        (void)uv_run(&gateway->loop, UV_RUN_DEFAULT);
    }
    close_all(gateway);
    release(gateway);
    log_info("web", "stopped");
    return runs ? 0 : 1;
}
