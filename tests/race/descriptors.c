/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A number of a file descriptor that passes from libuv's socket in one thread to a directory in
 * another, with nothing between them that ThreadSanitizer takes for an order. Nothing is wrong with
 * that, and nothing must be reported (close_seen.c). descriptors [CYCLES]
 */
#include "base/require.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

static atomic_uint closed; /* cycles whose socket libuv has closed */
static atomic_uint taken;  /* cycles whose number a directory has had */
static unsigned cycles = 100;

static void
pass(atomic_uint *count, unsigned till)
{
    while (atomic_load_explicit(count, memory_order_relaxed) < till) {
        (void)sched_yield();
    }
}

static void
on_bytes(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    (void)size;
    (void)buffer;
    uv_close((uv_handle_t *)stream, NULL);
}

static void
on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    static char room[64];
    (void)handle;
    (void)suggested;
    *buffer = uv_buf_init(room, sizeof room);
}

static void *
socket_main(void *argument)
{
    int *number = argument;
    uv_loop_t loop;
    require(uv_loop_init(&loop) == 0);
    for (unsigned i = 0; i < cycles; i++) {
        pass(&taken, i);
        int pair[2];
        require(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        uv_pipe_t pipe;
        require(uv_pipe_init(&loop, &pipe, 0) == 0);
        require(uv_pipe_open(&pipe, pair[0]) == 0);
        require(uv_read_start((uv_stream_t *)&pipe, on_room, on_bytes) == 0);
        __atomic_store_n(number, pair[0], __ATOMIC_RELAXED);
        require(close(pair[1]) == 0); /* the end the loop waits for */
        require(uv_run(&loop, UV_RUN_DEFAULT) == 0);
        atomic_store_explicit(&closed, i + 1, memory_order_relaxed);
    }
    require(uv_loop_close(&loop) == 0);
    return NULL;
}

int
main(int argc, char **argv)
{
    if (argc > 1) {
        cycles = (unsigned)strtoul(argv[1], NULL, 10);
    }
    int number = -1;
    unsigned same = 0;
    pthread_t thread;
    require(pthread_create(&thread, NULL, socket_main, &number) == 0);
    for (unsigned i = 0; i < cycles; i++) {
        pass(&closed, i + 1);
        DIR *directory = opendir("/");
        require(directory != NULL);
        same += dirfd(directory) == __atomic_load_n(&number, __ATOMIC_RELAXED) ? 1 : 0;
        require(closedir(directory) == 0);
        atomic_store_explicit(&taken, i + 1, memory_order_relaxed);
    }
    require(pthread_join(thread, NULL) == 0);
    printf("descriptors: cycles=%u, %u of them with the same number\n", cycles, same);
    return same > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
