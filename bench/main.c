/* SPDX-License-Identifier: Apache-2.0 */
/*
 * larwm-bench: the load harness. Everything goes to loopback; every run is bounded in time.
 */
#include "base/clock.h"
#include "bench.h"
#include "dc09.h"
#include "plan.h"
#include "units.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static void
main_raise_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Units that stay connected. */
struct main_held
{
    struct bench_fleet *fleet;
    unsigned ready;                /* when told to stop */
    unsigned long long welcomes;   /* more than units: some lost their session and came back */
    unsigned long long heartbeats; /* answered */
};

static void
main_on_signal(uv_signal_t *signal, int number)
{
    struct main_held *held = signal->data;
    (void)number;
    held->ready = bench_fleet_ready(held->fleet);
    bench_fleet_stop(held->fleet);
    uv_close((uv_handle_t *)signal, NULL);
}

static void
main_on_all_ready(void *data)
{
    (void)data;
    printf("larwm-bench: all ready\n");
    (void)fflush(stdout);
}

static void
main_on_ready(void *data, unsigned index, bool resumed)
{
    struct main_held *held = data;
    (void)index;
    (void)resumed;
    held->welcomes += 1;
}

static void
main_on_heartbeat(void *data)
{
    struct main_held *held = data;
    held->heartbeats += 1;
}

int
bench_run_fleet(const struct bench_options *options)
{
    static uv_loop_t loop;
    static uv_signal_t stop;
    static struct main_held held;
    struct bench_fleet_callbacks callbacks = {.on_all_ready = main_on_all_ready,
                                              .on_ready = main_on_ready,
                                              .on_heartbeat = main_on_heartbeat,
                                              .data = &held};
    (void)uv_loop_init(&loop);
    held.fleet = bench_fleet_start(&loop, options, &callbacks);
    if (held.fleet == NULL) {
        return 1;
    }
    unsigned units = bench_fleet_size(held.fleet);
    (void)uv_signal_init(&loop, &stop);
    stop.data = &held;
    (void)uv_signal_start(&stop, main_on_signal, SIGTERM);
    printf("larwm-bench: %u units\n", units);
    (void)fflush(stdout);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    printf("{\"units\":%u,\"ready\":%u,\"welcomes\":%llu,\"heartbeats_answered\":%llu}\n", units,
           held.ready, held.welcomes, held.heartbeats);
    return 0;
}

static int
main_run(const struct bench_options *options, const char *scenario)
{
    if (plan_is_known(scenario)) {
        return bench_run_load(options, scenario);
    }
    if (strcmp(scenario, "idle") == 0) {
        return bench_run_idle(options);
    }
    if (strcmp(scenario, "fleet") == 0) {
        return bench_run_fleet(options);
    }
    if (strcmp(scenario, "wheel") == 0) {
        return bench_run_wheel(options);
    }
    if (strcmp(scenario, "enrol") == 0) {
        return bench_run_enrol(options);
    }
    fprintf(stderr, "larwm-bench: no scenario \"%s\"; see larwm-bench --help\n", scenario);
    return 2;
}

int
main(int count, char **arguments)
{
    static char *help[] = {"larwm-bench", "--help", NULL};
    struct bench_options options;
    int code = 2;
    bool named = count > 1 && arguments[1][0] != '-';
    const char *scenario = named ? arguments[1] : "";
    clock_init();
    main_raise_files();
    (void)signal(SIGPIPE, SIG_IGN);
    if (strcmp(scenario, "dc09") == 0) {
        return bench_run_dc09(count - 1, arguments + 1);
    }
    if (!named) {
        bool asked = count > 1 && strcmp(arguments[1], "--help") == 0;
        (void)bench_read_options(2, help, &options, &code);
        return asked ? 0 : 2;
    }
    if (!bench_read_options(count - 1, arguments + 1, &options, &code)) {
        return code;
    }
    return main_run(&options, scenario);
}
