/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Happy path: limit -> larwmd's record of the user -> argon2id in a worker -> one-time code -> a
 * new session to the caller.
 *
 * Failures: no answer from larwmd ends it as UNAVAILABLE and does not count as a failed try; all
 * else is the same BAD_CREDENTIALS after the same work.
 *
 * On close: an abandoned log-in runs to its end, counts, and is freed without a callback.
 */
#include "web/login.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/require.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOGIN_MAGIC 0x574c4f47u

struct web_login
{
    uint32_t magic;
    struct web_logins *logins;
    struct web_limit_try one;
    struct web_login_words words;
    char address[64];
    web_login_on_end *on_end; /* NULL: abandoned */
    void *data;

    bool may_enter;                    /* there is such a user and the account is open */
    char hash[crypto_pwhash_STRBYTES]; /* the user's, or the dummy */
    uint8_t secret[128];
    size_t secret_size;
    struct web_session session;
    bool matches; /* written by the worker, read after it */
    uv_work_t work;
};

bool
web_logins_init(struct web_logins *logins)
{
    uint8_t nobody[16];
    randombytes_buf(nobody, sizeof nobody);
    return crypto_pwhash_str(logins->dummy, (const char *)nobody, sizeof nobody,
                             crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0;
}

bool
web_login_may_enter(const Larwm__Console__Credential *credential)
{
    return credential->found && !credential->disabled &&
           (credential->role == LARWM__ROLE__ROLE_OPERATOR ||
            credential->role == LARWM__ROLE__ROLE_SUPERVISOR ||
            credential->role == LARWM__ROLE__ROLE_ADMINISTRATOR);
}

static void
log_end(const struct web_login *login, const struct web_login_result *result)
{
    /* A name nobody has may be a password typed into the wrong field: it is not written down. */
    const char *user = login->may_enter ? login->session.user : "(unknown or closed account)";
    if (result->answer == WEB_LOGIN_OK) {
        log_info("audit", "log-in: user %s from %s: accepted", user, login->address);
    } else if (result->answer == WEB_LOGIN_UNAVAILABLE) {
        log_warning("audit", "log-in from %s: larwmd does not answer", login->address);
    } else {
        log_warning("audit", "log-in: user %s from %s: refused, %s", user, login->address,
                    result->answer == WEB_LOGIN_TOTP_REQUIRED ? "one-time code"
                                                              : "user or password");
    }
}

static void
end(struct web_login *login, enum web_login_answer answer)
{
    struct web_login_result result = {.answer = answer};
    /* A missing code is the second step of a good log-in, a wrong one a failure. */
    bool failed = answer == WEB_LOGIN_BAD_CREDENTIALS ||
                  (answer == WEB_LOGIN_TOTP_REQUIRED && login->words.totp[0] != '\0');
    web_limit_end(login->logins->limit, &login->one, failed, (int64_t)clock_mono_us());
    log_end(login, &result);
    login->logins->count -= 1;
    if (answer == WEB_LOGIN_OK) {
        result.session = login->session;
    }
    web_login_on_end *on_end = login->on_end;
    void *data = login->data;
    sodium_memzero(login, sizeof *login);
    free(login);
    if (on_end != NULL) {
        on_end(data, &result);
    }
}

static void
login_on_verified(uv_work_t *work, int status)
{
    struct web_login *login = checked_cast(work->data, struct web_login, LOGIN_MAGIC);
    if (status != 0) {
        end(login, WEB_LOGIN_UNAVAILABLE);
        return;
    }
    if (!login->matches || !login->may_enter) {
        end(login, WEB_LOGIN_BAD_CREDENTIALS);
        return;
    }
    if (login->secret_size > 0 &&
        !web_totp_take(login->logins->totp, login->session.user, login->secret, login->secret_size,
                       login->words.totp, (int64_t)time(NULL))) {
        end(login, WEB_LOGIN_TOTP_REQUIRED);
        return;
    }
    login->session.issued_us = clock_wall_us();
    randombytes_buf(login->session.id, sizeof login->session.id);
    end(login, WEB_LOGIN_OK);
}

/* In a worker thread: touches nothing but this log-in. */
static void
login_verify(uv_work_t *work)
{
    struct web_login *login = checked_cast(work->data, struct web_login, LOGIN_MAGIC);
    login->matches = crypto_pwhash_str_verify(login->hash, login->words.password,
                                              strlen(login->words.password)) == 0;
}

static void
take_record(struct web_login *login, const Larwm__Console__Credential *credential)
{
    struct web_logins *logins = login->logins;
    login->may_enter =
        web_login_may_enter(credential) && credential->totp_secret.len <= sizeof login->secret;
    if (!credential->found ||
        !text_copy(login->hash, sizeof login->hash, credential->password_hash)) {
        login->may_enter = false;
        memcpy(login->hash, logins->dummy, sizeof login->hash);
        return;
    }
    /* The dummy follows the cost of the hashes in use. */
    memcpy(logins->dummy, login->hash, sizeof logins->dummy);
    if (login->may_enter) {
        login->secret_size = credential->totp_secret.len;
        if (login->secret_size > 0) {
            memcpy(login->secret, credential->totp_secret.data, login->secret_size);
        }
        login->session.role = (int32_t)credential->role;
        (void)text_copy(login->session.user, sizeof login->session.user, credential->user);
        (void)text_copy(login->session.display, sizeof login->session.display,
                        credential->display_name);
        (void)text_copy(login->session.language, sizeof login->session.language,
                        credential->language);
    }
}

static void
login_on_credential(void *data, const Larwm__Console__Credential *credential)
{
    struct web_login *login = checked_cast(data, struct web_login, LOGIN_MAGIC);
    if (credential == NULL) {
        end(login, WEB_LOGIN_UNAVAILABLE);
        return;
    }
    take_record(login, credential);
    login->work.data = login;
    if (uv_queue_work(login->logins->loop, &login->work, login_verify, login_on_verified) != 0) {
        end(login, WEB_LOGIN_UNAVAILABLE);
    }
}

/* Refuses before any work is done. */
static struct web_login *
refuse(struct web_login_result *ret_result, enum web_login_answer answer, unsigned wait_s)
{
    *ret_result = (struct web_login_result){.answer = answer, .wait_s = wait_s};
    return NULL;
}

struct web_login *
web_login_start(struct web_logins *logins, const struct web_login_words *words, const char *address,
                web_login_on_end *on_end, void *data, struct web_login_result *ret_result)
{
    struct web_limit_try one;
    struct web_query *query;
    unsigned wait_s = 0;
    int64_t now_us = (int64_t)clock_mono_us();
    if (!web_limit_begin(logins->limit, words->user, address, now_us, &one, &wait_s)) {
        log_warning("audit", "log-in from %s: too many tries", address);
        return refuse(ret_result, WEB_LOGIN_TOO_MANY, wait_s);
    }
    struct web_login *login = logins->count < WEB_LOGINS_MAX ? calloc(1, sizeof *login) : NULL;
    if (login == NULL) {
        web_limit_end(logins->limit, &one, false, now_us);
        return refuse(ret_result, WEB_LOGIN_UNAVAILABLE, 0);
    }
    login->magic = LOGIN_MAGIC;
    login->logins = logins;
    login->one = one;
    login->words = *words;
    login->on_end = on_end;
    login->data = data;
    (void)text_copy(login->address, sizeof login->address, address);
    if (web_directory_ask(logins->directory, words->user, login_on_credential, login, &query) !=
        ERROR_NONE) {
        web_limit_end(logins->limit, &one, false, now_us);
        sodium_memzero(login, sizeof *login);
        free(login);
        return refuse(ret_result, WEB_LOGIN_UNAVAILABLE, 0);
    }
    logins->count += 1;
    return login;
}

void
web_login_abandon(struct web_login *login)
{
    require(login->magic == LOGIN_MAGIC);
    login->on_end = NULL;
}
