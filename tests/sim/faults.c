/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong with the centre and around it: crashes (also one after the other), a disk that
 * fails, a database away or slow, clocks that step, storms. And, at random moments, the comparison
 * with a desk that replays everything.
 */
#include "sim.h"

#define S UINT64_C(1000000)

const char *const sim_fault_names[SIM_FAULT_COUNT] = {
    [SIM_FAULT_CRASH] = "crashes",
    [SIM_FAULT_TORN] = "crashes that left unsynced records",
    [SIM_FAULT_LOST] = "crashes that took them",
    [SIM_FAULT_TRIMMED] = "times records were deleted",
    [SIM_FAULT_DISK] = "disk failures",
    [SIM_FAULT_CLOCK] = "clock steps",
    [SIM_FAULT_AWAY] = "database away",
    [SIM_FAULT_SLOW] = "database slow",
    [SIM_FAULT_FRAME] = "frames lost",
    [SIM_FAULT_RECEIPT] = "receipts lost",
    [SIM_FAULT_COPY] = "frames that came again",
    [SIM_FAULT_RESTART] = "units restarted",
    [SIM_FAULT_CUT] = "paths cut",
    [SIM_FAULT_NETWORK] = "networks cut",
    [SIM_FAULT_STORM] = "storms",
    [SIM_FAULT_VANISH] = "consoles gone",
    [SIM_FAULT_REJECTED] = "messages rejected",
    [SIM_FAULT_SILENT] = "control room silent",
    [SIM_FAULT_TWICE] = "answers twice or late",
    [SIM_FAULT_GATEWAY] = "gateway restarts",
};

static void
fault_start(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_start_centre(sim);
}

static void
fault_crash(struct sim *sim, uint64_t again, uint64_t two)
{
    (void)two;
    if (again == 0) {
        sim_plan(sim, random_around(&sim->random, sim->rates.crash_us), fault_crash, 0, 0);
    }
    if (sim->desk == NULL || sim->calm) {
        return;
    }
    sim_fault(sim, SIM_FAULT_CRASH);
    sim_crash_centre(sim);
    uint64_t down_us = random_around(&sim->random, random_chance(&sim->random, 50) ? 600 * S : S);
    sim_plan(sim, down_us, fault_start, 0, 0);
    if (random_chance(&sim->random, 250)) { /* and soon again */
        sim_plan(sim, down_us + random_around(&sim->random, 2 * S), fault_crash, 1, 0);
    }
}

void
faults_crash_soon(struct sim *sim, uint64_t after_us)
{
    sim_plan_life(sim, after_us, fault_crash, 1, 0);
}

static void
fault_disk_over(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim->failing = false;
    sim_serve(sim);
}

static void
fault_disk(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_plan(sim, random_around(&sim->random, sim->rates.disk_us), fault_disk, 0, 0);
    if (!sim->failing && !sim->calm) {
        sim_fault(sim, SIM_FAULT_DISK);
        sim->failing = true;
        sim_serve(sim);
        sim_plan(sim, random_around(&sim->random, 30 * S), fault_disk_over, 0, 0);
    }
}

static void
fault_database_over(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    database_set(sim, false, false);
}

static void
fault_database(struct sim *sim, uint64_t slow, uint64_t two)
{
    (void)two;
    uint64_t mean_us = slow != 0 ? sim->rates.slow_us : sim->rates.away_us;
    sim_plan(sim, random_around(&sim->random, mean_us), fault_database, slow, 0);
    if (!sim->away && !sim->slow && !sim->calm) {
        sim_fault(sim, slow != 0 ? SIM_FAULT_SLOW : SIM_FAULT_AWAY);
        database_set(sim, slow == 0, slow != 0);
        sim_plan(sim, random_around(&sim->random, 300 * S), fault_database_over, 0, 0);
    }
}

/* The machine's clock, not the centre's: that follows slowly, or finds it at its next start. */
static void
fault_clock(struct sim *sim, uint64_t one, uint64_t two)
{
    static const uint64_t steps_us[] = {S / 2, 30 * S, 3600 * S};
    (void)one;
    (void)two;
    sim_plan(sim, random_around(&sim->random, sim->rates.clock_us), fault_clock, 0, 0);
    sim_fault(sim, SIM_FAULT_CLOCK);
    int64_t step_us =
        (int64_t)random_around(&sim->random, steps_us[random_between(&sim->random, 0, 2)]);
    sim->real_ahead_us += random_chance(&sim->random, 500) ? step_us : -step_us;
}

static void
fault_storm(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_plan(sim, random_around(&sim->random, sim->rates.storm_us), fault_storm, 0, 0);
    if (sim->calm) {
        return;
    }
    sim_fault(sim, SIM_FAULT_STORM);
    for (unsigned i = 0; i < sim->units_count; i++) {
        for (uint64_t n = random_between(&sim->random, 1, 3); n > 0; n--) {
            sim_plan(sim, random_between(&sim->random, 0, 10 * S), units_press, i, SIGNAL_PANIC);
        }
    }
}

static void
fault_card(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_plan(sim, random_around(&sim->random, 1800 * S), fault_card, 0, 0);
    database_change(sim, (unsigned)random_between(&sim->random, 0, sim->units_count - 1));
}

/* REQ: state is a fold over the journal. A second desk replays what the first has applied. */
static void
fault_compare(struct sim *sim, uint64_t one, uint64_t two)
{
    (void)one;
    (void)two;
    sim_plan(sim, random_around(&sim->random, 10800 * S), fault_compare, 0, 0);
    if (sim->desk == NULL) {
        return;
    }
    sim->shadow = true;
    struct desk *desk = journal_restore(sim, sim->applied);
    sim->stats.replays += 1;
    if (triage_hash(desk->triage) != triage_hash(sim->desk->triage) ||
        escalation_hash(desk->escalation) != escalation_hash(sim->desk->escalation)) {
        sim_broken(sim, "replay", "a second desk stands elsewhere after record %llu",
                   (unsigned long long)sim->applied);
    }
    desk_free(desk);
    sim->shadow = false;
}

void
faults_make(struct sim *sim)
{
    const struct sim_rates *rates = &sim->rates;
    sim_plan(sim, random_around(&sim->random, rates->crash_us), fault_crash, 0, 0);
    sim_plan(sim, random_around(&sim->random, rates->disk_us), fault_disk, 0, 0);
    sim_plan(sim, random_around(&sim->random, rates->away_us), fault_database, 0, 0);
    sim_plan(sim, random_around(&sim->random, rates->slow_us), fault_database, 1, 0);
    sim_plan(sim, random_around(&sim->random, rates->clock_us), fault_clock, 0, 0);
    sim_plan(sim, random_around(&sim->random, rates->storm_us), fault_storm, 0, 0);
    sim_plan(sim, random_around(&sim->random, 1800 * S), fault_card, 0, 0);
    sim_plan(sim, random_around(&sim->random, 10800 * S), fault_compare, 0, 0);
}
