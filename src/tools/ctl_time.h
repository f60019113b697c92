/* SPDX-License-Identifier: Apache-2.0 */
/* Times and ages as commands print them: UTC, 24 hours, to the second. Any thread. */
#ifndef TOOLS_CTL_TIME_H
#define TOOLS_CTL_TIME_H

#include <stdint.h>

#define CTL_TIME_SIZE 32

/* "2026-11-22T12:00:00Z"; "" for 0. Returns text. */
const char *ctl_time_text(int64_t wall_us, char text[CTL_TIME_SIZE]);
/* "42 s", "5 min", "3 h", "2 d"; "" for 0 or a time to come. Returns text. */
const char *ctl_age_text(int64_t since_us, int64_t now_us, char text[CTL_TIME_SIZE]);

#endif
