/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/resend.h"

#include "base/hash.h"
#include "base/require.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum error
resend_init(struct resend_memory *memory)
{
    memset(memory, 0, sizeof *memory);
    ssize_t got = getrandom(&memory->seed, sizeof memory->seed, 0);
    (void)got; /* a known seed only costs memory of what was sent */
    memory->entries = calloc((size_t)RESEND_SETS * RESEND_WAYS, sizeof memory->entries[0]);
    return memory->entries == NULL ? ERROR_MEMORY : ERROR_NONE;
}

void
resend_free(struct resend_memory *memory)
{
    free(memory->entries);
    memory->entries = NULL;
}

static struct resend_entry *
resend_set(struct resend_memory *memory, const uint8_t *frame, size_t size)
{
    return &memory->entries[hash_bytes(memory->seed, frame, size) % RESEND_SETS * RESEND_WAYS];
}

static bool
resend_is_over(const struct resend_entry *entry, uint64_t now_ms)
{
    return entry->state == RESEND_DURABLE && now_ms - entry->came_ms >= RESEND_WINDOW_MS;
}

struct resend_entry *
resend_find(struct resend_memory *memory, const uint8_t *frame, size_t size, unsigned listener,
            uint64_t now_ms)
{
    if (size > RESEND_FRAME_MAX) {
        return NULL;
    }
    struct resend_entry *set = resend_set(memory, frame, size);
    for (unsigned way = 0; way < RESEND_WAYS; way++) {
        struct resend_entry *entry = &set[way];
        if (entry->state != RESEND_FREE && entry->size == size && entry->listener == listener &&
            entry->closings == memory->closings && memcmp(entry->frame, frame, size) == 0 &&
            !resend_is_over(entry, now_ms)) {
            return entry;
        }
    }
    return NULL;
}

uint32_t
resend_add(struct resend_memory *memory, const uint8_t *frame, size_t size, unsigned listener,
           uint64_t peer, uint64_t now_ms)
{
    if (size > RESEND_FRAME_MAX) {
        return 0;
    }
    struct resend_entry *set = resend_set(memory, frame, size);
    struct resend_entry *place = NULL;
    for (unsigned way = 0; way < RESEND_WAYS; way++) {
        struct resend_entry *entry = &set[way];
        bool may_go =
            entry->state == RESEND_FREE || (entry->state == RESEND_DURABLE && !entry->listed);
        if (may_go && (place == NULL || entry->came_ms < place->came_ms)) {
            place = entry;
        }
    }
    if (place == NULL) {
        return 0;
    }
    place->came_ms = now_ms;
    place->peer = peer;
    place->pos = 0;
    place->closings = memory->closings;
    place->copies = 0;
    place->waiting = 0;
    place->state = RESEND_WAITING;
    place->listener = (uint8_t)listener;
    place->size = (uint16_t)size;
    memcpy(place->frame, frame, size);
    return (uint32_t)(place - memory->entries) + 1;
}

static void
resend_list(struct resend_memory *memory, struct resend_entry *entry)
{
    uint32_t ref = (uint32_t)(entry - memory->entries) + 1;
    if (entry->listed) {
        return;
    }
    entry->listed = true;
    entry->next = 0;
    if (memory->last == 0) {
        memory->first = ref;
    } else {
        memory->entries[memory->last - 1].next = ref;
    }
    memory->last = ref;
    memory->listed_count += 1;
}

unsigned
resend_settle(struct resend_memory *memory, uint32_t ref, uint64_t pos)
{
    if (ref == 0) {
        return 0;
    }
    require(ref <= RESEND_SETS * RESEND_WAYS);
    struct resend_entry *entry = &memory->entries[ref - 1];
    require(entry->state == RESEND_WAITING);
    unsigned waiting = entry->waiting;
    entry->waiting = 0;
    entry->pos = pos;
    entry->state = pos != 0 ? RESEND_DURABLE : RESEND_FREE;
    if (pos != 0 && entry->copies > 0) {
        resend_list(memory, entry);
    }
    return waiting;
}

static void
resend_add_copy(struct resend_entry *entry, int64_t now_us)
{
    entry->copies += entry->copies < UINT32_MAX ? 1 : 0;
    entry->last_us = now_us;
}

bool
resend_wait(struct resend_entry *entry, int64_t now_us)
{
    require(entry->state == RESEND_WAITING);
    if (entry->waiting == RESEND_ANSWERS_MAX) {
        return false;
    }
    entry->waiting += 1;
    resend_add_copy(entry, now_us);
    return true;
}

void
resend_note(struct resend_entry *entry, int64_t now_us)
{
    require(entry->state == RESEND_WAITING);
    resend_add_copy(entry, now_us);
}

void
resend_count(struct resend_memory *memory, struct resend_entry *entry, int64_t now_us)
{
    require(entry->state == RESEND_DURABLE);
    resend_add_copy(entry, now_us);
    resend_list(memory, entry);
}

unsigned
resend_take_counts(struct resend_memory *memory, struct resend_counted *to, unsigned room)
{
    unsigned count = 0;
    while (count < room && memory->first != 0) {
        struct resend_entry *entry = &memory->entries[memory->first - 1];
        to[count] = (struct resend_counted){entry->pos, entry->copies, entry->last_us};
        count += 1;
        entry->copies = 0;
        entry->listed = false;
        memory->first = entry->next;
        memory->last = memory->first == 0 ? 0 : memory->last;
        memory->listed_count -= 1;
    }
    return count;
}
