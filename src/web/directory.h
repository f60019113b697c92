/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gateway's own connection to larwmd (role WEB_GATEWAY): who a user is. Loop thread; callbacks
 * come from the loop, never from inside a call except the closing one. Limit: WEB_QUERIES_MAX
 * questions at once, each answered, one way or the other, within WEB_QUERY_WAIT_MS.
 */
#ifndef WEB_DIRECTORY_H
#define WEB_DIRECTORY_H

#include "client/console_client.h"

#include <stdbool.h>

#define WEB_QUERIES_MAX 1024u
#define WEB_QUERY_WAIT_MS 5000

struct web_directory;
struct web_query;

/* `credential` lives for the call; NULL: larwmd does not answer. */
typedef void web_query_on_answer(void *data, const Larwm__Console__Credential *credential);

/* ERROR_MEMORY, ERROR_TOO_LARGE (socket path), ERROR_IO. A daemon that is not there is no error. */
enum error
web_directory_open(uv_loop_t *loop, const char *socket_path, struct web_directory **ret) MUST_USE;
/* Open questions are answered with nothing, in this call. Memory goes when the loop has turned. */
void web_directory_close(struct web_directory *directory);

/* ERROR_CLOSED (larwmd is not there), ERROR_FULL, ERROR_MEMORY: no callback comes then. */
enum error
web_directory_ask(struct web_directory *directory, const char *user, web_query_on_answer *on_answer,
                  void *data, struct web_query **ret_query) MUST_USE;
/* The asker no longer wants the answer. Not after the callback came. */
void web_directory_forget(struct web_query *query);
/* The node's name as larwmd last gave it; empty before the first Welcome. */
const char *web_directory_node(const struct web_directory *directory);

#endif
