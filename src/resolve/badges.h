/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which labels a signal carries, from what the records say and from the signal itself. Labels
 * change prompts and route, never the arrival (rule R0). Pure; any thread.
 */
#ifndef RESOLVE_BADGES_H
#define RESOLVE_BADGES_H

#include "larwm/vocabulary.h"

#include <stdbool.h>
#include <stdint.h>

#define BADGES_DELAYED_US INT64_C(60000000) /* older than this on arrival: delayed */
#define BADGES_AHEAD_US INT64_C(60000000)   /* further ahead than this: clock not believed */
#define BADGES_OLDEST_US (INT64_C(30) * 86400 * 1000000) /* older than this: clock not believed */
#define BADGES_FIX_LIVE_US INT64_C(300000000) /* an older fix does not say where somebody is */
#define BADGES_HOME_RADIUS_M 75               /* REQ A20, proposed values */
#define BADGES_HOME_RADIUS_M_MAX 250

#define BADGE_BIT(badge) (UINT64_C(1) << (badge))

/* All times in microseconds since 1970 UTC, 0 = not given. */
struct badge_facts
{
    /* From the records. */
    bool known; /* the registry or PostgreSQL knows the unit */
    enum unit_status unit_status;
    bool mobile;
    bool allocated;          /* somebody holds it at the event time, or held it last (lost unit) */
    bool earlier_allocation; /* the device time lies in an allocation that has ended */
    bool resident_moved;
    bool has_case;
    bool case_open;
    bool has_home;
    double home_latitude;
    double home_longitude;
    /* From the signal. */
    bool has_fix;
    double latitude;
    double longitude;
    uint32_t accuracy_m; /* 0 when the unit did not say */
    int64_t fix_time_us;
    int64_t device_time_us;
    int64_t received_us;
    bool clock_suspect;
    bool credential_expired;
    bool unreadable;
};

/* Bit n set: enum badge n. */
uint64_t badges_of(const struct badge_facts *facts);

/* May the device time be used as the event time? */
bool badges_clock_is_believed(int64_t device_time_us, int64_t received_us, bool clock_suspect);

/* Distance on the sphere in metres; good to 0.5 %. */
double
badges_distance_m(double latitude_a, double longitude_a, double latitude_b, double longitude_b);

#endif
