/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handshakes as fast as the server goes: each link connects, greets, waits for the answer (so that
 * the server has finished its half, too) and closes, over and over. By ticket: each link first
 * earns one by a full handshake, before the measured time; a resumption earns the next.
 */
#include "peer.h"

static void
shake_on_up(struct peer_link *link)
{
    struct peer_thread *thread = link->thread;
    if (thread->running) {
        uint64_t now_ns = peer_now_ns();
        thread->answered += 1;
        thread->in_time += now_ns <= thread->end_ns ? 1 : 0;
        thread->resumed += link->resumed ? 1 : 0;
        histogram_add(&thread->histogram, (now_ns - link->began_ns) / 1000u);
    }
    if (thread->begin_ns == 0) {
        peer_thread_start_links(thread);
        return; /* stays up until all have been */
    }
    peer_link_close(link);
}

static size_t
shake_on_bytes(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    (void)link;
    (void)bytes;
    return size;
}

static void
shake_on_down(struct peer_link *link)
{
    struct peer_thread *thread = link->thread;
    if (thread->lost > 1000u + thread->count) {
        peer_give_up("the server refuses handshakes");
    }
    if (!thread->over && (thread->running || thread->begin_ns == 0)) {
        thread->sent += thread->running ? 1 : 0;
        peer_link_connect(link);
    }
}

static const struct peer_events shake_events = {
    .on_up = shake_on_up,
    .on_bytes = shake_on_bytes,
    .on_down = shake_on_down,
};

static void
shake_on_end(uv_timer_t *timer)
{
    struct peer_thread *thread = timer->data;
    thread->running = false;
    thread->over = true;
    uv_stop(&thread->loop);
}

void
peer_run_shake(struct peer_thread *thread)
{
    thread->events = &shake_events;
    peer_wait_up(thread);
    peer_wait_go(thread);
    thread->begin_ns = peer_now_ns();
    thread->end_ns = thread->begin_ns + (uint64_t)(thread->options->seconds * 1e9);
    thread->running = true;
    uv_update_time(&thread->loop);
    (void)uv_timer_start(&thread->timer, shake_on_end, (uint64_t)(thread->options->seconds * 1e3),
                         0);
    for (unsigned i = 0; i < thread->count; i++) {
        peer_link_close(&thread->links[i]);
    }
    (void)uv_run(&thread->loop, UV_RUN_DEFAULT);
}
