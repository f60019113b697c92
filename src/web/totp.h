/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time-based one-time codes (RFC 6238: 6 digits, 30 s steps, one step either way for the clocks). A
 * code is taken once: neither it nor an older one works again for that user (RFC 6238, 5.2).
 *
 * Loop thread. Limit: WEB_TOTP_USERS users remembered; a memory older than the widest window can
 * hold no code that would still be valid, so the oldest goes first.
 */
#ifndef WEB_TOTP_H
#define WEB_TOTP_H

#include "larwm/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_TOTP_USERS 4096
#define WEB_TOTP_STEP_S 30
#define WEB_TOTP_DIGITS 6
#define WEB_TOTP_WINDOW 1

struct web_totp_used
{
    char user[LIMIT_USER]; /* empty: free */
    uint64_t counter;      /* of the newest code taken */
};

struct web_totp
{
    struct web_totp_used *list; /* WEB_TOTP_USERS, allocated at the first use */
};

void web_totp_free(struct web_totp *totp);
/* Is `code` valid for `secret` at `now_s` (seconds since 1970) and not used before? If so it is
 * used now. */
bool web_totp_take(struct web_totp *totp, const char *user, const uint8_t *secret,
                   size_t secret_size, const char *code, int64_t now_s);

#endif
