/* SPDX-License-Identifier: Apache-2.0 */
#include "web/headers.h"

#include <criterion/criterion.h>
#include <string.h>

static void
expect_cookie(const char *header, const char *wanted)
{
    size_t size = 0;
    const char *value = web_headers_cookie(header, "__Host-larwm", &size);
    if (wanted == NULL) {
        cr_expect_null(value, "%s", header);
    } else {
        cr_assert_not_null(value, "%s", header);
        cr_expect_eq(size, strlen(wanted), "%s", header);
        cr_expect_eq(strncmp(value, wanted, size), 0, "%s", header);
    }
}

Test(headers, the_cookie_is_found_by_its_whole_name)
{
    expect_cookie("__Host-larwm=abc", "abc");
    expect_cookie("a=b; __Host-larwm=abc; c=d", "abc");
    expect_cookie("a=b;__Host-larwm=abc", "abc");
    expect_cookie("__Host-larwm=", "");
    expect_cookie("x__Host-larwm=abc", NULL);
    expect_cookie("__Host-larwm2=abc", NULL);
    expect_cookie("a=__Host-larwm=abc", NULL);
    expect_cookie("__Host-larwm", NULL);
    expect_cookie(";;; ;", NULL);
    expect_cookie("", NULL);
}

Test(headers, only_our_own_origin_is_ours)
{
    cr_expect(web_headers_is_origin_of("https://larwm.test:8443", "larwm.test:8443"));
    cr_expect(web_headers_is_origin_of("https://LARWM.test", "larwm.test"));
    cr_expect_not(web_headers_is_origin_of("http://larwm.test", "larwm.test"));
    cr_expect_not(web_headers_is_origin_of("https://larwm.test.invalid", "larwm.test"));
    cr_expect_not(web_headers_is_origin_of("https://larwm.test:8444", "larwm.test:8443"));
    cr_expect_not(web_headers_is_origin_of("https://evil.invalid/larwm.test", "larwm.test"));
    cr_expect_not(web_headers_is_origin_of("null", "larwm.test"));
    cr_expect_not(web_headers_is_origin_of("https://", ""));
}
