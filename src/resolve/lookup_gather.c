/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the next statement waits for company. A statement costs PostgreSQL as much as a dozen
 * units in it, so while questions come fast they gather for LOOKUP_GATHER_US after the last
 * statement was sent. In quiet a question goes at once: nothing here makes it wait.
 *
 * Failures: a question whose deadline passes while it gathers leaves the queue as any other; a
 * connection that is lost or closing ends the gathering.
 */
#include "resolve/lookup_batch.h"

#include "base/clock.h"

static bool
gather_is_fast(const struct lookup *lookup)
{
    return lookup->asked_since_sent > LOOKUP_GATHER_ASKED ||
           lookup->last_batch > LOOKUP_GATHER_BATCH;
}

static void
on_gathered(uv_timer_t *timer)
{
    struct lookup *lookup = timer->data;
    lookup_wake(lookup);
}

bool
lookup_gathers(const struct lookup *lookup, uint64_t now_us)
{
    return lookup->usable && !lookup->overdue && !lookup->closing && gather_is_fast(lookup) &&
           lookup->queued < RESOLVE_BATCH_MAX && now_us - lookup->sent_us < LOOKUP_GATHER_US;
}

void
lookup_gather_arm(struct lookup *lookup)
{
    uint64_t since_us = clock_mono_us() - lookup->sent_us;
    uint64_t left_us = since_us < LOOKUP_GATHER_US ? LOOKUP_GATHER_US - since_us : 0;
    uv_update_time(lookup->loop); /* a timer counts from the loop's time */
    uv_timer_start(&lookup->gather, on_gathered, (left_us + 999) / 1000, 0);
}

void
lookup_gather_sent(struct lookup *lookup, unsigned count)
{
    lookup->sent_us = clock_mono_us();
    lookup->last_batch = count;
    lookup->asked_since_sent = 0;
}
