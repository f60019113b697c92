/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each scenario of presses is: who sends what, when. Times are fixed before the run. One
 * thread.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "load.h"

struct plan
{
    const char *scenario;
    unsigned pressing; /* units 0 .. pressing - 1 press */
    double bounce_s;   /* when the other units lose their connections; 0: never */
};

/* Is there a scenario of this name? */
bool plan_is_known(const char *scenario);
/* Fills the streams and phases of `load` for a fleet of `units`. False with a line on stderr. */
bool plan_make(const struct bench_options *options, const char *scenario, unsigned units,
               struct load *load, struct plan *ret);

#endif
