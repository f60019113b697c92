/* SPDX-License-Identifier: Apache-2.0 */
#include "web/api.h"

#include "base/require.h"
#include "web/browser.h"

#include <criterion/criterion.h>
#include <string.h>

static bool
reads(const char *body, struct web_login_words *ret_words)
{
    return web_api_read_login(body, strlen(body), ret_words);
}

Test(api, a_log_in_is_read_with_and_without_a_code)
{
    struct web_login_words words;
    cr_assert(reads("{\"user\":\"carys\",\"password\":\"gair \\u0175\"}", &words));
    cr_expect_str_eq(words.user, "carys");
    cr_expect_str_eq(words.password, "gair \xc5\xb5");
    cr_expect_str_eq(words.totp, "");
    cr_assert(reads("{\"user\":\"carys\",\"password\":\"\",\"totp\":\"123456\",\"x\":1}", &words));
    cr_expect_str_eq(words.totp, "123456");
    cr_assert(reads("{\"user\":\"carys\",\"password\":\"p\",\"totp\":null}", &words));
}

Test(api, what_is_no_log_in_is_refused)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"user\":\"carys\"}",
        "{\"password\":\"p\"}",
        "{\"user\":\"\",\"password\":\"p\"}",
        "{\"user\":1,\"password\":\"p\"}",
        "{\"user\":\"carys\",\"password\":[]}",
        "{\"user\":\"a\\u0000b\",\"password\":\"p\"}",
        "{\"user\":\"carys\",\"password\":\"p\",\"totp\":123456}",
        "{\"user\":\"carys\",\"password\":\"p\",\"totp\":\"12345678901234567\"}",
        "{\"user\":\"carys\",\"user\":\"dewi\",\"password\":\"p\"}",
        "{\"user\":\"0123456789012345678901234567890123456789012345678901234567890123\","
        "\"password\":\"p\"}"};
    struct web_login_words words;
    for (unsigned i = 0; i < ARRAY_COUNT(bodies); i++) {
        cr_expect_not(reads(bodies[i], &words), "%s", bodies[i]);
    }
}

Test(api, a_browser_may_send_hello_action_and_ping_and_nothing_else)
{
    for (int body = 0; body < 16; body++) {
        Larwm__Console__ClientFrame frame = LARWM__CONSOLE__CLIENT_FRAME__INIT;
        frame.body_case = (Larwm__Console__ClientFrame__BodyCase)body;
        bool wanted = body == LARWM__CONSOLE__CLIENT_FRAME__BODY_HELLO ||
                      body == LARWM__CONSOLE__CLIENT_FRAME__BODY_ACTION ||
                      body == LARWM__CONSOLE__CLIENT_FRAME__BODY_PING;
        cr_expect_eq(web_browser_may_send(&frame), wanted, "body %d", body);
    }
}

Test(api, only_people_with_an_open_account_may_enter)
{
    for (int role = 0; role < 8; role++) {
        Larwm__Console__Credential credential = LARWM__CONSOLE__CREDENTIAL__INIT;
        credential.found = 1;
        credential.role = (Larwm__Role)role;
        bool wanted = role == LARWM__ROLE__ROLE_OPERATOR || role == LARWM__ROLE__ROLE_SUPERVISOR ||
                      role == LARWM__ROLE__ROLE_ADMINISTRATOR;
        cr_expect_eq(web_login_may_enter(&credential), wanted, "role %d", role);
        credential.disabled = 1;
        cr_expect_not(web_login_may_enter(&credential));
        credential.disabled = 0;
        credential.found = 0;
        cr_expect_not(web_login_may_enter(&credential));
    }
}
