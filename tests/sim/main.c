/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     larwm-sim --seed N --hours H [--verbose]          one world
 *     larwm-sim --from N --seeds M --hours H            M worlds, and a report
 *     larwm-sim --from N --seconds S --hours H          worlds until S seconds are over
 *         --step K      every K-th seed only
 *
 * The first broken oracle ends it: step, oracle, and the command that plays it again. Exit 1 then.
 * So does a world that does not come to its end within a minute: some part of it turns for ever.
 */
#include "sim.h"

#include "base/counters.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HANG_S 60u

struct campaign
{
    struct sim_options options;
    uint64_t seeds;
    double seconds;
    uint64_t step;
    double simulated_h;
    struct sim_stats stats;
    bool alone;
};

static bool
campaign_argument(struct campaign *campaign, const char *name, const char *value)
{
    if (strcmp(name, "--seed") == 0) {
        campaign->options.seed = strtoull(value, NULL, 0);
        campaign->alone = true;
    } else if (strcmp(name, "--from") == 0) {
        campaign->options.seed = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--seeds") == 0) {
        campaign->seeds = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--step") == 0) {
        campaign->step = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--seconds") == 0) {
        campaign->seconds = strtod(value, NULL);
    } else if (strcmp(name, "--hours") == 0) {
        campaign->options.hours = strtod(value, NULL);
    } else {
        return false;
    }
    return true;
}

static bool
campaign_options(struct campaign *campaign, int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--verbose") == 0) {
            campaign->options.verbose = true;
            continue;
        }
        if (i + 1 == count || !campaign_argument(campaign, arguments[i], arguments[i + 1])) {
            (void)fprintf(stderr, "larwm-sim: unknown option %s\n", arguments[i]);
            return false;
        }
        i += 1;
    }
    return true;
}

static void
campaign_add(struct campaign *campaign, const struct sim_stats *stats)
{
    uint64_t *to = (uint64_t *)&campaign->stats;
    const uint64_t *from = (const uint64_t *)stats;
    for (size_t i = 0; i < sizeof *stats / sizeof *to; i++) {
        to[i] += from[i];
    }
}

static char hang_text[128];

static void
campaign_on_alarm(int number)
{
    (void)number;
    ssize_t written = write(STDOUT_FILENO, hang_text, strlen(hang_text));
    (void)written;
    _exit(1);
}

/* False: an oracle is broken. */
static bool
campaign_seed(struct campaign *campaign, uint64_t seed)
{
    struct sim_options options = campaign->options;
    options.seed = seed;
    (void)snprintf(hang_text, sizeof hang_text,
                   "seed %" PRIu64 " hangs\n  replay: larwm-sim --seed %" PRIu64 " --hours %g\n",
                   seed, seed, options.hours);
    (void)signal(SIGALRM, campaign_on_alarm);
    (void)alarm(HANG_S + (unsigned)options.hours * 10);
    struct sim *sim = sim_new(&options);
    sim_run(sim);
    bool good = !sim->broken;
    if (!good) {
        (void)printf("seed %" PRIu64 " broken at %.6f s, event %" PRIu64 ", record %" PRIu64
                     "\n  %s\n  replay: larwm-sim --seed %" PRIu64 " --hours %g --verbose\n",
                     seed, (double)sim->now_us / 1e6, sim->stats.events, sim->last, sim->why, seed,
                     options.hours);
    } else if (campaign->alone) {
        (void)printf("seed %" PRIu64 " held, digest %016" PRIx64 "\n", seed, sim->digest);
    }
    campaign->simulated_h += options.hours;
    campaign_add(campaign, &sim->stats);
    sim_free(sim);
    return good;
}

static void
campaign_report(const struct campaign *campaign, uint64_t seeds, double took_s)
{
    const struct sim_stats *stats = &campaign->stats;
    (void)printf("%" PRIu64 " seeds in %.1f s, %.2f seeds a second, %.0f simulated hours\n", seeds,
                 took_s, (double)seeds / took_s, campaign->simulated_h);
    (void)printf("events %" PRIu64 ", records %" PRIu64 ", signals %" PRIu64 ", incidents %" PRIu64
                 ", heartbeats %" PRIu64 ", acts %" PRIu64 ", police messages %" PRIu64
                 ", starts %" PRIu64 ", replays compared %" PRIu64 ", checkpoints %" PRIu64
                 ", restored %" PRIu64 ", seconds a mass loss was open %" PRIu64
                 ", records of several answers %" PRIu64 ", answers as before %" PRIu64
                 ", of these asked again %" PRIu64 "\n",
                 stats->events, stats->records, stats->signals, stats->incidents, stats->heartbeats,
                 stats->actions, stats->messages, stats->starts, stats->replays, stats->checkpoints,
                 stats->restores, stats->gathered, counter_get(resolve_together),
                 counter_get(resolve_as_before), counter_get(resolve_as_before_gone));
    for (unsigned i = 0; i < SIM_FAULT_COUNT; i++) {
        (void)printf("fault %s: %" PRIu64 "\n", sim_fault_names[i], stats->faults[i]);
    }
}

static double
seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
main(int count, char **arguments)
{
    struct campaign campaign = {.options = {.seed = 1, .hours = 4}, .seeds = 1, .step = 1};
    double began_s = seconds_now();
    uint64_t done = 0;
    bool good = true;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    log_set_level(LOG_LEVEL_ERROR);
    if (!campaign_options(&campaign, count, arguments)) {
        return 2;
    }
    campaign.options.verbose = campaign.options.verbose && campaign.alone;
    while (good && (campaign.seconds > 0 ? seconds_now() - began_s < campaign.seconds
                                         : done < campaign.seeds)) {
        good = campaign_seed(&campaign, campaign.options.seed + done * campaign.step);
        done += 1;
    }
    if (!campaign.alone) {
        campaign_report(&campaign, done, seconds_now() - began_s);
    }
    return good ? 0 : 1;
}
