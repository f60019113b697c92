/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and answers. Closed loop: a window of requests of each link in flight, the next when one
 * is answered; it finds the rate. Open loop: a Poisson schedule from the seed, whatever the server
 * does; latency counts from the intended time, also when link or program were late.
 *
 * Failures. A link that breaks takes its requests with it and stays away: they are counted as lost.
 */
#include "peer.h"

#include <math.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define REST_MS 500u /* at least, after a refusal; up to twice that */
#define REST_LOOK_MS 20u
#define SETTLE_MS 20000u /* how long answers may come after the last request */

static void
load_end_when_settled(struct peer_thread *thread)
{
    if (!thread->running && !thread->over && thread->in_flight == 0) {
        thread->over = true;
        uv_stop(&thread->loop);
    }
}

static void
load_send(struct peer_link *link, uint64_t intended_ns)
{
    struct peer_thread *thread = link->thread;
    const struct peer_options *options = thread->options;
    uint8_t message[PEER_MESSAGE_MAX];
    if (link->state != PEER_UP || link->in_flight == PEER_PENDING_MAX) {
        thread->unsent += 1;
        return;
    }
    uint64_t sequence = link->sequence + 1;
    size_t size = options->protocol->request(link->index, options->seed + link->index + 1, sequence,
                                             message, sizeof message);
    link->sequence = sequence;
    link->pending_ns[sequence % PEER_PENDING_MAX] = intended_ns;
    link->in_flight += 1;
    thread->in_flight += 1;
    thread->sent += 1;
    (void)peer_link_put(link, message, size);
}

/* False when the answer fits no request. */
static bool
load_take_answer(struct peer_link *link, uint64_t sequence, bool positive, uint64_t now_ns)
{
    struct peer_thread *thread = link->thread;
    if (sequence == 0) {
        link->answered += 1;
        sequence = link->answered;
    }
    uint64_t *pending_ns = &link->pending_ns[sequence % PEER_PENDING_MAX];
    if (sequence > link->sequence || link->sequence - sequence >= PEER_PENDING_MAX ||
        *pending_ns == 0) {
        return false;
    }
    uint64_t waited_ns = now_ns > *pending_ns ? now_ns - *pending_ns : 0;
    if (positive) {
        histogram_add(&thread->histogram, waited_ns / 1000u);
    }
    *pending_ns = 0;
    link->in_flight -= 1;
    thread->in_flight -= 1;
    return true;
}

static size_t
load_on_bytes(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    struct peer_thread *thread = link->thread;
    uint64_t now_ns = peer_now_ns();
    size_t at = 0;
    while (link->state == PEER_UP) {
        uint64_t sequence = 0;
        enum peer_answer answer = thread->options->protocol->answer(bytes, size, &at, &sequence);
        if (answer == PEER_PARTIAL) {
            break;
        }
        if (answer == PEER_BROKEN ||
            !load_take_answer(link, sequence, answer == PEER_ANSWER, now_ns)) {
            return SIZE_MAX;
        }
        thread->refused += answer == PEER_REFUSED ? 1 : 0;
        thread->answered += answer == PEER_ANSWER ? 1 : 0;
        thread->in_time += answer == PEER_ANSWER && now_ns <= thread->end_ns ? 1 : 0;
        if (answer == PEER_REFUSED) {
            link->resting_until_ns =
                now_ns + (uint64_t)(REST_MS + link->index % REST_MS) * UINT64_C(1000000);
            link->resting += 1;
        } else if (thread->running && thread->options->rate == 0.0) {
            load_send(link, now_ns);
        }
    }
    load_end_when_settled(thread);
    return at;
}

static void
load_on_up(struct peer_link *link)
{
    peer_thread_start_links(link->thread);
}

static void
load_on_down(struct peer_link *link)
{
    struct peer_thread *thread = link->thread;
    thread->in_flight -= link->in_flight;
    link->in_flight = 0;
    if (thread->begin_ns == 0) {
        peer_link_connect(link);
    }
    load_end_when_settled(thread);
}

static const struct peer_events load_events = {
    .on_up = load_on_up,
    .on_bytes = load_on_bytes,
    .on_down = load_on_down,
};

static void
load_on_settled(uv_timer_t *timer)
{
    struct peer_thread *thread = timer->data;
    thread->over = true; /* what has no answer by now counts as missing: sent less answered */
    uv_stop(&thread->loop);
}

static void
load_on_end(uv_timer_t *timer)
{
    struct peer_thread *thread = timer->data;
    thread->running = false;
    (void)uv_timer_start(timer, load_on_settled, SETTLE_MS, 0);
    load_end_when_settled(thread);
}

/* Open loop. */

static double
load_random(struct peer_thread *thread)
{
    thread->random = thread->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(thread->random >> 11) + 1.0) / 9007199254740994.0;
}

static void
load_arm(struct peer_thread *thread)
{
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(thread->next_ns / 1000000000u),
                                         .tv_nsec = (long)(thread->next_ns % 1000000000u)}};
    (void)timerfd_settime(thread->clock_file, TFD_TIMER_ABSTIME, &at, NULL);
}

static void
load_on_clock(uv_poll_t *clock, int status, int events)
{
    struct peer_thread *thread = clock->data;
    uint64_t expirations;
    (void)status;
    (void)events;
    double gap_ns = 1e9 * thread->options->threads / thread->options->rate;
    if (read(thread->clock_file, &expirations, sizeof expirations) < 0) {
        return;
    }
    while (thread->running && thread->next_ns <= peer_now_ns() &&
           thread->next_ns < thread->end_ns) {
        struct peer_link *link = &thread->links[thread->next_link];
        thread->next_link = (thread->next_link + 1) % thread->count;
        load_send(link, thread->next_ns);
        peer_link_flush(link);
        thread->next_ns += (uint64_t)(-log(load_random(thread)) * gap_ns) + 1;
    }
    if (thread->running && thread->next_ns < thread->end_ns) {
        load_arm(thread);
    }
}

static void
load_begin_open(struct peer_thread *thread)
{
    thread->random = thread->options->seed * UINT64_C(0x9E3779B97F4A7C15) + thread->number;
    thread->next_ns = thread->begin_ns + 1000000u;
    thread->clock_file = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (thread->clock_file < 0 ||
        uv_poll_init(&thread->loop, &thread->clock, thread->clock_file) != 0) {
        peer_give_up("no timer");
    }
    thread->clock.data = thread;
    (void)uv_poll_start(&thread->clock, UV_READABLE, load_on_clock);
    load_arm(thread);
}

/* Those that were refused go on when they have rested. */
static void
load_on_rest(uv_timer_t *timer)
{
    struct peer_thread *thread = timer->data;
    uint64_t now_ns = peer_now_ns();
    for (unsigned i = 0; thread->running && i < thread->count; i++) {
        struct peer_link *link = &thread->links[i];
        if (link->resting > 0 && link->resting_until_ns <= now_ns) {
            for (; link->resting > 0; link->resting--) {
                load_send(link, now_ns);
            }
            peer_link_flush(link);
        }
    }
}

static void
load_begin_closed(struct peer_thread *thread)
{
    (void)uv_timer_init(&thread->loop, &thread->rest);
    thread->rest.data = thread;
    (void)uv_timer_start(&thread->rest, load_on_rest, REST_LOOK_MS, REST_LOOK_MS);
    for (unsigned i = 0; i < thread->count; i++) {
        for (unsigned j = 0; j < thread->options->window; j++) {
            load_send(&thread->links[i], peer_now_ns());
        }
        peer_link_flush(&thread->links[i]);
    }
}

void
peer_run_load(struct peer_thread *thread)
{
    thread->events = &load_events;
    for (unsigned i = 0; i < thread->count; i++) {
        thread->links[i].pending_ns = calloc(PEER_PENDING_MAX, sizeof(uint64_t));
        if (thread->links[i].pending_ns == NULL) {
            peer_give_up("no memory");
        }
    }
    peer_wait_up(thread);
    peer_wait_go(thread);
    thread->begin_ns = peer_now_ns();
    thread->end_ns = thread->begin_ns + (uint64_t)(thread->options->seconds * 1e9);
    thread->running = true;
    uv_update_time(&thread->loop);
    (void)uv_timer_start(&thread->timer, load_on_end, (uint64_t)(thread->options->seconds * 1e3),
                         0);
    if (thread->options->rate > 0.0) {
        load_begin_open(thread);
    } else {
        load_begin_closed(thread);
    }
    (void)uv_run(&thread->loop, UV_RUN_DEFAULT);
}
