/* SPDX-License-Identifier: Apache-2.0 */
#include "web/seal.h"

#include "larwm/vocabulary.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/larwm-seal-XXXXXX";
static char path[64];
static struct web_seal_key key;
static struct web_session session;
static char text[WEB_SEAL_TEXT_MAX];

static void
set_up(void)
{
    cr_assert_geq(sodium_init(), 0);
    cr_assert_not_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/key", directory);
    cr_assert_eq(web_seal_key_load(path, &key), ERROR_NONE);
    session = (struct web_session){.issued_us = 1234567890, .role = ROLE_SUPERVISOR};
    memset(session.id, 0xA5, sizeof session.id);
    (void)strcpy(session.user, "carys");
    (void)strcpy(session.display, "Carys Dychmygol");
    (void)strcpy(session.language, "cy");
    web_seal_close(&key, &session, text);
}

static void
tear_down(void)
{
    (void)unlink(path);
    (void)rmdir(directory);
}

TestSuite(seal, .init = set_up, .fini = tear_down);

Test(seal, a_sealed_session_opens_to_the_same_session)
{
    struct web_session back;
    cr_assert_eq(web_seal_open(&key, text, strlen(text), &back), ERROR_NONE);
    cr_expect_eq(back.issued_us, session.issued_us);
    cr_expect_eq(back.role, session.role);
    cr_expect_str_eq(back.user, "carys");
    cr_expect_str_eq(back.display, "Carys Dychmygol");
    cr_expect_str_eq(back.language, "cy");
    cr_expect_eq(memcmp(back.id, session.id, sizeof back.id), 0);
}

Test(seal, the_text_fits_a_cookie_and_does_not_show_the_user)
{
    cr_expect_eq(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                 strlen(text));
    cr_expect_lt(strlen(text), WEB_SEAL_TEXT_MAX);
    cr_expect_null(strstr(text, "carys"));
}

Test(seal, a_text_changed_at_any_character_is_refused)
{
    struct web_session back;
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        char kept = text[i];
        text[i] = kept == 'A' ? 'B' : 'A';
        cr_expect_eq(web_seal_open(&key, text, size, &back), ERROR_DENIED, "character %zu", i);
        text[i] = kept;
    }
}

Test(seal, a_text_cut_or_lengthened_is_refused)
{
    struct web_session back;
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        cr_expect_eq(web_seal_open(&key, text, i, &back), ERROR_DENIED, "%zu characters", i);
    }
    (void)strcat(text, "AAAA");
    cr_expect_eq(web_seal_open(&key, text, size + 4, &back), ERROR_DENIED);
}

Test(seal, another_key_does_not_open_it)
{
    struct web_seal_key other;
    struct web_session back;
    crypto_secretbox_keygen(other.bytes);
    cr_expect_eq(web_seal_open(&other, text, strlen(text), &back), ERROR_DENIED);
}

Test(seal, the_same_session_is_never_sealed_alike_twice)
{
    char again[WEB_SEAL_TEXT_MAX];
    web_seal_close(&key, &session, again);
    cr_expect_str_neq(again, text);
}

Test(seal, the_key_file_is_made_for_its_owner_alone_and_is_the_same_after_a_restart)
{
    struct stat about;
    struct web_seal_key again;
    cr_assert_eq(stat(path, &about), 0);
    cr_expect_eq(about.st_mode & 0777, 0600);
    cr_assert_eq(web_seal_key_load(path, &again), ERROR_NONE);
    cr_expect_eq(memcmp(&again, &key, sizeof key), 0);
}

Test(seal, a_key_file_others_may_read_is_refused)
{
    struct web_seal_key again;
    cr_assert_eq(chmod(path, 0640), 0);
    cr_expect_eq(web_seal_key_load(path, &again), ERROR_DENIED);
}

Test(seal, a_key_file_of_another_size_is_refused)
{
    struct web_seal_key again;
    cr_assert_eq(truncate(path, 31), 0);
    cr_expect_eq(web_seal_key_load(path, &again), ERROR_DAMAGED);
    cr_assert_eq(truncate(path, 33), 0);
    cr_expect_eq(web_seal_key_load(path, &again), ERROR_DAMAGED);
}
