/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that are up and silent, for whoever measures the server's memory meanwhile. The line
 * "touch" makes each say one thing and wait for the answer; the end of stdin ends it.
 */
#include "peer.h"

#include <stdio.h>
#include <string.h>

static void
hold_say(const struct peer_thread *thread, const char *event)
{
    printf("{\"event\":\"%s\",\"links\":%u,\"lost\":%llu}\n", event, thread->up,
           (unsigned long long)thread->lost);
    (void)fflush(stdout);
}

static void
hold_on_up(struct peer_link *link)
{
    peer_thread_start_links(link->thread);
}

static void
hold_on_down(struct peer_link *link)
{
    if (!link->thread->running) {
        peer_link_connect(link);
    }
}

static size_t
hold_on_bytes(struct peer_link *link, const uint8_t *bytes, size_t size)
{
    struct peer_thread *thread = link->thread;
    size_t at = 0;
    for (;;) {
        uint64_t sequence = 0;
        enum peer_answer answer = thread->options->protocol->answer(bytes, size, &at, &sequence);
        if (answer == PEER_PARTIAL) {
            return at;
        }
        if (answer != PEER_ANSWER) {
            return SIZE_MAX;
        }
        thread->answered += 1;
        if (thread->answered == thread->sent) {
            hold_say(thread, "touched");
        }
    }
}

static const struct peer_events hold_events = {
    .on_up = hold_on_up,
    .on_bytes = hold_on_bytes,
    .on_down = hold_on_down,
};

static void
hold_on_line(struct peer_thread *thread, const char *line)
{
    uint8_t message[PEER_MESSAGE_MAX];
    if (line == NULL) {
        thread->over = true;
        uv_stop(&thread->loop);
        return;
    }
    size_t size = thread->options->protocol->touch(message, sizeof message);
    thread->sent += thread->up;
    for (unsigned i = 0; i < thread->count; i++) {
        struct peer_link *link = &thread->links[i];
        if (link->state == PEER_UP && peer_link_put(link, message, size)) {
            peer_link_flush(link);
        }
    }
}

void
peer_run_hold(struct peer_thread *thread)
{
    thread->events = &hold_events;
    peer_wait_up(thread);
    thread->running = true;
    hold_say(thread, "up");
    peer_watch_input(thread, hold_on_line);
    (void)uv_run(&thread->loop, UV_RUN_DEFAULT);
    hold_say(thread, "done");
}
