/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says about itself and what every answer carries. Loop thread. */
#ifndef WEB_HEADERS_H
#define WEB_HEADERS_H

#include "web/gateway.h"

#define WEB_POLICY                                                                                 \
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "                \
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "          \
    "manifest-src 'self'"

struct web_answer_head
{
    unsigned status;
    const char *type; /* NULL: no content */
    size_t size;      /* of the content */
    const char *cache_control;
    const char *etag;       /* NULL: none */
    const char *set_cookie; /* NULL: none */
    unsigned retry_after_s; /* 0: none */
    bool close;             /* the connection ends with this answer */
};

/* Writes status and headers. False: the connection must be closed. */
bool web_headers_send(struct lws *wsi, const struct web_answer_head *head);

/* The session of the request's cookie, when there is one and it is live; it then counts as used. */
bool web_headers_session(struct lws *wsi, struct web_session *ret_session);
/* The value of cookie `name` within a Cookie header. NULL: not there. */
const char *web_headers_cookie(const char *header, const char *name, size_t *ret_size);

/* The peer's address as text; an IPv4 one without its IPv6 clothes. */
void web_headers_peer(struct lws *wsi, char *to, size_t size);

/* Does the request come from our own page? `needed`: an Origin header must be there. */
bool web_headers_same_origin(struct lws *wsi, bool needed);
/* Is `origin` "https://" and `host`? */
bool web_headers_is_origin_of(const char *origin, const char *host);

#endif
