/* SPDX-License-Identifier: Apache-2.0 */
#include "larwm/vocabulary.h"
#include "outlet/presence.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct presence *
empty(void)
{
    return calloc(1, sizeof(struct presence));
}

/* Sends and settles the one record that must be due; returns whether it says present. */
static bool
settle(struct presence *presence, bool durable)
{
    int due = presence_due(presence, 0);
    cr_assert_neq(due, PRESENCE_NONE);
    presence_sent(presence, due);
    bool present = presence->entries[due].sent_present;
    presence_settled(presence, due, durable);
    return present;
}

/* REQ A5 TEST */
Test(presence, several_sessions_of_one_user_count_as_one)
{
    struct presence *presence = empty();
    int first = presence_join(presence, "carys", ROLE_OPERATOR, false);
    cr_expect(settle(presence, true));
    int second = presence_join(presence, "carys", ROLE_OPERATOR, false);
    cr_expect_eq(first, second);
    cr_expect_eq(presence_due(presence, 0), PRESENCE_NONE);
    presence_leave(presence, first);
    cr_expect_eq(presence_due(presence, 0), PRESENCE_NONE);
    presence_leave(presence, second);
    cr_expect_not(settle(presence, true));
    cr_expect_eq(presence_due(presence, 0), PRESENCE_NONE);
    free(presence);
}

Test(presence, a_record_that_failed_is_due_again)
{
    struct presence *presence = empty();
    int entry = presence_join(presence, "carys", ROLE_OPERATOR, false);
    cr_expect(settle(presence, false));
    cr_expect(settle(presence, true));
    presence_leave(presence, entry);
    cr_expect_not(settle(presence, false));
    cr_expect_not(settle(presence, true));
    cr_expect_eq(presence_due(presence, 0), PRESENCE_NONE);
    free(presence);
}

Test(presence, a_user_who_left_while_the_record_was_on_its_way_is_recorded_gone)
{
    struct presence *presence = empty();
    int entry = presence_join(presence, "carys", ROLE_OPERATOR, false);
    presence_sent(presence, entry);
    presence_leave(presence, entry);
    cr_expect_eq(presence_due(presence, 0), PRESENCE_NONE, "one record at a time");
    presence_settled(presence, entry, true);
    cr_expect_not(settle(presence, true));
    free(presence);
}

Test(presence, a_user_back_before_the_leave_was_sent_needs_no_record)
{
    struct presence *presence = empty();
    int entry = presence_join(presence, "carys", ROLE_OPERATOR, false);
    cr_expect(settle(presence, true));
    presence_leave(presence, entry);
    (void)presence_join(presence, "carys", ROLE_OPERATOR, false);
    cr_expect_eq(presence_due(presence, 0), PRESENCE_NONE);
    free(presence);
}

Test(presence, a_changed_role_is_recorded)
{
    struct presence *presence = empty();
    (void)presence_join(presence, "carys", ROLE_OPERATOR, false);
    cr_expect(settle(presence, true));
    int entry = presence_join(presence, "carys", ROLE_SUPERVISOR, false);
    cr_expect(settle(presence, true));
    cr_expect_eq(presence->entries[entry].known_role, ROLE_SUPERVISOR);
    free(presence);
}

Test(presence, a_gateway_of_the_same_name_is_somebody_else)
{
    struct presence *presence = empty();
    int person = presence_join(presence, "gwent", ROLE_OPERATOR, false);
    int gateway = presence_join(presence, "gwent", ROLE_POLICE_GATEWAY, true);
    cr_expect_neq(person, gateway);
    free(presence);
}

Test(presence, the_table_has_a_bound_and_places_come_back)
{
    struct presence *presence = empty();
    char user[16];
    for (int i = 0; i < LIMIT_OPERATORS; i++) {
        (void)snprintf(user, sizeof user, "user%d", i);
        cr_assert_neq(presence_join(presence, user, ROLE_OPERATOR, false), PRESENCE_NONE);
    }
    cr_expect_eq(presence_join(presence, "one more", ROLE_OPERATOR, false), PRESENCE_NONE);
    presence_leave(presence, 17);
    cr_expect_eq(presence_join(presence, "one more", ROLE_OPERATOR, false), 17);
    free(presence);
}
