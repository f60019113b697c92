/* SPDX-License-Identifier: Apache-2.0 */
#include "base/require.h"
#include "journal.pb-c.h"
#include "larwm/vocabulary.h"
#include "outlet/authority.h"

#include <criterion/criterion.h>

/* The whole table, written out by hand a second time: rows are acts, columns are roles
 * NONE OPERATOR SUPERVISOR ADMINISTRATOR POLICE_GATEWAY WEB_GATEWAY TOOL. */
static const struct
{
    int act;
    const char *allowed;
} expected[] = {
    {LARWM__JOURNAL__ACTION_KIND__ACTION_NONE, "......."},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_NEXT, ".OS...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_CLAIM, ".OS...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_RELEASE, ".OS...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_NOTE, ".OS...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_ESCALATE, ".OS...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_CLOSE, ".OS...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_VIEW, ".OSA..T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_ATTACH, ".OS...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_REVEAL, "..S...T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW, "..SA..T"},
    {LARWM__JOURNAL__ACTION_KIND__ACTION_TEST_WINDOW + 1, "......."},
    {AUTHORITY_POLICE_REPORT, "....P.."},
    {AUTHORITY_CREDENTIAL, ".....W."},
    {AUTHORITY_WATCH, ".OSAPWT"},
    {AUTHORITY_ON_DUTY, ".OS...T"},
    {AUTHORITY_GATEWAY, "....P.."},
    {AUTHORITY_COUNTERS, "..SA..T"},
    {-1, "......."},
    {99, "......."},
};

/* REQ E3 TEST */
Test(authority, every_act_is_allowed_to_exactly_the_roles_of_the_table)
{
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        for (int role = ROLE_NONE; role <= ROLE_TOOL; role++) {
            bool allowed = expected[i].allowed[role] != '.';
            cr_expect_eq(authority_allows(expected[i].act, role), allowed, "act %d, role %s",
                         expected[i].act, role_text(role));
        }
    }
}

Test(authority, a_role_outside_the_vocabulary_may_do_nothing)
{
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        cr_expect_not(authority_allows(expected[i].act, -1));
        cr_expect_not(authority_allows(expected[i].act, ROLE_TOOL + 1));
        cr_expect_not(authority_allows(expected[i].act, 1000000));
    }
}
