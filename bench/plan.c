/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <string.h>

#define PRESSING_AMONG_OTHERS 50u /* load companion: 50 presses' units among the fleet */
#define FLAP_CHANGES 10.0         /* a second, of each flapping zone */

typedef bool plan_maker(const struct bench_options *options, unsigned units, struct load *load,
                        struct plan *plan);

static bool
plan_press(const struct bench_options *options, unsigned units, struct load *load,
           struct plan *plan)
{
    (void)units;
    (void)plan;
    return options->one_by_one > 0 ? load_add_presses(load, options->one_by_one)
                                   : load_add_phase(load, "", 0.0, options->seconds, options->rate);
}

static bool
plan_storm(const struct bench_options *options, unsigned units, struct load *load,
           struct plan *plan)
{
    double third_s = options->seconds / 3.0;
    (void)units;
    (void)plan;
    return load_add_phase(load, "before", 0.0, third_s, options->rate) &&
           load_add_phase(load, "storm", third_s, 2 * third_s, options->rate * options->step) &&
           load_add_phase(load, "after", 2 * third_s, options->seconds, options->rate);
}

static bool
plan_reconnect(const struct bench_options *options, unsigned units, struct load *load,
               struct plan *plan)
{
    double third_s = options->seconds / 3.0;
    (void)units;
    plan->bounce_s = third_s;
    return load_add_phase(load, "before", 0.0, third_s, options->rate) &&
           load_add_phase(load, "return", third_s, 2 * third_s, options->rate) &&
           load_add_phase(load, "after", 2 * third_s, options->seconds, options->rate);
}

static bool
plan_add_flapping(const struct bench_options *options, unsigned units, struct load *load,
                  double from_s)
{
    if (options->flapping == 0) {
        return true;
    }
    struct load_stream *stream =
        load_add_stream(load, LOAD_FLAP, units - options->flapping, options->flapping);
    return load_fill(load, stream, from_s, options->seconds, FLAP_CHANGES * options->flapping, 0);
}

static bool
plan_flap(const struct bench_options *options, unsigned units, struct load *load, struct plan *plan)
{
    double half_s = options->seconds / 2.0;
    (void)plan;
    return load_add_phase(load, "quiet", 0.0, half_s, options->rate) &&
           load_add_phase(load, "flap", half_s, options->seconds, options->rate) &&
           plan_add_flapping(options, units, load, half_s);
}

static bool
plan_add_stream(const struct bench_options *options, struct load *load, enum load_kind kind,
                unsigned first, unsigned units, double from_s, double rate)
{
    if (!(rate > 0.0)) {
        return true;
    }
    struct load_stream *stream = load_add_stream(load, kind, first, units);
    return load_fill(load, stream, from_s, options->seconds, rate, 0);
}

static bool
plan_noise(const struct bench_options *options, unsigned units, struct load *load,
           struct plan *plan)
{
    double half_s = options->seconds / 2.0;
    unsigned others = units - plan->pressing - options->flapping;
    return load_add_phase(load, "quiet", 0.0, half_s, options->rate) &&
           load_add_phase(load, "noise", half_s, options->seconds, options->rate) &&
           plan_add_stream(options, load, LOAD_HEARTBEAT, plan->pressing, others, half_s,
                           options->heartbeats) &&
           plan_add_stream(options, load, LOAD_CHATTER, plan->pressing, others, half_s,
                           options->chatter) &&
           plan_add_flapping(options, units, load, half_s);
}

/* What a heartbeat costs: the same number of them a second however many units there are. */
static bool
plan_beat(const struct bench_options *options, unsigned units, struct load *load, struct plan *plan)
{
    return load_add_phase(load, "", 0.0, options->seconds, options->rate) &&
           plan_add_stream(options, load, LOAD_HEARTBEAT, plan->pressing, units - plan->pressing,
                           0.0, options->heartbeats);
}

static const struct
{
    const char *name;
    plan_maker *make;
    bool others; /* has units that do not press */
    bool zones;  /* and some with flapping zones */
} plans[] = {
    {"press", plan_press, false, false}, {"steady", plan_press, false, false},
    {"storm", plan_storm, false, false}, {"reconnect", plan_reconnect, true, false},
    {"noise", plan_noise, true, true},   {"flap", plan_flap, true, true},
    {"beat", plan_beat, true, false},
};
#define PLANS (sizeof plans / sizeof plans[0])

bool
plan_is_known(const char *scenario)
{
    for (size_t i = 0; i < PLANS; i++) {
        if (strcmp(plans[i].name, scenario) == 0) {
            return true;
        }
    }
    return false;
}

static unsigned
plan_pressing(const struct bench_options *options, unsigned units, bool others)
{
    unsigned usual = units;
    if (others) {
        usual = units / 2 < PRESSING_AMONG_OTHERS ? units / 2 : PRESSING_AMONG_OTHERS;
    }
    return options->pressing == 0 ? usual : options->pressing;
}

bool
plan_make(const struct bench_options *options, const char *scenario, unsigned units,
          struct load *load, struct plan *ret)
{
    for (size_t i = 0; i < PLANS; i++) {
        if (strcmp(plans[i].name, scenario) != 0) {
            continue;
        }
        struct plan plan = {.scenario = plans[i].name};
        plan.pressing = plan_pressing(options, units, plans[i].others);
        unsigned flapping = plans[i].zones ? options->flapping : 0;
        unsigned taken = plan.pressing + (plans[i].others ? flapping + 1 : 0);
        if (plan.pressing == 0 || taken > units) {
            fprintf(stderr, "larwm-bench: %s needs more than %u units\n", scenario, units);
            return false;
        }
        (void)load_add_stream(load, LOAD_PRESS, 0, plan.pressing);
        *ret = plan;
        if (!plans[i].make(options, units, load, ret)) {
            fprintf(stderr, "larwm-bench: too many messages for one run\n");
            return false;
        }
        return true;
    }
    return false;
}
