/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTPS requests with mutual TLS on a libuv loop: libcurl's multi interface driven by uv_poll and
 * one timer. Only https, only our authority, no redirect, no proxy, bounded in time and size.
 *
 * One loop, one thread. `on_done` comes once for each request, from the loop, unless
 * police_http_close comes first.
 */
#ifndef POLICE_HTTP_H
#define POLICE_HTTP_H

#include "base/error.h"

#include <stddef.h>
#include <uv.h>

#define POLICE_HTTP_CONNECT_MS 5000
#define POLICE_HTTP_TOTAL_MS 10000
#define POLICE_HTTP_BODY_MAX 65536 /* bytes of an answer; a longer one fails the request */
#define POLICE_HTTP_URL 768
#define POLICE_HTTP_CONNECTIONS 32 /* at once, all control rooms together */

struct police_http;

struct police_http_options
{
    const char *certificate; /* PEM files; the strings must outlive the object */
    const char *key;
    const char *ca;
};

struct police_http_result
{
    const char *failure; /* NULL when an answer came; else why, in words without personal data */
    long status;         /* HTTP status of the answer */
    const char *body;    /* only for the call */
    size_t size;
};

typedef void (*police_http_on_done)(void *data, const struct police_http_result *result);

/* ERROR_MEMORY. `options` is only read during the call; its strings are kept. */
enum error police_http_open(uv_loop_t *loop, const struct police_http_options *options,
                            struct police_http **ret_http) MUST_USE;
/* POST when `body` is not NULL (copied), else GET. Errors: ERROR_MEMORY. */
enum error police_http_request(struct police_http *http, const char *url, const char *content_type,
                               const char *body, size_t size, police_http_on_done on_done,
                               void *data) MUST_USE;
/* Drops every request; on_closed (may be NULL) from the loop, the object is then gone. Requests'
 * `data` is handed to `on_dropped` (may be NULL) so that it can be freed. */
void police_http_close(struct police_http *http, void (*on_dropped)(void *request_data),
                       void (*on_closed)(void *data), void *data);

#endif
