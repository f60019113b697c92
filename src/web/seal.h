/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session as the browser holds it: sealed (crypto_secretbox) with a key only this gateway has,
 * so that a restart of larwm-web logs nobody out and no table of sessions has to survive it. What
 * must be remembered on our side (last use, log-out) is web/sessions.h. Any thread; no state but
 * the key.
 */
#ifndef WEB_SEAL_H
#define WEB_SEAL_H

#include "base/error.h"
#include "larwm/limits.h"

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_SESSION_ID 16
#define WEB_SESSION_NAME 128 /* display name, with the closing NUL */
#define WEB_SESSION_LANGUAGE 12
#define WEB_SEAL_TEXT_MAX 512 /* a cookie's value, with the closing NUL */

struct web_seal_key
{
    uint8_t bytes[crypto_secretbox_KEYBYTES];
};

struct web_session
{
    uint8_t id[WEB_SESSION_ID]; /* random: names the session for last use and log-out */
    int64_t issued_us;          /* wall time of the log-in */
    int32_t role;               /* enum role; OPERATOR, SUPERVISOR or ADMINISTRATOR */
    char user[LIMIT_USER];
    char display[WEB_SESSION_NAME];
    char language[WEB_SESSION_LANGUAGE];
};

/*
 * Reads the key, or makes one with mode 0600 when the file is not there. Errors: ERROR_DENIED
 * (others may read the file), ERROR_DAMAGED (not a key), ERROR_IO.
 */
enum error web_seal_key_load(const char *path, struct web_seal_key *ret_key) MUST_USE;
void web_seal_key_wipe(struct web_seal_key *key);

/* Writes the cookie's value: URL-safe base64, NUL-terminated. */
void web_seal_close(const struct web_seal_key *key, const struct web_session *session,
                    char text[WEB_SEAL_TEXT_MAX]);
/* ERROR_DENIED: not sealed with this key, changed, or not a session. */
enum error web_seal_open(const struct web_seal_key *key, const char *text, size_t size,
                         struct web_session *ret_session) MUST_USE;

#endif
