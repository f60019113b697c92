/* SPDX-License-Identifier: Apache-2.0 */
#include "web/sessions.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START INT64_C(1000000000000)
#define MINUTE INT64_C(60000000)

static struct web_sessions sessions;
static char path[] = "/tmp/larwm-sessions-XXXXXX";

static struct web_session
session_of(unsigned number, int64_t issued_us)
{
    struct web_session session = {.issued_us = issued_us};
    memcpy(session.id, &number, sizeof number);
    return session;
}

static void
set_up(void)
{
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    (void)close(file);
    cr_assert_eq(web_sessions_init(&sessions, path, START), ERROR_NONE);
}

static void
tear_down(void)
{
    web_sessions_free(&sessions);
    (void)unlink(path);
}

TestSuite(sessions, .init = set_up, .fini = tear_down);

Test(sessions, a_session_ends_thirty_minutes_after_its_last_use)
{
    struct web_session session = session_of(1, START);
    web_sessions_touch(&sessions, &session, START);
    cr_expect(web_sessions_is_live(&sessions, &session, START + 30 * MINUTE - 1));
    cr_expect_not(web_sessions_is_live(&sessions, &session, START + 30 * MINUTE));
    web_sessions_touch(&sessions, &session, START + 29 * MINUTE);
    cr_expect(web_sessions_is_live(&sessions, &session, START + 58 * MINUTE));
}

Test(sessions, a_session_ends_twelve_hours_after_the_log_in_whatever_its_use)
{
    struct web_session session = session_of(1, START);
    web_sessions_touch(&sessions, &session, START + 719 * MINUTE);
    cr_expect(web_sessions_is_live(&sessions, &session, START + 720 * MINUTE - 1));
    cr_expect_not(web_sessions_is_live(&sessions, &session, START + 720 * MINUTE));
}

Test(sessions, a_restart_counts_as_a_use_of_a_session_it_does_not_remember)
{
    struct web_session session = session_of(1, START - 300 * MINUTE);
    cr_expect(web_sessions_is_live(&sessions, &session, START + 29 * MINUTE));
    cr_expect_not(web_sessions_is_live(&sessions, &session, START + 30 * MINUTE));
}

Test(sessions, a_session_that_was_logged_out_is_over_and_the_others_are_not)
{
    struct web_session one = session_of(1, START);
    struct web_session other = session_of(2, START);
    cr_assert_eq(web_sessions_end(&sessions, &one, START), ERROR_NONE);
    cr_expect_not(web_sessions_is_live(&sessions, &one, START + 1));
    cr_expect(web_sessions_is_live(&sessions, &other, START + 1));
}

Test(sessions, a_log_out_outlives_a_restart)
{
    struct web_session one = session_of(1, START);
    struct web_session other = session_of(2, START);
    cr_assert_eq(web_sessions_end(&sessions, &one, START), ERROR_NONE);
    web_sessions_free(&sessions);
    cr_assert_eq(web_sessions_init(&sessions, path, START + MINUTE), ERROR_NONE);
    cr_expect_not(web_sessions_is_live(&sessions, &one, START + MINUTE));
    cr_expect(web_sessions_is_live(&sessions, &other, START + MINUTE));
}

Test(sessions, the_file_of_log_outs_forgets_sessions_that_would_be_over_anyway)
{
    struct web_session old = session_of(1, START);
    struct web_session young = session_of(2, START + 700 * MINUTE);
    cr_assert_eq(web_sessions_end(&sessions, &old, START), ERROR_NONE);
    cr_assert_eq(web_sessions_end(&sessions, &young, START + 700 * MINUTE), ERROR_NONE);
    for (int restart = 0; restart < 2; restart++) {
        web_sessions_free(&sessions);
        cr_assert_eq(web_sessions_init(&sessions, path, START + 721 * MINUTE), ERROR_NONE);
        cr_expect_eq(lseek(sessions.file, 0, SEEK_END), 24);
        cr_expect_not(web_sessions_is_live(&sessions, &young, START + 721 * MINUTE));
    }
}

Test(sessions, a_flood_of_sessions_does_not_bring_a_logged_out_one_back)
{
    struct web_session ended = session_of(1, START);
    cr_assert_eq(web_sessions_end(&sessions, &ended, START), ERROR_NONE);
    for (unsigned i = 2; i < 2 * WEB_SESSIONS_MAX; i++) {
        struct web_session session = session_of(i, START + 1);
        web_sessions_touch(&sessions, &session, START + 1 + i);
    }
    cr_expect_not(web_sessions_is_live(&sessions, &ended, START + MINUTE));
}
