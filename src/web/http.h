/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request from its first line to the last byte of its answer. Loop thread. A request lives
 * from LWS_CALLBACK_HTTP until its answer is out or the connection is gone.
 */
#ifndef WEB_HTTP_H
#define WEB_HTTP_H

#include "web/gateway.h"
#include "web/headers.h"

#define WEB_BODY_MAX 4096u /* bytes of a request's content */
#define WEB_COOKIE_TEXT_MAX 640

enum web_request_phase
{
    WEB_REQUEST_READING, /* the content is coming */
    WEB_REQUEST_WAITING, /* for the log-in */
    WEB_REQUEST_READY,   /* the answer is known, nothing is out */
    WEB_REQUEST_SENDING, /* the head is out */
};

struct web_request
{
    uint32_t magic;
    enum web_request_phase phase;
    struct lws *wsi;
    struct web_gateway *gateway;
    bool post;
    bool head_only;
    char path[512];
    char body[WEB_BODY_MAX + 1]; /* what came, with a NUL behind it */
    size_t body_size;
    struct web_login *login; /* WAITING */
    struct web_answer_head head;
    char etag[32];
    char cookie[WEB_COOKIE_TEXT_MAX];
    char *content; /* owned; NULL: none */
    size_t sent;
};

/* libwebsockets' callback of protocol "http". */
int web_http_on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t size);

/* The answer: `content` (malloc, may be NULL) becomes the request's. Once for a request. */
void web_request_answer(struct web_request *request, unsigned status, const char *type,
                        char *content, size_t size);
/* An answer without content that is not kept by caches. */
void web_request_answer_empty(struct web_request *request, unsigned status);

#endif
