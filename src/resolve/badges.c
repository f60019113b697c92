/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve/badges.h"

#include <math.h>

#define EARTH_RADIUS_M 6371008.8

double
badges_distance_m(double latitude_a, double longitude_a, double latitude_b, double longitude_b)
{
    const double degree = M_PI / 180;
    double half_lat = sin((latitude_b - latitude_a) * degree / 2);
    double half_lon = sin((longitude_b - longitude_a) * degree / 2);
    double h = half_lat * half_lat +
               cos(latitude_a * degree) * cos(latitude_b * degree) * half_lon * half_lon;
    return 2 * EARTH_RADIUS_M * asin(sqrt(h > 1 ? 1 : h));
}

bool
badges_clock_is_believed(int64_t device_time_us, int64_t received_us, bool clock_suspect)
{
    return device_time_us != 0 && !clock_suspect &&
           device_time_us <= received_us + BADGES_AHEAD_US &&
           device_time_us >= received_us - BADGES_OLDEST_US;
}

static uint64_t
badge_of_status(enum unit_status status)
{
    switch (status) {
        case UNIT_UNREGISTERED:
            return BADGE_BIT(BADGE_UNREGISTERED);
        case UNIT_LEASED_UNTESTED:
            return BADGE_BIT(BADGE_UNTESTED);
        case UNIT_FAULTY_IN_SERVICE:
            return BADGE_BIT(BADGE_FAULTY);
        case UNIT_QUARANTINE:
            return BADGE_BIT(BADGE_QUARANTINE);
        case UNIT_LOST:
            return BADGE_BIT(BADGE_LOST);
        case UNIT_STOLEN:
            return BADGE_BIT(BADGE_STOLEN);
        case UNIT_RETIRED:
            return BADGE_BIT(BADGE_RETIRED);
        case UNIT_IN_STORE:
        case UNIT_IN_SERVICE:
            break;
    }
    return 0;
}

/* REQ A20: a mobile unit with a live fix away from the property: its marker is information only. */
static bool
is_away(const struct badge_facts *facts)
{
    if (!facts->mobile || !facts->has_home || !facts->has_fix) {
        return false;
    }
    if (facts->fix_time_us != 0 && facts->received_us - facts->fix_time_us > BADGES_FIX_LIVE_US) {
        return false;
    }
    double radius_m = BADGES_HOME_RADIUS_M;
    if (facts->accuracy_m > BADGES_HOME_RADIUS_M) {
        radius_m = facts->accuracy_m < BADGES_HOME_RADIUS_M_MAX ? facts->accuracy_m
                                                                : BADGES_HOME_RADIUS_M_MAX;
    }
    double distance_m = badges_distance_m(facts->latitude, facts->longitude, facts->home_latitude,
                                          facts->home_longitude);
    return distance_m > radius_m;
}

static uint64_t
badges_of_clock(const struct badge_facts *facts)
{
    if (facts->clock_suspect) {
        return BADGE_BIT(BADGE_CLOCK_SUSPECT);
    }
    if (facts->device_time_us == 0) {
        return 0;
    }
    if (!badges_clock_is_believed(facts->device_time_us, facts->received_us, false)) {
        return BADGE_BIT(BADGE_CLOCK_SUSPECT);
    }
    return facts->received_us - facts->device_time_us > BADGES_DELAYED_US ? BADGE_BIT(BADGE_DELAYED)
                                                                          : 0;
}

static uint64_t
badges_of_records(const struct badge_facts *facts)
{
    if (!facts->known) {
        return BADGE_BIT(BADGE_UNREGISTERED);
    }
    uint64_t badges = badge_of_status(facts->unit_status);
    if (facts->earlier_allocation) {
        badges |= BADGE_BIT(BADGE_EARLIER_ALLOCATION);
    } else if (!facts->allocated) {
        badges |= BADGE_BIT(BADGE_UNALLOCATED);
    }
    if (facts->resident_moved) {
        badges |= BADGE_BIT(BADGE_RESIDENT_MOVED);
    }
    if (facts->has_case && !facts->case_open) {
        badges |= BADGE_BIT(BADGE_CASE_CLOSED);
    }
    return badges;
}

uint64_t
badges_of(const struct badge_facts *facts)
{
    uint64_t badges = badges_of_records(facts) | badges_of_clock(facts);
    if (is_away(facts)) {
        badges |= BADGE_BIT(BADGE_AWAY_FROM_HOME);
    }
    if (facts->credential_expired) {
        badges |= BADGE_BIT(BADGE_CREDENTIAL_EXPIRED);
    }
    if (facts->unreadable) {
        badges |= BADGE_BIT(BADGE_UNREADABLE);
    }
    return badges;
}
