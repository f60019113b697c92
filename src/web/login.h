/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log-in: limit, the user's record from larwmd, argon2id in a worker thread, one-time code,
 * session. A user who is not known costs the same work and gets the same answer as a wrong
 * password.
 *
 * Loop thread, except the hash. Limit: WEB_LOGINS_MAX under way, since each hash takes memory.
 */
#ifndef WEB_LOGIN_H
#define WEB_LOGIN_H

#include "larwm/limits.h"
#include "web/directory.h"
#include "web/limit.h"
#include "web/seal.h"
#include "web/totp.h"

#include <uv.h>

#define WEB_LOGINS_MAX 64u
#define WEB_PASSWORD_MAX 1024 /* bytes, with the closing NUL */
#define WEB_TOTP_TEXT 16

enum web_login_answer
{
    WEB_LOGIN_OK,
    WEB_LOGIN_BAD_CREDENTIALS,
    WEB_LOGIN_TOTP_REQUIRED, /* password right; code missing, wrong or used */
    WEB_LOGIN_TOO_MANY,
    WEB_LOGIN_UNAVAILABLE, /* larwmd does not answer, or too many at once */
};

struct web_login_result
{
    enum web_login_answer answer;
    unsigned wait_s;            /* TOO_MANY: 1..60 */
    struct web_session session; /* OK: a new one */
};

/* What log-ins share. */
struct web_logins
{
    uv_loop_t *loop;
    struct web_directory *directory;
    struct web_limit *limit;
    struct web_totp *totp;
    unsigned count;
    char dummy[crypto_pwhash_STRBYTES]; /* a hash of about the cost of the users' own */
};

struct web_login_words
{
    char user[LIMIT_USER];
    char password[WEB_PASSWORD_MAX];
    char totp[WEB_TOTP_TEXT]; /* empty: none given */
};

struct web_login;
typedef void web_login_on_end(void *data, const struct web_login_result *result);

/* Makes the dummy hash. False: no memory. */
bool web_logins_init(struct web_logins *logins);
/*
 * Starts a log-in. The words are copied; wipe yours. TOO_MANY and UNAVAILABLE may be answered at
 * once: then *ret_result is filled, NULL is returned and no callback comes.
 */
struct web_login *
web_login_start(struct web_logins *logins, const struct web_login_words *words, const char *address,
                web_login_on_end *on_end, void *data, struct web_login_result *ret_result);
/* The browser went away: no callback comes. The try counts all the same. */
void web_login_abandon(struct web_login *login);

/* May this user have a session? Found, not disabled, a role of people. */
bool web_login_may_enter(const Larwm__Console__Credential *credential);

#endif
