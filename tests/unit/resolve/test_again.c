/* SPDX-License-Identifier: Apache-2.0 */
/* A unit that signals again at once, against a real PostgreSQL (docs/decisions/0012). */
#include "centre.h"

#include "base/clock.h"
#include "base/counters.h"
#include "resolve/badges.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char withdraw[] =
    "UPDATE larwm.marker SET withdrawn_at = now(), withdrawn_reason = 'x'"
    " WHERE property_id = (SELECT property_id FROM larwm.resolve("
    "array['SKY-101'], array[null]::timestamptz[], array[now()]))";

Test(again, it_gets_the_checked_card_of_a_moment_ago_with_labels_of_its_own)
{
    struct centre *centre = centre_open();
    struct resolve_question asked = question("SKY-101");
    int64_t checked_us = ask_as(centre, &asked)->checked_us;
    uint64_t before = counter_get(resolve_again);
    uint64_t began_ms = clock_mono_ms();
    asked.credential_expired = true;
    const struct resolve_answer *answer = ask_as(centre, &asked);
    cr_assert_eq(answer->status, RESOLVE_CHECKED);
    cr_assert_eq(answer->marker, MARKER_ACTIVE);
    cr_assert(answer->has_case);
    cr_assert_eq(answer->badges, BADGE_BIT(BADGE_CREDENTIAL_EXPIRED));
    if (clock_mono_ms() - began_ms < 20) { /* else the moment may have passed */
        cr_assert_eq(answer->checked_us, checked_us, "it says when it was checked");
        cr_assert_eq(counter_get(resolve_again), before + 1);
    }
    asked.credential_expired = false;
    cr_assert_eq(ask_as(centre, &asked)->badges, 0);
    centre_close(centre);
}

/* REQ B3 TEST */
Test(again, a_change_ends_it_at_once)
{
    struct centre *centre = centre_open();
    cr_assert_eq(ask(centre, "SKY-101")->marker, MARKER_ACTIVE);
    database_value(&centre->database, withdraw);
    loop_for(&centre->loop, 10); /* the notice is there: PostgreSQL sends it with the commit */
    cr_assert_eq(ask(centre, "SKY-101")->marker, MARKER_WITHDRAWN);
    centre_close(centre);
}

Test(again, after_a_moment_it_is_asked_anew)
{
    struct centre *centre = centre_open();
    int64_t checked_us = ask(centre, "SKY-101")->checked_us;
    loop_for(&centre->loop, 120);
    cr_assert_gt(ask(centre, "SKY-101")->checked_us, checked_us);
    centre_close(centre);
}

/* S3 TEST: an earlier event may be somebody else's. */
Test(again, an_event_of_an_earlier_time_is_asked_for_itself)
{
    struct centre *centre = centre_open();
    (void)ask(centre, "SKY-101");
    uint64_t before = counter_get(resolve_again);
    struct resolve_question asked = question("SKY-101");
    asked.device_time_us = asked.received_us - 3600 * US_PER_S;
    (void)ask_as(centre, &asked);
    cr_assert_eq(counter_get(resolve_again), before);
    centre_close(centre);
}

Test(again, another_unit_is_asked_for_itself)
{
    struct centre *centre = centre_open();
    cr_assert_eq(ask(centre, "SKY-101")->marker, MARKER_ACTIVE);
    cr_assert_eq(ask(centre, "SKY-103")->marker, MARKER_LAPSED);
    cr_assert_eq(ask(centre, "SKY-117")->badges, BADGE_BIT(BADGE_UNALLOCATED));
    cr_assert_eq(ask(centre, "SKY-117")->badges, BADGE_BIT(BADGE_UNALLOCATED), "again, too");
    cr_assert(ask(centre, "SKY-114")->badges & BADGE_BIT(BADGE_LOST));
    cr_assert(ask(centre, "SKY-114")->badges & BADGE_BIT(BADGE_LOST));
    centre_close(centre);
}
