/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One browser's WebSocket: its frames go to larwmd over a session of its own, in the name and role
 * of who is logged in; larwmd's frames come back as JSON. An open WebSocket counts as use of the
 * login session, since a console must stay live through a quiet night; whether the user may still
 * be here is asked again every WEB_RECHECK_S.
 *
 * Loop thread. Limits: WEB_BROWSERS_MAX; a frame of WEB_JSON_TEXT_MAX; what waits to be sent stops
 * the reading from larwmd at WEB_QUEUE_PAUSE bytes, and larwmd then closes a session that stays
 * behind.
 */
#ifndef WEB_BROWSER_H
#define WEB_BROWSER_H

#include "web/gateway.h"

#define WEB_BROWSERS_MAX 512u
#define WEB_QUEUE_PAUSE (1u << 20)
#define WEB_QUEUE_RESUME (256u << 10)
#define WEB_QUEUE_MAX (8u << 20)
#define WEB_RECHECK_S 60

/* Why the gateway closes a WebSocket (RFC 6455, 7.4.1 and its registry). */
#define WEB_CLOSE_PROTOCOL 1002
#define WEB_CLOSE_UNSUPPORTED 1003
#define WEB_CLOSE_POLICY 1008
#define WEB_CLOSE_TOO_BIG 1009
#define WEB_CLOSE_TRY_AGAIN 1013 /* larwmd is not there, or this browser is too slow */

/* libwebsockets' callback of protocol "larwm-console". */
int web_browser_on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                         size_t size);
/* Log-out: closes the WebSockets of this session. */
void web_browsers_end_session(struct web_gateway *gateway, const struct web_session *session);

/* May a browser send this frame? Hello, action and ping only. */
bool web_browser_may_send(const Larwm__Console__ClientFrame *frame);

#endif
