/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invariant (wheel_validate): for an armed entry not yet expired, let L be the highest 6-bit digit
 * in which its due time differs from `now`. Then its digit L is greater than now's, all higher
 * digits are equal, and it stands in list L * 64 + its digit L. So the earliest entries are in the
 * lowest level in use, in its lowest slot in use, and time may jump to anywhere before that slot
 * untouched.
 */
#include "base/wheel.h"

#include "base/require.h"

#include <stdlib.h>

#define LIST_EXPIRED (WHEEL_LISTS - 1)
#define LIST_NONE WHEEL_LISTS

enum error
wheel_init(struct wheel *wheel, uint32_t count, uint64_t now)
{
    require(count > 0 && count < WHEEL_NONE);
    *wheel = (struct wheel){.now = now, .count = count};
    wheel->entries = calloc(count, sizeof(wheel->entries[0]));
    if (wheel->entries == NULL) {
        return ERROR_MEMORY;
    }
    for (uint32_t entry = 0; entry < count; entry++) {
        wheel->entries[entry].list = LIST_NONE;
    }
    for (unsigned list = 0; list < WHEEL_LISTS; list++) {
        wheel->lists[list] = (struct wheel_list){WHEEL_NONE, WHEEL_NONE};
    }
    return ERROR_NONE;
}

void
wheel_free(struct wheel *wheel)
{
    free(wheel->entries);
    wheel->entries = NULL;
}

static unsigned
wheel_level(uint64_t now, uint64_t due)
{
    return (63 - (unsigned)__builtin_clzll(now ^ due)) / WHEEL_BITS;
}

static unsigned
wheel_digit(uint64_t time, unsigned level)
{
    return (unsigned)(time >> (level * WHEEL_BITS)) & (WHEEL_SLOTS - 1);
}

static uint16_t
wheel_list_of(const struct wheel *wheel, uint64_t due)
{
    if (due <= wheel->now) {
        return LIST_EXPIRED;
    }
    unsigned level = wheel_level(wheel->now, due);
    return (uint16_t)(level * WHEEL_SLOTS + wheel_digit(due, level));
}

static void
wheel_link(struct wheel *wheel, uint32_t entry)
{
    struct wheel_entry *e = &wheel->entries[entry];
    e->list = wheel_list_of(wheel, e->due);
    struct wheel_list *list = &wheel->lists[e->list];
    e->next = WHEEL_NONE;
    e->previous = list->last;
    if (list->last == WHEEL_NONE) {
        list->first = entry;
    } else {
        wheel->entries[list->last].next = entry;
    }
    list->last = entry;
    if (e->list != LIST_EXPIRED) {
        wheel->used[e->list / WHEEL_SLOTS] |= UINT64_C(1) << (e->list % WHEEL_SLOTS);
    }
}

static void
wheel_unlink(struct wheel *wheel, uint32_t entry)
{
    struct wheel_entry *e = &wheel->entries[entry];
    struct wheel_list *list = &wheel->lists[e->list];
    if (e->previous == WHEEL_NONE) {
        list->first = e->next;
    } else {
        wheel->entries[e->previous].next = e->next;
    }
    if (e->next == WHEEL_NONE) {
        list->last = e->previous;
    } else {
        wheel->entries[e->next].previous = e->previous;
    }
    if (list->first == WHEEL_NONE && e->list != LIST_EXPIRED) {
        wheel->used[e->list / WHEEL_SLOTS] &= ~(UINT64_C(1) << (e->list % WHEEL_SLOTS));
    }
    e->list = LIST_NONE;
}

void
wheel_arm(struct wheel *wheel, uint32_t entry, uint64_t due)
{
    require(entry < wheel->count);
    if (wheel->entries[entry].list != LIST_NONE && wheel->entries[entry].due == due) {
        return; /* it stands where it would be put */
    }
    wheel_disarm(wheel, entry);
    wheel->entries[entry].due = due;
    wheel_link(wheel, entry);
    wheel->armed++;
}

void
wheel_disarm(struct wheel *wheel, uint32_t entry)
{
    require(entry < wheel->count);
    if (wheel->entries[entry].list != LIST_NONE) {
        wheel_unlink(wheel, entry);
        wheel->armed--;
    }
}

bool
wheel_is_armed(const struct wheel *wheel, uint32_t entry)
{
    return entry < wheel->count && wheel->entries[entry].list != LIST_NONE;
}

/* The lowest slot in use, and when it begins. False when every level is empty. */
static bool
wheel_earliest(const struct wheel *wheel, unsigned *ret_list, uint64_t *ret_begins)
{
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        if (wheel->used[level] == 0) {
            continue;
        }
        unsigned slot = (unsigned)__builtin_ctzll(wheel->used[level]);
        unsigned above = (level + 1) * WHEEL_BITS;
        uint64_t higher = above >= 64 ? 0 : wheel->now >> above << above;
        *ret_list = level * WHEEL_SLOTS + slot;
        *ret_begins = higher | (uint64_t)slot << (level * WHEEL_BITS);
        return true;
    }
    return false;
}

/* Moves time to where the next slot begins and spreads its entries over the lower levels, or to
 * `now` when that comes first. False then. */
static bool
wheel_advance(struct wheel *wheel, uint64_t now)
{
    unsigned from = 0;
    uint64_t begins = 0;
    if (!wheel_earliest(wheel, &from, &begins) || begins > now) {
        wheel->now = now > wheel->now ? now : wheel->now;
        return false;
    }
    wheel->now = begins;
    for (uint32_t entry = wheel->lists[from].first; entry != WHEEL_NONE;) {
        uint32_t next = wheel->entries[entry].next;
        wheel_unlink(wheel, entry);
        wheel_link(wheel, entry);
        entry = next;
    }
    return true;
}

void
wheel_turn_back(struct wheel *wheel, uint64_t now)
{
    if (now >= wheel->now) {
        return;
    }
    for (unsigned list = 0; list < WHEEL_LISTS; list++) {
        wheel->lists[list] = (struct wheel_list){WHEEL_NONE, WHEEL_NONE};
    }
    for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
        wheel->used[level] = 0;
    }
    wheel->now = now;
    for (uint32_t entry = 0; entry < wheel->count; entry++) {
        if (wheel->entries[entry].list != LIST_NONE) {
            wheel_link(wheel, entry);
        }
    }
}

bool
wheel_expire(struct wheel *wheel, uint64_t now, uint32_t *ret_entry)
{
    while (wheel->lists[LIST_EXPIRED].first == WHEEL_NONE) {
        if (!wheel_advance(wheel, now)) {
            return false;
        }
    }
    *ret_entry = wheel->lists[LIST_EXPIRED].first;
    wheel_disarm(wheel, *ret_entry);
    return true;
}

uint64_t
wheel_next(const struct wheel *wheel)
{
    unsigned list = 0;
    uint64_t begins = WHEEL_NEVER;
    if (wheel->lists[LIST_EXPIRED].first != WHEEL_NONE) {
        return wheel->now;
    }
    return wheel_earliest(wheel, &list, &begins) ? begins : WHEEL_NEVER;
}

static bool
wheel_validate_list(const struct wheel *wheel, unsigned list, uint32_t *count)
{
    uint32_t previous = WHEEL_NONE;
    for (uint32_t entry = wheel->lists[list].first; entry != WHEEL_NONE;) {
        const struct wheel_entry *e = &wheel->entries[entry];
        if (e->list != list || e->previous != previous || ++*count > wheel->count) {
            return false;
        }
        if (wheel_list_of(wheel, e->due) != list) {
            return false;
        }
        previous = entry;
        entry = e->next;
    }
    return wheel->lists[list].last == previous;
}

bool
wheel_validate(const struct wheel *wheel)
{
    uint32_t count = 0;
    for (unsigned list = 0; list < WHEEL_LISTS; list++) {
        if (!wheel_validate_list(wheel, list, &count)) {
            return false;
        }
        if (list != LIST_EXPIRED) {
            bool used = (wheel->used[list / WHEEL_SLOTS] >> (list % WHEEL_SLOTS) & 1) != 0;
            if (used != (wheel->lists[list].first != WHEEL_NONE)) {
                return false;
            }
            if (used && list % WHEEL_SLOTS <= wheel_digit(wheel->now, list / WHEEL_SLOTS)) {
                return false;
            }
        }
    }
    return count == wheel->armed;
}
