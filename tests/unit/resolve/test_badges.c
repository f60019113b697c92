/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/badges.h"

#include <criterion/criterion.h>
#include <math.h>

#define RECEIVED_US INT64_C(1700000000000000)
#define METRE_OF_LATITUDE (1 / 111195.0)

static struct badge_facts
at_home(void)
{
    return (struct badge_facts){
        .known = true,
        .unit_status = UNIT_IN_SERVICE,
        .mobile = true,
        .allocated = true,
        .has_case = true,
        .case_open = true,
        .has_home = true,
        .home_latitude = 51.6,
        .home_longitude = -3.9,
        .received_us = RECEIVED_US,
    };
}

static uint64_t
with_fix(double metres_away, uint32_t accuracy_m, int64_t age_us)
{
    struct badge_facts facts = at_home();
    facts.has_fix = true;
    facts.latitude = 51.6 + metres_away * METRE_OF_LATITUDE;
    facts.longitude = -3.9;
    facts.accuracy_m = accuracy_m;
    facts.fix_time_us = RECEIVED_US - age_us;
    return badges_of(&facts);
}

Test(badges, an_ordinary_unit_in_service_carries_none)
{
    struct badge_facts facts = at_home();
    cr_assert_eq(badges_of(&facts), 0);
}

/* S4 TEST */
Test(badges, every_unit_status_has_its_own)
{
    static const struct
    {
        enum unit_status status;
        uint64_t badges;
    } cases[] = {
        {UNIT_IN_STORE, 0},
        {UNIT_LEASED_UNTESTED, BADGE_BIT(BADGE_UNTESTED)},
        {UNIT_IN_SERVICE, 0},
        {UNIT_FAULTY_IN_SERVICE, BADGE_BIT(BADGE_FAULTY)},
        {UNIT_QUARANTINE, BADGE_BIT(BADGE_QUARANTINE)},
        {UNIT_LOST, BADGE_BIT(BADGE_LOST)},
        {UNIT_STOLEN, BADGE_BIT(BADGE_STOLEN)},
        {UNIT_RETIRED, BADGE_BIT(BADGE_RETIRED)},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct badge_facts facts = at_home();
        facts.unit_status = cases[i].status;
        cr_expect_eq(badges_of(&facts), cases[i].badges);
        facts.allocated = false;
        facts.has_case = false;
        cr_expect_eq(badges_of(&facts), cases[i].badges | BADGE_BIT(BADGE_UNALLOCATED));
    }
    struct badge_facts unknown = {.received_us = RECEIVED_US};
    cr_expect_eq(badges_of(&unknown), BADGE_BIT(BADGE_UNREGISTERED));
}

/* S3 S8 TEST */
Test(badges, earlier_allocation_moved_resident_and_closed_case_are_labelled)
{
    struct badge_facts facts = at_home();
    facts.earlier_allocation = true;
    facts.has_case = false;
    facts.allocated = false;
    cr_expect_eq(badges_of(&facts), BADGE_BIT(BADGE_EARLIER_ALLOCATION));
    facts = at_home();
    facts.resident_moved = true;
    cr_expect_eq(badges_of(&facts), BADGE_BIT(BADGE_RESIDENT_MOVED));
    facts = at_home();
    facts.case_open = false;
    cr_expect_eq(badges_of(&facts), BADGE_BIT(BADGE_CASE_CLOSED));
}

/* REQ A20 TEST: 75 m, or the accuracy when larger, at most 250 m. */
Test(badges, a_live_fix_outside_the_radius_is_away_from_home)
{
    const uint64_t away = BADGE_BIT(BADGE_AWAY_FROM_HOME);
    cr_expect_eq(with_fix(70, 0, 0), 0);
    cr_expect_eq(with_fix(80, 0, 0), away);
    cr_expect_eq(with_fix(80, 10, 0), away);
    cr_expect_eq(with_fix(120, 130, 0), 0);
    cr_expect_eq(with_fix(240, 2000, 0), 0);
    cr_expect_eq(with_fix(260, 2000, 0), away);
    cr_expect_eq(with_fix(5000, 10, BADGES_FIX_LIVE_US + 1), 0, "an old fix proves nothing");
    struct badge_facts fixed = at_home();
    fixed.mobile = false;
    fixed.has_fix = true;
    cr_expect_eq(badges_of(&fixed), 0, "a fixed unit does not move");
    struct badge_facts broken = at_home();
    broken.has_fix = true;
    broken.latitude = NAN;
    cr_expect_eq(badges_of(&broken), 0);
}

Test(badges, the_clock_is_believed_within_bounds_only)
{
    struct badge_facts facts = at_home();
    facts.device_time_us = RECEIVED_US - BADGES_DELAYED_US;
    cr_expect_eq(badges_of(&facts), 0);
    facts.device_time_us = RECEIVED_US - BADGES_DELAYED_US - 1;
    cr_expect_eq(badges_of(&facts), BADGE_BIT(BADGE_DELAYED));
    facts.device_time_us = RECEIVED_US + BADGES_AHEAD_US;
    cr_expect_eq(badges_of(&facts), 0);
    facts.device_time_us = RECEIVED_US + BADGES_AHEAD_US + 1;
    cr_expect_eq(badges_of(&facts), BADGE_BIT(BADGE_CLOCK_SUSPECT));
    facts.device_time_us = 1;
    cr_expect_eq(badges_of(&facts), BADGE_BIT(BADGE_CLOCK_SUSPECT));
    facts.device_time_us = 0;
    cr_expect_eq(badges_of(&facts), 0);
    facts.device_time_us = RECEIVED_US;
    facts.clock_suspect = true;
    cr_expect_eq(badges_of(&facts), BADGE_BIT(BADGE_CLOCK_SUSPECT));
}

Test(badges, credential_and_unreadable_frame_are_labelled)
{
    struct badge_facts facts = at_home();
    facts.credential_expired = true;
    facts.unreadable = true;
    cr_assert_eq(badges_of(&facts),
                 BADGE_BIT(BADGE_CREDENTIAL_EXPIRED) | BADGE_BIT(BADGE_UNREADABLE));
}

Test(badges, distance_agrees_with_a_known_pair)
{
    /* Cardiff castle to Swansea castle, by the haversine formula: 54,768 m. */
    double metres = badges_distance_m(51.4816, -3.1810, 51.6204, -3.9410);
    cr_assert_float_eq(metres, 54768, 10, "%f", metres);
}
