/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log-ins for the outlet. The whole directory is kept packed and sent as far as blocks reach, over
 * several turns if it must: the outlet forgets who is not named between BEGIN and END, so a
 * directory cut short would lock people out. A newer one begins anew.
 */
#include "desk/internal.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static void
desk_user_fill(Larwm__Console__Credential *credential, const struct resolve_user *user)
{
    larwm__console__credential__init(credential);
    credential->found = true;
    credential->user = (char *)(uintptr_t)user->user; /* protobuf-c has no const strings */
    credential->display_name = (char *)(uintptr_t)user->display_name;
    credential->password_hash = (char *)(uintptr_t)user->password_hash;
    credential->totp_secret.data = (uint8_t *)(uintptr_t)user->totp_secret;
    credential->totp_secret.len = user->totp_size;
    credential->role = (Larwm__Role)user->role;
    credential->disabled = user->disabled;
    credential->language = (char *)(uintptr_t)user->language;
}

/* Bytes of one packed user; 0 when it is too large for a block. */
static size_t
desk_user_size(const struct resolve_user *user)
{
    Larwm__Console__Credential credential;
    desk_user_fill(&credential, user);
    size_t size = larwm__console__credential__get_packed_size(&credential);
    return size > DESK_DELTA_BODY ? 0 : size;
}

void
desk_users_free(struct desk *desk)
{
    if (desk->users.bytes != NULL) {
        explicit_bzero(desk->users.bytes, desk->users.size);
        free(desk->users.bytes);
    }
    desk->users = (struct desk_users){0};
}

void
desk_users_take(struct desk *desk, const struct resolve_user *users, unsigned count)
{
    size_t total = 1; /* an empty directory is one, too */
    for (unsigned i = 0; i < count; i++) {
        total += sizeof(uint32_t) + desk_user_size(&users[i]);
    }
    uint8_t *bytes = malloc(total);
    if (bytes == NULL) {
        log_error("desk", "no memory for the directory of users: the one before stays");
        return;
    }
    desk_users_free(desk);
    desk->users = (struct desk_users){.bytes = bytes, .unsent = true};
    for (unsigned i = 0; i < count; i++) {
        uint32_t size = (uint32_t)desk_user_size(&users[i]);
        if (size == 0) {
            log_warning("desk", "a user is too large for the outlet; log-in of that user fails");
            continue;
        }
        Larwm__Console__Credential credential;
        desk_user_fill(&credential, &users[i]);
        memcpy(bytes + desk->users.size, &size, sizeof size);
        (void)larwm__console__credential__pack(&credential, bytes + desk->users.size + sizeof size);
        desk->users.size += sizeof size + size;
    }
}

static bool
desk_users_mark(struct desk *desk, enum flow_delta_kind kind)
{
    struct flow_delta *delta = desk_delta(desk, kind, 0);
    return delta != NULL && desk_push(desk, delta);
}

static bool
desk_users_send_one(struct desk *desk)
{
    struct desk_users *users = &desk->users;
    uint32_t size;
    struct flow_delta *delta = desk_delta(desk, DELTA_CREDENTIAL, 0);
    if (delta == NULL) {
        return false;
    }
    memcpy(&size, users->bytes + users->at, sizeof size);
    memcpy(delta->body, users->bytes + users->at + sizeof size, size);
    delta->size = size;
    delta->key = hash_bytes(0, delta->body, size);
    if (!desk_push(desk, delta)) {
        return false;
    }
    users->at += sizeof size + size;
    return true;
}

void
desk_users_send(struct desk *desk)
{
    struct desk_users *users = &desk->users;
    if (!users->unsent) {
        return;
    }
    if (!users->begun) {
        users->begun = desk_users_mark(desk, DELTA_CREDENTIALS_BEGIN);
    }
    while (users->begun && users->at < users->size) {
        if (!desk_users_send_one(desk)) {
            return;
        }
    }
    if (users->begun && desk_users_mark(desk, DELTA_CREDENTIALS_END)) {
        desk_users_free(desk); /* secrets are not kept longer than needed */
    }
}
