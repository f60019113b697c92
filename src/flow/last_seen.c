/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/last_seen.h"

#define AGREE_PARTS 4 /* gaps agree when they differ by no more than a quarter */

static bool
is_path(uint32_t slot, enum path path)
{
    return slot > 0 && slot < LIMIT_UNITS && (path == PATH_MAIN || path == PATH_BACKUP);
}

static struct last_seen_run
run_unpack(uint64_t word)
{
    return (struct last_seen_run){.gap_ms = (uint32_t)word, .count = (uint32_t)(word >> 32)};
}

struct last_seen_run
last_seen_run_next(struct last_seen_run run, uint64_t gap_ms)
{
    if (gap_ms < LAST_SEEN_GAP_MS_MIN) {
        return run;
    }
    if (gap_ms > LAST_SEEN_GAP_MS_MAX) {
        return (struct last_seen_run){0};
    }
    uint32_t gap = (uint32_t)gap_ms;
    uint32_t apart = gap > run.gap_ms ? gap - run.gap_ms : run.gap_ms - gap;
    if (run.count == 0 || apart > run.gap_ms / AGREE_PARTS) {
        return (struct last_seen_run){.gap_ms = gap, .count = 1};
    }
    run.gap_ms = gap > run.gap_ms ? gap : run.gap_ms;
    run.count += run.count < LAST_SEEN_RUN_MAX ? 1 : 0;
    return run;
}

void
last_seen_note(struct last_seen *seen, uint32_t slot, enum path path, bool poll, uint64_t now_ms)
{
    if (!is_path(slot, path)) {
        return;
    }
    _Atomic uint64_t *heard = path == PATH_BACKUP ? &seen->backup[slot] : &seen->slots[slot];
    if (poll) {
        /* From the last message of any kind: each of them restarts the panel's own timer. */
        uint64_t before_ms = atomic_load_explicit(heard, memory_order_relaxed);
        _Atomic uint64_t *word = &seen->runs[path - PATH_MAIN][slot];
        struct last_seen_run run = run_unpack(atomic_load_explicit(word, memory_order_relaxed));
        if (before_ms != 0 && before_ms < now_ms) {
            run = last_seen_run_next(run, now_ms - before_ms);
            atomic_store_explicit(word, (uint64_t)run.count << 32 | run.gap_ms,
                                  memory_order_relaxed);
        }
    }
    atomic_store_explicit(heard, now_ms, memory_order_relaxed);
}

bool
last_seen_advance(struct last_seen *seen, uint32_t slot, enum path path, int64_t stamp_us,
                  bool fresh, int64_t now_us)
{
    if (!is_path(slot, path)) {
        return false;
    }
    _Atomic int64_t *newest = &seen->stamps[path - PATH_MAIN][slot];
    int64_t before_us = atomic_load_explicit(newest, memory_order_relaxed);
    bool was_ahead = before_us > now_us + LAST_SEEN_AHEAD_US;
    if (stamp_us <= before_us && !(fresh && was_ahead)) {
        return false;
    }
    atomic_store_explicit(newest, stamp_us, memory_order_relaxed);
    return true;
}

uint64_t
last_seen_ms(const struct last_seen *seen, uint32_t slot, enum path path)
{
    if (!is_path(slot, path)) {
        return 0;
    }
    return atomic_load_explicit(path == PATH_BACKUP ? &seen->backup[slot] : &seen->slots[slot],
                                memory_order_relaxed);
}

struct last_seen_run
last_seen_run(const struct last_seen *seen, uint32_t slot, enum path path)
{
    return is_path(slot, path) ? run_unpack(atomic_load_explicit(
                                     &seen->runs[path - PATH_MAIN][slot], memory_order_relaxed))
                               : (struct last_seen_run){0};
}
