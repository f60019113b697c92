/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hierarchical timer wheel over entries 0 .. count-1, allocated once: arm, disarm and expire are
 * constant time, whatever the number of entries. No callbacks: expired entries are asked for one by
 * one, so the caller decides how many it takes in a turn.
 *
 * Times are plain numbers in a unit of the caller's choice (milliseconds in larwm). An entry is in
 * the level of the highest 6-bit digit in which its due time differs from `now`, so each entry
 * moves down at most ten times in its life. Entries that expire in the same call come out in order
 * of due time, and for equal times in the order in which they reached the lowest level.
 *
 * One owner thread. The same calls in the same order give the same answers.
 */
#ifndef BASE_WHEEL_H
#define BASE_WHEEL_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

#define WHEEL_BITS 6
#define WHEEL_SLOTS 64
#define WHEEL_LEVELS 11 /* 11 * 6 bits hold any 64-bit time */
#define WHEEL_LISTS                                                                                \
    (WHEEL_LEVELS * WHEEL_SLOTS + 1) /* the last one: expired, not yet asked for                   \
                                      */
#define WHEEL_NONE UINT32_MAX
#define WHEEL_NEVER UINT64_MAX

struct wheel_entry
{
    uint64_t due;
    uint32_t next; /* WHEEL_NONE at the end */
    uint32_t previous;
    uint16_t list; /* WHEEL_LISTS when not armed */
};

struct wheel_list
{
    uint32_t first;
    uint32_t last;
};

struct wheel
{
    uint64_t now;
    struct wheel_entry *entries;
    uint32_t count; /* of entries */
    uint32_t armed;
    uint64_t used[WHEEL_LEVELS]; /* bit for each slot that is not empty */
    struct wheel_list lists[WHEEL_LISTS];
};

/* `count` entries, none armed; `now` is where time begins. ERROR_MEMORY. */
enum error wheel_init(struct wheel *wheel, uint32_t count, uint64_t now) MUST_USE;
void wheel_free(struct wheel *wheel);
/* Arms or re-arms `entry`; a time not after `now` expires at the next wheel_expire. */
void wheel_arm(struct wheel *wheel, uint32_t entry, uint64_t due);
void wheel_disarm(struct wheel *wheel, uint32_t entry);
bool wheel_is_armed(const struct wheel *wheel, uint32_t entry);
/* Moves time to `now` (a time before the present one counts as the present one) and gives one entry
 * that is due, disarmed. False when none is left. Call until false. */
bool wheel_expire(struct wheel *wheel, uint64_t now, uint32_t *ret_entry) MUST_USE;
/* Time is `now` again, which lies before the present one: what is due after it is not due any more.
 * Walks all entries; nothing when `now` is not before. */
void wheel_turn_back(struct wheel *wheel, uint64_t now);
/* When to call wheel_expire next: never later than the earliest due time, possibly earlier.
 * WHEEL_NEVER when nothing is armed. */
uint64_t wheel_next(const struct wheel *wheel);
/* For tests: does every entry stand where it belongs? Walks everything. */
bool wheel_validate(const struct wheel *wheel);

#endif
