/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/marker.h"

#include <criterion/criterion.h>

static const struct marker_validity year = {
    .exists = true,
    .valid_from_us = 1000,
    .valid_to_us = 2000,
};

/* S2 TEST (e): half-open at both ends. */
Test(marker, is_active_from_its_first_instant_and_lapsed_at_its_last)
{
    cr_assert_eq(marker_status_at(&year, 999), MARKER_NONE);
    cr_assert_eq(marker_status_at(&year, 1000), MARKER_ACTIVE);
    cr_assert_eq(marker_status_at(&year, 1999), MARKER_ACTIVE);
    cr_assert_eq(marker_status_at(&year, 2000), MARKER_LAPSED);
    cr_assert_eq(marker_status_at(&year, 9000), MARKER_LAPSED);
}

Test(marker, a_withdrawn_one_is_withdrawn_whatever_its_dates)
{
    struct marker_validity withdrawn = year;
    withdrawn.withdrawn = true;
    cr_assert_eq(marker_status_at(&withdrawn, 1500), MARKER_WITHDRAWN);
    cr_assert_eq(marker_status_at(&withdrawn, 9000), MARKER_WITHDRAWN);
}

Test(marker, without_an_end_it_stays_active_and_without_a_record_it_is_none)
{
    struct marker_validity open = year;
    open.valid_to_us = 0;
    cr_assert_eq(marker_status_at(&open, INT64_MAX), MARKER_ACTIVE);
    struct marker_validity none = {0};
    cr_assert_eq(marker_status_at(&none, 1500), MARKER_NONE);
}
