/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that come fast gather for one statement; one in quiet goes at once
 * (docs/decisions/0012). */
#include "centre.h"

#include "resolve/lookup_batch.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SENT_US UINT64_C(5000000000)

/* A statement for `batch` questions was sent at SENT_US, and `asked` more have come since. */
static struct lookup
lookup_after(unsigned batch, unsigned asked)
{
    struct lookup lookup = {.usable = true};
    lookup_gather_sent(&lookup, batch);
    lookup.sent_us = SENT_US;
    lookup.asked_since_sent = asked;
    lookup.queued = asked;
    return lookup;
}

Test(gather, in_quiet_nothing_waits)
{
    struct lookup first = {.usable = true, .queued = 1, .asked_since_sent = 1};
    cr_assert_not(lookup_gathers(&first, SENT_US), "the first question of all");
    struct lookup quiet = lookup_after(1, 1);
    cr_assert_not(lookup_gathers(&quiet, SENT_US));
    quiet = lookup_after(LOOKUP_GATHER_BATCH, LOOKUP_GATHER_ASKED);
    cr_assert_not(lookup_gathers(&quiet, SENT_US), "up to the limits");
}

Test(gather, what_comes_fast_waits_until_the_moment_is_over)
{
    struct lookup many = lookup_after(1, LOOKUP_GATHER_ASKED + 1);
    struct lookup after_many = lookup_after(LOOKUP_GATHER_BATCH + 1, 1);
    cr_assert(lookup_gathers(&many, SENT_US));
    cr_assert(lookup_gathers(&after_many, SENT_US + LOOKUP_GATHER_US - 1));
    cr_assert_not(lookup_gathers(&many, SENT_US + LOOKUP_GATHER_US));
    cr_assert_not(lookup_gathers(&after_many, SENT_US + LOOKUP_GATHER_US));
}

Test(gather, a_full_statement_a_late_one_and_a_lost_connection_wait_for_nobody)
{
    struct lookup full = lookup_after(LOOKUP_GATHER_BATCH + 1, RESOLVE_BATCH_MAX);
    cr_assert_not(lookup_gathers(&full, SENT_US));
    struct lookup late = lookup_after(LOOKUP_GATHER_BATCH + 1, 1);
    late.overdue = true;
    cr_assert_not(lookup_gathers(&late, SENT_US));
    struct lookup lost = lookup_after(LOOKUP_GATHER_BATCH + 1, 1);
    lost.usable = false;
    cr_assert_not(lookup_gathers(&lost, SENT_US));
}

static bool
has_all(void *data)
{
    return ((struct centre *)data)->answers == 600;
}

Test(gather, a_flood_of_questions_shares_statements_and_each_is_answered_once)
{
    struct centre *centre = centre_open();
    for (unsigned key = 0; key < 600; key++) {
        char unit[16];
        (void)snprintf(unit, sizeof unit, "NOBODY-%u", key); /* never answered from a moment ago */
        struct resolve_question asked = question(unit);
        asked.key = key;
        cr_assert_eq(resolve_ask(centre->resolve, &asked), ERROR_NONE);
        if (key % 10 == 0) {
            (void)uv_run(&centre->loop, UV_RUN_NOWAIT);
        }
    }
    cr_assert(loop_until(&centre->loop, has_all, centre, 5000));
    for (unsigned key = 0; key < 600; key++) {
        cr_assert_eq(centre->answered[key], 1, "question %u", key);
    }
    cr_assert_gt(centre->ends, 0);
    cr_assert_lt(centre->ends, 600, "they came together");
    centre_close(centre);
}
