/* SPDX-License-Identifier: Apache-2.0 */
#include "console.pb-c.h"
#include "outlet/credentials.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static bool
put(struct credentials *credentials, const char *user, const char *hash)
{
    Larwm__Console__Credential credential = LARWM__CONSOLE__CREDENTIAL__INIT;
    credential.user = (char *)(uintptr_t)user;
    credential.password_hash = (char *)(uintptr_t)hash;
    uint8_t body[512];
    size_t size = larwm__console__credential__pack(&credential, body);
    return credentials_put(credentials, body, size);
}

static bool
knows(const struct credentials *credentials, const char *user, const char *hash)
{
    const struct credential *found = credentials_find(credentials, user);
    if (found == NULL) {
        return false;
    }
    Larwm__Console__Credential *credential =
        larwm__console__credential__unpack(NULL, found->size, found->body);
    bool same = credential != NULL && strcmp(credential->password_hash, hash) == 0;
    larwm__console__credential__free_unpacked(credential, NULL);
    return same;
}

Test(credentials, a_user_is_found_and_replaced_by_name)
{
    struct credentials credentials = {0};
    cr_assert(put(&credentials, "carys", "one"));
    cr_assert(put(&credentials, "dafydd", "two"));
    cr_assert(put(&credentials, "carys", "three"));
    cr_expect(knows(&credentials, "carys", "three"));
    cr_expect(knows(&credentials, "dafydd", "two"));
    cr_expect_null(credentials_find(&credentials, "Carys"));
    cr_expect_eq(credentials.count, 2);
    credentials_free(&credentials);
}

Test(credentials, a_new_directory_forgets_who_is_not_in_it)
{
    struct credentials credentials = {0};
    char user[16];
    credentials_begin(&credentials);
    for (int i = 0; i < 200; i++) {
        (void)snprintf(user, sizeof user, "user%d", i);
        cr_assert(put(&credentials, user, "old"));
    }
    credentials_end(&credentials);
    credentials_begin(&credentials);
    for (int i = 0; i < 200; i += 3) {
        (void)snprintf(user, sizeof user, "user%d", i);
        cr_assert(put(&credentials, user, "new"));
    }
    cr_expect(knows(&credentials, "user1", "old"), "until the new one is complete");
    credentials_end(&credentials);
    for (int i = 0; i < 200; i++) {
        (void)snprintf(user, sizeof user, "user%d", i);
        cr_expect_eq(credentials_find(&credentials, user) != NULL, i % 3 == 0, "%s", user);
    }
    credentials_free(&credentials);
}

Test(credentials, unreadable_or_nameless_users_are_not_taken_in)
{
    struct credentials credentials = {0};
    cr_expect_not(put(&credentials, "", "hash"));
    uint8_t junk[] = {0x2a, 0xff, 0xff, 0xff};
    cr_expect_not(credentials_put(&credentials, junk, sizeof junk));
    cr_expect_eq(credentials.count, 0);
    credentials_free(&credentials);
}
