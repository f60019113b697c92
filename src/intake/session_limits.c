/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a DC-09 peer may go, who waits when there is no room, and which of a panel's connections
 * is the one it uses.
 *
 * Happy path. Every frame takes a token from its connection (UDP: its address) and one from its
 * account. Without a token a connection is not read until there is one (back-pressure on it alone,
 * nothing taken is lost); on UDP a lesser frame gets silence. The frame in hand is always taken
 * from a connection, and an alarm from a datagram, too (rule R0). A panel that calls again ends
 * its older connection, once that has been quiet for WORKER_REPLACE_MS. While no entry is free a
 * DC-09 connection is not read; entries that come back go to those that wait, longest first.
 *
 * Failures. None of its own.
 *
 * On close. session_move takes the account from the table; the links are in `task`.
 */
#include "intake/session.h"

#include "base/counters.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/require.h"
#include "intake/datagram.h"
#include "intake/worker.h"
#include "intake/worker_setup.h"

#include <string.h>

/* Rates. */

static void
session_slow(struct session *session, uint32_t wait_ms)
{
    struct worker *worker = session->worker;
    if (session->place != SESSION_SERVED || session->slowed || session->starved) {
        return;
    }
    char text[64];
    counter_add(sessions_slowed, 1);
    log_warning("intake", "%s session from %s is over its rate: not read for a moment",
                session->protocol->name, address_key_text(&session->address, text, sizeof text));
    session->slowed = true;
    session->slowed_until_ms = worker->now_ms + wait_ms;
    link_remove(&session->task);
    link_append(&worker->slowed, &session->task);
    stream_pause(&session->stream);
}

/* Link tests leave half of a bucket to events. */
static uint32_t
session_spend_one(const struct session *session, const struct rate *rate, struct rate_level *level,
                  enum session_weight weight)
{
    uint32_t reserve = weight == SESSION_WEIGHT_LIGHT ? rate->burst / 2 : 0;
    return rate_spend(rate, level, reserve, session->worker->now_ms);
}

bool
session_spend(struct session *session, uint64_t account, enum session_weight weight)
{
    struct worker *worker = session->worker;
    const struct intake_options *options = worker->options;
    uint32_t wait_ms = 0;
    if (session->datagram == NULL) {
        wait_ms = session_spend_one(session, &options->connection_rate, &session->level, weight);
    } else {
        uint64_t key = hash_bytes(1, &session->address, sizeof session->address);
        struct rate_level *level = rate_table_level(&worker->rates, key);
        wait_ms = session_spend_one(session, &options->address_rate, level, weight);
    }
    if (account != 0) {
        struct rate_level *level = rate_table_level(&worker->rates, account);
        uint32_t other_ms = session_spend_one(session, &options->account_rate, level, weight);
        wait_ms = other_ms > wait_ms ? other_ms : wait_ms;
    }
    if (wait_ms == 0) {
        return true;
    }
    if (session->datagram == NULL) {
        session_slow(session, wait_ms);
        return true;
    }
    if (weight == SESSION_WEIGHT_ALARM) {
        return true; /* REQ R0: whoever forged the others in its name silences no alarm */
    }
    counter_add(datagrams_silenced, 1);
    return false;
}

/* Room. */

void
session_starve(struct session *session)
{
    struct worker *worker = session->worker;
    counter_add(sessions_starved, 1);
    session->starved = true;
    link_remove(&session->task);
    link_append(&worker->starved, &session->task);
    stream_pause(&session->stream);
    if (!uv_is_active((uv_handle_t *)&worker->feed)) {
        int status = uv_timer_start(&worker->feed, worker_on_feed, WORKER_FEED_MS, WORKER_FEED_MS);
        require(status == 0);
    }
}

/* Each that had to wait has its turn once, the longest waiting first. */
void
session_feed(struct worker *worker)
{
    struct link *last = link_first(&worker->starved) == NULL ? NULL : worker->starved.previous;
    struct link *first = NULL;
    while (first != last && worker_has_room(worker) &&
           (first = link_first(&worker->starved)) != NULL) {
        struct session *session = container_of(first, struct session, task);
        link_remove(first);
        session->starved = false;
        session_read_on(session);
    }
    if (link_first(&worker->starved) == NULL) {
        (void)uv_timer_stop(&worker->feed);
    }
}

/* Accounts. */

void
session_forget_account(struct session *session)
{
    uint32_t place = 0;
    struct table *table = &session->worker->by_account;
    if (session->account != 0 && table_get(table, session->account, &place) &&
        place == session->index + 1) {
        (void)table_remove(table, session->account);
    }
}

/* An older connection of the account that may be half open: it carried no other account (a gateway
 * is not in the table), nothing of it is unanswered or unread, and it came from the same address (a
 * panel with two networks has two connections). It ends unless it shows that it lives. */
static void
session_doubt(struct session *older, const struct session *newer)
{
    struct worker *worker = older->worker;
    if (older->place != SESSION_SERVED || older->in_flight > 0 || session_is_held(older) ||
        older->doubted || memcmp(&older->address, &newer->address, sizeof older->address) != 0) {
        return;
    }
    older->doubted = true;
    older->task_ms = worker->now_ms;
    link_remove(&older->task);
    link_append(&worker->doubted, &older->task);
}

void
session_speaks_for(struct session *session, uint64_t account)
{
    struct worker *worker = session->worker;
    if (session->datagram != NULL || session->several || session->account == account) {
        return;
    }
    if (session->account != 0) {
        session->several = true;
        session_forget_account(session);
        return;
    }
    uint32_t older = 0;
    session->account = account;
    if (table_get(&worker->by_account, account, &older)) {
        session_doubt(&worker->sessions[older - 1], session);
    }
    bool fits = table_put(&worker->by_account, account, session->index + 1);
    require(fits); /* it holds one account of every session there can be */
}

void
session_trust(struct session *session)
{
    if (session->doubted) {
        session->doubted = false;
        link_remove(&session->task);
    }
}

/* The tick. */

static void
session_end_doubted(struct worker *worker)
{
    struct link *first;
    while ((first = link_first(&worker->doubted)) != NULL) {
        struct session *session = container_of(first, struct session, task);
        if (worker->now_ms - session->task_ms < WORKER_REPLACE_MS) {
            return;
        }
        counter_add(sessions_replaced, 1);
        session_trust(session); /* out of the list */
        session_finish(session);
    }
}

void
session_limits_tick(struct worker *worker)
{
    unsigned count = 0;
    session_end_doubted(worker);
    for (struct link *at = worker->slowed.next; at != &worker->slowed; at = at->next) {
        count += 1;
    }
    /* Reading on may slow it again, or close any other: each round takes the first there is. */
    for (; count > 0; count--) {
        struct link *first = link_first(&worker->slowed);
        if (first == NULL) {
            return;
        }
        struct session *session = container_of(first, struct session, task);
        link_remove(first);
        if (worker->now_ms < session->slowed_until_ms) {
            link_append(&worker->slowed, first);
            continue;
        }
        session->slowed = false;
        session_read_on(session);
    }
}
