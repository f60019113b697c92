/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/ctl_time.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

const char *
ctl_time_text(int64_t wall_us, char text[CTL_TIME_SIZE])
{
    time_t seconds = (time_t)(wall_us / US_PER_S);
    struct tm parts;
    text[0] = '\0';
    if (wall_us > 0 && gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(text, CTL_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    return text;
}

const char *
ctl_age_text(int64_t since_us, int64_t now_us, char text[CTL_TIME_SIZE])
{
    text[0] = '\0';
    if (since_us <= 0 || since_us > now_us) {
        return text;
    }
    long seconds = (long)((now_us - since_us) / US_PER_S);
    if (seconds < 120) {
        (void)snprintf(text, CTL_TIME_SIZE, "%ld s", seconds);
    } else if (seconds < 7200) {
        (void)snprintf(text, CTL_TIME_SIZE, "%ld min", seconds / 60);
    } else if (seconds < 172800) {
        (void)snprintf(text, CTL_TIME_SIZE, "%ld h", seconds / 3600);
    } else {
        (void)snprintf(text, CTL_TIME_SIZE, "%ld d", seconds / 86400);
    }
    return text;
}
