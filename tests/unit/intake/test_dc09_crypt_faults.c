/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the cipher when OpenSSL has no memory or no AES. In a program of its own, because
 * OpenSSL's memory can be taken over only before its first use. */
#include "test_dc09_support.h"

#include "intake/dc09_explain.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

static unsigned allowed; /* allocations until the one that fails; 0: none fails */

static bool
fails_now(void)
{
    return allowed > 0 && --allowed == 0;
}

static void *
take(size_t size, const char *file, int line)
{
    return fails_now() ? NULL : malloc(size);
}

static void *
take_again(void *old, size_t size, const char *file, int line)
{
    return fails_now() ? NULL : realloc(old, size);
}

static void
give_back(void *old, const char *file, int line)
{
    free(old);
}

static bool taken_over;

__attribute__((constructor)) static void
take_over(void)
{
    taken_over = CRYPTO_set_mem_functions(take, take_again, give_back) == 1;
}

Test(dc09_crypt_faults, without_memory_there_is_no_cipher_and_no_leak)
{
    struct dc09_cipher *cipher = NULL;
    unsigned failures = 0;

    cr_assert(taken_over);
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_NONE, "OpenSSL has what it keeps for ever");
    dc09_cipher_free(cipher);
    for (unsigned at = 1;; at++) {
        cipher = NULL;
        allowed = at;
        enum error error = dc09_cipher_create(&cipher);
        bool fault_was_reached = allowed == 0;
        allowed = 0;
        if (error == ERROR_NONE) {
            dc09_cipher_free(cipher);
            if (!fault_was_reached) {
                break;
            }
            continue; /* an allocation OpenSSL can do without */
        }
        cr_assert_eq(error, ERROR_UNSUPPORTED);
        cr_assert_null(cipher);
        failures += 1;
    }
    cr_assert_geq(failures, 6u, "six contexts need memory at least");
}

Test(dc09_crypt_faults, without_aes_there_is_no_cipher_and_the_engineer_is_told)
{
    static const char frame[] = "A30F0055\"*NULL\"0000L0#A10001["
                                "D6BC1555D3C8F54AB18E75FB6192B112C9E48389B36B7684CDC275766B9B3441";
    struct dc09_cipher *cipher = NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    cr_assert_eq(EVP_set_default_properties(NULL, "provider=none"), 1);
    cr_assert_eq(dc09_cipher_create(&cipher), ERROR_UNSUPPORTED);
    cr_assert_null(cipher);
    cr_assert_not(dc09_explain(to, (const uint8_t *)frame, sizeof(frame) - 1, SUPPORT_KEY, 16));
    (void)fclose(to);
    cr_assert_not_null(strstr(text, "AES is not available"));
    free(text);
}
