/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libuv, the clock and the desk's thread on simulated time. The functions of libuv that the desk
 * uses are defined here and therefore win over the library's; the clock's and pthread's are wrapped
 * by the linker (meson.build). One simulation at a time: `current`.
 */
#include "sim.h"

#include <string.h>

#define LOOK_US 200 /* from one look at the processor time used to the next: showing rests 2 ms */

static struct sim *current;

static struct sim_loop *
loop_now(void)
{
    return current->shadow ? &current->shadow_loop : &current->loop;
}

void
loop_begin(struct sim *sim)
{
    current = sim;
    *loop_now() = (struct sim_loop){0};
}

int
uv_loop_init(uv_loop_t *loop)
{
    loop_now()->loop = loop;
    return 0;
}

int
uv_loop_close(uv_loop_t *loop)
{
    (void)loop;
    return 0;
}

/* All of base/waker.c that the desk uses. */

enum error
waker_init_poll(struct waker *waker, uv_loop_t *loop, uv_poll_t *poll, uv_poll_cb on_wake)
{
    (void)loop;
    poll->poll_cb = on_wake;
    loop_now()->waker = waker;
    loop_now()->wake = poll;
    return ERROR_NONE;
}

void
waker_wake(struct waker *waker)
{
    if (current->loop.waker == waker && !current->loop.woken) {
        current->loop.woken = true;
    }
}

void
waker_take(struct waker *waker)
{
    (void)waker;
}

void
waker_free(struct waker *waker)
{
    (void)waker;
}

int
uv_prepare_init(uv_loop_t *loop, uv_prepare_t *prepare)
{
    (void)loop;
    (void)prepare;
    return 0;
}

int
uv_prepare_start(uv_prepare_t *prepare, uv_prepare_cb callback)
{
    prepare->prepare_cb = callback;
    loop_now()->prepare = prepare;
    return 0;
}

int
uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    (void)loop;
    for (unsigned i = 0; i < ARRAY_COUNT(current->loop.timers); i++) {
        if (loop_now()->timers[i].timer == NULL) {
            loop_now()->timers[i].timer = timer;
            return 0;
        }
    }
    return UV_ENOMEM;
}

static struct sim_timer *
loop_timer(const uv_timer_t *timer)
{
    for (unsigned i = 0; i < ARRAY_COUNT(current->loop.timers); i++) {
        if (current->loop.timers[i].timer == timer) {
            return &current->loop.timers[i];
        }
    }
    return NULL;
}

int
uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout_ms, uint64_t repeat_ms)
{
    struct sim_timer *of = loop_timer(timer);
    if (of != NULL) {
        timer->timer_cb = callback;
        of->due_us = current->now_us + timeout_ms * 1000;
        of->repeat_us = repeat_ms * 1000;
    }
    return 0;
}

int
uv_timer_stop(uv_timer_t *timer)
{
    struct sim_timer *of = loop_timer(timer);
    if (of != NULL) {
        of->due_us = 0;
    }
    return 0;
}

int
uv_run(uv_loop_t *loop, uv_run_mode mode)
{
    (void)loop; /* the simulation turns it */
    (void)mode;
    return 0;
}

void
uv_walk(uv_loop_t *loop, uv_walk_cb callback, void *data)
{
    (void)loop;
    (void)callback;
    (void)data;
}

void
uv_close(uv_handle_t *handle, uv_close_cb callback)
{
    (void)handle;
    (void)callback;
}

void
uv_unref(uv_handle_t *handle)
{
    (void)handle;
}

int
uv_is_closing(const uv_handle_t *handle)
{
    (void)handle;
    return 0;
}

/* Called instead of what their names say. */
void __wrap_clock_init(void);
int64_t __wrap_clock_wall_us(void);
uint64_t __wrap_clock_mono_us(void);
uint64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_follow(void);
uint64_t __wrap_clock_thread_us(void);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *with, void *(*run)(void *data),
                          void *data);
int __wrap_pthread_setname_np(pthread_t thread, const char *name);

void
__wrap_clock_init(void)
{
}

int64_t
__wrap_clock_wall_us(void)
{
    return (int64_t)current->now_us + current->wall_ahead_us;
}

uint64_t
__wrap_clock_mono_us(void)
{
    return current->now_us;
}

uint64_t
__wrap_clock_mono_ms(void)
{
    return current->now_us / 1000;
}

/* Work takes as long in every run: what is shown would wait for another moment otherwise. */
uint64_t
__wrap_clock_thread_us(void)
{
    loop_now()->worked_us += LOOK_US;
    return loop_now()->worked_us;
}

/* Pulls the centre's clock towards the machine's by half a millisecond a second, as base/clock.c.
 */
int64_t
__wrap_clock_follow(void)
{
    int64_t passed_s = (int64_t)(current->now_us - current->followed_us) / US_PER_S;
    int64_t real =
        current->real_ahead_us + (int64_t)(current->now_us / 1000000) * current->drift_ppm;
    int64_t ahead = real - current->wall_ahead_us;
    int64_t most = passed_s * 500;
    if (passed_s < 1) {
        return ahead;
    }
    int64_t step = ahead > most ? most : ahead < -most ? -most : ahead;
    current->wall_ahead_us += step;
    current->followed_us = current->now_us;
    return ahead - step;
}

/* The desk's thread only begins its loop, and the simulation turns that. */
int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *with, void *(*run)(void *data),
                      void *data)
{
    (void)with;
    memset(thread, 0, sizeof *thread);
    (void)run(data);
    return 0;
}

int
__wrap_pthread_setname_np(pthread_t thread, const char *name)
{
    (void)thread;
    (void)name;
    return 0;
}

uint64_t
loop_next_us(const struct sim *sim)
{
    uint64_t next_us = sim->loop.woken ? sim->now_us : UINT64_MAX;
    for (unsigned i = 0; i < ARRAY_COUNT(sim->loop.timers); i++) {
        uint64_t due_us = sim->loop.timers[i].due_us;
        next_us = due_us != 0 && due_us < next_us ? due_us : next_us;
    }
    return next_us;
}

/* One turn of the loop: timers that are due, the wake-up, and what is done before it sleeps. */
void
loop_turn(struct sim *sim)
{
    struct sim_loop *loop = &sim->loop;
    for (unsigned i = 0; i < ARRAY_COUNT(loop->timers); i++) {
        struct sim_timer *timer = &loop->timers[i];
        if (timer->due_us != 0 && timer->due_us <= sim->now_us) {
            timer->due_us = timer->repeat_us == 0 ? 0 : sim->now_us + timer->repeat_us;
            timer->timer->timer_cb(timer->timer);
        }
    }
    if (loop->woken) {
        loop->woken = false;
        loop->wake->poll_cb(loop->wake, 0, UV_READABLE);
    }
    if (loop->prepare != NULL) {
        loop->prepare->prepare_cb(loop->prepare);
    }
}
