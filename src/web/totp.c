/* SPDX-License-Identifier: Apache-2.0 */
#include "web/totp.h"

#include "base/text.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

void
web_totp_free(struct web_totp *totp)
{
    free(totp->list);
    totp->list = NULL;
}

/* The user's place, a free one, or the one whose code is oldest. */
static struct web_totp_used *
place_of(struct web_totp *totp, const char *user)
{
    struct web_totp_used *best = &totp->list[0];
    for (unsigned i = 0; i < WEB_TOTP_USERS; i++) {
        struct web_totp_used *used = &totp->list[i];
        if (strcmp(used->user, user) == 0) {
            return used;
        }
        if (used->counter < best->counter) {
            best = used;
        }
    }
    return best;
}

bool
web_totp_take(struct web_totp *totp, const char *user, const uint8_t *secret, size_t secret_size,
              const char *code, int64_t now_s)
{
    uint64_t counter = 0;
    int position = 0;
    if (strlen(code) != WEB_TOTP_DIGITS || strspn(code, "0123456789") != WEB_TOTP_DIGITS) {
        return false;
    }
    if (oath_totp_validate3((const char *)secret, secret_size, (time_t)now_s, WEB_TOTP_STEP_S,
                            OATH_TOTP_DEFAULT_START_TIME, WEB_TOTP_WINDOW, &position, &counter,
                            code) < 0) {
        return false;
    }
    if (totp->list == NULL) {
        totp->list = calloc(WEB_TOTP_USERS, sizeof *totp->list);
    }
    if (totp->list == NULL) {
        return false; /* without memory of used codes none is taken */
    }
    struct web_totp_used *used = place_of(totp, user);
    bool same = strcmp(used->user, user) == 0;
    if (same && counter <= used->counter) {
        return false;
    }
    (void)text_copy(used->user, sizeof used->user, user);
    used->counter = counter;
    return true;
}
