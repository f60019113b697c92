/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a log-in may be tried: WEB_LIMIT_TRIES failures a minute for one user name, known or
 * not, and for one address. A try counts from its start, so that many at once get no further; one
 * that succeeds is given back. One address may have WEB_LIMIT_PENDING tries under way: a whole
 * shift logs on from behind one address.
 *
 * Loop thread. Limit: WEB_LIMIT_KEYS names and as many addresses; beyond it the oldest is
 * forgotten.
 */
#ifndef WEB_LIMIT_H
#define WEB_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define WEB_LIMIT_TRIES 5
#define WEB_LIMIT_PENDING 20
#define WEB_LIMIT_KEYS 1024
#define WEB_LIMIT_WINDOW_US INT64_C(60000000)

struct web_limit_key
{
    uint64_t key;                      /* keyed hash of the name or address; 0: free */
    int64_t tried_us[WEB_LIMIT_TRIES]; /* of the newest failures, a ring */
    unsigned next;
    unsigned pending;
    int64_t used_us;
};

struct web_limit
{
    uint8_t secret[16];
    struct web_limit_key users[WEB_LIMIT_KEYS];
    struct web_limit_key addresses[WEB_LIMIT_KEYS];
};

/* A try that was let through; give it back to web_limit_end. */
struct web_limit_try
{
    uint64_t user;
    uint64_t address;
};

void web_limit_init(struct web_limit *limit);
/*
 * May `user` be tried from `address` at `now_us` (any clock that does not go back)? True: *ret_try
 * is under way. False: *ret_wait_s (1..60) says when to come again.
 */
bool web_limit_begin(struct web_limit *limit, const char *user, const char *address, int64_t now_us,
                     struct web_limit_try *ret_try, unsigned *ret_wait_s);
/* The try ended. `failed`: it counts for a minute. */
void web_limit_end(struct web_limit *limit, const struct web_limit_try *one, bool failed,
                   int64_t now_us);

#endif
