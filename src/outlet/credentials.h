/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of users as the desk last gave it, for log-in at the web gateway: packed
 * console.Credential messages by user name. It stays when PostgreSQL is away. Password hashes are
 * wiped when they are replaced. Outlet thread only.
 */
#ifndef OUTLET_CREDENTIALS_H
#define OUTLET_CREDENTIALS_H

#include "larwm/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CREDENTIALS_MAX 4096

struct credential
{
    uint64_t hash; /* of the user name */
    char user[LIMIT_USER];
    uint32_t round; /* of the directory it was last named in */
    size_t size;
    uint8_t *body; /* packed console.Credential */
};

struct credentials
{
    struct credential *list;
    unsigned count;
    unsigned capacity;
    uint32_t round;
};

void credentials_free(struct credentials *credentials);
/* A whole directory follows. */
void credentials_begin(struct credentials *credentials);
/* Takes one user in, replacing what was known. False: unreadable, no user name, or no room. */
bool credentials_put(struct credentials *credentials, const uint8_t *body, size_t size);
/* Users not named since credentials_begin are forgotten. */
void credentials_end(struct credentials *credentials);
/* NULL when not known. Names are compared byte for byte. */
const struct credential *credentials_find(const struct credentials *credentials, const char *user);

#endif
