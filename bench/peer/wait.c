/* SPDX-License-Identifier: Apache-2.0 */
/* Where a thread of larwm-bench-peer waits: for its links, for the others, for a line. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UP_MS_MAX 180000u

_Noreturn void
peer_give_up(const char *why)
{
    fprintf(stderr, "larwm-bench-peer: %s\n", why);
    _exit(1);
}

static void
wait_on_deadline(uv_timer_t *timer)
{
    const struct peer_thread *thread = timer->data;
    fprintf(stderr, "larwm-bench-peer: %u of %u links are up\n", thread->up, thread->count);
    peer_give_up("the links do not come up");
}

void
peer_wait_up(struct peer_thread *thread)
{
    (void)uv_timer_start(&thread->timer, wait_on_deadline, UP_MS_MAX, 0);
    peer_thread_start_links(thread);
    while (thread->up < thread->count) {
        (void)uv_run(&thread->loop, UV_RUN_ONCE);
        if (thread->lost > thread->count + 100u) {
            peer_give_up("the server refuses the links");
        }
    }
    (void)uv_timer_stop(&thread->timer);
}

void
peer_wait_go(struct peer_thread *thread)
{
    (void)pthread_barrier_wait(&thread->gate->ready);
    (void)pthread_barrier_wait(&thread->gate->go);
}

static void
wait_on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    static char line[256];
    (void)handle;
    (void)suggested;
    *ret_buffer = uv_buf_init(line, sizeof line - 1);
}

static void
wait_on_input(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct peer_thread *thread = stream->data;
    if (size < 0) {
        (void)uv_read_stop(stream);
        thread->on_line(thread, NULL);
        return;
    }
    buffer->base[size] = '\0';
    thread->on_line(thread, buffer->base);
}

void
peer_watch_input(struct peer_thread *thread,
                 void (*on_line)(struct peer_thread *thread, const char *line))
{
    thread->on_line = on_line;
    (void)uv_pipe_init(&thread->loop, &thread->input, 0);
    thread->input.data = thread;
    if (uv_pipe_open(&thread->input, STDIN_FILENO) != 0 ||
        uv_read_start((uv_stream_t *)&thread->input, wait_on_alloc, wait_on_input) != 0) {
        peer_give_up("stdin must be a pipe");
    }
}
