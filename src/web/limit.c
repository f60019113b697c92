/* SPDX-License-Identifier: Apache-2.0 */
#include "web/limit.h"

#include <sodium.h>
#include <string.h>

void
web_limit_init(struct web_limit *limit)
{
    memset(limit, 0, sizeof *limit);
    /* Keyed, so that nobody can choose names that push another's count out. */
    randombytes_buf(limit->secret, sizeof limit->secret);
}

static uint64_t
key_of(const struct web_limit *limit, const char *text)
{
    uint64_t key = 0;
    _Static_assert(sizeof key == crypto_shorthash_BYTES, "a key is one short hash");
    _Static_assert(sizeof limit->secret == crypto_shorthash_KEYBYTES, "a secret is one key");
    (void)crypto_shorthash((uint8_t *)&key, (const uint8_t *)text, strlen(text), limit->secret);
    return key != 0 ? key : 1;
}

static struct web_limit_key *
find(struct web_limit_key *list, uint64_t key)
{
    for (unsigned i = 0; i < WEB_LIMIT_KEYS; i++) {
        if (list[i].key == key) {
            return &list[i];
        }
    }
    return NULL;
}

static struct web_limit_key *
find_or_take(struct web_limit_key *list, uint64_t key)
{
    struct web_limit_key *found = find(list, key);
    struct web_limit_key *oldest = &list[0];
    for (unsigned i = 0; found == NULL && i < WEB_LIMIT_KEYS; i++) {
        if (list[i].key == 0) {
            oldest = &list[i];
            break;
        }
        /* One with a try under way goes last. */
        if ((list[i].pending == 0 && oldest->pending != 0) ||
            ((list[i].pending == 0) == (oldest->pending == 0) &&
             list[i].used_us < oldest->used_us)) {
            oldest = &list[i];
        }
    }
    if (found == NULL) {
        found = oldest;
        *found = (struct web_limit_key){.key = key};
        for (unsigned i = 0; i < WEB_LIMIT_TRIES; i++) {
            found->tried_us[i] = INT64_MIN / 2;
        }
    }
    return found;
}

static unsigned
failures(const struct web_limit_key *entry, int64_t now_us)
{
    unsigned count = 0;
    for (unsigned i = 0; i < WEB_LIMIT_TRIES; i++) {
        count += now_us - entry->tried_us[i] < WEB_LIMIT_WINDOW_US ? 1u : 0u;
    }
    return count;
}

/* Seconds until the oldest failure no longer counts. */
static unsigned
wait_s(const struct web_limit_key *entry, int64_t now_us)
{
    int64_t left_us = entry->tried_us[entry->next] + WEB_LIMIT_WINDOW_US - now_us;
    int64_t seconds = (left_us + 999999) / 1000000;
    return seconds < 1 ? 1 : seconds > 60 ? 60 : (unsigned)seconds;
}

bool
web_limit_begin(struct web_limit *limit, const char *user, const char *address, int64_t now_us,
                struct web_limit_try *ret_try, unsigned *ret_wait_s)
{
    struct web_limit_key *of_user = find_or_take(limit->users, key_of(limit, user));
    struct web_limit_key *of_address = find_or_take(limit->addresses, key_of(limit, address));
    unsigned user_failures = failures(of_user, now_us);
    unsigned address_failures = failures(of_address, now_us);
    of_user->used_us = now_us;
    of_address->used_us = now_us;
    if (user_failures + of_user->pending >= WEB_LIMIT_TRIES) {
        *ret_wait_s = wait_s(of_user, now_us);
        return false;
    }
    if (address_failures >= WEB_LIMIT_TRIES ||
        address_failures + of_address->pending >= WEB_LIMIT_PENDING) {
        *ret_wait_s = wait_s(of_address, now_us);
        return false;
    }
    of_user->pending += 1;
    of_address->pending += 1;
    *ret_try = (struct web_limit_try){.user = of_user->key, .address = of_address->key};
    return true;
}

static void
end_one(struct web_limit_key *list, uint64_t key, bool failed, int64_t now_us)
{
    struct web_limit_key *entry = find(list, key);
    if (entry == NULL) {
        return; /* forgotten meanwhile */
    }
    entry->pending -= entry->pending > 0 ? 1 : 0;
    if (failed) {
        entry->tried_us[entry->next] = now_us;
        entry->next = (entry->next + 1) % WEB_LIMIT_TRIES;
    }
}

void
web_limit_end(struct web_limit *limit, const struct web_limit_try *one, bool failed, int64_t now_us)
{
    end_one(limit->users, one->user, failed, now_us);
    end_one(limit->addresses, one->address, failed, now_us);
}
