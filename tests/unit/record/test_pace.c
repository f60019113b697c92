/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder steps back in a storm, and only then (docs/decisions/0020). */
#include "record/pace.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define MOST (2048 * MIB)
#define BATCH_US 20000

struct machine
{
    struct pace pace;
    char path[64];
    uint64_t now_us;
    uint64_t waited_us;
};

static void
machine_say(const struct machine *machine)
{
    FILE *file = fopen(machine->path, "w");
    cr_assert_not_null(file);
    fprintf(file, "some avg10=9.40 avg60=50.00 avg300=57.94 total=%llu\nfull avg10=0.00 total=0\n",
            (unsigned long long)machine->waited_us);
    fclose(file);
}

static void
machine_open(struct machine *machine)
{
    *machine = (struct machine){.path = "/tmp/larwm-pace-XXXXXX", .now_us = 1000000};
    close(mkstemp(machine->path));
    machine_say(machine);
    pace_open(&machine->pace, machine->path);
}

static void
machine_close(struct machine *machine)
{
    pace_close(&machine->pace);
    unlink(machine->path);
}

/* A batch later, of which something waited for a processor so many hundredths. */
static uint64_t
machine_rest(struct machine *machine, unsigned percent, uint64_t backlog)
{
    machine->now_us += BATCH_US;
    machine->waited_us += (uint64_t)BATCH_US * percent / 100;
    machine_say(machine);
    return pace_rest_us(&machine->pace, machine->now_us, BATCH_US, backlog, MOST);
}

Test(pace, a_recorder_that_falls_behind_on_a_busy_machine_rests_nine_times_as_long_as_it_wrote)
{
    struct machine machine;
    machine_open(&machine);
    cr_assert_eq(machine_rest(&machine, 90, 5 * MIB), 0, "nothing to compare with yet");
    cr_assert_eq(machine_rest(&machine, 90, 6 * MIB), 9 * BATCH_US);
    cr_assert_eq(machine_rest(&machine, 50, 7 * MIB), 9 * BATCH_US);
    machine_close(&machine);
}

Test(pace, one_that_keeps_up_or_catches_up_does_not_rest)
{
    struct machine machine;
    machine_open(&machine);
    cr_assert_eq(machine_rest(&machine, 90, MIB), 0);
    cr_assert_eq(machine_rest(&machine, 90, 2 * MIB), 0, "little waits");
    cr_assert_eq(machine_rest(&machine, 90, 9 * MIB), 0);
    cr_assert_eq(machine_rest(&machine, 90, 8 * MIB), 0, "the storm is over");
    cr_assert_eq(machine_rest(&machine, 90, 8 * MIB), 0);
    machine_close(&machine);
}

Test(pace, nobody_is_helped_by_a_rest_where_processors_are_free)
{
    struct machine machine;
    machine_open(&machine);
    (void)machine_rest(&machine, 90, 5 * MIB);
    cr_assert_eq(machine_rest(&machine, 49, 6 * MIB), 0);
    machine_close(&machine);
}

Test(pace, there_is_an_end_to_what_is_left_waiting)
{
    struct machine machine;
    machine_open(&machine);
    (void)machine_rest(&machine, 90, MOST - MIB);
    cr_assert_eq(machine_rest(&machine, 90, MOST), 0);
    machine_close(&machine);
}

Test(pace, no_rest_is_longer_than_a_second)
{
    struct machine machine;
    machine_open(&machine);
    (void)machine_rest(&machine, 90, 5 * MIB);
    machine.now_us += BATCH_US;
    machine.waited_us += BATCH_US;
    machine_say(&machine);
    cr_assert_eq(pace_rest_us(&machine.pace, machine.now_us, 3000000, 6 * MIB, MOST), 1000000);
    machine_close(&machine);
}

Test(pace, where_the_kernel_does_not_say_it_never_rests)
{
    struct pace pace;
    pace_open(&pace, "/nonexistent/pressure");
    cr_assert_eq(pace_rest_us(&pace, 1000000, BATCH_US, 5 * MIB, MOST), 0);
    cr_assert_eq(pace_rest_us(&pace, 2000000, BATCH_US, 6 * MIB, MOST), 0);
    pace_close(&pace);
}
