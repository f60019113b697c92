/* SPDX-License-Identifier: Apache-2.0 */
#include "web/totp.h"

#include <criterion/criterion.h>
#include <string.h>

/* The secret of RFC 6238, appendix B; its codes shortened to six digits. */
static const uint8_t secret[] = "12345678901234567890";
#define SECRET_SIZE (sizeof secret - 1)

static struct web_totp totp;

static bool
take(const char *user, const char *code, int64_t now_s)
{
    return web_totp_take(&totp, user, secret, SECRET_SIZE, code, now_s);
}

static void
tear_down(void)
{
    web_totp_free(&totp);
}

TestSuite(totp, .fini = tear_down);

Test(totp, the_codes_of_the_standard_are_taken)
{
    cr_expect(take("a", "287082", 59));
    cr_expect(take("b", "081804", 1111111109));
    cr_expect(take("c", "050471", 1111111111));
    cr_expect(take("d", "005924", 1234567890));
    cr_expect(take("e", "279037", 2000000000));
}

Test(totp, a_code_is_taken_one_step_early_or_late_and_no_further)
{
    cr_expect(take("late", "287082", 59 + 30));
    cr_expect(take("early", "287082", 59 - 30));
    cr_expect_not(take("later", "287082", 59 + 61));
    cr_expect_not(take("wrong", "287083", 59));
}

Test(totp, a_code_is_taken_once_and_another_user_is_not_touched_by_it)
{
    cr_expect(take("carys", "287082", 59));
    cr_expect_not(take("carys", "287082", 59));
    cr_expect_not(take("carys", "287082", 60));
    cr_expect(take("dewi", "287082", 60));
}

Test(totp, a_code_older_than_the_one_taken_is_refused)
{
    cr_expect(take("carys", "050471", 1111111111));
    cr_expect_not(take("carys", "081804", 1111111111));
}

Test(totp, what_is_not_six_digits_is_refused)
{
    cr_expect_not(take("carys", "", 59));
    cr_expect_not(take("carys", "28708", 59));
    cr_expect_not(take("carys", "2870822", 59));
    cr_expect_not(take("carys", "28708x", 59));
    cr_expect_not(take("carys", " 87082", 59));
}
