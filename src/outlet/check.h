/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is what a client asks well formed? The answer is NULL, or the refusal code of
 * docs/wire-console.md. Pure; any thread. What depends on the centre's state (who owns an incident)
 * is the desk's to judge; what would not fit into a record or makes no sense alone is refused here.
 */
#ifndef OUTLET_CHECK_H
#define OUTLET_CHECK_H

#include "console.pb-c.h"

#include <stdbool.h>

#define CHECK_TARGET_MAX 64   /* bytes of Action.target */
#define CHECK_DETAIL_MAX 1024 /* bytes of Police.detail */
#define CHECK_MESSAGE_ID_MAX 64
#define CHECK_TEST_MINUTES_MAX 15 /* REQ A23 */

#define REFUSAL_BAD_REQUEST "BAD_REQUEST"
#define REFUSAL_NOT_ALLOWED "NOT_ALLOWED"
#define REFUSAL_BUSY "BUSY"
#define REFUSAL_JOURNAL_DOWN "JOURNAL_DOWN"
#define REFUSAL_MALFORMED "MALFORMED"
#define REFUSAL_TOO_LARGE "TOO_LARGE"
#define REFUSAL_UNKNOWN "UNKNOWN_FRAME"
#define REFUSAL_VERSION "VERSION"
#define REFUSAL_HELLO_FIRST "HELLO_FIRST"

/* `ret_detail` is set with every refusal: what to mend, for people. */
const char *check_hello(const Larwm__Console__Hello *hello, const char **ret_detail);
const char *check_action(const Larwm__Journal__Action *action, const char **ret_detail);
const char *check_police(const Larwm__Journal__Police *police, const char **ret_detail);
/* A user name: 1 to LIMIT_USER - 1 bytes of UTF-8 without control characters. */
bool check_user_name(const char *user);

#endif
