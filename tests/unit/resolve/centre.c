/* SPDX-License-Identifier: Apache-2.0 */
#include "centre.h"

#include "base/clock.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
keep_answer(struct centre *centre, const struct resolve_answer *answer)
{
    memcpy(centre->card, answer->card, answer->card_size);
    centre->answer = *answer;
    centre->answer.card = centre->card;
    centre->answered_ms = clock_mono_ms();
}

static void
on_answer(void *data, uint64_t key, const struct resolve_answer *answer)
{
    struct centre *centre = data;
    keep_answer(centre, answer);
    centre->answers++;
    centre->answered[key % ANSWERS_MAX]++;
}

static void
on_late_answer(void *data, uint64_t key, const struct resolve_answer *answer)
{
    struct centre *centre = data;
    keep_answer(centre, answer);
    centre->late++;
}

static void
on_case(void *data, uint64_t key, enum error error, const struct resolve_answer *answer)
{
    struct centre *centre = data;
    centre->cases++;
    centre->case_error = error;
    if (answer != NULL) {
        keep_answer(centre, answer);
    }
}

static void
on_holder(void *data, uint64_t key, enum error error, const char *text)
{
    struct centre *centre = data;
    centre->holders++;
    centre->holder_error = error;
    snprintf(centre->holder, sizeof(centre->holder), "%s", text == NULL ? "" : text);
}

static void
on_registry(void *data, struct registry *registry)
{
    struct centre *centre = data;
    registry_free(centre->registry);
    centre->registry = registry;
    centre->registries++;
}

static void
on_units(void *data, const struct resolve_unit *units, unsigned count)
{
    struct centre *centre = data;
    centre->units = count;
    for (unsigned i = 0; i < count && i < PATHS_MAX; i++) {
        snprintf(centre->paths[i].unit, sizeof(centre->paths[i].unit), "%s", units[i].unit);
        memcpy(centre->paths[i].paths, units[i].paths, sizeof(units[i].paths));
    }
}

const struct resolve_path *
centre_paths(const struct centre *centre, const char *unit)
{
    for (unsigned i = 0; i < PATHS_MAX; i++) {
        if (strcmp(centre->paths[i].unit, unit) == 0) {
            return centre->paths[i].paths;
        }
    }
    cr_assert(false, "no unit %s", unit);
    return NULL;
}

static void
on_users(void *data, const struct resolve_user *users, unsigned count)
{
    ((struct centre *)data)->users = count;
}

static void
on_forces(void *data, const struct resolve_force *forces, unsigned count)
{
    ((struct centre *)data)->forces = count;
}

static void
on_changed(void *data, const char *what)
{
    struct centre *centre = data;
    centre->changes++;
    snprintf(centre->change, sizeof(centre->change), "%s", what);
}

static void
on_database(void *data, bool up)
{
    ((struct centre *)data)->up = up;
}

static void
on_schema(void *data, bool ok, const char *detail)
{
    ((struct centre *)data)->schema = ok;
}

static void
on_closed(void *data)
{
    ((struct centre *)data)->closed = true;
}

bool
is_up(void *data)
{
    struct centre *centre = data;
    return centre->up == 1 && resolve_is_up(centre->resolve);
}

bool
has_directory(void *data)
{
    struct centre *centre = data;
    return is_up(centre) && centre->units > 0;
}

bool
is_down(void *data)
{
    return ((struct centre *)data)->up == 0;
}

bool
is_closed(void *data)
{
    return ((struct centre *)data)->closed;
}

static bool
has_answer(void *data)
{
    return ((struct centre *)data)->answers > 0;
}

bool
has_late(void *data)
{
    return ((struct centre *)data)->late > 0;
}

static void
on_answers_end(void *data)
{
    struct centre *centre = data;
    centre->ends += 1;
}

void
centre_start(struct centre *centre)
{
    const struct resolve_callbacks callbacks = {
        .data = centre,
        .on_answer = on_answer,
        .on_late_answer = on_late_answer,
        .on_answers_end = on_answers_end,
        .on_case = on_case,
        .on_holder = on_holder,
        .on_registry = on_registry,
        .on_units = on_units,
        .on_users = on_users,
        .on_forces = on_forces,
        .on_changed = on_changed,
        .on_database = on_database,
        .on_schema = on_schema,
    };
    const struct resolve_options options = {
        .conninfo = centre->database.conninfo,
        .snapshot_path = centre->snapshot,
        .refresh_ms = 50,
        .silence_ms = 800,
    };
    centre->up = -1;
    centre->schema = -1;
    centre->closed = false;
    cr_assert_eq(resolve_open(&centre->loop, &options, &callbacks, &centre->resolve), ERROR_NONE);
    resolve_start(centre->resolve);
}

/* The cards of all units are asked behind the directory, in one statement. */
static bool
has_cards(void *data)
{
    struct centre *centre = data;
    uint8_t card[LIMIT_CARD];
    struct resolve_answer answer;
    struct resolve_question asked = question("SKY-101");
    resolve_answer_unresolved(centre->resolve, &asked, card, &answer);
    return answer.status == RESOLVE_CACHED;
}

struct centre *
centre_open(void)
{
    struct centre *centre = calloc(1, sizeof(*centre));
    clock_init();
    database_make(&centre->database);
    snprintf(centre->snapshot, sizeof(centre->snapshot), "/tmp/snapshot-%ld.larwm", (long)getpid());
    unlink(centre->snapshot);
    uv_loop_init(&centre->loop);
    centre_start(centre);
    cr_assert(loop_until(&centre->loop, has_directory, centre, 5000), "the directory never came");
    cr_assert(loop_until(&centre->loop, has_cards, centre, 5000), "no card became known");
    return centre;
}

void
centre_begin_stop(struct centre *centre)
{
    resolve_close(centre->resolve, on_closed, centre);
}

void
centre_stop(struct centre *centre)
{
    centre_begin_stop(centre);
    cr_assert(loop_until(&centre->loop, is_closed, centre, 5000));
}

void
centre_close(struct centre *centre)
{
    centre_stop(centre);
    centre_close_stopped(centre);
}

void
centre_close_stopped(struct centre *centre)
{
    database_drop(&centre->database);
    registry_free(centre->registry);
    unlink(centre->snapshot);
    cr_assert_eq(uv_loop_close(&centre->loop), 0, "a handle was left open");
    free(centre);
}

struct resolve_question
question(const char *unit)
{
    struct resolve_question asked = {.key = 1, .received_us = clock_wall_us()};
    snprintf(asked.unit, sizeof(asked.unit), "%s", unit);
    return asked;
}

const struct resolve_answer *
ask_as(struct centre *centre, const struct resolve_question *asked)
{
    centre->answers = 0;
    cr_assert_eq(resolve_ask(centre->resolve, asked), ERROR_NONE);
    cr_assert_eq(centre->answers, 0, "answered from inside resolve_ask");
    cr_assert(loop_until(&centre->loop, has_answer, centre, 2000));
    return &centre->answer;
}

const struct resolve_answer *
ask(struct centre *centre, const char *unit)
{
    struct resolve_question asked = question(unit);
    return ask_as(centre, &asked);
}
