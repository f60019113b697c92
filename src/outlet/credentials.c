/* SPDX-License-Identifier: Apache-2.0 */
#include "outlet/credentials.h"

#include "base/hash.h"
#include "base/text.h"
#include "console.pb-c.h"

#include <stdlib.h>
#include <string.h>

static void
wipe(struct credential *credential)
{
    if (credential->body != NULL) {
        explicit_bzero(credential->body, credential->size);
        free(credential->body);
    }
    *credential = (struct credential){0};
}

void
credentials_free(struct credentials *credentials)
{
    for (unsigned i = 0; i < credentials->count; i++) {
        wipe(&credentials->list[i]);
    }
    free(credentials->list);
    *credentials = (struct credentials){0};
}

void
credentials_begin(struct credentials *credentials)
{
    credentials->round += 1;
}

static struct credential *
find(const struct credentials *credentials, const char *user)
{
    uint64_t hash = hash_bytes(0, user, strlen(user));
    for (unsigned i = 0; i < credentials->count; i++) {
        struct credential *credential = &credentials->list[i];
        if (credential->hash == hash && strcmp(credential->user, user) == 0) {
            return credential;
        }
    }
    return NULL;
}

const struct credential *
credentials_find(const struct credentials *credentials, const char *user)
{
    return find(credentials, user);
}

static struct credential *
add(struct credentials *credentials, const char *user)
{
    if (credentials->count == CREDENTIALS_MAX) {
        return NULL;
    }
    if (credentials->count == credentials->capacity) {
        unsigned capacity = credentials->capacity == 0 ? 64 : credentials->capacity * 2;
        struct credential *list = realloc(credentials->list, capacity * sizeof *list);
        if (list == NULL) {
            return NULL;
        }
        credentials->list = list;
        credentials->capacity = capacity;
    }
    struct credential *credential = &credentials->list[credentials->count];
    *credential = (struct credential){.hash = hash_bytes(0, user, strlen(user))};
    (void)text_copy(credential->user, sizeof credential->user, user);
    credentials->count += 1;
    return credential;
}

static bool
take_in(struct credentials *credentials, const char *user, const uint8_t *body, size_t size)
{
    uint8_t *copy = malloc(size);
    if (copy == NULL) {
        return false;
    }
    struct credential *credential = find(credentials, user);
    if (credential == NULL) {
        credential = add(credentials, user);
    }
    if (credential == NULL) {
        free(copy);
        return false;
    }
    if (credential->body != NULL) {
        explicit_bzero(credential->body, credential->size);
        free(credential->body);
    }
    memcpy(copy, body, size);
    credential->body = copy;
    credential->size = size;
    credential->round = credentials->round;
    return true;
}

bool
credentials_put(struct credentials *credentials, const uint8_t *body, size_t size)
{
    Larwm__Console__Credential *credential = larwm__console__credential__unpack(NULL, size, body);
    if (credential == NULL) {
        return false;
    }
    bool taken = credential->user[0] != '\0' && strlen(credential->user) < LIMIT_USER &&
                 take_in(credentials, credential->user, body, size);
    larwm__console__credential__free_unpacked(credential, NULL);
    return taken;
}

void
credentials_end(struct credentials *credentials)
{
    for (unsigned i = 0; i < credentials->count;) {
        if (credentials->list[i].round == credentials->round) {
            i += 1;
            continue;
        }
        wipe(&credentials->list[i]);
        credentials->count -= 1;
        credentials->list[i] = credentials->list[credentials->count];
        credentials->list[credentials->count] = (struct credential){0};
    }
}
